"""Escape text for HTML, and find the fields people write into it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_ESCAPES = {
    ord(c): entity for c, entity in zip('&<>"', ("&amp;", "&lt;", "&gt;", "&quot;"), strict=True)
}
# What no HTML document may hold (WHATWG HTML §13.2.3.5, XML 1.0 §2.2).
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

_FIELD = re.compile(
    r"""\{\{ \s* (?P<name>[A-Za-z][A-Za-z0-9_]*) \s*
        (?: \| \s* (?: "(?P<straight>[^"{}\n]*)" | [“”](?P<curly>[^“”{}\n]*)[“”] ) \s* )? \}\}""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class FieldTag:
    """`{{ name }}` or `{{ name | "fallback" }}` as somebody wrote it."""

    name: str
    fallback: str | None
    written: str


def escape_html(text: str) -> str:
    """Return *text* for use between tags or in a double-quoted attribute; forbidden characters become U+FFFD."""
    return _FORBIDDEN.sub("\ufffd", text).translate(_ESCAPES)


def is_field_name(name: str) -> bool:
    """Whether a field may bear *name*."""
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) is not None


def split_fields(text: str) -> Iterator[str | FieldTag]:
    """Yield the pieces of *text* in order: plain strings, never empty, and the fields between them."""
    end = 0
    for match in _FIELD.finditer(text):
        if match.start() > end:
            yield text[end : match.start()]
        straight = match["straight"]
        fallback = straight if straight is not None else match["curly"]
        yield FieldTag(match["name"], fallback, match[0])
        end = match.end()
    if end < len(text):
        yield text[end:]


def slug(text: str) -> str:
    """Return *text* as a name for files: lower-case ASCII letters, digits and hyphens; "" if nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].rstrip("-")
