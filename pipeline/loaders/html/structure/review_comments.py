"""Drop what reviewers wrote into a document: comments, and text that they marked as deleted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from pipeline.loaders.html.dom import (
    BLOCKS,
    Element,
    drop_element,
    find_block,
    get_text,
    remove_as_markup,
)
from pipeline.loaders.shared.html_nodes.load_report import LoadReport

#: Fragments of Google Docs: of a comment, and of its marker, to which the comment leads back.
_COMMENT = re.compile(r"cmnt\d+")
_MARKER = re.compile(r"cmnt_ref\d+")
#: Classes of comments in exports of word processors: LibreOffice, Word, Zoho Writer, pandoc.
_COMMENT_CLASSES = frozenset(
    "annotation_style_by_filter office-annotation msocomtxt msocomanchor mso-comment-reference zw-comment "
    "comment-start comment-end docs-comment track-comment".split()
)
_DELETION_CLASSES = frozenset("deletion paragraph-deletion track-delete ice-del msodel".split())


def drop_review_comments(body: Element, report: LoadReport) -> None:
    """Drop the comments of *body*, their markers and tracked deletions."""
    links = [(link, (link.get("href") or "").rpartition("#")[2]) for link in body.iter("a")]
    comments = {link: None for link, fragment in links if _MARKER.fullmatch(fragment)}
    for link in comments:
        if link.getparent() is not None and find_block(link) is not body:
            for part in list(_iter_comment(link, comments)):
                drop_element(part, "comment.review", report)
    for link, fragment in links:
        if _COMMENT.fullmatch(fragment):
            remove_as_markup(_widen(link), "comment.marker", report)
    for element in list(body.iter("span", "div", "aside", "p", "del", "ins", "a", "sup")):
        if element.getparent() is not None and (reason := _find_reason(element)):
            drop_element(element, reason, report)


def _find_reason(element: Element) -> str | None:
    names = set((element.get("class") or "").lower().split())
    if names & _COMMENT_CLASSES:
        return "comment.review"
    is_tracked = element.tag == "del" and (element.get("cite") or "").startswith("mailto:")
    if is_tracked or (names & _DELETION_CLASSES and element.get("data-author") is not None):
        return "revision.deleted"
    return None


def _iter_comment(link: Element, others: Collection[Element]) -> Iterator[Element]:
    """Yield the blocks of the comment that begins with *link*."""
    block = find_block(link)
    parent = block.getparent()
    is_first = (
        block.getprevious() is None and not ("" if parent is None else parent.text or "").strip()
    )
    if parent is not None and is_first and parent.tag in {"div", "li"}:
        inside = (e for e in parent.iter("a") if e in others and e is not link)
        if next(inside, None) is None:
            yield parent
            return
    yield block
    for element in block.itersiblings():
        if element.tag not in BLOCKS or any(e in others for e in element.iter("a")):
            return
        if element.tag not in {"p", "ul", "ol"}:
            return
        yield element


def _widen(link: Element) -> Element:
    """Return the superscript that contains only *link*, or *link*."""
    parent = link.getparent()
    if parent is not None and parent.tag in {"sup", "span"} and get_text(parent) == get_text(link):
        return parent
    return link
