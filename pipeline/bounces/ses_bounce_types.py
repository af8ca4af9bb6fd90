"""
The bounce types of Amazon SES, in its notifications by webhook and by email, and in those of services that send by it.

docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types (2026).
"""

from __future__ import annotations

from pipeline.bounces.provider_bounce import ProviderVerdict

#: SES did not send the message: the recipient did nothing now, and said nothing.
SUPPRESSED_TYPES = frozenset({"Suppressed", "OnAccountSuppressionList", "OnTenantSuppressionList"})
_TRANSIENT = {
    "MailboxFull": ProviderVerdict.FULL,
    "MessageTooLarge": ProviderVerdict.CONTENT,
    "ContentRejected": ProviderVerdict.CONTENT,
    "AttachmentRejected": ProviderVerdict.CONTENT,
}
_PERMANENT = {"General": ProviderVerdict.PERMANENT, "NoEmail": ProviderVerdict.INVALID}


def find_ses_verdict(bounce_type: str, sub_type: str) -> ProviderVerdict:
    """Return what *bounce_type* (`Permanent`, `Transient`, `Undetermined`) with its *sub_type* means."""
    if sub_type in SUPPRESSED_TYPES:
        return ProviderVerdict.NOT_SENT
    if bounce_type == "Permanent":
        return _PERMANENT.get(sub_type, ProviderVerdict.UNKNOWN)
    if bounce_type == "Transient":
        return _TRANSIENT.get(sub_type, ProviderVerdict.TEMPORARY)
    return ProviderVerdict.UNKNOWN
