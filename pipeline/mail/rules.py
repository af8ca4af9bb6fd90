"""The last look at a message before it travels."""

from __future__ import annotations

import re
from collections import Counter

from pipeline.errors import ComposeError

LINE_OCTETS = 998  # RFC 5322 §2.1.1 and RFC 5321 §4.5.3.1.6, the line's end not counted

#: Header fields of which there is exactly one (RFC 5322 §3.6), and those of which there may be one.
ONCE = ("date", "from", "message-id", "mime-version", "subject", "to")
AT_MOST_ONCE = (
    *("bcc", "cc", "in-reply-to", "references", "reply-to", "sender"),
    *("content-type", "content-transfer-encoding", "list-id"),
    *("list-unsubscribe", "list-unsubscribe-post"),
)

_TO = re.compile(rb"^To:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*\r\n", re.MULTILINE | re.IGNORECASE)
_FIELD = re.compile(rb"[!-9;-~]+: ?[^\r\n]*(?:\r\n[ \t]+[!-~][^\r\n]*)*\r\n")


def lint(content: bytes) -> None:
    """
    Refuse a message that some server on its way would refuse, repair or read differently.

    Raises:
        ComposeError: A line end is no CRLF, an octet outside To is not ASCII, a line is over 998 octets, a header field
            is malformed, missing or doubled, or a List field holds an encoded-word.
    """
    for problem in (_octets(content), _lines(content), _fields(content)):
        if problem:
            raise ComposeError(
                f"The message breaks the rules of mail: {problem}. It was not sent; please report this."
            )


def _octets(content: bytes) -> str:
    ends = content.count(b"\r\n")
    if content.count(b"\n") != ends or content.count(b"\r") != ends:
        return "a line ends in CR or LF alone (RFC 5322 §2.3)"
    if not content.endswith(b"\r\n"):
        return "the last line does not end (RFC 5321 §4.1.1.4)"
    if b"\0" in content or not (content.isascii() or _without_to(content).isascii()):
        return "an octet is NUL or not ASCII (RFC 5321 §2.3.8, RFC 5322 §2.3)"
    return ""


def _without_to(content: bytes) -> bytes:
    """Return *content* without its To, the one field that may hold UTF-8 (RFC 6532): the reader's address."""
    return _TO.sub(b"", content, count=1)


def _lines(content: bytes) -> str:
    for number, line in enumerate(content.split(b"\r\n"), 1):
        if len(line) > LINE_OCTETS:
            return f"line {number} is {len(line)} octets long, {LINE_OCTETS} are allowed (RFC 5322 §2.1.1)"
    return ""


def _fields(content: bytes) -> str:
    head = content.partition(b"\r\n\r\n")[0] + b"\r\n"
    fields = _FIELD.findall(head)
    if b"".join(fields) != head:
        return "a line of the header is no field (RFC 5322 §2.2)"
    names = Counter(field.partition(b":")[0].lower().decode() for field in fields)
    for name in ONCE:
        if names[name] != 1:
            return f"it has {names[name]} {name} fields and needs one (RFC 5322 §3.6)"
    for name in AT_MOST_ONCE:
        if names[name] > 1:
            return f"it has {names[name]} {name} fields and may have one (RFC 5322 §3.6)"
    for field in fields:
        if field[:5].lower() == b"list-" and b"=?" in field:
            return "a List field holds an encoded-word (RFC 2369 §2)"
    return ""
