"""Header fields that are the same for every reader of a campaign."""

from __future__ import annotations

import hashlib
import re

from pipeline.mail.headers import LINE_CHARACTERS, field, mailbox
from pipeline.mail.list_headers import list_id
from pipeline.models.edition import Edition

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,6}")  # the shape of BCP 47


def fixed_fields(edition: Edition, campaign: str) -> bytes:
    """
    Return the fields, each with its line end.

    There is no Auto-Submitted: no big receiver asks for it, it is for mail that no person wrote (RFC 3834 §5), and help
    desks drop mail that bears it. What keeps vacation programs silent:

    - `Precedence: bulk`, which no standard defines and most vacation programs heed, as they do List-Id;
    - `X-Auto-Response-Suppress` for Exchange, which heeds neither (MS-OXCMAIL §2.2.3.2.14); bounces still come.

    Raises:
        ComposeError: One of the publication's values cannot stand in a header.
    """
    reply_to = edition.publication.reply_to
    language = edition.language
    return b"".join(
        [
            mailbox("Reply-To", reply_to) if reply_to else b"",
            list_id(edition),
            _feedback_id(edition, campaign),
            field("Precedence", b"bulk"),
            field("X-Auto-Response-Suppress", b"OOF, AutoReply"),
            field("X-Handbill-Campaign", campaign.encode()),
            # A language that is no tag is the article's slip: no reason to hold the mail back.
            field("Content-Language", language.encode()) if _LANGUAGE.fullmatch(language) else b"",
        ]
    )


def _feedback_id(edition: Edition, campaign: str) -> bytes:
    """
    Return Feedback-ID, by which Gmail's Postmaster Tools tell complaints apart: campaign, list, kind, sender.

    The last is 5 to 15 characters and the same for all that a domain sends; no value is another's, and none tells a
    reader (support.google.com/mail/answer/6254652).
    """
    sender = _opaque("sender", edition.publication.sender.domain)
    values = (campaign, _opaque("list", edition.list_id), "letter", sender)
    value = ":".join(values)
    if len("Feedback-ID: ") + len(value) > LINE_CHARACTERS:  # nothing may fold it
        value = ":".join((_opaque("campaign", campaign), *values[1:]))
    return field("Feedback-ID", value.encode())


def _opaque(kind: str, value: str) -> str:
    """Return 12 hexadecimal digits that are always the same for *value*, and nobody else's."""
    return hashlib.sha256(f"{kind}\0{value}".encode()).hexdigest()[:12]
