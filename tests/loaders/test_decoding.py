"""From bytes to text: what is decoded, what is assumed, what is refused."""

from __future__ import annotations

import pytest

from pipeline.errors import LoadError
from pipeline.loaders.shared.decode import decode_page, decode_text

TEXT = "Le café du môle – “fermé” depuis 1921, 5 € l’entrée.\n"


def refusal(content: bytes) -> str:
    """Return the sentence *content* is refused with."""
    with pytest.raises(LoadError) as caught:
        decode_text(content, "article.txt")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("article.txt")
    return message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode(encoding: str) -> None:
    """UTF-8, and UTF-16 and UTF-32 with a byte order mark, are decoded without a word."""
    assert (TEXT, ()) == decode_text(TEXT.encode(encoding), "article.txt")


@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-32-be"])
def test_big_endian(encoding: str) -> None:
    """The byte order mark tells the order."""
    assert (TEXT, ()) == decode_text(("\ufeff" + TEXT).encode(encoding), "article.txt")


def test_windows_1252_is_assumed() -> None:
    """Text of an old program is decoded, and a warning names the encoding that was assumed."""
    text, warnings = decode_text(TEXT.encode("windows-1252"), "article.txt")

    assert TEXT == text
    assert ["source.encoding"] == [warning.code for warning in warnings]
    assert "windows-1252" in warnings[0].message


def test_what_a_server_declares() -> None:
    """The encoding a server declared is used where the bytes are not UTF-8; an unknown or wrong one is not."""
    polish = "Zażółć gęślą jaźń.\n"

    assert (polish, ()) == decode_text(polish.encode("iso-8859-2"), "a.txt", charset="iso-8859-2")
    assert (polish, ()) == decode_text(polish.encode(), "a.txt", charset="iso-8859-2")
    assert (polish, ()) == decode_text(polish.encode("utf-16-le"), "a.txt", charset="utf-16-le")
    assert TEXT == decode_text(TEXT.encode("windows-1252"), "a.txt", charset="x-unknown")[0]
    assert TEXT == decode_text(TEXT.encode("windows-1252"), "a.txt", charset="utf-8")[0]


def test_line_ends() -> None:
    """Line ends of every system become line feeds."""
    assert "a\nb\nc\nd" == decode_text(b"a\r\nb\rc\nd", "article.txt")[0]


def test_a_stray_control_character_becomes_a_space() -> None:
    """A page break of an old printer or a bell parts words and harms nothing."""
    assert (
        "one two\tthree " + "x" * 60
        == decode_text(b"one\x02two\tthree\x1b" + b"x" * 60, "a.txt")[0]
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7\n%stuff", "a PDF document"),
        (b"PK\x03\x04word/document.xml", "a ZIP archive"),
        (b"{\\rtf1\\ansi Hello}", "an RTF document"),
        (b"\x89PNG\r\n\x1a\n\x00", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"one\x00two", "binary data"),
        (b"\x01\x02\x03\x04text", "binary data"),
        ("\ufeffone\x00two".encode("utf-16"), "binary data"),
        (b"\xff\xfea\x00b", "UTF-16"),
        (b"first line\nsecond \xc3\xa9 line\nthird \xc3 line \xc3\xa9", "line 3"),
        (bytes(range(128, 256)) * 4, "UTF-8"),
        ("Пристань".encode("koi8-r"), "UTF-8"),
    ],
)
def test_refused(content: bytes, words: str) -> None:
    """What is no text, damaged, or in an encoding that cannot be told is refused in one sentence."""
    assert words in refusal(content)


@pytest.mark.parametrize(
    "label", ["rot13", "idna", "punycode", "base64", "unicode_escape", "hex", "zlib", "nonsense"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252"])
def test_a_declaration_that_is_no_encoding_of_text(label: str, encoding: str) -> None:
    """A codec of another kind is passed over, with a warning that names it and what was read instead."""
    page = f'<html><head><meta charset="{label}"></head><body>Le café du môle</body></html>'
    text, warnings = decode_page(page.encode(encoding), "page.html")
    assert "Le café du môle" in text
    assert ["source.encoding"] == [warning.code for warning in warnings]
    assert f'"{label}" is declared' in warnings[0].message and encoding in warnings[0].message


def test_a_declaration_that_nearly_is_one_of_utf_8() -> None:
    """MySQL's name for UTF-8 is no reason to warn."""
    page = '<html><head><meta charset="utf8mb4"></head><body>Le café du môle</body></html>'
    assert () == decode_page(page.encode(), "page.html")[1]
