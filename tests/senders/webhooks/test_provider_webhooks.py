"""Each service's reports are read as it documents them, and only if they are genuine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.models.event import EventKind
from pipeline.senders.webhooks.provider_webhook import (
    RejectedRequest,
    UnreadableRequest,
    WebhookReport,
    WebhookRequest,
)
from tests.senders.webhooks.reporters import NOW, REPORTERS, Case, Reporter

TOKEN = "bafakef6xq2sxd4q3v5r7hgyra"
WRONG: tuple[object, ...] = (None, True, 7, -1e308, "", "\ud800\x00", [], {}, [[]], {"a": []})
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
    if reporter.covers_body:
        changed += [replace(genuine, body=body) for body in _flip(genuine.body)]
    assert len(changed) > 20
    accepted = []
    for request in changed:
        with suppress(RejectedRequest):
            receive(reporter, request)
            accepted.append(request)
    assert [] == [(each.headers, each.body) for each in accepted]


def _flip_headers(request: WebhookRequest) -> Iterator[WebhookRequest]:
    for name, value in request.headers.items():
        if name == "content-type":
            continue
        for changed in _flip(value.encode()):
            headers = {**request.headers, name: changed.decode("latin-1")}
            yield WebhookRequest(headers=headers, body=request.body)
        without = {each: text for each, text in request.headers.items() if each != name}
        yield WebhookRequest(headers=without, body=request.body)


def _flip(content: bytes) -> Iterator[bytes]:
    for index in range(len(content)):
        yield content[:index] + bytes([content[index] ^ 1]) + content[index + 1 :]


@EACH
def test_another_secret_is_refused(reporter: Reporter) -> None:
    """A request signed with another key, or with none."""
    genuine = reporter.report(reporter.cases[0].item(TOKEN, 1))
    for headers in ({}, {"authorization": "Basic aGFuZGJpbGw6"}):
        body = b"{}" if reporter.covers_body else genuine.body
        with pytest.raises(RejectedRequest):
            receive(reporter, WebhookRequest(headers=headers, body=body))


@EACH
@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"7", b'"text"', b"null"],
    ids=["empty", "words", "deep-list", "deep-object", "no-utf-8", "number", "string", "none"],
)
def test_what_is_no_report_is_not_read(reporter: Reporter, body: bytes) -> None:
    """Whoever signed it, it is told in one sentence; a service that signs inside the body cannot have signed it."""
    with pytest.raises((UnreadableRequest, RejectedRequest)) as caught:
        receive(reporter, reporter.sign(body, NOW))
    assert "\n" not in str(caught.value)


@EACH
def test_values_of_wrong_types_harm_nothing(reporter: Reporter) -> None:
    """Each value of each event in turn is another type: the event is read, ignored or unreadable, never an error."""
    for case in reporter.cases:
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
