"""Whatever goes wrong with a provider's API, each message gets the right receipt, and no key is shown."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import SendError
from pipeline.models.delivery import Receipt
from pipeline.models.message import Message
from pipeline.senders import Sender
from pipeline.senders.http.service_connection import ServiceConnection, ServiceRequest
from pipeline.testing import sample_message
from tests.senders.http.fake_providers import (
    BREVO,
    MAILGUN,
    MAILJET,
    POSTMARK,
    PROVIDERS,
    PUBLIC,
    RESEND,
    SECRET,
    SENDGRID,
    SES,
    SPARKPOST,
    Provider,
    accept_some,
    mailjet_error,
)
from tests.senders.http.fake_service import (
    Answering,
    Cut,
    Drip,
    Drop,
    Fault,
    Hang,
    RecordedRequest,
    Reply,
    Service,
    respond_in_turn,
    serving,
)

PAGE = (
    b"<!DOCTYPE html><html><head><title>Sorry</title></head><body><script>x</script></body></html>"
)
HTML = {"Content-Type": "text/html"}
KEYED = [provider for provider in PROVIDERS if provider.has_idempotency_keys]
UNKEYED = [provider for provider in PROVIDERS if not provider.has_idempotency_keys]


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the keys of all services."""
    for provider in PROVIDERS:
        for name, value in provider.environment.items():
            monkeypatch.setenv(name, value)


def each(providers: Any = PROVIDERS) -> pytest.MarkDecorator:
    """Run a test for each of *providers*."""
    return pytest.mark.parametrize("provider", providers, ids=lambda provider: provider.kind)


def attempt(
    provider: Provider, service: Service | str, count: int = 1, **options: Any
) -> tuple[list[Receipt], SendError | None, Sender]:
    """Send *count* messages; return the receipts, and the error that ended it."""
    receipts: list[Receipt] = []
    with provider.open(service, **options) as sender:
        try:
            receipts.extend(sender.send(map(sample_message, range(1, count + 1))))
        except SendError as error:
            assert_no_secret(str(error), repr(error))
            return receipts, error, sender
        finally:
            assert_no_secret(repr(receipts), repr(sender))
    return receipts, None, sender


def assert_no_secret(*texts: str) -> None:
    """See that no key stands in *texts*."""
    assert [] == [text for text in texts if SECRET in text or PUBLIC in text]


def states(receipts: list[Receipt]) -> list[str]:
    """Return the states in order of the messages."""
    return [r.state.value for r in sorted(receipts, key=lambda r: r.sequence)]


@each()
def test_an_accepted_message_has_the_providers_id(provider: Provider) -> None:
    """An accepted message has the provider's id."""
    with serving(provider.accept_all) as service:
        receipts, error, _ = attempt(provider, service)
    assert error is None
    assert ["accepted"] == states(receipts)
    assert receipts[0].provider_id


@each()
def test_a_refusal_has_the_providers_error_message(provider: Provider) -> None:
    """One message that is refused permanently does not affect the others."""
    with serving(lambda _: provider.refusal) as service:
        receipts, error, _ = attempt(provider, service)
    assert error is None
    assert ["refused"] == states(receipts)
    assert any(
        word in receipts[0].response.lower() for word in ("valid", "blacklisted", "suppressed")
    )


def list_address_failures(answering: Answering, provider: Provider) -> list[int]:
    """Return of which of three messages the address is refused."""
    with serving(answering) as service:
        receipts, _, _ = attempt(provider, service, 3)
    return sorted(receipt.sequence for receipt in receipts if receipt.is_address_failure)


@each()
def test_an_address_failure_is_recognised(provider: Provider) -> None:
    """An error about the address alone suppresses it; an error in the request does not."""
    is_told = provider in (MAILGUN, SPARKPOST, POSTMARK, SENDGRID, MAILJET)
    assert ([2] if is_told else []) == list_address_failures(accept_some(provider), provider)


def test_an_ambiguous_refusal_is_no_address_failure() -> None:
    """Postmark's 300 is any invalid request; SendGrid may mean another address; SparkPost another rule."""
    other = {"message": "Does not contain a valid address.", "field": "reply_to.email"}
    rule = {"message": "Message generation rejected", "description": "too large", "code": "1902"}
    assert [] == list_address_failures(lambda _: Reply({"errors": [other]}, 400), SENDGRID)
    assert [] == list_address_failures(lambda _: Reply({"errors": [rule]}, 400), SPARKPOST)
    many = [{"ErrorCode": 300, "Message": "Invalid 'To' address: 'x'."}] * 3
    assert [] == list_address_failures(lambda _: Reply(many), POSTMARK)


