"""
Find out in which encoding a subscriber file is.

1. A byte order mark decides.
2. UTF-16 without one is told by its zero bytes.
3. Else it is UTF-8 if it decodes as UTF-8.
4. Else that of some likely encodings in which its words look most like words; the report says so, with an example.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.text_encoding import BYTE_ORDER_MARKS

_SAMPLE_BYTES = 1 << 16
_CHUNK_BYTES = 1 << 20
#: In the order in which they are preferred where several fit equally well.
_CANDIDATES = ("cp1252", "mac_roman", "cp1250", "cp1251", "koi8-r", "cp1253", "cp1254", "iso8859-2")
_NAMES = {
    "cp1252": "windows-1252",
    "mac_roman": "Mac Roman",
    "cp1250": "windows-1250",
    "cp1251": "windows-1251",
    "koi8-r": "KOI8-R",
    "cp1253": "windows-1253",
    "cp1254": "windows-1254",
    "iso8859-2": "ISO 8859-2",
}
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
#: A word with at least one character beyond ASCII, with what is beside it.
_WORD = re.compile(
    r"(?<![^\s,;|\t\"<>@0-9])[^\s,;|\t\"<>@0-9\x80-\U0010ffff]*+[^\x00-\x7f][^\s,;|\t\"<>@0-9]*+"
)
_TYPOGRAPHY = frozenset("’‘“”„‚«»…–—·•°€£§©®ªº¿¡\u00a0")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")


def detect_csv_encoding(path: Path) -> tuple[str, str]:
    """
    Return the codec of the file at *path*; and if it was assumed, a sentence's worth: its name and an example, else "".

    Raises:
        ConfigError: No encoding fits.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_SAMPLE_BYTES)
        for mark, encoding in BYTE_ORDER_MARKS:
            if head.startswith(mark):
                codec = "utf-8-sig" if encoding == "utf-8" else encoding[:6]
                return codec, ""
        if wide := _detect_wide(head):
            return wide, f"{wide.upper()} without a byte order mark"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := file.read(_CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            file.seek(0)
            foreign = (line for line in file if _NOT_ASCII.search(line))
            sample = b"".join(line for line, _ in zip(foreign, range(2000), strict=False))
            return _assume(sample[: 4 * _SAMPLE_BYTES], path)
    return "utf-8", ""


def _detect_wide(head: bytes) -> str | None:
    """Return UTF-16 or UTF-32 in one of their orders if *head* has zero bytes where ASCII has them there."""
    if len(head) < 4 or b"\0" not in head:
        return None
    counts = [head[start::4].count(0) * 4 / len(head) for start in range(4)]
    few = 0.3
    if counts[1] > 1 - few and counts[2] > 1 - few and counts[3] > 1 - few:
        return "utf-32-le"
    if counts[0] > 1 - few and counts[1] > 1 - few and counts[2] > 1 - few:
        return "utf-32-be"
    odd, even = head[1::2].count(0) * 2 / len(head), head[::2].count(0) * 2 / len(head)
    if odd > few and even < odd / 4:
        return "utf-16-le"
    if even > few and odd < even / 4:
        return "utf-16-be"
    return None


def _assume(sample: bytes, path: Path) -> tuple[str, str]:
    foreign = len(_NOT_ASCII.findall(sample))
    if sum(map(len, _UTF8_SEQUENCE.findall(sample))) * 2 >= foreign:
        raise ConfigError(
            f"{path}: the file is UTF-8 but damaged: it was cut off, or changed by another program. "
            "Export it again, or name its encoding: --encoding utf-8, --encoding cp1252"
        )
    scores = {codec: _score(sample, codec) for codec in _CANDIDATES}
    if b"\r" in sample and b"\n" not in sample:  # ends of lines as old Macs write them
        scores["mac_roman"] += 0.5
    best = max(_CANDIDATES, key=lambda codec: scores[codec])
    if scores[best] <= 0:
        raise ConfigError(
            f"{path}: the file is not UTF-8, and no other encoding fits it. "
            "Save it as UTF-8, or name its encoding: --encoding cp1250"
        )
    word = _WORD.search(sample.decode(best, "replace"))
    example = f", which reads “{word[0][:40]}”" if word else ""
    return best, f"{_NAMES[best]}{example}"


def _score(sample: bytes, codec: str) -> float:
    """Return how much *sample* reads like words in *codec*: 1 at best, below 0 if it does not."""
    text = sample.decode(codec, "replace")
    words = _WORD.findall(text)[:5000]
    return sum(map(_score_word, words)) / len(words) if words else -1.0


def _score_word(word: str) -> float:
    letters = [character for character in word if character.isalpha()]
    foreign = [character for character in letters if not character.isascii()]
    strange = [c for c in word if not c.isascii() and not c.isalpha() and c not in _TYPOGRAPHY]
    if "\ufffd" in word or strange or any("\x80" <= c <= "\x9f" for c in word):
        return -1.0
    if not foreign:
        return 0.2  # quotation marks and dashes
    if len({_script(character) for character in letters}) > 1:
        return -1.0
    rest = "".join(letters[1:])
    if rest != rest.lower() and "".join(letters) != "".join(letters).upper():
        return -0.5  # a capital inside a word
    if any(character in _RARE for character in foreign):
        return 0.3
    return 1.0


#: Characters that few names have; most words with one of them are words in another encoding.
_RARE = frozenset("ƒªºµÿŸþðÞÐıŊŀﬁﬂŕŔůŐőűŰďĎťŤľĽŮĹĺŢţ")


def _script(character: str) -> str:
    number = ord(character)
    return (
        "greek" if 0x370 <= number < 0x400 else "cyrillic" if 0x400 <= number < 0x530 else "latin"
    )
