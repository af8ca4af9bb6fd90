"""Counters of the public web service, as Prometheus reads them, and one log line a request, without its token."""

from __future__ import annotations

import logging
import time
from collections import Counter
from threading import Lock

from flask import Response, g, request

LOGGER = logging.getLogger("handbill.serve")
#: prometheus.io/docs/instrumenting/exposition_formats
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
_REQUESTS = "handbill_http_requests_total"
_ANSWERS = "handbill_unsubscribe_answers_total"
_EVENTS = "handbill_webhook_events_total"


class RequestMetrics:
    """Counts requests by route, method and status, and what became of tokens."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._answers: Counter[str] = Counter()
        self._events: Counter[tuple[str, str]] = Counter()

    def count_answer(self, answer: str) -> None:
        """Count an answer to a token: `unsubscribed`, `test`, `unknown` …"""
        with self._lock:
            self._answers[answer] += 1

    def count_events(self, sender: str, result: str, count: int = 1) -> None:
        """Count events that the webhook of *sender* reported: `recorded`, `repeated`, `unmatched`, `refused` …"""
        with self._lock:
            self._events[sender, result] += count

    def start(self) -> None:
        """Note when the request began."""
        g.started_at = time.perf_counter()

    def finish(self, response: Response) -> Response:
        """Count and log the request. A path holds a token, so only its route is written."""
        rule = request.url_rule.rule if request.url_rule else "(other)"
        with self._lock:
            self._requests[rule, request.method, response.status_code] += 1
        elapsed_ms = (time.perf_counter() - g.get("started_at", time.perf_counter())) * 1000
        LOGGER.info("%s %s %s %.0f ms", request.method, rule, response.status_code, elapsed_ms)
        return response

    def format(self) -> str:
        """Return the counters as text."""
        with self._lock:
            requests, answers = sorted(self._requests.items()), sorted(self._answers.items())
            events = sorted(self._events.items())
        lines = [
            f"# HELP {_REQUESTS} Requests by route, method and status.",
            f"# TYPE {_REQUESTS} counter",
            *(
                f'{_REQUESTS}{{route="{route}",method="{method}",status="{status}"}} {count}'
                for (route, method, status), count in requests
            ),
            f"# HELP {_ANSWERS} Answers to tokens.",
            f"# TYPE {_ANSWERS} counter",
            *(f'{_ANSWERS}{{answer="{answer}"}} {count}' for answer, count in answers),
            f"# HELP {_EVENTS} Events that email services reported.",
            f"# TYPE {_EVENTS} counter",
            *(
                f'{_EVENTS}{{sender="{sender}",result="{result}"}} {count}'
                for (sender, result), count in events
            ),
        ]
        return "\n".join(lines) + "\n"
