"""Every HTTP sender keeps the contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from pipeline.models.message import Message
from pipeline.senders import Sender
from pipeline.testing import SenderContract, sample_message
from tests.senders.http.fake_providers import MAILGUN, PROVIDERS, SES, Provider, accept_some
from tests.senders.http.fake_service import Answering, RecordedRequest, Reply, Service, serving

UNTAKEN = {"reader2@example.org", "reader3@example.org"}


def each(*providers: Provider) -> pytest.MarkDecorator:
    """Run the tests of a class for each of *providers*."""
    return pytest.mark.parametrize(
        "provider", providers, ids=lambda provider: provider.kind, indirect=True
    )


class HttpContract(SenderContract):
    """An HTTP sender with a provider that keeps what it accepts."""

    service: Service

    @pytest.fixture(autouse=True)
    def provider(self, request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
        """Set the keys and run the provider."""
        self.chosen: Provider = request.param
        for name, value in self.chosen.environment.items():
            monkeypatch.setenv(name, value)
        self.stored: list[Any] = []
        with serving(self.chosen.accept_all) as self.service:
            yield self.chosen

    def make_sender(self, folder: Path) -> Sender:
        self.service.answering = self._keeping(self.chosen.accept_all, set())
        return self.chosen.open(self.service, connections=1)

    def make_refusing_sender(self, folder: Path) -> Sender:
        self.service.answering = self._keeping(accept_some(self.chosen), UNTAKEN)
        return self.chosen.open(self.service)

    def make_unreachable_sender(self, folder: Path) -> Sender:
        with serving(self.chosen.accept_all) as gone:
            url = gone.url
        return self.chosen.open(url)

    def read_received(self, folder: Path) -> Sequence[Any]:
        return self.stored

    def expected_content(self, message: Message) -> Any:
        return self.chosen.expected_content(message)

    def _keeping(self, answering: Answering, untaken: set[str]) -> Answering:
        def answer(request: RecordedRequest) -> Reply:
            reply = answering(request)
            letters, emails = (
                self.chosen.parse_messages(request),
                self.chosen.parse_recipients(request),
            )
            speaks_of_each = reply.status < 300 or b'"Messages"' in reply.content
            if speaks_of_each:
                kept = zip(letters, emails, strict=True)
                self.stored += [letter for letter, email in kept if email not in untaken]
            return reply

        return answer


@each(SES, MAILGUN)
class TestProvidersThatAcceptMime(HttpContract):
    """Providers that send each message as composed."""


@each(*(provider for provider in PROVIDERS if provider not in (SES, MAILGUN)))
class TestProvidersThatBuildMessages(HttpContract):
    """Providers that build the message themselves, or fill in placeholders."""

    def make_unsupported_message(self) -> Message:
        if self.chosen.accepts_mime:
            message = sample_message()
            return replace(message, chunks=(message.content, b"{{ reader }}\r\n"))
        return with_attachment()


def with_attachment() -> Message:
    """Return a message with an attachment."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "a@example.org", "b@example.org", "Accounts"
    letter.set_content("See the accounts.")
    letter.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="accounts.pdf")
    return replace(sample_message(), chunks=(letter.as_bytes(),))
