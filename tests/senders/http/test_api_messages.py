"""What a provider's API gets of a message: all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from pipeline.errors import UnsupportedFeature
from pipeline.mail import compose
from pipeline.models.address import Address
from pipeline.models.delivery import DeliveryState
from pipeline.models.edition import InlineImage, LiteralText
from pipeline.models.message import Message
from pipeline.senders.http import read_api_message
from pipeline.senders.http.api_message import parse_mailbox
from tests.mail.samples import (
    ADA,
    ANY_TEXT,
    AT,
    PUBLICATION,
    SCRIPTS,
    edition,
    literal,
    old_header,
    old_name,
    old_parts,
    recipients,
)
from tests.senders.http.fake_providers import (
    BREVO,
    MAILGUN,
    POSTMARK,
    PROVIDERS,
    RESEND,
    SPARKPOST,
    Provider,
)
from tests.senders.http.fake_service import Service, serving

BY_TEXTS = [provider for provider in PROVIDERS if not provider.accepts_mime]
DOT = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PICTURE = InlineImage(
    content_id="chart-1@ferry", media_type="image/png", filename="Ebbe & Flut.png", content=DOT
)
TOKEN = "t0k3n" * 36
HTML = '<p>Tide &amp; <b>time</b> wait.</p>\n<img src="cid:chart-1@ferry" alt="">\n' + "x" * 2000
TEXT = "Tide & time wait.\n.\nFrom the quay\n"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the keys of all providers."""
    for provider in PROVIDERS:
        for name, value in provider.environment.items():
            monkeypatch.setenv(name, value)


@pytest.fixture(params=PROVIDERS, ids=lambda provider: provider.kind)
def service(request: pytest.FixtureRequest, keys: None) -> Iterator[tuple[Provider, Service]]:
    """Each provider, accepting everything."""
    with serving(request.param.accept_all) as running:
        yield request.param, running


def compose_message(
    *,
    name: str = "Ada Byron",
    images: tuple[InlineImage, ...] = (),
    html: str = HTML,
    sequence: int = 1,
    sender_name: str = "Ferry, The",
) -> Message:
    """Compose a message with everything in it."""
    publication = replace(
        PUBLICATION,
        sender=Address(email="news@ferry.example.org", name=sender_name),
        reply_to=Address(email="desk@ferry.example.org", name="Das Büro"),
    )
    issue = edition(
        subject=(literal("Über die Fähre, " + "und das Wetter " * 8),),
        html=(literal(html),),
        text=(literal(TEXT),),
        images=images,
        publication=publication,
        list_id="news.ferry.example.org",
    )
    reader = replace(ADA, address=Address(email="ada@example.org", name=name), token=TOKEN)
    return compose(
        issue, reader, campaign_id="2026-03-02-news", sequence=sequence, at=AT, secret=b"key"
    )


def send_messages(given: tuple[Provider, Service], *messages: Message) -> list[object]:
    """Send *messages* and return what the provider received."""
    provider, running = given
    with provider.open(running, connections=1) as sender:
        receipts = list(sender.send(messages))
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts}
    return [message for request in running.requests for message in provider.parse_messages(request)]


@pytest.mark.parametrize("name", SCRIPTS.values(), ids=SCRIPTS)
def test_names_texts_and_headers_are_sent(service: tuple[Provider, Service], name: str) -> None:
    """Names in any script, the subject, both texts and each recipient's unsubscribe link are as composed."""
    message = compose_message(name=name)
    (arrived,) = send_messages(service, message)
    if service[0].accepts_mime:
        assert message.content == arrived
        return
    assert isinstance(arrived, tuple)
    subject, sender, to, reply_to, text, html, headers, _ = arrived
    assert "Über die Fähre, " + "und das Wetter " * 7 + "und das Wetter" == subject
    assert ("news@ferry.example.org", "Ferry, The") == sender
    assert ("ada@example.org", name) == to
    assert ("desk@ferry.example.org", "Das Büro") == reply_to
    assert (TEXT, HTML) == (text, html)
    told = dict(headers)
    assert (
        f"<https://ferry.example.org/leave/{TOKEN}>, <mailto:leave@ferry.example.org?subject=unsubscribe>"
        == told["List-Unsubscribe"]
    )
    assert "bulk" == told["Precedence"]
    assert "2026-03-02-news" == told["X-Handbill-Campaign"]
    if "list-id" not in service[0].dropped:
        assert told["List-Id"].endswith("<news.ferry.example.org>")
    assert {"Date", "Message-ID", "From", "Subject", "MIME-Version"}.isdisjoint(told)


@pytest.mark.parametrize("provider", [POSTMARK, RESEND], ids=lambda provider: provider.kind)
def test_names_in_header_fields_are_encoded(keys: None, provider: Provider) -> None:
    """APIs that take From and To as header fields get them as in the composed message."""
    with serving(provider.accept_all) as running:
        send_messages(
            (provider, running), *(compose_message(name="نمستे", sequence=n) for n in (1, 2))
        )
    (request,) = running.requests
    for item in request.json:
        to = item.get("To") or item["to"][0]
        assert to.startswith("=?utf-8?") and to.isascii()


