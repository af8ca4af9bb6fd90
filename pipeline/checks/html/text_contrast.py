"""
Whether the words stand out from their ground, on a light screen and on a dark one.

Found without a browser, from the styles in the mail: the ground of a word is that of the nearest element that has
one. The ratio is that of WCAG 2.2, 1.4.3: 4.5 to 1, or 3 to 1 for large words.
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

#: 18 points, or 14 points in bold.
_LARGE_PX, _LARGE_BOLD_PX = 24.0, 56 / 3
_MOST = 5

Rgba = tuple[float, float, float, float]
_PAPER = {False: (255.0, 255.0, 255.0, 1.0), True: (18.0, 18.0, 18.0, 1.0)}
_INK = {False: (0.0, 0.0, 0.0, 1.0), True: (255.0, 255.0, 255.0, 1.0)}


def check_contrast(page: HtmlPart) -> Iterator[Finding]:
    """Yield the pairs of colours that are hard to read, each once for each screen."""
    is_authored = any("prefers-color-scheme" in head for rule in page.sheet for head in rule.within)
    for is_dark in (False, True) if is_authored else (False,):
        cascade = page.dark if is_dark else page.light
        yield from _weak(page, cascade, is_dark=is_dark)


def _weak(page: HtmlPart, cascade: Cascade, *, is_dark: bool) -> Iterator[Finding]:
    told: set[tuple[str, str]] = set()
    for element, text in page.texts:
        if not re.search(r"\w", text):
            continue
        ground = _ground(cascade, element, is_dark=is_dark)
        if ground is None:
            continue
        ink = blend(parse_color(cascade.colour(element)) or _INK[is_dark], ground)
        ratio = contrast_ratio(ink, ground)
        size, is_bold = cascade.size_px(element), cascade.is_bold(element)
        is_large = size >= (_LARGE_BOLD_PX if is_bold else _LARGE_PX)
        if ratio >= (MIN_LARGE_CONTRAST if is_large else MIN_TEXT_CONTRAST) - 0.005:
            continue
        pair = (_written(ink), _written(ground))
        if pair in told or len(told) >= _MOST:
            continue
        told.add(pair)
        screen = "dark" if is_dark else "light"
        code = "contrast.dark" if is_dark else "contrast.light"
        yield warning(
            code=code,
            where=f'"{shorten(text.strip(), 40)}"',
            message=f"On a {screen} screen it is {pair[0]} on {pair[1]}, {ratio:.1f} to 1; "
            f"{MIN_LARGE_CONTRAST if is_large else MIN_TEXT_CONTRAST:g} to 1 can be read.",
            hint="Choose a darker or lighter colour in the theme.",
        )


def _ground(cascade: Cascade, element: Any, *, is_dark: bool) -> Rgba | None:
    """Return the colour behind the words in *element*, nothing if a picture may be there."""
    above: list[Rgba] = []
    while element is not None:
        own = cascade.own(element)
        shorthand = own.get("background", "")
        if "url(" in shorthand.lower() or "gradient(" in shorthand or element.get("background"):
            return None
        colour = parse_color(own.get("background-color")) or _first_colour(shorthand)
        if colour is None and "background-color" not in own and not shorthand:
            colour = parse_color(element.get("bgcolor"))
        if colour is not None and colour[3] > 0:
            above.append(colour)
            if colour[3] >= 1:
                break
        element = element.getparent()
    ground = _PAPER[is_dark]
    for colour in reversed(above):
        ground = blend(colour, ground)
    return ground


def _first_colour(shorthand: str) -> Rgba | None:
    parts = re.findall(r"[a-z]+\([^)]*\)|[^\s,]+", shorthand)
    return next(filter(None, map(parse_color, parts)), None)


@lru_cache(maxsize=512)
def parse_color(value: str | None) -> Rgba | None:
    """Return a CSS colour as red, green and blue of 255 and its opacity; nothing for what names none."""
    from PIL import ImageColor

    if not value or value in ("inherit", "initial", "currentcolor", "none"):
        return None
    if value == "transparent":
        return (0.0, 0.0, 0.0, 0.0)
    numbers = re.fullmatch(r"rgba?\(\s*([^)]*)\)", value)
    if numbers and (found := _numbers(numbers[1])):
        return found
    try:
        red, green, blue, *alpha = ImageColor.getrgb(value)
    except ValueError:
        return None
    return (float(red), float(green), float(blue), alpha[0] / 255 if alpha else 1.0)


def _numbers(text: str) -> Rgba | None:
    parts = re.split(r"[\s,/]+", text.strip())
    try:
        values = [
            float(part[:-1]) / 100 * (255 if place < 3 else 1)
            if part.endswith("%")
            else float(part)
            for place, part in enumerate(parts)
        ]
    except ValueError:
        return None
    if len(values) not in (3, 4):
        return None
    return (values[0], values[1], values[2], values[3] if len(values) == 4 else 1.0)


def blend(colour: Rgba, ground: Rgba) -> Rgba:
    """Return what is seen of *colour* before *ground*, which is opaque."""
    alpha = colour[3]
    red, green, blue = (
        c * alpha + g * (1 - alpha) for c, g in zip(colour[:3], ground[:3], strict=True)
    )
    return (red, green, blue, 1.0)


def _written(colour: Rgba) -> str:
    return "#" + "".join(f"{round(value):02x}" for value in colour[:3])
