"""
Webhooks of donation processors: a request in, the payments that it reports out, after it is proven genuine.

A payment is stored as an export of the processor has it, so that both are counted once.
"""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.gifts.webhooks.actblue import ActBlueGifts
from pipeline.gifts.webhooks.gift_webhook import GiftWebhook, ReportedPayments
from pipeline.gifts.webhooks.stripe import StripeGifts
from pipeline.senders.webhooks.webhook_secret import read_webhook_secret

__all__ = ["GiftWebhook", "ReportedPayments", "open_gift_webhook"]

#: By processor.
_WEBHOOKS: dict[str, type[ActBlueGifts | StripeGifts]] = {
    each.processor: each for each in (ActBlueGifts, StripeGifts)
}


def open_gift_webhook(
    processor: str, secret_file: str | os.PathLike[str] | None = None
) -> GiftWebhook:
    """
    Return the webhook of *processor*.

    Args:
        secret_file: Holds its secret; None: the environment does, in `STRIPE_WEBHOOK_SECRET` for Stripe.

    Raises:
        ConfigError: The secret is missing or too short.
    """
    found = _WEBHOOKS[processor]
    file = Path(secret_file) if secret_file else None
    variable = f"{processor.upper()}_WEBHOOK_SECRET"
    return found(read_webhook_secret(found.title, variable, file, what="gifts"))
