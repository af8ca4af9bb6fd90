"""From an edition and a recipient to a message."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ComposeError
from pipeline.mail import Composer, check_standards, compose, fill_fields
from pipeline.models.address import Address
from pipeline.models.edition import DeadlineChoice, FieldContext, InlineImage
from pipeline.models.message import Message
from tests.mail.dkim_verifiers import key, signing
from tests.mail.samples import (
    ADA,
    AT,
    PUBLICATION,
    SCRIPTS,
    composed,
    defects,
    edition,
    literal,
    name_field,
    parsed,
    parts,
)

PICTURE = InlineImage(
    content_id="chart-1@handbill",
    media_type="image/png",
    content=bytes(range(256)) * 9,
    filename="chart.png",
)


def message(**changes: object) -> Message:
    given_ = {"campaign_id": "2026-03-02-news", "sequence": 7, "at": AT, "secret": b"key"} | changes
    return compose(edition(), ADA, **given_)  # type: ignore[arg-type]  # one keyword of four


def test_the_text_comes_before_the_html() -> None:
    """Two alternatives, the richer one last, each quoted-printable in UTF-8."""
    tree = parsed(composed())
    assert "multipart/alternative" == tree.get_content_type()
    plain, page = tree.iter_parts()
    assert ["text/plain", "text/html"] == [plain.get_content_type(), page.get_content_type()]
    for part in (plain, page):
        assert "utf-8" == part.get_content_charset()
        assert "quoted-printable" == part["Content-Transfer-Encoding"]
    assert ["News\n", "<p>News</p>\n"] == parts(composed())


def test_inline_images_are_related_to_the_html() -> None:
    """They come back byte for byte."""
    second = replace(PICTURE, content_id="b", filename="", content=b"")
    content = composed(edition(images=(PICTURE, second)))
    plain, related = parsed(content).iter_parts()
    assert "text/plain" == plain.get_content_type()
    assert "multipart/related" == related.get_content_type()
    assert "text/html" == related.get_param("type")
    page, first, last = related.iter_parts()
    assert "text/html" == page.get_content_type()
    assert "<chart-1@handbill>" == first["Content-ID"]
    assert "image/png" == first.get_content_type()
    assert "inline" == first.get_content_disposition()
    assert "chart.png" == first.get_filename()
    assert PICTURE.content == first.get_content()
    assert b"" == last.get_content()
    assert [] == defects(content)
    assert all(len(line) <= 76 for line in content.split(b"\r\n"))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cf"]), max_size=120))
def test_any_filename_survives(name: str) -> None:
    """An image's file name survives in any script, except what file systems reject, on short lines."""
    content = composed(edition(images=(replace(PICTURE, filename=name),)))
    found = [part.get_filename() for part in parsed(content).walk() if part.get_filename()]
    expected = re.sub(r'[/\\:*?"<>|]', "_", name).strip()
    assert [expected] * bool(expected) == found
    assert [] == defects(content)
    assert all(len(line) <= 78 for line in content.split(b"\r\n"))


@pytest.mark.parametrize("content_id", ["", "a b", "a>\r\nBcc: x", "ä", "<a>"])
def test_an_invalid_content_id_is_rejected(content_id: str) -> None:
    """It must not break out of its angle brackets."""
    with pytest.raises(ComposeError, match="content id"):
        composed(edition(images=(replace(PICTURE, content_id=content_id),)))


@pytest.mark.parametrize("media_type", ["", "text/html", "image/png\r\nBcc: x", "image/"])
def test_other_media_types_are_rejected(media_type: str) -> None:
    """Only images can be inline."""
    with pytest.raises(ComposeError, match="media type"):
        composed(edition(images=(replace(PICTURE, media_type=media_type),)))


def test_the_header_is_complete() -> None:
    """All fields are there, each once, in order."""
    assert [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Unsubscribe",
        "Reply-To",
        "List-Id",
        "Feedback-ID",
        "Precedence",
        "X-Auto-Response-Suppress",
        "X-Handbill-Campaign",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
    ] == parsed(composed()).keys()


def test_a_message_has_its_envelope() -> None:
    """A message has what a sender needs besides its content."""
    found = message()
    assert ("2026-03-02-news", 7) == (found.campaign_id, found.sequence)
    assert PUBLICATION.sender == found.sender
    assert ADA.address == found.recipient
    assert found.message_id == parsed(found.content)["Message-ID"]
    assert "content" not in repr(found)


def test_composing_is_deterministic() -> None:
    """Same input, same bytes; another edition, another boundary."""
    assert message() == message()
    assert composed() != composed(edition(text=(literal("other"),)))


