"""
From bytes to text, for every format that is text.

1. A byte order mark decides.
2. Else it is UTF-8, as nearly everything is today: what decodes as UTF-8 is nothing else.
3. Else what the server declared it to be.
4. Else windows-1252, where the result reads like text; a warning names what was assumed.

What is none of these is refused: guessing further would put wrong words into a mail.
"""

from __future__ import annotations

import codecs
import re

from pipeline.errors import LoadError
from pipeline.models.article import Warning

#: Byte order marks; UTF-32 stands first, for its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

#: How files begin that are often taken for text, and what they are.
_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive, as Word and LibreOffice write them"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "a document of old Microsoft Office"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
)

#: Control characters that no text needs: all of C0 but tab, line feed, form feed and carriage return, and DEL.
_CONTROL = re.compile(r"[\x01-\x08\x0b\x0e-\x1f\x7f]")
#: More than this share of control characters is no text.
_CONTROL_SHARE = 0.05

#: A letter of windows-1252 beyond ASCII, beside at least one ASCII letter, as in "Café" and "über".
_LETTER_IN_WORD = re.compile(r"[A-Za-z][À-ÖØ-öø-ÿŒœŠšŽžŸ]|[À-ÖØ-öø-ÿŒœŠšŽžŸ][A-Za-z]")
#: The signs beyond ASCII that texts in windows-1252 are full of.
_USUAL_SIGN = re.compile(r"[\xa0€…‘’“”•–—™¡£§©«®°±²³·¹º»½¿]")
#: A well-formed UTF-8 sequence of two to four bytes.
_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)


def decode(
    content: bytes, address: str, *, charset: str | None = None
) -> tuple[str, tuple[Warning, ...]]:
    """
    Return the text of *content*, and a warning if its encoding had to be assumed.

    Line ends become line feeds; the byte order mark goes; a stray control character becomes a space.

    Args:
        address: Names the source in messages.
        charset: The encoding a server declared.

    Raises:
        LoadError: It is binary, or in an encoding that cannot be told.
    """
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            raise LoadError(f"{address}: this is {kind}, not text. Save the article as plain text.")
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            text = _strict(content[len(mark) :], encoding, address)
            return _clean(text, address), ()
    declared = _declared(content, charset)
    if b"\0" in content and declared is None:
        raise LoadError(_binary(address))
    try:
        text = content.decode("utf-8")
        return _clean(declared if "\0" in text and declared is not None else text, address), ()
    except UnicodeDecodeError as error:
        if declared is not None:
            return _clean(declared, address), ()
        return _assumed(content, error.start, address)


def _declared(content: bytes, charset: str | None) -> str | None:
    """Return *content* decoded as declared, or nothing if that is unknown or wrong."""
    if charset is None:
        return None
    try:
        return content.decode(charset)
    except (LookupError, ValueError):
        return None


def _strict(content: bytes, encoding: str, address: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise LoadError(
            f"{address}: it is marked as {encoding.upper()[:6].rstrip('-')} but cannot be decoded "
            f"at byte {error.start}. Save it again as UTF-8."
        ) from error


def _assumed(content: bytes, start: int, address: str) -> tuple[str, tuple[Warning, ...]]:
    """Decode *content*, which is not UTF-8 from byte *start* on, as windows-1252 if that reads like text."""
    text = _windows_1252(content)
    if text is None:
        line = content.count(b"\n", 0, start) + 1
        raise LoadError(
            f"{address}, line {line}: the text is not UTF-8, and no other encoding fits it. "
            "Save the file again as UTF-8."
        )
    message = (
        f"{address}: the text is not UTF-8; windows-1252 was assumed. Save it as UTF-8 to be sure."
    )
    return _clean(text, address), (Warning(code="source.encoding", message=message),)


def _windows_1252(content: bytes) -> str | None:
    """Return *content* as windows-1252, or nothing if it is more likely damaged UTF-8 or no text of that encoding."""
    try:
        text = content.decode("windows-1252")
    except UnicodeDecodeError:  # 81, 8D, 8F, 90 and 9D stand for nothing
        return None
    foreign = sum(byte >= 0x80 for byte in content)
    in_sequences = sum(len(found) for found in _SEQUENCE.findall(content))
    if in_sequences * 2 >= foreign:
        return None
    usual = len(_LETTER_IN_WORD.findall(text)) + len(_USUAL_SIGN.findall(text))
    is_likely = usual * 3 >= foreign and foreign * 3 <= len(content)
    return text if is_likely else None


def _clean(text: str, address: str) -> str:
    controls = len(_CONTROL.findall(text))
    if "\0" in text or controls > _CONTROL_SHARE * len(text):
        raise LoadError(_binary(address))
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return _CONTROL.sub(" ", text) if controls else text


def _binary(address: str) -> str:
    return f"{address}: this is binary data, not text. Name a text file saved as UTF-8."
