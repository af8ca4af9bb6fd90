"""
Write an article as a Markdown file, and read it back to be sure.

1. Write front matter, text, appeal, notes, and as a comment what was left out.
2. Read it. If it is the same article, that is all.
3. Else write each block in the most readable form that is read back as that block, and read the whole again.
4. What is still different is returned, so that people can be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.loaders.base import Source
from pipeline.loaders.markdown.appeal_syntax import APPEAL_END, APPEAL_START
from pipeline.loaders.markdown.read_markdown import read_markdown
from pipeline.loaders.markdown.writer.blocks import (
    SEPARATOR,
    BlockWriter,
    Form,
    would_join,
    write_comment,
)
from pipeline.loaders.markdown.writer.front_matter import write_front_matter
from pipeline.models.article import Article, Block, Figure, NoteRef
from pipeline.models.tree import map_nodes, walk

#: The fields of an article that a file must say; `has_fields` only matters where there are any.
_COMPARED = (
    "title", "subtitle", "byline", "published", "language", "canonical_url", "lead_image",
    "blocks", "notes", "appeal", "front_matter",
)  # fmt: skip
#: Reasons for which the text is in the front matter that is written.
_IN_FRONT_MATTER = frozenset(
    {"front-matter.subject", "front-matter.preheader", "front-matter.appeal"}
)
_MISSING = (
    "The picture below was lost in copying. Put its file name or address between the brackets ( )."
)
_MISSING_FIGURE = (
    "A picture was lost in copying. Replace the line below by "
    '![what it shows](its-file.jpg "its caption").'
)


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkdownSource:
    """
    An article as Markdown.

    Args:
        text: The content of the file.
        differences: What the file says differently from the article: names of its fields, such as "blocks".
    """

    text: str
    differences: tuple[str, ...]


def write_markdown(article: Article) -> MarkdownSource:
    """Return *article* as Markdown that is read as the same article; only the labels of its notes become numbers."""
    attempts: list[MarkdownSource] = []
    for text in _list_candidates(article):
        differences = _compare(article, text)
        attempts.append(MarkdownSource(text=text, differences=differences))
        if not differences:
            break
    return min(attempts, key=lambda attempt: len(attempt.differences))


def _list_candidates(article: Article) -> Iterator[str]:
    """Yield the texts that may say the same as *article*, most readable first."""
    texts = [str(value) for value in (article.title, article.blocks, article.notes, article.appeal)]
    has_fields = article.has_fields or not any("{{" in text for text in texts)
    for choose in (_choose_readable, _choose_form, _choose_html):
        for detect_appeal in (True, False) if article.appeal is None else (True,):
            yield _write(article, choose, detect_appeal=detect_appeal, has_fields=has_fields)


def _write(
    article: Article,
    choose: Callable[[Block], Form],
    *,
    detect_appeal: bool,
    has_fields: bool,
) -> str:
    parts = [write_front_matter(article, detect_appeal=detect_appeal, has_fields=has_fields)]
    parts += [_write_blocks(article.blocks, choose)]
    if article.appeal:
        parts += [APPEAL_START, _write_blocks(article.appeal.blocks, choose), APPEAL_END]
    for note in article.notes:
        form = max(map(choose, note.blocks), default=Form.READABLE)
        parts.append(BlockWriter(form).write_note(note.number, note.blocks))
    left_out = [each for each in article.dropped if each.reason not in _IN_FRONT_MATTER]
    if left_out:
        lines = [f"{each.reason}: {' '.join(each.text.split())}" for each in left_out]
        parts.append(write_comment(["Left out of this article:", *lines]))
    return "\n\n".join(filter(None, parts)) + "\n"


def _write_blocks(blocks: Sequence[Block], choose: Callable[[Block], Form]) -> str:
    """Return *blocks*, each in the form that *choose* returns for it."""
    parts: list[str] = []
    for index, block in enumerate(blocks):
        if index and would_join(blocks[index - 1], block):
            parts.append(SEPARATOR)
        if isinstance(block, Figure) and block.src is None:
            parts.append(write_comment([_MISSING if block.alt else _MISSING_FIGURE]))
        parts.append(BlockWriter(choose(block)).write_block(block))
    return "\n\n".join(parts)


def _choose_readable(block: Block) -> Form:
    return Form.READABLE


def _choose_html(block: Block) -> Form:
    return Form.HTML


def _choose_form(block: Block) -> Form:
    """Return the most readable form that is read back as *block*."""
    expected = _number_references(block)
    notes = "".join(f"\n\n[^{number}]: Note." for number in _find_references(expected))
    for form in (Form.READABLE, Form.STRICT):
        text = f"---\ntitle: ''\ndetect_appeal: false\n---\n\n{BlockWriter(form).write_block(expected)}{notes}\n"
        if _read(text).blocks == (expected,):
            return form
    return Form.HTML


def _number_references(block: Block) -> Block:
    """Return *block* with its references numbered from 1, as they are read from it alone."""
    numbers: dict[int, int] = {}
    for number in _find_references(block):
        numbers.setdefault(number, len(numbers) + 1)

    def change(node: object) -> object:
        return replace(node, note=numbers[node.note]) if isinstance(node, NoteRef) else node

    return map_nodes(block, change)


def _find_references(block: Block) -> list[int]:
    """Return the numbers of the notes cited in *block*, each once."""
    return list(dict.fromkeys(node.note for node in walk(block) if isinstance(node, NoteRef)))


def _read(text: str) -> Article:
    source = Source(content=text.encode(), media_type="text/markdown", location="article.md")
    return read_markdown(source).article


def _compare(article: Article, text: str) -> tuple[str, ...]:
    """Return the names of the fields in which what is read from *text* differs from *article*."""
    written = _remove_labels(_read(text))
    expected = _remove_labels(article)
    return tuple(name for name in _COMPARED if getattr(written, name) != getattr(expected, name))


def _remove_labels(article: Article) -> Article:
    return replace(article, notes=tuple(replace(note, label="") for note in article.notes))
