"""Complaints: feedback reports (RFC 5965), those with only a header of our message, and what providers send instead."""

from __future__ import annotations

import re

from pipeline.inbound.inbound_message import Feedback, InboundRecipient
from pipeline.inbound.reading.foreign_header import HeaderFields, find_addresses
from pipeline.inbound.reading.message_content import MimeContent

_TYPES = {
    "opt-out": Feedback.OPT_OUT,
    "opt-out-list": Feedback.OPT_OUT,
    "auth-failure": Feedback.AUTH_FAILURE,
    "dmarc": Feedback.AUTH_FAILURE,
}
_NOT_SPAM = "not-spam"
_IN_TEXT = re.compile(r"(?im)^[ \t]*feedback-type[ \t]*:[ \t]*([a-z-]{1,40})")
#: Microsoft's reports have no fields, only the message (until June 2026 with X-HmXmrOriginalRecipient).
_SUBJECT = re.compile(
    r"(?i)^\s*(?:(?:email |spam )?(?:complaint|feedback|abuse) (?:about|report)|complaint about message|spam report"
    r"|abuse report)"
)
_SENDER = re.compile(
    r"(?i)(?:feedback|fbl|abuse|complaints?|staff|arf|jmrp|postmaster)[^@<>\s]{0,60}@"
)
_APPLE = re.compile(r"(?i)apple mail sent this (?:e-?)?mail to unsubscribe")


def find_feedback(content: MimeContent) -> Feedback | None:
    """Return what a feedback report is about; None for others, and for one that withdraws a complaint (not-spam)."""
    if content.feedback:
        kind = HeaderFields(content.feedback).get("feedback-type").lower()
        return None if kind == _NOT_SPAM else _TYPES.get(kind, Feedback.ABUSE)
    if "x-apple-unsubscribe" in content.header or _APPLE.search(content.text[:2000]):
        return Feedback.OPT_OUT
    if "report-type=feedback-report" in content.header.get("content-type").replace('"', "").lower():
        found = _IN_TEXT.search(content.text)
        kind = found[1].lower() if found else ""
        return None if kind == _NOT_SPAM else _TYPES.get(kind, Feedback.ABUSE)
    if "x-hmxmroriginalrecipient" in content.original:
        return Feedback.ABUSE
    header = content.header
    if content.original and _SUBJECT.search(header.get("subject")):
        return Feedback.ABUSE if _SENDER.search(header.get("from")) else None
    return None


def list_complainers(content: MimeContent) -> tuple[InboundRecipient, ...]:
    """Return the recipients that a feedback report names; most providers hide them."""
    fields = HeaderFields(content.feedback)
    found = fields.list_addresses("original-rcpt-to", "removal-recipient")
    found = found or content.original.list_addresses("x-hmxmroriginalrecipient")
    if not found:
        found = [a for value in content.original.get_all("to") for a in find_addresses(value)]
    return tuple(InboundRecipient(address=each.lower()) for each in found[:20])
