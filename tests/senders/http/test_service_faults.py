"""Whatever goes wrong between us and a service, each message gets the right receipt, and no key is told."""

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
    choosy,
    mailjet_error,
)
from tests.senders.http.fake_service import (
    Answering,
    Asked,
    Cut,
    Drip,
    Drop,
    Fault,
    Hang,
    Reply,
    Service,
    in_turn,
    serving,
)

PAGE = (
    b"<!DOCTYPE html><html><head><title>Sorry</title></head><body><script>x</script></body></html>"
)
HTML = {"Content-Type": "text/html"}
KEYED = [provider for provider in PROVIDERS if provider.knows_keys]
UNKEYED = [provider for provider in PROVIDERS if not provider.knows_keys]


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
def test_it_says_what_the_service_calls_the_message(provider: Provider) -> None:
    """An accepted message has the service's own id."""
    with serving(provider.taken) as service:
        receipts, error, _ = attempt(provider, service)
    assert error is None
    assert ["accepted"] == states(receipts)
    assert receipts[0].provider_id


@each()
def test_a_refusal_has_the_words_of_the_service(provider: Provider) -> None:
    """One message refused for good is that message's own matter."""
    with serving(lambda _: provider.refusal) as service:
        receipts, error, _ = attempt(provider, service)
    assert error is None
    assert ["refused"] == states(receipts)
    assert any(
        word in receipts[0].response.lower() for word in ("valid", "blacklisted", "suppressed")
    )


def of_the_address(answering: Answering, provider: Provider) -> list[int]:
    """Return of which of three messages the address is refused."""
    with serving(answering) as service:
        receipts, _, _ = attempt(provider, service, 3)
    return sorted(receipt.sequence for receipt in receipts if receipt.is_address_failure)


@each()
def test_what_a_service_says_of_an_address_is_known_for_it(provider: Provider) -> None:
    """Where its words are of the address alone, nobody writes there again; a fault of the form costs no reader."""
    is_told = provider in (MAILGUN, SPARKPOST, POSTMARK, SENDGRID, MAILJET)
    assert ([2] if is_told else []) == of_the_address(choosy(provider), provider)


def test_a_refusal_that_may_be_of_the_letter_is_not_of_the_address() -> None:
    """Postmark's 300 is any fault of the form; SendGrid may mean another address; SparkPost another rule."""
    other = {"message": "Does not contain a valid address.", "field": "reply_to.email"}
    rule = {"message": "Message generation rejected", "description": "too large", "code": "1902"}
    assert [] == of_the_address(lambda _: Reply({"errors": [other]}, 400), SENDGRID)
    assert [] == of_the_address(lambda _: Reply({"errors": [rule]}, 400), SPARKPOST)
    many = [{"ErrorCode": 300, "Message": "Invalid 'To' address: 'x'."}] * 3
    assert [] == of_the_address(lambda _: Reply(many), POSTMARK)


@each()
def test_too_many_requests_are_deferred_for_as_long_as_told(provider: Provider) -> None:
    """429 with seconds: all of the batch later, and the time travels in the receipts."""
    slow = Reply({"message": "Slow down."}, 429, {"Retry-After": "7"})
    with serving(lambda _: slow) as service:
        receipts, error, _ = attempt(provider, service, 3, connections=1)
    assert error is None
    assert ["deferred"] * 3 == states(receipts)
    assert {timedelta(seconds=7)} == {receipt.retry_after for receipt in receipts}


@each()
def test_a_service_under_repair_says_until_when(provider: Provider) -> None:
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
def test_an_error_page_is_told_in_words(provider: Provider) -> None:
    """500 with a page of HTML: deferred, and of the page its title is told, no markup."""
    with serving(lambda _: Reply(PAGE, 500, HTML)) as service:
        receipts, _, _ = attempt(provider, service)
    assert ["deferred"] == states(receipts)
    assert "500 Sorry" == receipts[0].response


@each()
def test_a_wrong_key_stops_the_sender(provider: Provider) -> None:
    """The sender cannot go on, later neither; nothing is in doubt, and the sentence says what to look at."""
    with serving(lambda _: provider.closed) as service:
        receipts, error, _ = attempt(provider, service, 40, connections=1)
    assert [] == receipts
    assert error is not None
    assert (False, False) == (error.temporary, error.uncertain)
    assert "Check the API key" in str(error)
    assert 1 == len(service.asked)


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
            assert [("GET", b"")] == [(asked.method, asked.body) for asked in service.asked]


