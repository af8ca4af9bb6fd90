"""Which loader reads what: by its name, by a file's ending, by a media type."""

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


def named(name: str) -> Loader:
    """
    Return the loader called *name*, or the one for files with that ending: `markdown` or `md`.

    Raises:
        UnknownName: There is none.
    """
    by_ending = (
        None if name in LOADERS.list_names() else _for_suffix(f".{name.lower().lstrip('.')}")
    )
    return by_ending or LOADERS.get_class(name)()


def for_file(address: str) -> Loader:
    """
    Return the loader for the ending of *address*.

    Raises:
        LoadError: Nothing reads such files.
    """
    suffix = PurePath(address).suffix.lower()
    loader = _for_suffix(suffix)
    if loader is None:
        ending = f'files ending in "{suffix}"' if suffix else "files without an ending"
        raise LoadError(f"{address}: nothing here reads {ending}. Add --format ({known()}).")
    return loader


def reads(address: str) -> bool:
    """Whether some loader reads files ending as *address* does."""
    return _for_suffix(PurePath(address).suffix.lower()) is not None


def for_media_type(media_type: str) -> Loader:
    """Return the loader for *media_type*, one of those in `media_types()`."""
    return next(loader() for loader in _loaders() if loader.media_type == media_type)


def media_types() -> list[str]:
    """Return the media types that some loader reads."""
    return [loader.media_type for loader in _loaders()]


def known() -> str:
    """Return the names to choose from, for a message."""
    *names, last = LOADERS.list_names()
    return f"{', '.join(names)} or {last}"


def _for_suffix(suffix: str) -> Loader | None:
    return next((loader() for loader in _loaders() if suffix and suffix in loader.suffixes), None)


def _loaders() -> Iterator[type[Loader]]:
    for name in LOADERS.list_names():
        yield LOADERS.get_class(name)
