"""
Make finished HTML shorter without changing what is seen.

1. White space goes: within style sheets, and between blocks.
2. A style that many elements share becomes a class, if that is shorter and if the letter can still be read where the
   style sheet is thrown away, as Gmail does for accounts of others: margins, sizes and fonts of text. Colours of
   grounds, widths, and all of tables and pictures stay where they are.
"""

from __future__ import annotations

import html as entities
import re
from collections import Counter

_STYLED = frozenset(
    "p li ul ol dl dt dd blockquote h2 h3 h4 h5 h6 sup sub a em strong span code small".split()
)
_SAFE = re.compile(
    r"(margin|padding)(-(top|right|bottom|left))?|font(-family|-size|-style|-weight)?|line-height|letter-spacing|"
    r"text-decoration|text-transform|mso-text-raise|mso-line-height-rule|color"
)
#: Elements between which white space is never seen.
_BLOCKS = "p|li|ul|ol|dl|dt|dd|blockquote|h[1-6]|table|tbody|thead|tr|td|th|div|hr|caption"
_LEFT_ALONE = re.compile(r"(<pre\b.*?</pre>|<!--.*?-->|<head\b.*?</head>)", re.DOTALL)
_TAG = re.compile(
    r"""<([a-z][a-z0-9]*)((?:\s+[^\s=>"'/]+(?:=(?:"[^"]*"|'[^']*'|[^\s"'>]+))?)*)\s*>"""
)
_STYLE = re.compile(r"""\sstyle=("[^"]*"|'[^']*')""")
_CLASS = re.compile(r"""\sclass="([^"]*)\"""")
_LEAST_USES = 3


def trim(html: str) -> str:
    """Return *html*, shorter; classes are named `t1`, `t2`, …"""
    parts = _LEFT_ALONE.split(html)
    parts[::2] = [_without_space(part) for part in parts[::2]]
    styles = _worth_a_class(parts[::2])
    if styles:
        parts[::2] = [_with_classes(part, styles) for part in parts[::2]]
    whole = re.sub(
        r"(<style\b[^>]*>)(.*?)(</style>)", _short_sheet, "".join(parts), flags=re.DOTALL
    )
    return re.sub(r"(?=<style\b)", lambda _: _sheet(styles), whole, count=1) if styles else whole


def _sheet(styles: dict[str, str]) -> str:
    """
    Return the rules for *styles*, which must stand first.

    They are important, as weighty as the attributes they were: rules of the theme do not reach them, but for its
    important ones, those for phones and dark screens, which come later.
    """
    rules = (
        f".{name}{{{style.replace(';', ' !important;')} !important}}"
        for style, name in styles.items()
    )
    return f"<style>{''.join(rules)}</style>"


def _without_space(part: str) -> str:
    part = re.sub(rf"(</(?:{_BLOCKS})>|<br>|<hr[^>]*>)\s+(?=</?(?:{_BLOCKS})\b)", r"\1", part)
    return re.sub(
        rf"(<(?:ul|ol|dl|table|tbody|tr|div|blockquote)\b[^>]*>)\s+(?=<(?:{_BLOCKS})\b)",
        r"\1",
        part,
    )


def _short_sheet(match: re.Match[str]) -> str:
    css = re.sub(r"\s+", " ", match[2])
    css = re.sub(r"\s*([{};,])\s*", r"\1", css)
    return f"{match[1]}{re.sub(r';}', '}', css).strip()}{match[3]}"


def _worth_a_class(parts: list[str]) -> dict[str, str]:
    """Return the styles that become classes, each with the name of its class, the shortest for the most used."""
    uses: Counter[str] = Counter()
    for part in parts:
        for tag in _TAG.finditer(part):
            if (style := _shareable(tag)) is not None:
                uses[style] += 1
    found: dict[str, str] = {}
    for style, count in uses.most_common():
        name = f"t{len(found) + 1}"
        saved = len(style) + len(' style=""') - len(f' class="{name}"')
        if count >= _LEAST_USES and saved * count > len(style) + len(name) + 3 + 11 * (
            style.count(";") + 1
        ):
            found[style] = name
    return found


def _shareable(tag: re.Match[str]) -> str | None:
    """Return the style of *tag* if it may stand in the head, as it reads there."""
    style = _STYLE.search(tag[2])
    if tag[1] not in _STYLED or style is None:
        return None
    value = entities.unescape(style[1][1:-1]).strip().rstrip(";")
    names = [part.partition(":")[0].strip() for part in value.split(";")]
    if re.search(r"[<{}]|!\s*important", value) or not all(map(_SAFE.fullmatch, names)):
        return None
    return value


def _with_classes(part: str, styles: dict[str, str]) -> str:
    def replaced(tag: re.Match[str]) -> str:
        name = styles.get(_shareable(tag) or "")
        if name is None:
            return tag[0]
        attributes = _STYLE.sub("", tag[2], count=1)
        if _CLASS.search(attributes):
            attributes = _CLASS.sub(lambda m: f' class="{m[1]} {name}"', attributes, count=1)
        else:
            attributes += f' class="{name}"'
        return f"<{tag[1]}{attributes}>"

    return _TAG.sub(replaced, part)