@each(PROBED)
def test_a_service_is_looked_at_before_anything_is_sent(provider: Provider) -> None:
    """Who accepts the API key says so; who does not, is out of order or is not there is told as what it is."""
    assert "accepts the API key" in probed(provider, lambda _: Reply({}))
    with pytest.raises(SendError, match="rejected this account"):
        probed(provider, lambda _: provider.closed)
    for reply in (Reply({}, 503), Reply({}, 429, {"Retry-After": "7"}), Reply(PAGE, 502, HTML)):
        with pytest.raises(SendError, match="not as expected") as raised:
            probed(provider, in_turn(reply))
        assert raised.value.temporary
    with serving(provider.taken) as gone:
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
def test_a_key_for_sending_alone_is_a_good_key(provider: Provider, reply: Reply) -> None:
    """It may not look at the account, which is as it should be."""
    assert "accepts the API key" in probed(provider, lambda _: reply)


def test_what_cannot_be_seen_is_not_asked() -> None:
    """Mailgun's keys for sending may look at nothing, and are answered as unknown ones are."""
    with serving(MAILGUN.taken) as service, MAILGUN.open(service) as sender:
        assert "" == sender.check_connection()
    assert [] == service.asked


@each()
@pytest.mark.parametrize("fault", [Drop, Cut, Hang, Drip])
def test_a_lost_answer_leaves_the_message_uncertain(provider: Provider, fault: type[Fault]) -> None:
    """The request was sent whole and no answer came: nobody knows, and the words say so."""
    with serving(in_turn(fault)) as service:
        receipts, error, _ = attempt(
            provider, service, timeout_s=0.2 if fault in (Hang, Drip) else 5
        )
    assert error is None
    assert ["uncertain"] == states(receipts)
    expected = "the request timed out" if fault in (Hang, Drip) else "the connection"
    assert f"did not respond: {expected}" in receipts[0].response
    assert (2 if provider.knows_keys else 1) == len(service.asked)


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
def test_an_unforeseen_answer_leaves_the_message_uncertain(
    provider: Provider, reply: Reply
) -> None:
    """What looks like success and is none, or comes from a gateway, tells nothing: uncertain, never sent again."""
    with serving(lambda _: reply) as service:
        receipts, error, _ = attempt(provider, service, 2, connections=1)
    assert ["uncertain"] * 2 == states(receipts)
    assert (error is not None) == (provider.batch == 1)  # two lost in a row end it


@each(KEYED)
@pytest.mark.parametrize("lost", [Drop, Cut, Reply(b"", 504)], ids=["drop", "cut", "504"])
def test_a_key_lets_a_lost_request_be_made_again(provider: Provider, lost: Any) -> None:
    """The same octets with the same key, once more, and the answer then holds."""
    first = in_turn(lost, Reply())

    def answer(asked: Asked) -> Reply:
        return first(asked) if len(service.asked) == 1 else provider.taken(asked)

    with serving(answer) as service:
        receipts, error, _ = attempt(provider, service, 3)
    assert error is None
    assert ["accepted"] * 3 == states(receipts)
    once, again = service.asked
    assert once.body == again.body
    assert once.headers.get("idempotency-key") == again.headers.get("idempotency-key")


@each(KEYED)
@pytest.mark.parametrize("second", [Reply(b"", 503), Reply({"message": "no"}, 429), Drop])
def test_what_was_lost_stays_uncertain_unless_success_is_told(
    provider: Provider, second: Any
) -> None:
    """That the second request is put off says nothing of the first."""
    with serving(in_turn(Drop, second)) as service:
        receipts, _, _ = attempt(provider, service, 3)
    assert ["uncertain"] * 3 == states(receipts)
    assert 2 == len(service.asked)


def test_brevo_says_that_it_knows_the_request() -> None:
    """The answer to the second request is that the first was taken."""
    known = Reply({"code": "duplicate_parameter", "message": "Duplicate idempotency key"}, 400)
    with serving(in_turn(Drop, known)) as service:
        receipts, _, _ = attempt(BREVO, service, 3)
    assert ["accepted"] * 3 == states(receipts)


def test_resend_says_that_the_request_is_under_way() -> None:
    """That is no refusal: what becomes of it is unknown."""
    busy = Reply({"name": "concurrent_idempotent_requests", "message": "Same key."}, 409)
    with serving(in_turn(Drop, busy)) as service:
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
def test_whatever_is_answered_each_message_has_its_receipt(provider: Provider, data: Any) -> None:
    """Or the sending stops with a sentence, and then no message without a receipt was taken."""
    replies = data.draw(st.lists(st.builds(Reply, JSON, STATUSES), min_size=1, max_size=4))
    with serving(in_turn(*replies)) as service:
        receipts, error, _ = attempt(provider, service, 3)
    numbers = [receipt.sequence for receipt in receipts]
    assert len(set(numbers)) == len(numbers)
    assert error is not None or [1, 2, 3] == sorted(numbers)


