"""A message is accepted only if the provider's response proves it: by the documented status and an ID."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.models.delivery import Receipt
from tests.senders.http.fake_providers import (
    BREVO,
    MAILJET,
    POSTMARK,
    PROVIDERS,
    RESEND,
    SENDGRID,
    SPARKPOST,
    Provider,
)
from tests.senders.http.fake_service import Drop, RecordedRequest, Reply, respond_in_turn, serving
from tests.senders.http.test_service_faults import attempt, each, keys, states

__all__ = ["keys"]

#: Providers whose ID is in the body of the response, and the names it has there.
IDS = ("MessageId", "id", "MessageID", "MessageUUID", "messageIds")
WITH_ID = [provider for provider in PROVIDERS if provider is not SENDGRID]
BATCHED = [provider for provider in PROVIDERS if provider.batch > 1]

NO_IDS: list[Any] = [None, False, True, 0, "", "   ", "<>", [], ["x"], {}, {"id": "x"}, 1.5]
HOSTILE_IDS = {
    "nul": "a\x00b",
    "escape": "\x1b]0;owned\x07id",
    "surrogate": "id-\ud800",
    "direction": "id\u202egnp",
    "long": "i" * 500_000,
}


def replace_ids(body: Any, value: Any, *, only: int | None = None) -> Any:
    """Return a copy of *body* with each ID replaced by *value*, or that of the message *only*."""
    seen = 0

    def walk(part: Any) -> Any:
        nonlocal seen
        if isinstance(part, dict):
            return {name: change(name, each) for name, each in part.items()}
        return [walk(each) for each in part] if isinstance(part, list) else part

    def change(name: str, part: Any) -> Any:
        nonlocal seen
        if name not in IDS:
            return walk(part)
        if isinstance(part, list):
            return [change(name, each) for each in part]
        if name != "MessageUUID":
            seen += 1
        return value if only in (None, seen) else part

    return walk(body)


def altered(provider: Provider, change: Callable[[Any], Any]) -> Callable[[RecordedRequest], Reply]:
    """Return what accepts all messages, with the body of its response changed."""

    def answer(request: RecordedRequest) -> Reply:
        reply = provider.accept_all(request)
        return Reply(change(reply.body), reply.status, reply.headers)

    return answer


def send(
    provider: Provider, answer: Callable[[RecordedRequest], Reply], count: int
) -> list[Receipt]:
    """Return the receipts of *count* messages."""
    with serving(answer) as service:
        return attempt(provider, service, count)[0]


@each(WITH_ID)
@pytest.mark.parametrize("value", NO_IDS, ids=repr)
def test_a_message_without_an_id_is_not_accepted(provider: Provider, value: Any) -> None:
    """Whatever stands in the place of the ID: success without it is uncertain."""
    answer = altered(provider, lambda body: replace_ids(body, value))
    assert ["uncertain"] == states(send(provider, answer, 1))


@each(BATCHED)
@pytest.mark.parametrize("value", [None, "", False])
def test_one_result_without_proof_concerns_one_message(provider: Provider, value: Any) -> None:
    """The other messages of its batch keep their receipts."""
    answer = altered(provider, lambda body: replace_ids(body, value, only=2))
    assert ["accepted", "uncertain", "accepted"] == states(send(provider, answer, 3))


@each()
@pytest.mark.parametrize("status", [200, 201, 203, 204, 206])
def test_an_empty_success_is_not_accepted(provider: Provider, status: int) -> None:
    """A status of success alone proves nothing, but for SendGrid's 202."""
    assert ["uncertain"] == states(send(provider, lambda _: Reply(b"", status), 1))


