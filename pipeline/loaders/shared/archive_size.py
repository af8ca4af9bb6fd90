"""Limit what a zip-based document (Word, OpenDocument, EPUB) unpacks to, whatever its parts are called."""

from __future__ import annotations

import io
import zipfile

from pipeline.errors import LoadError

#: The most bytes that all parts of a document unpack to, pictures included.
MAX_BYTES = 250 * 1024 * 1024
#: The most bytes of all parts that are no pictures: text, styles, settings. A novel has two million.
MAX_TEXT_BYTES = 24 * 1024 * 1024
#: The most parts.
MAX_PARTS = 10_000
#: The first bytes of parts that are stored as they are and never parsed.
_MEDIA_MAGIC = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"II*\x00",
    b"MM\x00*",
    b"BM",
    b"\xd7\xcd\xc6\x9a",
    b"\x01\x00\x00\x00",
    b"\x00\x01\x00\x00",
    b"OTTO",
    b"wOF",
    b"%PDF",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"ID3",
)


def check_archive_size(content: bytes, location: str) -> None:
    """
    Raise `LoadError` if the zip archive *content* is larger unpacked than a document can be; pass what is no archive.

    The sizes are those its directory declares; `zipfile` and pandoc read no more than that.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            total = sum(part.file_size for part in parts)
            if len(parts) > MAX_PARTS or total > MAX_BYTES:
                raise _build_error(location)
            if total <= MAX_TEXT_BYTES:
                return
            text = sum(part.file_size for part in parts if not _is_media(archive, part))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
        return  # the loader says what is wrong with it
    if text > MAX_TEXT_BYTES:
        raise _build_error(location)


def _is_media(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    with archive.open(part) as file:
        return file.read(8).startswith(_MEDIA_MAGIC)


def _build_error(location: str) -> LoadError:
    return LoadError(
        f"{location}: it is too large when unpacked. Save it again without what is not the article, or copy its text."
    )
