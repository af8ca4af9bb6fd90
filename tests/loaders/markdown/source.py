"""Load Markdown in tests, with a check that no word is lost."""

from __future__ import annotations

from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.markdown import MarkdownLoader
from pipeline.loaders.shared.completeness import find_unplaced_words
from pipeline.models.article import Article, Dropped, Heading, LoadWarning, NoteRef, Paragraph
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk


def read(text: str, *, is_trusted: bool = True) -> LoadResult:
    """Return the result for *text*, after checking that every word is placed."""
    source = Source(
        content=text.encode(),
        media_type="text/markdown",
        location="article.md",
        is_trusted=is_trusted,
    )
    result = MarkdownLoader().read(source)
    assert [] == find_unplaced_words(result)
    return result


def load(text: str) -> Article:
    """Return the article of *text*."""
    return read(text).article


def body(text: str) -> list[str]:
    """Return the text of each block of *text*, references as `[n]`."""
    return [format_text(block) for block in load(text).blocks]


def notes(article: Article) -> list[tuple[str, str, str]]:
    """Return label, status and text of each note."""
    return [(note.label, note.status, format_text(note)) for note in article.notes]


def format_text(node: object) -> str:
    """Return the text in *node* on one line, references as `[n]`."""
    if isinstance(node, NoteRef):
        return f"[{node.note}]"
    inlines = getattr(node, "inlines", None)
    if inlines is not None:
        words = "".join(map(format_text, inlines))
        return words.strip() if isinstance(node, (Paragraph, Heading)) else words
    blocks = getattr(node, "blocks", None)
    if blocks is not None:
        return " / ".join(map(format_text, blocks))
    return " ".join(plain_text(node).split()) if type(node).__name__ != "Text" else plain_text(node)


def references(article: Article) -> list[int]:
    """Return the numbers of the references in the text, in reading order."""
    return [node.note for node in walk(article.blocks) if isinstance(node, NoteRef)]


def codes(warnings: tuple[LoadWarning, ...]) -> list[str]:
    """Return the codes of *warnings*."""
    return [warning.code for warning in warnings]


def texts_by_reason(dropped: tuple[Dropped, ...]) -> dict[str, str]:
    """Return the text left out for each reason."""
    return {entry.reason: entry.text for entry in dropped}