def test_every_header_is_sent_or_declared_as_rewritten(service: tuple[Provider, Service]) -> None:
    """Each field of the composed message is sent, or is one of the sender's `rewritten_headers`."""
    provider, _ = service
    if provider.accepts_mime:
        return
    message = compose_message()
    arrived = send_messages(service, message)[0]
    assert isinstance(arrived, tuple)
    told = {name.lower() for name, _ in arrived[6]}
    composed = {name.lower() for name, _ in read_api_message(message, "it").headers}
    assert composed - told <= provider.open("https://example.org").rewritten_headers


@pytest.mark.parametrize(
    "provider", [p for p in BY_TEXTS if p is not BREVO], ids=lambda provider: provider.kind
)
def test_inline_images_are_sent(keys: None, provider: Provider) -> None:
    """An image has the content id that the HTML refers to, and its bytes are unchanged."""
    with serving(provider.accept_all) as running:
        arrived = send_messages(
            (provider, running), *(compose_message(images=(PICTURE,), sequence=n) for n in (1, 2))
        )
    assert 2 == len(arrived)
    for one in arrived:
        assert isinstance(one, tuple)
        assert (("chart-1@ferry", "image/png", DOT),) == one[7]


def test_resend_gets_messages_with_images_one_at_a_time(keys: None) -> None:
    """Its batch endpoint drops attachments."""
    with serving(RESEND.accept_all) as running:
        send_messages(
            (RESEND, running),
            *[
                compose_message(sequence=n, images=(PICTURE,) if n in (3, 4) else ())
                for n in range(1, 7)
            ],
        )
    paths = [request.path for request in running.requests]
    assert ["/emails/batch", "/emails", "/emails", "/emails/batch"] == paths


@pytest.mark.parametrize(
    ("provider", "message", "expected"),
    [
        (BREVO, compose_message(images=(PICTURE,)), "inline images"),
        (BREVO, compose_message(html="<p>{{ contact.NAME }}</p>"), "{{"),
        (SPARKPOST, compose_message(html="<p>{{ name }}</p>"), "{{"),
        (SPARKPOST, compose_message(html=f"<p>{'y' * 71}{{{{ name }}}}</p>"), "{{"),
    ],
)
def test_what_a_provider_would_change_raises(
    keys: None, provider: Provider, message: Message, expected: str
) -> None:
    """Nothing is dropped or filled in silently; the error names it, and nothing is sent."""
    with (
        serving(provider.accept_all) as running,
        pytest.raises(UnsupportedFeature, match=expected),
        provider.open(running) as sender,
    ):
        list(sender.send([message]))
    assert [] == running.requests


def test_brevo_gets_names_it_would_drop_as_encoded_words(keys: None) -> None:
    """It drops non-ASCII names with a comma unless they are encoded."""
    with serving(BREVO.accept_all) as running:
        send_messages(
            (BREVO, running), compose_message(name="Åström, Zoë", sender_name="Die Fähre, GmbH")
        )
    form = running.requests[0].json
    assert form["sender"]["name"].startswith("=?utf-8?")
    assert form["messageVersions"][0]["to"][0]["name"].startswith("=?utf-8?")


def test_mailgun_uses_the_senders_domain(keys: None) -> None:
    """The domain of From unless one is configured; nothing is tracked."""
    with serving(MAILGUN.accept_all) as running:
        for options in ({}, {"domain": "mg.example.org"}):
            with MAILGUN.open(running, **options) as sender:
                list(sender.send([compose_message()]))
    paths = [request.path for request in running.requests]
    assert "/v3/ferry.example.org/messages.mime" == paths[0]
    assert "/v3/mg.example.org/messages.mime" == paths[1]
    assert b'name="o:tracking"\r\n\r\nno' in running.requests[0].body


@given(subject=ANY_TEXT, text=ANY_TEXT, html=ANY_TEXT, reader=recipients())
def test_any_message_is_read_as_composed(subject, text, html, reader) -> None:
    """Whatever was composed, providers get what Python's older parser reads from it."""
    issue = edition(
        subject=(LiteralText(text=subject),),
        text=(LiteralText(text=text),),
        html=(LiteralText(text=html),),
    )
    message = compose(issue, reader, campaign_id="c", sequence=1, at=AT, secret=b"key")

    found = read_api_message(message, "it")

    assert old_header(message.content, "Subject") == found.subject
    assert old_name(message.content, "To") == parse_mailbox(found.to).name
    assert "ada@example.org" == parse_mailbox(found.to).email
    assert old_parts(message.content) == [found.text, found.html]


def test_the_documentation_names_every_provider() -> None:
    """Each kind has a section in docs/reference/providers.md."""
    text = (Path(__file__).parents[3] / "docs" / "reference" / "providers.md").read_text(
        encoding="utf-8"
    )
    assert [] == [p.kind for p in PROVIDERS if f'kind = "{p.kind}"' not in text]