def test_an_error_of_the_messages_comes_after_the_receipts_of_those_before() -> None:
    """What was taken for a batch that is not full yet is handed over first."""

    def breaking() -> Iterator[Message]:
        yield from map(sample_message, (1, 2, 3))
        raise LookupError("the roll is gone")

    receipts: list[Receipt] = []
    with (
        serving(POSTMARK.taken) as service,
        POSTMARK.open(service) as sender,
        pytest.raises(LookupError, match="roll"),
    ):
        for receipt in sender.send(breaking()):
            receipts.append(receipt)  # noqa: PERF402 (those before the error are kept)
    assert ["accepted"] * 3 == states(receipts)


def test_readers_who_need_smtputf8_are_refused_by_a_receipt() -> None:
    """No service offers it; the others are not held up."""
    beyond = replace(
        m := sample_message(2), recipient=replace(m.recipient, email="jörg@example.org")
    )
    with serving(POSTMARK.taken) as service, POSTMARK.open(service) as sender:
        receipts = list(sender.send([sample_message(1), beyond, sample_message(3)]))
    assert ["accepted", "refused", "accepted"] == states(receipts)
    assert "5.6.7" == receipts[1].enhanced_code
    assert 2 == len(service.asked)


@each()
def test_a_dead_line_ends_the_sending(provider: Provider) -> None:
    """Two answers lost in a row: no more messages are put in doubt, and later may do."""
    with serving(in_turn(Drop)) as service:
        receipts, error, _ = attempt(provider, service, 200, connections=1)
    assert ["uncertain"] * (2 * provider.batch) == states(receipts)
    assert error is not None
    assert (True, False) == (error.temporary, error.uncertain)
    assert "2 times in a row" in str(error)


@each()
def test_a_refused_connection_is_told(provider: Provider) -> None:
    """Nothing is there: nothing was sent, later may do, and the sentence says where and why."""
    with serving(provider.taken) as gone:
        url = gone.url
    receipts, error, _ = attempt(provider, url)
    assert [] == receipts
    assert error is not None and error.temporary and not error.uncertain
    assert f"at {url}: the connection was refused. Nothing was sent." in str(error)


@each()
def test_letters_that_are_too_large_stop_the_sending(provider: Provider) -> None:
    """A batch that is too large is offered in parts; a letter that is would be so for every reader."""

    def answer(asked: Asked) -> Reply:
        is_small = len(
            provider.emails(asked)
        ) == 1 and "reader3@example.org" not in provider.emails(asked)
        return provider.taken(asked) if is_small else Reply(b"", 413)

    with serving(answer) as service:
        receipts, error, _ = attempt(provider, service, 5, connections=1)
    assert ["accepted", "accepted"] == states(receipts)
    assert error is not None
    assert (False, False) == (error.temporary, error.uncertain)
    assert "rejects messages of this size" in str(error)


@each()
def test_a_redirect_is_not_followed(provider: Provider) -> None:
    """Letters and keys go to the address that was configured, nowhere else."""
    with (
        serving(provider.taken) as elsewhere,
        serving(lambda _: Reply(b"", 307, {"Location": elsewhere.url})) as service,
    ):
        receipts, error, _ = attempt(provider, service)
    assert [] == receipts
    assert error is not None and not error.temporary
    assert [] == elsewhere.asked


@each()
def test_a_key_that_comes_back_is_blotted_out(provider: Provider) -> None:
    """A service that repeats the key in its words does not make us tell it."""
    echo = Reply({"message": f"bad key {SECRET}", "Message": SECRET, "ErrorMessage": SECRET}, 422)
    with serving(lambda _: echo) as service:
        receipts, error, _ = attempt(provider, service)
    assert receipts or error


@each([p for p in PROVIDERS if p.batch > 1])
def test_one_bad_message_does_not_take_its_batch_along(provider: Provider) -> None:
    """Of 20 messages one is refused and one put off, whatever way the service tells it."""
    assert provider.choosy
    with serving(provider.choosy) as service:
        receipts, error, _ = attempt(provider, service, 20)
    assert error is None
    expected = ["accepted"] * 20
    expected[1:3] = ["refused", "deferred"]
    assert expected == states(receipts)


@each([p for p in PROVIDERS if p.batch > 1])
def test_a_batch_holds_no_more_than_may_be_unanswered(provider: Provider) -> None:
    """So many would be in doubt after a crash."""
    with serving(provider.taken) as service:
        attempt(provider, service, 40, connections=1)
    assert [16, 16, 8] == [len(provider.emails(asked)) for asked in service.asked]


