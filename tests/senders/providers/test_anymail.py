"""Services by django-anymail: its statuses and errors become receipts, and nothing is dropped in silence."""

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
    Asked,
    Cut,
    Drop,
    Fault,
    Hang,
    Reply,
    Service,
    in_turn,
    serving,
)
from tests.senders.http.test_api_messages import DOT, HTML, PICTURE, TEXT, TOKEN, letter
from tests.senders.http.test_provider_contract import UNTAKEN, with_attachment
from tests.senders.http.test_service_faults import states

SETTINGS = {"postmark": "server_token", "resend": "api_key", "mailtrap": "api_token"}
PROVIDERS = (POSTMARK, RESEND)
BOTH = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.kind)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the key."""
    monkeypatch.setenv("SERVICE_KEY", SECRET)


def opened(provider: Provider | str, service: Service | str, **settings: Any) -> Sender:
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


def items(provider: Provider, asked: Asked) -> list[Any]:
    """Return what a request hands over; anymail asks for one message at a time, in no list."""
    one = replace(asked, body=b"[" + asked.body + b"]")
    return provider.letters(one)


def taken(provider: Provider) -> Answering:
    """Return what takes everything, in the form of one message's answer."""

    def answer(asked: Asked) -> Reply:
        if provider is RESEND:
            return RESEND.taken(asked)
        to = address(asked.json["To"])[0]
        return Reply({"To": to, "MessageID": "b7bc2f4a", "ErrorCode": 0, "Message": "OK"})

    return answer


def email(asked: Asked) -> str:
    """Return whom a request is for."""
    to = asked.json.get("To") or asked.json["to"][0]
    return address(to)[0]


@BOTH
class TestAnymailSender(SenderContract):
    """Two of its backends do what every sender does."""

    @pytest.fixture(autouse=True)
    def serve(self, provider: Provider) -> Iterator[None]:
        """Run the service."""
        self.chosen = provider
        self.stored: list[Any] = []
        with serving(taken(provider)) as self.service:
            yield

    def make_sender(self, folder: Path) -> Sender:
        self.service.answering = self._keeping(taken(self.chosen))
        return opened(self.chosen, self.service)

    def make_refusing_sender(self, folder: Path) -> Sender:
        refusal = {
            "postmark": Reply(
                {"ErrorCode": 406, "Message": "Found inactive addresses: reader2@example.org."}, 422
            ),
            "resend": RESEND.refusal,
        }

        def answer(asked: Asked) -> Reply:
            if email(asked) == "reader2@example.org":
                return refusal[self.chosen.kind]
            if email(asked) == "reader3@example.org":
                return Reply({"message": "Slow down."}, 429, {"Retry-After": "7"})
            return taken(self.chosen)(asked)

        self.service.answering = self._keeping(answer)
        return opened(self.chosen, self.service)

    def make_unreachable_sender(self, folder: Path) -> Sender:
        with serving(taken(self.chosen)) as gone:
            url = gone.url
        return opened(self.chosen, url)

    def make_unsupported_message(self) -> Message:
        return with_attachment()

    def read_received(self, folder: Path) -> Sequence[Any]:
        return self.stored

    def expected_content(self, message: Message) -> Any:
        return self.chosen.expected_content(message)

    def _keeping(self, answering: Answering) -> Answering:
        def answer(asked: Asked) -> Reply:
            if email(asked) not in UNTAKEN or answering(asked).status == 200:
                self.stored += items(self.chosen, asked)
            return answering(asked)

        return answer


@BOTH
@pytest.mark.parametrize("name", SCRIPTS.values(), ids=SCRIPTS)
def test_the_whole_letter_arrives(provider: Provider, name: str) -> None:
    """Names in any script, both texts, headers, each reader's own link for leaving, pictures."""
    with serving(taken(provider)) as service, opened(provider, service) as sender:
        receipts = list(sender.send([letter(name=name, images=(PICTURE,))]))
    assert ["accepted"] == states(receipts)
    (asked,) = service.asked
    ((subject, sent_by, to, reply_to, text, html, headers, images),) = items(provider, asked)
    assert "Über die Fähre, " + "und das Wetter " * 7 + "und das Wetter" == subject
    assert ("news@ferry.example.org", "Ferry, The") == sent_by
    assert ("ada@example.org", name) == to
    assert ("desk@ferry.example.org", "Das Büro") == reply_to
    assert (TEXT, HTML) == (text, html)
    assert f"<https://ferry.example.org/leave/{TOKEN}>, " in dict(headers)["List-Unsubscribe"]
    assert (("chart-1@ferry", "image/png", DOT),) == images
    if provider is POSTMARK:
        assert (False, "None") == (asked.json["TrackOpens"], asked.json["TrackLinks"])


