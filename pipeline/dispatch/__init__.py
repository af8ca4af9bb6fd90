"""Send: hand the messages of a campaign over, one receipt each, nobody twice and nobody forgotten."""

from pipeline.dispatch.foreground import Progress, send

__all__ = ["Progress", "send"]
