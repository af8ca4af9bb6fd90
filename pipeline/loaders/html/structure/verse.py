"""Keep the lines of verse: in `<pre>`, where it is not code, and in text whose style keeps line ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from pipeline.loaders.html.dom import Element, get_text
from pipeline.loaders.html.structure.stylesheet import Stylesheet

#: Words in the classes of poems: WordPress, Substack, Project Gutenberg, Pressbooks.
_VERSE = re.compile(
    r"(?:^|[\s_-])(?:verse|poem|poetry|lyrics?|stanza|song|preformatted-block)(?:$|[\s_-])",
    re.IGNORECASE,
)
_KEEPS_LINES = ("pre", "break-spaces")
_INDENT = re.compile(r"^[ \t]+|(?<=\n)[ \t]+")
#: In characters, on average; longer lines are paragraphs in an indented file.
_MAX_LINE = 90


def restore_verse(body: Element, sheet: Stylesheet) -> None:
    """Turn verse in *body* into paragraphs with line breaks; leading spaces stay."""
    for element in list(body.iter("pre")):
        if _is_verse(element):
            if (element.text or "").startswith("\n"):  # HTML ignores a line end right after the tag
                element.text = (element.text or "")[1:]
            _break_lines(element)
            element.tag = "p"
    for element in list(body.iter("p", "div", "span", "blockquote")):
        keeps = sheet.get_style(element).get("white-space", "").startswith(_KEEPS_LINES)
        if (
            (keeps or _is_named(element))
            and element.find(".//p") is None
            and _has_short_lines(element)
        ):
            _break_lines(element)


def _is_verse(pre: Element) -> bool:
    if pre.find(".//code") is not None:
        return False
    around = islice(pre.iterancestors("div", "figure", "blockquote", "section"), 2)
    return _is_named(pre) or any(map(_is_named, around))


def _is_named(element: Element) -> bool:
    return bool(_VERSE.search(element.get("class") or ""))


def _has_short_lines(element: Element) -> bool:
    if element.find(".//br") is not None or next(element.iterancestors("pre"), None) is not None:
        return False
    text = "".join(map(str, element.itertext())).strip()
    lines = text.count("\n") + 1
    return lines > 1 and len(get_text(element)) <= lines * _MAX_LINE


def _break_lines(element: Element) -> None:
    """Put a `<br>` for each line end in *element*."""
    for node, attribute in list(_iter_texts(element)):
        text = getattr(node, attribute) or ""
        if "\n" not in text and not (node is element and attribute == "text"):
            continue
        first, *lines = _INDENT.sub(_keep_spaces, text.expandtabs(4)).split("\n")
        setattr(node, attribute, first)
        breaks = []
        for line in lines:
            line_break = element.makeelement("br")
            line_break.tail = line
            breaks.append(line_break)
        _insert(node, attribute, breaks)


def _iter_texts(element: Element) -> Iterator[tuple[Element, str]]:
    for node in element.iter():
        yield node, "text"
        if node is not element:
            yield node, "tail"


def _keep_spaces(match: re.Match[str]) -> str:
    return "\xa0" * len(match[0])


def _insert(node: Element, attribute: str, elements: list[Element]) -> None:
    """Insert *elements* right after the text of *node* that *attribute* names."""
    if attribute == "text":
        for index, element in enumerate(elements):
            node.insert(index, element)
        return
    for element in reversed(elements):
        tail, element_tail = node.tail, element.tail
        node.tail = None
        node.addnext(element)
        node.tail, element.tail = tail, element_tail
