"""Each service's reports are read as it documents them, and only if they are genuine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.errors import ConfigError
from pipeline.models.event import EventKind
from pipeline.senders.providers.sendgrid.webhook import SendgridWebhook
from pipeline.senders.webhooks.provider_webhook import (
    RejectedRequest,
    UnreadableRequest,
    UnverifiableRequest,
    WebhookReport,
    WebhookRequest,
)
from tests.senders.webhooks.reporter import NOW, Case, Reporter
from tests.senders.webhooks.reporters import REPORTERS
from tests.senders.webhooks.services.mailgun import MAILGUN_REPORTER
from tests.senders.webhooks.services.resend import RESEND_REPORTER
from tests.senders.webhooks.services.sendgrid import SENDGRID_REPORTER
from tests.senders.webhooks.services.ses import SES_REPORTER

TOKEN = "bafakef6xq2sxd4q3v5r7hgyra"
WRONG: tuple[object, ...] = (None, True, -1e308, "\ud800\x00", [[]], {"a": []})
EACH = pytest.mark.parametrize("reporter", REPORTERS, ids=lambda reporter: reporter.kind)


def list_cases() -> Iterator[object]:
    for reporter in REPORTERS:
        for case in reporter.cases:
            yield pytest.param(reporter, case, id=f"{reporter.kind}-{case.name}")


def receive(reporter: Reporter, request: WebhookRequest) -> WebhookReport:
    webhook = reporter.open_webhook()
    webhook.check_headers(request.headers)
    return webhook.receive(request, now=NOW)


@pytest.mark.parametrize(("reporter", "case"), list(list_cases()))
def test_an_event_is_read_as_documented(reporter: Reporter, case: Case) -> None:
    """Kind, class, token and time; or that it changes nothing."""
    report = receive(reporter, reporter.report(case.item(TOKEN, 1)))
    assert 0 == report.unreadable
    if case.kind is None:
        assert ((), 1) == (report.events, report.ignored)
        return
    (event,) = report.events
    assert (case.kind, case.bounce_class) == (event.kind, event.bounce_class)
    assert TOKEN == event.token
    assert event.at is not None
    assert timedelta() <= NOW - event.at < timedelta(days=1)


@EACH
def test_events_have_keys_of_their_own(reporter: Reporter) -> None:
    """The same event has the same key; another one, another key."""
    reports = [
        receive(reporter, reporter.report(case.item(TOKEN, 10 * place + number)))
        for place, case in enumerate(reporter.cases)
        for number in (1, 1, 2)
    ]
    keys = [event.key for report in reports for event in report.events]
    firsts, seconds, others = keys[::3], keys[1::3], keys[2::3]
    assert firsts == seconds
    assert 2 * len(firsts) == len({*firsts, *others})


@EACH
def test_every_flipped_byte_is_refused(reporter: Reporter) -> None:
    """Of each header that proves the request genuine, and of the body if the signature covers it."""
    genuine = reporter.report(reporter.cases[0].item(TOKEN, 1))
    assert 1 == len(receive(reporter, genuine).events)
    changed = list(_flip_headers(genuine))
    places = reporter.covered(genuine.body)
    changed += [replace(genuine, body=_flip_byte(genuine.body, place)) for place in places]
    assert len(changed) > 20
    accepted = []
    for request in changed:
        with suppress(RejectedRequest, UnverifiableRequest):
            receive(reporter, request)
            accepted.append(request)
    assert [] == [(each.headers, each.body) for each in accepted]


def _flip_headers(request: WebhookRequest) -> Iterator[WebhookRequest]:
    for name, value in request.headers.items():
        if name == "content-type":
            continue
        for place in range(len(value)):
            changed = _flip_byte(value.encode(), place)
            headers = {**request.headers, name: changed.decode("latin-1")}
            yield WebhookRequest(headers=headers, body=request.body)
        without = {each: text for each, text in request.headers.items() if each != name}
        yield WebhookRequest(headers=without, body=request.body)


def _flip_byte(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@EACH
def test_every_flipped_byte_of_the_key_counts(reporter: Reporter) -> None:
    """With another key, what was genuine is refused; nonsense is refused when the webhook is opened."""
    genuine = reporter.report(reporter.cases[0].item(TOKEN, 1))
    accepted = []
    for place in range(len(reporter.key)):
        key = _flip_byte(reporter.key.encode(), place).decode("latin-1")
        with suppress(ConfigError, RejectedRequest, UnverifiableRequest):
            reporter.open_with_key(key).receive(genuine, now=NOW)
            accepted.append(key)
    assert [] == accepted


@EACH
def test_what_another_service_signed_is_refused(reporter: Reporter) -> None:
    """A request that is not signed, or signed as another service does."""
    genuine = reporter.report(reporter.cases[0].item(TOKEN, 1))
    for other in REPORTERS:
        request = other.sign(other.wrap([reporter.cases[0].item(TOKEN, 1)]), NOW)
        if other.sign is not reporter.sign:
            with pytest.raises(RejectedRequest):
                receive(reporter, request)
    unsigned = WebhookRequest(headers={}, body=genuine.body.replace(b'ignature"', b'"'))
    with pytest.raises(RejectedRequest):
        receive(reporter, unsigned)


@pytest.mark.parametrize(
    ("reporter", "longest"),
    [
        (RESEND_REPORTER, timedelta(minutes=5)),
        (MAILGUN_REPORTER, timedelta(hours=8)),
        (SENDGRID_REPORTER, timedelta(hours=24)),
    ],
    ids=["resend", "mailgun", "sendgrid"],
)
def test_an_old_signature_is_refused(reporter: Reporter, longest: timedelta) -> None:
    """It is taken for as long as the service tries, and no longer; nor from the future."""
    item = reporter.cases[0].item(TOKEN, 1)
    assert 1 == len(receive(reporter, reporter.report(item, at=NOW - longest)).events)
    for age in (longest + timedelta(hours=1), -timedelta(minutes=10)):
        with pytest.raises(RejectedRequest, match="it was signed"):
            receive(reporter, reporter.report(item, at=NOW - age))


def test_a_signature_of_mailgun_serves_one_event() -> None:
    """Repeated with the same body it is taken, as Mailgun repeats requests; with another body it is refused."""
    webhook = MAILGUN_REPORTER.open_webhook()
    case = MAILGUN_REPORTER.cases[0]
    genuine = MAILGUN_REPORTER.report(case.item(TOKEN, 1))
    for _ in range(2):
        assert 1 == len(webhook.receive(genuine, now=NOW).events)
    other = replace(genuine, body=genuine.body.replace(TOKEN.encode(), TOKEN[::-1].encode()))
    with pytest.raises(RejectedRequest, match="used for another event"):
        webhook.receive(other, now=NOW)


def test_a_subaccount_of_mailgun_is_heard() -> None:
    """Its own signature is of another key; its parent's stands beside it."""
    request = MAILGUN_REPORTER.report(MAILGUN_REPORTER.cases[0].item(TOKEN, 1))
    body = request.body.replace(b'"signature": {', b'"parent-signature": {', 1)
    assert 1 == len(receive(MAILGUN_REPORTER, replace(request, body=body)).events)


