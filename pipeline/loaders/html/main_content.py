"""Find the article in a page: the element that holds it and as little else as can be."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lxml import etree

from pipeline.loaders.html.boilerplate import find_boilerplate_rule, has_boilerplate
from pipeline.loaders.html.dom import Element, get_text

#: Elements, roles and names that say "here is the article", the surest first.
_TIERS = (
    ("article",),
    ("[role=article]",),
    ("main", "[role=main]"),
    ("[itemprop=articleBody]",),
    (
        ".entry-content", ".post-content", ".article-content", ".article-body", ".article__body", ".story-body",
        ".post-body", ".post-entry", ".entry", ".post", ".h-entry", ".e-content", ".available-content",
        ".markdown-body", ".mw-parser-output",
        "#content", "#main", "#article", ".content", ".article", ".story",
    ),
)  # fmt: skip
#: So much of what is no chrome must stand in an element for it to be the article.
_MOST = 0.6
#: In elements; trafilatura needs seconds for larger pages.
_MAX_FOR_GUESS = 8_000
_TOKEN = "HBREF{nonce}X{number}X"
_WHOLE = ("div", "section", "main", "article", "td", "body")
_LEAVES = frozenset(
    "p li h1 h2 h3 h4 h5 h6 td th dd dt pre blockquote figcaption div section".split()
)


def find_main_content(body: Element, references: Collection[Element]) -> Element:
    """
    Return the element that holds the article: it holds every one of *references*.

    A semantic element that holds most of the text, else the whole of a page without chrome, else the narrowest
    element around what trafilatura takes for the article.
    """
    weights = _net_weights(body)
    total = weights[body]
    needed = [set(reference.iterancestors()) for reference in references]
    for tier in _TIERS:
        found = max(_matching(body, tier), key=lambda e: weights.get(e, 0), default=None)
        if found is None or weights.get(found, 0) < _MOST * total or not weights.get(found, 0):
            continue
        if all(found in around for around in needed):
            return found
    if len(weights) > _MAX_FOR_GUESS or not has_boilerplate(body):
        return body
    return _narrowest(body, references)


def _matching(body: Element, tier: tuple[str, ...]) -> Iterator[Element]:
    for selector in tier:
        if selector.startswith("."):
            name = re.compile(rf"(?:^|\s){re.escape(selector[1:])}(?:\s|$)")
            yield from (
                e for e in body.iter("div", "section", "td") if name.search(e.get("class") or "")
            )
        elif selector.startswith("#"):
            yield from (e for e in body.iter("div", "section", "td") if e.get("id") == selector[1:])
        elif selector.startswith("["):
            attribute, _, value = selector[1:-1].partition("=")
            yield from (e for e in body.iter(*_WHOLE) if e.get(attribute) == value)
        else:
            yield from body.iter(selector)


def _net_weights(body: Element) -> dict[Element, int]:
    """Return the number of words in each element that do not stand in chrome."""
    elements = list(body.iter())
    weights: dict[Element, int] = {}
    for element in reversed(elements):
        words = len((element.text or "").split())
        words += sum(weights[child] + len((child.tail or "").split()) for child in element)
        weights[element] = words
        if element is not body and words and find_boilerplate_rule(element):
            weights[element] = 0
    return weights


def _narrowest(body: Element, references: Collection[Element]) -> Element:
    """Return the narrowest element that holds nearly all that trafilatura keeps, and every reference."""
    kept = _kept_blocks(body, references)
    if not kept:
        return body
    weights: dict[Element, int] = {}
    held: dict[Element, int] = dict.fromkeys(body.iter(), 0)
    for element in references:
        for ancestor in element.iterancestors():
            held[ancestor] = held.get(ancestor, 0) + 1
    for element in reversed(list(body.iter())):
        own = len(get_text(element).split()) if element in kept else 0
        weights[element] = max(own, sum(weights[child] for child in element))
    root = body
    while True:
        inner = max(root, key=lambda e: weights[e], default=None)
        if inner is None or inner.tag not in {
            "div",
            "section",
            "td",
            "table",
            "tbody",
            "tr",
            "center",
            "article",
            "main",
            "form",
        }:
            return root
        if weights[inner] < 0.9 * weights[root] or held[inner] < len(references):
            return root
        root = inner


def _kept_blocks(body: Element, references: Collection[Element]) -> set[Element]:
    """Return the blocks whose text trafilatura takes for part of the article."""
    import trafilatura

    nonce = 0
    page = etree.tostring(body, encoding="unicode", method="html")
    while f"HBREF{nonce}" in page:
        nonce += 1
    for number, element in enumerate(references):
        element.text = _TOKEN.format(nonce=nonce, number=number)
    try:
        page = etree.tostring(body, encoding="unicode", method="html")
    finally:
        for element in references:
            element.text = None
    text = trafilatura.extract(
        f"<html>{page}</html>",
        include_comments=False,
        include_tables=True,
        favor_recall=True,
        deduplicate=False,
    )
    token = re.compile(rf"HBREF{nonce}X\d+X")
    lines = {_squeezed(token.sub("", line)) for line in (text or "").splitlines()}
    lines.discard("")
    return {e for e in body.iter(*_LEAVES) if _squeezed(get_text(e)) in lines}


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text.casefold())
