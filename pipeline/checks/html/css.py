"""Parse style sheets and `style` attributes as email clients do: what cannot be parsed is skipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
# Without its end, a string ends with the line, and a comment with the text (CSS Syntax Level 3, section 4.3).
_STRING = r""""(?:\\.|[^"\\\n])*+(?:"|\\?\Z|(?=\n))|'(?:\\.|[^'\\\n])*+(?:'|\\?\Z|(?=\n))"""
_TOKEN = re.compile(rf"""{_STRING}|\([^()]*(?:\([^()]*\)[^()]*)*\)|[^{{}};"'(]++|.""", re.DOTALL)
_PARTS = re.compile(rf"""(?:{_STRING}|\([^()]*(?:\([^()]*\)[^()]*)*\)|[^;"'])++""", re.DOTALL)
_COMMAS = re.compile(
    rf"""(?:{_STRING}|\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\[\]]*\]|[^,"'])++""", re.DOTALL
)
_GROUPING_RULES = ("@media", "@supports", "@layer", "@container", "@document")


@dataclass(frozen=True, kw_only=True, slots=True)
class Declaration:
    """`name: value`, both in lower case except for strings and URLs."""

    name: str
    value: str
    is_important: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class StyleRule:
    """
    One rule of a style sheet.

    Args:
        selectors: One by one; for `@font-face` and the like, the text of the at-rule.
        at_rules: The at-rules around it, outermost first: `@media (max-width: 480px)`.
    """

    selectors: tuple[str, ...]
    declarations: tuple[Declaration, ...]
    at_rules: tuple[str, ...] = ()


def parse_style_sheet(css: str, at_rules: tuple[str, ...] = ()) -> Iterator[StyleRule]:
    """Yield the rules of a style sheet; an at-rule without a block, such as `@import`, has no declarations."""
    open_blocks: list[str] = []
    text = ""
    for token in _TOKEN.findall(_COMMENT.sub("", css)):
        if token == "{":
            open_blocks.append(" ".join(text.split()))
            text = ""
        elif token == "}":
            head = open_blocks.pop() if open_blocks else ""
            if text.strip() or not head.lower().startswith(_GROUPING_RULES):
                yield _parse_rule(head, text, (*at_rules, *open_blocks))
            text = ""
        elif token == ";" and all(head.lower().startswith(_GROUPING_RULES) for head in open_blocks):
            if text.strip():
                yield _parse_rule(" ".join(text.split()), "", (*at_rules, *open_blocks))
            text = ""
        else:
            text += token


def _parse_rule(head: str, body: str, at_rules: tuple[str, ...]) -> StyleRule:
    selectors = (head,) if head.startswith("@") else split_commas(head)
    return StyleRule(selectors=selectors, declarations=parse_declarations(body), at_rules=at_rules)


@lru_cache(maxsize=2048)
def parse_declarations(style: str) -> tuple[Declaration, ...]:
    """Return the declarations of a `style` attribute or a rule, in order."""
    found = []
    for part in _PARTS.findall(style):
        name, colon, value = part.partition(":")
        name, value = name.strip().lower(), " ".join(value.split())
        if not colon or not name or not value:
            continue
        is_important = re.search(r"!\s*important$", value, re.IGNORECASE) is not None
        if is_important:
            value = value[: value.rindex("!")].rstrip()
        has_no_strings = '"' not in value and "'" not in value and "url(" not in value.lower()
        found.append(
            Declaration(
                name=name,
                value=value.lower() if has_no_strings else value,
                is_important=is_important,
            )
        )
    return tuple(found)


def split_commas(text: str) -> tuple[str, ...]:
    """Return the items of a list, such as selectors or font names."""
    return tuple(part.strip() for part in _COMMAS.findall(text) if part.strip())


@lru_cache(maxsize=1024)
def parse_pixels(value: str | None) -> float | None:
    """Return the length in pixels of `16px`, `12pt` or `0`, None for anything else."""
    match = re.fullmatch(r"(-?[\d.]+)(px|pt)?", (value or "").strip())
    if match is None or not re.search(r"\d", match[1]) or match[1].count(".") > 1:
        return None
    if match[2] is None and float(match[1]) != 0:
        return None
    return float(match[1]) * (4 / 3 if match[2] == "pt" else 1)


def parse_padding(styles: dict[str, str]) -> tuple[float, float, float, float]:
    """Return the padding in pixels, top, right, bottom and left, from the declared values of an element."""
    sides = [0.0, 0.0, 0.0, 0.0]
    values = [parse_pixels(part) or 0 for part in styles.get("padding", "").split()]
    if values:
        top, right, bottom, left = (
            (values * 4)[:4] if len(values) in (1, 2, 4) else (*values, values[1])[:4]
        )
        sides = [top, right, bottom, left]
    for index, side in enumerate(("top", "right", "bottom", "left")):
        if (length := parse_pixels(styles.get(f"padding-{side}"))) is not None:
            sides[index] = length
    return sides[0], sides[1], sides[2], sides[3]
