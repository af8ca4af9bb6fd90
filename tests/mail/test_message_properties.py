"""Properties of any message: it arrives as intended and well-formed, whatever its input."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.config import PublicationTable
from pipeline.config.value_types import KnownNames
from pipeline.errors import AddressError, ComposeError
from pipeline.mail import check_standards, compose, fill_fields
from pipeline.mail.composer import TEST_PREFIX, Composer
from pipeline.mail.field_values import clean_value
from pipeline.mail.headers.header_fields import format_display_name
from pipeline.models.address import Address, parse_address
from pipeline.models.edition import Edition, FieldContext, InlineImage, Pieces
from pipeline.models.publication import Publication
from pipeline.models.recipient import Recipient
from tests.mail.dkim_verifiers import dkimpy_verdicts, key, signing
from tests.mail.samples import (
    ANY_TEXT,
    AT,
    defects,
    edition,
    old_header,
    old_name,
    old_parts,
    parsed,
    parts,
    pieces,
    recipients,
)
from tests.mail.test_header_injection import ATTACK

HTML = (FieldContext.HTML_TEXT, FieldContext.HTML_ATTRIBUTE, FieldContext.HTML_URL)
TEXT = (FieldContext.TEXT, FieldContext.TEXT_URL)
HEADERS = {
    *("DKIM-Signature", "From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe"),
    *("List-Unsubscribe-Post", "Reply-To", "List-Id", "Feedback-ID", "Precedence"),
    *("X-Auto-Response-Suppress", "X-Handbill-Campaign", "Content-Language"),
    *("MIME-Version", "Content-Type"),
}

EMAILS = st.sampled_from(
    ["ada@example.org", "o'neil+x@bücher.example", f"{'a' * 64}@{'b' * 60}.example", "a@b.org"]
).map(lambda email: parse_address(email).email)
ADDRESSES = st.builds(Address, email=EMAILS, name=ANY_TEXT)
PUBLICATIONS = st.builds(
    Publication,
    name=ANY_TEXT,
    sender=ADDRESSES,
    reply_to=st.none() | ADDRESSES,
    unsubscribe=st.none() | st.just("mailto:leave@example.org?subject=unsubscribe"),
    unsubscribe_url=st.none() | st.just("https://example.org/a,b/leave/{token}?from=mail"),
)
IMAGES = st.lists(
    st.builds(
        InlineImage,
        content_id=st.text("abc123.-", min_size=1, max_size=9),
        media_type=st.just("image/png"),
        content=st.binary(max_size=200),
        filename=ANY_TEXT,
    ),
    max_size=2,
).map(tuple)


def editions() -> st.SearchStrategy[Edition]:
    """Draw any edition of any publication."""
    return st.builds(
        edition,
        subject=pieces((FieldContext.HEADER,)),
        html=pieces(HTML),
        text=pieces(TEXT),
        images=IMAGES,
        publication=PUBLICATIONS,
        language=st.sampled_from(["en", "zh-Hant", "not a tag", "ar"]),
        list_id=st.sampled_from(["news.example.org", f"{'x' * 60}.{'y' * 60}.example.org"]),
    )


@given(editions(), recipients(), ADDRESSES, st.sampled_from(["", TEST_PREFIX]))
def test_any_message_arrives_as_intended(
    issue: Edition, reader: Recipient, address: Address, mark: str
) -> None:
    """Two parsers agree and find no defect, lines are short, the signature verifies, and every value is read back."""
    reader = replace(reader, address=address)
    composer = Composer(
        issue, campaign_id="c", secret=b"k", signing=signing([key("ed25519")]), subject_prefix=mark
    )
    content = composer.compose(reader, sequence=1, at=AT).content

    check_standards(content, signatures=1)
    message = parsed(content)
    assert [] == defects(content)
    assert set(message.keys()) <= HEADERS
    assert len(message.keys()) == len(set(message.keys()))
    _check_lines(content)
    assert [True] == dkimpy_verdicts(content, [key("ed25519")])

    expected = [fill_fields(issue.text, reader, at=AT), fill_fields(issue.html, reader, at=AT)]
    assert expected == parts(content) == old_parts(content)
    subject = clean_value(mark + fill_fields(issue.subject, reader, at=AT)).strip()
    assert subject == message["Subject"] == old_header(content, "Subject")
    for name, written in _mailboxes(issue.publication, address).items():
        (found,) = message[name].addresses
        assert written.email == found.addr_spec
        assert format_display_name(written) == old_name(content, name)
    pictures = [
        part.get_content() for part in message.walk() if part.get_content_maintype() == "image"
    ]
    assert [image.content for image in issue.images] == pictures


def _mailboxes(publication: Publication, reader: Address) -> dict[str, Address]:
    found = {"From": publication.sender, "To": reader}
    return found | ({"Reply-To": publication.reply_to} if publication.reply_to else {})


def _check_lines(content: bytes) -> None:
    """Lines have at most 78 bytes, except the URL, id and address that must not be folded."""
    unfoldable = (
        b"List-Unsubscribe:",
        b"List-Id:",
        b" <",
        b"Message-ID:",
        b"From:",
        b"To:",
        b"Reply-To:",
        b" d=",
    )
    for line in content.split(b"\r\n"):
        assert len(line) <= 78 or line.startswith(unfoldable), line
        assert len(line) <= 998
        assert not line.startswith(b".")


KNOWN = KnownNames(senders=["outbox"], themes=["default"], parse_address=parse_address)


@given(
    ATTACK,
    st.sampled_from(
        ["name", "from", "reply_to", "website", "unsubscribe", "unsubscribe_url", "language"]
    ),
)
@example("news@example.org\r\nBcc: eve@example.net", "from")
@example("mailto:a@example.org>\r\nBcc: eve@example.net", "unsubscribe")
def test_no_configuration_value_adds_a_field(attack: str, name: str) -> None:
    """Every value that a configuration accepts is harmless in a message, or rejected with one sentence."""
    from pydantic import ValidationError

    from pipeline.editing import build_publication

    sound: dict[str, Any] = {"name": "The Ferry", "from": "news@example.org"}
    forms = {
        "from": [attack, f"{attack} <news@example.org>", f"news@{attack}.org"],
        "reply_to": [attack, f"{attack} <desk@example.org>"],
        "unsubscribe": [f"mailto:{attack}@example.org", f"mailto:leave@example.org?subject={attack}"],
        "unsubscribe_url": [f"https://example.org/{attack}{{token}}", f"https://{attack}.org/{{token}}"],
        "website": [f"https://example.org/{attack}"],
    }  # fmt: skip
    for value in forms.get(name, [attack]):
        try:
            table = PublicationTable.model_validate({**sound, name: value}, context=KNOWN)
            issue = edition(publication=build_publication(table))
            content = compose(
                issue,
                Recipient(address=Address(email="ada@example.org"), token="t"),
                campaign_id="c",
                sequence=1,
                at=AT,
                secret=b"k",
                signing=signing([key("ed25519")]),
            ).content
        except (ValidationError, AddressError):
            continue
        except ComposeError as error:
            assert 1 == len(str(error).splitlines())
            continue
        message = parsed(content)
        assert set(message.keys()) <= HEADERS
        assert len(message.keys()) == len(set(message.keys()))
        assert 1 == len(message["From"].addresses)
        assert [] == defects(content)
        assert [True] == dkimpy_verdicts(content, [key("ed25519")])


@given(ATTACK, st.sampled_from(["name", "city", "unsubscribe_token"]), pieces(HTML), pieces(TEXT))
def test_no_recipient_value_breaks_out(attack: str, name: str, page: Pieces, text: Pieces) -> None:
    """Whatever an imported list has, the message has the parts and fields of any other."""
    reader = Recipient(
        address=Address(email="ada@example.org", name=attack),
        values={name: attack},
        token=attack if name == "unsubscribe_token" else "t",
    )
    issue = edition(html=page, text=text)
    try:
        content = compose(
            issue, reader, campaign_id="c", sequence=1, at=AT, secret=b"k", signing=signing()
        ).content
    except ComposeError as error:
        assert "too long for a line" in str(error)
        return
    message = message_from_bytes(content, policy=policy.default)
    assert set(message.keys()) <= HEADERS
    assert 3 == len(list(message.walk()))
    assert [] == defects(content)


@pytest.mark.parametrize("campaign", ["c\r\nBcc: x", "c d", "c:d", "c\u2028", "ü"])
def test_no_campaign_id_breaks_out(campaign: str) -> None:
    """A campaign id is used in two fields, and checked before."""
    with pytest.raises(ComposeError, match="not a campaign id"):
        Composer(edition(), campaign_id=campaign, secret=b"k")


@pytest.mark.parametrize("campaign", ["c", "2026-03-02-" + "x" * 80])
def test_the_feedback_id_meets_gmails_rules(campaign: str) -> None:
    """Four different values, the sender last and the same for every campaign, on one line, without the recipient."""

    def written(reader: str) -> str:
        issue = edition()
        recipient = Recipient(address=Address(email=reader), token="t")
        sent = compose(issue, recipient, campaign_id=campaign, sequence=1, at=AT, secret=b"k")
        return str(parsed(sent.content)["Feedback-ID"])

    values = written("ada@example.org").split(":")
    assert 4 == len(set(values))
    assert 5 <= len(values[-1]) <= 15
    assert values == written("bob@example.net").split(":")
    assert len(":".join(values)) + len("Feedback-ID: ") <= 78
    sender = edition(publication=replace(edition().publication, name="Another name"))
    other = compose(
        sender,
        Recipient(address=Address(email="a@example.org")),
        campaign_id="other",
        sequence=1,
        at=AT,
        secret=b"other",
    )
    assert values[-1] == str(parsed(other.content)["Feedback-ID"]).split(":")[-1]
