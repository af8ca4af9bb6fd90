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

from pipeline.loaders.base import Reading, Source
from pipeline.loaders.markdown.dom_writer import NOTE_REF, DomWriter, NoteDom, definition_name
from pipeline.loaders.markdown.footnote_syntax import NoteTable
from pipeline.loaders.markdown.html_notes import cite_labels, lift_raw_notes
from pipeline.loaders.markdown.internal_links import link_headings, make_absolute, part_references
from pipeline.loaders.markdown.parser import parse
from pipeline.loaders.markdown.title import take_title
from pipeline.loaders.shared.decode import decode_text
from pipeline.loaders.shared.find_appeal import lift_appeal
from pipeline.loaders.shared.front_matter import read_front_matter
from pipeline.loaders.shared.html_nodes import Account, Element, Reader, Resolve
from pipeline.loaders.shared.notes import DraftNote, number_notes
from pipeline.loaders.shared.placeholders import Placeholders
from pipeline.models.article import Article, Block, FoundAppeal, FrontMatter, Inline, Note, NoteRef

if TYPE_CHECKING:
    from pipeline.loaders.html.footnotes import Lifted


@dataclass(frozen=True, kw_only=True, slots=True)
class _Body:
    """What stands below the front matter."""

    title: str | None
    blocks: tuple[Block, ...]
    notes: tuple[Note, ...]
    appeal: FoundAppeal | None


def read_markdown(source: Source) -> Reading:
    """Read *source*; see `MarkdownLoader.read()`."""
    text, warnings = decode_text(source.content, source.address, charset=source.charset)
    matter, rest = read_front_matter(text, source.address)
    placeholders = Placeholders(rest)
    account = Account(warnings=[*warnings, *matter.warnings])
    body = placeholders.restore(_read_body(placeholders, matter.title, account))
    lead_image = matter.lead_image
    if source.url:
        body, lead_image = make_absolute((body, lead_image), source.url, account)
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
        dropped=(*matter.dropped, *placeholders.restore(tuple(account.dropped))),
        warnings=placeholders.restore(tuple(account.warnings)),
        address=source.address,
        # a stranger may not say what is asked of our readers; it is listed as left out
        front_matter=matter.front_matter if source.is_trusted else FrontMatter(),
        has_fields=source.is_trusted,
    )
    return Reading(
        article=article,
        visible=text,
        marks=(*matter.marks, *placeholders.restore(tuple(account.marks))),
    )


def _read_body(placeholders: Placeholders, given_title: str | None, account: Account) -> _Body:
    parsed = parse(placeholders.text)
    writer = DomWriter(parsed, placeholders.tag, account)
    root = writer.write()

    def find(label: str) -> str | None:
        place = parsed.notes.find(label)
        return None if place is None else definition_name(place)

    for part in (root, *(note.root for note in writer.notes)):
        cite_labels(part, find, account)
    elements = list(root.iter())  # lxml forgets which element is which unless somebody holds them
    lifted = lift_raw_notes(root, account) if writer.has_raw_places else None
    drafts = [(note.label, note.root) for note in writer.notes]
    drafts += [(note.label, note.holder) for note in (lifted.notes if lifted else ())]
    reader = Reader(account, _resolver(writer.notes, lifted))
    tree = (reader.blocks(root), tuple(reader.blocks(part) for _, part in drafts))
    del elements
    blocks, note_blocks = part_references(link_headings(tree, account), account)
    title, blocks = take_title(blocks, given_title, account)
    blocks, appeal, warnings = lift_appeal(blocks)
    account.warnings += warnings
    (blocks, asking), notes = number_notes(
        (blocks, appeal.blocks if appeal else ()),
        [
            DraftNote(label=label, blocks=content)
            for (label, _), content in zip(drafts, note_blocks, strict=True)
        ],
    )
    _warn_of_notes(parsed.notes, writer.notes, notes, account)
    return _Body(
        title=title,
        blocks=blocks,
        notes=notes,
        appeal=replace(appeal, blocks=asking) if appeal else None,
    )


def _resolver(written: Sequence[NoteDom], lifted: Lifted | None) -> Resolve:
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
    table: NoteTable, written: Sequence[NoteDom], notes: Sequence[Note], account: Account
) -> None:
    lonely = [note.label for note in notes if note.status == "unreferenced"]
    for note in written:
        if note.definition is None or table.first[note.label] == note.definition:
            continue
        lonely.remove(note.label)
        account.warn(
            "note.duplicate",
            f"[^{note.label}] is defined more than once: the first definition counts, "
            "the other is kept at the end. Give it another label.",
        )
    for label in filter(None, lonely):
        account.warn(
            "note.unreferenced",
            f"The note {_called(label, table)} is cited nowhere; it is kept at the end.",
        )
    for label in table.missing:
        account.warn(
            "note.missing", f"[^{label}] has no note and stays as it is. Add a line [^{label}]: …"
        )


def _called(label: str, table: NoteTable) -> str:
    return f"[^{label}]" if label in table.first else f'"{label}"'
