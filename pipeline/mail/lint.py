"""The final check of a message against the mail standards before it is sent."""

from __future__ import annotations

import re
from collections import Counter
from email.utils import getaddresses

from pipeline.errors import ComposeError
from pipeline.mail.dkim.signature import UNSUBSCRIBE_FIELDS

MAX_LINE_BYTES = 998  # RFC 5322 §2.1.1 and RFC 5321 §4.5.3.1.6, without the line end

#: Header fields that occur exactly once (RFC 5322 §3.6), and those that occur at most once.
REQUIRED_ONCE = ("date", "from", "message-id", "mime-version", "subject", "to")
AT_MOST_ONCE = (
    *("bcc", "cc", "in-reply-to", "references", "reply-to", "sender"),
    *("content-type", "content-transfer-encoding", "list-id"),
    *("list-unsubscribe", "list-unsubscribe-post", "feedback-id", "precedence"),
)
#: All fields that Handbill writes: any other one was injected.
KNOWN_FIELDS = frozenset(
    {*REQUIRED_ONCE, "reply-to", "content-type", "content-language", "precedence", "feedback-id"}
    | {"list-id", "list-unsubscribe", "list-unsubscribe-post", "dkim-signature"}
    | {"x-auto-response-suppress", "x-handbill-campaign"}
)

_ONE_CLICK = b" List-Unsubscribe=One-Click\r\n"
_HTTPS = b" <https://"
_URLS = re.compile(
    rb" <(?:https://|mailto:)[!-;=?-~]+>(?:,(?:\r\n)? <(?:https://|mailto:)[!-;=?-~]+>)*\r\n"
)
_UNSUBSCRIBE = Counter(UNSUBSCRIBE_FIELDS)
_TO = re.compile(rb"^To:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*\r\n", re.MULTILINE | re.IGNORECASE)
_FIELD = re.compile(rb"^[!-9;-~]++: ?[^\r\n]*+(?:\r\n[ \t]++[!-~][^\r\n]*+)*+\r\n", re.MULTILINE)


def check_standards(content: bytes, *, signatures: int = 0, by_service: bool = False) -> None:
    """
    Reject a message that a server would refuse, repair or parse differently.

    Args:
        signatures: How many DKIM signatures by Handbill it should have.
        by_service: Whether the sending service will sign the List-Unsubscribe fields.

    Raises:
        ComposeError: A line end is not CRLF, a byte outside To is not ASCII, a line is over 998 bytes, a header field
            is malformed, missing, duplicated or unknown, a List field has the wrong form, or a signature is missing or
            covers too little.
    """
    for problem in (
        _check_bytes(content),
        _check_lines(content),
        _check_fields(content),
        _check_signatures(content, signatures, by_service=by_service),
    ):
        if problem:
            raise ComposeError(
                f"The message violates a mail standard: {problem}. It was not sent. "
                "This is a bug in Handbill; please report it."
            )


def _check_bytes(content: bytes) -> str:
    ends = content.count(b"\r\n")
    if content.count(b"\n") != ends or content.count(b"\r") != ends:
        return "a line ends in a bare CR or LF (RFC 5322 §2.3)"
    if not content.endswith(b"\r\n"):
        return "the last line has no line end (RFC 5321 §4.1.1.4)"
    if b"\0" in content or not (content.isascii() or _remove_to(content).isascii()):
        return "it contains a NUL or non-ASCII byte (RFC 5321 §2.3.8, RFC 5322 §2.3)"
    return ""


def _remove_to(content: bytes) -> bytes:
    """Return *content* without To, the only field that may contain UTF-8 (RFC 6532): the recipient's address."""
    return _TO.sub(b"", content, count=1)


def _check_lines(content: bytes) -> str:
    for number, line in enumerate(content.split(b"\r\n"), 1):
        if len(line) > MAX_LINE_BYTES:
            return f"line {number} has {len(line)} bytes, the limit is {MAX_LINE_BYTES} (RFC 5322 §2.1.1)"
    return ""


def _check_fields(content: bytes) -> str:
    header = content.partition(b"\r\n\r\n")[0] + b"\r\n"
    fields = _FIELD.findall(header)
    if b"".join(fields) != header:
        return "a line of the header is not a header field (RFC 5322 §2.2)"
    names = Counter(_read_name(field) for field in fields)
    for name in REQUIRED_ONCE:
        if names[name] != 1:
            return f"it has {names[name]} {name} fields instead of one (RFC 5322 §3.6)"
    for name in AT_MOST_ONCE:
        if names[name] > 1:
            return f"it has {names[name]} {name} fields, at most one is allowed (RFC 5322 §3.6)"
    for field in fields:
        if field[:5].lower() == b"list-" and b"=?" in field:
            return "a List field contains an encoded-word (RFC 2369 §2)"
    if unknown := names.keys() - KNOWN_FIELDS:
        return f"it has the unknown field {min(unknown)}"
    return _check_values({_read_name(field): field.partition(b":")[2] for field in fields})


def _check_values(values: dict[str, bytes]) -> str:
    if len(getaddresses([values["from"].decode("ascii", "replace")])) != 1:
        return "From has more than one address (RFC 5322 §3.6.2 then requires Sender)"
    urls = values.get("list-unsubscribe")
    if urls is not None and not _URLS.fullmatch(urls):
        return "List-Unsubscribe is not a list of URLs in angle brackets (RFC 2369 §3.2)"
    post = values.get("list-unsubscribe-post")
    if post is not None and (post != _ONE_CLICK or not urls or not urls.startswith(_HTTPS)):
        return "List-Unsubscribe-Post has the wrong value or no https URL (RFC 8058 §3.1)"
    return ""


def _check_signatures(content: bytes, expected: int, *, by_service: bool) -> str:
    header = content.partition(b"\r\n\r\n")[0] + b"\r\n"
    found = [field for field in _FIELD.findall(header) if _read_name(field) == "dkim-signature"]
    if len(found) != expected:
        return f"it has {len(found)} DKIM signatures instead of {expected}"
    needs_coverage = b"\r\nList-Unsubscribe-Post:" in header and not by_service
    if needs_coverage and not found:
        return "List-Unsubscribe-Post is not signed (RFC 8058 §4)"
    for signature in found:
        covered = _list_covered(signature)
        if covered["from"] < 2:
            return "a DKIM signature allows a second From to be added (RFC 6376 §8.15)"
        if needs_coverage and not covered >= _UNSUBSCRIBE:
            return "a DKIM signature does not cover List-Unsubscribe (RFC 8058 §4)"
    return ""


def _list_covered(signature: bytes) -> Counter[str]:
    tags = dict(
        tag.strip().partition(b"=")[::2] for tag in signature.partition(b":")[2].split(b";")
    )
    return Counter(b"".join(tags[b"h"].split()).decode().split(":"))


def _read_name(field: bytes) -> str:
    return field.partition(b":")[0].lower().decode()
