"""The webhooks of donation processors that a project sets up."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.gifts.webhooks import GiftWebhook, open_gift_webhook


def open_gift_webhooks(config: Config, root: Path) -> tuple[dict[str, GiftWebhook], list[str]]:
    """Return the webhooks of `[gifts]` by processor, and why others are missing; *root* is the project's folder."""
    webhooks: dict[str, GiftWebhook] = {}
    problems = []
    files = {
        "actblue": config.gifts.actblue_secret_file,
        "stripe": config.gifts.stripe_secret_file,
    }
    for processor in config.gifts.webhooks:
        file = files[processor]
        try:
            webhooks[processor] = open_gift_webhook(processor, root / file if file else None)
        except ConfigError as error:
            problems.append(str(error))
    return webhooks, problems
