"""Read and change a DOM; elements are removed so that every word stays accounted for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml import etree

from pipeline.loaders.html.visible_text import iter_texts
from pipeline.loaders.shared.html_nodes.load_report import LoadReport

Element = etree._Element

#: Elements that end a paragraph; a placeholder for one of them must do so too.
BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p pre section summary table tbody td tfoot th thead tr "
    "ul".split()
)
HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
#: Elements that may contain a heading and its tools, and nothing else; how many elements those are at most.
_HEADING_WRAPPERS = frozenset("div header hgroup span section summary a".split())
_MAX_CHILDREN = 12

#: Invisible characters: soft hyphen, zero-width spaces and joiners, variation selectors, byte order mark.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]")
_NAME_ATTRIBUTES = ("id", "class", "role", "name", "epub:type", "rel", "itemprop")


def get_names(element: Element) -> str:
    """Return the attributes that name *element*, such as id, class and role, on one line."""
    return " ".join(value for name in _NAME_ATTRIBUTES if (value := element.get(name)))


def get_text(element: Element) -> str:
    """Return the text of *element* on one line, without invisible characters."""
    return " ".join(_INVISIBLE.sub("", "".join(map(str, element.itertext()))).split())


def get_fragment_text(html: str) -> str:
    """Return the text of the fragment *html* on one line."""
    return " ".join("".join(iter_texts(f"<body>{html}")).split())


def has_content(element: Element) -> bool:
    """Whether *element* contains anything visible: a character or an image."""
    if any(_INVISIBLE.sub("", str(text)).strip() for text in element.itertext()):
        return True
    return element.tag == "img" or element.find(".//img") is not None


def iter_visible_texts(element: Element) -> Iterator[str]:
    """Yield each text and each alternative text in *element*, in reading order."""
    for event, node in etree.iterwalk(element, events=("start", "end")):
        if event == "start":
            if node.tag == "img" and node.get("alt"):
                yield node.get("alt")
            if node.text:
                yield node.text
        elif node is not element and node.tail:
            yield node.tail


def get_visible_text(element: Element) -> str:
    """Return the text of *element* on one line, alternative texts included."""
    return " ".join(" ".join(iter_visible_texts(element)).split())


def get_text_before(element: Element) -> str:
    """Return the text between *element* and the tag before it."""
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        return previous.tail or ""
    return (parent.text or "") if parent is not None else ""


def detach(element: Element) -> Element:
    """
    Remove *element* from its tree, and return the empty element that replaces it.

    The tail stays in the tree, and stays as far from the text before it as it was.
    """
    parent = element.getparent()
    placeholder = etree.Element("div" if element.tag in BLOCKS else "span")
    placeholder.tail, element.tail = element.tail, None
    if parent is not None:
        parent.replace(element, placeholder)
    return placeholder


def drop_element(element: Element, reason: str, report: LoadReport) -> Element:
    """Remove *element*, record its text as left out for *reason*, and return its placeholder."""
    report.drop(reason, get_visible_text(element))
    return detach(element)


def remove_as_markup(element: Element, rule: str, report: LoadReport) -> Element:
    """Remove *element*, record its text as markup by *rule*, and return its placeholder."""
    report.add_markup(rule, get_visible_text(element))
    return detach(element)


def strip_punctuation(text: str) -> str:
    """Return *text* case folded, without punctuation and spaces, for comparison."""
    return re.sub(r"\W", "", text.casefold())


def find_block(element: Element) -> Element:
    """Return the nearest block around *element*, or *element* itself if it is one."""
    while element.tag not in BLOCKS and (parent := element.getparent()) is not None:
        element = parent
    return element


def get_heading(element: Element) -> Element | None:
    """Return the heading that *element* is, or that is the only content of it as a wrapper."""
    if element.tag in HEADINGS:
        return element
    if element.tag not in _HEADING_WRAPPERS or (element.text or "").strip():
        return None
    children = list(islice(element, _MAX_CHILDREN + 1))
    visible = [child for child in children if has_content(child)]
    has_text = any((child.tail or "").strip() for child in children)
    if len(children) > _MAX_CHILDREN or len(visible) != 1 or has_text:
        return None
    return get_heading(visible[0])


def find_heading(element: Element) -> Element | None:
    """Return the heading that contains *element*, or that shares with it a wrapper of its own."""
    inner = next(element.iterancestors(*HEADINGS), None)
    parent = element.getparent()
    if inner is not None or parent is None or parent.tag not in _HEADING_WRAPPERS:
        return inner
    children = list(islice(parent, _MAX_CHILDREN + 1))  # len() counts all of them
    blocks = [child for child in children if child.tag in BLOCKS]
    is_wrapper = len(children) <= _MAX_CHILDREN and len(blocks) == 1 and blocks[0].tag in HEADINGS
    return blocks[0] if is_wrapper else None


def find_previous(element: Element) -> Element | None:
    """Return the nearest sibling before *element* with visible content."""
    return next(filter(has_content, element.itersiblings(preceding=True)), None)


def is_inside(element: Element, outer: Element) -> bool:
    """Whether *outer* is an ancestor of *element*."""
    return any(ancestor is outer for ancestor in element.iterancestors())


def count_words(root: Element) -> dict[Element, int]:
    """Return the number of words in *root* and in each element below it."""
    counts: dict[Element, int] = {}
    for element in reversed(list(root.iter())):
        counts[element] = len((element.text or "").split()) + sum(
            counts[child] + len((child.tail or "").split()) for child in element
        )
    return counts
