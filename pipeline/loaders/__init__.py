"""
Load: from a path or standard input to an article.

1. `fetch` reads the bytes and settles the format.
2. The loader of that format builds the tree, lifts out notes and appeal, and lists what it leaves out.
3. `conservation` shows that no word was lost.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from pipeline.article import Article, Dropped
from pipeline.errors import LoadError
from pipeline.loaders.base import Loader, Mark, Reading, Source
from pipeline.loaders.conservation import conserve
from pipeline.loaders.fetch import fetch
from pipeline.registry import Registry

__all__ = ["LOADERS", "Loader", "Mark", "Reading", "Source", "load", "read"]

LOADERS: Registry[Loader] = Registry(
    "loader",
    group="pipeline.loaders",
    builtin={
        "markdown": "pipeline.loaders.markdown:MarkdownLoader",
        "text": "pipeline.loaders.text:TextLoader",
    },
)


def load(
    address: str,
    *,
    format: str | None = None,
    title: str | None = None,
    keep_unplaced: bool = False,
) -> Article:
    """
    Load the article at *address*.

    Args:
        address: The path of a file, or "-" for standard input.
        format: A loader's name; by default the file's ending decides.
        title: Wins over the title found, which is then listed as left out.
        keep_unplaced: Put words that found no place into a last paragraph instead of failing.

    Raises:
        LoadError: It cannot become an article.
        UnknownName: There is no such format.
    """
    loader = _loader(address, format)
    source = Source(content=fetch(address), media_type=loader.media_type, address=address)
    return read(source, loader, title=title, keep_unplaced=keep_unplaced)


def read(
    source: Source, loader: Loader, *, title: str | None = None, keep_unplaced: bool = False
) -> Article:
    """Turn *source* into an article by *loader*, every word accounted for; see `load()`."""
    article = conserve(loader.read(source), keep_unplaced=keep_unplaced)
    if title is None or title == article.title:
        return article
    replaced = (Dropped(reason="title.replaced", text=article.title),) if article.title else ()
    return replace(article, title=title, dropped=(*article.dropped, *replaced))


def _loader(address: str, format: str | None) -> Loader:
    if format is not None:
        return LOADERS.find(format)()
    if address == "-":
        raise LoadError(f"Standard input has no file ending: add --format ({_known()}).")
    suffix = PurePath(address).suffix.lower()
    for name in LOADERS.names():
        loader = LOADERS.find(name)
        if suffix in loader.suffixes:
            return loader()
    raise LoadError(
        f'{address}: nothing here reads files ending in "{suffix}". Add --format ({_known()}).'
    )


def _known() -> str:
    return " or ".join(LOADERS.names())
