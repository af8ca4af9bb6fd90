"""Email addresses with display names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import AddressError
from pipeline.models.address import (
    Address,
    parse_address,
    parse_ascii_address,
    parse_typed_address,
)


@pytest.mark.parametrize(
    ("text", "email", "name"),
    [
        ("ada@example.org", "ada@example.org", ""),
        ("  ada@example.org ", "ada@example.org", ""),
        ("<ada@example.org>", "ada@example.org", ""),
        ("Ada Byron <ada@example.org>", "ada@example.org", "Ada Byron"),
        ('"Byron, Ada" <ada@example.org>', "ada@example.org", "Byron, Ada"),
        ('"Ada \\"Countess\\" Byron" <ada@example.org>', "ada@example.org", 'Ada "Countess" Byron'),
        ("عائشة <a@example.org>", "a@example.org", "عائشة"),
        ("Ada+tag@Example.ORG", "Ada+tag@example.org", ""),
        ("ada@bücher.example", "ada@xn--bcher-kva.example", ""),
        ("o'brien@example.org", "o'brien@example.org", ""),
        ("ada@sub.test", "ada@sub.test", ""),
    ],
)
def test_addresses_are_parsed(text: str, email: str, name: str) -> None:
    """With or without a name, quoted or not; the domain in ASCII and lower case."""
    assert Address(email=email, name=name) == parse_address(text)


@pytest.mark.parametrize(
    "text",
    ["", "ada", "ada@", "@example.org", "a b@example.org", "ada@example", "ada@@example.org", "ada@exa_mple.org",
     "ada@example.org, bob@example.org", "Ada <ada@example.org> x", "ada@-example.org", "ada@example..org"],
)  # fmt: skip
def test_invalid_addresses_are_rejected(text: str) -> None:
    """The error shows the input and an example."""
    with pytest.raises(AddressError) as caught:
        parse_address(text)

    assert f'"{text}" is not an email address: ' in str(caught.value)
    assert str(caught.value).endswith(". Write it as name@example.org.")
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("sign", ["\r\n", "\n", "\x00", "\x7f", "\u2028", "\x85"])
def test_line_breaks_are_rejected(sign: str) -> None:
    """Neither name nor address can start a new header."""
    for text in (f"Ada{sign}Bcc: x@example.org <ada@example.org>", f"ada@example.org{sign}x"):
        with pytest.raises(AddressError, match="line break or control character"):
            parse_address(text)


def test_non_ascii_local_parts_are_preserved() -> None:
    """The address is normalized and needs SMTPUTF8."""
    address = parse_address("zoe\u0308@bücher.example")
    assert "zo\u00eb@xn--bcher-kva.example" == address.email
    assert address.needs_smtputf8
    assert not parse_address("zoe@bücher.example").needs_smtputf8


def test_publication_address_must_be_ascii() -> None:
    """Every server must accept an address that is part of every message."""
    with pytest.raises(AddressError, match="non-ASCII characters before the @"):
        parse_ascii_address("zoë@example.org")
    assert parse_address("zoe@example.org") == parse_ascii_address("zoe@example.org")


def test_key_ignores_case() -> None:
    """Upper and lower case are the same address."""
    assert parse_address("Ada@Example.org").key == parse_address("ada@example.ORG").key
    assert "example.org" == parse_address("Ada@Example.org").domain


@given(
    st.text(
        st.characters(exclude_categories=["Cc", "Cs", "Zl"], exclude_characters='<>"'), max_size=20
    )
)
def test_formatted_address_parses_to_itself(name: str) -> None:
    """An address formatted as text is parsed as the same address."""
    address = Address(email="ada@example.org", name=" ".join(name.split()))
    if "\u2029" in name:
        return

    assert address == parse_address(str(address))


_PARTS = st.sampled_from(
    [*"aZ09_+-.@!'\" ", "example", "org", "--", "xn--p1ai", "test", "arpa", "ü", "x" * 64]
)


@given(st.lists(_PARTS, max_size=12).map("".join) | st.emails())
def test_simple_pattern_agrees_with_validator(text: str) -> None:
    """An address accepted by the simple pattern is the one the validator returns."""
    from pipeline.models.address import _validate

    try:
        expected: str | None = _validate(text.strip(), text)
    except AddressError:
        expected = None
    for written in (text, f"Ada Byron <{text}>"):
        try:
            found: str | None = parse_address(written).email
        except AddressError:
            found = None
        assert expected == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<ada@example.org>", "has < and > but no name. Write the address alone: ada@example.org."),
        (" <ada@example.org> ", "has < and > but no name"),
        ("ada@example.org <eve@example.com>", "contains several email addresses"),
        ('"ada@example.org" <eve@example.com>', "contains several email addresses"),
        ("Ada (ada@example.org) <eve@example.com>", "contains several email addresses"),
        ("ada@example.org, eve@example.com", "contains several email addresses"),
        ("ada@example.org;eve@example.com", "contains several email addresses"),
        ("ada@example.org eve@example.com", "contains several email addresses"),
        ("Ada <ada@example.org>, Eve <eve@example.com>", "contains several email addresses"),
        ("Ada <ada@example.org> <eve@example.com>", "contains several email addresses"),
        ("<@relay.example:ada@example.org>", "has < and > but no name"),
        ("x" * 5000 + " <ada@example.org> <eve@example.com>", '…" contains several'),
    ],
)
def test_typed_address_is_never_reinterpreted(text: str, words: str) -> None:
    """What could mean more than one mailbox is an error of at most a few lines."""
    with pytest.raises(AddressError) as caught:
        parse_typed_address(text)

    assert words in str(caught.value)
    assert 250 > len(str(caught.value))


@pytest.mark.parametrize(
    "text", ["ada@example.org", "Ada <ada@example.org>", "ADA@EXAMPLE.ORG <ada@example.org>"]
)
def test_typed_address_with_or_without_a_name(text: str) -> None:
    """The forms people copy."""
    assert "ada@example.org" == parse_typed_address(text).email