@each()
def test_429_defers_by_retry_after(provider: Provider) -> None:
    """429 with seconds: the whole batch is deferred, and the receipts say how long."""
    slow = Reply({"message": "Slow down."}, 429, {"Retry-After": "7"})
    with serving(lambda _: slow) as service:
        receipts, error, _ = attempt(provider, service, 3, connections=1)
    assert error is None
    assert ["deferred"] * 3 == states(receipts)
    assert {timedelta(seconds=7)} == {receipt.retry_after for receipt in receipts}


@each()
def test_503_defers_until_a_date(provider: Provider) -> None:
    """503 with a date: deferred until then."""
    until = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    with serving(lambda _: Reply(b"", 503, {"Retry-After": until})) as service:
        receipts, _, _ = attempt(provider, service)
    assert ["deferred"] == states(receipts)
    wait = receipts[0].retry_after
    assert wait is not None
    assert timedelta(minutes=119) < wait <= timedelta(hours=2)
    assert "503 Service Unavailable" == receipts[0].response


@each()
def test_an_html_error_page_becomes_text(provider: Provider) -> None:
    """500 with an HTML page: deferred; the receipt has its title and no markup."""
    with serving(lambda _: Reply(PAGE, 500, HTML)) as service:
        receipts, _, _ = attempt(provider, service)
    assert ["deferred"] == states(receipts)
    assert "500 Sorry" == receipts[0].response


@each()
def test_an_invalid_key_stops_the_sender(provider: Provider) -> None:
    """The error is permanent and not uncertain, and says what to check."""
    with serving(lambda _: provider.account_error) as service:
        receipts, error, _ = attempt(provider, service, 40, connections=1)
    assert [] == receipts
    assert error is not None
    assert (False, False) == (error.temporary, error.uncertain)
    assert "Check the API key" in str(error)
    assert 1 == len(service.requests)


PROBED = [provider for provider in PROVIDERS if provider is not MAILGUN]


def probed(provider: Provider, answering: Answering) -> str:
    """Return what a sender sees of a service; that it only looked, and told nobody the key, is seen to."""
    with serving(answering) as service, provider.open(service) as sender:
        try:
            return sender.check_connection()
        except SendError as error:
            assert_no_secret(str(error), repr(error))
            raise
        finally:
            assert [("GET", b"")] == [
                (request.method, request.body) for request in service.requests
            ]


@each(PROBED)
def test_check_connection_checks_the_key(provider: Provider) -> None:
    """A valid key, an invalid key, an outage and an unreachable API are told apart."""
    assert "accepts the API key" in probed(provider, lambda _: Reply({}))
    with pytest.raises(SendError, match="rejected this account"):
        probed(provider, lambda _: provider.account_error)
    for reply in (Reply({}, 503), Reply({}, 429, {"Retry-After": "7"}), Reply(PAGE, 502, HTML)):
        with pytest.raises(SendError, match="not as expected") as raised:
            probed(provider, respond_in_turn(reply))
        assert raised.value.temporary
    with serving(provider.accept_all) as gone:
        url = gone.url
    with (
        pytest.raises(SendError, match="Cannot connect") as raised,
        provider.open(url) as sender,
    ):
        sender.check_connection()
    assert not raised.value.uncertain


@pytest.mark.parametrize(
    ("provider", "reply"),
    [
        (
            SES,
            Reply(
                {"Message": "User is not authorized to perform: ses:GetAccount"},
                403,
                {"x-amzn-errortype": "AccessDeniedException"},
            ),
        ),
        (SPARKPOST, Reply({"errors": [{"message": "Forbidden."}]}, 403)),
        (
            RESEND,
            Reply(
                {
                    "statusCode": 401,
                    "name": "restricted_api_key",
                    "message": "This API key is restricted to only send emails",
                },
                401,
            ),
        ),
    ],
    ids=lambda value: getattr(value, "kind", "reply"),
)
def test_a_key_with_sending_access_only_is_valid(provider: Provider, reply: Reply) -> None:
    """It may not read the account, as it should be."""
    assert "accepts the API key" in probed(provider, lambda _: reply)


