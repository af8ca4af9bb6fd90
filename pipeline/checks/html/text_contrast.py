"""
Whether text stands out from its background, in light and in dark mode.

Computed without a browser, from the styles in the message: the background of a text is that of the nearest element
that has one. The limits are those of WCAG 2.2, 1.4.3: 4.5 to 1, or 3 to 1 for large text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pipeline.checks.findings import shorten, warning
from pipeline.checks.html.cascade import Cascade
from pipeline.checks.html.html_part import HtmlPart
from pipeline.color import MIN_LARGE_CONTRAST, MIN_TEXT_CONTRAST, contrast_ratio
from pipeline.models.finding import Finding

_LARGE_PX, _LARGE_BOLD_PX = 24.0, 56 / 3  # 18 points, or 14 points in bold
_MAX_FINDINGS = 5

#: Red, green and blue of 255, and opacity of 1.
Rgba = tuple[float, float, float, float]
_DEFAULT_BACKGROUND = {False: (255.0, 255.0, 255.0, 1.0), True: (18.0, 18.0, 18.0, 1.0)}
_DEFAULT_TEXT = {False: (0.0, 0.0, 0.0, 1.0), True: (255.0, 255.0, 255.0, 1.0)}


def check_contrast(part: HtmlPart) -> Iterator[Finding]:
    """Yield the pairs of colors that are hard to read, once for each mode."""
    yield from _check_mode(part, part.light_styles, is_dark=False)
    if part.has_dark_styles:
        yield from _check_mode(part, part.dark_styles, is_dark=True)


def _check_mode(part: HtmlPart, styles: Cascade, *, is_dark: bool) -> Iterator[Finding]:
    mode = "dark" if is_dark else "light"
    known: set[tuple[str | None, Rgba, bool]] = set()
    reported: set[tuple[str, str]] = set()
    backgrounds: dict[Any, Rgba | None] = {None: _DEFAULT_BACKGROUND[is_dark]}
    for element, text in part.visible_texts:
        if not re.search(r"\w", text):
            continue
        background = _find_background(styles, element, backgrounds)
        if background is None:
            continue
        large_px = _LARGE_BOLD_PX if styles.is_bold(element) else _LARGE_PX
        is_large = styles.get_size_px(element) >= large_px
        look = (styles.get_color(element), background, is_large)
        if look in known:
            continue
        known.add(look)
        color = blend(parse_color(look[0]) or _DEFAULT_TEXT[is_dark], background)
        ratio = contrast_ratio(color, background)
        minimum = MIN_LARGE_CONTRAST if is_large else MIN_TEXT_CONTRAST
        pair = (_format_hex(color), _format_hex(background))
        if ratio >= minimum - 0.005 or pair in reported or len(reported) >= _MAX_FINDINGS:
            continue
        reported.add(pair)
        yield warning(
            code="contrast.dark" if is_dark else "contrast.light",
            where=f'"{shorten(text.strip(), 40)}"',
            message=f"The contrast of {pair[0]} on {pair[1]} in {mode} mode is {ratio:.1f} to 1; "
            f"many readers need {minimum:g} to 1.",
            hint="Choose a darker or lighter color in the theme.",
        )


def _find_background(styles: Cascade, element: Any, known: dict[Any, Rgba | None]) -> Rgba | None:
    """
    Return the color behind the text in *element*, None if there may be an image.

    Args:
        known: The colors behind elements, for each element around those that were asked for; None is outside of all.
    """
    path = []
    while element not in known:
        path.append(element)
        element = element.getparent()
    background = known[element]
    for element in reversed(path):
        background = known[element] = _add_background(styles, element, background)
    return background


def _add_background(styles: Cascade, element: Any, behind: Rgba | None) -> Rgba | None:
    """Return the color behind the text in *element*, which covers *behind*."""
    declared = styles.get_declared(element)
    shorthand = declared.get("background", "")
    if "url(" in shorthand.lower() or "gradient(" in shorthand or element.get("background"):
        return None
    color = parse_color(declared.get("background-color")) or _find_first_color(shorthand)
    if color is None and "background-color" not in declared and not shorthand:
        color = parse_color(element.get("bgcolor"))
    if color is None or color[3] <= 0:
        return behind
    if color[3] >= 1:
        return color
    return None if behind is None else blend(color, behind)


def _find_first_color(shorthand: str) -> Rgba | None:
    if not shorthand:
        return None
    parts = re.findall(r"[a-z]+\([^()]*+\)|[^\s,]+", shorthand)
    return next(filter(None, map(parse_color, parts)), None)


@lru_cache(maxsize=512)
def parse_color(value: str | None) -> Rgba | None:
    """Return a CSS color, None for what is not one."""
    if not value or value in ("inherit", "initial", "currentcolor", "none"):
        return None
    if value == "transparent":
        return (0.0, 0.0, 0.0, 0.0)
    if hexadecimal := re.fullmatch("#([0-9a-f]{6})", value):
        red, green, blue = bytes.fromhex(hexadecimal[1])
        return (float(red), float(green), float(blue), 1.0)
    match = re.fullmatch(r"rgba?\(\s*+([^)]*+)\)", value)
    if match and (color := _parse_channels(match[1])):
        return color
    from PIL import (
        ImageColor,
    )  # knows all other ways to write one, and takes its time to be imported

    try:
        red, green, blue, *alpha = ImageColor.getrgb(value)
    except ValueError:
        return None
    return (float(red), float(green), float(blue), alpha[0] / 255 if alpha else 1.0)


def _parse_channels(text: str) -> Rgba | None:
    parts = re.split(r"[\s,/]+", text.strip())
    try:
        values = [
            float(part[:-1]) / 100 * (255 if index < 3 else 1)
            if part.endswith("%")
            else float(part)
            for index, part in enumerate(parts)
        ]
    except ValueError:
        return None
    if len(values) not in (3, 4):
        return None
    return (values[0], values[1], values[2], values[3] if len(values) == 4 else 1.0)


def blend(color: Rgba, background: Rgba) -> Rgba:
    """Return how *color* looks on *background*, which is opaque."""
    alpha = color[3]
    red, green, blue = (
        c * alpha + b * (1 - alpha) for c, b in zip(color[:3], background[:3], strict=True)
    )
    return (red, green, blue, 1.0)


def _format_hex(color: Rgba) -> str:
    return "#" + "".join(f"{round(value):02x}" for value in color[:3])
