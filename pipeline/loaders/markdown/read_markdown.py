"""
Turn Markdown into an article.

1. Decode the text and read the front matter.
2. Replace fields and template tags by placeholders, so that no Markdown rule takes them apart.
3. Parse the text with markdown-it, and write its tokens as a DOM, with the raw HTML in it, and one DOM for each note.
4. Extract the notes in raw HTML, and read the blocks of each DOM.
5. Resolve links to headings, take the title, extract the appeal.
6. Number the notes and restore the placeholders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.markdown.dialects.embedded_images import extract_embedded_images
from pipeline.loaders.markdown.dialects.linked_notes import mark_linked_notes
from pipeline.loaders.markdown.dom_writer import NOTE_REF, DomWriter, NoteDom, get_definition_name
from pipeline.loaders.markdown.footnote_syntax import FootnoteTable
from pipeline.loaders.markdown.html_notes import extract_html_notes, replace_note_links
from pipeline.loaders.markdown.internal_links import (
    make_urls_absolute,
    resolve_heading_links,
    split_links_at_references,
)
from pipeline.loaders.markdown.parser import parse_markdown
from pipeline.loaders.shared.completeness import split_words
from pipeline.loaders.shared.decode import decode_text
from pipeline.loaders.shared.find_appeal import build_appeal, extract_appeal
from pipeline.loaders.shared.front_matter import ParsedFrontMatter, read_front_matter
from pipeline.loaders.shared.html_nodes.element_handlers import create_reader
from pipeline.loaders.shared.html_nodes.inline_text import (
    collapse_spaces,
    find_note_refs,
    list_texts,
)
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.node_reader import Element, ElementResolver
from pipeline.loaders.shared.note_numbering import number_notes
from pipeline.loaders.shared.placeholders import Placeholders
from pipeline.models.article import (
    Article,
    Block,
    FoundAppeal,
    FrontMatter,
    Heading,
    Image,
    Inline,
    Link,
    LoadWarning,
    Note,
    NoteRef,
    Paragraph,
)
from pipeline.models.tree import walk

if TYPE_CHECKING:
    from pipeline.loaders.html.footnotes import ExtractedNotes


#: More lines than this are no article; a novel has about 20,000, and 50,000 take seconds.
_MAX_LINES = 50_000


def read_markdown(source: Source) -> LoadResult:
    """Turn *source* into an article; see `MarkdownLoader.read()`."""
    text, warnings = decode_text(source.content, source.location, charset=source.charset)
    if text.count("\n") > _MAX_LINES:
        raise LoadError(
            f"{source.location}: it has more than {_MAX_LINES:,} lines, which is no article. Save the article alone."
        )
    front_matter, rest = read_front_matter(text, source.location, base_url=source.url)
    placeholders = Placeholders(rest)
    report = LoadReport(warnings=[*warnings, *front_matter.report.warnings])
    files: dict[str, bytes] = {}
    title, blocks, notes, appeal = placeholders.restore(
        _read_body(placeholders, front_matter, files, report)
    )
    lead_image = front_matter.lead_image
    if source.url:
        tree = (blocks, notes, appeal, lead_image)
        blocks, notes, appeal, lead_image = make_urls_absolute(tree, source.url, report)
    article = Article(
        title=title,
        subtitle=front_matter.subtitle,
        byline=front_matter.byline,
        published=front_matter.published,
        language=front_matter.language,
        canonical_url=front_matter.canonical_url,
        lead_image=lead_image,
        blocks=blocks,
        notes=notes,
        appeal=appeal,
        dropped=(*front_matter.report.dropped, *placeholders.restore(tuple(report.dropped))),
        warnings=placeholders.restore(tuple(report.warnings)),
        location=source.location,
        files=files,
        # fetched front matter may not set the subject or appeal; both are listed as left out
        front_matter=front_matter.for_issue
        if source.is_trusted
        else FrontMatter(is_draft=front_matter.for_issue.is_draft),
        has_fields=source.is_trusted and front_matter.has_fields,
    )
    return LoadResult(
        article=article,
        visible_text=text,
        markup=(*front_matter.report.markup, *placeholders.restore(tuple(report.markup))),
    )


def _read_body(
    placeholders: Placeholders,
    front_matter: ParsedFrontMatter,
    files: dict[str, bytes],
    report: LoadReport,
) -> tuple[str | None, tuple[Block, ...], tuple[Note, ...], FoundAppeal | None]:
    """Return the title, the blocks, the notes and the appeal; pictures in the text are added to *files*."""
    parsed = parse_markdown(placeholders.text)
    writer = DomWriter(parsed, placeholders, report)
    root = writer.write()

    def find_note_name(label: str) -> str | None:
        position = parsed.notes.find_definition(label)
        return None if position is None else get_definition_name(position)

    has_linked_notes = mark_linked_notes(root, report)
    for part in (root, *writer.appeal_roots, *(note.root for note in writer.notes)):
        extract_embedded_images(part, files, report)
        replace_note_links(part, find_note_name, report)
    elements = list(root.iter())  # keeps lxml's proxies alive, so that they stay keys of dicts
    may_have_notes = writer.may_have_notes or has_linked_notes
    html_notes = extract_html_notes(root, report) if may_have_notes else None
    drafts = [(note.label, note.root) for note in writer.notes]
    drafts += html_notes.notes if html_notes else []
    reader = create_reader(report, _build_resolver(writer.notes, html_notes))
    marked = [block for part in writer.appeal_roots for block in reader.read_blocks(part)]
    tree = (
        reader.read_blocks(root),
        tuple(marked),
        tuple(reader.read_blocks(part) for _, part in drafts),
    )
    del elements
    tree = split_links_at_references(resolve_heading_links(tree, report), report)
    blocks, marked_appeal, note_blocks = tree
    title, blocks = _extract_title(blocks, front_matter, report)
    blocks, appeal = _extract_appeal(blocks, marked_appeal, front_matter, report)
    labels = (label for label, _ in drafts)
    numbered = number_notes((blocks, appeal), list(zip(labels, note_blocks, strict=True)))
    (blocks, appeal), notes = numbered
    _warn_about_notes(parsed.notes, writer.notes, notes, report)
    return title, blocks, notes, appeal


def _extract_appeal(
    blocks: tuple[Block, ...],
    marked: tuple[Block, ...],
    front_matter: ParsedFrontMatter,
    report: LoadReport,
) -> tuple[tuple[Block, ...], FoundAppeal | None]:
    """Return the blocks and the appeal: the marked one, else one found in the blocks."""
    appeal: FoundAppeal | None = None
    warnings: tuple[LoadWarning, ...] = ()
    if marked:
        appeal, warnings = build_appeal(marked)
    elif front_matter.detect_appeal:
        blocks, appeal, warnings = extract_appeal(blocks)
    report.warnings += warnings
    return blocks, appeal


def _extract_title(
    blocks: tuple[Block, ...], front_matter: ParsedFrontMatter, report: LoadReport
) -> tuple[str | None, tuple[Block, ...]]:
    """
    Return the title and the blocks without it.

    The title is that of *front_matter*, else the first block if that is a heading. A heading that repeats the given
    title is removed too. A title is a plain string: references in it move to the first paragraph.
    """
    given = front_matter.title
    first = blocks[0] if blocks else None
    if not isinstance(first, Heading) or (given is None and front_matter.has_title):
        return given, blocks
    texts = list_texts(first.inlines)
    title = collapse_spaces("".join(texts))
    if not title or (given is not None and split_words(given) != split_words(title)):
        return given, blocks
    report.add_changed_words("text.joined", texts, [title])
    if given is not None:
        report.drop("title.repeated", title)
    for node in walk(first.inlines):
        _record_markup(node, report)
    references = find_note_refs(first.inlines)
    if references:
        report.warn(
            "note.moved",
            "The title cites a note, but cannot hold a reference: it moved to the start of the text.",
        )
    return given or title, _prepend_references(references, blocks[1:])


def _record_markup(node: object, report: LoadReport) -> None:
    if isinstance(node, Link):
        report.drop("title.link", f"{node.href} {node.title or ''}")
    elif isinstance(node, Image):
        report.drop("title.image", f"{node.alt} {node.src}")


def _prepend_references(
    references: Sequence[NoteRef], blocks: tuple[Block, ...]
) -> tuple[Block, ...]:
    """Return *blocks* with *references* at the start of the first paragraph."""
    if not references:
        return blocks
    inlines: tuple[Inline, ...] = tuple(references)
    for i, block in enumerate(blocks):
        if isinstance(block, Paragraph):
            paragraph = replace(block, inlines=(*inlines, *block.inlines))
            return (*blocks[:i], paragraph, *blocks[i + 1 :])
    return (Paragraph(inlines=inlines), *blocks)


def _build_resolver(
    markdown_notes: Sequence[NoteDom], html_notes: ExtractedNotes | None
) -> ElementResolver:
    """Return a function that finds the note an element cites: those of Markdown come first, then those in raw HTML."""
    numbers = {note.name: number for number, note in enumerate(markdown_notes, start=1)}
    in_html = html_notes.references if html_notes else {}

    def resolve(element: Element) -> tuple[Block | Inline, ...] | None:
        if element.tag == NOTE_REF:
            return (NoteRef(note=numbers[str(element.get("note"))]),)
        number = in_html.get(element)
        return None if number is None else (NoteRef(note=len(markdown_notes) + number),)

    return resolve


def _warn_about_notes(
    table: FootnoteTable,
    markdown_notes: Sequence[NoteDom],
    notes: Sequence[Note],
    report: LoadReport,
) -> None:
    unreferenced = [note.label for note in notes if note.status == "unreferenced"]
    for note in markdown_notes:
        if note.definition is None or table.first_positions[note.label] == note.definition:
            continue
        unreferenced.remove(note.label)
        report.warn(
            "note.duplicate",
            f"[^{note.label}] is defined more than once: the first definition counts, "
            "the other stays at the end. Change its label.",
        )
    for label in filter(None, unreferenced):
        name = f"[^{label}]" if label in table.first_positions else f'"{label}"'
        report.warn(
            "note.unreferenced",
            f"Note {name} is never cited; it stays at the end.",
        )
    for label in table.missing:
        report.warn(
            "note.missing",
            f"Note [^{label}] is not defined; the marker stays in the text. Add a line [^{label}]: …",
        )