def test_the_message_id_depends_on_campaign_and_address() -> None:
    """It does not depend on edition, time and number, and reveals neither."""
    name = message().message_id
    assert name == message(at=AT + timedelta(days=1), sequence=8).message_id
    assert name != message(campaign_id="other").message_id
    assert name != message(secret=b"other").message_id
    shouting = replace(ADA, address=Address(email="Ada@Example.org"))
    assert f"Message-ID: {name}\r\n".encode() in composed(reader=shouting)
    assert name.endswith("@ferry.example.org>")
    assert re.fullmatch(r"<[0-9a-f]{32}@[^@]+>", name)


@pytest.mark.parametrize(
    "campaign", ["", "a b", "../x", ".x", "a\r\nBcc: eve@example.net", "é", "x" * 101]
)
def test_an_invalid_campaign_id_is_rejected(campaign: str) -> None:
    """An id is safe in a header and as a folder name."""
    with pytest.raises(ComposeError, match="not a campaign id"):
        message(campaign_id=campaign)


def test_an_empty_secret_is_rejected() -> None:
    """Nobody else must be able to compute Message-IDs."""
    with pytest.raises(ComposeError, match="HANDBILL_SECRET"):
        message(secret=b"")


@pytest.mark.parametrize("language", ["", "en_US", "english please", "e\r\nBcc: x", "x" * 9])
def test_an_invalid_language_is_omitted(language: str) -> None:
    """A mistake in the article neither blocks the message nor reaches the header."""
    assert "Content-Language" not in parsed(composed(edition(language=language)))
    assert "zh-Hant-TW" == parsed(composed(edition(language="zh-Hant-TW")))["Content-Language"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_message_in_each_script(script: str) -> None:
    """Subject, name and both texts survive Python's parser, without a defect."""
    sentence = SCRIPTS[script]
    issue = edition(
        subject=(literal(f"{sentence}: "), name_field(FieldContext.HEADER)),
        text=(
            literal(f"{sentence} — "),
            name_field(FieldContext.TEXT),
            literal("\n" + sentence * 30),
        ),
        html=(literal(f"<p>{sentence} "), name_field(FieldContext.HTML_TEXT), literal("</p>")),
    )
    reader = replace(ADA, address=Address(email="ada@example.org", name=sentence[:12].strip()))
    content = composed(issue, reader)
    assert [] == defects(content)
    assert fill_fields(issue.subject, reader, at=AT) == parsed(content)["Subject"]
    assert [
        fill_fields(issue.text, reader, at=AT),
        fill_fields(issue.html, reader, at=AT),
    ] == parts(content)
    assert reader.address.name == parsed(content)["To"].addresses[0].display_name


def test_one_composer_serves_all_times() -> None:
    """One composer handles every variant, in any order of times."""
    later = AT + timedelta(hours=2)
    text = (
        DeadlineChoice(until=AT, before=(literal("one"),), after=(literal("two"),)),
        DeadlineChoice(
            until=later, before=(literal(" up "), name_field(FieldContext.TEXT)), after=()
        ),
    )
    composer = Composer(edition(text=text), campaign_id="c", secret=b"key")

    def plain(at_minutes: int) -> str:
        at = AT + timedelta(minutes=at_minutes)
        return parts(composer.compose(ADA, sequence=1, at=at).content)[0]

    expected = {-1: "one up Ada Byron", 0: "two up Ada Byron", 119: "two up Ada Byron", 120: "two"}
    for minutes in (0, 120, -1, 119, -1, 120):
        assert expected[minutes] == plain(minutes)


def test_every_message_meets_the_standards() -> None:
    """Simple or with everything in it."""
    check_standards(composed())
    check_standards(composed(edition(images=(PICTURE,))))


def test_a_message_has_the_parts_it_was_composed_from() -> None:
    """Services that take texts instead of bytes get what the bytes contain."""
    text = (
        literal("Dear "),
        name_field(FieldContext.TEXT, fallback="reader"),
        DeadlineChoice(until=AT, before=(literal("early"),), after=(literal("late"),)),
    )
    composed_message = compose(
        edition(text=text, images=(PICTURE,)),
        ADA,
        campaign_id="c",
        sequence=1,
        at=AT,
        secret=b"key",
        signing=signing([key("ed25519")]),
    )

    tree = parsed(composed_message.content)
    assert composed_message.build_parts is not None
    found = composed_message.build_parts()
    assert [found.text, found.html] == parts(composed_message.content)
    assert "Dear Ada Byronlate" == found.text
    assert tree["Subject"] == dict(found.headers)["Subject"]
    assert (PICTURE,) == found.images
    structure = {"dkim-signature", "mime-version", "content-type"}
    assert [n for n in tree.keys() if n.lower() not in structure] == [n for n, _ in found.headers]  # noqa: SIM118
    assert f"<{ADA.address.email}>" in dict(found.headers)["To"]
