"""Providers through django-anymail: its statuses and errors become receipts, and nothing is dropped silently."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, SendError, UnsupportedFeature
from pipeline.models.message import Message
from pipeline.senders import Sender, open_sender
from pipeline.testing import SenderContract, sample_message
from tests.mail.samples import SCRIPTS
from tests.senders.http.fake_providers import POSTMARK, RESEND, SECRET, Provider, address
from tests.senders.http.fake_service import (
    Answering,
    Cut,
    Drop,
    Fault,
    Hang,
    RecordedRequest,
    Reply,
    Service,
    respond_in_turn,
    serving,
)
from tests.senders.http.test_api_messages import DOT, HTML, PICTURE, TEXT, TOKEN, compose_message
from tests.senders.http.test_provider_contract import UNTAKEN, with_attachment
from tests.senders.http.test_service_faults import states

SETTINGS = {"postmark": "server_token", "resend": "api_key", "mailtrap": "api_token"}
PROVIDERS = (POSTMARK, RESEND)
BOTH = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.kind)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the key."""
    monkeypatch.setenv("SERVICE_KEY", SECRET)


def open_backend(provider: Provider | str, service: Service | str, **settings: Any) -> Sender:
    """Open a sender to *service* by anymail's backend for *provider*."""
    kind = provider if isinstance(provider, str) else provider.kind
    url = service if isinstance(service, str) else service.url
    return open_sender(
        "anymail",
        backend=f"anymail.backends.{kind}.EmailBackend",
        settings={"api_url": url, **settings},
        secrets_env={SETTINGS[kind]: "SERVICE_KEY"},
        timeout_s=settings.pop("timeout_s", 5),
    )


def read_items(provider: Provider, request: RecordedRequest) -> list[Any]:
    """Return what a request sends; anymail sends one message at a time, not in a list."""
    one = replace(request, body=b"[" + request.body + b"]")
    return provider.parse_messages(one)


def accept_all(provider: Provider) -> Answering:
    """Return the response that accepts everything, for one message."""

    def answer(request: RecordedRequest) -> Reply:
        if provider is RESEND:
            return RESEND.accept_all(request)
        to = address(request.json["To"])[0]
        return Reply({"To": to, "MessageID": "b7bc2f4a", "ErrorCode": 0, "Message": "OK"})

    return answer


def email(request: RecordedRequest) -> str:
    """Return whom a request is for."""
    to = request.json.get("To") or request.json["to"][0]
    return address(to)[0]


@BOTH
class TestAnymailSender(SenderContract):
    """Two of its backends keep the contract."""

    @pytest.fixture(autouse=True)
    def serve(self, provider: Provider) -> Iterator[None]:
        """Run the service."""
        self.chosen = provider
        self.stored: list[Any] = []
        with serving(accept_all(provider)) as self.service:
            yield

    def make_sender(self, folder: Path) -> Sender:
        self.service.answering = self._keeping(accept_all(self.chosen))
        return open_backend(self.chosen, self.service)

    def make_refusing_sender(self, folder: Path) -> Sender:
        refusal = {
            "postmark": Reply(
                {"ErrorCode": 406, "Message": "Found inactive addresses: reader2@example.org."}, 422
            ),
            "resend": RESEND.refusal,
        }

        def answer(request: RecordedRequest) -> Reply:
            if email(request) == "reader2@example.org":
                return refusal[self.chosen.kind]
            if email(request) == "reader3@example.org":
                return Reply({"message": "Slow down."}, 429, {"Retry-After": "7"})
            return accept_all(self.chosen)(request)

        self.service.answering = self._keeping(answer)
        return open_backend(self.chosen, self.service)

    def make_unreachable_sender(self, folder: Path) -> Sender:
        with serving(accept_all(self.chosen)) as gone:
            url = gone.url
        return open_backend(self.chosen, url)

    def make_unsupported_message(self) -> Message:
        return with_attachment()

    def read_received(self, folder: Path) -> Sequence[Any]:
        return self.stored

    def expected_content(self, message: Message) -> Any:
        return self.chosen.expected_content(message)

    def _keeping(self, answering: Answering) -> Answering:
        def answer(request: RecordedRequest) -> Reply:
            if email(request) not in UNTAKEN or answering(request).status == 200:
                self.stored += read_items(self.chosen, request)
            return answering(request)

        return answer


@BOTH
@pytest.mark.parametrize("name", SCRIPTS.values(), ids=SCRIPTS)
def test_the_whole_message_is_sent(provider: Provider, name: str) -> None:
    """Names in any script, both texts, headers, each recipient's unsubscribe link, images."""
    with serving(accept_all(provider)) as service, open_backend(provider, service) as sender:
        receipts = list(sender.send([compose_message(name=name, images=(PICTURE,))]))
    assert ["accepted"] == states(receipts)
    (request,) = service.requests
    ((subject, sent_by, to, reply_to, text, html, headers, images),) = read_items(provider, request)
    assert "Über die Fähre, " + "und das Wetter " * 7 + "und das Wetter" == subject
    assert ("news@ferry.example.org", "Ferry, The") == sent_by
    assert ("ada@example.org", name) == to
    assert ("desk@ferry.example.org", "Das Büro") == reply_to
    assert (TEXT, HTML) == (text, html)
    assert f"<https://ferry.example.org/leave/{TOKEN}>, " in dict(headers)["List-Unsubscribe"]
    assert (("chart-1@ferry", "image/png", DOT),) == images
    if provider is POSTMARK:
        assert (False, "None") == (request.json["TrackOpens"], request.json["TrackLinks"])


