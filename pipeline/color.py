"""How well two colours stand out from each other (WCAG 2.2, relative luminance and contrast ratio)."""

from __future__ import annotations

from collections.abc import Sequence

#: Text and its ground (WCAG 2.2, success criterion 1.4.3).
MIN_TEXT_CONTRAST = 4.5
#: Large text, and the bounds of what can be pressed (1.4.3 and 1.4.11).
MIN_LARGE_CONTRAST = 3.0


def contrast_ratio(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the contrast of two opaque colours, red, green and blue from 0 to 255 each; from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def parse_hex_color(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: Sequence[float]) -> float:
    red, green, blue = (_linear(part / 255) for part in colour[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
