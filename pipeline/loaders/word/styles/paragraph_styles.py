"""Write what styles and lists say where mammoth reads it."""

from __future__ import annotations

from pipeline.loaders.word.elements import (
    NOTE_REFERENCES,
    Element,
    W,
    get_text,
    get_value,
    is_blank,
    make_run,
)
from pipeline.loaders.word.normalized import Normalized
from pipeline.loaders.word.styles.numbering import ListCounter, ListNumber
from pipeline.loaders.word.styles.style_names import Role
from pipeline.loaders.word.styles.style_sheet import StyleSheet

#: Around the number of a list item, until the HTML is written.
NUMBER_START, NUMBER_END = "\ue0f0", "\ue0f1"
#: The styles that mammoth's style map names; see `STYLE_MAP`.
STYLE_IDS = {role: f"Handbill-{role.value}" for role in Role}
STYLE_MAP = "\n".join(
    [
        f"p.{STYLE_IDS[Role.TITLE]} => h1.title:fresh",
        *(f"p.Handbill-heading{n} => h{min(n, 6)}:fresh" for n in range(1, 10)),
        f"p.{STYLE_IDS[Role.QUOTE]} => blockquote > p:fresh",
        f"p.{STYLE_IDS[Role.CODE]} => pre:separator('\\n')",
        f"p.{STYLE_IDS[Role.CAPTION]} => p.caption:fresh",
        f"p.{STYLE_IDS[Role.TERM]} => dl > dt:fresh",
        f"p.{STYLE_IDS[Role.DEFINITION]} => dl > dd:fresh",
        "r.Handbill-code => code",
    ]
)


def set_styles(
    part: Element,
    styles: StyleSheet,
    numbering: ListCounter,
    contents: list[Element],
    result: Normalized,
) -> None:
    """Write what styles and lists say where mammoth reads it; paragraphs of *contents* are left out."""
    in_fields = {id(paragraph) for paragraph in contents}
    for sdt in part.iter(f"{W}sdt"):
        gallery = get_value(sdt, "sdtPr/docPartObj/docPartGallery") or ""
        if gallery.lower() in {"table of contents", "bibliographies"} and gallery[0] in "Tt":
            in_fields.update(id(paragraph) for paragraph in sdt.iter(f"{W}p"))
    for run in part.iter(f"{W}r"):
        _set_run_style(run, styles)
    for paragraph in list(part.iter(f"{W}p")):
        found = styles.find_role(paragraph)
        role, level = found or (None, 0)
        if role is Role.CONTENTS or id(paragraph) in in_fields:
            result.drop("word.contents", get_text(paragraph))
            for child in list(paragraph):
                if child.tag != f"{W}pPr":
                    paragraph.remove(child)
            continue
        number = _count(paragraph, styles, numbering)
        if role is not None:
            name = f"Handbill-heading{level}" if role is Role.HEADING else STYLE_IDS[role]
            _set_style(paragraph, name)
        if number is None or is_blank(paragraph):
            continue
        if role is None:
            _set_list_level(paragraph, number)
        elif number.is_ordered and number.label:
            insert_run(paragraph, make_run(f"{number.label} "))
    _warn_about_numbers(result, part)


def _warn_about_numbers(result: Normalized, part: Element) -> None:
    odd = part.find(f".//{W}p[@handbill-number]")
    if odd is not None:
        label = odd.get("handbill-number")
        if not any(warning.code == "word.list-numbers" for warning in result.warnings):
            result.warn(
                "word.list-numbers",
                f"A list that is numbered “{label}” in Word is numbered 1, 2, 3 in the email. "
                "Check what refers to its numbers.",
            )
    for paragraph in part.iter(f"{W}p"):
        paragraph.attrib.pop("handbill-number", None)


def _count(paragraph: Element, styles: StyleSheet, numbering: ListCounter) -> ListNumber | None:
    found = styles.find_list(paragraph)
    if found is None or is_blank(paragraph):
        return None
    return numbering.count(*found, get_value(paragraph, "pPr/pStyle"))


def _set_list_level(paragraph: Element, number: ListNumber) -> None:
    """Give *paragraph* a list of the right kind, and put its number where the HTML is numbered by it."""
    list_id = "handbill-ordered" if number.is_ordered else "handbill-bullets"
    properties = _get_properties(paragraph)
    before = properties.find(f"{W}numPr")
    if before is not None:
        properties.remove(before)
    group = properties.makeelement(f"{W}numPr")
    group.append(group.makeelement(f"{W}ilvl", {f"{W}val": str(min(number.level, 8))}))
    group.append(group.makeelement(f"{W}numId", {f"{W}val": list_id}))
    properties.append(group)
    if number.is_ordered:
        insert_run(paragraph, make_run(f"{NUMBER_START}{number.number}{NUMBER_END}"))
        if number.level == 0 and not number.is_decimal:
            paragraph.set("handbill-number", number.label)


def _get_properties(paragraph: Element) -> Element:
    properties = paragraph.find(f"{W}pPr")
    if properties is None:
        properties = paragraph.makeelement(f"{W}pPr")
        paragraph.insert(0, properties)
    return properties


def _set_style(paragraph: Element, style_id: str) -> None:
    properties = _get_properties(paragraph)
    style = properties.find(f"{W}pStyle")
    if style is None:
        style = properties.makeelement(f"{W}pStyle")
        properties.insert(0, style)
    style.set(f"{W}val", style_id)


def insert_run(paragraph: Element, run: Element) -> None:
    paragraph.insert(paragraph.index(_get_properties(paragraph)) + 1, run)


def _set_run_style(run: Element, styles: StyleSheet) -> None:
    """Write what the character style of *run* says where mammoth reads it."""
    if get_value(run, "rPr/rStyle") is None or next(run.iter(*NOTE_REFERENCES), None) is not None:
        return
    properties = run.find(f"{W}rPr")
    if run.find(f"{W}footnoteRef") is not None or run.find(f"{W}endnoteRef") is not None:
        return
    for name in ("b", "i", "strike", "vertAlign"):
        value = styles.find_run_style(run, name)
        if value is not None and properties.find(W + name) is None:
            properties.append(properties.makeelement(W + name, {f"{W}val": value or "1"}))
    if styles.is_code(run):
        properties.find(f"{W}rStyle").set(f"{W}val", "Handbill-code")
