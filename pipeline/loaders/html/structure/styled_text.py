"""Mark text as strong, emphasized, struck out, raised or lowered where only a style or a class says so."""

from __future__ import annotations

import re

from pipeline.loaders.html.dom import HEADINGS, Element, get_text
from pipeline.loaders.html.structure.stylesheet import (
    Style,
    Stylesheet,
    get_shift,
    is_bold,
    is_italic,
    is_struck,
)

_INLINE = (
    "span",
    "font",
    "a",
    "u",
    "ins",
    "label",
    "big",
    "mark",
    "b",
    "strong",
    "i",
    "em",
    "cite",
    "abbr",
)
#: Elements whose `style` is that of a whole block of text.
_BLOCKS = ("p", "li", "div", "td", "dd", "blockquote")
#: Classes that word processors count: their rules are the formatting of the text, not the design of a site.
_COUNTED_CLASS = re.compile(r"(?:c|p|s|t|cls|para|text)-?\d{1,4}", re.IGNORECASE)
#: Classes of editors, utility style sheets and TeX converters whose rules are in files of their own.
_CLASSES = {
    "strong": "strong bold fw-bold fw-semibold font-bold font-semibold font-weight-bold has-text-weight-bold ltx_font_bold",  # noqa: E501
    "em": "italic italics fst-italic font-italic is-italic ltx_font_italic ltx_emph",
    "s": "strikethrough strike line-through text-decoration-line-through text-strike",
    "sup": "superscript sup text-super charoverride-sup ltx_sup",
    "sub": "subscript text-sub ltx_sub",
}  # fmt: skip
_TAG_BY_CLASS = {name: tag for tag, names in _CLASSES.items() for name in names.split()}
_TEX_FONT = re.compile(r"(?:cm|ec|tc|pt|ph|pp)(bx|ti|it|tt|sl)[a-z]{0,2}\d?-\d")
_TEX_TAGS = {"bx": "strong", "ti": "em", "it": "em", "sl": "em", "tt": "code"}
_MONOSPACED = re.compile(r"courier|consolas|menlo|monaco|monospace|typewriter|mono\b")
#: The element and its synonyms: text inside one of them needs no second one.
_SYNONYMS = {
    "strong": {"strong", "b", "th", *HEADINGS},
    "em": {"em", "i", "cite", "dfn", "var"},
    "s": {"s", "del", "strike"},
    "sup": {"sup"},
    "sub": {"sub"},
    "code": {"code", "tt", "kbd", "samp", "pre"},
}
#: In characters; a raised text is not longer.
_MAX_SHIFTED = 80
#: A document with a larger share of monospaced text is typewritten; none of it is code.
_MAX_MONOSPACED = 0.3


def mark_styled_text(body: Element, sheet: Stylesheet) -> None:
    """Put text that is formatted by style into elements of the same meaning, and take it out of others."""
    has_code = _is_monospacing_rare(body, sheet)
    for element in list(body.iter(*_INLINE)):
        style = sheet.get_style(element)
        _neutralize(element, style)
        tags = _list_tags(element, style, has_code=has_code)
        if tags and get_text(element):
            _wrap(element, tags)
    for element in list(body.iter(*_BLOCKS)):
        style = sheet.get_own_style(element)
        if element.tag == "p" and _COUNTED_CLASS.fullmatch(
            (element.get("class") or "").split(" ")[0]
        ):
            style = sheet.get_style(element)
        if style and (element.text or "").strip() and element.find(".//p") is None:
            _wrap(element, _list_font_tags(style))


def _neutralize(element: Element, style: Style) -> None:
    """Turn `<b>` and `<i>` into `<span>` where their style is normal, as Google Docs writes its clipboard."""
    is_normal = (element.tag in {"b", "strong"} and is_bold(style) is False) or (
        element.tag in {"i", "em", "cite"} and is_italic(style) is False
    )
    if is_normal:
        element.tag = "span"


def _list_tags(element: Element, style: Style, *, has_code: bool) -> list[str]:
    """Return the elements that have the meaning of *style* and of the classes of *element*."""
    names = (element.get("class") or "").lower().split()[:12]
    tags = [
        *_list_font_tags(style),
        *(_TAG_BY_CLASS[name] for name in names if name in _TAG_BY_CLASS),
    ]
    tags += [_TEX_TAGS[font[1]] for name in names if (font := _TEX_FONT.match(name))]
    shift = get_shift(style)
    if shift and len(get_text(element)) <= _MAX_SHIFTED:
        tags.append("sup" if shift > 0 else "sub")
    if has_code and _is_monospaced(element, style):
        tags.append("code")
    around = {str(e.tag) for e in element.iterancestors()} | {str(element.tag)}
    return [tag for tag in dict.fromkeys(tags) if not around & _SYNONYMS[tag]]


def _list_font_tags(style: Style) -> list[str]:
    flags = {"strong": is_bold(style), "em": is_italic(style), "s": is_struck(style)}
    return [tag for tag, is_set in flags.items() if is_set]


def _wrap(element: Element, tags: list[str]) -> None:
    """Put the content of *element* into elements with *tags*, the first outermost."""
    for tag in tags:
        if element.find("div") is not None or element.find("p") is not None:
            return
        inner = element.makeelement(tag)
        inner.text, element.text = element.text, None
        for child in list(element):
            inner.append(child)
        element.append(inner)
        element = inner


def _is_monospaced(element: Element, style: Style) -> bool:
    face = (
        f"{element.get('face') or ''} {style.get('font-family', '')}"
        if element.tag in {"font", "span"}
        else ""
    )
    return bool(face.strip()) and bool(_MONOSPACED.search(face.lower()))


def _is_monospacing_rare(body: Element, sheet: Stylesheet) -> bool:
    elements = [e for e in body.iter("font", "span") if _is_monospaced(e, sheet.get_style(e))]
    if not elements:
        return False
    inside = set(elements)
    outermost = [e for e in elements if not any(a in inside for a in e.iterancestors())]
    length = sum(len(get_text(e)) for e in outermost)
    return length <= _MAX_MONOSPACED * len(get_text(body))
