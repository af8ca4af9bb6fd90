"""Bound a document, and take out what nobody sees, so that mammoth, which needs time for every element, is quick."""

from __future__ import annotations

from pipeline.errors import LoadError
from pipeline.loaders.word.elements import Element, W, is_deleted, remove

#: The most elements of all parts with text, as they are in the file. A novel of 100,000 words has about 50,000.
MAX_ELEMENTS = 600_000
#: The most elements that mammoth converts: it and what follows need about a second for 12,000 of them.
MAX_CONVERTED = 60_000
#: The most runs in one paragraph: mammoth's time grows with their square.
_MAX_RUNS = 2_000
_INVISIBLE = tuple(
    W + name
    for name in (
        "proofErr",
        "lastRenderedPageBreak",
        "bookmarkEnd",
        "permStart",
        "permEnd",
    )
)
_KEPT_PROPERTIES = frozenset(
    W + name
    for name in (
        "rStyle",
        "b",
        "i",
        "u",
        "strike",
        "caps",
        "smallCaps",
        "vertAlign",
        "del",
    )
)


def check_element_count(parts: list[Element], location: str) -> None:
    """Raise `LoadError` if *parts* have more elements than a document can have."""
    if sum(1 for part in parts for _ in part.iter()) > MAX_ELEMENTS:
        raise _build_error(location)


def check_converted(parts: list[Element], location: str) -> None:
    """Raise `LoadError` if mammoth would need too long for *parts*."""
    if sum(1 for part in parts for _ in part.iter()) > MAX_CONVERTED or any(
        len(paragraph) > _MAX_RUNS for part in parts for paragraph in part.iter(f"{W}p")
    ):
        raise _build_error(location)


def tidy(part: Element) -> None:
    """Remove what shows nothing, and join runs that look the same."""
    for element in list(part.iter(*_INVISIBLE)):
        remove(element)
    for properties in list(part.iter(f"{W}rPr")):
        for child in list(properties):
            if child.tag not in _KEPT_PROPERTIES:
                properties.remove(child)
        if len(properties) == 0 and properties.getparent().tag == f"{W}r":
            remove(properties)
    for run in list(part.iter(f"{W}r")):
        if len(run) == 0 or (len(run) == 1 and run[0].tag == f"{W}rPr"):
            remove(run)
    _join_runs(part)
    for paragraph in list(part.iter(f"{W}p")):
        is_only = paragraph.getparent().tag == f"{W}tc" and len(paragraph.getparent()) <= 2
        if len(paragraph) == 0 and not is_only:
            remove(paragraph)


def _join_runs(part: Element) -> None:
    from lxml import etree

    last: Element | None = None
    last_key = b""
    joined: list[tuple[Element, list[str]]] = []
    for run in list(part.iter(f"{W}r")):
        properties = run.find(f"{W}rPr")
        texts = [child for child in run if child.tag != f"{W}rPr"]
        if any(child.tag != f"{W}t" for child in texts) or is_deleted(run):
            last = None
            continue
        key = b"" if properties is None else etree.tostring(properties)
        words = [child.text or "" for child in texts]
        if last is not None and run.getprevious() is last and key == last_key:
            joined[-1][1].extend(words)
            remove(run)
            continue
        for extra in texts[1:]:
            run.remove(extra)
        joined.append((texts[0], words))
        last, last_key = run, key
    for text, words in joined:
        text.text = "".join(words)


def _build_error(location: str) -> LoadError:
    return LoadError(
        f"{location}: the document has more parts than an article can have. "
        "Save the article alone as .docx, or copy its text into a .txt file."
    )