def test_a_batch_is_one_request_of_bearable_size() -> None:
    """Long letters fill a batch sooner."""
    long = [
        replace(m := sample_message(n), chunks=(m.content, b"x" * 3_000_000)) for n in (1, 2, 3)
    ]
    with serving(POSTMARK.taken) as service, POSTMARK.open(service) as sender:
        list(sender.send(long))
    assert [2, 1] == [len(POSTMARK.emails(asked)) for asked in service.asked]


@pytest.mark.parametrize(
    ("provider", "item"),
    [
        (POSTMARK, {"ErrorCode": 401, "Message": "Sender signature not confirmed."}),
        (MAILJET, mailjet_error(403, "send-0008", "The sender is not confirmed.")),
    ],
    ids=["postmark", "mailjet"],
)
def test_what_is_said_of_the_sender_in_one_of_many_answers_ends_the_sending(
    provider: Provider, item: Any
) -> None:
    """Who was taken has a receipt; who was not has none, and goes by another sender or another day."""

    def answer(asked: Asked) -> Reply:
        body: Any = provider.taken(asked).body
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
def test_a_quota_is_for_later(provider: Provider, reply: Reply, expected: str) -> None:
    """Limits come in several guises, and each means another time."""
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
def test_a_sender_nobody_knows_stops_the_sending(provider: Provider, reply: Reply) -> None:
    """An unverified domain or a closed account concerns every message: none is refused for it."""
    with serving(lambda _: reply) as service:
        receipts, error, _ = attempt(provider, service, 3, connections=1)
    assert [] == receipts
    assert error is not None
    assert (False, False) == (error.temporary, error.uncertain)


def test_what_is_under_way_beside_a_failure_gets_its_receipts() -> None:
    """With several connections, one refused entry does not hide what the others did."""

    def answer(asked: Asked) -> Reply:
        is_third = "reader3@example.org" in SENDGRID.emails(asked)
        return SENDGRID.closed if is_third else SENDGRID.taken(asked)

    with serving(answer) as service:
        receipts, error, _ = attempt(SENDGRID, service, 100, connections=8)
    assert error is not None
    assert {"accepted"} == set(states(receipts))
    assert len(receipts) == len(service.asked) - 1
    assert 3 not in [receipt.sequence for receipt in receipts]
    assert len(service.asked) < 30


def test_connections_are_kept() -> None:
    """50 messages over two connections open two."""
    with serving(SENDGRID.taken) as service:
        attempt(SENDGRID, service, 50, connections=2)
    assert 50 == len(service.asked)
    assert service.connections <= 2


def test_a_letter_that_was_not_sent_whole_is_not_in_doubt() -> None:
    """The connection breaks while the request is being sent: it cannot have been taken."""
    with breaking_server() as url:
        connection = ServiceConnection("It", url, timeout_s=5)
        with pytest.raises(SendError, match="Nothing was sent") as caught:
            connection.post(ServiceRequest(path="/", body=bytes(40_000_000), headers={}))
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
    """Who signs certificates here."""
    return trustme.CA()


def tls(authority: trustme.CA, host: str) -> ssl.SSLContext:
    """Return what serves with a certificate for *host*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context


@pytest.mark.parametrize(("host", "is_known"), [("127.0.0.1", False), ("other.example.org", True)])
def test_a_certificate_that_cannot_be_trusted_stops_the_sender(
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    is_known: bool,
) -> None:
    """Of an unknown authority, or for another host: nothing is sent, and the sentence says why."""
    if is_known:
        trust(authority, tmp_path, monkeypatch)
    with serving(POSTMARK.taken, context=tls(authority, host)) as service:
        url = service.url.replace("http:", "https:")
        receipts, error, _ = attempt(POSTMARK, url)
    assert ([], []) == (receipts, service.asked)
    assert error is not None
    assert (False, False) == (error.temporary, error.uncertain)
    assert "certificate" in str(error)


def test_a_trusted_service_gets_our_key_and_no_other(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Authorities of one's own come from REQUESTS_CA_BUNDLE; what ~/.netrc says of the host is left alone."""
    trust(authority, tmp_path, monkeypatch)
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving(SENDGRID.taken, context=tls(authority, "127.0.0.1")) as service:
        receipts, _, _ = attempt(SENDGRID, service.url.replace("http:", "https:"))
    assert ["accepted"] == states(receipts)
    assert f"Bearer {SECRET}" == service.asked[0].headers["authorization"]


def test_a_proxy_that_is_not_there_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Proxies come from the environment; nothing was sent, and later may do."""
    with serving(POSTMARK.taken) as gone:
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