def test_mailgun_has_no_health_request() -> None:
    """Mailgun's keys for sending may read nothing, and get the same response as invalid keys."""
    with serving(MAILGUN.accept_all) as service, MAILGUN.open(service) as sender:
        assert "" == sender.check_connection()
    assert [] == service.requests


@each()
@pytest.mark.parametrize("fault", [Drop, Cut, Hang, Drip])
def test_a_missing_response_makes_the_message_uncertain(
    provider: Provider, fault: type[Fault]
) -> None:
    """The whole request was sent and no response came: the receipt says so."""
    with serving(respond_in_turn(fault)) as service:
        receipts, error, _ = attempt(provider, service, timeout_s=1 if fault in (Hang, Drip) else 5)
    assert error is None
    assert ["uncertain"] == states(receipts)
    expected = "the request timed out" if fault in (Hang, Drip) else "the connection"
    assert f"did not respond: {expected}" in receipts[0].response
    assert (2 if provider.has_idempotency_keys else 1) == len(service.requests)


@each()
@pytest.mark.parametrize(
    "reply",
    [
        Reply(b'{"half": ', 200),
        Reply(PAGE, 200, HTML),
        Reply({"unforeseen": True}, 200),
        Reply([None] * 3, 200),
        Reply(b"", 200),
        Reply(b"", 504),
        Reply(PAGE, 502, HTML),
    ],
    ids=["half", "page", "other", "list", "empty", "504", "502"],
)
def test_an_unexpected_response_makes_the_message_uncertain(
    provider: Provider, reply: Reply
) -> None:
    """What looks like success and is not, or comes from a gateway, tells nothing: uncertain, never sent again."""
    with serving(lambda _: reply) as service:
        receipts, error, _ = attempt(provider, service, 2, connections=1)
    assert ["uncertain"] * 2 == states(receipts)
    assert (error is not None) == (provider.batch == 1)  # two dropped in a row end it


@each(KEYED)
@pytest.mark.parametrize("dropped", [Drop, Cut, Reply(b"", 504)], ids=["drop", "cut", "504"])
def test_a_request_with_an_idempotency_key_is_repeated(provider: Provider, dropped: Any) -> None:
    """The same bytes with the same key, once more; the second response counts."""
    first = respond_in_turn(dropped, Reply())

    def answer(request: RecordedRequest) -> Reply:
        return first(request) if len(service.requests) == 1 else provider.accept_all(request)

    with serving(answer) as service:
        receipts, error, _ = attempt(provider, service, 3)
    assert error is None
    assert ["accepted"] * 3 == states(receipts)
    once, again = service.requests
    assert once.body == again.body
    assert once.headers.get("idempotency-key") == again.headers.get("idempotency-key")


@each(KEYED)
@pytest.mark.parametrize("second", [Reply(b"", 503), Reply({"message": "no"}, 429), Drop])
def test_a_repeated_request_settles_only_by_success(provider: Provider, second: Any) -> None:
    """That the second request is put off says nothing of the first."""
    with serving(respond_in_turn(Drop, second)) as service:
        receipts, _, _ = attempt(provider, service, 3)
    assert ["uncertain"] * 3 == states(receipts)
    assert 2 == len(service.requests)


def test_brevo_recognises_a_repeated_request() -> None:
    """The response to the second request is that the first was accepted."""
    known = Reply({"code": "duplicate_parameter", "message": "Duplicate idempotency key"}, 400)
    with serving(respond_in_turn(Drop, known)) as service:
        receipts, _, _ = attempt(BREVO, service, 3)
    assert ["accepted"] * 3 == states(receipts)


def test_resend_reports_a_request_in_progress() -> None:
    """That is no refusal: the result is unknown."""
    busy = Reply({"name": "concurrent_idempotent_requests", "message": "Same key."}, 409)
    with serving(respond_in_turn(Drop, busy)) as service:
        receipts, _, _ = attempt(RESEND, service, 3)
    assert ["uncertain"] * 3 == states(receipts)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 900) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "id data errors results index code message Message Messages ErrorCode Status Errors".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
STATUSES = st.sampled_from(
    [200, 202, 204, 301, 400, 401, 409, 413, 418, 422, 429, 500, 503, 504, 599]
)


