"""
Take a message apart, in bounded time and memory.

Read are the first 2 MB, 60 parts and 20 levels; a header or part that would take the parser long is read as plain text.
Attachments are not unpacked.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import email
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as MimePart

from pipeline.inbound.reading.foreign_header import MAX_HEADER_BYTES, HeaderFields, decode_bytes
from pipeline.text_encoding import TextEncodingError, decode

#: What follows is not read; a delivery report and its reasons stand at the beginning.
MAX_BYTES = 2 * 1024 * 1024
_MAX_PARTS = 60
_MAX_DEPTH = 20
#: Of the text that a person or a server wrote.
_MAX_TEXT_CHARACTERS = 100_000
#: Python's parser takes time quadratic in the length of these fields, and linear in the open boundaries for each line.
_LONG_FIELD = re.compile(rb"(?i)(?:^|\n)content-[a-z-]+:(?:[^\n]|\n[ \t]){4000}")
_BOUNDARY = re.compile(rb"(?i)boundary[ \t]*=")

_REPORT_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_FEEDBACK_TYPES = frozenset({"message/feedback-report"})
_READ_RECEIPT_TYPES = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}
)
_ORIGINAL_TYPES = frozenset(
    {"message/rfc822", "message/global", "message/partial", "message/external-body"}
    | {"text/rfc822-headers", "text/rfc822-header", "message/rfc822-headers"}
    | {"message/global-headers"}
)
_HEADER_LINE = re.compile(
    r"(?im)^(?:received|return-path|dkim-signature|message-id|mime-version|arc-seal|x-[a-z-]{3,40}): ?"
)
#: What mail without a charset uses where it switches between alphabets by escape sequences.
_JAPANESE = "iso-2022-jp"
_TAG = re.compile(r"<(?:[a-zA-Z/!?])[^<>]{0,2000}>")
_HIDDEN = re.compile(r"(?i)<(style|script|head)\b")
#: White space that says nothing, and costs a lot where patterns search through it.
_BLANKS = re.compile(r"[ \t]{40,}")
_EMPTY_LINES = re.compile(r"\n(?:[ \t]*\n){3,}")
_BREAK = re.compile(r"(?i)<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote)\b[^<>]{0,200}>")


@dataclass(frozen=True, kw_only=True, slots=True)
class MimeContent:
    """
    The pieces of a message that matter here.

    Args:
        header: The message's own.
        text: What a person or a server wrote, without the message that it returns.
        status: The fields of delivery reports (RFC 3464), as text; "" without any.
        feedback: The fields of a feedback report (RFC 5965), as text; "" without one.
        original: The header of the message that it returns, as far as it does.
        is_read_receipt: Whether it reports what a person did with a message (RFC 8098).
    """

    header: HeaderFields
    text: str
    status: str
    feedback: str
    original: HeaderFields
    is_read_receipt: bool


def read_content(content: bytes) -> MimeContent:
    """Return the pieces of the message *content*."""
    content = content[:MAX_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n")
    head, body = _split_header(content)
    header = HeaderFields(decode_bytes(head))
    parts = _Parts()
    if _is_risky(content):
        parts.add_text(decode_bytes(body))
    else:
        _read_parts(content, parts)
    return MimeContent(
        header=header,
        text=_squeeze("\n".join(parts.texts)[:_MAX_TEXT_CHARACTERS]),
        status="\n\n".join(parts.status)[:_MAX_TEXT_CHARACTERS],
        feedback="\n\n".join(parts.feedback)[:_MAX_TEXT_CHARACTERS],
        original=HeaderFields(parts.original),
        is_read_receipt=parts.is_read_receipt,
    )


class _Parts:
    """Collects the pieces while the parts are walked through."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.htmls: list[str] = []
        self.status: list[str] = []
        self.feedback: list[str] = []
        self.original = ""
        self.is_read_receipt = False
        self._size = 0

    def add_text(self, text: str) -> None:
        """Keep *text*, as long as there is not too much of it."""
        if self._size < _MAX_TEXT_CHARACTERS:
            self.texts.append(text[:_MAX_TEXT_CHARACTERS])
            self._size += len(text)


def _split_header(content: bytes) -> tuple[bytes, bytes]:
    head, _, body = content.partition(b"\n\n")
    if len(head) > MAX_HEADER_BYTES:
        return head[:MAX_HEADER_BYTES], body
    return head, body


