"""What a service by HTTP is told of a letter: all of it."""

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
    """Set the keys of all services."""
    for provider in PROVIDERS:
        for name, value in provider.environment.items():
            monkeypatch.setenv(name, value)


@pytest.fixture(params=PROVIDERS, ids=lambda provider: provider.kind)
def service(request: pytest.FixtureRequest, keys: None) -> Iterator[tuple[Provider, Service]]:
    """Each service, taking everything."""
    with serving(request.param.taken) as running:
        yield request.param, running


def letter(
    *,
    name: str = "Ada Byron",
    images: tuple[InlineImage, ...] = (),
    html: str = HTML,
    sequence: int = 1,
    sender_name: str = "Ferry, The",
) -> Message:
    """Compose a letter with everything in it."""
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


def hand_over(given: tuple[Provider, Service], *messages: Message) -> list[object]:
    """Send *messages* and return what arrived."""
    provider, running = given
    with provider.open(running, connections=1) as sender:
        receipts = list(sender.send(messages))
    assert {DeliveryState.ACCEPTED} == {receipt.state for receipt in receipts}
    return [letter for asked in running.asked for letter in provider.letters(asked)]


@pytest.mark.parametrize("name", SCRIPTS.values(), ids=SCRIPTS)
def test_names_texts_and_headers_arrive(service: tuple[Provider, Service], name: str) -> None:
    """Names in any script, subject, both texts and each reader's own link for leaving are what was composed."""
    message = letter(name=name)
    (arrived,) = hand_over(service, message)
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
def test_names_in_fields_travel_encoded(keys: None, provider: Provider) -> None:
    """Where a service takes From and To as header fields they are what stands in the composed message."""
    with serving(provider.taken) as running:
        hand_over((provider, running), *(letter(name="نمستे", sequence=n) for n in (1, 2)))
    (asked,) = running.asked
    for item in asked.json:
        to = item.get("To") or item["to"][0]
        assert to.startswith("=?utf-8?") and to.isascii()


def test_what_is_left_out_is_declared(service: tuple[Provider, Service]) -> None:
    """Each field of the composed message is told, or is one that the sender says its service writes anew."""
    provider, _ = service
    if provider.accepts_mime:
        return
    message = letter()
    arrived = hand_over(service, message)[0]
    assert isinstance(arrived, tuple)
    told = {name.lower() for name, _ in arrived[6]}
    composed = {name.lower() for name, _ in read_api_message(message, "it").headers}
    assert composed - told <= provider.open("https://example.org").rewritten_headers


@pytest.mark.parametrize(
    "provider", [p for p in BY_TEXTS if p is not BREVO], ids=lambda provider: provider.kind
)
def test_pictures_inside_the_letter_arrive(keys: None, provider: Provider) -> None:
    """A picture comes with the content id by which the HTML calls it, octet for octet."""
    with serving(provider.taken) as running:
        arrived = hand_over(
            (provider, running), *(letter(images=(PICTURE,), sequence=n) for n in (1, 2))
        )
    assert 2 == len(arrived)
    for one in arrived:
        assert isinstance(one, tuple)
        assert (("chart-1@ferry", "image/png", DOT),) == one[7]


def test_resend_gets_pictures_one_message_at_a_time(keys: None) -> None:
    """Its batch endpoint drops attachments, so letters with pictures are not batched with any other."""
    with serving(RESEND.taken) as running:
        hand_over(
            (RESEND, running),
            *[letter(sequence=n, images=(PICTURE,) if n in (3, 4) else ()) for n in range(1, 7)],
        )
    paths = [asked.path for asked in running.asked]
    assert ["/emails/batch", "/emails", "/emails", "/emails/batch"] == paths


@pytest.mark.parametrize(
    ("provider", "message", "words_said"),
    [
        (BREVO, letter(images=(PICTURE,)), "inline images"),
        (BREVO, letter(html="<p>{{ contact.NAME }}</p>"), "{{"),
        (SPARKPOST, letter(html="<p>{{ name }}</p>"), "{{"),
        (SPARKPOST, letter(html=f"<p>{'y' * 71}{{{{ name }}}}</p>"), "{{"),
    ],
)
def test_what_a_service_would_change_is_refused(
    keys: None, provider: Provider, message: Message, words_said: str
) -> None:
    """Nothing is dropped or filled in in silence; the sentence names it, and nothing leaves."""
    with (
        serving(provider.taken) as running,
        pytest.raises(UnsupportedFeature, match=words_said),
        provider.open(running) as sender,
    ):
        list(sender.send([message]))
    assert [] == running.asked


def test_brevo_gets_names_it_would_drop_as_encoded_words(keys: None) -> None:
    """It loses names that go beyond ASCII and hold a comma, unless they come encoded."""
    with serving(BREVO.taken) as running:
        hand_over((BREVO, running), letter(name="Åström, Zoë", sender_name="Die Fähre, GmbH"))
    form = running.asked[0].json
    assert form["sender"]["name"].startswith("=?utf-8?")
    assert form["messageVersions"][0]["to"][0]["name"].startswith("=?utf-8?")


def test_mailgun_is_asked_for_the_senders_domain(keys: None) -> None:
    """The domain is that of the sender's address unless one is configured, and nothing is tracked."""
    with serving(MAILGUN.taken) as running:
        for options in ({}, {"domain": "mg.example.org"}):
            with MAILGUN.open(running, **options) as sender:
                list(sender.send([letter()]))
    paths = [asked.path for asked in running.asked]
    assert "/v3/ferry.example.org/messages.mime" == paths[0]
    assert "/v3/mg.example.org/messages.mime" == paths[1]
    assert b'name="o:tracking"\r\n\r\nno' in running.asked[0].body


@given(subject=ANY_TEXT, text=ANY_TEXT, html=ANY_TEXT, reader=recipients())
def test_any_letter_is_read_as_its_readers_read_it(subject, text, html, reader) -> None:
    """Whatever was composed, services are told what Python's older parser reads in it."""
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


def test_the_documentation_names_every_service() -> None:
    """Each kind has its section in docs/reference/providers.md."""
    text = (Path(__file__).parents[3] / "docs" / "reference" / "providers.md").read_text(
        encoding="utf-8"
    )
    assert [] == [p.kind for p in PROVIDERS if f'kind = "{p.kind}"' not in text]
