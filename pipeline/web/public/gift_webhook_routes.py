"""
`POST /webhooks/gifts/PROCESSOR`: what a donation processor reports.

    200  stored, known already, or about no gift: do not report again
    400  genuine, but not in the documented form
    403  not proven genuine
    404  no webhook of that processor is set up
    413  too large
    503  cannot be stored now: report again

Each request that is not answered with 200 is one line in the log, without its content.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import Blueprint, Response, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from pipeline.clock import Clock
from pipeline.errors import StoreError
from pipeline.gifts.gift_store import GiftOutcome, GiftStore
from pipeline.gifts.webhooks import GiftWebhook, ReportedPayments
from pipeline.senders.webhooks.provider_webhook import (
    RejectedRequest,
    UnreadableRequest,
    WebhookRequest,
)
from pipeline.web.public.request_metrics import RequestMetrics

_LOGGER = logging.getLogger(__name__)


class GiftWebhookRoutes:
    """
    The route, with what it needs.

    Args:
        webhooks: By processor.
    """

    def __init__(
        self,
        webhooks: Mapping[str, GiftWebhook],
        gifts: GiftStore,
        *,
        metrics: RequestMetrics,
        clock: Clock,
    ) -> None:
        self._webhooks = webhooks
        self._gifts = gifts
        self._metrics = metrics
        self._clock = clock

    def create_blueprint(self) -> Blueprint:
        """Return the blueprint."""
        blueprint = Blueprint("gift_webhooks", __name__)
        blueprint.add_url_rule(
            "/webhooks/gifts/<processor>", view_func=self.receive, methods=["POST"]
        )
        return blueprint

    def receive(self, processor: str) -> Response:
        """Store what the request reports, and answer when that is durable."""
        webhook = self._webhooks.get(processor)
        if webhook is None:
            return _answer(404, "No webhook is set up here.")
        try:
            report = self._read(webhook)
            counts = self._gifts.record(report.payments) if report.payments else {}
        except RejectedRequest as error:
            self._count(processor, "refused")
            return _refuse(processor, 403, error)
        except RequestEntityTooLarge:
            return _refuse(processor, 413, f"it is larger than {webhook.max_bytes >> 20} MB")
        except UnreadableRequest as error:
            self._count(processor, "unreadable")
            return _refuse(processor, 400, error)
        except ClientDisconnected:
            return _refuse(processor, 400, "it ended too early")
        except StoreError as error:
            return _refuse(processor, 503, error)
        if report.ignored:
            self._count(processor, "ignored")
        for outcome, count in counts.items():
            is_new = outcome is not GiftOutcome.REPEATED
            self._count(processor, "recorded" if is_new else "repeated", count)
        return _answer(200, "ok")

    def _read(self, webhook: GiftWebhook) -> ReportedPayments:
        headers = {name.lower(): value for name, value in request.headers.items()}
        webhook.check_headers(headers)
        request.max_content_length = webhook.max_bytes
        received = WebhookRequest(headers=headers, body=request.get_data(cache=False))
        webhook.verify(received, now=self._clock.now())
        return webhook.read(received, self._gifts.hash_address)

    def _count(self, processor: str, result: str, count: int = 1) -> None:
        self._metrics.count_events(f"gifts/{processor}", result, count)


def _refuse(processor: str, status: int, reason: object) -> Response:
    _LOGGER.warning("/webhooks/gifts/%s: %s: %s", processor, status, reason)
    return _answer(status, str(reason) if status != 503 else "Try again later.")


def _answer(status: int, text: str) -> Response:
    return Response(f"{text}\n", status, mimetype="text/plain")
