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
from pipeline.loaders.base import Reading
from pipeline.loaders.html.boilerplate import drop_chrome, drop_outside, tidy
from pipeline.loaders.html.dom import HEADINGS, Element, seen
from pipeline.loaders.html.figures import settle_pictures, settle_posts, take_credits
from pipeline.loaders.html.footnotes import Lifted, lift_notes
from pipeline.loaders.html.header_block import Masthead, lift_masthead
from pipeline.loaders.html.main_content import find_root
from pipeline.loaders.html.metadata import Metadata, metadata_of
from pipeline.loaders.html.parse import body_of, parse_page, prune
from pipeline.loaders.html.urls import settle_addresses
from pipeline.loaders.html.web_only import settle_wording
from pipeline.loaders.shared.find_appeal import lift_appeal
from pipeline.loaders.shared.html_nodes import COUNTED_ATTRIBUTES, Account, Reader, pieces
from pipeline.loaders.shared.html_nodes.flow import Flow
from pipeline.loaders.shared.notes import DraftNote, number_notes
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

    address: str
    account: Account = field(default_factory=Account)
    visible: list[str] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)


def read_page(html: str, *, address: str, url: str | None = None) -> Reading:
    """
    Return the article in the page *html*.

    Args:
        url: Where it was fetched from; its links count from there.

    Raises:
        LoadError: There is none, or the page is beyond all bounds.
    """
    load = _Load(address)
    page = parse_page(html, address)
    load.elements = list(page.iter())
    metadata = metadata_of(page, url or address)
    prune(page, address)
    body = body_of(page)
    lifted = _prepare(body, load)
    root = find_root(body, list(lifted.references))
    head = lift_masthead(body, root, metadata, load.account)
    load.visible += head.extra
    drop_outside(body, root, load.account)
    references = [element for element in lifted.references if _is_within(element, root)]
    drop_chrome(root, references, load.account)
    return _read(root, lifted, load, metadata, head, is_page=True)


def read_fragment(html: str, *, base_url: str | None, address: str) -> Reading:
    """
    Return the article that the fragment *html* is as a whole: the content of a feed's entry, a converted document.

    Nothing is taken for a title. *base_url* is what relative addresses count from; null leaves them.

    Raises:
        LoadError: It is beyond all bounds.
    """
    load = _Load(address)
    page = parse_page(
        f"<body>{html}</body>" if "<body" not in html[:2000].lower() else html, address
    )
    load.elements = list(page.iter())
    prune(page, address)
    body = body_of(page)
    lifted = _prepare(body, load)
    drop_chrome(body, list(lifted.references), load.account)
    return _read(body, lifted, load, Metadata(base_url=base_url), Masthead(), is_page=False)


def _prepare(body: Element, load: _Load) -> Lifted:
    load.visible += seen(body)
    settle_pictures(body, load.account)
    tidy(body, load.account)
    load.visible += settle_wording(body, load.account)
    lifted = lift_notes(body, load.account)
    load.visible += lifted.extra
    return lifted


def _read(
    root: Element,
    lifted: Lifted,
    load: _Load,
    metadata: Metadata,
    head: Masthead,
    *,
    is_page: bool,
) -> Reading:
    account = load.account
    holders = [note.holder for note in lifted.notes]
    frames = settle_posts(root)
    credits = take_credits(root, account)
    parts = [root, *holders]
    load.visible += settle_addresses(parts, metadata.base_url, account)
    load.visible += _attributes(parts, frames)
    reader = _reader(account, lifted, credits)
    blocks = reader.blocks(root)
    drafts = [DraftNote(label=n.label, blocks=reader.blocks(n.holder)) for n in lifted.notes]
    _audit((blocks, tuple(draft.blocks for draft in drafts)), lifted, account, load.address)
    if head.title is None and is_page:
        head, blocks = _title_from(blocks, head, account)
    blocks, found, warnings = lift_appeal(blocks)
    account.warnings += warnings
    (blocks, asking), notes = number_notes((blocks, found.blocks if found else ()), drafts)
    for note in notes:
        if note.status == "unreferenced":
            account.warn(
                "note.unreferenced",
                f'Nothing cites the note "{note.label or note.number}". It is kept, at the end.',
            )
    if not (blocks or notes or found):
        raise LoadError(
            f"{load.address}: no text was found in the page. Save it again when it has loaded fully."
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
        dropped=tuple(account.dropped),
        warnings=tuple(account.warnings),
        address=load.address,
    )
    load.visible += [metadata.language or "", metadata.canonical_url or ""]
    return Reading(article=article, visible="\n".join(load.visible), marks=tuple(account.marks))


def _title_from(
    blocks: tuple[Block, ...], head: Masthead, account: Account
) -> tuple[Masthead, tuple[Block, ...]]:
    """Take the first block as the title if it is a heading of plain words."""
    first = blocks[0] if blocks else None
    title = plain_text(first).strip() if isinstance(first, Heading) else ""
    if not title or not isinstance(first, Heading) or len(blocks) == 1:
        return head, blocks
    if any(isinstance(node, NoteRef | Link | Image) for node in walk(first)):
        return head, blocks
    title = " ".join(title.split())
    account.respelled("text.joined", pieces(first.inlines), [title])
    return replace(head, title=title), blocks[1:]


def _reader(account: Account, lifted: Lifted, credits: dict[Element, str]) -> Reader:
    """Return a reader that knows references and the credits of figures."""

    def resolve(element: Element) -> tuple[Block | Inline, ...] | None:
        credit = credits.pop(element, None)
        if credit is None:
            return lifted.resolve(element)
        flow = Flow(account)
        reader.node(element, flow)
        return _credited(flow.close(), credit)

    reader = Reader(account, resolve)
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
        for name in COUNTED_ATTRIBUTES.get(str(element.tag), ())
        if name != "alt" and not (name == "title" and element in frames)
    ]


def _audit(tree: object, lifted: Lifted, account: Account, address: str) -> None:
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
            account.warn(
                "note.in-title",
                f'The title cites note "{label}", which a title cannot. The note is kept, at the end.',
            )
        else:
            account.warn(
                "note.reference-lost",
                f'A reference to note "{label}" stands outside the article. The note is kept.',
            )
    placed = sum(isinstance(node, NoteRef) for node in walk(tree))
    if placed != len(lifted.placed):
        raise LoadError(
            f"{address}: of {len(lifted.placed)} references to notes {placed} found a place in the article. "
            "Save only the article's text, or add the notes by hand."
        )


def _is_within(element: Element, root: Element) -> bool:
    return any(ancestor is root for ancestor in element.iterancestors())
