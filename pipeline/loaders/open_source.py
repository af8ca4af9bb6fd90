"""Open a source: get its bytes and choose the loader that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import LoadError
from pipeline.loaders import formats
from pipeline.loaders.base import Loader, Source
from pipeline.loaders.fetch import is_url, read_local

#: File names, without extension, that mark the article in a folder of several files.
_ARTICLE_NAMES = frozenset({"index", "article"})
#: File names, without extension and in lower case, of what people keep beside an article about their work on it.
_OTHER_NAMES = frozenset(
    "readme read-me changelog changes license licence contributing authors code_of_conduct security notice todo".split()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadOptions:
    """How to open a source; see `pipeline.loaders.load()`."""

    format: str | None = None
    entry: str | None = None
    allow_private: bool = False
    cache_folder: Path | None = None


def open_source(location: str, options: LoadOptions) -> tuple[Source, Loader]:
    """Return the source at *location* (a file, a folder with one article, a URL or "-") and its loader."""
    if is_url(location):
        return open_url(location, options)
    loader = formats.find_loader(options.format) if options.format else None
    if location == "-" and loader is None:
        raise LoadError(
            f"Standard input has no file extension. Add --format ({formats.list_formats()})."
        )
    path = location if location == "-" else _find_article_file(location, loader)
    loader = loader or formats.find_loader_for_file(path)
    source = Source(
        content=read_local(path), media_type=loader.media_type, location=path, entry=options.entry
    )
    return source, loader


def open_url(url: str, options: LoadOptions) -> tuple[Source, Loader]:
    """Fetch the source at *url* over http or https, never from a file, and return it with its loader."""
    from pipeline.loaders.fetch.web import fetch_url

    loader = formats.find_loader(options.format) if options.format else None
    page = fetch_url(
        url,
        allow_private=options.allow_private,
        cache_folder=options.cache_folder,
        media_type=loader.media_type if loader else None,
        extra_types=formats.list_media_types(),
    )
    source = Source(
        content=page.content,
        media_type=page.media_type,
        location=page.address,
        url=page.url,
        charset=page.charset,
        is_trusted=False,
        entry=options.entry,
    )
    return source, loader or formats.find_loader_for_media_type(page.media_type)


def _find_article_file(path: str, loader: Loader | None) -> str:
    """Return *path*, or the path of the one article in it if it is a folder."""
    folder = Path(path)
    if not folder.is_dir():
        return path
    files = sorted(
        file for file in folder.iterdir() if file.is_file() and not file.name.startswith(".")
    )
    found = [
        file
        for file in files
        if (
            file.suffix.lower() in loader.suffixes
            if loader
            else formats.is_supported_file(file.name)
        )
    ]
    if len(found) > 1:
        named = [file for file in found if file.stem.lower() in _ARTICLE_NAMES]
        found = named or [file for file in found if not _is_about_folder(file)] or found
    if len(found) == 1:
        return str(found[0])
    raise LoadError(f"{path}: {_describe(found)}. Pass the path of the article's file.")


def _is_about_folder(file: Path) -> bool:
    """Whether the name of *file* says that it is about the folder: README, README.de, LICENSE."""
    return file.name.lower().split(".")[0] in _OTHER_NAMES


def _describe(found: Sequence[Path]) -> str:
    if not found:
        return "no article found in this folder"
    names = ", ".join(path.name for path in found[:5])
    return f"several files in this folder could be the article ({names}{', …' if len(found) > 5 else ''})"
