"""Themes: their files and design tokens, what their templates receive, and MJML compiled to HTML."""

from pipeline.rendering.theme.theme import Theme

__all__ = ["Theme"]