@each()
@settings(max_examples=20)  # of each of eight services
@given(data=st.data())
def test_each_message_gets_a_receipt_for_any_response(provider: Provider, data: Any) -> None:
    """Or sending stops with an error, and no message without a receipt was accepted."""
    replies = data.draw(st.lists(st.builds(Reply, JSON, STATUSES), min_size=1, max_size=4))
    with serving(respond_in_turn(*replies)) as service:
        receipts, error, _ = attempt(provider, service, 3)
    numbers = [receipt.sequence for receipt in receipts]
    assert len(set(numbers)) == len(numbers)
    assert error is not None or [1, 2, 3] == sorted(numbers)


def test_an_error_of_the_messages_follows_earlier_receipts() -> None:
    """Messages of a batch that is not full yet are sent first."""

    def breaking() -> Iterator[Message]:
        yield from map(sample_message, (1, 2, 3))
        raise LookupError("the source failed")

    receipts: list[Receipt] = []
    with (
        serving(POSTMARK.accept_all) as service,
        POSTMARK.open(service) as sender,
        pytest.raises(LookupError, match="the source failed"),
    ):
        for receipt in sender.send(breaking()):
            receipts.append(receipt)  # noqa: PERF402 (those before the error are kept)
    assert ["accepted"] * 3 == states(receipts)


def test_smtputf8_addresses_are_refused() -> None:
    """No provider supports SMTPUTF8; the other messages are sent."""
    beyond = replace(
        m := sample_message(2), recipient=replace(m.recipient, email="jörg@example.org")
    )
    with serving(POSTMARK.accept_all) as service, POSTMARK.open(service) as sender:
        receipts = list(sender.send([sample_message(1), beyond, sample_message(3)]))
    assert ["accepted", "refused", "accepted"] == states(receipts)
    assert "5.6.7" == receipts[1].enhanced_code
    assert 2 == len(service.requests)


@each()
def test_two_missing_responses_stop_the_sender(provider: Provider) -> None:
    """No more messages become uncertain, and the error is temporary."""
    with serving(respond_in_turn(Drop)) as service:
        receipts, error, _ = attempt(provider, service, 200, connections=1)
    assert ["uncertain"] * (2 * provider.batch) == states(receipts)
    assert error is not None
    assert (True, False) == (error.temporary, error.uncertain)
    assert "2 times in a row" in str(error)


@each()
def test_a_refused_connection_is_a_temporary_error(provider: Provider) -> None:
    """Nothing was sent; the error says where and why."""
    with serving(provider.accept_all) as gone:
        url = gone.url
    receipts, error, _ = attempt(provider, url)
    assert [] == receipts
    assert error is not None and error.temporary and not error.uncertain
    assert f"at {url}: the connection was refused. Nothing was sent." in str(error)


@each()
def test_413_stops_the_sender(provider: Provider) -> None:
    """A batch that is too large is split; a message that is too large would be so for every recipient."""

    def answer(request: RecordedRequest) -> Reply:
        is_small = len(
            provider.parse_recipients(request)
        ) == 1 and "reader3@example.org" not in provider.parse_recipients(request)
        return provider.accept_all(request) if is_small else Reply(b"", 413)

    with serving(answer) as service:
        receipts, error, _ = attempt(provider, service, 5, connections=1)
    assert ["accepted", "accepted"] == states(receipts)
    assert error is not None
    assert (False, False) == (error.temporary, error.uncertain)
    assert "rejects messages of this size" in str(error)


@each()
def test_a_redirect_is_not_followed(provider: Provider) -> None:
    """Messages and keys go only to the configured URL."""
    with (
        serving(provider.accept_all) as elsewhere,
        serving(lambda _: Reply(b"", 307, {"Location": elsewhere.url})) as service,
    ):
        receipts, error, _ = attempt(provider, service)
    assert [] == receipts
    assert error is not None and not error.temporary
    assert [] == elsewhere.requests


@each()
def test_a_repeated_key_is_redacted(provider: Provider) -> None:
    """A provider that repeats the key in its response does not reveal it."""
    echo = Reply({"message": f"bad key {SECRET}", "Message": SECRET, "ErrorMessage": SECRET}, 422)
    with serving(lambda _: echo) as service:
        receipts, error, _ = attempt(provider, service)
    assert receipts or error


