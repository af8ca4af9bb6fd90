"""Decode a source, with a warning where its encoding had to be assumed or parts of it cannot be read."""

from __future__ import annotations

import re

from pipeline.errors import LoadError
from pipeline.models.article import LoadWarning
from pipeline.text_encoding import DecodedText, TextEncodingError, decode

#: How files begin that are often taken for text, and what they are.
_SIGNATURES = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive, as Word and LibreOffice write them"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "an old Microsoft Office document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
)

#: Control characters that no text needs: all of C0 but tab, line feed, form feed and carriage return, DEL, and two
#: that are no characters.
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")
#: More than this share of control characters is no text.
_CONTROL_SHARE = 0.05
#: Browsers show a page with a few of them, however short it is.
_TOLERATED_IN_PAGES = 4

#: A declaration is looked for this far into a page (WHATWG HTML §13.2.3.2 asks for 1024).
_PRESCAN_BYTES = 4096
_META = re.compile(rb"<meta\s[^>]{0,512}?charset\s*+=\s*+[\"']?\s*+([\w.:-]+)", re.IGNORECASE)
_XML = re.compile(rb"<\?xml\s[^>]{0,256}?encoding\s*+=\s*+[\"']([\w.:-]+)", re.IGNORECASE)
#: What a page that declares these in ASCII is in (WHATWG HTML §13.2.3.2).
_READ_AS = {
    "utf-16": "utf-8",
    "utf-16le": "utf-8",
    "utf-16be": "utf-8",
    "x-user-defined": "windows-1252",
}


def decode_text(
    content: bytes, address: str, *, charset: str | None = None
) -> tuple[str, tuple[LoadWarning, ...]]:
    """
    Return the text of *content*, and a warning if its encoding had to be assumed.

    Line ends become line feeds; a stray control character becomes a space. *address* names the source in messages,
    *charset* is the encoding that a server declared. Binary and damaged data, and encodings that cannot be told, are
    refused.
    """
    _refuse_binary(content, address, "Save the article as plain text.")
    try:
        decoded = decode(content, [charset] if charset else [])
    except TextEncodingError as error:
        raise LoadError(_explain(error, content, address)) from error
    if "\0" in decoded.text or _is_binary(decoded.text):
        raise LoadError(
            f"{address}: this is binary data, not text. Name a text file saved as UTF-8."
        )
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    return _CONTROL.sub(" ", text), _warn(address, decoded)


def decode_page(
    content: bytes, address: str, *, charset: str | None = None
) -> tuple[str, tuple[LoadWarning, ...]]:
    """
    Return the text of a web page as browsers read it, and a warning if parts of it cannot be read or were assumed.

    The *charset* that the server declared comes before the page's own declaration. Binary data is refused.
    """
    _refuse_binary(content, address, "Save the page as HTML, then try again.")
    head = content[:_PRESCAN_BYTES]
    labels = [
        m[1].decode("ascii").lower()
        for p in (_XML, _META)
        if (m := p.search(head)) and m[1].isascii()
    ]
    labels = [_READ_AS.get(label, label) for label in labels]
    decoded = decode(content, [charset, *labels] if charset else labels, is_lenient=True)
    if _is_binary(decoded.text, tolerated=_TOLERATED_IN_PAGES):
        raise LoadError(
            f"{address}: this is binary data, not a web page. Save the page as HTML, then try again."
        )
    text = _CONTROL.sub(" ", decoded.text)
    if "\ufffd" in text:
        message = f"{address}: some characters cannot be read, because the page is not in the encoding it declares."
        return text, (LoadWarning(code="source.encoding", message=f"{message} Save it as UTF-8."),)
    return text, _warn(address, decoded)


def _refuse_binary(content: bytes, address: str, hint: str) -> None:
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            raise LoadError(f"{address}: this is {kind}, not text. {hint}")


def _is_binary(text: str, *, tolerated: int = 0) -> bool:
    return len(_CONTROL.findall(text)) > _CONTROL_SHARE * len(text) + tolerated


def _warn(address: str, decoded: DecodedText) -> tuple[LoadWarning, ...]:
    if not (decoded.example or decoded.unknown_label):
        return ()
    message = f"{address}: "
    if decoded.unknown_label:
        label = decoded.unknown_label[:40]
        message += (
            f'"{label}" is declared, which is no encoding of text; {decoded.encoding} was read'
        )
    else:
        message += "the text is not UTF-8; windows-1252 was assumed"
    if decoded.example:
        message += f", so that it says “{decoded.example}”"
    message += ". If that is wrong, save it as UTF-8."
    return (LoadWarning(code="source.encoding", message=message),)


def _explain(error: TextEncodingError, content: bytes, address: str) -> str:
    if error.encoding is not None:
        name = error.encoding.upper()[:6].rstrip("-")
        return f"{address}: it is marked as {name} but is damaged at byte {error.offset}. Save it again as UTF-8."
    line = content.count(b"\n", 0, error.offset) + 1
    return (
        f"{address}, line {line}: the text is not UTF-8, and no other encoding fits it. "
        "Save the file again as UTF-8."
    )
