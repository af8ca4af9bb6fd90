"""Open a source: settle where its bytes come from and which loader reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import LoadError
from pipeline.loaders.base import Loader, Source
from pipeline.loaders.fetch import fetch, is_url
from pipeline.loaders.formats import for_file, for_media_type, known, media_types, named, reads

#: What the article in a folder is called, if there are several files.
_ARTICLE_NAMES = ("index", "article", "README")


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """
    How a source is opened.

    Args:
        format: A loader's name; by default the file's ending or the server's answer decides.
        entry: Which entry of a feed: its number, guid or link; null for the newest.
        allow_private: Fetch from this machine and its network too.
        keep_in: The folder in which what was fetched is kept.
    """

    format: str | None = None
    entry: str | None = None
    allow_private: bool = False
    keep_in: Path | None = None


def open_source(address: str, how: Opening) -> tuple[Source, Loader]:
    """
    Return the source at *address*, a file, a folder of one article, a URL or "-", and its loader.

    Raises:
        LoadError: It cannot be read, or nothing reads its format.
        UnknownName: There is no loader of that name.
    """
    chosen = named(how.format) if how.format else None
    if is_url(address):
        return _from_web(address, chosen, how)
    if address == "-" and chosen is None:
        raise LoadError(f"Standard input has no file ending: add --format ({known()}).")
    path = address if address == "-" else _article_in(address, chosen)
    loader = chosen or for_file(path)
    source = Source(
        content=fetch(path), media_type=loader.media_type, address=path, entry=how.entry
    )
    return source, loader


def _from_web(url: str, chosen: Loader | None, how: Opening) -> tuple[Source, Loader]:
    from pipeline.loaders.fetch.web import fetch_url

    page = fetch_url(
        url,
        allow_private=how.allow_private,
        keep_in=how.keep_in,
        media_type=chosen.media_type if chosen else None,
        also_read=media_types(),
    )
    source = Source(
        content=page.content,
        media_type=page.media_type,
        address=page.address,
        url=page.url,
        charset=page.charset,
        is_trusted=False,
        entry=how.entry,
    )
    return source, chosen or for_media_type(page.media_type)


def _article_in(address: str, chosen: Loader | None) -> str:
    """Return *address*, or the one article in it if it is a folder."""
    folder = Path(address)
    if not folder.is_dir():
        return address
    files = sorted(
        path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")
    )
    found = [
        path
        for path in files
        if (path.suffix.lower() in chosen.suffixes if chosen else reads(path.name))
    ]
    if len(found) > 1:
        found = [path for path in found if path.stem in _ARTICLE_NAMES] or found
    if len(found) == 1:
        return str(found[0])
    raise LoadError(f"{address}: {_which(found)}. Name the article's file.")


def _which(found: Sequence[Path]) -> str:
    if not found:
        return "there is no article in this folder"
    names = ", ".join(path.name for path in found[:5])
    return f"several files in this folder could be the article ({names}{', …' if len(found) > 5 else ''})"
