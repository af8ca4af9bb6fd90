"""Find the title of an article: a heading, or a paragraph that a word processor calls its title."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lxml import etree

from pipeline.loaders.html import dom
from pipeline.loaders.html.boilerplate import find_boilerplate_rule
from pipeline.loaders.html.dom import Element
from pipeline.loaders.html.metadata import PageMetadata

#: Classes of a title that is not a heading: Google Docs, LibreOffice, Word, WordPress and other systems.
_TITLE_CLASS = re.compile(
    r"(?:^|\s)(?:(?P<word>MsoTitle(?:CxSp\w{0,8})?)|title|(?:entry|post|article|page|doc|document|story)-?_?_?title|headline)(?:\s|$)",
    re.IGNORECASE,
)
#: Names of a heading that is the name of the site.
_SITE_NAME = re.compile(r"site|logo|brand|masthead|blog-?name", re.IGNORECASE)
#: In words; a longer line is no title, and a paragraph of this length is text of the article.
_MAX_TITLE, _MIN_TEXT_PARAGRAPH = 40, 25
#: In words, of what stands between a title outside the article and the article.
_MAX_HEADER = 150


def find_title(body: Element, root: Element, metadata: PageMetadata) -> Element | None:
    """
    Return the element that is the title of the article *root*, or None.

    An element with the title from the head of the page, or nearly, is preferred; then a paragraph that is the title by
    its class; then the first `<h1>` of the article, then one right before it.
    """
    headings = [h for h in body.iter("h1", "h2", "h3") if dom.has_content(h) and dom.get_text(h)]
    inside = set(root.iter())
    marked = next(_iter_marked(root), None)
    ranked = sorted(headings, key=lambda h: (h not in inside, h.tag != "h1"))
    ranked += [] if marked is None else [marked]
    wanted = dom.strip_punctuation(metadata.title or "")
    if wanted:
        texts = {element: dom.strip_punctuation(dom.get_text(element)) for element in ranked}
        equal = [e for e in ranked if texts[e] == wanted]
        similar = [e for e in ranked if e.tag not in {"h2", "h3"} and _is_similar(texts[e], wanted)]
        if found := [*equal, *similar]:
            return found[0]
    main = [h for h in headings if h.tag == "h1"]
    if marked is not None and _is_title_of(marked, [h for h in main if h in inside]):
        return marked
    first = next((h for h in main if h in inside and not _is_in_boilerplate(h, root)), None)
    if first is not None and (not wanted or _is_before_text(first, root)):
        return first
    outside = [h for h in _list_before(main, root, inside) if _may_be_title(h, body, metadata)]
    if first is None and outside:
        return outside[-1]
    return None if wanted else next(iter(main), None)


def move_header(title: Element, root: Element) -> None:
    """Move *title* and what stands between it and the article *root*, if that is short, into a header in *root*."""
    ancestors = set(root.iterancestors())
    parts = list(_iter_between(title, root, ancestors))
    if sum(len(dom.get_text(part).split()) for part in parts) > _MAX_HEADER:
        parts = []
    parts = [part for part in parts if not find_boilerplate_rule(part)]
    header = etree.Element("header")
    for part in (title, *parts):
        part_tail, part.tail = part.tail, None
        placeholder = dom.detach(part)
        placeholder.tail = part_tail
        header.append(part)
    header.tail, root.text = root.text, None
    root.insert(0, header)


def _iter_between(
    title: Element, root: Element, ancestors: Collection[Element]
) -> Iterator[Element]:
    """Yield the elements after *title* and before *root*, the widest possible."""
    element = title
    while True:
        for sibling in element.itersiblings():
            if sibling is root or sibling in ancestors:
                break
            yield sibling
        parent = element.getparent()
        if parent is None or parent in ancestors:
            break
        element = parent
    common = element.getparent()
    inner: list[Element] = []
    outer: Element | None = root
    while outer is not None and outer.getparent() is not common:
        inner.append(outer)
        outer = outer.getparent()
    for branch in reversed(inner):
        yield from reversed(list(branch.itersiblings(preceding=True)))


def _iter_marked(root: Element) -> Iterator[Element]:
    """Yield the paragraphs before the text of *root* that are titles by their class."""
    for element in root.iter():
        if element.tag == "p" and len(dom.get_text(element).split()) >= _MIN_TEXT_PARAGRAPH:
            return
        if element.tag not in {"p", "div", "span"} or not _TITLE_CLASS.search(
            element.get("class") or ""
        ):
            continue
        words = len(dom.get_text(element).split())
        has_blocks = any(inner.tag in dom.BLOCKS for inner in element.iterdescendants())
        if 0 < words <= _MAX_TITLE and not has_blocks and not _is_in_boilerplate(element, root):
            yield element


def _is_title_of(marked: Element, headings: list[Element]) -> bool:
    """Whether *marked* is the title, not the only `<h1>`: then the paragraph may name the section or the site."""
    match = _TITLE_CLASS.search(marked.get("class") or "")
    return bool(match and match["word"]) or len(headings) != 1


def _list_before(headings: list[Element], root: Element, inside: set[Element]) -> list[Element]:
    """Return those of *headings* that stand before *root*."""
    outside = {heading for heading in headings if heading not in inside}
    if not outside:
        return []
    found = []
    for element in root.getroottree().iter():
        if element is root:
            break
        if element in outside:
            found.append(element)
    return found


def _may_be_title(heading: Element, body: Element, metadata: PageMetadata) -> bool:
    """Whether *heading*, outside the article, is not the name of the site."""
    around = [heading, *(e for e in heading.iterancestors() if e is not body)]
    names = " ".join(dom.get_names(e) for e in [heading, *heading.iter("a"), *around[1:2]])
    link = heading.find(".//a")
    is_home = link is not None and (link.get("href") or "").strip() in {
        "/",
        "./",
        "#",
        "index.html",
    }
    site = dom.strip_punctuation(metadata.site or "")
    is_site = bool(site) and dom.strip_punctuation(dom.get_text(heading)) == site
    rules = {find_boilerplate_rule(e) for e in around}
    return not (
        is_home or is_site or _SITE_NAME.search(names) or rules - {None, "boilerplate.page"}
    )


def _is_similar(text: str, known: str) -> bool:
    short, long = sorted((text, known), key=len)
    return len(short) >= 8 and short in long and len(short) >= 0.6 * len(long)


def _is_in_boilerplate(heading: Element, root: Element) -> bool:
    for ancestor in heading.iterancestors():
        if ancestor is root:
            return False
        if find_boilerplate_rule(ancestor):
            return True
    return False


def _is_before_text(heading: Element, root: Element) -> bool:
    """Whether no paragraph of text comes before *heading*."""
    for element in root.iter():
        if element is heading:
            return True
        if element.tag == "p" and len(dom.get_text(element).split()) >= _MIN_TEXT_PARAGRAPH:
            return False
    return False
