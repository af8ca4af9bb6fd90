"""Read style sheets and `style` attributes as mail programs do: what cannot be read is passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_STRING = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
_TOKEN = re.compile(rf"""{_STRING}|\([^()]*(?:\([^()]*\)[^()]*)*\)|[^{{}};"'(]+|.""", re.DOTALL)
_PARTS = re.compile(rf"""(?:{_STRING}|\([^()]*(?:\([^()]*\)[^()]*)*\)|[^;"'(]|["'(])+""")
_COMMAS = re.compile(rf"""(?:{_STRING}|\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\]|[^,])+""")
_GROUPS = ("@media", "@supports", "@layer", "@container", "@document")


@dataclass(frozen=True, kw_only=True, slots=True)
class Declaration:
    """`name: value`, both in lower case but for strings and addresses."""

    name: str
    value: str
    is_important: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class StyleRule:
    """
    One rule of a style sheet.

    Args:
        selectors: Each by itself; the at-rule's own words for `@font-face` and the like.
        within: The at-rules around it, outermost first: `@media (max-width: 480px)`.
    """

    selectors: tuple[str, ...]
    declarations: tuple[Declaration, ...]
    within: tuple[str, ...] = ()


def parse_style_sheet(css: str, within: tuple[str, ...] = ()) -> Iterator[StyleRule]:
    """Yield the rules of a style sheet; an at-rule without a block, such as `@import`, is one without declarations."""
    open_: list[str] = []
    text = ""
    for token in _TOKEN.findall(_COMMENT.sub("", css)):
        if token == "{":
            open_.append(" ".join(text.split()))
            text = ""
        elif token == "}":
            head = open_.pop() if open_ else ""
            if text.strip() or not head.lower().startswith(_GROUPS):
                yield _rule(head, text, (*within, *open_))
            text = ""
        elif token == ";" and all(head.lower().startswith(_GROUPS) for head in open_):
            if text.strip():
                yield _rule(" ".join(text.split()), "", (*within, *open_))
            text = ""
        else:
            text += token


def _rule(head: str, body: str, within: tuple[str, ...]) -> StyleRule:
    selectors = (head,) if head.startswith("@") else split_commas(head)
    return StyleRule(selectors=selectors, declarations=parse_declarations(body), within=within)


@lru_cache(maxsize=2048)
def parse_declarations(style: str) -> tuple[Declaration, ...]:
    """Return the declarations of a `style` attribute or of one rule, in their order."""
    found = []
    for part in _PARTS.findall(style):
        name, colon, value = part.partition(":")
        name, value = name.strip().lower(), " ".join(value.split())
        if not colon or not name or not value:
            continue
        is_important = re.search(r"!\s*important$", value, re.IGNORECASE) is not None
        if is_important:
            value = value[: value.rindex("!")].rstrip()
        is_plain = '"' not in value and "'" not in value and "url(" not in value.lower()
        found.append(
            Declaration(
                name=name, value=value.lower() if is_plain else value, is_important=is_important
            )
        )
    return tuple(found)


def split_commas(text: str) -> tuple[str, ...]:
    """Return the parts of a list: of selectors, or of font names."""
    return tuple(part.strip() for part in _COMMAS.findall(text) if part.strip())


def parse_pixels(value: str | None) -> float | None:
    """Return a length in pixels, if it is one: `16px`, `12pt` or `0`."""
    match = re.fullmatch(r"(-?[\d.]+)(px|pt)?", (value or "").strip())
    if match is None or not re.search(r"\d", match[1]) or match[1].count(".") > 1:
        return None
    if match[2] is None and float(match[1]) != 0:
        return None
    return float(match[1]) * (4 / 3 if match[2] == "pt" else 1)


def parse_padding(found: dict[str, str]) -> tuple[float, float, float, float]:
    """Return the padding of an element in pixels, top, right, bottom and left, from its declared values."""
    sides = [0.0, 0.0, 0.0, 0.0]
    values = [parse_pixels(part) or 0 for part in found.get("padding", "").split()]
    if values:
        top, right, bottom, left = (
            (values * 4)[:4] if len(values) in (1, 2, 4) else (*values, values[1])[:4]
        )
        sides = [top, right, bottom, left]
    for place, side in enumerate(("top", "right", "bottom", "left")):
        if (own := parse_pixels(found.get(f"padding-{side}"))) is not None:
            sides[place] = own
    return sides[0], sides[1], sides[2], sides[3]