@each([p for p in PROVIDERS if p.batch > 1])
def test_one_invalid_message_does_not_affect_its_batch(provider: Provider) -> None:
    """Of 20 messages one is refused and one deferred, however the provider reports it."""
    assert provider.accept_some
    with serving(provider.accept_some) as service:
        receipts, error, _ = attempt(provider, service, 20)
    assert error is None
    expected = ["accepted"] * 20
    expected[1:3] = ["refused", "deferred"]
    assert expected == states(receipts)


@each([p for p in PROVIDERS if p.batch > 1])
def test_a_batch_holds_at_most_the_messages_in_flight(provider: Provider) -> None:
    """More would be uncertain after a crash."""
    with serving(provider.accept_all) as service:
        attempt(provider, service, 40, connections=1)
    assert [16, 16, 8] == [len(provider.parse_recipients(request)) for request in service.requests]


def test_a_batch_is_limited_in_bytes() -> None:
    """Large messages fill a batch sooner."""
    long = [
        replace(m := sample_message(n), chunks=(m.content, b"x" * 3_000_000)) for n in (1, 2, 3)
    ]
    with serving(POSTMARK.accept_all) as service, POSTMARK.open(service) as sender:
        list(sender.send(long))
    assert [2, 1] == [len(POSTMARK.parse_recipients(request)) for request in service.requests]


@pytest.mark.parametrize(
    ("provider", "item"),
    [
        (POSTMARK, {"ErrorCode": 401, "Message": "Sender signature not confirmed."}),
        (MAILJET, mailjet_error(403, "send-0008", "The sender is not confirmed.")),
    ],
    ids=["postmark", "mailjet"],
)
def test_an_account_error_in_one_result_stops_the_sender(provider: Provider, item: Any) -> None:
    """Who was taken has a receipt; who was not has none, and goes by another sender or another day."""

    def answer(request: RecordedRequest) -> Reply:
        body: Any = provider.accept_all(request).body
        (body if isinstance(body, list) else body["Messages"])[1] = item
        return Reply(body)

    with serving(answer) as service:
        receipts, error, _ = attempt(provider, service, 3)
    assert [1, 3] == [receipt.sequence for receipt in receipts]
    assert ["accepted", "accepted"] == states(receipts)
    assert error is not None and "not confirmed" in str(error)


@pytest.mark.parametrize(
    ("provider", "reply", "expected"),
    [
        (
            SES,
            Reply(
                {"message": "Maximum sending rate exceeded."},
                400,
                {"x-amzn-errortype": "ThrottlingException"},
            ),
            "deferred",
        ),
        (
            SPARKPOST,
            Reply({"errors": [{"message": "Exceed Sending Limit (daily)"}]}, 420),
            "deferred",
        ),
        (RESEND, Reply({"name": "daily_quota_exceeded", "message": "Quota."}, 429), "deferred"),
    ],
    ids=["ses", "sparkpost", "resend"],
)
def test_an_exceeded_quota_defers(provider: Provider, reply: Reply, expected: str) -> None:
    """Providers report limits in several ways; all are temporary."""
    with serving(lambda _: reply) as service:
        receipts, _, _ = attempt(provider, service)
    assert [expected] == states(receipts)


@pytest.mark.parametrize(
    ("provider", "reply"),
    [
        (
            SES,
            Reply(
                {"message": "Email address is not verified. The following identities failed"},
                400,
                {"x-amzn-errortype": "MessageRejected"},
            ),
        ),
        (
            SES,
            Reply(
                {"message": "Sending paused for this account."},
                400,
                {"x-amzn-errortype": "SendingPausedException"},
            ),
        ),
        (MAILGUN, Reply({"message": "Domain not found: ferry.example.org"}, 404)),
        (MAILGUN, Reply(b"Mailgun Magnificent API", 200)),
        (SPARKPOST, Reply({"errors": [{"message": "Invalid domain", "code": "7001"}]}, 400)),
        (
            SENDGRID,
            Reply(
                {
                    "errors": [
                        {
                            "message": "The from address does not match a verified Sender Identity.",
                            "field": "from",
                            "help": None,
                        }
                    ]
                },
                403,
            ),
        ),
        (
            RESEND,
            Reply({"name": "validation_error", "message": "The domain is not verified."}, 403),
        ),
        (
            BREVO,
            Reply(
                {
                    "code": "invalid_parameter",
                    "message": "Sending has been rejected because the sender you used is not valid.",
                },
                400,
            ),
        ),
        (BREVO, Reply({"code": "not_enough_credits", "message": "Buy."}, 402)),
    ],
)
def test_an_unverified_sender_stops_the_sender(provider: Provider, reply: Reply) -> None:
    """An unverified domain or a closed account concerns every message: none is refused for it."""
    with serving(lambda _: reply) as service:
        receipts, error, _ = attempt(provider, service, 3, connections=1)
    assert [] == receipts
    assert error is not None
    assert (False, False) == (error.temporary, error.uncertain)


