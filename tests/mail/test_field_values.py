"""Values of fields: cleaned, escaped for their place, or missing."""

from __future__ import annotations

import html
import unicodedata
from datetime import timedelta
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from pipeline.errors import ComposeError
from pipeline.mail import fill_fields
from pipeline.mail.field_values import ESCAPES, clean_value
from pipeline.models.address import Address
from pipeline.models.edition import DeadlineChoice, Field, FieldContext, LiteralText, Pieces
from pipeline.models.recipient import Recipient
from tests.mail.samples import (
    ADA,
    ANY_TEXT,
    AT,
    composed,
    edition,
    literal,
    name_field,
    parsed,
    parts,
)

NASTY = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='x'>",
    "Tom & Jerry &amp; &lt;",
    "a\r\nb\nc\rd",
    "100 % %41 {token} {{ name }}",
    "\u202eevil\u202d",
    "\u2067abc",
    "=41=\r\n=",
    ".",
    "From me",
    "\x00\x1b[31m\x85\u2028\u2029",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "x" * 10_000,
    "नमस्ते " * 1_500,
]


def reader(value: str) -> Recipient:
    return Recipient(address=Address(email="ada@example.org"), values={"name": value})


def all_places() -> tuple[Pieces, Pieces, Pieces]:
    subject = (literal("For "), name_field(FieldContext.HEADER), literal("."))
    text = (
        literal("Dear "),
        name_field(FieldContext.TEXT),
        literal(",\nhttps://e.org/?n="),
        name_field(FieldContext.TEXT_URL),
        literal("\nend\n"),
    )
    page = (
        literal('<html><body><p id="t">'),
        name_field(FieldContext.HTML_TEXT),
        literal('</p><p id="a" title="'),
        name_field(FieldContext.HTML_ATTRIBUTE),
        literal('">x</p><a id="u" href="https://e.org/?n='),
        name_field(FieldContext.HTML_URL),
        literal('">x</a></body></html>'),
    )
    return subject, page, text


@pytest.mark.parametrize("value", NASTY, ids=range(len(NASTY)))
def test_malicious_values_stay_in_their_place(value: str) -> None:
    """No value breaks HTML, an attribute, a URL, the text or the subject, and each reads as it is."""
    subject, page, text = all_places()
    content = composed(edition(subject=subject, html=page, text=text), reader(value))
    expected = clean_value(value)
    plain, markup = parts(content)
    tree = lxml_html.document_fromstring(markup)
    assert 5 == len(list(tree.iter()))
    named = {element.get("id"): element for element in tree.iter()}
    assert expected == "".join(map(str, named["t"].itertext()))
    assert expected == named["a"].get("title")
    assert f"https://e.org/?n={expected}" == unquote(named["u"].get("href") or "")
    dear, url, end, rest = plain.split("\n")
    assert ["Dear " + expected + ",", "end", ""] == [dear, end, rest]
    assert f"https://e.org/?n={expected}" == unquote(url)
    assert f"For {expected}." == parsed(content)["Subject"]


@given(ANY_TEXT)
def test_values_are_one_line(value: str) -> None:
    """A clean value has no control characters, no line ends and closes its direction changes."""
    result = clean_value(value)
    assert not any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in result)
    assert [result] == result.splitlines() or not result
    assert result == clean_value(result)


@given(st.text("a\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", max_size=30))
def test_changes_of_direction_are_closed(value: str) -> None:
    """A value closes what it opens, and nothing that others opened."""
    is_open: list[str] = []
    result = clean_value(value)
    for character in result:
        if character in "\u202a\u202b\u202d\u202e":
            is_open.append("\u202c")
        elif character in "\u2066\u2067\u2068":
            is_open.append("\u2069")
        elif character in "\u202c\u2069":
            assert character in is_open
            while is_open.pop() != character:
                pass
    assert [] == is_open
    assert value.count("a") == result.count("a")


