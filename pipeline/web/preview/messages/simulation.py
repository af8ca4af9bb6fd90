"""
Simulate how email clients change the HTML of a message.

These are approximations, and the page says so. What classic Outlook does not support is taken from the tests of
caniemail (`pipeline.checks.html.caniemail`, with its date), Gmail's limits from `pipeline.checks.message.message_size`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache

from pipeline.checks.html.caniemail import load_support
from pipeline.checks.html.conditional_comments import resolve_conditional_comments
from pipeline.checks.html.css import parse_declarations
from pipeline.checks.html.css_features import find_declaration_features
from pipeline.checks.html.typography import MAX_STYLE_BYTES
from pipeline.checks.message.message_size import CLIP_BYTES
from pipeline.markup import escape_html
from pipeline.web.preview.messages.html_tokens import map_styles

_STYLE_ATTRIBUTE = re.compile(r'(?<=\sstyle=")[^"]*(?=")')
_DARK_QUERY = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
_LIGHT_QUERY = re.compile(r"\(\s*prefers-color-scheme\s*:\s*light\s*\)", re.IGNORECASE)
_ALWAYS_TRUE, _ALWAYS_FALSE = "(min-width:0px)", "(max-width:0px)"
_VML = re.compile(r"<(/?)(?:v|w|o):[a-z]+\b[^<>]*>", re.IGNORECASE)
_IMAGE_SOURCE = re.compile(r'(<img\b[^<>]*?\ssrc=)"[^"<>]*"', re.IGNORECASE)

_OUTLOOK = "Outlook for Windows"
#: Supported by Outlook, whatever caniemail says of the other values of `display`.
_DISPLAY_NONE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
#: Parentheses, in which a semicolon ends nothing.
_CSS_PIECE = re.compile(r"\([^()]*\)|[^;()]+|.", re.DOTALL)
#: Longer ones are no style of a newsletter, and left out.
_MAX_DECLARATION_CHARACTERS = 500
_CSS_MARK = re.compile(r"[@{};]")
_RULE = re.compile(r"(?<=\{)[^{}]*(?=\})")
_BLOCK = re.compile(
    r'<(p|div|h[1-6]|a|span|ul|ol|li|blockquote)\b([^<>]*?\sstyle=")([^"<>]*)"', re.IGNORECASE
)
_PADDING = re.compile(r"(?:^|(?<=;))\s*padding(?:-[a-z]+)?\s*:[^;]*;?", re.IGNORECASE)


class EmailClient(Enum):
    """What a client does with a message, whatever the color scheme."""

    #: Supports everything.
    FULL = "full"
    #: Shows no images.
    NO_IMAGES = "no-images"
    #: Drops style sheets, as Gmail does with accounts of other providers.
    NO_STYLES = "no-styles"
    #: Classic Outlook on Windows, which renders with Word.
    OUTLOOK = "outlook"
    #: Gmail on the web, with its size limits.
    GMAIL = "gmail"
    #: Prints it.
    PRINT = "print"


class Scheme(Enum):
    """The color scheme in which a client shows a message."""

    #: Light mode.
    LIGHT = "light"
    #: Dark mode, with the dark styles of the theme.
    DARK = "dark"
    #: The dark mode of clients that invert every color (Gmail on iOS).
    INVERTED = "inverted"
    #: The dark mode of clients that darken light backgrounds only (Outlook, Gmail on Android).
    DARKENED = "darkened"


#: Clients that ignore the dark styles of a theme: in dark mode they show it light, or change colors themselves.
_WITHOUT_DARK_STYLES = (EmailClient.NO_STYLES, EmailClient.OUTLOOK, EmailClient.PRINT)


def simulate(
    html: str, client: EmailClient = EmailClient.FULL, scheme: Scheme = Scheme.LIGHT
) -> str:
    """Return *html* as *client* shows it in *scheme*."""
    if scheme is Scheme.DARK and client in _WITHOUT_DARK_STYLES:
        scheme = Scheme.LIGHT
    return _SCHEMES[scheme](_CLIENTS[client](html))


def show_text(text: str) -> str:
    """Return a page of *text*, as clients show a message without HTML."""
    style = "margin:16px;font:14px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere"
    return f'<!doctype html><html><head></head><body><div style="{style}">{escape_html(text)}</div></body></html>'


def clip(html: str) -> tuple[str, bool]:
    """
    Return *html* up to where Gmail clips it, and whether it does.

    The limit is in bytes of UTF-8; Gmail then ignores style sheets too (hteumeuleu/email-bugs#56).
    """
    content = html.encode()
    if len(content) <= CLIP_BYTES:
        return html, False
    start = content[:CLIP_BYTES].decode(errors="ignore")
    start = start[: start.rfind("<")] if start.rfind("<") > start.rfind(">") else start
    return map_styles(start, lambda style: ""), True


def _set_color_scheme(html: str, name: str = "light") -> str:
    """Resolve the color scheme in the style sheets: a frame cannot have another scheme than its page."""
    is_dark = name == "dark"

    def resolve(style: str) -> str:
        css = _DARK_QUERY.sub(_ALWAYS_TRUE if is_dark else _ALWAYS_FALSE, style)
        return _LIGHT_QUERY.sub(_ALWAYS_FALSE if is_dark else _ALWAYS_TRUE, css)

    html = map_styles(html, resolve)
    return _add_style(html, f":root{{color-scheme:{name} only!important}}")


def _remove_dark_styles(html: str) -> str:
    """Remove dark styles, for clients that ignore them and change colors themselves."""
    return (
        _set_color_scheme(html)
        .replace("[data-ogsc]", "[data-none]")
        .replace("[data-ogsb]", "[data-none]")
    )


def _simulate_inverted(html: str) -> str:
    invert = "filter:invert(1) hue-rotate(180deg)"
    css = f"html{{background:#fff;{invert}}}img,video,[style*='background-image']{{{invert}}}"
    return _add_style(_remove_dark_styles(html), css)


def _remove_images(html: str) -> str:
    return _IMAGE_SOURCE.sub(r'\1"data:,"', html)


def _remove_styles(html: str) -> str:
    return map_styles(html, lambda style: "")


def _simulate_print(html: str) -> str:
    css = "@page{margin:2cm}html,body{background:#fff!important}"
    return _add_style(html, css)


def _simulate_outlook(html: str) -> str:
    """Render as Word does: read its conditional comments, and ignore `@media` and unsupported CSS."""

    def remove(css: re.Match[str]) -> str:
        return _remove_unsupported(css[0])

    html = _VML.sub(r"<\1span>", resolve_conditional_comments(html, is_outlook=True))
    html = map_styles(html, lambda style: _RULE.sub(remove, _remove_at_rules(style)))
    html = _STYLE_ATTRIBUTE.sub(remove, html)
    html = _BLOCK.sub(_remove_padding, html)
    return _add_style(html, "*{border-radius:0!important;box-shadow:none!important}")


def _remove_unsupported(css: str) -> str:
    """Return the declarations in *css* that Word supports, by the tests of caniemail."""
    parts = "".join(
        "\0" if piece == ";" else piece for piece in _CSS_PIECE.findall(css.replace("\0", ""))
    ).split("\0")
    return ";".join(
        part
        for part in parts
        if len(part) <= _MAX_DECLARATION_CHARACTERS
        and (_DISPLAY_NONE.search(part) or not _is_unsupported(part))
    )


@lru_cache(maxsize=4096)
def _is_unsupported(part: str) -> bool:
    features = load_support().features
    return any(
        (feature := features.get(slug)) is not None and _OUTLOOK in feature.unsupported_in
        for declaration in parse_declarations(part)
        for slug in find_declaration_features(declaration)
    )


def _remove_padding(tag: re.Match[str]) -> str:
    """Padding works on table cells only (caniemail, css-padding, note 1)."""
    return f'<{tag[1]}{tag[2]}{_PADDING.sub("", tag[3])}"'


def _simulate_gmail(html: str) -> str:
    size = 0

    def limit(style: str) -> str:
        nonlocal size
        size += len(style)
        is_read = size <= MAX_STYLE_BYTES and "@font-face" not in style
        return style if is_read else ""

    html = map_styles(html, limit)
    html, is_clipped = clip(html)
    if not is_clipped:
        return html
    notice = (
        '<div style="padding:16px;font:14px/20px Arial,sans-serif;color:#222;background:#fff">[Message clipped]&nbsp; '
        '<span style="color:#15c;text-decoration:underline">View entire message</span></div>'
    )
    return f"{html}{notice}"


def _remove_at_rules(style: str) -> str:
    """Remove `@media` and other at-rules with their blocks."""
    parts: list[str] = []
    depth = kept_from = 0
    in_rule = False
    for match in _CSS_MARK.finditer(style):
        mark = match[0]
        if not in_rule:
            if mark == "@":
                parts.append(style[kept_from : match.start()])
                in_rule, depth = True, 0
            continue
        depth += {"{": 1, "}": -1}.get(mark, 0)
        if depth <= 0 and mark in ";}":
            in_rule, kept_from = False, match.end()
    return "".join([*parts, "" if in_rule else style[kept_from:]])


def _add_style(html: str, css: str) -> str:
    style = f"<style>{css}</style>"
    if "</head>" in html:
        return html.replace("</head>", f"{style}</head>", 1)
    return style + html


_CLIENTS: Mapping[EmailClient, Callable[[str], str]] = {
    EmailClient.FULL: lambda html: html,
    EmailClient.NO_IMAGES: _remove_images,
    EmailClient.NO_STYLES: _remove_styles,
    EmailClient.OUTLOOK: _simulate_outlook,
    EmailClient.GMAIL: _simulate_gmail,
    EmailClient.PRINT: _simulate_print,
}
_SCHEMES: Mapping[Scheme, Callable[[str], str]] = {
    Scheme.LIGHT: _set_color_scheme,
    Scheme.DARK: lambda html: _set_color_scheme(html, "dark"),
    Scheme.INVERTED: _simulate_inverted,
    Scheme.DARKENED: _remove_dark_styles,  # frame.js changes the colors, which are known there
}
