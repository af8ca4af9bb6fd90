"""Convert a loaded article to a Markdown file with its pictures."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from pipeline.loaders.markdown.writer.document import write_markdown
from pipeline.models.article import Article, Figure, Image
from pipeline.models.tree import map_nodes


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversion:
    """
    A Markdown file to be written.

    Args:
        text: Its content.
        files: The pictures that the source contained, by path relative to the file.
        differences: The fields of the article that the file says differently, such as "blocks"; normally none.
    """

    text: str
    files: Mapping[str, bytes]
    differences: tuple[str, ...]


def convert_article(article: Article, *, source_folder: Path | None, output: Path) -> Conversion:
    """
    Return *article* as the Markdown file *output*.

    Args:
        source_folder: The folder of the file it was loaded from, to which its pictures are relative; None if it was
            fetched.
    """
    files: dict[str, bytes] = {}

    def change(node: object) -> object:
        if not isinstance(node, Figure | Image) or not node.src:
            return node
        if node.src in article.files:
            path = f"{output.stem}.files/{PurePosixPath(node.src).name}"
            files[path] = article.files[node.src]
            return replace(node, src=path)
        if source_folder is None or "://" in node.src:
            return node
        moved = os.path.relpath(source_folder / node.src, output.parent)
        return replace(node, src=Path(moved).as_posix())

    written = write_markdown(map_nodes(replace(article, files={}), change))
    return Conversion(text=written.text, files=files, differences=written.differences)
