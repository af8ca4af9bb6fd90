"""Contrast between colors (WCAG 2.2: relative luminance and contrast ratio)."""

from __future__ import annotations

from collections.abc import Sequence

#: Text on its background (WCAG 2.2, success criterion 1.4.3).
MIN_TEXT_CONTRAST = 4.5
#: Large text, and the edges of controls (1.4.3 and 1.4.11).
MIN_LARGE_CONTRAST = 3.0


def contrast_ratio(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the contrast of two opaque colors, red, green and blue from 0 to 255 each; from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def parse_hex_color(color: str) -> tuple[int, int, int]:
    """Return red, green and blue of `#rrggbb`."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: Sequence[float]) -> float:
    red, green, blue = (_linearize(channel / 255) for channel in color[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linearize(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
