"""What is encoded in pieces is what would be encoded whole."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote as percent_encode

from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail import Composer, check_standards, fill_fields
from pipeline.mail.composer import _join_headers
from pipeline.mail.encoded_variant import EncodedVariant
from pipeline.mail.field_values import clean_value
from pipeline.mail.quoted_printable import quote
from pipeline.models.edition import DeadlineChoice, Field, FieldChoice, FieldContext, Pieces
from pipeline.models.message import has_leading_dot
from pipeline.models.recipient import Recipient
from tests.mail.samples import (
    ADA,
    ANY_TEXT,
    AT,
    composed,
    defects,
    edition,
    old_header,
    old_parts,
    parsed,
    parts,
    pieces,
    readers,
    words,
)

HTML = (FieldContext.HTML_TEXT, FieldContext.HTML_ATTRIBUTE, FieldContext.HTML_URL)
TEXT = (FieldContext.TEXT, FieldContext.TEXT_URL)
HEADER = (FieldContext.HEADER,)
BOUNDARY = re.compile(rb'boundary="([^"]+)"')


def rendered(wording: Pieces, reader: Recipient, at: datetime) -> str:
    """Render the plain way, piece by piece."""
    text = ""
    for piece in wording:
        if isinstance(piece, DeadlineChoice):
            text += rendered(piece.before if at < piece.until else piece.after, reader, at)
        elif isinstance(piece, FieldChoice):
            value = " ".join(reader.value(piece.name).split()).casefold()
            fitting = [c.pieces for c in piece.cases if value in [v.casefold() for v in c.values]]
            text += rendered((*fitting, piece.otherwise)[0], reader, at)
        elif isinstance(piece, Field):
            value = clean_value(reader.value(piece.name))
            text += escaped(
                value if value.strip() else clean_value(piece.fallback or ""), piece.context
            )
        else:
            text += piece.text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def escaped(value: str, place: FieldContext) -> str:
    if place in (FieldContext.HTML_URL, FieldContext.TEXT_URL):
        return percent_encode(value, safe="")
    return html.escape(value) if place in HTML else value


@given(pieces(HEADER), pieces(HTML), pieces(TEXT), readers())
def test_splice_equals_whole(
    subject: Pieces, page: Pieces, text: Pieces, reader: Recipient
) -> None:
    """Any edition for any reader reads as the whole text would, in two parsers, without a defect."""
    issue = edition(subject=subject, html=page, text=text)
    message = Composer(issue, campaign_id="2026-03-02-news", secret=b"key").compose(
        reader, sequence=1, at=AT
    )
    content = message.content
    whole = [rendered(text, reader, AT), rendered(page, reader, AT)]
    assert whole == [fill_fields(text, reader, at=AT), fill_fields(page, reader, at=AT)]
    assert whole == parts(content)
    assert whole == old_parts(content)
    title = clean_value(rendered(subject, reader, AT)).strip()
    assert title == parsed(content)["Subject"]
    assert title == old_header(content, "Subject")
    assert [] == defects(content)
    assert message.is_normalized
    assert not has_leading_dot(content)
    assert content.isascii()
    assert len(content) == message.size
    check_standards(content)
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert not any(line.startswith(b".") for line in content.split(b"\r\n"))


@given(ANY_TEXT.map(lambda text: text.replace("\r", "\n")))
def test_without_fields_the_pieces_are_the_whole(text: str) -> None:
    """However a text is cut into literals, the encoding is that of the text."""
    (whole,) = (pieces_of([text]),)
    halves = pieces_of([text[:7], "", text[7:]])
    assert quote(text) in composed(edition(text=whole))
    assert body(composed(edition(text=whole))) == body(composed(edition(text=halves)))


def pieces_of(texts: list[str]) -> Pieces:
    return tuple(words(text) for text in texts)


def body(content: bytes) -> bytes:
    """Return a message without what the digest of its edition changes."""
    return BOUNDARY.sub(b"", re.sub(rb"=_[a-z]+-[0-9a-f]{32}", b"", content))


@given(pieces(HTML), pieces(TEXT), readers())
def test_no_boundary_occurs_in_a_text(page: Pieces, text: Pieces, reader: Recipient) -> None:
    """A boundary stands on its own lines only, even where the texts quote it."""
    issue = edition(html=page, text=text)
    (boundary,) = BOUNDARY.findall(composed(issue, reader))
    quoting = edition(
        html=page, text=pieces_of([f"--{boundary.decode()}\n--{boundary.decode()}--\n"])
    )
    content = composed(quoting, reader)
    (own,) = BOUNDARY.findall(content)
    assert 3 == content.count(b"--" + own)
    assert 2 == len(parts(content))


@given(st.lists(readers(), min_size=2, max_size=5), pieces(HTML), pieces(TEXT))
def test_one_press_serves_all_readers(several: list[Recipient], page: Pieces, text: Pieces) -> None:
    """Composing from one press is composing anew, whoever was served before and whichever wordings they got."""
    issue = edition(html=page, text=text)
    press = Composer(issue, campaign_id="2026-03-02-news", secret=b"key")
    for reader in (*several, ADA, *several):
        assert composed(issue, reader) == press.compose(reader, sequence=1, at=AT).content


def test_a_dot_that_the_maker_did_not_expect_is_looked_for_again() -> None:
    """A line with a dot before it, in what is the same for all or in what is one reader's, is not passed over."""
    variant = EncodedVariant(
        format_subject=lambda _: b"", chunks=(b"a\r\n", b"", b"b"), slots=(), has_leading_dot=False
    )
    assert ((b"", *variant.chunks), True) == _join_headers([*variant.chunks], variant)
    slotted = replace(variant, slots=((1, lambda _: b""),))
    assert not _join_headers([b"a\r\n", b".", b"b"], slotted)[1]
    dotted = replace(variant, has_leading_dot=True)
    assert not _join_headers([b"a\r\n", b".b", b""], dotted)[1]
    assert not _join_headers([b".To: ", *variant.chunks], variant)[1]
