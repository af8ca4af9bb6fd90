"""How well two colours stand out from each other (WCAG 2.2, relative luminance and contrast ratio)."""

from __future__ import annotations

#: Text and its ground (WCAG 2.2, success criterion 1.4.3).
TEXT = 4.5
#: Large text, and the bounds of what can be pressed (1.4.3 and 1.4.11).
LARGE = 3.0


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours `#rrggbb`, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
