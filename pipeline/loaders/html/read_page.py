"""
Read an HTML page or fragment into an article.

1. Parse it; scripts, styles, templates, comments and the head are removed, so that only visible content is left.
2. Images get their best URL, structure given only by styles becomes elements (`structure`), headings lose their tools.
3. Notes are extracted from the whole document, and references replace their markers (`footnotes`).
4. The main content is found, and title, subtitle, byline and date are extracted from it.
5. Everything around it and the boilerplate in it are listed as left out, each by a named rule.
6. URLs become absolute; the tree is built from known elements; a donation appeal is extracted from it.
7. References are counted: each one found is in the tree, or a warning says why not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult
from pipeline.loaders.html.boilerplate import (
    drop_boilerplate,
    drop_surroundings,
    remove_permalinks,
)
from pipeline.loaders.html.dom import HEADINGS, Element, is_inside, iter_visible_texts
from pipeline.loaders.html.figures import extract_credits, replace_embedded_posts, resolve_images
from pipeline.loaders.html.footnotes import ExtractedNotes, extract_notes
from pipeline.loaders.html.header_block import PageHeader, extract_header
from pipeline.loaders.html.html_parser import (
    get_body,
    normalize_markup,
    parse_page,
    remove_invisible,
)
from pipeline.loaders.html.main_content import find_main_content
from pipeline.loaders.html.metadata import PageMetadata, read_metadata
from pipeline.loaders.html.platforms.attribute_words import read_attribute_words
from pipeline.loaders.html.platforms.furniture import drop_furniture
from pipeline.loaders.html.platforms.link_cards import replace_link_cards
from pipeline.loaders.html.platforms.microformats import read_microformats
from pipeline.loaders.html.structure import Stylesheet, restore_structure
from pipeline.loaders.html.urls import resolve_urls
from pipeline.loaders.html.visible_text import find_unread_words
from pipeline.loaders.html.web_only import replace_web_only_elements
from pipeline.loaders.shared.find_appeal import extract_appeal
from pipeline.loaders.shared.formulas import FORMULA, describe_formulas
from pipeline.loaders.shared.html_nodes.block_builder import BlockBuilder
from pipeline.loaders.shared.html_nodes.element_handlers import create_reader
from pipeline.loaders.shared.html_nodes.inline_text import list_texts
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.node_reader import TEXT_ATTRIBUTES, NodeReader
from pipeline.loaders.shared.note_numbering import DraftNote, number_notes
from pipeline.models.article import (
    Article,
    Block,
    Figure,
    Heading,
    Image,
    Inline,
    Link,
    NoteRef,
    Paragraph,
    Text,
)
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk


@dataclass
class _PageLoad:
    """
    The state of one load.

    Args:
        visible_text: The texts that the article must account for.
        elements: All elements of the document. lxml recreates its objects unless they are referenced; keeping them
            saves a third of the time.
    """

    location: str
    report: LoadReport = field(default_factory=LoadReport)
    visible_text: list[str] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    sheet: Stylesheet = field(default_factory=Stylesheet)


def read_page(html: str, *, location: str, url: str | None = None) -> LoadResult:
    """Return the article in the page *html*; its links are resolved against *url*, where it was fetched from."""
    load = _PageLoad(location)
    html = normalize_markup(html)
    page = parse_page(html, location)
    load.elements = list(page.iter())
    metadata = read_metadata(page, url or location)
    load.sheet = Stylesheet(page)
    if canonical := metadata.invalid_canonical_url:
        load.visible_text.append(canonical)
        load.report.drop_url(canonical, "canonical URL")
    remove_invisible(page, location)
    body = get_body(page)
    metadata = read_microformats(body, metadata, url)
    extracted = _extract_notes(body, html, load, has_layout_tables=True)
    root = find_main_content(body, list(extracted.references))
    header = extract_header(body, root, metadata, load.report)
    load.visible_text += header.hidden_text
    drop_surroundings(body, root, load.report)
    references = [element for element in extracted.references if is_inside(element, root)]
    drop_furniture(root, references, load.report)
    drop_boilerplate(root, references, load.report)
    return _build_result(root, extracted, load, metadata, header)


def read_fragment(
    html: str, *, base_url: str | None, location: str, has_layout_tables: bool = False
) -> LoadResult:
    """
    Return the fragment *html*, the content of a feed entry or a converted document, as an article without a title.

    Relative URLs are resolved against *base_url*, or stay unchanged if it is None. With *has_layout_tables* a table may
    lay out the content; in a document every table is one.
    """
    load = _PageLoad(location)
    has_body = "<body" in html[:2000].lower()
    html = normalize_markup(html if has_body else f"<body>{html}</body>")
    page = parse_page(html, location)
    load.elements = list(page.iter())
    load.sheet = Stylesheet(page)
    remove_invisible(page, location)
    body = get_body(page)
    extracted = _extract_notes(body, html, load, has_layout_tables=has_layout_tables)
    drop_furniture(body, list(extracted.references), load.report)
    drop_boilerplate(body, list(extracted.references), load.report)
    return _build_result(body, extracted, load, PageMetadata(base_url=base_url), header=None)


def _extract_notes(
    body: Element, html: str, load: _PageLoad, *, has_layout_tables: bool
) -> ExtractedNotes:
    load.visible_text += iter_visible_texts(body)
    load.visible_text += find_unread_words(html, load.visible_text)
    load.visible_text += read_attribute_words(body, load.report)
    resolve_images(body, load.report)
    replace_link_cards(body, load.report)
    restore_structure(body, load.sheet, load.report, has_layout_tables=has_layout_tables)
    remove_permalinks(body, load.report)
    load.visible_text += replace_web_only_elements(body, load.report)
    if formulas := load.report.formulas:
        load.report.warn(FORMULA, describe_formulas(formulas))
    extracted = extract_notes(body, load.report)
    load.visible_text += extracted.hidden_text
    return extracted


def _build_result(
    root: Element,
    extracted: ExtractedNotes,
    load: _PageLoad,
    metadata: PageMetadata,
    header: PageHeader | None,
) -> LoadResult:
    """Build the article; a *header* of None means a fragment, whose first heading is not a title."""
    report = load.report
    blocks, drafts = _read_blocks(root, extracted, load, metadata.base_url)
    _check_references((blocks, tuple(drafts)), extracted, load)
    if header is not None and header.title is None:
        header, blocks = _extract_title(blocks, header, report)
    header = header or PageHeader()
    blocks, appeal, warnings = extract_appeal(blocks)
    report.warnings += warnings
    (blocks, appeal), notes = number_notes((blocks, appeal), drafts)
    for note in notes:
        if note.status == "unreferenced":
            report.warn(
                "note.unreferenced",
                f'Nothing refers to the note "{note.label or note.number}". It is kept at the end.',
            )
    if not (blocks or notes or appeal):
        raise LoadError(
            f"{load.location}: the page contains no text. Save it again after it has loaded fully."
        )
    article = Article(
        title=header.title,
        subtitle=header.subtitle,
        byline=header.byline,
        published=header.published,
        language=metadata.language,
        canonical_url=metadata.canonical_url,
        blocks=blocks,
        notes=notes,
        appeal=appeal,
        dropped=tuple(report.dropped),
        warnings=tuple(report.warnings),
        location=load.location,
    )
    load.visible_text += [metadata.language or "", metadata.canonical_url or ""]
    visible_text = "\n".join(load.visible_text)
    return LoadResult(article=article, visible_text=visible_text, markup=tuple(report.markup))


def _read_blocks(
    root: Element, extracted: ExtractedNotes, load: _PageLoad, base_url: str | None
) -> tuple[tuple[Block, ...], Sequence[DraftNote]]:
    report = load.report
    frames = replace_embedded_posts(root)
    image_credits = extract_credits(root, report)
    parts = [root, *(content for _, content in extracted.notes)]
    load.visible_text += resolve_urls(parts, base_url, report)
    load.visible_text += _list_attributes(parts, frames)
    reader = _create_reader(report, extracted, image_credits)
    blocks = reader.read_blocks(root)
    return blocks, [(label, reader.read_blocks(content)) for label, content in extracted.notes]


def _extract_title(
    blocks: tuple[Block, ...], header: PageHeader, report: LoadReport
) -> tuple[PageHeader, tuple[Block, ...]]:
    """Use the first block as the title if it is a heading of plain text."""
    first = blocks[0] if blocks else None
    title = plain_text(first).strip() if isinstance(first, Heading) else ""
    if not title or not isinstance(first, Heading) or len(blocks) == 1:
        return header, blocks
    if any(isinstance(node, NoteRef | Link | Image) for node in walk(first)):
        return header, blocks
    title = " ".join(title.split())
    report.add_changed_words("text.joined", list_texts(first.inlines), [title])
    return replace(header, title=title), blocks[1:]


def _create_reader(
    report: LoadReport, extracted: ExtractedNotes, image_credits: dict[Element, str]
) -> NodeReader:
    """Return a reader that resolves references and the credits of figures."""

    def resolve(element: Element) -> tuple[Block | Inline, ...] | None:
        credit = image_credits.pop(element, None)
        if credit is None:
            return extracted.resolve(element)
        builder = BlockBuilder(report)
        reader.read_node(element, builder)
        return _set_credit(builder.pop_blocks(), credit)

    reader = create_reader(report, resolve)
    return reader


def _set_credit(blocks: tuple[Block, ...], credit: str) -> tuple[Block, ...]:
    """Return *blocks* with *credit* on the last figure in them, else as a paragraph after them."""
    for index in reversed(range(len(blocks))):
        block = blocks[index]
        if isinstance(block, Figure):
            return (*blocks[:index], replace(block, credit=credit), *blocks[index + 1 :])
    return (*blocks, Paragraph(inlines=(Text(text=credit),)))


def _list_attributes(parts: Iterable[Element], frames: set[Element]) -> list[str]:
    """Return the attributes of *parts* that contain words or URLs and are not yet in the visible text."""
    return [
        element.get(name) or ""
        for part in parts
        for element in part.iter()
        for name in TEXT_ATTRIBUTES.get(str(element.tag), ())
        if name != "alt" and not (name == "title" and element in frames)
    ]


def _check_references(tree: object, extracted: ExtractedNotes, load: _PageLoad) -> None:
    """Warn about each reference that could not be kept, for example in a title; fail if any other is missing."""
    for element, number in extracted.references.items():
        label, _ = extracted.notes[number - 1]
        if element in extracted.resolved:
            continue
        outermost = [e for e in element.iterancestors() if e.getparent() is None]
        if any(e.tag in HEADINGS for e in outermost):
            load.report.warn(
                "note.in-title",
                f'The title refers to the note "{label}", but a title cannot contain references. '
                "The note is kept at the end.",
            )
        else:
            load.report.warn(
                "note.reference-lost",
                f'A reference to the note "{label}" is outside the article. The note is kept.',
            )
    found = sum(isinstance(node, NoteRef) for node in walk(tree))
    if found != len(extracted.resolved):
        raise LoadError(
            f"{load.location}: only {found} of {len(extracted.resolved)} note references could be placed in the "
            "article. Save only the article's text, or add the notes by hand."
        )
