"""Extract title, subtitle, byline and date from the top of an article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pipeline.loaders.html import dom
from pipeline.loaders.html.byline import (
    find_byline,
    find_published,
    has_byline_class,
    is_byline,
    is_byline_text,
)
from pipeline.loaders.html.dom import Element
from pipeline.loaders.html.metadata import PageMetadata
from pipeline.loaders.html.title import find_title, move_header
from pipeline.loaders.shared.html_nodes.load_report import LoadReport

_SUBTITLE = re.compile(
    r"(?:^|[\s_-])(?:(?:mso)?sub-?title(?:cxsp\w{0,8})?|sub-?head(?:line)?|dek|deck|standfirst|strapline|tagline"
    r"|p-summary|page-description)(?:$|[\s_-])",
    re.IGNORECASE,
)
_ICON = re.compile(r"\bavatar\b|\blogo\b", re.IGNORECASE)
#: In words; a paragraph of this length is text of the article, not part of its header.
_MIN_TEXT_PARAGRAPH = 25
#: In words, of a line with byline or date.
_MAX_BYLINE = 40
#: In pixels.
_MAX_ICON = 96


@dataclass(frozen=True, kw_only=True, slots=True)
class PageHeader:
    """The header of an article; *hidden_text* is text from the head of the page that is not visible in the page."""

    title: str | None = None
    subtitle: str | None = None
    byline: str | None = None
    published: date | None = None
    hidden_text: tuple[str, ...] = ()


def extract_header(
    body: Element, root: Element, metadata: PageMetadata, report: LoadReport
) -> PageHeader:
    """Return the header of the article *root* in *body*, and remove its parts from the text."""
    title = find_title(body, root, metadata)
    if title is not None and not dom.is_inside(title, root) and title is not root:
        move_header(title, root)
    elements = _list_header_elements(root, title)
    header = PageHeader(title=metadata.title, hidden_text=(metadata.title or "",))
    subtitle = next((e for e in elements if _is_subtitle(e, title)), None)
    if title is not None:
        header = PageHeader(title=_extract_text(title, report))
    if subtitle is not None:
        header = replace(header, subtitle=_extract_text(subtitle, report))
    published = metadata.published
    hidden_text = (metadata.byline or "", published.isoformat() if published else "")
    header = replace(
        header,
        byline=metadata.byline,
        published=published,
        hidden_text=(*header.hidden_text, *hidden_text),
    )
    for element in elements:
        if element.getparent() is None or not dom.is_inside(element, root):
            continue
        inside = set(element.iter())
        if title not in inside and subtitle not in inside:
            header = _extract_byline(element, header, report)
    _drop_repeated(elements, root, header, report)
    return header


def _drop_repeated(
    elements: Sequence[Element], root: Element, header: PageHeader, report: LoadReport
) -> None:
    """Remove a title or subtitle that stands once more above the text."""
    texts = {dom.strip_punctuation(text) for text in (header.title, header.subtitle) if text}
    for element in elements:
        is_line = element.tag in {*dom.HEADINGS, "p"} and dom.is_inside(element, root)
        if is_line and dom.strip_punctuation(dom.get_text(element)) in texts:
            dom.drop_element(element, "title.repeated", report)


def _list_header_elements(root: Element, title: Element | None) -> list[Element]:
    """Return the elements of *root* before its first text, or before its first paragraph if there is no text."""
    elements: list[Element] = []
    for element in root.iter():
        if element is root:
            continue
        if element is not title and _is_text(element, title):
            return elements
        elements.append(element)
    first = next(
        (
            i
            for i, e in enumerate(elements)
            if e.tag == "p" and not (_has_subtitle_class(e) or has_byline_class(e))
        ),
        len(elements),
    )
    return elements[:first]


def _has_subtitle_class(element: Element) -> bool:
    return bool(_SUBTITLE.search(element.get("class") or ""))


def _is_text(element: Element, title: Element | None) -> bool:
    if element.tag in {"blockquote", "pre", "table"}:
        return True
    if element.tag == "h2":
        return not _is_subtitle(element, title) and not has_byline_class(element)
    is_long = element.tag == "p" and len(dom.get_text(element).split()) >= _MIN_TEXT_PARAGRAPH
    return is_long and not _is_subtitle(element, title)


def _is_subtitle(element: Element, title: Element | None) -> bool:
    if element is title or element.tag not in {*dom.HEADINGS, "p", "div", "section"}:
        return False
    if element.find(".//p") is not None or element.find(".//img") is not None:
        return False
    words = len(dom.get_text(element).split())
    if not 1 <= words <= 80:
        return False
    if _has_subtitle_class(element):
        return True
    parent = element.getparent()
    return (
        title is not None
        and parent is not None
        and parent is title.getparent()
        and parent.tag in {"header", "hgroup"}
        and dom.find_previous(element) is title
        and words >= 4
        and not is_byline(element)
        and element.find(".//a") is None
    )


def _extract_byline(element: Element, header: PageHeader, report: LoadReport) -> PageHeader:
    """Remove *element* if it contains the byline or date, and add to *header* what it lacks."""
    if element.tag == "img" and _is_icon(element):
        dom.drop_element(element, "image.icon", report)
        return header
    if not _is_byline(element, header):
        return header
    rest = dom.get_visible_text(element)
    if header.byline is None and (byline := find_byline(element)):
        header, rest = replace(header, byline=byline), rest.replace(byline, "", 1)
    if header.published is None and (published := find_published(element)):
        hidden_text = (*header.hidden_text, published.isoformat())
        header = replace(header, published=published, hidden_text=hidden_text)
    report.drop("boilerplate.byline", rest)
    dom.detach(element)
    return header


def _is_byline(element: Element, header: PageHeader) -> bool:
    text = dom.get_text(element)
    words = len(text.split())
    is_known = (
        0 < words <= 12
        and element.tag in {"p", "div", "span", "a", "address", "time"}
        and is_byline_text(text, header.byline)
    )
    if not (is_byline(element) or is_known) or words > _MAX_BYLINE:
        return False
    if element.tag == "figure" or element.find(".//figure") is not None:
        return False
    paragraphs = [len(dom.get_text(paragraph).split()) for paragraph in element.iter("p")]
    return max(paragraphs, default=0) < _MIN_TEXT_PARAGRAPH and element.find(".//h1") is None


def _extract_text(element: Element, report: LoadReport) -> str:
    """Remove *element* and return its text on one line."""
    texts = list(map(str, element.itertext()))
    for inner in list(element.iter()):
        if inner is not element and inner.tag in {"br", *dom.BLOCKS}:
            inner.tail = f" {inner.tail or ''}"
    text = " ".join("".join(map(str, element.itertext())).split())
    report.add_changed_words("text.joined", texts, [text])
    report.drop("image.icon", " ".join(image.get("alt") or "" for image in element.iter("img")))
    dom.detach(element)
    return text


def _is_icon(image: Element) -> bool:
    sides = [image.get(name) or "" for name in ("width", "height")]
    is_small = all(side.isdecimal() and len(side) < 5 and int(side) <= _MAX_ICON for side in sides)
    return is_small or bool(_ICON.search(f"{image.get('alt')} {image.get('class')}"))
