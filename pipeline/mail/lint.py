"""The last look at a message before it travels."""

from __future__ import annotations

import re
from collections import Counter
from email.utils import getaddresses

from pipeline.errors import ComposeError

LINE_OCTETS = 998  # RFC 5322 §2.1.1 and RFC 5321 §4.5.3.1.6, the line's end not counted

#: Header fields of which there is exactly one (RFC 5322 §3.6), and those of which there may be one.
ONCE = ("date", "from", "message-id", "mime-version", "subject", "to")
AT_MOST_ONCE = (
    *("bcc", "cc", "in-reply-to", "references", "reply-to", "sender"),
    *("content-type", "content-transfer-encoding", "list-id"),
    *("list-unsubscribe", "list-unsubscribe-post", "feedback-id", "precedence"),
)

#: All fields that are ever written: another one would be somebody's who found a way in.
KNOWN = frozenset(
    {*ONCE, "reply-to", "content-type", "content-language", "precedence", "feedback-id"}
    | {"list-id", "list-unsubscribe", "list-unsubscribe-post", "dkim-signature"}
    | {"x-auto-response-suppress", "x-handbill-campaign"}
)

_ONE_CLICK = b" List-Unsubscribe=One-Click\r\n"
_HTTPS = b" <https://"
_URLS = re.compile(
    rb" <(?:https://|mailto:)[!-;=?-~]+>(?:,(?:\r\n)? <(?:https://|mailto:)[!-;=?-~]+>)*\r\n"
)
_LEAVING = Counter(("list-unsubscribe", "list-unsubscribe-post"))
_TO = re.compile(rb"^To:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*\r\n", re.MULTILINE | re.IGNORECASE)
_FIELD = re.compile(rb"[!-9;-~]+: ?[^\r\n]*(?:\r\n[ \t]+[!-~][^\r\n]*)*\r\n")


def lint(content: bytes, *, signatures: int = 0, by_service: bool = False) -> None:
    """
    Refuse a message that some server on its way would refuse, repair or read differently.

    Args:
        signatures: How many DKIM signatures of ours it bears.
        by_service: Whether the service that takes it will sign the way to leave.

    Raises:
        ComposeError: A line end is no CRLF, an octet outside To is not ASCII, a line is over 998 octets, a header field
            is malformed, missing, doubled or unheard of, a List field is not as receivers read it, or a signature is
            missing or covers too little.
    """
    for problem in (
        _octets(content),
        _lines(content),
        _fields(content),
        _signatures(content, signatures, by_service=by_service),
    ):
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
    names = Counter(_name(field) for field in fields)
    for name in ONCE:
        if names[name] != 1:
            return f"it has {names[name]} {name} fields and needs one (RFC 5322 §3.6)"
    for name in AT_MOST_ONCE:
        if names[name] > 1:
            return f"it has {names[name]} {name} fields and may have one (RFC 5322 §3.6)"
    for field in fields:
        if field[:5].lower() == b"list-" and b"=?" in field:
            return "a List field holds an encoded-word (RFC 2369 §2)"
    if strange := names.keys() - KNOWN:
        return f"it has the field {min(strange)}, which nobody wrote"
    return _values({_name(field): field.partition(b":")[2] for field in fields})


def _values(values: dict[str, bytes]) -> str:
    if len(getaddresses([values["from"].decode("ascii", "replace")])) != 1:
        return "From holds more than one address (RFC 5322 §3.6.2 would want a Sender)"
    urls = values.get("list-unsubscribe")
    if urls is not None and not _URLS.fullmatch(urls):
        return "List-Unsubscribe is no list of URLs between angle brackets (RFC 2369 §3.2)"
    post = values.get("list-unsubscribe-post")
    if post is not None and (post != _ONE_CLICK or not urls or not urls.startswith(_HTTPS)):
        return "List-Unsubscribe-Post is not as RFC 8058 §3.1 has it, or there is no https URL"
    return ""


def _signatures(content: bytes, expected: int, *, by_service: bool) -> str:
    head = content.partition(b"\r\n\r\n")[0] + b"\r\n"
    found = [field for field in _FIELD.findall(head) if _name(field) == "dkim-signature"]
    if len(found) != expected:
        return f"it has {len(found)} DKIM signatures and needs {expected}"
    is_ours_to_cover = b"\r\nList-Unsubscribe-Post:" in head and not by_service
    if is_ours_to_cover and not found:
        return "it has List-Unsubscribe-Post, which nobody signs (RFC 8058 §4)"
    for signature in found:
        covered = _covered(signature)
        if covered["from"] < 2:
            return "a DKIM signature lets another From be added (RFC 6376 §8.15)"
        if is_ours_to_cover and not covered >= _LEAVING:
            return "a DKIM signature leaves List-Unsubscribe out (RFC 8058 §4)"
    return ""


def _covered(signature: bytes) -> Counter[str]:
    tags = dict(
        tag.strip().partition(b"=")[::2] for tag in signature.partition(b":")[2].split(b";")
    )
    return Counter(b"".join(tags[b"h"].split()).decode().split(":"))


def _name(field: bytes) -> str:
    return field.partition(b":")[0].lower().decode()
