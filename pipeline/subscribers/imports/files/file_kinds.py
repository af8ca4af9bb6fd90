"""Tell files that are no CSV, and what to do with them."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.errors import ConfigError

_HEAD_BYTES = 4096
_SAVE_AS_CSV = "Open it in a spreadsheet program and save it as CSV (UTF-8), then import that file."

#: What files of a kind begin with, what they are, and what to do.
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF", "Export the subscribers as CSV from the system they are in."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (.xls)", _SAVE_AS_CSV),
    (b"\x09\x08", "an Excel workbook (.xls)", _SAVE_AS_CSV),
    (b"\x1f\x8b", "compressed (gzip)", "Unpack it first, then import the CSV file in it."),
    (b"BZh", "compressed (bzip2)", "Unpack it first, then import the CSV file in it."),
    (b"\xfd7zXZ", "compressed (xz)", "Unpack it first, then import the CSV file in it."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it first, then import the CSV files in it."),
    (b"Rar!", "a RAR archive", "Unpack it first, then import the CSV files in it."),
    (
        b"SQLite format 3\x00",
        "a SQLite database",
        "Export its table as CSV, then import that file.",
    ),
    (
        b"{\\rtf",
        "a text document (RTF)",
        "Export the subscribers as CSV from the system they are in.",
    ),
    (b"PAR1", "a Parquet file", "Convert it to CSV, then import that file."),
    (b"\x89PNG", "a picture", "Export the subscribers as CSV from the system they are in."),
    (b"\xff\xd8\xff", "a picture", "Export the subscribers as CSV from the system they are in."),
    (
        b"BEGIN:VCARD",
        "an address book (vCard)",
        "Export the contacts as CSV from the address book.",
    ),
    (b"From ", "a mailbox", "Export the subscribers as CSV from the system they are in."),
)
_MARKUP = re.compile(
    rb"\s*<(?:!doctype html|html|table|head|body|meta|\?xml|div|style)", re.IGNORECASE
)
_XML_SPREADSHEET = re.compile(rb"urn:schemas-microsoft-com:office:spreadsheet|mso-application")
_JSON = re.compile(rb"\s*(?:\[\s*[\[{\"\]]|\{\s*[\"}])")


def refuse_other_kinds(path: Path) -> None:
    """
    Check that the file at *path* can be a CSV file.

    Raises:
        ConfigError: It is a workbook, an archive, a web page or another kind of file; the message says what to do.
        OSError: It cannot be read.
    """
    if path.is_dir():
        raise ConfigError(f"{path}: this is a folder. Name the CSV file in it.")
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    found = _recognize(head, path)
    if found:
        kind, advice = found
        raise ConfigError(f"{path}: this is {kind}, not a CSV file. {advice}")


def _recognize(head: bytes, path: Path) -> tuple[str, str] | None:
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _recognize_zip(head, path)
    for signature, kind, advice in _SIGNATURES:
        if head.startswith(signature):
            return kind, advice
    text = head.removeprefix(b"\xef\xbb\xbf")
    if _XML_SPREADSHEET.search(text):
        return "an Excel workbook (XML)", _SAVE_AS_CSV
    if _MARKUP.match(text):
        return (
            "a web page (HTML or XML), whatever its name says",
            "Open it in a spreadsheet program and save the table as CSV (UTF-8), or export it as CSV.",
        )
    if _JSON.match(text):
        return "JSON", "Export the subscribers as CSV instead."
    return None


def _recognize_zip(head: bytes, path: Path) -> tuple[str, str]:
    if b"mimetypeapplication/vnd.oasis.opendocument" in head:
        return "an OpenDocument file (.ods)", _SAVE_AS_CSV
    names = _list_names(path)
    if any(name.startswith(("xl/", "[Content_Types]")) for name in names):
        return "an Excel workbook (.xlsx)", _SAVE_AS_CSV
    if any(name.startswith("Index/") and name.endswith(".iwa") for name in names):
        return "a Numbers spreadsheet", "Export it from Numbers as CSV, then import that file."
    tables = [name for name in names if name.lower().endswith((".csv", ".tsv", ".txt"))]
    advice = "Unpack it first, then import each CSV file in it"
    if tables:
        shown = ", ".join(tables[:5])
        advice += f" ({shown}{', …' if len(tables) > 5 else ''})"
    return "a ZIP archive", f"{advice}; files of unsubscribed and cleaned addresses too."


def _list_names(path: Path) -> list[str]:
    from zipfile import BadZipFile, ZipFile

    try:
        with ZipFile(path) as archive:
            return [name for name in archive.namelist()[:1000] if not name.startswith("__MACOSX")]
    except (BadZipFile, OSError, ValueError, NotImplementedError):
        return []
