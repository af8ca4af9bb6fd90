"""
Read a page or a fragment of HTML into an article.

1. Parse; scripts, styles, templates, comments and the head go, and what is left is what a reader sees.
2. Pictures get their best address, headings lose their tools.
3. Notes are lifted out of the whole document, markers give way to references (`footnotes`).
4. The article is found, and title, subtitle, byline and date are lifted out of it.
5. What stands around it and what is chrome within it are listed as left out, each by a named rule.
6. Addresses become absolute; the tree is built from the closed vocabulary; a donation appeal is lifted out of it.
7. References are counted: each that was found is in the tree, or its loss was told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult
from pipeline.loaders.html.boilerplate import drop_boilerplate, drop_surroundings, remove_permalinks
from pipeline.loaders.html.dom import HEADINGS, Element, iter_visible_texts
from pipeline.loaders.html.figures import extract_credits, replace_embedded_posts, resolve_images
from pipeline.loaders.html.footnotes import ExtractedNotes, extract_notes
from pipeline.loaders.html.header_block import PageHeader, extract_header
from pipeline.loaders.html.html_parser import get_body, parse_page, remove_invisible
from pipeline.loaders.html.main_content import find_main_content
from pipeline.loaders.html.metadata import PageMetadata, read_metadata
from pipeline.loaders.html.urls import resolve_urls
from pipeline.loaders.html.web_only import replace_web_only_elements
from pipeline.loaders.shared.find_appeal import extract_appeal
from pipeline.loaders.shared.html_nodes import (
    TEXT_ATTRIBUTES,
    LoadReport,
    NodeReader,
    create_reader,
    list_texts,
)
from pipeline.loaders.shared.html_nodes.block_builder import BlockBuilder
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
class _Load:
    """
    One load: what was seen, what was left out.

    *elements* are all of the document. lxml makes its objects anew unless somebody holds them; that takes a third of
    the time of a load.
    """

    location: str
    report: LoadReport = field(default_factory=LoadReport)
    visible_text: list[str] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)


def read_page(html: str, *, location: str, url: str | None = None) -> LoadResult:
    """
    Return the article in the page *html*.

    Args:
        url: Where it was fetched from; its links count from there.

    Raises:
        LoadError: There is none, or the page is beyond all bounds.
    """
    load = _Load(location)
    page = parse_page(html, location)
    load.elements = list(page.iter())
    metadata = read_metadata(page, url or location)
    remove_invisible(page, location)
    body = get_body(page)
    lifted = _prepare(body, load)
    root = find_main_content(body, list(lifted.references))
    head = extract_header(body, root, metadata, load.report)
    load.visible_text += head.extra
    drop_surroundings(body, root, load.report)
    references = [element for element in lifted.references if _is_within(element, root)]
    drop_boilerplate(root, references, load.report)
    return _read(root, lifted, load, metadata, head, is_page=True)


def read_fragment(html: str, *, base_url: str | None, location: str) -> LoadResult:
    """
    Return the article that the fragment *html* is as a whole: the content of a feed's entry, a converted document.

    Nothing is taken for a title. *base_url* is what relative addresses count from; null leaves them.

    Raises:
        LoadError: It is beyond all bounds.
    """
    load = _Load(location)
    page = parse_page(
        f"<body>{html}</body>" if "<body" not in html[:2000].lower() else html, location
    )
    load.elements = list(page.iter())
    remove_invisible(page, location)
    body = get_body(page)
    lifted = _prepare(body, load)
    drop_boilerplate(body, list(lifted.references), load.report)
    return _read(body, lifted, load, PageMetadata(base_url=base_url), PageHeader(), is_page=False)


def _prepare(body: Element, load: _Load) -> ExtractedNotes:
    load.visible_text += iter_visible_texts(body)
    resolve_images(body, load.report)
    remove_permalinks(body, load.report)
    load.visible_text += replace_web_only_elements(body, load.report)
    lifted = extract_notes(body, load.report)
    load.visible_text += lifted.extra
    return lifted


def _read(
    root: Element,
    lifted: ExtractedNotes,
    load: _Load,
    metadata: PageMetadata,
    head: PageHeader,
    *,
    is_page: bool,
) -> LoadResult:
    report = load.report
    holders = [note.content for note in lifted.notes]
    frames = replace_embedded_posts(root)
    credits = extract_credits(root, report)
    parts = [root, *holders]
    load.visible_text += resolve_urls(parts, metadata.base_url, report)
    load.visible_text += _attributes(parts, frames)
    reader = _reader(report, lifted, credits)
    blocks = reader.read_blocks(root)
    drafts = [DraftNote(label=n.label, blocks=reader.read_blocks(n.content)) for n in lifted.notes]
    _audit((blocks, tuple(draft.blocks for draft in drafts)), lifted, report, load.location)
    if head.title is None and is_page:
        head, blocks = _title_from(blocks, head, report)
    blocks, found, warnings = extract_appeal(blocks)
    report.warnings += warnings
    (blocks, asking), notes = number_notes((blocks, found.blocks if found else ()), drafts)
    for note in notes:
        if note.status == "unreferenced":
            report.warn(
                "note.unreferenced",
                f'Nothing cites the note "{note.label or note.number}". It is kept, at the end.',
            )
    if not (blocks or notes or found):
        raise LoadError(
            f"{load.location}: no text was found in the page. Save it again when it has loaded fully."
        )
    article = Article(
        title=head.title,
        subtitle=head.subtitle,
        byline=head.byline,
        published=head.published,
        language=metadata.language,
        canonical_url=metadata.canonical_url,
        blocks=blocks,
        notes=notes,
        appeal=replace(found, blocks=asking) if found else None,
        dropped=tuple(report.dropped),
        warnings=tuple(report.warnings),
        location=load.location,
    )
    load.visible_text += [metadata.language or "", metadata.canonical_url or ""]
    return LoadResult(
        article=article, visible_text="\n".join(load.visible_text), markup=tuple(report.markup)
    )


def _title_from(
    blocks: tuple[Block, ...], head: PageHeader, report: LoadReport
) -> tuple[PageHeader, tuple[Block, ...]]:
    """Take the first block as the title if it is a heading of plain words."""
    first = blocks[0] if blocks else None
    title = plain_text(first).strip() if isinstance(first, Heading) else ""
    if not title or not isinstance(first, Heading) or len(blocks) == 1:
        return head, blocks
    if any(isinstance(node, NoteRef | Link | Image) for node in walk(first)):
        return head, blocks
    title = " ".join(title.split())
    report.add_changed_words("text.joined", list_texts(first.inlines), [title])
    return replace(head, title=title), blocks[1:]


def _reader(report: LoadReport, lifted: ExtractedNotes, credits: dict[Element, str]) -> NodeReader:
    """Return a reader that knows references and the credits of figures."""

    def resolve(element: Element) -> tuple[Block | Inline, ...] | None:
        credit = credits.pop(element, None)
        if credit is None:
            return lifted.resolve(element)
        builder = BlockBuilder(report)
        reader.read_node(element, builder)
        return _credited(builder.pop_blocks(), credit)

    reader: NodeReader = create_reader(report, resolve)
    return reader


def _credited(blocks: tuple[Block, ...], credit: str) -> tuple[Block, ...]:
    """Return *blocks* with *credit* on the last figure among them, else as a paragraph behind them."""
    for place in reversed(range(len(blocks))):
        block = blocks[place]
        if isinstance(block, Figure):
            return (*blocks[:place], replace(block, credit=credit), *blocks[place + 1 :])
    return (*blocks, Paragraph(inlines=(Text(text=credit),)))


def _attributes(parts: Iterable[Element], frames: set[Element]) -> list[str]:
    """Return the attributes of *parts* that hold words or addresses; alternative texts were seen already."""
    return [
        element.get(name) or ""
        for part in parts
        for element in part.iter()
        for name in TEXT_ATTRIBUTES.get(str(element.tag), ())
        if name != "alt" and not (name == "title" and element in frames)
    ]


def _audit(tree: object, lifted: ExtractedNotes, report: LoadReport, location: str) -> None:
    """
    Tell of each reference that stands where none can be kept, as in a title, and refuse the load if another is lost.

    This is rule N17: references found are references in the tree and losses told.
    """
    for element, number in lifted.references.items():
        label = lifted.notes[number - 1].label
        if element in lifted.placed:
            continue
        if any(
            outer.tag in HEADINGS and outer.getparent() is None for outer in element.iterancestors()
        ):
            report.warn(
                "note.in-title",
                f'The title cites note "{label}", which a title cannot. The note is kept, at the end.',
            )
        else:
            report.warn(
                "note.reference-lost",
                f'A reference to note "{label}" stands outside the article. The note is kept.',
            )
    placed = sum(isinstance(node, NoteRef) for node in walk(tree))
    if placed != len(lifted.placed):
        raise LoadError(
            f"{location}: of {len(lifted.placed)} references to notes {placed} found a place in the article. "
            "Save only the article's text, or add the notes by hand."
        )


def _is_within(element: Element, root: Element) -> bool:
    return any(ancestor is root for ancestor in element.iterancestors())
