"""Make the event of a bounce from what a service says about it."""

from __future__ import annotations

from datetime import datetime

from pipeline.bounces.provider_bounce import ProviderVerdict, explain_provider_bounce
from pipeline.models.event import EventKind
from pipeline.models.provider_event import ProviderEvent


def make_bounce(
    verdict: ProviderVerdict,
    *,
    key: str,
    token: str,
    at: datetime | None,
    reply: str,
    remark: str = "",
    code: str = "",
    status: str = "",
) -> ProviderEvent:
    """
    Return the event.

    Args:
        reply: What the recipient's server said; "" if the service does not tell.
        remark: What the service says instead; shown, but it decides nothing.
        code: The reply code, if the service gives it apart from *reply*; "" if not. So is *status*, the enhanced one.
    """
    reason = explain_provider_bounce(
        reply,
        verdict,
        code=int(code) if code.isascii() and code.isdecimal() and len(code) == 3 else None,
        enhanced_code=status or None,
    )
    return ProviderEvent(
        kind=EventKind.BOUNCED,
        key=key,
        token=token,
        at=at,
        bounce_class=reason.bounce_class,
        code=reason.code,
        enhanced_code=reason.enhanced_code,
        text=reply or remark,
    )
