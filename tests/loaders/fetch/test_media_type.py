"""What a page is follows from the server's word, or from the bytes where it says too little."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.loaders.fetch.media_type import (
    FEED,
    HTML,
    MARKDOWN,
    TEXT,
    WORD,
    detect_media_type,
    read_charset,
)
from pipeline.net.fetch_problem import FetchProblem


def word_file() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return file.getvalue()


RSS = b'<?xml version="1.0"?>\n<!-- made <by> hand -->\n<rss version="2.0"><channel/></rss>'
ATOM = b'\xef\xbb\xbf<feed xmlns="http://www.w3.org/2005/Atom"/>'
PAGE = b"\n<!DOCTYPE html>\n<html><body>x"


@pytest.mark.parametrize(
    ("content_type", "content", "path", "expected"),
    [
        ("text/html; charset=utf-8", b"rain", "", HTML),
        ("TEXT/HTML", PAGE, "", HTML),
        ("application/xhtml+xml", b"<html/>", "", HTML),
        ("application/rss+xml", RSS, "", FEED),
        ("application/atom+xml", ATOM, "", FEED),
        ("text/xml", RSS, "", FEED),
        ("application/xml", ATOM, "", FEED),
        ("text/html", RSS, "", FEED),
        ("text/plain", RSS, "", FEED),
        ("text/xml", b"<?xml version='1.0'?><html xmlns='x'/>", "", HTML),
        ("application/rdf+xml", b"<rdf:RDF/>", "", FEED),
        ("text/markdown", b"# Rain", "", MARKDOWN),
        ("text/plain", b"# Rain", "/rain.md?raw=1", MARKDOWN),
        ("text/plain", PAGE, "/rain.md", HTML),
        ("text/plain", b"# Rain", "/rain", TEXT),
        ("text/plain", "<rss".encode("utf-16"), "/rain", FEED),
        ("application/octet-stream", b"rain", "/rain.md", MARKDOWN),
        ("application/octet-stream", b"rain", "/rain", TEXT),
        ("application/octet-stream", word_file(), "/rain", WORD),
        ("application/zip", word_file(), "/rain", WORD),
        (WORD, word_file(), "/rain", WORD),
        ("", PAGE, "", HTML),
        ("", b"rain", "", TEXT),
    ],
)
def test_the_kind_is_settled(content_type: str, content: bytes, path: str, expected: str) -> None:
    """A precise type is believed, a generic one is looked through."""
    assert expected == detect_media_type(content_type, content, f"https://a.example{path}")


@pytest.mark.parametrize(
    ("content_type", "content", "expected"),
    [
        (
            "application/pdf",
            b"%PDF-1.7",
            'it is "application/pdf". Handbill reads web pages (HTML)',
        ),
        ("image/png", b"\x89PNG", 'it is "image/png"'),
        ("application/json", b"{}", 'it is "application/json"'),
        ("", b"\x00\x01", "the server does not say what it is"),
        ("application/octet-stream", b"%PDF-1.7", 'it is "application/octet-stream"'),
        ("application/xml", b"<svg/>", 'it is "application/xml"'),
        ("application/zip", b"PK\x03\x04", 'it is "application/zip"'),
        ("<script>", b"{}", "the server does not say what it is"),
    ],
)
def test_what_nobody_reads_is_refused(content_type: str, content: bytes, expected: str) -> None:
    """Any other kind is refused, and what is read is named."""
    with pytest.raises(FetchProblem) as caught:
        detect_media_type(content_type, content, "https://a.example/x")

    assert expected in str(caught.value)
    assert "Word files (.docx). If it is one of these, add --format." in str(caught.value)


def test_others_may_read_more() -> None:
    """A type that a further loader reads is detected as it is."""
    detected = detect_media_type(
        "application/x-org", b"* Rain", "https://a.example", ["application/x-org"]
    )

    assert "application/x-org" == detected


@given(st.text(), st.binary(), st.text())
def test_nothing_makes_it_stumble(content_type: str, content: bytes, url: str) -> None:
    """Any header and any bytes are detected or refused."""
    read_charset(content_type)
    try:
        detect_media_type(content_type, content, "https://a.example/" + url)
    except FetchProblem:
        return


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/html; charset=UTF-8", "utf-8"),
        ('text/html;charset="iso-8859-1"', "iso-8859-1"),
        ("text/html; CHARSET='windows-1252'; x=y", "windows-1252"),
        ("text/html; charset=none-such", None),
        ("text/html; charset=hex", None),
        ("text/html; charset=utf-7", None),
        ("text/html; charset=unicode_escape", None),
        ("text/html; charset=\0", None),
        ("text/html", None),
        ("", None),
    ],
)
def test_the_charset_is_passed_on_if_it_is_one(content_type: str, expected: str | None) -> None:
    """A charset that cannot be decoded here is as good as none."""
    assert expected == read_charset(content_type)
