"""Read reports from a file: what the webhook of a service would have got, one body a line."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.models.provider_event import ProviderEvent
from pipeline.senders.webhooks.provider_webhook import (
    ProviderWebhook,
    UnreadableRequest,
    WebhookReport,
    WebhookRequest,
)


def read_report_file(path: Path, webhook: type[ProviderWebhook]) -> WebhookReport:
    """
    Return everything that the file at *path* reports.

    Args:
        webhook: Of the service that it comes from.

    Raises:
        ConfigError: The file cannot be read, or a line is no report; the message names file and line.
    """
    events: list[ProviderEvent] = []
    ignored = unreadable = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                report = _read_line(f"{path}:{number}", line, webhook)
                events += report.events
                ignored += report.ignored
                unreadable += report.unreadable
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}).") from error
    return WebhookReport(events=tuple(events), ignored=ignored, unreadable=unreadable)


def _read_line(where: str, line: bytes, webhook: type[ProviderWebhook]) -> WebhookReport:
    try:
        return webhook.read(WebhookRequest(headers={}, body=line.strip()))
    except UnreadableRequest as error:
        raise ConfigError(
            f"{where}: is no report of {webhook.source}: {error}. Write one body of a request a line, as JSON."
        ) from error
