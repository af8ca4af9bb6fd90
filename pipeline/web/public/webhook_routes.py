"""
`POST /webhooks/SENDER`: what an email service reports about sent messages.

    200  recorded, known already, or about nothing that changes anything: do not report again
    400  genuine, but not in the documented form
    403  not proven genuine
    404  no sender of that name has a secret for its webhook
    413  too large
    503  cannot be recorded or checked now: report again

Each request that is not answered with 200 is one line in the log, without its content. There is no rate limit: a
campaign to 100,000 recipients is followed by as many reports.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import Blueprint, Response, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from pipeline.clock import Clock
from pipeline.errors import StoreError
from pipeline.events import EventStore
from pipeline.events.provider_events import record_provider_events
from pipeline.senders.webhooks.provider_webhook import (
    ProviderWebhook,
    RejectedRequest,
    UnreadableRequest,
    UnverifiableRequest,
    WebhookReport,
    WebhookRequest,
)
from pipeline.web.public.request_metrics import RequestMetrics

_LOGGER = logging.getLogger(__name__)


class WebhookRoutes:
    """
    The route, with what it needs.

    Args:
        webhooks: By the name of the sender.
    """

    def __init__(
        self,
        webhooks: Mapping[str, ProviderWebhook],
        ledger: EventStore,
        *,
        metrics: RequestMetrics,
        clock: Clock,
    ) -> None:
        self._webhooks = webhooks
        self._ledger = ledger
        self._metrics = metrics
        self._clock = clock

    def create_blueprint(self) -> Blueprint:
        """Return the blueprint."""
        blueprint = Blueprint("webhooks", __name__)
        blueprint.add_url_rule("/webhooks/<sender>", view_func=self.receive, methods=["POST"])
        return blueprint

    def receive(self, sender: str) -> Response:
        """Record what the request reports, and answer when that is durable."""
        webhook = self._webhooks.get(sender)
        if webhook is None:
            return _answer(404, "No webhook is set up here.")
        try:
            report = self._read(webhook)
            self._record(sender, webhook, report)
        except RejectedRequest as error:
            self._metrics.count_events(sender, "refused")
            return _refuse(sender, 403, error)
        except RequestEntityTooLarge:
            return _refuse(sender, 413, f"it is larger than {webhook.max_bytes >> 20} MB")
        except UnreadableRequest as error:
            self._metrics.count_events(sender, "unreadable")
            return _refuse(sender, 400, error)
        except ClientDisconnected:
            return _refuse(sender, 400, "it ended too early")
        except (UnverifiableRequest, StoreError) as error:
            return _refuse(sender, 503, error)
        if report.note:
            _LOGGER.info("/webhooks/%s: %s", sender, report.note)
        return _answer(200, "ok")

    def _read(self, webhook: ProviderWebhook) -> WebhookReport:
        headers = {name.lower(): value for name, value in request.headers.items()}
        webhook.check_headers(headers)
        request.max_content_length = webhook.max_bytes
        body = request.get_data(cache=False)
        return webhook.receive(WebhookRequest(headers=headers, body=body), now=self._clock.now())

    def _record(self, sender: str, webhook: ProviderWebhook, report: WebhookReport) -> None:
        counts = record_provider_events(
            self._ledger, webhook.source, report.events, now=self._clock.now()
        )
        for result, count in (
            ("recorded", counts.recorded),
            ("repeated", counts.repeated),
            ("unmatched", counts.unmatched),
            ("test", counts.tests),
            ("ignored", report.ignored),
            ("unreadable", report.unreadable),
        ):
            if count:
                self._metrics.count_events(sender, result, count)
        if report.unreadable:
            _LOGGER.warning(
                "/webhooks/%s: events not in the documented form: %d", sender, report.unreadable
            )


def _refuse(sender: str, status: int, reason: object) -> Response:
    _LOGGER.warning("/webhooks/%s: %s: %s", sender, status, reason)
    return _answer(status, str(reason) if status != 503 else "Try again later.")


def _answer(status: int, text: str) -> Response:
    return Response(f"{text}\n", status, mimetype="text/plain")
