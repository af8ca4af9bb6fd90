"""Find the heading that is the title of a page's article."""

from __future__ import annotations

from pipeline.loaders.html.boilerplate import find_boilerplate_rule
from pipeline.loaders.html.dom import Element, get_text, has_content, strip_punctuation

#: In words; a paragraph of this length is text of the article, not part of its header.
MIN_TEXT_PARAGRAPH = 25


def find_title(body: Element, root: Element, known: str | None) -> Element | None:
    """
    Return the heading that is the title of the article *root*, or None.

    Args:
        known: The title in the head of the page: a heading with this text, or nearly, is preferred to the first one.
    """
    headings = [h for h in body.iter("h1", "h2", "h3") if has_content(h) and get_text(h)]
    inside = set(root.iter())
    ranked = sorted(headings, key=lambda h: (h not in inside, h.tag != "h1"))
    wanted = strip_punctuation(known or "")
    if wanted:
        texts = {heading: strip_punctuation(get_text(heading)) for heading in ranked}
        equal = [h for h in ranked if texts[h] == wanted]
        similar = [h for h in ranked if h.tag == "h1" and _is_similar(texts[h], wanted)]
        if found := [*equal, *similar]:
            return found[0]
    main = [h for h in headings if h.tag == "h1"]
    first = next((h for h in main if h in inside and not _is_in_boilerplate(h, root)), None)
    if first is not None and (not wanted or _is_before_text(first, root)):
        return first
    return None if wanted else next(iter(main), None)


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
        if element.tag == "p" and len(get_text(element).split()) >= MIN_TEXT_PARAGRAPH:
            return False
    return False