def attempt(
    provider: Provider, service: Service | str, **options: Any
) -> tuple[list[Any], SendError | None]:
    """Send three messages; return the receipts, and the error that ended it."""
    receipts: list[Any] = []
    with opened(provider, service, **options) as sender:
        try:
            receipts.extend(sender.send(map(sample_message, (1, 2, 3))))
        except SendError as error:
            assert SECRET not in str(error)
            return receipts, error
        finally:
            assert SECRET not in repr(receipts) + repr(sender)
    return receipts, None


@BOTH
def test_an_accepted_message_has_the_services_id(provider: Provider) -> None:
    """As anymail tells it."""
    with serving(taken(provider)) as service:
        receipts, error = attempt(provider, service)
    assert (None, ["accepted"] * 3) == (error, states(receipts))
    assert all(receipt.provider_id for receipt in receipts)


@BOTH
def test_the_time_to_wait_travels_in_the_receipt(provider: Provider) -> None:
    """429 is for later, and so is a fault of the service's own."""
    slow = Reply({"message": f"Slow down {SECRET}."}, 429, {"Retry-After": "7"})
    with serving(in_turn(slow, Reply(b"", 500), slow)) as service:
        receipts, _ = attempt(provider, service)
    assert ["deferred"] * 3 == states(receipts)
    assert [timedelta(seconds=7), None, timedelta(seconds=7)] == [r.retry_after for r in receipts]


@BOTH
def test_a_wrong_key_stops_the_sender(provider: Provider) -> None:
    """No other message would fare better."""
    with serving(lambda _: provider.closed) as service:
        receipts, error = attempt(provider, service)
    assert [] == receipts
    assert error is not None and not error.temporary and not error.uncertain
    assert "Check the API key" in str(error)


@BOTH
@pytest.mark.parametrize(
    "lost", [Drop, Cut, Hang, Reply(b"", 504), Reply(b"<html>Hi</html>", 200), Reply({}, 200)]
)
def test_a_lost_answer_leaves_the_message_uncertain(
    provider: Provider, lost: Reply | type[Fault]
) -> None:
    """And after two in a row no more are put in doubt."""
    with serving(in_turn(lost)) as service:
        sender = open_sender(
            "anymail",
            backend=f"anymail.backends.{provider.kind}.EmailBackend",
            settings={"api_url": service.url},
            secrets_env={SETTINGS[provider.kind]: "SERVICE_KEY"},
            timeout_s=0.2 if lost is Hang else 5,
        )
        receipts = []
        with sender, pytest.raises(SendError, match="2 times in a row"):
            for receipt in sender.send(map(sample_message, (1, 2, 3))):
                receipts.append(receipt)  # noqa: PERF402 (those before the error are kept)
    assert ["uncertain"] * 2 == states(receipts)


def test_a_tracking_that_cannot_be_turned_off_per_message_is_left_alone() -> None:
    """Resend knows no such thing; that is no reason not to send."""
    with serving(taken(RESEND)) as service:
        receipts, error = attempt(RESEND, service)
    assert (None, ["accepted"] * 3) == (error, states(receipts))


def test_what_the_service_cannot_do_is_told() -> None:
    """Anymail says that it is not supported, and nothing was sent."""
    odd = replace(PICTURE, filename="chart.pdf")
    with (
        serving(taken(RESEND)) as service,
        opened(RESEND, service) as sender,
        pytest.raises(
            UnsupportedFeature, match=r"Resend does not support attachments of type image/png"
        ),
    ):
        list(sender.send([letter(images=(odd,))]))
    assert [] == service.asked


@pytest.mark.parametrize(
    ("options", "said"),
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
def test_what_stops_the_sender_at_its_first_message(options: dict[str, Any], said: str) -> None:
    """A sentence says what and where; nothing was sent and nothing is in doubt."""
    whole = {
        "backend": "anymail.backends.postmark.EmailBackend",
        "secrets_env": {"server_token": "SERVICE_KEY"},
        **options,
    }
    with (
        open_sender("anymail", **whole) as sender,
        pytest.raises(SendError, match=said) as caught,
    ):
        list(sender.send([sample_message()]))
    assert (False, False) == (caught.value.temporary, caught.value.uncertain)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"backend": 7}, "backend"),
        ({"settings": "x"}, "settings: use a table"),
        ({"secrets_env": {"api_key": "key-hunter2"}}, "not the name of an environment variable"),
        ({"settings": {"debug_api_requests": True}}, "would print your keys"),
        ({"settings": {"api_url": "http://example.org"}}, "https://"),
    ],
)
def test_options_that_cannot_be_used_are_told_at_once(options: dict[str, Any], said: str) -> None:
    """Before anything is imported."""
    with pytest.raises(ConfigError, match=said) as caught:
        open_sender("anymail", **{"backend": "anymail.backends.postmark.EmailBackend", **options})
    assert "hunter2" not in str(caught.value)


def test_where_it_is_not_installed_the_command_is_told() -> None:
    """In a Python that has no anymail."""
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
