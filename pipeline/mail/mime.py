"""
The MIME structure of a message (RFC 2045, 2046, 2387): everything around its texts.

    multipart/alternative
    ├── text/plain
    └── text/html                or   multipart/related
                                      ├── text/html
                                      └── image/…, one or more

Boundaries contain `=_`, which neither quoted-printable nor base64 can produce (RFC 2045 §6.7), so no text, value or
image can contain one.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from urllib.parse import quote

from pipeline.errors import ComposeError
from pipeline.mail.field_values import clean_value
from pipeline.mail.headers.header_fields import format_field
from pipeline.models.edition import Edition, InlineImage

_CONTENT_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]{1,200}")
_MEDIA_TYPE = re.compile(r"image/[a-z0-9][a-z0-9.+-]{0,60}")
_SIMPLE_FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}")
_FORBIDDEN_IN_FILENAMES = re.compile(
    r'[/\\:*?"<>|]'
)  # path separators and what file systems reject
_SECTION_CHARACTERS = 54  # with ` filename*10*=utf-8''` below 78


@dataclass(frozen=True, kw_only=True, slots=True)
class MimeFrame:
    """
    What surrounds the two texts of an edition.

    Args:
        head: From MIME-Version to the empty line before the text part.
        middle: From the end of the text part to the empty line before the HTML part.
        tail: From the end of the HTML part to the end of the message, images included.
    """

    head: bytes
    middle: bytes
    tail: bytes


def build_mime_frame(edition: Edition) -> MimeFrame:
    """
    Build the frame of *edition*, the same for every recipient.

    Raises:
        ComposeError: An image's content id or media type cannot be written to a header.
    """
    suffix = edition.digest[:32].encode()
    outer, inner = b"=_alternative-" + suffix, b"=_related-" + suffix
    head = (
        format_field("MIME-Version", b"1.0")
        + _open_multipart(b"alternative", outer)
        + _format_text_headers(b"plain")
    )
    html_headers = _format_text_headers(b"html")
    if not edition.images:
        return MimeFrame(
            head=head, middle=_next_part(outer) + html_headers, tail=_close_multipart(outer)
        )
    images = b"".join(_next_part(inner) + _encode_image(image) for image in edition.images)
    related = _open_multipart(b'related; type="text/html"', inner) + html_headers
    return MimeFrame(
        head=head,
        middle=_next_part(outer) + related,
        tail=images + _close_multipart(inner) + _close_multipart(outer),
    )


def _open_multipart(subtype: bytes, boundary: bytes) -> bytes:
    """Return the header of a multipart and the boundary line of its first part."""
    value = b'multipart/%s;\r\n boundary="%s"' % (subtype, boundary)
    return format_field("Content-Type", value) + b"\r\n--" + boundary + b"\r\n"


def _next_part(boundary: bytes) -> bytes:
    return b"\r\n--" + boundary + b"\r\n"


def _close_multipart(boundary: bytes) -> bytes:
    return b"\r\n--" + boundary + b"--\r\n"


def _format_text_headers(subtype: bytes) -> bytes:
    media_type = format_field("Content-Type", b'text/%s; charset="utf-8"' % subtype)
    return media_type + format_field("Content-Transfer-Encoding", b"quoted-printable") + b"\r\n"


def _encode_image(image: InlineImage) -> bytes:
    if not _CONTENT_ID.fullmatch(image.content_id) or not _MEDIA_TYPE.fullmatch(image.media_type):
        raise ComposeError(
            f"The image {image.filename!r} has the content id {image.content_id!r} and the media type "
            f'{image.media_type!r}, which are not valid in a header. Valid are, for example, "chart-1" and "image/png".'
        )
    headers = (
        format_field("Content-Type", image.media_type.encode()),
        format_field("Content-Transfer-Encoding", b"base64"),
        format_field("Content-ID", b"<%s>" % image.content_id.encode()),
        format_field("Content-Disposition", b"inline" + _format_filename(image.filename)),
    )
    lines = base64.encodebytes(image.content).rstrip(b"\n").replace(b"\n", b"\r\n")
    return b"".join(headers) + b"\r\n" + lines


def _format_filename(name: str) -> bytes:
    """Return the parameter `filename`, in sections as of RFC 2231 if it is long or not simple ASCII."""
    name = _FORBIDDEN_IN_FILENAMES.sub("_", clean_value(name)).strip()
    if not name:
        return b""
    if _SIMPLE_FILENAME.fullmatch(name):
        return f';\r\n filename="{name}"'.encode()
    first, *rest = _split_filename(name)
    if not rest:
        return f";\r\n filename*=utf-8''{first}".encode()
    sections = [
        f"*0*=utf-8''{first}",
        *(f"*{number}*={part}" for number, part in enumerate(rest, 1)),
    ]
    return "".join(f";\r\n filename{section}" for section in sections).encode()


def _split_filename(name: str) -> list[str]:
    """Percent-encode *name* in sections that end between characters: Python decodes each on its own."""
    sections = [""]
    for character in name:
        encoded = quote(character, safe="")
        if len(sections[-1]) + len(encoded) > _SECTION_CHARACTERS:
            sections.append("")
        sections[-1] += encoded
    return sections