def test_other_batches_get_receipts_after_an_error() -> None:
    """With several connections, an error of one does not lose the results of the others."""

    def answer(request: RecordedRequest) -> Reply:
        is_third = "reader3@example.org" in SENDGRID.parse_recipients(request)
        return SENDGRID.account_error if is_third else SENDGRID.accept_all(request)

    with serving(answer) as service:
        receipts, error, _ = attempt(SENDGRID, service, 100, connections=8)
    assert error is not None
    assert {"accepted"} == set(states(receipts))
    assert len(receipts) == len(service.requests) - 1
    assert 3 not in [receipt.sequence for receipt in receipts]
    assert len(service.requests) < 30


def test_connections_are_reused() -> None:
    """50 messages over two connections open two."""
    with serving(SENDGRID.accept_all) as service:
        attempt(SENDGRID, service, 50, connections=2)
    assert 50 == len(service.requests)
    assert service.connections <= 2


def test_an_incomplete_request_is_not_uncertain() -> None:
    """The connection is dropped while the request is being sent: it cannot have been accepted."""
    with breaking_server() as url:
        connection = ServiceConnection("It", url, timeout_s=5)
        with pytest.raises(SendError, match="Nothing was sent") as caught:
            connection.send(ServiceRequest(path="/", body=bytes(40_000_000), headers={}))
        connection.close()
    assert (True, False) == (caught.value.temporary, caught.value.uncertain)


@contextmanager
def breaking_server() -> Iterator[str]:
    """Run a server that reads a little, then resets the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            taken, _ = listening.accept()
            taken.recv(1000)
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            taken.close()

        thread = Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """The authority that signs the certificates."""
    return trustme.CA()


def tls(authority: trustme.CA, host: str) -> ssl.SSLContext:
    """Return what serves with a certificate for *host*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context


@pytest.mark.parametrize(("host", "is_known"), [("127.0.0.1", False), ("other.example.org", True)])
def test_an_untrusted_certificate_stops_the_sender(
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    is_known: bool,
) -> None:
    """Of an unknown authority, or for another host: nothing is sent, and the sentence says why."""
    if is_known:
        trust(authority, tmp_path, monkeypatch)
    with serving(POSTMARK.accept_all, context=tls(authority, host)) as service:
        url = service.url.replace("http:", "https:")
        receipts, error, _ = attempt(POSTMARK, url)
    assert ([], []) == (receipts, service.requests)
    assert error is not None
    assert (False, False) == (error.temporary, error.uncertain)
    assert "certificate" in str(error)


def test_netrc_does_not_replace_the_key(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Authorities of one's own come from REQUESTS_CA_BUNDLE; what ~/.netrc says of the host is left alone."""
    trust(authority, tmp_path, monkeypatch)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving(SENDGRID.accept_all, context=tls(authority, "127.0.0.1")) as service:
        receipts, _, _ = attempt(SENDGRID, service.url.replace("http:", "https:"))
    assert ["accepted"] == states(receipts)
    assert f"Bearer {SECRET}" == service.requests[0].headers["authorization"]


def test_an_unreachable_proxy_is_reported_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Proxies come from the environment; nothing was sent, and later may do."""
    with serving(POSTMARK.accept_all) as gone:
        port = gone.server_address[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:{SECRET}@127.0.0.1:{port}")
    receipts, error, _ = attempt(POSTMARK, "https://mail.example.org")
    assert [] == receipts
    assert error is not None
    assert (True, False) == (error.temporary, error.uncertain)
    assert "proxy" in str(error)


def trust(authority: trustme.CA, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sender trust *authority*."""
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "ca.pem"))
