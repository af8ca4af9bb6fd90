"""
Keep what was fetched, so that what was loaded can be shown later, and need not be fetched again unchanged.

    <sha256 of the bytes>                             the bytes
    <sha256 of the bytes>-<digest of the URL>.json    what URL they came from, when, and how the server marked them

The records hold whole URLs, tokens in queries included: they are for their owner only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from pipeline.errors import FetchError
from pipeline.files import write_atomically


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """
    What a server gave.

    Args:
        asked: The URL that was asked for.
        url: The one it was found at, after redirects, without fragment.
        at: When it was fetched, or last found unchanged.
        content_type: The header as it came, "" if none did.
    """

    content: bytes
    asked: str
    url: str
    at: datetime
    content_type: str
    etag: str | None = None
    last_modified: str | None = None

    @property
    def sha256(self) -> str:
        """The digest of the bytes, under which they are kept."""
        return sha256(self.content).hexdigest()


def keep(folder: Path, page: Page) -> None:
    """
    Write *page* into *folder*, which is made if need be.

    Raises:
        FetchError: It cannot be written.
    """
    record = {
        "asked": page.asked,
        "url": page.url,
        "at": page.at.isoformat(),
        "content_type": page.content_type,
        "etag": page.etag,
        "last_modified": page.last_modified,
        "sha256": page.sha256,
        "size_bytes": len(page.content),
    }
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(folder / page.sha256, page.content, mode=0o600)
        write_atomically(
            folder / f"{page.sha256}-{_digest(page.asked)}.json", text.encode(), mode=0o600
        )
    except OSError as error:
        raise FetchError(
            f"{folder}: what was fetched cannot be kept there ({error.strerror}). "
            "Check the folder's permissions and the space left."
        ) from error


def latest(folder: Path, asked: str) -> Page | None:
    """Return what was last kept of the URL *asked*; nothing if there is none, or if it is damaged."""
    found = [_read(path) for path in folder.glob(f"*-{_digest(asked)}.json")]
    pages = [page for page in found if page is not None and page.asked == asked]
    return max(pages, key=lambda page: page.at, default=None)


def _read(path: Path) -> Page | None:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        page = Page(
            content=(path.parent / path.name.partition("-")[0]).read_bytes(),
            asked=str(record["asked"]),
            url=str(record["url"]),
            at=datetime.fromisoformat(record["at"]),
            content_type=str(record["content_type"]),
            etag=_text(record["etag"]),
            last_modified=_text(record["last_modified"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    is_whole = page.at.tzinfo is not None and page.sha256 == record["sha256"]
    return page if is_whole else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _digest(url: str) -> str:
    return sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:16]