def test_direction_marks_are_preserved() -> None:
    """Marks that open nothing are part of a name."""
    assert "\u200fאדה\u200e" == clean_value("\u200fאדה\u200e")


def test_lone_surrogates_are_replaced() -> None:
    """A broken character becomes U+FFFD instead of an error, in a value and in the edition."""
    subject, page, text = all_places()
    content = composed(
        edition(subject=subject, html=page, text=(literal("\ud800\n"), *text)), reader("A\udcffB")
    )
    assert "\ufffd\nDear A\ufffdB," in parts(content)[0]
    assert "For A\ufffdB." == parsed(content)["Subject"]


@given(ANY_TEXT, st.sampled_from([FieldContext.HTML_TEXT, FieldContext.HTML_ATTRIBUTE]))
def test_html_values_have_no_markup(value: str, place: FieldContext) -> None:
    """An escaped value has no special characters, and unescaped it is the value."""
    escaped = ESCAPES[place](value)
    assert not set(escaped) & set("<>\"'")
    assert value == html.unescape(escaped)


@pytest.mark.parametrize("value", ["", " ", "\r\n", "\t\u00a0\u2003"])
def test_a_blank_value_gets_the_fallback(value: str) -> None:
    """White space is not a name."""
    pieces = (literal("Dear "), name_field(FieldContext.TEXT, fallback="reader"))
    assert "Dear reader" == fill_fields(pieces, reader(value), at=AT)


def test_an_empty_fallback_is_allowed() -> None:
    """An author may want nothing there."""
    assert "Dear " == fill_fields(
        (literal("Dear "), name_field(FieldContext.TEXT, fallback="")), reader(""), at=AT
    )


def test_fallbacks_are_escaped_too() -> None:
    """A fallback is escaped as a value is."""
    piece = name_field(FieldContext.HTML_TEXT, fallback="<you>")
    assert "&lt;you&gt;" == fill_fields((piece,), reader(""), at=AT)


def test_a_missing_value_is_an_error() -> None:
    """The error names the recipient and the field."""
    field = Field(name="city", fallback=None, context=FieldContext.TEXT)
    with pytest.raises(ComposeError, match=r'ada@example\.org has no value for the field "city"'):
        composed(edition(text=(literal("In "), field)))


def test_a_name_comes_from_the_address_unless_given() -> None:
    """The field `name` is the display name unless there is a value."""
    piece = (name_field(FieldContext.TEXT),)
    assert "Ada Byron" == fill_fields(piece, ADA, at=AT)
    given_name = Recipient(address=ADA.address, values={"name": "Countess"})
    assert "Countess" == fill_fields(piece, given_name, at=AT)


def test_a_deadline_choice_changes_at_its_deadline() -> None:
    """The first alternative applies before the deadline, the second from it on, in all three parts."""
    choice = (DeadlineChoice(until=AT, before=(literal("give"),), after=(literal("thanks"),)),)
    issue = edition(subject=choice, html=choice, text=choice)
    just_before = composed(issue, at=AT - timedelta(microseconds=1))
    assert ["give", "give", "give"] == [*parts(just_before), parsed(just_before)["Subject"]]
    then = composed(issue, at=AT)
    assert ["thanks", "thanks", "thanks"] == [*parts(then), parsed(then)["Subject"]]


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ("html", FieldContext.TEXT),
        ("html", FieldContext.HEADER),
        ("text", FieldContext.HTML_TEXT),
        ("subject", FieldContext.TEXT),
        ("subject", FieldContext.HTML_URL),
    ],
)
def test_a_field_marked_for_another_part_is_rejected(part: str, place: FieldContext) -> None:
    """A value is never escaped for the wrong place, in any alternative."""
    hidden = DeadlineChoice(until=AT, before=(), after=(name_field(place, fallback="x"),))
    pieces: Pieces = (LiteralText(text="x"), hidden)
    with pytest.raises(ComposeError, match=f'"name" is in the {part}'):
        composed(edition(**{part: pieces}))  # type: ignore[arg-type]  # one keyword of three
