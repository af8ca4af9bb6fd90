"""
Show a letter as some kind of client would show it: from HTML to HTML.

These are approximations, and say so on the page. What classic Outlook leaves out is what the tests of caniemail found
(`pipeline.checks.html.caniemail`, with its date); Gmail's limits are those of `pipeline.checks.message.message_size`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache

from pipeline.checks.html.caniemail import load_support
from pipeline.checks.html.css import parse_declarations
from pipeline.checks.html.css_features import find_declaration_features
from pipeline.checks.message.message_size import CLIP_BYTES

#: Gmail reads no `<style>` beyond this (caniemail, html-style, note 6).
STYLE_BYTES = 16_384

_STYLE = re.compile(r"<style\b[^>]*>.*?</style>", re.DOTALL | re.IGNORECASE)
_STYLE_ATTRIBUTE = re.compile(r'(?<=\sstyle=")[^"]*(?=")')
_DARK_QUERY = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)
_LIGHT_QUERY = re.compile(r"\(\s*prefers-color-scheme\s*:\s*light\s*\)", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width:0px)", "(max-width:0px)"
_MSO_ONLY = re.compile(r"<!--\[if[^\]]*mso[^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL)
_NOT_MSO = re.compile(r"<!--\[if !mso\]>(?:<!--|-->)?(.*?)(?:<!--)?<!\[endif\]-->", re.DOTALL)
_VML = re.compile(r"<(/?)(?:v|w|o):[a-z]+\b[^>]*>", re.IGNORECASE)

_WORD = "Outlook for Windows"
#: Word shows nothing of what is not displayed, whatever caniemail says of the other values.
_HIDING = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_RULE = re.compile(r"(?<=\{)[^{}]*(?=\})")
_BLOCK = re.compile(
    r'<(p|div|h[1-6]|a|span|ul|ol|li|blockquote)\b([^>]*?\sstyle=")([^"]*)"', re.IGNORECASE
)
_PADDING = re.compile(r"(?:^|(?<=;))\s*padding(?:-[a-z]+)?\s*:[^;]*;?", re.IGNORECASE)


class View(Enum):
    """A way to look at a letter."""

    #: As it is, in a client that knows everything, by day.
    LIGHT = "light"
    #: The same by night: the dark rules of the theme hold.
    DARK = "dark"
    #: By night in a client that turns every colour round (Gmail on iOS).
    INVERTED = "inverted"
    #: By night in one that darkens what is light and keeps the rest (Outlook, Gmail on Android).
    DARKENED = "darkened"
    #: Pictures are not loaded.
    NO_IMAGES = "no-images"
    #: Every style sheet is taken away, as by Gmail for accounts of others.
    STRIPPED = "stripped"
    #: Classic Outlook on Windows, which draws with Word.
    OUTLOOK = "outlook"
    #: Gmail on the web, with its limits.
    GMAIL = "gmail"
    #: As printed.
    PRINT = "print"


def simulate(html: str, view: View) -> str:
    """Return *html* as *view* shows it."""
    return _STEPS[view](html)


def clipped(html: str) -> tuple[str, bool]:
    """
    Return what is left of *html* where Gmail cuts it off, and whether it does.

    What is cut is measured in octets of UTF-8; Gmail then reads no style sheet either (hteumeuleu/email-bugs#56).
    """
    octets = html.encode()
    if len(octets) <= CLIP_BYTES:
        return html, False
    kept = octets[:CLIP_BYTES].decode(errors="ignore")
    kept = kept[: kept.rfind("<")] if kept.rfind("<") > kept.rfind(">") else kept
    return _STYLE.sub("", kept), True


def _light(html: str) -> str:
    return _scheme(html, "light")


def _dark(html: str) -> str:
    return _scheme(html, "dark")


def _scheme(html: str, name: str) -> str:
    """Answer the question for the colour scheme in the mail itself: a frame cannot be given one of its own."""
    is_dark = name == "dark"

    def answered(style: re.Match[str]) -> str:
        css = _DARK_QUERY.sub(_ALWAYS if is_dark else _NEVER, style[0])
        return _LIGHT_QUERY.sub(_NEVER if is_dark else _ALWAYS, css)

    html = _STYLE.sub(answered, html)
    return _with_style(html, f":root{{color-scheme:{name} only!important}}")


def _no_dark(html: str) -> str:
    """Take dark rules away, for a client that knows none and turns colours round itself."""
    return _light(html).replace("[data-ogsc]", "[data-none]").replace("[data-ogsb]", "[data-none]")


def _inverted(html: str) -> str:
    turned = "filter:invert(1) hue-rotate(180deg)"
    css = f"html{{background:#fff;{turned}}}img,video,[style*='background-image']{{{turned}}}"
    return _with_style(_no_dark(html), css)


def _no_images(html: str) -> str:
    return re.sub(r'(<img\b[^>]*?\ssrc=)"[^"]*"', r'\1"data:,"', _light(html), flags=re.IGNORECASE)


def _stripped(html: str) -> str:
    return _with_style(_STYLE.sub("", html), ":root{color-scheme:light only}")


def _print(html: str) -> str:
    css = "@page{margin:2cm}html,body{background:#fff!important}"
    return _with_style(_light(html), css)


def _outlook(html: str) -> str:
    """Draw as Word does: its own comments are read, `@media` is not, and much CSS is passed over."""
    html = _NOT_MSO.sub("", html)
    html = _MSO_ONLY.sub(r"\1", html)
    html = _VML.sub(r"<\1span>", html)
    html = _STYLE.sub(lambda style: _RULE.sub(_known_to_word, _without_media(style[0])), html)
    html = _STYLE_ATTRIBUTE.sub(_known_to_word, html)
    html = _BLOCK.sub(_without_padding, html)
    return _with_style(
        html, ":root{color-scheme:light only}*{border-radius:0!important;box-shadow:none!important}"
    )


def _known_to_word(css: re.Match[str]) -> str:
    return _kept_by_word(css[0])


@lru_cache(maxsize=4096)
def _kept_by_word(css: str) -> str:
    """Return what is left of the declarations *css* without those Word does not support, by the tests of caniemail."""
    parts = re.split(r";(?![^(]*\))", css)
    return ";".join(part for part in parts if _HIDING.search(part) or not _is_lost_on_word(part))


def _is_lost_on_word(part: str) -> bool:
    known = load_support().features
    return any(
        (feature := known.get(slug)) is not None and _WORD in feature.unsupported_in
        for declaration in parse_declarations(part)
        for slug in find_declaration_features(declaration)
    )


def _without_padding(tag: re.Match[str]) -> str:
    """Padding holds on table cells only (caniemail, css-padding, note 1)."""
    return f'<{tag[1]}{tag[2]}{_PADDING.sub("", tag[3])}"'


def _gmail(html: str) -> str:
    html = _light(html)
    taken = 0

    def within(style: re.Match[str]) -> str:
        nonlocal taken
        taken += len(style[0])
        is_known = taken <= STYLE_BYTES and "@font-face" not in style[0]
        return style[0] if is_known else ""

    html = _STYLE.sub(within, html)
    kept, is_cut = clipped(html)
    if not is_cut:
        return html
    note = (
        '<div style="padding:16px;font:14px/20px Arial,sans-serif;color:#222;background:#fff">[Message clipped]&nbsp; '
        '<span style="color:#15c;text-decoration:underline">View entire message</span></div>'
    )
    return f"{kept}{note}"


def _without_media(style: str) -> str:
    """Take `@media` and other conditional groups out, braces and all."""
    kept: list[str] = []
    at = 0
    while (found := style.find("@", at)) >= 0:
        kept.append(style[at:found])
        at = _end_of_rule(style, found)
    return "".join([*kept, style[at:]])


def _end_of_rule(css: str, start: int) -> int:
    brace, end = css.find("{", start), css.find(";", start)
    if brace < 0 or 0 <= end < brace:
        return end + 1 if end >= 0 else len(css)
    depth = 0
    for at in range(brace, len(css)):
        depth += {"{": 1, "}": -1}.get(css[at], 0)
        if depth == 0:
            return at + 1
    return len(css)


def _with_style(html: str, css: str) -> str:
    style = f"<style>{css}</style>"
    if "</head>" in html:
        return html.replace("</head>", f"{style}</head>", 1)
    return style + html


_STEPS: Mapping[View, Callable[[str], str]] = {
    View.LIGHT: _light,
    View.DARK: _dark,
    View.INVERTED: _inverted,
    View.DARKENED: _no_dark,  # the colours are turned in the frame, where they are known
    View.NO_IMAGES: _no_images,
    View.STRIPPED: _stripped,
    View.OUTLOOK: _outlook,
    View.GMAIL: _gmail,
    View.PRINT: _print,
}
