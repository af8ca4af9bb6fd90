"""Header fields that are the same for every recipient of a campaign."""

from __future__ import annotations

import hashlib
import re

from pipeline.mail.headers.header_fields import LINE_CHARACTERS, format_address_field, format_field
from pipeline.mail.headers.list_headers import format_list_id
from pipeline.models.edition import Edition

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,6}")  # the syntax of BCP 47


def format_campaign_headers(edition: Edition, campaign_id: str) -> bytes:
    """
    Return the fields, each with its line end.

    Auto-Submitted is not among them: it marks mail that no human wrote (RFC 3834 §5), no large provider asks for it,
    and support systems drop mail that has it. Out-of-office replies are prevented by

    - `Precedence: bulk`, which no standard defines but most autoresponders respect, as they do List-Id;
    - `X-Auto-Response-Suppress` for Exchange, which ignores both (MS-OXCMAIL §2.2.3.2.14); bounces still arrive.

    Raises:
        ComposeError: A value of the publication cannot be written to a header.
    """
    reply_to = edition.publication.reply_to
    language = edition.language
    fields = [
        format_address_field("Reply-To", reply_to) if reply_to else b"",
        format_list_id(edition),
        _format_feedback_id(edition, campaign_id),
        format_field("Precedence", b"bulk"),
        format_field("X-Auto-Response-Suppress", b"OOF, AutoReply"),
        format_field("X-Handbill-Campaign", campaign_id.encode()),
    ]
    if _LANGUAGE_TAG.fullmatch(language):  # an invalid language is no reason not to send
        fields.append(format_field("Content-Language", language.encode()))
    return b"".join(fields)


def _format_feedback_id(edition: Edition, campaign_id: str) -> bytes:
    """
    Return Feedback-ID, by which Gmail's Postmaster Tools group complaints: campaign, list, kind, sender.

    The sender has 5 to 15 characters and is the same for everything a domain sends; all values are unique, and none
    identifies a recipient (support.google.com/mail/answer/6254652).
    """
    sender = _hash_id("sender", edition.publication.sender.domain)
    values = (campaign_id, _hash_id("list", edition.list_id), "newsletter", sender)
    value = ":".join(values)
    if len("Feedback-ID: ") + len(value) > LINE_CHARACTERS:  # the field must not be folded
        value = ":".join((_hash_id("campaign", campaign_id), *values[1:]))
    return format_field("Feedback-ID", value.encode())


def _hash_id(kind: str, value: str) -> str:
    """Return 12 hexadecimal digits, always the same for the same *kind* and *value*."""
    return hashlib.sha256(f"{kind}\0{value}".encode()).hexdigest()[:12]