def _is_risky(content: bytes) -> bool:
    return (
        len(_split_header(content)[0]) >= MAX_HEADER_BYTES
        or len(_BOUNDARY.findall(content)) > _MAX_PARTS
        or _LONG_FIELD.search(content) is not None
    )


def _read_parts(content: bytes, parts: _Parts) -> None:
    try:
        message = email.message_from_bytes(content)
        for part in _walk(message):
            _read_part(part, parts)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        # The standard library's parser raises these for some broken messages.
        parts.add_text(decode_bytes(_split_header(content)[1]))
    if not parts.texts and parts.htmls:
        parts.add_text(_strip_html("\n".join(parts.htmls)))
    if not (parts.texts or parts.status or parts.feedback):
        parts.add_text(decode_bytes(_split_header(content)[1]))


def _walk(message: MimePart) -> Iterator[MimePart]:
    """Yield the parts that have no parts, and reports and returned messages as a whole."""
    stack = [(message, 0)]
    count = 0
    while stack and count < _MAX_PARTS:
        part, depth = stack.pop()
        count += 1
        children = part.get_payload()
        is_whole = part.get_content_maintype() != "multipart"
        if is_whole or not isinstance(children, list):
            yield part
        elif depth < _MAX_DEPTH:
            found = [child for child in children if isinstance(child, MimePart)]
            stack.extend((child, depth + 1) for child in reversed(found))


def _read_part(part: MimePart, parts: _Parts) -> None:
    kind = part.get_content_type()
    if kind in _REPORT_TYPES:
        parts.status.append(_read_fields(part))
    elif kind in _FEEDBACK_TYPES:
        parts.feedback.append(_read_fields(part))
    elif kind in _READ_RECEIPT_TYPES:
        parts.is_read_receipt = True
    elif kind in _ORIGINAL_TYPES:
        parts.original = parts.original or _read_original(part)
    elif part.get_content_maintype() in {"text", "multipart"}:
        _read_text(part, kind, parts)


def _read_text(part: MimePart, kind: str, parts: _Parts) -> None:
    text = _decode_text(part)
    disposition = str(part.get("Content-Disposition", "")).strip().lower()
    if disposition.startswith("attachment"):
        if not parts.original and _HEADER_LINE.search(text[:4000]):
            parts.original = text[:MAX_HEADER_BYTES].lstrip("\n").partition("\n\n")[0]
    elif kind == "text/html":
        parts.htmls.append(text[:_MAX_TEXT_CHARACTERS])
    else:
        parts.add_text(text)


def _decode_text(part: MimePart) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    charset = part.get_content_charset() or (_JAPANESE if b"\x1b$" in content else None)
    try:
        return decode(content, [charset] if charset else (), is_lenient=True).text
    except (TextEncodingError, ValueError):
        return decode_bytes(content)


def _read_fields(part: MimePart) -> str:
    """Return the blocks of fields in *part*, which the parser took for messages, with empty lines between."""
    payload = part.get_payload()
    blocks = payload if isinstance(payload, list) else [payload]
    text = "\n\n".join(_write_block(block) for block in blocks)
    if str(part.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        with contextlib.suppress(binascii.Error, ValueError):
            text = decode_bytes(base64.b64decode("".join(text.split()), validate=True))
    return text.replace("\r\n", "\n")


def _write_block(block: object) -> str:
    if isinstance(block, MimePart):
        lines = [f"{name}: {value}" for name, value in block.items()]
        rest = block.get_payload()
        return "\n".join([*lines, rest if isinstance(rest, str) else ""]).strip("\n")
    return str(block)


def _read_original(part: MimePart) -> str:
    """Return the header of a returned message, or of what a part of text says it is."""
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], MimePart):
        return "\n".join(f"{name}: {value}" for name, value in payload[0].items())
    text = payload if isinstance(payload, str) else ""
    if part.get("Content-Transfer-Encoding") and part.get_content_maintype() == "text":
        text = _decode_text(part)
    return text[:MAX_HEADER_BYTES].lstrip("\n").partition("\n\n")[0]


def _strip_html(text: str) -> str:
    lower = text.lower()
    kept = []
    begin = 0
    while found := _HIDDEN.search(text, begin):
        kept.append(text[begin : found.start()])
        end = lower.find(f"</{found[1].lower()}", found.end())
        begin = len(text) if end < 0 else end
    text = "".join([*kept, text[begin:]])
    return html.unescape(_TAG.sub(" ", _BREAK.sub("\n", text)))


def _squeeze(text: str) -> str:
    return _EMPTY_LINES.sub("\n\n\n", _BLANKS.sub(" " * 8, text))
