"""The style of the public pages: one sheet, with the colors and fonts of the project's theme."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

from pipeline.rendering.theme.tokens import ColorScheme, DesignTokens

_SHEET = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
_COLORS = {
    "paper": "surface",
    "ink": "text",
    "soft": "muted",
    "line": "border",
    "accent": "accent",
    "on-accent": "accent_text",
    "field": "surface",
    "panel": "panel",
}


class PageStyle:
    """
    Writes the style sheet.

    Args:
        tokens: Of the theme; None for the colors and fonts of the sheet itself.
    """

    def __init__(self, tokens: DesignTokens | None) -> None:
        self._tokens = tokens
        self._write = lru_cache(maxsize=32)(self._build)

    def write(self, script: str) -> str:
        """Return the style sheet for a page in *script*, its ISO 15924 code."""
        return self._write(script)

    def _build(self, script: str) -> str:
        if self._tokens is None:
            return _SHEET
        tokens = self._tokens.for_script(script)
        fonts = f"--body-font: {tokens.body_font}; --title-font: {tokens.title_font};"
        return (
            f"{_SHEET}:root {{ {_list_colors(tokens)} {fonts} }}\n"
            f"@media (prefers-color-scheme: dark) {{ :root {{ {_list_colors(tokens.dark)} }} }}\n"
        )


def build_security_policy(style: str, script: str = "") -> str:
    """
    Return the policy of a page: only this style and script, nothing from anywhere else.

    Args:
        script: Empty for a page without one.
    """
    scripts = f"script-src {_hash(script)}; worker-src 'none'; " if script else ""
    return (
        f"default-src 'none'; style-src {_hash(style)}; {scripts}"
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _list_colors(scheme: ColorScheme) -> str:
    return " ".join(f"--{name}: {getattr(scheme, color)};" for name, color in _COLORS.items())


@lru_cache(maxsize=64)
def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
