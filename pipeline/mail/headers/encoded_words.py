"""Encoded-words: text in any script in a header (RFC 2047)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator

from pipeline.markup import split_graphemes

MAX_WORD_CHARACTERS = 75  # RFC 2047 §2
ENCODED_LINE_CHARACTERS = 76  # RFC 2047 §2, for a line that contains an encoded-word

_B_PREFIX, _Q_PREFIX, _SUFFIX = b"=?utf-8?b?", b"=?utf-8?q?", b"?="
_OVERHEAD = len(_B_PREFIX) + len(_SUFFIX)
_MAX_TEXT_CHARACTERS = MAX_WORD_CHARACTERS - _OVERHEAD

_Q_SAFE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"  # RFC 2047 §5 (3)
_Q_ESCAPES = [bytes([byte]) if byte in _Q_SAFE else b"=%02X" % byte for byte in range(256)]
_Q_ESCAPES[ord(" ")] = b"_"
_Q_SINGLE = _Q_SAFE + b" "  # encoded as one character each

_SPACED_WORDS = re.compile(" *[^ ]+ *| +")


def encode_words(text: str, *, used: int) -> bytes:
    """
    Encode *text*, which is not empty, as encoded-words of UTF-8, one per line.

    They break after a space where possible, else between grapheme clusters: some clients display each word
    separately, and Python's parser puts a space between two words of a name.

    Args:
        used: How many characters of the first line are taken, `To: ` included.
    """
    data = text.encode()
    is_q_shorter = _count_q(data) <= _count_b(data)
    count, encode = (_count_q, _encode_q) if is_q_shorter else (_count_b, _encode_b)
    first_limit = ENCODED_LINE_CHARACTERS - used - _OVERHEAD
    words: list[bytes] = []
    word = b""
    for chunk in _split_chunks(text, first_limit, count):
        if word and count(word + chunk) > (_MAX_TEXT_CHARACTERS if words else first_limit):
            words.append(encode(word))
            word = b""
        word += chunk
    return b"\r\n ".join([*words, encode(word)])


def _split_chunks(text: str, limit: int, count: Callable[[bytes], int]) -> Iterator[bytes]:
    """Yield the chunks of *text* that should not be broken, each at most *limit* characters once encoded."""
    if count(whole := text.encode()) <= limit:
        yield whole
        return
    for part in _SPACED_WORDS.findall(text):
        if count(data := part.encode()) <= limit:
            yield data
            continue
        for cluster in split_graphemes(part):
            fits = count(cluster.encode()) <= limit
            yield from (c.encode() for c in ([cluster] if fits else cluster))


def _count_b(data: bytes) -> int:
    return (len(data) + 2) // 3 * 4


def _count_q(data: bytes) -> int:
    return len(data) + 2 * len(data.translate(None, _Q_SINGLE))


def _encode_b(data: bytes) -> bytes:
    return _B_PREFIX + binascii.b2a_base64(data, newline=False) + _SUFFIX


def _encode_q(data: bytes) -> bytes:
    return _Q_PREFIX + b"".join([_Q_ESCAPES[byte] for byte in data]) + _SUFFIX
