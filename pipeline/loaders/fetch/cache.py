"""
Keep fetched pages, so that their source can be shown later and unchanged pages are not downloaded again.

    <sha256 of the bytes>                             the bytes
    <sha256 of the bytes>-<digest of the URL>.json    their URL, time and validators (ETag, Last-Modified)

The records hold whole URLs, tokens in queries included: only their owner may read them.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from pipeline.errors import FetchError
from pipeline.files import write_atomically


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedPage:
    """
    A fetched page.

    Args:
        url: The final URL, after redirects, without fragment.
        fetched_at: When it was fetched, or last found unchanged.
        content_type: The header as received, "" without one.
    """

    content: bytes
    requested_url: str
    url: str
    fetched_at: datetime
    content_type: str
    etag: str | None = None
    last_modified: str | None = None

    @property
    def sha256(self) -> str:
        """The digest of the bytes, which names their file."""
        return sha256(self.content).hexdigest()


def save_page(folder: Path, page: FetchedPage) -> None:
    """Write *page* into *folder*, which is created if missing."""
    record = asdict(page) | {"sha256": page.sha256, "size_bytes": len(page.content)}
    record["fetched_at"] = page.fetched_at.isoformat()
    del record["content"]
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_atomically(folder / page.sha256, page.content, mode=0o600)
        write_atomically(
            folder / f"{page.sha256}-{_digest(page.requested_url)}.json", text.encode(), mode=0o600
        )
    except OSError as error:
        raise FetchError(
            f"{folder}: the fetched page cannot be saved there ({error.strerror}). "
            "Check the folder's permissions and the space left."
        ) from error


def find_latest(folder: Path, requested_url: str) -> FetchedPage | None:
    """Return the page last saved for *requested_url*, None without one or if it is damaged."""
    found = [_read(path) for path in folder.glob(f"*-{_digest(requested_url)}.json")]
    pages = [page for page in found if page is not None and page.requested_url == requested_url]
    return max(pages, key=lambda page: page.fetched_at, default=None)


def _read(path: Path) -> FetchedPage | None:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        page = FetchedPage(
            content=(path.parent / path.name.partition("-")[0]).read_bytes(),
            requested_url=str(record["requested_url"]),
            url=str(record["url"]),
            fetched_at=datetime.fromisoformat(record["fetched_at"]),
            content_type=str(record["content_type"]),
            etag=_text(record["etag"]),
            last_modified=_text(record["last_modified"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    is_intact = page.fetched_at.tzinfo is not None and page.sha256 == record["sha256"]
    return page if is_intact else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _digest(url: str) -> str:
    return sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:16]
