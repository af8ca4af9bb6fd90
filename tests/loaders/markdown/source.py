"""Load Markdown in a test, every word accounted for."""

from __future__ import annotations

from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.markdown import MarkdownLoader
from pipeline.loaders.shared.completeness import find_unplaced_words
from pipeline.models.article import Article, Dropped, Heading, LoadWarning, NoteRef, Paragraph
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk


def read(text: str, *, is_trusted: bool = True) -> LoadResult:
    """Return the reading of *text*, of which no word may be unaccounted for."""
    source = Source(
        content=text.encode(),
        media_type="text/markdown",
        location="article.md",
        is_trusted=is_trusted,
    )
    reading = MarkdownLoader().read(source)
    assert [] == find_unplaced_words(reading)
    return reading


def load(text: str) -> Article:
    """Return the article of *text*."""
    return read(text).article


def body(text: str) -> list[str]:
    """Return the words of each block of *text*, a reference as `[n]`."""
    return [shown(block) for block in load(text).blocks]


def notes(article: Article) -> list[tuple[str, str, str]]:
    """Return label, status and words of each note."""
    return [(note.label, note.status, shown(note)) for note in article.notes]


def shown(node: object) -> str:
    """Return the words at and below *node* on one line, references among them as `[n]`."""
    if isinstance(node, NoteRef):
        return f"[{node.note}]"
    inlines = getattr(node, "inlines", None)
    if inlines is not None:
        words = "".join(map(shown, inlines))
        return words.strip() if isinstance(node, (Paragraph, Heading)) else words
    blocks = getattr(node, "blocks", None)
    if blocks is not None:
        return " / ".join(map(shown, blocks))
    return " ".join(plain_text(node).split()) if type(node).__name__ != "Text" else plain_text(node)


def references(article: Article) -> list[int]:
    """Return the numbers that the text cites, in reading order."""
    return [node.note for node in walk(article.blocks) if isinstance(node, NoteRef)]


def codes(warnings: tuple[LoadWarning, ...]) -> list[str]:
    """Return the codes of *warnings*."""
    return [warning.code for warning in warnings]


def left_out(dropped: tuple[Dropped, ...]) -> dict[str, str]:
    """Return what was left out, by the rule that left it out."""
    return {entry.reason: entry.text for entry in dropped}
