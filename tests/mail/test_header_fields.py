"""Header fields: folding, names, addresses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.utils import getaddresses, parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import ComposeError
from pipeline.mail.field_values import clean_value
from pipeline.mail.headers.header_fields import format_address_field, format_display_name
from pipeline.models.address import Address
from tests.mail.samples import (
    ADA,
    ANY_TEXT,
    AT,
    PUBLICATION,
    SCRIPTS,
    composed,
    defects,
    edition,
    lines_of,
    literal,
    old_header,
    old_name,
    parsed,
)

EMAIL = "ada@example.org"


def with_subject(text: str) -> bytes:
    return composed(edition(subject=(literal(text),)))


def to(name: str) -> bytes:
    return composed(reader=replace(ADA, address=Address(email=EMAIL, name=name)))


@given(ANY_TEXT)
@example("=?utf-8?q?not_encoded?=")
@example("a  b   c" * 20)
@example("x" * 300)
@example(" leading and trailing ")
def test_any_subject_survives(text: str) -> None:
    """Both parsers read it back, from lines of at most 78 characters."""
    content = with_subject(text)
    expected = clean_value(text).strip()
    assert expected == parsed(content)["Subject"]
    assert expected == old_header(content, "Subject")
    assert [] == defects(content)
    assert all(len(line) <= 78 for line in lines_of(content, "Subject"))


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("length", [1, 20, 80, 10_000])
def test_subjects_in_all_scripts(script: str, length: int) -> None:
    """Subjects in every script survive, short or very long."""
    text = (SCRIPTS[script] + " ") * (length // len(SCRIPTS[script]) + 1)
    content = with_subject(text)
    assert text.strip() == parsed(content)["Subject"]
    assert [] == defects(content)


def test_an_ascii_subject_is_not_encoded() -> None:
    """It is only folded at spaces."""
    text = (
        "The ferry to the northern islands sails again from the old harbour, every day but Sunday"
    )
    first, second = lines_of(with_subject(text), "Subject")
    assert f"Subject: {text}" == (first + second).decode()
    assert len(first) <= 78


@given(ANY_TEXT)
@example('"')
@example("\\")
@example("Ada, Countess")
@example('Ada "the first" Byron')
@example("=?utf-8?q?evil=40example=2Ecom?=")
@example("x" * 100)
@example("Mx. Ada")
def test_any_name_survives(name: str) -> None:
    """The display name is read back, and the address after it is the only one."""
    content = to(name)
    (found,) = parsed(content)["To"].addresses
    expected = format_display_name(Address(email=EMAIL, name=name))
    assert EMAIL == found.addr_spec
    assert EMAIL == parseaddr(b"".join(lines_of(content, "To")).decode()[4:])[1]
    assert expected == old_name(content, "To")
    assert [] == defects(content)
    assert all(len(line) <= 78 for line in lines_of(content, "To"))
    # Python's newer parser puts a space between two encoded-words of a name (RFC 2047 §6.2 says none), and takes
    # unusual spaces beside plain ones away.
    assert "".join(expected.split()) == "".join(found.display_name.split())


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("field", ["From", "To", "Reply-To"])
def test_names_in_all_scripts(script: str, field: str) -> None:
    """Names of usual length are read back exactly by Python's parser, in all three fields."""
    address = Address(email=EMAIL, name=SCRIPTS[script][:13])
    publication = replace(PUBLICATION, sender=address, reply_to=address)
    content = composed(edition(publication=publication), replace(ADA, address=address))
    (found,) = parsed(content)[field].addresses
    assert address.name.strip() == found.display_name
    assert EMAIL == found.addr_spec
    assert [] == defects(content)


NAMES_LIKE_ADDRESSES = [
    "boss@bank.example",
    "<boss@bank.example>",
    "boss@bank.example, Ada",
    'Ada" <boss@bank.example>, "',
    "Ada <boss@bank.example>,",
    "Zoë <boss@bank.example>, é",
    'Zoë\\" <boss@bank.example>, "é',
    "=?utf-8?q?boss=40bank=2Eexample=2C?=",
    "(boss@bank.example)",
    "boss@bank.example\r\nBcc: eve@example.net",
    "group: boss@bank.example;",
]


