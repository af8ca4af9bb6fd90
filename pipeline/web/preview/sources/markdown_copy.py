"""Write an article as Markdown beside its source, as `handbill convert` does, to correct it by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import LoadError
from pipeline.markup import slugify
from pipeline.models.article import Article

_MARKDOWN = (".md", ".markdown")


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkdownCopy:
    """
    A Markdown file that was written.

    Args:
        differences: The fields of the article that it says differently; normally none.
        picture_count: How many pictures were written beside it.
    """

    path: Path
    differences: tuple[str, ...]
    picture_count: int


def is_worth_a_copy(article: Article, source: str) -> bool:
    """Whether *source* is no Markdown, or something in it was a guess."""
    has_guesses = any(warning.code.endswith(".guessed") for warning in article.warnings)
    return has_guesses or Path(source).suffix.lower() not in _MARKDOWN


def save_as_markdown(article: Article, source: str, root: Path) -> MarkdownCopy:
    """
    Write *article* beside *source*, or into *root* if that is no file, and return where; no file is replaced.

    Raises:
        LoadError: It cannot be written.
    """
    from pipeline.loaders.markdown.writer import convert_article

    path = Path(source)
    is_local = path.exists()
    folder = (path.absolute() if path.is_dir() else path.absolute().parent) if is_local else root
    stem = (path.name if path.is_dir() else path.stem) if is_local else slugify(article.title or "")
    target = next(each for each in _find_names(folder, stem or "article") if not _is_taken(each))
    conversion = convert_article(article, source_folder=folder if is_local else None, output=target)
    try:
        for name, content in conversion.files.items():
            _write_new(folder / name, content)
        _write_new(target, conversion.text.encode())
    except OSError as error:
        raise LoadError(
            f"{error.filename or target}: cannot be written ({error.strerror}). Check the permissions of the folder, "
            "or choose another file: handbill convert SOURCE -o FILE.md"
        ) from error
    return MarkdownCopy(
        path=target, differences=conversion.differences, picture_count=len(conversion.files)
    )


def _find_names(folder: Path, stem: str) -> Iterator[Path]:
    yield folder / f"{stem}.md"
    number = 2
    while True:
        yield folder / f"{stem}-{number}.md"
        number += 1


def _is_taken(path: Path) -> bool:
    return any(os.path.lexists(each) for each in (path, path.with_name(f"{path.stem}.files")))


def _write_new(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
