"""
Read a composed message back, for services that take its texts and write a message of their own.

The composed octets stay the single truth: what a service is told is what stands in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message as Part
from email.utils import parseaddr
from typing import Any, cast

from pipeline.errors import UnsupportedFeature
from pipeline.models.address import Address
from pipeline.models.message import Message

_FOLD = re.compile(r"\r?\n(?=[ \t])")

#: What services are told by other means than as a header field, or write anew.
_NOT_CUSTOM = (
    frozenset({"from", "to", "reply-to", "subject", "date", "message-id"})
    | {
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "dkim-signature",  # ours would cover octets that nobody will see; the service signs what it wrote
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A picture inside the letter, in base64 without line ends."""

    content_id: str
    media_type: str
    filename: str
    base64: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """
    A message as its reader sees it.

    Args:
        sender: As written in From, the name encoded or quoted as RFC 5322 has it; so too *to* and *reply_to*.
        text: With `\\n` line ends; "" if there is none. So too *html*.
        headers: All other fields that a service can be told, unfolded.
    """

    sender: str
    to: str
    reply_to: str
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    images: tuple[Image, ...]

    def header_map(self, service: str) -> dict[str, str]:
        """
        Return the other fields by name.

        Raises:
            UnsupportedFeature: One name stands there twice.
        """
        found = dict(self.headers)
        if len(found) < len(self.headers):
            raise UnsupportedFeature(
                f"{service} cannot send two header fields of one name. Send by SMTP, or drop one of them."
            )
        return found


def read_letter(message: Message, service: str) -> Letter:
    """
    Read *message* for *service*.

    Raises:
        UnsupportedFeature: It holds a part that is neither text, HTML nor a picture inside the letter.
    """
    root = message_from_bytes(message.content)
    texts: dict[str, str] = {}
    images: list[Image] = []
    for part in root.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        is_inline = part.get_content_disposition() != "attachment"
        if kind in ("text/plain", "text/html") and is_inline and kind not in texts:
            texts[kind] = _text(part)
        elif kind.startswith("image/") and is_inline and part["Content-ID"]:
            images.append(_image(part))
        else:
            name = part.get_filename() or kind
            raise UnsupportedFeature(
                f"{service} is given texts and pictures inside the letter only, but {name!r} is attached to it. "
                "Send by SMTP, or link to it instead."
            )
    return Letter(
        sender=_unfolded(root["From"]),
        to=_unfolded(root["To"]),
        reply_to=_unfolded(root["Reply-To"]),
        subject=decoded(_unfolded(root["Subject"])),
        text=texts.get("text/plain", ""),
        html=texts.get("text/html", ""),
        headers=tuple(
            (name, _unfolded(value))
            for name, value in root.items()
            if name.lower() not in _NOT_CUSTOM
        ),
        images=tuple(images),
    )


def mailbox(field: str) -> Address:
    """Return the one address in a field, its name decoded."""
    name, email = parseaddr(field)
    return Address(email=email, name=decoded(name))


def decoded(text: str) -> str:
    """
    Return *text* with its encoded-words read (RFC 2047).

    Python's newer parser puts a space between two words of a name; this older one does not.
    """
    return str(make_header(decode_header(text))) if "=?" in text else text


def _unfolded(value: Any) -> str:  # Any: null, or what the parser made of odd octets
    return _FOLD.sub("", str(value)).strip() if value is not None else ""


def _text(part: Part[str, str]) -> str:
    content = cast("bytes", part.get_payload(decode=True))
    charset = part.get_content_charset("utf-8")
    try:
        return content.decode(charset).replace("\r\n", "\n")
    except (LookupError, UnicodeDecodeError):
        raise UnsupportedFeature(
            f"A text of the letter is not in {charset}, as it says of itself. Please report this."
        ) from None


def _image(part: Part[str, str]) -> Image:
    media_type = part.get_content_type()
    content_id = str(part["Content-ID"]).strip().strip("<>")
    filename = part.get_filename() or f"{content_id}.{media_type.partition('/')[2]}"
    encoded = str(part.get_payload())
    if (part["Content-Transfer-Encoding"] or "").lower() != "base64":
        import base64

        encoded = base64.b64encode(cast("bytes", part.get_payload(decode=True))).decode("ascii")
    return Image(
        content_id=content_id,
        media_type=media_type,
        filename=filename,
        base64="".join(encoded.split()),
    )