def attempt(
    provider: Provider, service: Service | str, **options: Any
) -> tuple[list[Any], SendError | None]:
    """Send three messages; return the receipts, and the error that ended it."""
    receipts: list[Any] = []
    with open_backend(provider, service, **options) as sender:
        try:
            receipts.extend(sender.send(map(sample_message, (1, 2, 3))))
        except SendError as error:
            assert SECRET not in str(error)
            return receipts, error
        finally:
            assert SECRET not in repr(receipts) + repr(sender)
    return receipts, None


@BOTH
def test_an_accepted_message_has_the_providers_id(provider: Provider) -> None:
    """As anymail reports it."""
    with serving(accept_all(provider)) as service:
        receipts, error = attempt(provider, service)
    assert (None, ["accepted"] * 3) == (error, states(receipts))
    assert all(receipt.provider_id for receipt in receipts)


@BOTH
def test_retry_after_is_in_the_receipt(provider: Provider) -> None:
    """429 is temporary, and so is a 5xx."""
    slow = Reply({"message": f"Slow down {SECRET}."}, 429, {"Retry-After": "7"})
    with serving(respond_in_turn(slow, Reply(b"", 500), slow)) as service:
        receipts, _ = attempt(provider, service)
    assert ["deferred"] * 3 == states(receipts)
    assert [timedelta(seconds=7), None, timedelta(seconds=7)] == [r.retry_after for r in receipts]


@BOTH
def test_an_invalid_key_stops_the_sender(provider: Provider) -> None:
    """Every other message would fail too."""
    with serving(lambda _: provider.account_error) as service:
        receipts, error = attempt(provider, service)
    assert [] == receipts
    assert error is not None and not error.temporary and not error.uncertain
    assert "Check the API key" in str(error)


@BOTH
@pytest.mark.parametrize(
    "dropped", [Drop, Cut, Hang, Reply(b"", 504), Reply(b"<html>Hi</html>", 200), Reply({}, 200)]
)
def test_a_missing_response_makes_the_message_uncertain(
    provider: Provider, dropped: Reply | type[Fault]
) -> None:
    """After two in a row sending stops."""
    with serving(respond_in_turn(dropped)) as service:
        sender = open_sender(
            "anymail",
            backend=f"anymail.backends.{provider.kind}.EmailBackend",
            settings={"api_url": service.url},
            secrets_env={SETTINGS[provider.kind]: "SERVICE_KEY"},
            timeout_s=0.2 if dropped is Hang else 5,
        )
        receipts = []
        with sender, pytest.raises(SendError, match="2 times in a row"):
            for receipt in sender.send(map(sample_message, (1, 2, 3))):
                receipts.append(receipt)  # noqa: PERF402 (those before the error are kept)
    assert ["uncertain"] * 2 == states(receipts)


def test_unsupported_tracking_options_are_dropped() -> None:
    """Resend has no tracking per message; that is no reason not to send."""
    with serving(accept_all(RESEND)) as service:
        receipts, error = attempt(RESEND, service)
    assert (None, ["accepted"] * 3) == (error, states(receipts))


def test_an_unsupported_feature_raises() -> None:
    """Anymail reports that it is not supported, and nothing is sent."""
    odd = replace(PICTURE, filename="chart.pdf")
    with (
        serving(accept_all(RESEND)) as service,
        open_backend(RESEND, service) as sender,
        pytest.raises(
            UnsupportedFeature, match=r"Resend does not support attachments of type image/png"
        ),
    ):
        list(sender.send([compose_message(images=(odd,))]))
    assert [] == service.requests


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"backend": "anymail.backends.nowhere.EmailBackend"}, "cannot use .*: No module named"),
        ({"backend": "nowhere"}, "cannot use nowhere"),
        ({"settings": {"colour": "red"}}, "does not know colour"),
        ({"secrets_env": {}}, "needs another setting.*SERVER_TOKEN"),
        (
            {"secrets_env": {"server_token": "UNSET_KEY"}},
            "The environment variable UNSET_KEY holds no key",
        ),
    ],
)
def test_errors_at_the_first_message_stop_the_sender(
    options: dict[str, Any], expected: str
) -> None:
    """The error says what and where; nothing was sent and nothing is uncertain."""
    whole = {
        "backend": "anymail.backends.postmark.EmailBackend",
        "secrets_env": {"server_token": "SERVICE_KEY"},
        **options,
    }
    with (
        open_sender("anymail", **whole) as sender,
        pytest.raises(SendError, match=expected) as caught,
    ):
        list(sender.send([sample_message()]))
    assert (False, False) == (caught.value.temporary, caught.value.uncertain)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"backend": 7}, "backend"),
        ({"settings": "x"}, "settings: use a table"),
        ({"secrets_env": {"api_key": "key-hunter2"}}, "not the name of an environment variable"),
        ({"settings": {"debug_api_requests": True}}, "would print your keys"),
        ({"settings": {"api_url": "http://example.org"}}, "https://"),
    ],
)
def test_invalid_options_are_rejected(options: dict[str, Any], expected: str) -> None:
    """Before anything is imported."""
    with pytest.raises(ConfigError, match=expected) as caught:
        open_sender("anymail", **{"backend": "anymail.backends.postmark.EmailBackend", **options})
    assert "hunter2" not in str(caught.value)


def test_a_missing_package_is_reported_with_its_command() -> None:
    """In a Python without anymail."""
    script = (
        "import sys; sys.modules['anymail'] = None\n"
        "import importlib.util as u; u.find_spec = lambda name: None\n"
        "from pipeline.senders import open_sender\n"
        "from pipeline.errors import ConfigError\n"
        "try: open_sender('anymail', backend='x.Y')\n"
        "except ConfigError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert 'pip install "handbill[anymail]"' in done.stdout