UNPROVEN = {
    "postmark without a code": (POSTMARK, [{"Message": "Internal error", "MessageID": "x"}]),
    "postmark with a code that is no number": (
        POSTMARK,
        [{"ErrorCode": False, "Message": "OK", "MessageID": "x"}],
    ),
    "postmark with null": (POSTMARK, [None]),
    "sparkpost without counts": (SPARKPOST, {"results": {"id": "123"}}),
    "sparkpost with true": (
        SPARKPOST,
        {"results": {"id": "123", "total_accepted_recipients": True}},
    ),
    "sparkpost with nobody": (
        SPARKPOST,
        {"results": {"id": "1", "total_accepted_recipients": 0, "total_rejected_recipients": 0}},
    ),
    "mailjet with another status": (
        MAILJET,
        {"Messages": [{"Status": "queued?", "To": [{"MessageID": 7}]}]},
    ),
    "mailjet without recipients": (MAILJET, {"Messages": [{"Status": "success", "To": []}]}),
    "brevo with another number of ids": (BREVO, {"messageIds": ["a", "b"]}),
    "brevo with text instead of a list": (BREVO, {"messageIds": "a"}),
    "resend with an error": (RESEND, {"error": {"message": "no"}, "data": None}),
}


@pytest.mark.parametrize("provider, body", UNPROVEN.values(), ids=UNPROVEN)
def test_a_response_that_proves_nothing_is_uncertain(provider: Provider, body: Any) -> None:
    """A message is neither accepted nor refused by such a response."""
    assert ["uncertain"] == states(send(provider, lambda _: Reply(body), 1))


def test_sendgrid_lists_errors_with_202() -> None:
    """A response that lists errors is no acceptance, whatever its status."""
    body = {"errors": [{"message": "The from address does not match", "field": "from"}]}
    assert ["uncertain"] == states(send(SENDGRID, lambda _: Reply(body, 202), 1))


@pytest.mark.parametrize("count", [1, 3])
def test_brevos_duplicate_on_a_first_request_is_uncertain(count: int) -> None:
    """Nobody knows what became of the request it is a duplicate of; nothing is sent again, not one by one either."""
    known = Reply({"code": "duplicate_parameter", "message": "Duplicate idempotency key"}, 400)
    with serving(lambda _: known) as service:
        receipts, _, _ = attempt(BREVO, service, count)
    assert ["uncertain"] * count == states(receipts)
    assert "received the same request before" in receipts[0].response
    assert 1 == len(service.requests)


def test_brevos_duplicate_of_a_repeated_request_is_accepted() -> None:
    """Then it is our own request that it accepted."""
    known = Reply({"code": "duplicate_parameter", "message": "Duplicate idempotency key"}, 400)
    with serving(respond_in_turn(Drop, known)) as service:
        receipts, _, _ = attempt(BREVO, service, 2)
    assert ["accepted"] * 2 == states(receipts)


@each(WITH_ID)
@pytest.mark.parametrize("value", HOSTILE_IDS.values(), ids=HOSTILE_IDS)
def test_ids_are_cleaned_and_cut(provider: Provider, value: str) -> None:
    """An ID has at most 200 characters, all of which can be stored and printed."""
    answer = altered(provider, lambda body: replace_ids(body, value))
    (receipt,) = send(provider, answer, 1)
    assert "accepted" == receipt.state.value
    assert receipt.provider_id and 200 >= len(receipt.provider_id)
    assert receipt.provider_id.isprintable()
    receipt.provider_id.encode()


@each()
def test_error_messages_are_cleaned(provider: Provider) -> None:
    """A refusal in the provider's words holds no control characters, and can be encoded."""
    words = "\x1b[2J\x00no\ud800"
    text = json.dumps(provider.refusal.body)
    refusal = json.loads(text, object_hook=lambda part: _with_words(part, words))
    receipts = send(provider, lambda _: Reply(refusal, provider.refusal.status), 1)
    for receipt in receipts:
        assert receipt.response.isprintable()
        receipt.response.encode()


def _with_words(part: dict[str, Any], words: str) -> dict[str, Any]:
    names = {"message", "Message", "ErrorMessage", "description"}
    return {
        name: f"{value}{words}" if name in names and isinstance(value, str) else value
        for name, value in part.items()
    }
