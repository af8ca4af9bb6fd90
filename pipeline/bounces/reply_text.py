"""The words of a server, so that they can be compared: without names, accents and line breaks."""

from __future__ import annotations

import re
import unicodedata

#: An address, a URL or the name of a host: its words are the recipient's or the server's, and say nothing.
_NAME = re.compile(
    r"<[^<>\s]*>|https?:[^\s]*|[^\s<>@:;,()]{1,64}@[^\s<>:;,()]{1,255}"
    r"|(?<![\w.])(?!resolver\.)(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}\b"
)
_ACCENT = re.compile("[\u0300-\u036f]")
_PLAIN_LETTERS = str.maketrans("\u2019ıłŁøØđĐ", "'illoodd")

#: What follows in a longer reply is not read.
MAX_REPLY_CHARACTERS = 2_000


def normalize_reply(text: str) -> str:
    """Return *text* in lower case, without accents, addresses and names of hosts, on one line."""
    text = text[:MAX_REPLY_CHARACTERS].translate(_PLAIN_LETTERS).casefold()
    letters = _ACCENT.sub("", unicodedata.normalize("NFD", text))
    plain = unicodedata.normalize("NFC", letters)
    return " ".join(_NAME.sub("@", plain).split())
