"""Whatever the provider and the connection do, receipts are true and nobody is mailed twice."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import SendError
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.testing import sample_message
from tests.senders.http.fake_providers import BREVO, PROVIDERS, Provider
from tests.senders.http.fake_service import Cut, Drop, RecordedRequest, Reply, serving

COUNT = 40
SLOW = Reply({"message": "Slow down."}, 429, {"Retry-After": "1"})

#: What the service does with a request: whether it accepts the messages, and what happens to its response.
TURNS = st.sampled_from(
    ["take"] * 6
    + [
        "take and drop",
        "take and cut",
        "take behind a gateway",
        "drop",
        "slow",
        "fault",
        "refuse",
        "close",
    ]
)


class MailingService:
    """
    A service that mails: it counts how often each reader is mailed, and knows requests again as its original does.

    Args:
        turns: What it does with each request, in order of arrival; then it takes everything.
    """

    def __init__(self, provider: Provider, turns: list[str]) -> None:
        self.provider = provider
        self.mailed: Counter[str] = Counter()
        self._turns = list(turns)
        self._known: set[str] = set()
        self._lock = Lock()

    def __call__(self, request: RecordedRequest) -> Reply:
        with self._lock:
            turn = self._turns.pop(0) if self._turns else "take"
            if self._is_known(request):
                return self._again(request, turn)
            if turn.startswith("take"):
                self.mailed.update(self.provider.parse_recipients(request))
                self._known.add(self._key(request))
        return self._answer(request, turn)

    def _answer(self, request: RecordedRequest, turn: str) -> Reply:
        if turn in ("drop", "take and drop"):
            raise Drop
        if turn == "take and cut":
            raise Cut
        answers = {
            "take behind a gateway": Reply(b"", 504),
            "slow": SLOW,
            "fault": Reply(b"", 500),
            "refuse": Reply({"message": "No.", "code": "invalid_parameter"}, 400),
            "close": self.provider.account_error,
        }
        return answers.get(turn) or self.provider.accept_all(request)

    def _again(self, request: RecordedRequest, turn: str) -> Reply:
        if turn in ("drop", "take and drop", "slow", "fault"):
            return self._answer(request, turn)
        if self.provider is BREVO:
            return Reply({"code": "duplicate_parameter", "message": "Known."}, 400)
        return self.provider.accept_all(request)

    def _is_known(self, request: RecordedRequest) -> bool:
        return self.provider.has_idempotency_keys and self._key(request) in self._known

    def _key(self, request: RecordedRequest) -> str:
        if self.provider is BREVO:
            return str(request.json["headers"]["idempotencyKey"])
        return request.headers.get("idempotency-key", "")


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the keys of all providers."""
    for provider in PROVIDERS:
        for name, value in provider.environment.items():
            monkeypatch.setenv(name, value)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.kind)
@settings(max_examples=15)  # of each of eight services
@given(turns=st.lists(TURNS, max_size=12), connections=st.integers(1, 3))
def test_receipts_match_deliveries(provider: Provider, turns: list[str], connections: int) -> None:
    """Accepted was sent; refused, deferred and without a receipt was not; uncertain may be either; nothing twice."""
    mailer = MailingService(provider, turns)
    receipts: list[Receipt] = []
    with serving(mailer) as service, provider.open(service, connections=connections) as sender:
        try:
            receipts.extend(sender.send(map(sample_message, range(1, COUNT + 1))))
        except SendError as error:
            assert not error.uncertain

    assert {1} >= set(mailer.mailed.values()), "somebody was mailed twice"
    assert len({receipt.sequence for receipt in receipts}) == len(receipts)
    told = {f"reader{receipt.sequence}@example.org": receipt.state for receipt in receipts}
    doubtful = {email for email, state in told.items() if state is DeliveryState.UNCERTAIN}
    accepted = {email for email, state in told.items() if state is DeliveryState.ACCEPTED}
    assert accepted <= set(mailer.mailed) <= accepted | doubtful


def test_the_mailing_service_counts_duplicates() -> None:
    """It counts a request that is repeated without a key twice."""
    provider: Any = PROVIDERS[0]
    mailer = MailingService(provider, [])
    with serving(mailer) as service:
        for _ in range(2):
            with provider.open(service) as sender:
                list(sender.send([sample_message()]))
    assert {"reader1@example.org": 2} == dict(mailer.mailed)