@pytest.mark.parametrize("key", ["", "nonsense", "MFkwEwYHKoZIzj0CAQ", "A" * 64, "ключ " * 9])
def test_a_wrong_key_is_found_when_the_webhook_is_opened(key: str) -> None:
    """Not when the first report arrives; the key is not quoted."""
    with pytest.raises(ConfigError) as caught:
        SendgridWebhook(key)
    assert "does not hear bounces from SendGrid" in str(caught.value)
    assert not key or key not in str(caught.value)


@EACH
@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"7", b'"text"', b"null"],
    ids=["empty", "words", "deep-list", "deep-object", "no-utf-8", "number", "string", "none"],
)
def test_what_is_no_report_is_not_read(reporter: Reporter, body: bytes) -> None:
    """Whoever signed it, it is told in one sentence; a service that signs inside the body cannot have signed it."""
    request = reporter.sign(body, NOW)
    if reporter is SES_REPORTER and not body.startswith(b"{"):
        assert WebhookReport(ignored=1) == receive(reporter, request)  # SES sends words too
        return
    with pytest.raises((UnreadableRequest, RejectedRequest)) as caught:
        receive(reporter, request)
    assert "\n" not in str(caught.value)


@EACH
def test_values_of_wrong_types_harm_nothing(reporter: Reporter) -> None:
    """Each value of each event in turn is another type: the event is read, ignored or unreadable, never an error."""
    cases = reporter.cases[::4] if reporter is SES_REPORTER else reporter.cases  # RSA takes longer
    for case in cases:
        item = case.item(TOKEN, 1)
        for path in _list_paths(item):
            for value in WRONG:
                request = reporter.report(_with_value(item, path, value))
                try:
                    report = receive(reporter, request)
                except (UnreadableRequest, RejectedRequest):
                    continue
                assert 1 == len(report.events) + report.ignored
                for event in report.events:
                    assert isinstance(event.kind, EventKind)
                    json.dumps(event.text + event.key).encode()
                    assert "\x00" not in event.text + event.key


def _list_paths(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    children: Iterator[tuple[object, object]] = iter(())
    if isinstance(value, dict):
        children = iter(value.items())
    elif isinstance(value, list):
        children = iter(enumerate(value))
    for key, child in children:
        yield (*path, key)
        yield from _list_paths(child, (*path, key))


def _with_value(item: object, path: tuple[object, ...], value: object) -> object:
    copied = json.loads(json.dumps(item))
    parent = copied
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    return copied
