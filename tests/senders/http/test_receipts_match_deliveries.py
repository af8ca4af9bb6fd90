"""Whatever a service does and the line loses, receipts tell the truth and nobody is mailed twice."""

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
from tests.senders.http.fake_service import Asked, Cut, Drop, Reply, serving

COUNT = 40
SLOW = Reply({"message": "Slow down."}, 429, {"Retry-After": "1"})

#: What the service does with a request: whether it takes the letters, and what becomes of its answer.
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


class Mailer:
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

    def __call__(self, asked: Asked) -> Reply:
        with self._lock:
            turn = self._turns.pop(0) if self._turns else "take"
            if self._is_known(asked):
                return self._again(asked, turn)
            if turn.startswith("take"):
                self.mailed.update(self.provider.emails(asked))
                self._known.add(self._key(asked))
        return self._answer(asked, turn)

    def _answer(self, asked: Asked, turn: str) -> Reply:
        if turn in ("drop", "take and drop"):
            raise Drop
        if turn == "take and cut":
            raise Cut
        answers = {
            "take behind a gateway": Reply(b"", 504),
            "slow": SLOW,
            "fault": Reply(b"", 500),
            "refuse": Reply({"message": "No.", "code": "invalid_parameter"}, 400),
            "close": self.provider.closed,
        }
        return answers.get(turn) or self.provider.taken(asked)

    def _again(self, asked: Asked, turn: str) -> Reply:
        if turn in ("drop", "take and drop", "slow", "fault"):
            return self._answer(asked, turn)
        if self.provider is BREVO:
            return Reply({"code": "duplicate_parameter", "message": "Known."}, 400)
        return self.provider.taken(asked)

    def _is_known(self, asked: Asked) -> bool:
        return self.provider.knows_keys and self._key(asked) in self._known

    def _key(self, asked: Asked) -> str:
        if self.provider is BREVO:
            return str(asked.json["headers"]["idempotencyKey"])
        return asked.headers.get("idempotency-key", "")


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the keys of all services."""
    for provider in PROVIDERS:
        for name, value in provider.environment.items():
            monkeypatch.setenv(name, value)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.kind)
@settings(max_examples=15)  # of each of eight services
@given(turns=st.lists(TURNS, max_size=12), connections=st.integers(1, 3))
def test_receipts_are_true(provider: Provider, turns: list[str], connections: int) -> None:
    """Accepted was mailed; refused, deferred and without a receipt was not; in doubt may be either; nobody twice."""
    mailer = Mailer(provider, turns)
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


def test_the_mailer_would_tell() -> None:
    """It counts a request that is made twice without a key as two."""
    provider: Any = PROVIDERS[0]
    mailer = Mailer(provider, [])
    with serving(mailer) as service:
        for _ in range(2):
            with provider.open(service) as sender:
                list(sender.send([sample_message()]))
    assert {"reader1@example.org": 2} == dict(mailer.mailed)
