"""
The structure of a message (RFC 2045, 2046, 2387): what stands between its headers and its texts.

    multipart/alternative
    ├── text/plain
    └── text/html                or   multipart/related
                                      ├── text/html
                                      └── image/…, one or more

A boundary holds `=_`, which neither quoted-printable nor base64 can produce (RFC 2045 §6.7), so that no text, value or
picture can hold it.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import quote as percent_encode

from pipeline.errors import ComposeError
from pipeline.mail.field_values import clean
from pipeline.mail.headers import field
from pipeline.models.edition import Edition, InlineImage

_CONTENT_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]{1,200}")
_MEDIA_TYPE = re.compile(r"image/[a-z0-9][a-z0-9.+-]{0,60}")
_PLAIN_FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}")
_SECTION_CHARACTERS = 54  # with ` filename*10*=utf-8''` below 78
_NOT_IN_FILENAMES = re.compile(r'[/\\:*?"<>|]')  # a path, or more than some file systems take


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """
    What stands around the two texts of an edition.

    Args:
        head: From MIME-Version to the empty line before the text part.
        middle: From the end of the text part to the empty line before the HTML part.
        tail: From the end of the HTML part to the end of the message, pictures included.
    """

    head: bytes
    middle: bytes
    tail: bytes


def frame(edition: Edition) -> Frame:
    """
    Build the frame of *edition*, the same for every reader.

    Raises:
        ComposeError: A picture's content id or media type cannot stand in a header.
    """
    mark = edition.digest[:32].encode()
    outer, inner = b"=_alternative-" + mark, b"=_related-" + mark
    head = field("MIME-Version", b"1.0") + _multipart(b"alternative", outer) + _text(b"plain")
    if not edition.images:
        return Frame(head=head, middle=_next(outer) + _text(b"html"), tail=_last(outer))
    images = b"".join(_next(inner) + _image(image) for image in edition.images)
    related = _multipart(b'related; type="text/html"', inner) + _text(b"html")
    return Frame(
        head=head,
        middle=_next(outer) + related,
        tail=images + _last(inner) + _last(outer),
    )


def _multipart(subtype: bytes, boundary: bytes) -> bytes:
    """Return the header of a multipart and the line that opens its first part."""
    value = b'multipart/%s;\r\n boundary="%s"' % (subtype, boundary)
    return field("Content-Type", value) + b"\r\n--" + boundary + b"\r\n"


def _next(boundary: bytes) -> bytes:
    return b"\r\n--" + boundary + b"\r\n"


def _last(boundary: bytes) -> bytes:
    return b"\r\n--" + boundary + b"--\r\n"


def _text(subtype: bytes) -> bytes:
    media_type = field("Content-Type", b'text/%s; charset="utf-8"' % subtype)
    return media_type + field("Content-Transfer-Encoding", b"quoted-printable") + b"\r\n"


def _image(image: InlineImage) -> bytes:
    if not _CONTENT_ID.fullmatch(image.content_id) or not _MEDIA_TYPE.fullmatch(image.media_type):
        raise ComposeError(
            f"The picture {image.filename!r} has the content id {image.content_id!r} and the media type "
            f'{image.media_type!r}: a header cannot hold them. They should read like "chart-1" and "image/png".'
        )
    heads = (
        field("Content-Type", image.media_type.encode()),
        field("Content-Transfer-Encoding", b"base64"),
        field("Content-ID", b"<%s>" % image.content_id.encode()),
        field("Content-Disposition", b"inline" + _filename(image.filename)),
    )
    lines = base64.encodebytes(image.content).rstrip(b"\n").replace(b"\n", b"\r\n")
    return b"".join(heads) + b"\r\n" + lines


def _filename(name: str) -> bytes:
    """Return the parameter `filename`, in the sections of RFC 2231 where it is long or not plain ASCII."""
    name = _NOT_IN_FILENAMES.sub("_", clean(name)).strip()
    if not name:
        return b""
    if _PLAIN_FILENAME.fullmatch(name):
        return f';\r\n filename="{name}"'.encode()
    first, *rest = _sections(name)
    if not rest:
        return f";\r\n filename*=utf-8''{first}".encode()
    numbered = [
        f"*0*=utf-8''{first}",
        *(f"*{number}*={part}" for number, part in enumerate(rest, 1)),
    ]
    return "".join(f";\r\n filename{section}" for section in numbered).encode()


def _sections(name: str) -> list[str]:
    """Percent-encode *name* in sections, none of which ends inside a character: Python decodes each by itself."""
    sections = [""]
    for character in name:
        encoded = percent_encode(character, safe="")
        if len(sections[-1]) + len(encoded) > _SECTION_CHARACTERS:
            sections.append("")
        sections[-1] += encoded
    return sections
