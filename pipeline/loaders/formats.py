"""Find the loader for a format name, a file extension or a media type."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from pipeline.errors import LoadError
from pipeline.loaders.base import Loader
from pipeline.registry import Registry

LOADERS: Registry[Loader] = Registry(
    "loader",
    group="pipeline.loaders",
    builtin={
        "markdown": "pipeline.loaders.markdown:MarkdownLoader",
        "text": "pipeline.loaders.text:TextLoader",
        "html": "pipeline.loaders.html:HtmlLoader",
        "feed": "pipeline.loaders.feed:FeedLoader",
        "word": "pipeline.loaders.word:WordLoader",
        "pandoc": "pipeline.loaders.pandoc:PandocLoader",
    },
)


def find_loader(name: str) -> Loader:
    """Return the loader called *name*, or the one for that file extension: `markdown` or `md`."""
    loader = (
        None if name in LOADERS.list_names() else _find_by_suffix(f".{name.lower().lstrip('.')}")
    )
    return loader or LOADERS.get_class(name)()


def find_loader_for_file(path: str) -> Loader:
    """Return the loader for the file extension of *path*."""
    suffix = PurePath(path).suffix.lower()
    loader = _find_by_suffix(suffix)
    if loader is None:
        kind = f'"{suffix}" files' if suffix else "files without an extension"
        raise LoadError(f"{path}: no loader reads {kind}. Add --format ({list_formats()}).")
    return loader


def is_supported_file(path: str) -> bool:
    """Whether a loader reads files with the extension of *path*."""
    return _find_by_suffix(PurePath(path).suffix.lower()) is not None


def find_loader_for_media_type(media_type: str) -> Loader:
    """Return the loader for *media_type*, one of those in `list_media_types()`."""
    return next(loader() for loader in _loaders() if loader.media_type == media_type)


def list_media_types() -> list[str]:
    """Return the media types that loaders read."""
    return [loader.media_type for loader in _loaders()]


def list_formats() -> str:
    """Return the format names as a list for a message: "markdown, text or html"."""
    *names, last = LOADERS.list_names()
    return f"{', '.join(names)} or {last}"


def _find_by_suffix(suffix: str) -> Loader | None:
    return next((loader() for loader in _loaders() if suffix and suffix in loader.suffixes), None)


def _loaders() -> Iterator[type[Loader]]:
    for name in LOADERS.list_names():
        yield LOADERS.get_class(name)
