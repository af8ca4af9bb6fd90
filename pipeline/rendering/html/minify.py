"""
Make finished HTML shorter without changing how it looks.

1. Remove white space in style sheets and between blocks.
2. Turn a style that many elements share into a class, if that is shorter and the email stays readable where the style
   sheet is dropped, as Gmail does for accounts of other providers: margins, sizes and fonts of text. Backgrounds,
   widths, and everything about tables and images stay inline.
"""

from __future__ import annotations

import html as entities
import re
from collections import Counter

_STYLED_TAGS = frozenset(
    "p li ul ol dl dt dd blockquote h2 h3 h4 h5 h6 sup sub a em strong span code small".split()
)
_MOVABLE_PROPERTY = re.compile(
    r"(margin|padding)(-(top|right|bottom|left))?|font(-family|-size|-style|-weight)?|line-height|letter-spacing|"
    r"text-decoration|text-transform|mso-text-raise|mso-line-height-rule|color"
)
#: Elements between which white space is never visible.
_BLOCK_TAGS = "p|li|ul|ol|dl|dt|dd|blockquote|h[1-6]|table|tbody|thead|tr|td|th|div|hr|caption"
_VERBATIM = re.compile(
    r"(<pre\b.*?(?:</pre>|\Z)|<!--.*?(?:-->|\Z)|<head\b.*?(?:</head>|\Z))", re.DOTALL
)
_TAG = re.compile(
    r"""<([a-z][a-z0-9]*+)((?:\s++[^\s=<>"'/]++(?:=(?:"[^"]*+"|'[^']*+'|[^\s"'<>]++))?+)*+)\s*+>"""
)
_STYLE = re.compile(r"""\sstyle=("[^"]*"|'[^']*')""")
_CLASS = re.compile(r"""\sclass="([^"]*)\"""")
_MIN_USES = 3


def minify(html: str) -> str:
    """Return *html* minified; the new classes are `t1`, `t2`, …"""
    parts = _VERBATIM.split(html)
    parts[::2] = [_strip_space(part) for part in parts[::2]]
    styles = _find_shared_styles(parts[::2])
    if styles:
        parts[::2] = [_apply_classes(part, styles) for part in parts[::2]]
    whole = minify_sheets("".join(parts))
    return (
        re.sub(r"(?=<style\b)", lambda _: _build_sheet(styles), whole, count=1) if styles else whole
    )


def _build_sheet(styles: dict[str, str]) -> str:
    """
    Return the style sheet for *styles*, which must come first.

    Its rules are `!important`, as strong as the attributes they replace: of the theme's rules only the important ones,
    for phones and dark mode, override them, because they come later.
    """
    rules = (
        f".{name}{{{style.replace(';', '!important;')}!important}}"
        for style, name in styles.items()
    )
    return f"<style>{''.join(rules)}</style>"


def _strip_space(part: str) -> str:
    part = re.sub(
        rf"(</(?:{_BLOCK_TAGS})>|<br>|<hr[^<>]*+>)\s++(?=</?(?:{_BLOCK_TAGS})\b)", r"\1", part
    )
    return re.sub(
        rf"(<(?:ul|ol|dl|table|tbody|tr|div|blockquote)\b[^<>]*+>)\s++(?=<(?:{_BLOCK_TAGS})\b)",
        r"\1",
        part,
    )


def minify_sheets(html: str) -> str:
    """Return *html* with its style sheets minified."""
    return re.sub(r"(<style\b[^<>]*+>)(.*?)(</style>|\Z)", _minify_sheet, html, flags=re.DOTALL)


def _minify_sheet(match: re.Match[str]) -> str:
    css = re.sub(r"\s+", " ", match[2])
    css = re.sub(r"\s?([{};,])\s*+", r"\1", css)
    css = re.sub(r"(?<=[{;])([a-z-]++): ", r"\1:", css).replace(" !important", "!important")
    return f"{match[1]}{re.sub(r';}', '}', css).strip()}{match[3]}"


def _find_shared_styles(parts: list[str]) -> dict[str, str]:
    """Return the styles that become classes, each with its class name, the shortest for the most used."""
    uses: Counter[str] = Counter()
    for part in parts:
        for tag in _TAG.finditer(part):
            if (style := _get_movable_style(tag)) is not None:
                uses[style] += 1
    found: dict[str, str] = {}
    for style, count in uses.most_common():
        name = f"t{len(found) + 1}"
        saved = len(style) + len(' style=""') - len(f' class="{name}"')
        if count >= _MIN_USES and saved * count > len(style) + len(name) + 3 + 11 * (
            style.count(";") + 1
        ):
            found[style] = name
    return found


def _get_movable_style(tag: re.Match[str]) -> str | None:
    """Return the style of *tag* as a rule, None if it must stay inline."""
    style = _STYLE.search(tag[2])
    if tag[1] not in _STYLED_TAGS or style is None:
        return None
    value = entities.unescape(style[1][1:-1]).strip().rstrip(";")
    names = [part.partition(":")[0].strip() for part in value.split(";")]
    if re.search(r"[<{}]|!\s*important", value) or not all(map(_MOVABLE_PROPERTY.fullmatch, names)):
        return None
    return value


def _apply_classes(part: str, styles: dict[str, str]) -> str:
    def replace_style(tag: re.Match[str]) -> str:
        class_name = styles.get(_get_movable_style(tag) or "")
        if class_name is None:
            return tag[0]
        attributes = _STYLE.sub("", tag[2], count=1)
        if _CLASS.search(attributes):
            attributes = _CLASS.sub(lambda m: f' class="{m[1]} {class_name}"', attributes, count=1)
        else:
            attributes += f' class="{class_name}"'
        return f"<{tag[1]}{attributes}>"

    return _TAG.sub(replace_style, part)
