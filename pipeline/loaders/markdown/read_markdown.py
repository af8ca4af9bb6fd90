"""
Read Markdown into an article.

1. Bytes become text; the front matter is taken off.
2. Fields and template tags get stand-ins, so that no rule of Markdown takes them apart.
3. markdown-it makes tokens, these become a DOM, with raw HTML in it, and one more for each note.
4. Notes that raw HTML brings along are lifted out, and the vocabulary makes blocks of each DOM.
5. Links within the article find their headings, the title is taken, an appeal is lifted out.
6. Notes are numbered; what had a stand-in returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.markdown.dom_writer import NOTE_REF, DomWriter, NoteDom, definition_name
from pipeline.loaders.markdown.footnote_syntax import NoteTable
from pipeline.loaders.markdown.html_notes import cite_labels, lift_raw_notes
from pipeline.loaders.markdown.internal_links import link_headings, make_absolute, part_references
from pipeline.loaders.markdown.parser import parse
from pipeline.loaders.markdown.title import take_title
from pipeline.loaders.shared.decode import decode_text
from pipeline.loaders.shared.find_appeal import extract_appeal
from pipeline.loaders.shared.front_matter import read_front_matter
from pipeline.loaders.shared.html_nodes import Element, ElementResolver, LoadReport, create_reader
from pipeline.loaders.shared.note_numbering import DraftNote, number_notes
from pipeline.loaders.shared.placeholders import Placeholders
from pipeline.models.article import Article, Block, FoundAppeal, FrontMatter, Inline, Note, NoteRef

if TYPE_CHECKING:
    from pipeline.loaders.html.footnotes import ExtractedNotes


@dataclass(frozen=True, kw_only=True, slots=True)
class _Body:
    """What stands below the front matter."""

    title: str | None
    blocks: tuple[Block, ...]
    notes: tuple[Note, ...]
    appeal: FoundAppeal | None


def read_markdown(source: Source) -> LoadResult:
    """Read *source*; see `MarkdownLoader.read()`."""
    text, warnings = decode_text(source.content, source.location, charset=source.charset)
    matter, rest = read_front_matter(text, source.location)
    placeholders = Placeholders(rest)
    report = LoadReport(warnings=[*warnings, *matter.warnings])
    body = placeholders.restore(_read_body(placeholders, matter.title, report))
    lead_image = matter.lead_image
    if source.url:
        body, lead_image = make_absolute((body, lead_image), source.url, report)
    article = Article(
        title=body.title,
        subtitle=matter.subtitle,
        byline=matter.byline,
        published=matter.published,
        language=matter.language,
        canonical_url=matter.canonical_url,
        lead_image=lead_image,
        blocks=body.blocks,
        notes=body.notes,
        appeal=body.appeal,
        dropped=(*matter.dropped, *placeholders.restore(tuple(report.dropped))),
        warnings=placeholders.restore(tuple(report.warnings)),
        location=source.location,
        # a stranger may not say what is asked of our readers; it is listed as left out
        front_matter=matter.front_matter if source.is_trusted else FrontMatter(),
        has_fields=source.is_trusted,
    )
    return LoadResult(
        article=article,
        visible_text=text,
        markup=(*matter.markup, *placeholders.restore(tuple(report.markup))),
    )


def _read_body(placeholders: Placeholders, given_title: str | None, report: LoadReport) -> _Body:
    parsed = parse(placeholders.text)
    writer = DomWriter(parsed, placeholders.tag, report)
    root = writer.write()

    def find(label: str) -> str | None:
        place = parsed.notes.find(label)
        return None if place is None else definition_name(place)

    for part in (root, *(note.root for note in writer.notes)):
        cite_labels(part, find, report)
    elements = list(root.iter())  # lxml forgets which element is which unless somebody holds them
    lifted = lift_raw_notes(root, report) if writer.has_raw_places else None
    drafts = [(note.label, note.root) for note in writer.notes]
    drafts += [(note.label, note.content) for note in (lifted.notes if lifted else ())]
    reader = create_reader(report, _resolver(writer.notes, lifted))
    tree = (reader.read_blocks(root), tuple(reader.read_blocks(part) for _, part in drafts))
    del elements
    blocks, note_blocks = part_references(link_headings(tree, report), report)
    title, blocks = take_title(blocks, given_title, report)
    blocks, appeal, warnings = extract_appeal(blocks)
    report.warnings += warnings
    (blocks, asking), notes = number_notes(
        (blocks, appeal.blocks if appeal else ()),
        [
            DraftNote(label=label, blocks=content)
            for (label, _), content in zip(drafts, note_blocks, strict=True)
        ],
    )
    _warn_of_notes(parsed.notes, writer.notes, notes, report)
    return _Body(
        title=title,
        blocks=blocks,
        notes=notes,
        appeal=replace(appeal, blocks=asking) if appeal else None,
    )


def _resolver(written: Sequence[NoteDom], lifted: ExtractedNotes | None) -> ElementResolver:
    """Return what says which note an element cites: of Markdown's, numbered first, or of those in raw HTML."""
    numbers = {note.name: number for number, note in enumerate(written, start=1)}
    in_html = lifted.references if lifted else {}

    def resolve(element: Element) -> tuple[Block | Inline, ...] | None:
        if element.tag == NOTE_REF:
            return (NoteRef(note=numbers[str(element.get("note"))]),)
        number = in_html.get(element)
        return None if number is None else (NoteRef(note=len(written) + number),)

    return resolve


def _warn_of_notes(
    table: NoteTable, written: Sequence[NoteDom], notes: Sequence[Note], report: LoadReport
) -> None:
    lonely = [note.label for note in notes if note.status == "unreferenced"]
    for note in written:
        if note.definition is None or table.first[note.label] == note.definition:
            continue
        lonely.remove(note.label)
        report.warn(
            "note.duplicate",
            f"[^{note.label}] is defined more than once: the first definition counts, "
            "the other is kept at the end. Give it another label.",
        )
    for label in filter(None, lonely):
        report.warn(
            "note.unreferenced",
            f"The note {_called(label, table)} is cited nowhere; it is kept at the end.",
        )
    for label in table.missing:
        report.warn(
            "note.missing", f"[^{label}] has no note and stays as it is. Add a line [^{label}]: …"
        )


def _called(label: str, table: NoteTable) -> str:
    return f"[^{label}]" if label in table.first else f'"{label}"'
