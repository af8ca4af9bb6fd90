"""The loader of plain text: the stages in their order, and the account of every word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import compress

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Markup, Source
from pipeline.loaders.shared.decode import decode_text
from pipeline.loaders.shared.find_appeal import extract_appeal, is_appeal_opening, is_donate_button
from pipeline.loaders.shared.note_numbering import DraftNote, number_notes
from pipeline.loaders.text.boilerplate import (
    cut_edit_links,
    drop_chrome,
    remove_gutenberg_notices,
)
from pipeline.loaders.text.chunks import Chunk
from pipeline.loaders.text.figures import find_pictures
from pipeline.loaders.text.footnotes.extract import lift_notes
from pipeline.loaders.text.header.header_block import HeaderBlock, read_head
from pipeline.loaders.text.inline_markup import inlines
from pipeline.loaders.text.line_wrapping import normalize, split
from pipeline.loaders.text.text_blocks import BuiltBlocks, build
from pipeline.models.article import (
    Article,
    Block,
    Dropped,
    Figure,
    FoundAppeal,
    Heading,
    LoadWarning,
    Note,
    Paragraph,
)
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk

#: Two letters make a word; one is the letter of a note.
_WORD = re.compile(r"[^\W\d_].*[^\W\d_]", re.S)


class TextLoader:
    """Plain text, as copied from a web page or written by hand."""

    media_type = "text/plain"
    suffixes = (".txt", ".text")

    def read(self, source: Source) -> LoadResult:
        """
        Turn *source* into an article.

        Raises:
            LoadError: It is binary, in an unknown encoding, or without any words.
        """
        content, warnings = decode_text(source.content, source.location, charset=source.charset)
        visible = normalize(content)
        if not any(char.isalnum() for char in visible):
            raise LoadError(
                f"{source.location}: there are no words in it. Save the article's text into it."
            )
        return _read(visible, source, warnings)


def _read(visible: str, source: Source, warnings: Sequence[LoadWarning]) -> LoadResult:
    source_chunks, is_wrapped = split(visible)
    chunks, boilerplate = remove_gutenberg_notices(source_chunks)
    lifted = lift_notes(cut_edit_links(chunks))
    head = read_head(find_pictures(lifted.body))
    rest, chrome = drop_chrome(head.rest, is_appeal_opening)
    body = build(rest, has_emphasis=is_wrapped, byline=head.byline)
    built_notes = [build(note.chunks, has_emphasis=is_wrapped) for note in lifted.notes]

    blocks, appeal, appeal_warnings = extract_appeal(body.blocks, notes_at=body.after_notes)
    blocks, buttons = (blocks, ()) if appeal else _without_button(blocks)
    asked = appeal.blocks if appeal else ()
    drafts = [
        DraftNote(label=note.mark, blocks=built.blocks)
        for note, built in zip(lifted.notes, built_notes, strict=True)
    ]
    (blocks, asked), notes = number_notes((blocks, asked), drafts)

    words, marks = _removed(head, [body, *built_notes])
    article = Article(
        title=_line(head.title, has_emphasis=is_wrapped),
        subtitle=_line(head.subtitle, has_emphasis=is_wrapped),
        byline=head.byline,
        published=head.published,
        blocks=blocks,
        notes=notes,
        appeal=FoundAppeal(blocks=asked, truncated=appeal.truncated) if appeal else None,
        dropped=(*boilerplate, *head.dropped, *chrome, *buttons, *lifted.dropped, *words),
        warnings=(
            *warnings,
            *lifted.warnings,
            *_unreferenced(notes),
            *_missing_pictures((blocks, asked, notes)),
            *appeal_warnings,
        ),
        location=source.location,
        has_fields=source.is_trusted,
    )
    return LoadResult(article=article, visible_text=visible, markup=marks)


def _line(chunks: Sequence[Chunk], *, has_emphasis: bool) -> str | None:
    """Return the words of *chunks* as one line."""
    lines = (plain_text(inlines(chunk, has_emphasis=has_emphasis)) for chunk in chunks)
    return " ".join(line for line in lines if line) or None


def _without_button(blocks: tuple[Block, ...]) -> tuple[tuple[Block, ...], tuple[Dropped, ...]]:
    """Return *blocks* without a last line that is only a button's words, "Donate now"."""
    last = blocks[-1] if blocks else None
    text = plain_text(last).strip() if isinstance(last, Paragraph | Heading) else ""
    if not text or not is_donate_button(text):
        return blocks, ()
    return blocks[:-1], (Dropped(reason="boilerplate.button", text=text),)


def _removed(
    head: HeaderBlock, built: Sequence[BuiltBlocks]
) -> tuple[list[Dropped], tuple[Markup, ...]]:
    """
    Return what was cut out of the chunks that are in the article, by rule.

    Numbers, signs and single letters are marks; words, "Footnote", "[back]", "Photo:", are shown among what was left
    out.
    """
    removed: dict[str, list[str]] = {}
    chunks = (*head.title, *head.subtitle, *(chunk for one in built for chunk in one.placed))
    for chunk in chunks:
        for rule, text in chunk.removed():
            removed.setdefault(rule, []).append(text)
    for one in built:
        for label in one.labels:
            removed.setdefault("figure.label", []).append(label)
    words, marks = [], []
    for rule, texts in removed.items():
        has_words = [_WORD.search(text) is not None for text in texts]
        if any(has_words):
            words.append(Dropped(reason=rule, text=" ".join(compress(texts, has_words))))
        signs = " ".join(
            text for text, has_word in zip(texts, has_words, strict=True) if not has_word
        )
        if any(char.isalnum() for char in signs):
            marks.append(Markup(rule=rule, text=signs))
    return words, tuple(marks)


def _unreferenced(notes: Sequence[Note]) -> Iterator[LoadWarning]:
    for note in notes:
        if note.status == "unreferenced":
            shown = " ".join(plain_text(note.blocks).split()[:6])
            yield LoadWarning(
                code="note.unreferenced",
                message=f"No marker was found for note {note.label}, “{shown} …”. It is kept as an endnote.",
            )


def _missing_pictures(tree: object) -> Iterator[LoadWarning]:
    for node in walk(tree):
        if isinstance(node, Figure) and node.src is None:
            words = plain_text(node.caption) or node.alt or node.credit or "without words"
            shown = " ".join(words.split()[:8])
            yield LoadWarning(
                code="image.missing",
                message=f"A picture was lost in copying: “{shown}”. Add its file, or take its caption out.",
            )
