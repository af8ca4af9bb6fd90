"""The fields of a delivery report (RFC 3464): for each recipient what became of the message."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.inbound.reading.foreign_header import HeaderFields, find_addresses

#: More recipients are not read: our messages have one each.
_MAX_RECIPIENTS = 100
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_TYPE = re.compile(r"^[\w.+-]{1,40}\s*;\s*")
_NEXT_RECIPIENT = re.compile(r"(?im)^(?=(?:final|original)-recipient\s*:)")
_FINAL_RECIPIENT = re.compile(r"(?im)^final-recipient\s*:")
#: A report that stands in the text, because the message has lost its structure or never had any.
_IN_TEXT = re.compile(r"(?im)^[ \t]*(?:reporting-mta|final-recipient)\s*:")


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipientStatus:
    """
    One recipient's block.

    Args:
        action: "failed", "delayed", "delivered", "relayed", "expanded"; lower case, "" without one.
        diagnostic: What the server said, without its type, on one line.
    """

    address: str | None
    action: str
    status: str | None
    diagnostic: str


def parse_status(text: str) -> list[RecipientStatus]:
    """Return the recipients in the fields *text*; blocks without a recipient, an action or a status are left out."""
    found: list[RecipientStatus] = []
    for block in re.split(r"\n[ \t]*\n", text):
        for piece in _split_block(block):
            if len(found) >= _MAX_RECIPIENTS:
                return found
            recipient = _parse_block(piece)
            if recipient:
                found.append(recipient)
    return found


def find_status_in_text(text: str) -> str:
    """Return the part of *text* that is a delivery report; "" without one."""
    begin = _IN_TEXT.search(text)
    if begin is None:
        return ""
    lines = text[begin.start() :].split("\n")
    return "\n".join(line.strip() if ":" in line[:40] else line for line in lines)


def _split_block(block: str) -> list[str]:
    """Return the recipients in *block*: one, unless a mail system forgot the empty line between two."""
    if len(_FINAL_RECIPIENT.findall(block)) <= 1:
        return [block]
    joined: list[str] = []
    for piece in _NEXT_RECIPIENT.split(block, maxsplit=2 * _MAX_RECIPIENTS):
        if joined and not re.search(r"(?im)^(?:action|status)\s*:", joined[-1]):
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined


def _parse_block(text: str) -> RecipientStatus | None:
    fields = HeaderFields(text)
    address = _find_address(fields)
    action = fields.get("action").lower().split(" ")[0].strip("();")
    status = _STATUS.search(fields.get("status"))
    if address is None and not action and status is None:
        return None
    if not (action or status or "diagnostic-code" in fields):
        return None
    return RecipientStatus(
        address=address,
        action=action,
        status=status[1] if status else None,
        diagnostic=_TYPE.sub("", fields.get("diagnostic-code")),
    )


def _find_address(fields: HeaderFields) -> str | None:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        found = find_addresses(_TYPE.sub("", fields.get(name)))
        if found:
            return found[0]
    return None
