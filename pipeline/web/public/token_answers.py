"""What every page behind a token says of a token that is unknown, of a test, or tried too often."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

from pipeline.events import EventStore, TokenTarget
from pipeline.recipient_tokens import TokenPurpose
from pipeline.web.public.page_writer import PageWriter
from pipeline.web.public.rate_limits import MissLimiter
from pipeline.web.public.request_metrics import RequestMetrics


class TokenAnswers:
    """
    Answers for tokens.

    Args:
        limiter: Counts unknown tokens.
    """

    def __init__(
        self,
        ledger: EventStore,
        *,
        writer: PageWriter,
        limiter: MissLimiter,
        metrics: RequestMetrics,
    ) -> None:
        self._ledger = ledger
        self._writer = writer
        self._limiter = limiter
        self._metrics = metrics

    def answer(
        self, token: str, purpose: TokenPurpose, answer: Callable[[TokenTarget], Response]
    ) -> Response:
        """Return what *answer* returns for the message of *token*, or a page that says why it is not known."""
        target = self._ledger.find_target(token, purpose)
        if target is None:
            return self.answer_unknown()
        if target.is_test:
            return self.answer_test()
        return answer(target)

    def answer_test(self) -> Response:
        """Return the page for the link of a test or a preview."""
        self._metrics.count_answer("test")
        texts = self._writer.in_language(None)
        return texts.render(texts.text("test"), texts.text("test_detail"))

    def answer_busy(self) -> Response:
        """Return the page for a client that asks too often."""
        texts = self._writer.in_language(None)
        return texts.render(texts.text("busy"), texts.text("busy_detail"), status=429)

    def answer_unknown(self) -> Response:
        """Return the page for an unknown token; the same for each of them, until there are too many."""
        if not self.count_miss():
            return self.answer_busy()
        texts = self._writer.in_language(None)
        return texts.render(texts.text("unknown"), texts.text("unknown_detail"))

    def count_miss(self) -> bool:
        """Count an unknown token of this client; return whether it may go on."""
        is_allowed = self._limiter.count_miss(request.remote_addr or "")
        self._metrics.count_answer("unknown" if is_allowed else "limited")
        return is_allowed

    def refuse(self) -> Response:
        """Return the page for a request that no button sends."""
        self._metrics.count_answer("not understood")
        texts = self._writer.in_language(None)
        return texts.render(
            texts.text("not_understood"), texts.text("not_understood_detail"), status=400
        )
