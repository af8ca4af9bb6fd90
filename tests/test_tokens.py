"""Tokens lead back to one message and its recipient, and to nobody else."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from pipeline.recipient_tokens import Token, TokenKeys, TokenPurpose, parse_token

KEYS = TokenKeys(b"plum-jam")
ALPHABET = string.ascii_lowercase + "234567"


def make(
    purpose: TokenPurpose = TokenPurpose.UNSUBSCRIBE, *, campaign: int = 7, sequence: int = 12
) -> str:
    return KEYS.make(
        purpose,
        campaign=campaign,
        campaign_id="2026-11-30-bell",
        sequence=sequence,
        mailbox="ada@example.org",
    )


def parse(text: str) -> Token:
    token = parse_token(text)
    assert token is not None
    return token


@given(
    st.sampled_from(TokenPurpose),
    st.integers(0, 2**35 - 1),
    st.integers(0, 2**35 - 1),
    st.text(max_size=30),
)
def test_a_token_is_read_as_it_was_made(
    purpose: TokenPurpose, campaign: int, sequence: int, mailbox: str
) -> None:
    """Whatever the numbers: it is short, lower case, survives upper-casing, and is verified for its mailbox only."""
    text = KEYS.make(
        purpose, campaign=campaign, campaign_id="c", sequence=sequence, mailbox=mailbox
    )
    token = parse(text.upper())
    assert len(text) <= 40
    assert set(text) <= set(ALPHABET)
    assert (purpose, campaign, sequence) == (token.purpose, token.campaign, token.sequence)
    assert KEYS.verify(token, campaign_id="c", mailbox=mailbox)
    assert not KEYS.verify(token, campaign_id="c", mailbox=mailbox + "x")
    assert not KEYS.verify(token, campaign_id="d", mailbox=mailbox)


def test_a_token_is_at_most_28_characters_for_ten_million_recipients() -> None:
    """A campaign of any real size leaves room in a local part."""
    assert len(make(campaign=412, sequence=9_999_999)) <= 28


def test_each_change_of_one_character_is_refused() -> None:
    """No other spelling of a token is accepted, not even one that decodes to the same bytes."""
    text = make()
    for position in range(len(text)):
        for character in ALPHABET:
            changed = text[:position] + character + text[position + 1 :]
            token = parse_token(changed)
            if changed != text and token is not None:
                assert not KEYS.verify(
                    token, campaign_id="2026-11-30-bell", mailbox="ada@example.org"
                )
    assert parse_token(text + "a") is None
    assert parse_token(text[:-1]) is None


def test_a_token_cannot_be_used_for_another_purpose() -> None:
    """The tag of a bounce address, which every relay sees, opens no page of the subscriber."""
    bounce, page = parse(make(TokenPurpose.BOUNCE)), parse(make())
    assert bounce.tag != page.tag


def test_a_token_of_another_secret_is_not_verified() -> None:
    """A token of another project names nobody."""
    other = TokenKeys(b"quince")
    assert not other.verify(parse(make()), campaign_id="2026-11-30-bell", mailbox="ada@example.org")


def test_tokens_of_tests_are_known_as_such() -> None:
    """What a test or a preview contains answers that it was a test."""
    assert parse(KEYS.make_test_token(TokenPurpose.UNSUBSCRIBE)).is_test
    assert not parse(make()).is_test


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """No text makes the parser fail."""
    parse_token(text)


@given(st.binary(min_size=11, max_size=25))
def test_only_canonical_tokens_are_parsed(content: bytes) -> None:
    """Random bytes are parsed only if they are exactly what would be written for what they say."""
    import base64

    text = base64.b32encode(content).decode().rstrip("=").lower()
    token = parse_token(text)
    assert token is None or token.purpose in TokenPurpose
