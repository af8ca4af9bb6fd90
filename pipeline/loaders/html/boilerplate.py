"""Drop what belongs to a page but not to its article, each part by a named rule."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from pipeline.loaders.html import dom
from pipeline.loaders.html.dom import Element
from pipeline.loaders.shared.html_nodes.load_report import LoadReport


def _index_by_word(words_by_rule: Mapping[str, str]) -> dict[str, str]:
    return {word: rule for rule, words in words_by_rule.items() for word in words.split()}


_RULE_BY_TAG = _index_by_word(
    {
        "boilerplate.navigation": "nav",
        "boilerplate.form": "form",
        "boilerplate.footer": "footer",
        "boilerplate.page": "dialog",
        "boilerplate.control": "button input select textarea datalist",
    }
)
_RULE_BY_ROLE = _index_by_word(
    {
        "boilerplate.navigation": "navigation menu menubar tablist directory",
        "boilerplate.page": "banner contentinfo dialog alertdialog toolbar",
        "boilerplate.form": "search",
        "boilerplate.control": "button",
        "boilerplate.tooltip": "tooltip",
    }
)
#: The rules for words in ids and classes, such as `share-buttons`.
_RULE_BY_NAME = _index_by_word(
    {
        "boilerplate.share": "share sharing sharedaddy shares social socials addtoany shareaholic",
        "boilerplate.subscribe": "newsletter newsletters subscribe subscription subscribewidget signup paywall "
        "subscriptions",
        "boilerplate.related": "related recommended recommendation recommendations recirc taboola outbrain readmore "
        "trending jp-relatedposts relatedposts morestories",
        "boilerplate.comments": "comment comments commentlist disqus respond discussion",
        "boilerplate.navigation": "nav navbox navbar navigation breadcrumb breadcrumbs pagination pager menu skip jump "
        "skiplink toc",
        "boilerplate.advertisement": "ad ads advert adverts advertisement sponsor sponsored promo",
        "boilerplate.consent": "cookie cookies consent gdpr",
        "boilerplate.page": "noprint printfooter nocontent noexcerpt toolbar sidebar popup modal",
        "boilerplate.tags": "catlinks tags taglist filed",
        "boilerplate.author": "bio authorbox",
        "boilerplate.properties": "properties",
    }
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]|clip-path\s*:\s*inset\(\s*(?:50|100)%"
    r"|(?:left|text-indent|top)\s*:\s*-\d{4,6}(?:px|em)",
    re.IGNORECASE,
)
#: Classes of words that only screen readers say, and that stand beside what they explain.
_SCREEN_READER = re.compile(
    r"(?:^|\s)(?:(?:u-|is-|wp-)?(?:sr-only|visually-?hidden)|screen-?reader(?:-only|-text)?|assistive-text|a11y-hidden"
    r"|show-for-sr|element-invisible|hide-accessible|accessibly-hidden|offscreen|readers?-only|at-only|vh)(?:\s|$)",
    re.IGNORECASE,
)
_NAME_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HEADING_TOOL = re.compile(
    r"(?:^|\s)(?:mw-editsection|headerlink|header-?anchor|heading-?anchor|anchorjs-link|anchor-?link|hash-?link|"
    r"copy-?link|permalink|section-?link|edit-?link)(?:\s|$)"
)
#: Links in the text have many names; links with these are never text.
_LINK_NAMES = re.compile(r"skip|jump|share|subscribe", re.IGNORECASE)
_PERMALINK_TEXT = re.compile(
    r"(?:copy|direct|get|perma-?)? ?(?:link|anchor)(?: to)?(?: this| the)?(?: heading| section)?",
    re.IGNORECASE,
)
_PERMALINK_TEXTS = frozenset({"#", "¶", "§", "🔗", "∞", "", "Link", "Permalink"})
#: In words; a longer element is text despite its name, unless it is mostly links.
_MAX_NAMED = 60
#: In words, of an element with a form.
_MAX_FORM = 400
#: An element that contains a larger share of the article's words is not boilerplate.
_MAX_SHARE = 0.4


def remove_permalinks(body: Element, report: LoadReport) -> None:
    """Remove permanent links and "edit" links from headings, and from beside them in a wrapper."""
    for element in list(body.iter("a", "span", "div", "button")):
        if element.getparent() is None:
            continue
        in_heading = dom.find_heading(element) is not None
        is_tool = bool(_HEADING_TOOL.search(element.get("class") or ""))
        is_tool = is_tool and (in_heading or element.tag == "a") and len(dom.get_text(element)) < 40
        if is_tool or (element.tag == "a" and in_heading and _is_permalink(element)):
            dom.drop_element(element, "boilerplate.permalink", report)


def find_boilerplate_rule(element: Element) -> str | None:
    """Return the rule by which *element* looks like boilerplate, or None."""
    if not isinstance(element.tag, str):
        return None
    if element.tag in _RULE_BY_TAG:
        return _RULE_BY_TAG[element.tag]
    role = (element.get("role") or "").lower()
    if role in _RULE_BY_ROLE:
        return _RULE_BY_ROLE[role]
    if is_hidden(element):
        return "boilerplate.hidden"
    if element.tag in dom.HEADINGS or element.tag in {"body", "main", "article"}:
        return None
    return _find_rule_by_name(element)


def has_boilerplate(body: Element) -> bool:
    """Whether any part of *body* is boilerplate by its tag, role or name: it is then a page, not just a text."""
    return any(
        find_boilerplate_rule(element) not in {None, "boilerplate.hidden"}
        for element in body.iter()
        if element.tag != "input" or dom.get_names(element)
    )


def is_hidden(element: Element) -> bool:
    """Whether an attribute of *element* hides it."""
    if element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
        return True
    if _SCREEN_READER.search(element.get("class") or "") and element.find(".//img") is None:
        return True
    is_aria_hidden = (element.get("aria-hidden") or "").lower() == "true"
    return is_aria_hidden and element.tag != "img" and element.find(".//img") is None


def drop_boilerplate(root: Element, references: Collection[Element], report: LoadReport) -> None:
    """Remove boilerplate from the article *root*; elements that contain a reference stay."""
    counts = dom.count_words(root)
    kept = {ancestor for reference in references for ancestor in reference.iterancestors()}
    total = max(counts[root], 1)
    removed: set[Element] = set()
    for element in list(root.iter()):
        parent = element.getparent()
        if parent in removed:
            removed.add(element)
            continue
        if element is root or element in kept or parent is None:
            continue
        rule = find_boilerplate_rule(element)
        if rule and _can_drop(element, rule, counts[element], total):
            removed.add(element)
            dom.drop_element(element, rule, report)


def drop_surroundings(body: Element, root: Element, report: LoadReport) -> None:
    """Remove everything in *body* around the article *root*, each part by the rule that matches it."""
    inner = root
    while inner is not body and (outer := inner.getparent()) is not None:
        report.drop("boilerplate.outside-article", " ".join(_remove_direct_texts(outer)))
        for element in outer:
            if element is not inner:
                rule = find_boilerplate_rule(element) or "boilerplate.outside-article"
                dom.drop_element(element, rule, report)
        inner = outer


def _can_drop(element: Element, rule: str, words: int, total: int) -> bool:
    if rule in {"boilerplate.hidden", "boilerplate.control"}:
        return words <= max(total * _MAX_SHARE, 12)
    if words > total * _MAX_SHARE and words > 20:
        return False
    is_short = words <= _MAX_NAMED or words <= total * 0.05
    if element.tag == "nav" or rule == "boilerplate.comments" or is_short:
        return True
    if element.tag == "form" or element.find(".//form") is not None:
        return words <= _MAX_FORM
    return _get_link_density(element) > 0.5


def _get_link_density(element: Element) -> float:
    """Return the share of the words of *element* that are links."""
    words = len(dom.get_text(element).split())
    linked = sum(len(dom.get_text(link).split()) for link in element.iter("a"))
    return linked / words if words else 0.0


def _find_rule_by_name(element: Element) -> str | None:
    name = f"{element.get('id') or ''} {element.get('class') or ''}"
    if not name.strip() or element.tag in {"em", "strong", "b", "i", "code", "pre", "img", "li"}:
        return None
    if element.tag == "a" and not _LINK_NAMES.search(name):
        return None
    for token in name.split()[:12]:
        for word in _NAME_WORDS.findall(token[:60]):
            if rule := _RULE_BY_NAME.get(word.lower()):
                return rule
    return None


def _is_permalink(link: Element) -> bool:
    heading = dom.find_heading(link)
    text = dom.get_text(link)
    is_named = text in _PERMALINK_TEXTS or bool(_PERMALINK_TEXT.fullmatch(text))
    if "#" not in (link.get("href") or "") or heading is None or not is_named:
        return False
    if link.find(".//img") is not None:
        return False
    return text != dom.get_text(heading) or not text


def _remove_direct_texts(element: Element) -> list[str]:
    """Remove and return the texts that are direct children of *element*."""
    texts = [element.text or "", *(child.tail or "" for child in element)]
    element.text = None
    for child in element:
        child.tail = None
    return [text for text in texts if text.strip()]
