"""Escape text, so that Markdown or HTML reads it as it is."""

from __future__ import annotations

import html
import re
import unicodedata

#: What may begin or end markup within a line.
_SPECIAL = re.compile(r"[\\`*\[\]<~^{$|]|(?<![^\W_])_|_(?![^\W_])")
#: Doubled characters that some kind of Markdown gives a meaning.
_DOUBLED = re.compile(r"==|%%|\+\+|::|(?<=\{)%(?=.)")
_SHORTCODE = re.compile(r":(?=[a-z0-9_+\-]{1,40}:)")
_WEB_ADDRESS = re.compile(r"\b(https?|ftp|mailto|tel|www)([:.])(?=\S)", re.IGNORECASE)
_MAILBOX = re.compile(r"(?<=[\w.+\-])@(?=[\w\-])")
_ENTITY = re.compile(r"&(?=#?\w{1,40};)")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_NUMBER_START = re.compile(r"(\d{1,9})(?=[.)](?:\s|$))")
#: What may begin a block.
_BLOCK_STARTS = frozenset("#>+=:|%-")
_PLAIN_DESTINATION = re.compile(r"[^\s()<>\\\x00-\x20\x7f]+")
_SPACES = frozenset({"Zs", "Zl", "Zp"})


def escape_markdown(text: str, *, is_strict: bool = False) -> str:
    """
    Return *text* for the middle of a line of Markdown.

    Args:
        is_strict: Escape all punctuation and every unusual space, which is certain but hard to read.
    """
    if is_strict:
        return _encode_spaces(_PUNCTUATION.sub(_escape, text))
    escaped = _SPECIAL.sub(_escape, _ENTITY.sub("&amp;", text))
    escaped = _DOUBLED.sub(lambda match: "".join(f"\\{c}" for c in match[0]), escaped)
    escaped = _SHORTCODE.sub(_escape, escaped)
    escaped = _WEB_ADDRESS.sub(r"\1\\\2", escaped)
    escaped = _MAILBOX.sub(_escape, escaped)
    return f"{escaped[:-1]}\\!" if escaped.endswith("!") else escaped


def escape_line_start(line: str) -> str:
    """Return *line*, which begins a paragraph, so that it begins nothing else."""
    if number := _NUMBER_START.match(line):
        return f"{number[0]}\\{line[number.end() :]}"
    first = line[:1]
    if first in _BLOCK_STARTS:
        return f"\\{line}"
    return _encode_spaces(first) + line[1:]


def escape_html(text: str) -> str:
    """Return *text* for an attribute of an HTML element."""
    escaped = _encode_spaces(html.escape(text)).replace("\n", "&#10;")
    return escaped.replace("{", "&#123;")


def escape_html_text(text: str) -> str:
    """Return *text* for the content of an HTML element, where `[^1]` would be a reference."""
    return escape_html(text).replace("[^", "<span>[</span>^")


def escape_destination(url: str) -> str:
    """Return *url* as the destination of a link or image."""
    url = _ENTITY.sub("&amp;", url)
    if _PLAIN_DESTINATION.fullmatch(url):
        return url
    escaped = re.sub(r"([<>\\])", r"\\\1", url)
    return f"<{escaped}>"


def quote_title(title: str) -> str:
    """Return *title*, of a link or image, in quotation marks."""
    escaped = re.sub(r'(["\\])', r"\\\1", _ENTITY.sub("&amp;", title))
    return f'"{escaped}"'


def format_code(code: str) -> str:
    """Return *code* between as many backticks as it needs."""
    longest = max(map(len, re.findall("`+", code)), default=0)
    fence = "`" * (longest + 1)
    is_padded = code[:1] in "` " or code[-1:] in "` "
    return f"{fence} {code} {fence}" if is_padded else f"{fence}{code}{fence}"


def _escape(match: re.Match[str]) -> str:
    return f"\\{match[0]}"


def _encode_spaces(text: str) -> str:
    """Return *text* with unusual spaces as character references."""
    return "".join(
        f"&#{ord(c)};" if c != " " and unicodedata.category(c) in _SPACES else c for c in text
    )
