"""Words of other scripts in a header: RFC 2047 encoded-words."""

from __future__ import annotations

import binascii
import re
import unicodedata
from collections.abc import Callable, Iterator

WORD_CHARACTERS = 75  # RFC 2047 §2
ENCODED_LINE_CHARACTERS = 76  # RFC 2047 §2, for a line that holds an encoded-word

_B, _Q, _END = b"=?utf-8?b?", b"=?utf-8?q?", b"?="
_OVERHEAD = len(_B) + len(_END)
_ROOM = WORD_CHARACTERS - _OVERHEAD

_SAFE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"  # RFC 2047 §5 (3)
_Q_ESCAPES = [bytes([octet]) if octet in _SAFE else b"=%02X" % octet for octet in range(256)]
_Q_ESCAPES[ord(" ")] = b"_"
_PLAIN = _SAFE + b" "  # one character each

_TO_SPACE = re.compile(" *[^ ]+ *| +")

# What never begins a character as a reader sees it (UAX #29, GB9 and GB9a): besides marks, the joiners, skin tones,
# tags, and the vowels and finals of Hangul spelt out.
_EXTENDING = re.compile("[\u200c\u200d\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u1160-\u11ff]")
_JOINER = "\u200d"
_VIRAMA = 9  # its canonical combining class; the letter after it joins (GB9c)


def encoded_words(text: str, *, used: int) -> bytes:
    """
    Encode *text*, which is not empty, as encoded-words of UTF-8, each on a line of its own.

    Words are cut after a space where there is one, else between what a reader takes for characters: some programs
    show each word by itself, and Python's parser puts a space between two words of a name.

    Args:
        used: How many characters of the first line are taken, `To: ` included.
    """
    data = text.encode()
    measure, write = (_q_length, _q) if _q_length(data) <= _b_length(data) else (_b_length, _b)
    room = ENCODED_LINE_CHARACTERS - used - _OVERHEAD
    words: list[bytes] = []
    word = b""
    for chunk in _chunks(text, room, measure):
        if word and measure(word + chunk) > (_ROOM if words else room):
            words.append(write(word))
            word = b""
        word += chunk
    return b"\r\n ".join([*words, write(word)])


def _chunks(text: str, room: int, measure: Callable[[bytes], int]) -> Iterator[bytes]:
    """Yield what must not be cut, each no longer than *room* once it is encoded."""
    if measure(whole := text.encode()) <= room:
        yield whole
        return
    for part in _TO_SPACE.findall(text):
        if measure(data := part.encode()) <= room:
            yield data
            continue
        for cluster in _clusters(part):
            fits = measure(cluster.encode()) <= room
            yield from (c.encode() for c in ([cluster] if fits else cluster))


def _clusters(text: str) -> Iterator[str]:
    """Yield the grapheme clusters of *text*, near enough to UAX #29 for a place to cut."""
    cluster = ""
    for character in text:
        if cluster and not _belongs(character, cluster):
            yield cluster
            cluster = ""
        cluster += character
    yield cluster


def _belongs(character: str, cluster: str) -> bool:
    last = cluster[-1]
    return (
        unicodedata.category(character).startswith("M")
        or _EXTENDING.match(character) is not None
        or last == _JOINER
        or unicodedata.combining(last) == _VIRAMA
        or (len(cluster) == 1 and _is_flag_letter(last) and _is_flag_letter(character))
    )


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _b_length(data: bytes) -> int:
    return (len(data) + 2) // 3 * 4


def _q_length(data: bytes) -> int:
    return len(data) + 2 * len(data.translate(None, _PLAIN))


def _b(data: bytes) -> bytes:
    return _B + binascii.b2a_base64(data, newline=False) + _END


def _q(data: bytes) -> bytes:
    return _Q + b"".join([_Q_ESCAPES[octet] for octet in data]) + _END
