"""Find the main content of a page: the element that contains the article and as little else as possible."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from lxml import etree

from pipeline.loaders.html.boilerplate import find_boilerplate_rule, has_boilerplate
from pipeline.loaders.html.dom import Element, get_text, strip_punctuation

#: Selectors of the main content, the most reliable first.
_SELECTORS = (
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
#: An element contains the article if it contains this share of the words outside boilerplate.
_MIN_SHARE = 0.6
#: In elements; trafilatura needs seconds for larger pages.
_MAX_FOR_TRAFILATURA = 8_000
_TOKEN = "HBREF{nonce}X{number}X"
_CONTAINERS = ("div", "section", "main", "article", "td", "body")
_NARROWED = frozenset("div section td table tbody tr center article main form".split())
_LEAVES = frozenset(
    "p li h1 h2 h3 h4 h5 h6 td th dd dt pre blockquote figcaption div section".split()
)


def find_main_content(body: Element, references: Collection[Element]) -> Element:
    """
    Return the element that contains the article and all *references*.

    It is a semantic element with most of the text, else the whole page if it has no boilerplate, else the narrowest
    element around the text that trafilatura extracts.
    """
    counts = _count_content_words(body)
    required = [set(reference.iterancestors()) for reference in references]
    for selectors in _SELECTORS:
        found = max(_select(body, selectors), key=lambda e: counts.get(e, 0), default=None)
        if found is None or not counts.get(found) or counts[found] < _MIN_SHARE * counts[body]:
            continue
        if all(found in ancestors for ancestors in required):
            return found
    if len(counts) > _MAX_FOR_TRAFILATURA or not has_boilerplate(body):
        return body
    return _find_narrowest(body, references)


def _select(body: Element, selectors: tuple[str, ...]) -> Iterator[Element]:
    for selector in selectors:
        name = selector[1:]
        if selector.startswith("."):
            pattern = re.compile(rf"(?:^|\s){re.escape(name)}(?:\s|$)")
            yield from (
                e for e in body.iter("div", "section", "td") if pattern.search(e.get("class") or "")
            )
        elif selector.startswith("#"):
            yield from (e for e in body.iter("div", "section", "td") if e.get("id") == name)
        elif selector.startswith("["):
            attribute, _, value = name[:-1].partition("=")
            yield from (e for e in body.iter(*_CONTAINERS) if e.get(attribute) == value)
        else:
            yield from body.iter(selector)


def _count_content_words(body: Element) -> dict[Element, int]:
    """Return the number of words in each element that are not in boilerplate."""
    counts: dict[Element, int] = {}
    for element in reversed(list(body.iter())):
        words = len((element.text or "").split())
        words += sum(counts[child] + len((child.tail or "").split()) for child in element)
        is_boilerplate = element is not body and words and find_boilerplate_rule(element)
        counts[element] = 0 if is_boilerplate else words
    return counts


def _find_narrowest(body: Element, references: Collection[Element]) -> Element:
    """Return the narrowest element that contains nearly all text that trafilatura extracts, and every reference."""
    extracted = _extract_blocks(body, references)
    if not extracted:
        return body
    reference_counts: dict[Element, int] = dict.fromkeys(body.iter(), 0)
    for element in references:
        for ancestor in element.iterancestors():
            reference_counts[ancestor] = reference_counts.get(ancestor, 0) + 1
    counts: dict[Element, int] = {}
    for element in reversed(list(body.iter())):
        words = len(get_text(element).split()) if element in extracted else 0
        counts[element] = max(words, sum(counts[child] for child in element))
    root = body
    while True:
        inner = max(root, key=lambda e: counts[e], default=None)
        if inner is None or inner.tag not in _NARROWED:
            return root
        if counts[inner] < 0.9 * counts[root] or reference_counts[inner] < len(references):
            return root
        root = inner


def _extract_blocks(body: Element, references: Collection[Element]) -> set[Element]:
    """Return the blocks whose text trafilatura extracts as part of the article."""
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
    lines = {strip_punctuation(token.sub("", line)) for line in (text or "").splitlines()}
    lines.discard("")
    return {e for e in body.iter(*_LEAVES) if strip_punctuation(get_text(e)) in lines}
