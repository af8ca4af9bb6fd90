"""What belongs to a page and not to its article: the named rules by which it is left out."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from pipeline.loaders.html.dom import (
    HEADINGS,
    Element,
    count_words,
    drop_element,
    get_names,
    get_text,
)
from pipeline.loaders.shared.html_nodes import LoadReport

#: Parts of names (`share-buttons`, `mw-editsection`) and the rule each stands for.
_NAMED: Mapping[str, str] = {
    **dict.fromkeys(
        "share sharing sharedaddy shares social socials addtoany shareaholic".split(),
        "boilerplate.share",
    ),
    **dict.fromkeys(
        "newsletter newsletters subscribe subscription subscribewidget signup paywall".split(),
        "boilerplate.subscribe",
    ),
    **dict.fromkeys(
        "related recommended recommendation recommendations recirc taboola outbrain readmore trending jp-relatedposts "
        "relatedposts morestories".split(),
        "boilerplate.related",
    ),
    **dict.fromkeys(
        "comment comments commentlist disqus respond discussion".split(), "boilerplate.comments"
    ),
    **dict.fromkeys(
        "nav navbox navbar navigation breadcrumb breadcrumbs pagination pager menu skip jump skiplink toc".split(),
        "boilerplate.navigation",
    ),
    **dict.fromkeys(
        "ad ads advert adverts advertisement sponsor sponsored promo".split(),
        "boilerplate.advertisement",
    ),
    **dict.fromkeys("cookie cookies consent gdpr".split(), "boilerplate.consent"),
    **dict.fromkeys(
        "noprint printfooter nocontent noexcerpt toolbar sidebar popup modal".split(),
        "boilerplate.page",
    ),
    **dict.fromkeys("catlinks tags taglist filed".split(), "boilerplate.tags"),
    **dict.fromkeys("bio authorbox".split(), "boilerplate.author"),
}
_BY_TAG: Mapping[str, str] = {
    "nav": "boilerplate.navigation",
    "form": "boilerplate.form",
    "footer": "boilerplate.footer",
    "dialog": "boilerplate.page",
    **dict.fromkeys("button input select textarea datalist".split(), "boilerplate.control"),
}
_BY_ROLE: Mapping[str, str] = {
    **dict.fromkeys("navigation menu menubar tablist directory".split(), "boilerplate.navigation"),
    **dict.fromkeys("banner contentinfo dialog alertdialog toolbar".split(), "boilerplate.page"),
    "search": "boilerplate.form",
    "button": "boilerplate.control",
}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_EDIT = re.compile(
    r"(?:^|\s)(?:mw-editsection|headerlink|header-anchor|heading-anchor|anchorjs-link|anchor-link)(?:\s|$)"
)
#: A link within a text may bear many a name; these are never text.
_LINK_NAMED = re.compile(r"skip|jump|share|subscribe", re.IGNORECASE)
_PERMALINK = frozenset({"#", "¶", "§", "🔗", "∞", "", "Link", "Permalink"})
#: A named part longer than this, and not mostly links, is text for all its name says.
_MAX_WORDS = 60
_MAX_LONG = 400
#: A part of the article that holds more of its words is no chrome.
_MAX_SHARE = 0.4


def remove_permalinks(body: Element, report: LoadReport) -> None:
    """Remove the small tools of headings: permanent links and "edit" links."""
    for element in list(body.iter("a", "span", "div")):
        if element.getparent() is None:
            continue
        name = element.get("class") or ""
        is_inside = next(element.iterancestors(*HEADINGS), None) is not None
        is_tool = bool(_EDIT.search(name)) and (is_inside or element.tag == "a")
        is_tool = is_tool and len(get_text(element)) < 40
        if is_tool or (element.tag == "a" and is_inside and _is_permalink(element)):
            drop_element(element, "boilerplate.permalink", report)


def find_boilerplate_rule(element: Element) -> str | None:
    """Return the rule by which *element* would be chrome, null if none speaks against it."""
    if not isinstance(element.tag, str):
        return None
    if element.tag in _BY_TAG:
        return _BY_TAG[element.tag]
    role = (element.get("role") or "").lower()
    if role in _BY_ROLE:
        return _BY_ROLE[role]
    if is_hidden(element):
        return "boilerplate.hidden"
    if element.tag in HEADINGS or element.tag in {"body", "main", "article"}:
        return None
    return _named(element)


def is_hidden(element: Element) -> bool:
    """Whether *element* says of itself that it is not shown."""
    if element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
        return True
    is_silent = (element.get("aria-hidden") or "").lower() == "true"
    return is_silent and element.tag != "img" and element.find(".//img") is None


def drop_boilerplate(root: Element, references: Collection[Element], report: LoadReport) -> None:
    """Remove from the article *root* what is no part of it; nothing that holds a reference goes."""
    weights = count_words(root)
    kept = {ancestor for reference in references for ancestor in reference.iterancestors()}
    total = max(weights[root], 1)
    gone: set[Element] = set()
    for element in list(root.iter()):
        parent = element.getparent()
        if parent in gone:
            gone.add(element)
            continue
        if element is root or element in kept or parent is None:
            continue
        reason = find_boilerplate_rule(element)
        if reason and _may_go(element, reason, weights[element], total):
            gone.add(element)
            drop_element(element, reason, report)


def drop_surroundings(body: Element, root: Element, report: LoadReport) -> None:
    """Remove everything around the article *root*, each part under the rule that fits it."""
    inside = root
    while inside is not body and (outer := inside.getparent()) is not None:
        report.drop("boilerplate.outside-article", " ".join(_direct(outer)))
        for element in outer:
            if element is not inside:
                drop_element(
                    element, find_boilerplate_rule(element) or "boilerplate.outside-article", report
                )
        inside = outer


def get_link_density(element: Element) -> float:
    """Return which share of the words of *element* are links."""
    words = len(get_text(element).split())
    linked = sum(len(get_text(link).split()) for link in element.iter("a"))
    return linked / words if words else 0.0


def _may_go(element: Element, reason: str, words: int, total: int) -> bool:
    is_short = words <= _MAX_WORDS or words <= total * 0.05
    if reason in {"boilerplate.hidden", "boilerplate.control"}:
        return words <= max(total * _MAX_SHARE, 12)
    if words > total * _MAX_SHARE and words > 20:
        return False
    if element.tag in {"nav"} or reason == "boilerplate.comments" or is_short:
        return True
    if element.tag == "form" or element.find(".//form") is not None:
        return words <= _MAX_LONG
    return get_link_density(element) > 0.5


def _named(element: Element) -> str | None:
    name = f"{element.get('id') or ''} {element.get('class') or ''}"
    if not name.strip() or element.tag in {"em", "strong", "b", "i", "code", "pre", "img", "li"}:
        return None
    if element.tag == "a" and not _LINK_NAMED.search(name):
        return None
    for token in name.split()[:12]:
        for part in _PARTS.findall(token[:60]):
            if found := _NAMED.get(part.lower()):
                return found
    return None


def _is_permalink(link: Element) -> bool:
    href = link.get("href") or ""
    heading = next(link.iterancestors(*HEADINGS), None)
    if (
        "#" not in href
        or heading is None
        or get_text(link) not in _PERMALINK
        or link.find(".//img") is not None
    ):
        return False
    return get_text(link) != get_text(heading) or not get_text(link)


def _direct(element: Element) -> list[str]:
    """Return the texts that stand directly in *element*, and take them out."""
    texts = [element.text or "", *(child.tail or "" for child in element)]
    element.text = None
    for child in element:
        child.tail = None
    return [text for text in texts if text.strip()]


def has_boilerplate(body: Element) -> bool:
    """Whether any part of *body* is chrome by its element, role or name: it is then a page and not a bare text."""
    return any(
        find_boilerplate_rule(e) not in {None, "boilerplate.hidden"}
        for e in body.iter()
        if e.tag != "input" or get_names(e)
    )
