"""
The content of a message, for providers that build the MIME message themselves.

It comes from the parts that the message was composed from. A message read from a file has none and is parsed instead,
which takes 25 times as long as composing it.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message as MimePart
from email.utils import parseaddr
from typing import Any, cast

from pipeline.errors import UnsupportedFeature
from pipeline.models.address import Address
from pipeline.models.edition import InlineImage
from pipeline.models.message import Message

_FOLD = re.compile(r"\r?\n(?=[ \t])")

#: Header fields that have a parameter of their own in every API, or that the provider writes itself.
_STANDARD_HEADERS = frozenset(
    {"from", "to", "reply-to", "subject", "date", "message-id"}
    | {"mime-version", "content-type", "content-transfer-encoding"}
    | {"dkim-signature"}  # ours covers bytes that are never sent; the provider signs its own
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiMessage:
    """
    The content of a message as its recipient sees it.

    Args:
        sender: As in From, the name encoded or quoted as in RFC 5322; so are *to* and *reply_to*.
        text: With `\\n` line ends; "" without a text part. So is *html*.
        headers: All other fields that an API can take, unfolded.
        token: See `Message.token`.
    """

    sender: str
    to: str
    reply_to: str
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    images: tuple[InlineImage, ...]
    token: str

    def get_headers(self, service: str) -> dict[str, str]:
        """
        Return the other fields by name.

        Raises:
            UnsupportedFeature: Two of them have the same name.
        """
        headers = dict(self.headers)
        if len(headers) < len(self.headers):
            raise UnsupportedFeature(
                f"{service} cannot send two header fields with the same name. Send by SMTP, or remove one of them."
            )
        return headers


def read_api_message(message: Message, service: str) -> ApiMessage:
    """
    Return the content of *message* for *service*.

    Raises:
        UnsupportedFeature: It has a part that is neither text, HTML nor an inline image.
    """
    if message.build_parts:
        parts = message.build_parts()
        return _build(
            parts.headers,
            text=parts.text,
            html=parts.html,
            images=parts.images,
            token=message.token,
        )
    root = message_from_bytes(message.content)
    headers = tuple((name, _FOLD.sub("", str(value)).strip()) for name, value in root.items())
    texts, images = _parse_parts(root, service)
    return _build(
        headers,
        text=texts.get("text/plain", ""),
        html=texts.get("text/html", ""),
        images=tuple(images),
        token=message.token,
    )


def _build(
    headers: tuple[tuple[str, str], ...],
    *,
    text: str,
    html: str,
    images: tuple[InlineImage, ...],
    token: str,
) -> ApiMessage:
    by_name = {name.lower(): value for name, value in reversed(headers)}
    return ApiMessage(
        sender=by_name.get("from", ""),
        to=by_name.get("to", ""),
        reply_to=by_name.get("reply-to", ""),
        subject=_decode_words(by_name.get("subject", "")),
        text=text,
        html=html,
        headers=tuple((n, value) for n, value in headers if n.lower() not in _STANDARD_HEADERS),
        images=images,
        token=token,
    )


def encode_image(image: InlineImage) -> str:
    """Return the content of *image* in base64, on one line."""
    return base64.b64encode(image.content).decode("ascii")


def parse_mailbox(value: str) -> Address:
    """Return the one address in a header field, its name decoded."""
    name, email = parseaddr(value)
    return Address(email=email, name=_decode_words(name))


def _decode_words(text: str) -> str:
    """
    Return *text* with its encoded-words decoded (RFC 2047).

    Python's newer parser puts a space between two encoded-words of a name; this older one does not.
    """
    return str(make_header(decode_header(text))) if "=?" in text else text


def _parse_parts(
    root: MimePart[str, str], service: str
) -> tuple[dict[str, str], list[InlineImage]]:
    texts: dict[str, str] = {}
    images: list[InlineImage] = []
    for part in root.walk():
        if part.is_multipart():
            continue
        media_type = part.get_content_type()
        is_inline = part.get_content_disposition() != "attachment"
        if media_type in ("text/plain", "text/html") and is_inline and media_type not in texts:
            texts[media_type] = _decode_text(part)
        elif media_type.startswith("image/") and is_inline and part["Content-ID"]:
            images.append(_parse_image(part))
        else:
            name = part.get_filename() or media_type
            raise UnsupportedFeature(
                f"{service} takes texts and inline images only, but {name!r} is attached to the message. Send by SMTP, "
                "or link to it instead."
            )
    return texts, images


def _decode_text(part: MimePart[str, str]) -> str:
    content = cast("bytes", part.get_payload(decode=True))
    charset = part.get_content_charset("utf-8")
    try:
        return content.decode(charset).replace("\r\n", "\n")
    except (LookupError, UnicodeDecodeError):
        raise UnsupportedFeature(
            f"A text of the message is not in {charset}, as its header says. Please report this."
        ) from None


def _parse_image(part: Any) -> InlineImage:  # Any: values of odd headers are no strings
    media_type = part.get_content_type()
    content_id = str(part["Content-ID"]).strip().strip("<>")
    return InlineImage(
        content_id=content_id,
        media_type=media_type,
        filename=part.get_filename() or f"{content_id}.{media_type.partition('/')[2]}",
        content=part.get_payload(decode=True),
    )
