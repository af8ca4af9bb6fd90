"""Addresses with UTF-8, for servers that offer SMTPUTF8."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_string, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ComposeError
from pipeline.mail import check_standards, compose
from pipeline.mail.headers.header_fields import format_address_field
from pipeline.models.address import Address, parse_address
from pipeline.models.delivery import DeliveryState
from pipeline.models.message import Message
from pipeline.senders.base import refuse_smtputf8
from tests.mail.samples import ADA, AT, PUBLICATION, composed, defects, edition

NINA = parse_address("Нина <нина@почта.example>")


def message(address: Address) -> Message:
    reader = replace(ADA, address=address)
    return compose(edition(), reader, campaign_id="c", sequence=3, at=AT, secret=b"key")


def test_a_message_tells_that_it_needs_smtputf8() -> None:
    """A sender knows in advance whether its server can take it."""
    assert message(NINA).needs_smtputf8
    assert not message(ADA.address).needs_smtputf8
    assert not message(parse_address("nina@почта.example")).needs_smtputf8


def test_the_address_is_written_as_utf8() -> None:
    """As RFC 6532 specifies, the domain in ASCII; the rest of the message stays ASCII."""
    content = message(NINA).content
    check_standards(content)
    assert "<нина@xn--80a1acny.example>\r\n".encode() in content
    parsed = message_from_string(content.decode(), policy=policy.SMTPUTF8)
    (found,) = parsed["To"].addresses
    assert ("Нина", NINA.email) == (found.display_name, found.addr_spec)
    assert [] == defects(content.replace(NINA.email.encode(), b"ada@example.org"))


def test_a_sender_without_smtputf8_rejects_the_recipient() -> None:
    """The receipt is a permanent rejection with the code of RFC 5248, and names no address."""
    receipt = refuse_smtputf8(message(NINA))
    assert (3, DeliveryState.REFUSED, 553) == (receipt.sequence, receipt.state, receipt.code)
    assert "5.6.7" == receipt.enhanced_code
    assert "нина" not in receipt.response


def test_the_publications_addresses_must_be_ascii() -> None:
    """From and Reply-To are in every message, so every server must accept them."""
    with pytest.raises(ComposeError, match="not a valid email address"):
        composed(edition(publication=replace(PUBLICATION, sender=NINA)))
    with pytest.raises(ComposeError, match="not a valid email address"):
        composed(edition(publication=replace(PUBLICATION, reply_to=NINA)))


@pytest.mark.parametrize(
    "sign",
    ["\r\n", "\n", "\x85", "\u2028", "\u202e", "\xa0", "\u3000", "\ud800", " ", "<", ",", "@"],
)
def test_no_character_breaks_out_of_the_address(sign: str) -> None:
    """Any script is allowed; spaces, controls and direction changes are not."""
    with pytest.raises(ComposeError, match="not a valid email address"):
        format_address_field("To", Address(email=f"ни{sign}на@example.org"), allow_utf8=True)


@given(st.text(min_size=1, max_size=20))
def test_any_local_part_is_one_address_or_rejected(local: str) -> None:
    """The field has one address on its line, or is not written."""
    try:
        written = format_address_field(
            "To", Address(email=f"{local}@example.org"), allow_utf8=True
        ).decode()
    except ComposeError:
        return
    assert f"To: {local}@example.org\r\n" == written
    assert 1 == len(written.splitlines())
