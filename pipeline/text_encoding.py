"""
Decode bytes as text, for every format that is text.

1. A byte order mark decides.
2. Else it is UTF-8, as nearly everything is today: what decodes as UTF-8 is nothing else.
3. Else what was declared, by a server or inside the text.
4. Else windows-1252, if the result reads like text; the caller warns, with an example of what was assumed.

An encoding in which ASCII bytes mean something else (ISO-2022, UTF-16) cannot be told from UTF-8: there, what was
declared comes second.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import BinaryIO

#: Byte order marks; UTF-32 stands first, because its mark begins with that of UTF-16.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

#: What is read where these labels are declared (WHATWG Encoding §4.2).
_ALIASES = {
    **dict.fromkeys("ascii us-ascii iso-8859-1 iso8859-1 latin1 latin-1".split(), "windows-1252"),
    "iso-8859-9": "windows-1254",
    **dict.fromkeys(("gb2312", "gbk"), "gb18030"),
    **dict.fromkeys(("shift_jis", "x-sjis"), "cp932"),
    **dict.fromkeys(("ks_c_5601-1987", "euc-kr"), "cp949"),
}
_ASSUMED = "windows-1252"
_CHUNK_BYTES = 1 << 20
_NOT_ASCII = re.compile(rb"[\x80-\xff]")

#: A non-ASCII letter of windows-1252, beside at least one ASCII letter, as in "Café" and "über".
_LETTER_IN_WORD = re.compile(r"[A-Za-z][À-ÖØ-öø-ÿŒœŠšŽžŸ]|[À-ÖØ-öø-ÿŒœŠšŽžŸ][A-Za-z]")
#: The characters beyond ASCII that texts in windows-1252 are full of.
_COMMON_CHARACTER = re.compile(r"[\xa0€…‘’“”•–—™¡£§©«®°±²³·¹º»½¿]")
#: A well-formed UTF-8 sequence of two to four bytes.
_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_WORD = re.compile(r"(?<!\S)[!-~]*+[^\x00-\x7f]\S*+")


class TextEncodingError(ValueError):
    """The bytes cannot be decoded from *offset* on; *encoding* is the one that a byte order mark names, if any."""

    def __init__(self, offset: int, encoding: str | None = None) -> None:
        super().__init__(f"cannot be decoded at byte {offset}")
        self.offset = offset
        self.encoding = encoding


@dataclass(frozen=True, kw_only=True, slots=True)
class DecodedText:
    """
    Text without its byte order mark.

    Args:
        example: The first word that shows an assumed encoding, else "".
        unknown_label: What was declared and is no encoding of text, such as `rot13`, if nothing else was declared.
    """

    text: str
    encoding: str
    example: str = ""
    unknown_label: str = ""


def find_codec(label: str) -> str | None:
    """Return the codec for the encoding *label*, None if it is unknown or does not turn bytes into text."""
    name = label.strip().lower()
    try:
        found = codecs.lookup(_ALIASES.get(name, name))
        "a".encode(found.name)
    except (LookupError, ValueError, TypeError):
        return None
    is_text = found._is_text_encoding and found.name not in ("utf-7", "idna", "punycode")
    return found.name if is_text and "escape" not in found.name else None


def decode(
    content: bytes, declared: Iterable[str] = (), *, is_lenient: bool = False
) -> DecodedText:
    """
    Return the text of *content*.

    Args:
        declared: Labels of encodings, the most reliable first; unknown ones are passed over.
        is_lenient: Replace what cannot be decoded by U+FFFD, as browsers do, instead of raising.

    Raises:
        TextEncodingError: It is damaged, or its encoding cannot be told.
    """
    labels = [label for label in declared if label.strip()]
    found = _decode(content, labels, is_lenient=is_lenient)
    if labels and not any(map(find_codec, labels)) and "utf" not in labels[0].lower():
        return replace(found, unknown_label=labels[0].strip())
    return found


def _decode(content: bytes, declared: Iterable[str], *, is_lenient: bool) -> DecodedText:
    for mark, encoding in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _decode_marked(content[len(mark) :], encoding, is_lenient=is_lenient)
    codec = next((codec for label in declared if (codec := find_codec(label))), None)
    order = ("utf-8", codec) if codec is None or _is_like_ascii(codec) else (codec, "utf-8")
    offset = 0
    for encoding in filter(None, order):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            offset = error.start if encoding == "utf-8" else offset
            continue
        if "\0" not in text or encoding == codec or codec is None:
            return DecodedText(text=text, encoding=encoding)
    if codec is not None and is_lenient:
        return DecodedText(text=content.decode(codec, "replace"), encoding=codec)
    return _assume(content, offset, is_lenient=is_lenient)


def detect_encoding(file: BinaryIO) -> DecodedText:
    """
    Return in which encoding *file* is, with the text of a sample if that had to be assumed; in flat memory.

    Raises:
        TextEncodingError: Its encoding cannot be told.
    """
    start = file.read(4)
    for mark, encoding in BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return DecodedText(text="", encoding=encoding)
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    try:
        while chunk := file.read(_CHUNK_BYTES):
            decoder.decode(chunk)
            offset += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        file.seek(0)
        sample = b"".join(line for line in file if _NOT_ASCII.search(line))[: 4 * _CHUNK_BYTES]
        return _assume(sample, offset + error.start, is_lenient=False)
    return DecodedText(text="", encoding="utf-8")


def _decode_marked(content: bytes, encoding: str, *, is_lenient: bool) -> DecodedText:
    try:
        text = content.decode(encoding, "replace" if is_lenient else "strict")
    except UnicodeDecodeError as error:
        raise TextEncodingError(error.start, encoding) from error
    return DecodedText(text=text, encoding=encoding)


def _is_like_ascii(codec: str) -> bool:
    """Whether ASCII bytes mean ASCII in *codec*, so that what decodes as UTF-8 is UTF-8."""
    return not codec.startswith(("iso2022", "utf-16", "utf-32", "hz"))


def _assume(content: bytes, offset: int, *, is_lenient: bool) -> DecodedText:
    """Decode *content*, which is not UTF-8 from byte *offset* on, as windows-1252 if that reads like text."""
    text = content.decode(_ASSUMED, "replace")
    if not is_lenient and not _reads_like_text(content, text):
        raise TextEncodingError(offset)
    word = _WORD.search(text)
    return DecodedText(text=text, encoding=_ASSUMED, example=word[0][:40] if word else "")


def _reads_like_text(content: bytes, text: str) -> bool:
    """Whether *text*, which is *content* decoded as windows-1252, is likely to be what was written."""
    if "\ufffd" in text:  # 81, 8D, 8F, 90 and 9D stand for nothing
        return False
    foreign = sum(byte >= 0x80 for byte in content)
    in_sequences = sum(len(found) for found in _SEQUENCE.findall(content))
    if in_sequences * 2 >= foreign:
        return False
    common = len(_LETTER_IN_WORD.findall(text)) + len(_COMMON_CHARACTER.findall(text))
    return common * 3 >= foreign and foreign * 3 <= len(content)
