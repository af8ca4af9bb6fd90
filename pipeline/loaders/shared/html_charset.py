"""From the bytes of a page to its text, as browsers do it."""

from __future__ import annotations

import codecs
import re

from pipeline.errors import LoadError
from pipeline.models.article import Warning

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: A declaration is looked for this far in (WHATWG HTML §13.2.3.2 asks for 1024).
_PRESCAN_BYTES = 4096
_META = re.compile(rb"<meta\s[^>]{0,512}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\s[^>]{0,256}?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_PARAMETER = re.compile(r";\s*charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
#: What browsers read where these are declared (WHATWG Encoding §4.2).
_READ_AS = {
    "ascii": "windows-1252",
    "us-ascii": "windows-1252",
    "iso-8859-1": "windows-1252",
    "iso8859-1": "windows-1252",
    "latin1": "windows-1252",
    "latin-1": "windows-1252",
    "iso-8859-9": "windows-1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "utf-16": "utf-8",
    "utf-16le": "utf-8",
    "utf-16be": "utf-8",
    "x-user-defined": "windows-1252",
}
_BINARY = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\xd0\xcf\x11\xe0",
    b"{\\rtf",
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")


def decode_page(content: bytes, media_type: str, address: str) -> tuple[str, tuple[Warning, ...]]:
    """
    Return the text of *content*, and a warning if parts of it could not be read.

    A byte order mark decides, then the `charset` of *media_type*, then what the page declares; else it is UTF-8, or
    windows-1252 where it is not.

    Raises:
        LoadError: It is no text.
    """
    if content.startswith(_BINARY):
        raise LoadError(f"{address}: this is no web page. Save the page as HTML, then try again.")
    for sign, encoding in _MARKS:
        if content.startswith(sign):
            return _cleaned(content[len(sign) :].decode(encoding, "replace"), address)
    declared = _declared(content, media_type)
    if declared is None:
        try:
            return _cleaned(content.decode("utf-8"), address)
        except UnicodeDecodeError:
            return _cleaned(content.decode("windows-1252", "replace"), address)
    return _cleaned(content.decode(declared, "replace"), address)


def _declared(content: bytes, media_type: str) -> str | None:
    found = _PARAMETER.search(media_type)
    named = [found[1]] if found else []
    head = content[:_PRESCAN_BYTES]
    named += [
        m[1].decode("ascii") for p in (_XML, _META) if (m := p.search(head)) and m[1].isascii()
    ]
    for name in named:
        known = _known(_READ_AS.get(name.lower(), name.lower()))
        if known:
            return known
    return None


def _known(name: str) -> str | None:
    """Return the codec called *name* if it turns bytes into text."""
    try:
        found = codecs.lookup(name)
        found.decode(b"a")
        "".encode(found.name)
    except (LookupError, ValueError):
        return None
    return found.name if found._is_text_encoding else None


def _cleaned(text: str, address: str) -> tuple[str, tuple[Warning, ...]]:
    controls = len(_CONTROL.findall(text))
    if controls > len(text) // 50 + 4:
        raise LoadError(
            f"{address}: this is binary data, no web page. Save the page as HTML, then try again."
        )
    text = _CONTROL.sub(" ", text) if controls else text
    if "\ufffd" not in text:
        return text, ()
    message = f"{address}: some characters could not be read; its encoding is not what it says. Save it as UTF-8."
    return text, (Warning(code="source.encoding", message=message),)
