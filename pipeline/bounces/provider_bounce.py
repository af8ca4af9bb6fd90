"""
Tell why a message bounced, by what an email service reports.

A service gives the words of the recipient's server, its own verdict, or both. Clear words count more than the verdict:
services call "blocked for spam" a hard bounce, too. Without clear words, an address is gone only if the service says
that it does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pipeline.bounces.classify import Rejection, SmtpStage, classify_bounce, is_mailbox_inactive
from pipeline.bounces.reply_quotes import quote_reply
from pipeline.models.event import BounceClass


class ProviderVerdict(Enum):
    """What a service says about a bounce, in its own terms."""

    #: The address or its domain does not exist.
    INVALID = "invalid"
    #: The failure is permanent.
    PERMANENT = "permanent"
    #: The failure is temporary, but the service gave up.
    TEMPORARY = "temporary"
    #: The mailbox is full.
    FULL = "full"
    #: The sender is rejected: reputation, authentication, policy.
    OURS = "ours"
    #: The content or the size of the message is rejected.
    CONTENT = "content"
    #: The service did not send the message, for example because the address is on its own suppression list.
    NOT_SENT = "not sent"
    #: The service does not know.
    UNKNOWN = "unknown"


#: What the verdict alone means, without any words.
_CLASSES = {
    ProviderVerdict.INVALID: BounceClass.GONE,
    ProviderVerdict.PERMANENT: BounceClass.GONE,
    ProviderVerdict.TEMPORARY: BounceClass.ELSEWHERE,
    ProviderVerdict.FULL: BounceClass.FULL,
    ProviderVerdict.OURS: BounceClass.OURS,
    ProviderVerdict.CONTENT: BounceClass.CONTENT,
    ProviderVerdict.UNKNOWN: BounceClass.UNKNOWN,
}
_MAY_BE_GONE = frozenset({ProviderVerdict.INVALID, ProviderVerdict.PERMANENT})


@dataclass(frozen=True, kw_only=True, slots=True)
class BounceReason:
    """The class of a bounce, and the codes that were found."""

    bounce_class: BounceClass
    code: int | None
    enhanced_code: str | None


def explain_provider_bounce(
    text: str,
    verdict: ProviderVerdict,
    *,
    code: int | None = None,
    enhanced_code: str | None = None,
) -> BounceReason:
    """
    Return why a message bounced.

    Args:
        text: What the recipient's server said; "" if the service does not tell.
        code: The reply code, if the service gives it apart from *text*; likewise *enhanced_code*.
    """
    if verdict is ProviderVerdict.NOT_SENT:  # the words are the service's own, about its own lists
        return BounceReason(bounce_class=BounceClass.UNKNOWN, code=code, enhanced_code=None)
    reply = quote_reply(text)
    code = reply.code or code
    enhanced_code = reply.enhanced_code or enhanced_code
    may_be_gone = verdict in _MAY_BE_GONE
    rejection = Rejection(
        text=text,
        code=code,
        enhanced_code=enhanced_code,
        # A service that calls the address bad says that the server refused the recipient, not the message.
        stage=reply.stage or (SmtpStage.RCPT if may_be_gone else None),
    )
    found = classify_bounce(rejection)
    if found is BounceClass.GONE and not may_be_gone and verdict is not ProviderVerdict.UNKNOWN:
        found = BounceClass.UNKNOWN  # two opinions
    elif found is BounceClass.UNKNOWN and not is_mailbox_inactive(text):
        is_vague = verdict is ProviderVerdict.PERMANENT and _has_words(text)
        found = found if is_vague else _CLASSES[verdict]
    return BounceReason(bounce_class=found, code=code, enhanced_code=enhanced_code)


def _has_words(text: str) -> bool:
    return sum(character.isalpha() for character in text) > 3
