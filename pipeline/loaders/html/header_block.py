"""Lift title, subtitle, byline and date out of the top of an article."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from pipeline.loaders.html.boilerplate import find_boilerplate_rule
from pipeline.loaders.html.dom import (
    BLOCKS,
    HEADINGS,
    Element,
    detach,
    drop_element,
    get_text,
    get_visible_text,
    has_content,
)
from pipeline.loaders.html.metadata import PageMetadata
from pipeline.loaders.shared.dates import MONTHS, find_date, read_date
from pipeline.loaders.shared.html_nodes import LoadReport

#: A paragraph of so many words is text: the masthead ends before it.
_TEXT_WORDS = 25
_SUBTITLE = re.compile(
    r"(?:^|[\s_-])(?:sub-?title|sub-?head(?:line)?|dek|deck|standfirst|strapline|tagline)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"(?:^|[\s_:-])(?:by-?lines?|author|authors|p-author|vcard|posted-?(?:on|by)|date-?line|date|dates|time|pub-?date|published|"
    r"post-?meta|entry-?meta|article-?meta|meta|metadata|topics?|kicker|eyebrow|avatar|read(?:ing)?-?time)(?:$|[\s_-])",
    re.IGNORECASE,
)
_AUTHOR = re.compile(r"(?:^|[\s_-])(?:by-?line|author|p-author)(?:$|[\s_-])", re.IGNORECASE)
_BY = re.compile(
    r"(?:written |posted |words )?(?:by|von|par|por|di|av|af|door|autor|author|text)[:\s]\s*",
    re.IGNORECASE,
)
_DATE = re.compile(
    rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|\b(?:{'|'.join(MONTHS)})\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MAX_META = 40
_SMALL_SIDE = 96


@dataclass(frozen=True, kw_only=True, slots=True)
class PageHeader:
    """
    What stands above an article.

    Args:
        extra: Words taken from the page's head, which nobody sees in its text.
    """

    title: str | None = None
    subtitle: str | None = None
    byline: str | None = None
    published: date | None = None
    extra: tuple[str, ...] = ()


def extract_header(
    body: Element, root: Element, metadata: PageMetadata, report: LoadReport
) -> PageHeader:
    """Return the masthead of the article *root* in *body*; its parts in the text are taken out."""
    title = find_title(body, root, metadata.title)
    zone = _zone(root, title)
    head = PageHeader(title=metadata.title, extra=(metadata.title or "",))
    if title is not None:
        head = PageHeader(title=_lifted(title, report))
    subtitle = next((e for e in zone if _is_subtitle(e, title)), None)
    if subtitle is not None:
        head = replace(head, subtitle=_lifted(subtitle, report))
    head = _with_metadata(head, metadata)
    for element in zone:
        if (
            element.getparent() is not None
            and _is_within(element, root)
            and not _holds(element, title, subtitle)
        ):
            head = _lift_line(element, head, report)
    return head


def find_title(body: Element, root: Element, known: str | None) -> Element | None:
    """Return the heading that is the title of the article: *known* from its head, or the first of all."""
    headings = [h for h in body.iter("h1", "h2", "h3") if has_content(h) and get_text(h)]
    inside = set(root.iter())
    ranked = sorted(headings, key=lambda h: (h not in inside, h.tag != "h1"))
    wanted = _squeezed(known or "")
    equal = [h for h in ranked if wanted and _squeezed(get_text(h)) == wanted]
    alike = [
        h for h in ranked if h.tag == "h1" and wanted and _is_alike(_squeezed(get_text(h)), wanted)
    ]
    first = [h for h in headings if h.tag == "h1" and h in inside and not _is_in_chrome(h, root)]
    only = [h for h in headings if h.tag == "h1"] if not wanted else []
    found = next(iter([*equal, *alike]), None)
    if found is None and first and (not wanted or _is_at_top(first[0], root)):
        found = first[0]
    return found if found is not None else next(iter(only), None)


def _zone(root: Element, title: Element | None) -> list[Element]:
    """Return the elements of *root* that begin before its first paragraph of text, else before its first paragraph."""
    zone: list[Element] = []
    for element in root.iter():
        if element is root:
            continue
        is_block = element.tag in {"p", "ul", "ol", "blockquote", "pre", "table", "h2"}
        if is_block and element is not title and _is_text(element, title):
            return zone
        zone.append(element)
    first = next(
        (place for place, e in enumerate(zone) if e.tag == "p" and not _is_marked(e)), len(zone)
    )
    return zone[:first]


def _is_marked(element: Element) -> bool:
    """Whether a class says that *element* belongs above the text."""
    marks = element.get("class") or ""
    return bool(_SUBTITLE.search(marks) or _BYLINE.search(marks))


def _is_text(element: Element, title: Element | None) -> bool:
    if element.tag in {"blockquote", "pre", "table"}:
        return True
    if element.tag == "h2":
        return not _is_subtitle(element, title) and not _BYLINE.search(element.get("class") or "")
    return (
        element.tag == "p"
        and len(get_text(element).split()) >= _TEXT_WORDS
        and not _is_subtitle(element, title)
    )


def _is_subtitle(element: Element, title: Element | None) -> bool:
    if (
        element is title
        or element.tag not in {*HEADINGS, "p", "div"}
        or element.find(".//p") is not None
    ):
        return False
    words = len(get_text(element).split())
    if not 1 <= words <= 80 or element.find(".//img") is not None:
        return False
    if _SUBTITLE.search(element.get("class") or ""):
        return True
    is_next = (
        title is not None
        and _previous(element) is title
        and element.getparent() is title.getparent()
    )
    group = element.getparent()
    in_group = group is not None and group.tag in {"header", "hgroup"}
    return (
        is_next
        and in_group
        and words >= 4
        and not _is_meta(element)
        and element.find(".//a") is None
    )


def _previous(element: Element) -> Element | None:
    previous = element.getprevious()
    while previous is not None and not has_content(previous):
        previous = previous.getprevious()
    return previous


def _with_metadata(head: PageHeader, metadata: PageMetadata) -> PageHeader:
    published = metadata.published
    extra = (*head.extra, metadata.byline or "", published.isoformat() if published else "")
    return replace(head, byline=metadata.byline, published=published, extra=extra)


def _lift_line(element: Element, head: PageHeader, report: LoadReport) -> PageHeader:
    """Take *element* out if it names author or date, and use what *head* lacks."""
    if element.tag == "img" and _is_icon(element):
        drop_element(element, "image.icon", report)
        return head
    text = get_text(element)
    words = len(text.split())
    is_known = (
        0 < words <= 12
        and element.tag in {"p", "div", "span", "a", "address", "time"}
        and _says_no_more(text, head)
    )
    if (
        not (_is_meta(element) or is_known)
        or words > _MAX_META
        or element.tag == "figure"
        or element.find(".//figure") is not None
    ):
        return head
    if (
        any(len(get_text(p).split()) >= _TEXT_WORDS for p in element.iter("p"))
        or element.find(".//h1") is not None
    ):
        return head
    left = get_visible_text(element)
    if head.byline is None and (by := _byline_in(element)):
        head, left = replace(head, byline=by), left.replace(by, "", 1)
    if head.published is None and (on := _date_in(element)):
        head = replace(head, published=on, extra=(*head.extra, on.isoformat()))
    report.drop("boilerplate.byline", left)
    detach(element)
    return head


def _is_meta(element: Element) -> bool:
    if element.tag in {"time", "address"} or element.get("rel") == "author":
        return True
    name = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
    return bool(_BYLINE.search(name)) and element.tag not in {
        "header",
        "article",
        "section",
        "main",
        "body",
        "img",
    }


def _says_no_more(text: str, head: PageHeader) -> bool:
    """Whether *text* is the byline or a date and nothing else."""
    rest = _squeezed(_BY.sub("", text, count=1))
    if head.byline and rest == _squeezed(head.byline):
        return True
    return bool(_DATE.search(text)) and bool(_YEAR.search(text)) and len(text.split()) <= 6


def _byline_in(element: Element) -> str | None:
    named = [
        e
        for e in element.iter()
        if e.get("rel") == "author" or e.get("itemprop") == "author" or e.tag == "address"
    ]
    named += [e for e in element.iter() if _AUTHOR.search(e.get("class") or "")]
    for inner in named:
        text = (
            _BY.sub("", get_visible_text(inner), count=1)
            if _BY.match(get_visible_text(inner))
            else get_visible_text(inner)
        )
        if 1 <= len(text.split()) <= 12 and not _YEAR.search(text):
            return text.strip(" ,·|•")
    return None


def _date_in(element: Element) -> date | None:
    for inner in element.iter("time"):
        if found := read_date(inner.get("datetime") or "", allow_trailing=True):
            return found
    written = find_date(get_visible_text(element))
    return read_date(get_text(element), allow_trailing=True) or (written.day if written else None)


def _lifted(element: Element, report: LoadReport) -> str:
    """Take *element* out and return its words as one line."""
    pieces = list(map(str, element.itertext()))
    for inner in list(element.iter()):
        if inner is not element and inner.tag in {"br", *BLOCKS}:
            inner.tail = f" {inner.tail or ''}"
    text = " ".join("".join(map(str, element.itertext())).split())
    report.add_changed_words("text.joined", pieces, [text])
    report.drop("image.icon", " ".join(image.get("alt") or "" for image in element.iter("img")))
    detach(element)
    return text


def _is_icon(image: Element) -> bool:
    sides = [image.get(name) or "" for name in ("width", "height")]
    is_small = all(
        side.isdecimal() and len(side) < 5 and int(side) <= _SMALL_SIDE for side in sides
    )
    return is_small or bool(
        re.search(r"\bavatar\b|\blogo\b", f"{image.get('alt')} {image.get('class')}", re.IGNORECASE)
    )


def _is_at_top(heading: Element, root: Element) -> bool:
    """Whether no paragraph of text stands before *heading*."""
    for element in root.iter():
        if element is heading:
            return True
        if element.tag == "p" and len(get_text(element).split()) >= _TEXT_WORDS:
            return False
    return False


def _is_in_chrome(heading: Element, root: Element) -> bool:
    for ancestor in heading.iterancestors():
        if ancestor is root:
            return False
        if find_boilerplate_rule(ancestor):
            return True
    return False


def _is_alike(text: str, known: str) -> bool:
    short, long = sorted((text, known), key=len)
    return len(short) >= 8 and short in long and len(short) >= 0.6 * len(long)


def _holds(element: Element, *others: Element | None) -> bool:
    return any(other is not None and other in set(element.iter()) for other in others)


def _is_within(element: Element, root: Element) -> bool:
    return any(ancestor is root for ancestor in element.iterancestors())


def _squeezed(text: str) -> str:
    return re.sub(r"\W", "", text.casefold())
