"""Take subtitle, author and date at the beginning out of the text."""

from __future__ import annotations

from pipeline.loaders.word.elements import (
    NOTE_REFERENCES,
    Element,
    W,
    get_text,
    get_value,
    is_blank,
    is_deleted,
    make_run,
    remove,
)
from pipeline.loaders.word.normalized import Normalized
from pipeline.loaders.word.styles.paragraph_styles import STYLE_IDS, insert_run
from pipeline.loaders.word.styles.style_names import Role

_HEADER_ROLES = {Role.TITLE, Role.SUBTITLE, Role.AUTHOR, Role.DATE}


def extract_header(body: Element, result: Normalized) -> None:
    """Take subtitle, author and date at the beginning out of the text; notes cited there move to its start."""
    references: list[Element] = []
    title: Element | None = None
    first: Element | None = None
    is_after_heading = False
    for paragraph in list(body.iter(f"{W}p")):
        if next(paragraph.iterancestors(f"{W}tbl", f"{W}txbxContent"), None) is not None:
            break
        if is_blank(paragraph):
            continue
        style = get_value(paragraph, "pPr/pStyle") or ""
        role = next((r for r, id in STYLE_IDS.items() if id == style), None)
        is_heading = style == "Handbill-heading1" and title is None and not is_after_heading
        if role not in _HEADER_ROLES and not is_heading:
            first = paragraph
            break
        is_after_heading = is_after_heading or is_heading
        references += [
            run
            for run in paragraph.iter(f"{W}r")
            if next(run.iter(*NOTE_REFERENCES), None) is not None and not is_deleted(run)
        ]
        if is_heading or (role is Role.TITLE and title is None):
            title = paragraph
        elif role is Role.TITLE and title is not None:
            title.append(make_run(" "))
            title.extend([child for child in paragraph if child.tag != f"{W}pPr"])
            remove(paragraph)
        else:
            _extract_line(paragraph, role, result)
    if not references or first is None:
        return
    for run in reversed(references):
        remove(run)
        insert_run(first, run)
    result.warn(
        "note.moved",
        "The title or a line below it cites a note, but cannot hold a reference: it moved to the start of the text.",
    )


def _extract_line(paragraph: Element, role: Role | None, result: Normalized) -> None:
    text = " ".join(_get_line(paragraph).split())
    result.removed.append(get_text(paragraph))
    if role is Role.AUTHOR:
        result.authors.append(text)
    elif role is Role.SUBTITLE:
        result.subtitle = f"{result.subtitle} {text}".strip()
    else:
        result.date = f"{result.date} {text}".strip()
    remove(paragraph)


def _get_line(paragraph: Element) -> str:
    """Return the text of *paragraph* with its line breaks as spaces."""
    pieces = []
    for node in paragraph.iter(f"{W}t", f"{W}br", f"{W}tab", f"{W}noBreakHyphen"):
        if is_deleted(node):
            continue
        if node.tag == f"{W}t":
            pieces.append(node.text or "")
        else:
            pieces.append("\u2011" if node.tag == f"{W}noBreakHyphen" else " ")
    return "".join(pieces)
