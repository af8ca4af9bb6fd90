"""The loader of plain text: its stages in order, and the record of every removed word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Markup, Source
from pipeline.loaders.shared.decode import decode_text
from pipeline.loaders.shared.find_appeal import extract_appeal, is_donate_button
from pipeline.loaders.shared.front_matter import ParsedFrontMatter, read_front_matter
from pipeline.loaders.shared.languages import SUPERSCRIPTS
from pipeline.loaders.shared.note_numbering import number_notes
from pipeline.loaders.text.boilerplate.match_lines import (
    remove_edit_links,
    remove_gutenberg_notices,
)
from pipeline.loaders.text.boilerplate.remove import remove_boilerplate
from pipeline.loaders.text.chunks import Chunk, Item
from pipeline.loaders.text.figures import find_figures
from pipeline.loaders.text.footnotes.extract import extract_notes
from pipeline.loaders.text.guesses import (
    find_box,
    find_end,
    find_field,
    find_note,
    find_start,
    may_be_title,
    quote,
    warn_of_guesses,
)
from pipeline.loaders.text.header.given_fields import FoundHeader, apply_front_matter
from pipeline.loaders.text.header.header_block import HeaderBlock, read_header_block
from pipeline.loaders.text.inline_markup import parse_inlines
from pipeline.loaders.text.line_wrapping import normalize_text, split_chunks
from pipeline.loaders.text.markdown_marks import warn_of_markdown
from pipeline.loaders.text.text_blocks import BuiltBlocks, build_blocks
from pipeline.models.article import (
    Article,
    Block,
    Dropped,
    Figure,
    FrontMatter,
    Heading,
    LoadWarning,
    Note,
    Paragraph,
)
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk

#: At least two characters; one alone is the label of a note.
_WORD = re.compile(r"[^\W\d_].*[^\W\d_]", re.S)
#: Labels and markers in Roman numerals or superscript digits are no words.
_ROMAN = re.compile(rf"[\W\d_ivxl{SUPERSCRIPTS}]*", re.I)

#: The longest text; 20,000 lines take two seconds. A novel is shorter, an article much shorter.
_MAX_LINES = 20_000
_MAX_LENGTH = 2_000_000


class TextLoader:
    """Loads plain text, copied from a web page or written by hand."""

    media_type = "text/plain"
    suffixes = (".txt", ".text")

    def read(self, source: Source) -> LoadResult:
        """Turn *source* into an article; see `Loader.read()`."""
        content, warnings = decode_text(source.content, source.location, charset=source.charset)
        front_matter, rest = read_front_matter(content, source.location)
        text = normalize_text(rest)
        if not any(char.isalnum() for char in text):
            raise LoadError(
                f"{source.location}: no text found. Save the article's text to a file, then try again."
            )
        _check_size(text, source.location)
        result = _read_article(text, source, warnings, front_matter)
        block = content[: len(content) - len(rest)]
        return replace(result, visible_text=block + text)


def _check_size(text: str, location: str) -> None:
    """Refuse texts that no email holds, and that would take more than five seconds."""
    lines = sum(1 for line in text.split("\n") if line.strip())
    if lines > _MAX_LINES or len(text) > _MAX_LENGTH:
        raise LoadError(
            f"{location}: the text has {lines:,} lines and {len(text):,} characters; "
            f"the limits are {_MAX_LINES:,} and {_MAX_LENGTH:,}. Load one article at a time."
        )


def _read_article(
    text: str, source: Source, warnings: Sequence[LoadWarning], front_matter: ParsedFrontMatter
) -> LoadResult:
    source_chunks, is_wrapped = split_chunks(text)
    chunks, notices = remove_gutenberg_notices(source_chunks)
    extraction = extract_notes(remove_edit_links(chunks))
    header = read_header_block(find_figures(extraction.body), title=front_matter.title)
    rest, boilerplate = remove_boilerplate(header.rest, is_page=_is_page(header))
    body = build_blocks(rest, has_emphasis=is_wrapped, byline=header.byline)
    built_notes = [
        (label, build_blocks(note_chunks, has_emphasis=is_wrapped))
        for label, note_chunks in extraction.notes
    ]

    blocks, appeal, appeal_warnings = extract_appeal(body.blocks, notes_at=body.notes_index)
    blocks, buttons = (blocks, ()) if appeal else _remove_button(blocks)
    drafts = [(label, built.blocks) for label, built in built_notes]
    (blocks, appeal), notes = number_notes((blocks, appeal), drafts)

    words, markup = _collect_removed(header, [body, *(built for _, built in built_notes)])
    found = FoundHeader(
        title=_join_chunks(header.title, has_emphasis=is_wrapped),
        subtitle=_join_chunks(header.subtitle, has_emphasis=is_wrapped),
        byline=header.byline,
        published=header.published,
    )
    fields, replaced = apply_front_matter(front_matter, found)
    article = Article(
        title=fields.title,
        subtitle=fields.subtitle,
        byline=fields.byline,
        published=fields.published,
        language=front_matter.language,
        canonical_url=front_matter.canonical_url,
        lead_image=front_matter.lead_image,
        blocks=blocks,
        notes=notes,
        appeal=appeal,
        dropped=(
            *front_matter.report.dropped,
            *notices,
            *header.dropped,
            *replaced,
            *boilerplate,
            *buttons,
            *extraction.dropped,
            *words,
        ),
        warnings=(
            *warnings,
            *front_matter.report.warnings,
            *extraction.warnings,
            *_check_unreferenced(notes),
            *warn_of_guesses(
                list(_list_guesses(fields, header, rest, boilerplate))
                if front_matter.title is None
                else (),
                source.location,
            ),
            *_check_missing_images((blocks, appeal, notes)),
            *warn_of_markdown((*blocks, *(block for note in notes for block in note.blocks))),
            *appeal_warnings,
        ),
        location=source.location,
        # fetched front matter may not set the subject or appeal; both are listed as left out
        front_matter=front_matter.for_issue if source.is_trusted else FrontMatter(),
        has_fields=source.is_trusted,
    )
    return LoadResult(
        article=article, visible_text=text, markup=(*front_matter.report.markup, *markup)
    )


def _is_page(header: HeaderBlock) -> bool:
    """Whether boilerplate stood around the header."""
    return any(one.reason.startswith("boilerplate.") for one in header.dropped)


def _list_guesses(
    fields: FoundHeader, header: HeaderBlock, rest: Sequence[Item], boilerplate: Sequence[Dropped]
) -> Iterator[str]:
    """Yield what is a guess, of a page with boilerplate around the article."""
    if fields.title is not None and header.has_other_titles:
        yield quote("the title", fields.title)
        if fields.byline:
            yield quote("the byline", fields.byline)
    if not boilerplate and not _is_page(header):
        return
    if not header.has_other_titles and may_be_title(fields.subtitle, fields.title):
        yield quote("the title", fields.title or "")
        yield quote("the subtitle", fields.subtitle or "")
    if (note := find_note(rest)) is not None:
        yield quote("the text", note)
    if (start := find_start(rest, is_doubtful=header.has_other_start)) is not None:
        yield quote("the first words", start)
    box = next((one.text for one in boilerplate if one.reason == "boilerplate.box"), None)
    if box is not None:
        yield quote("the box left out at", box)
    if (line := find_box(rest)) is not None:
        yield quote("the heading", line)
    if (field := find_field(rest)) is not None:
        yield quote("the text", field)
    if (end := find_end(rest)) is not None:
        yield quote("the last words", end)


def _join_chunks(chunks: Sequence[Chunk], *, has_emphasis: bool) -> str | None:
    """Return the text of *chunks* as one line."""
    lines = (plain_text(parse_inlines(chunk, has_emphasis=has_emphasis)) for chunk in chunks)
    return " ".join(line for line in lines if line) or None


def _remove_button(blocks: tuple[Block, ...]) -> tuple[tuple[Block, ...], tuple[Dropped, ...]]:
    """Return *blocks* without a last line that is only the text of a button, "Donate now"."""
    last = blocks[-1] if blocks else None
    text = plain_text(last).strip() if isinstance(last, Paragraph | Heading) else ""
    if not text or not is_donate_button(text):
        return blocks, ()
    return blocks[:-1], (Dropped(reason="boilerplate.button", text=text),)


def _collect_removed(
    header: HeaderBlock, built: Sequence[BuiltBlocks]
) -> tuple[list[Dropped], tuple[Markup, ...]]:
    """
    Return what was removed from the chunks in the article, by rule.

    Numbers, symbols and single letters are markup; words such as "Footnote", "[back]" and "Photo:" are listed as left
    out.
    """
    removed: dict[str, list[str]] = {}
    body = (chunk for result in built for chunk in result.chunks)
    for chunk in (*header.title, *header.subtitle, *body):
        for rule, text in chunk.iter_removed():
            removed.setdefault(rule, []).append(text)
    for result in built:
        for label in result.credit_labels:
            removed.setdefault("figure.label", []).append(label)
    words, markup = [], []
    for rule, texts in removed.items():
        if with_words := " ".join(filter(_has_words, texts)):
            words.append(Dropped(reason=rule, text=with_words))
        symbols = " ".join(text for text in texts if not _has_words(text))
        if any(char.isalnum() for char in symbols):
            markup.append(Markup(rule=rule, text=symbols))
    return words, tuple(markup)


def _has_words(text: str) -> bool:
    return _WORD.search(text) is not None and _ROMAN.fullmatch(text) is None


def _check_unreferenced(notes: Sequence[Note]) -> Iterator[LoadWarning]:
    for note in notes:
        if note.status == "unreferenced":
            excerpt = " ".join(plain_text(note.blocks).split()[:6])
            yield LoadWarning(
                code="note.unreferenced",
                message=f"No reference to note {note.label} was found, “{excerpt} …”. It stays as an endnote.",
            )


def _check_missing_images(tree: object) -> Iterator[LoadWarning]:
    for node in walk(tree):
        if isinstance(node, Figure) and node.src is None:
            words = plain_text(node.caption) or node.alt or node.credit or "without caption"
            excerpt = " ".join(words.split()[:8])
            yield LoadWarning(
                code="image.missing",
                message=f"An image was lost in copying: “{excerpt}”. Add its file, or remove its caption.",
            )
