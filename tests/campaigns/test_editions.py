"""An edition stored is the same edition when it is read back."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.campaigns.store.editions import from_bytes, to_bytes
from pipeline.errors import StoreError
from pipeline.models.edition import (
    ChoiceCase,
    DeadlineChoice,
    FieldChoice,
    FieldContext,
    InlineImage,
    LiteralText,
)
from pipeline.models.finding import Finding, Severity
from tests.mail.samples import ANY_TEXT, PUBLICATION, edition, literal, name_field


@given(ANY_TEXT, st.binary(max_size=300))
def test_an_edition_round_trips(text: str, picture: bytes) -> None:
    """Every piece, picture, instant and finding is there again, and so the digest is the same."""
    choice = DeadlineChoice(
        until=datetime(2026, 12, 31, tzinfo=UTC),
        before=(literal(text), name_field(FieldContext.HTML_TEXT)),
        after=(),
    )
    by_donor = FieldChoice(
        name="donor",
        cases=(ChoiceCase(values=("monthly", text), pieces=(literal(text),)),),
        otherwise=(choice,),
    )
    whole = replace(
        edition(
            subject=(LiteralText(text=text), name_field(FieldContext.HEADER, fallback="reader")),
            html=(by_donor, literal("<p>")),
            images=(
                InlineImage(
                    content_id="a", media_type="image/png", content=picture, filename="a.png"
                ),
            ),
        ),
        findings=(
            Finding(code="x.y", severity=Severity.WARNING, where=text, message="m", hint="h"),
        ),
    )

    again = from_bytes(to_bytes(whole))

    assert whole == again
    assert whole.digest == again.digest


def test_missing_fields_take_their_default() -> None:
    """An edition stored before a field was added can still be read."""
    stored = zlib.decompress(to_bytes(edition())).replace(b'"images":[],', b"")

    assert edition() == from_bytes(zlib.compress(stored))


@pytest.mark.parametrize(
    "content",
    [
        b"no edition",
        zlib.compress(b"{}"),
        zlib.compress(b'{"@":"Oracle"}'),
        zlib.compress(b'{"@":"Address","email":"a@example.org"}'),
        to_bytes(edition())[:-9],
    ],
)
def test_a_damaged_edition_is_an_error(content: bytes) -> None:
    """Damaged content is an error, never another object."""
    with pytest.raises(StoreError):
        from_bytes(content)


def test_only_what_an_edition_holds_is_made() -> None:
    """The address and the publication are made by their own classes."""
    again = from_bytes(to_bytes(edition()))

    assert PUBLICATION == again.publication
    assert type(PUBLICATION.sender) is type(again.publication.sender)