@pytest.mark.parametrize("name", NAMES_LIKE_ADDRESSES)
def test_a_name_is_never_another_address(name: str) -> None:
    """Read correctly, decoded too early, or without its quotes: there is only our address."""
    content = to(name)
    raw = b"".join(lines_of(content, "To")).decode()[4:]
    decoded = str(make_header(decode_header(raw)))
    for form in (
        raw,
        decoded,
        raw.replace('"', ""),
        decoded.replace('"', ""),
        decoded.replace("\\", ""),
    ):
        addresses = [email for _, email in getaddresses([form]) if "@" in email]
        assert [EMAIL] == addresses
    assert [EMAIL] == [found.addr_spec for found in parsed(content)["To"].addresses]


def test_a_name_that_repeats_the_address_is_omitted() -> None:
    """Only the address is written."""
    assert [b"To: ada@example.org"] == lines_of(to("Ada@example.org"), "To")


@pytest.mark.parametrize(
    "email",
    [
        "ada@example.org\r\nBcc: eve@example.net",
        "ada@example.org\n",
        "ada @example.org",
        "ada@exa mple.org",
        "ada@bücher.example",
        "ädä@example.org",
        "ada@example.org, eve@example.net",
        "<ada@example.org>",
        "ada@example.org>\x00",
        "=?utf-8?q?ada?=@example.org",
        "ada",
        "@example.org",
        "ada@",
        "",
    ],
)
def test_an_invalid_address_is_rejected(email: str) -> None:
    """An address must not break out of a header or an SMTP command."""
    with pytest.raises(ComposeError, match="not a valid email address"):
        format_address_field("To", Address(email=email))


@pytest.mark.parametrize("email", ["a.b+c@example.org", "o'neil=x@xn--bcher-kva.example", "a@b"])
def test_unusual_addresses_are_allowed(email: str) -> None:
    """A dot-atom of RFC 5322 is written as it is."""
    assert f"To: {email}\r\n".encode() == format_address_field("To", Address(email=email))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("The\u200b Lan\u00adtern\ufeff", "The Lantern"),
        ("\u202eThe Lantern\u202c", "The Lantern"),
        ("The Lantern \u2066", "The Lantern"),
        ("The\tLantern\r\nBcc: x@example.org", "The Lantern Bcc: x at example.org"),
        ("letters@tern.example.org <The Tern>", "letters at tern.example.org (The Tern)"),
        (
            "\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645",
            "\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645",
        ),
        ("LETTERS@tern.example.org", ""),
    ],
)
def test_the_name_of_the_sender_is_what_inboxes_show(name: str, expected: str) -> None:
    """Nothing invisible, no turned text and no second address stands in it; joiners of a script stay."""
    address = Address(email="letters@tern.example.org", name=name)

    assert expected == format_display_name(address)


def test_a_long_address_gets_its_own_line() -> None:
    """The fold is between name and address."""
    email = "a" * 60 + "@example.org"
    assert f'To: "Byron, Ada"\r\n <{email}>\r\n'.encode() == format_address_field(
        "To", Address(email=email, name="Byron, Ada")
    )


@given(st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))))
def test_the_date_is_in_utc(zone: timezone) -> None:
    """Date has a numeric zone, whatever the time zone of the datetime."""
    content = composed(at=AT.astimezone(zone))
    assert [b"Date: Mon, 02 Mar 2026 12:30:05 +0000"] == lines_of(content, "Date")
    assert AT == parsed(content)["Date"].datetime


def test_a_naive_datetime_is_rejected() -> None:
    """Nobody guesses a time zone."""
    with pytest.raises(ComposeError, match="no time zone"):
        composed(at=datetime(2026, 3, 2, 12))  # noqa: DTZ001 (what is tested)
