"""Text encoded in pieces equals text encoded as a whole."""

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
from pipeline.models.edition import (
    DeadlineChoice,
    Field,
    FieldChoice,
    FieldContext,
    Pieces,
    SplitChoice,
)
from pipeline.models.message import has_leading_dot
from pipeline.models.recipient import Recipient
from tests.mail.samples import (
    ADA,
    ANY_TEXT,
    AT,
    composed,
    defects,
    edition,
    literal,
    old_header,
    old_parts,
    parsed,
    parts,
    pieces,
    recipients,
)

HTML = (FieldContext.HTML_TEXT, FieldContext.HTML_ATTRIBUTE, FieldContext.HTML_URL)
TEXT = (FieldContext.TEXT, FieldContext.TEXT_URL)
HEADER = (FieldContext.HEADER,)
BOUNDARY = re.compile(rb'boundary="([^"]+)"')


def render_pieces(pieces: Pieces, reader: Recipient, at: datetime) -> str:
    """Render the pieces one by one."""
    text = ""
    for piece in pieces:
        if isinstance(piece, DeadlineChoice):
            text += render_pieces(piece.before if at < piece.until else piece.after, reader, at)
        elif isinstance(piece, FieldChoice):
            value = " ".join(reader.value(piece.name).split()).casefold()
            fitting = [c.pieces for c in piece.cases if value in [v.casefold() for v in c.values]]
            text += render_pieces((*fitting, piece.otherwise)[0], reader, at)
        elif isinstance(piece, Field):
            value = clean_value(reader.value(piece.name))
            text += escaped(
                value if value.strip() else clean_value(piece.fallback or ""), piece.context
            )
        elif isinstance(piece, SplitChoice):
            draw = int(reader.value(piece.name) or 10_000)
            ends = [sum(c.percent for c in piece.cases[: n + 1]) for n in range(len(piece.cases))]
            fitting = [
                case.pieces for case, end in zip(piece.cases, ends, strict=True) if draw < end * 100
            ]
            text += render_pieces((*fitting, piece.otherwise)[0], reader, at)
        else:
            text += piece.text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def escaped(value: str, place: FieldContext) -> str:
    if place in (FieldContext.HTML_URL, FieldContext.TEXT_URL):
        return percent_encode(value, safe="")
    return html.escape(value) if place in HTML else value


@given(pieces(HEADER), pieces(HTML), pieces(TEXT), recipients())
def test_encoding_in_pieces_equals_encoding_the_whole(
    subject: Pieces, page: Pieces, text: Pieces, reader: Recipient
) -> None:
    """Any edition for any recipient reads as the whole text would, in two parsers, without a defect."""
    issue = edition(subject=subject, html=page, text=text)
    message = Composer(issue, campaign_id="2026-03-02-news", secret=b"key").compose(
        reader, sequence=1, at=AT
    )
    content = message.content
    whole = [render_pieces(text, reader, AT), render_pieces(page, reader, AT)]
    assert whole == [fill_fields(text, reader, at=AT), fill_fields(page, reader, at=AT)]
    assert whole == parts(content)
    assert whole == old_parts(content)
    title = clean_value(render_pieces(subject, reader, AT)).strip()
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
def test_the_split_into_literals_does_not_matter(text: str) -> None:
    """However a text is split into literals, the encoding is the same."""
    (whole,) = (pieces_of([text]),)
    halves = pieces_of([text[:7], "", text[7:]])
    assert quote(text) in composed(edition(text=whole))
    assert body(composed(edition(text=whole))) == body(composed(edition(text=halves)))


def pieces_of(texts: list[str]) -> Pieces:
    return tuple(literal(text) for text in texts)


def body(content: bytes) -> bytes:
    """Return a message without what the digest of its edition changes."""
    return BOUNDARY.sub(b"", re.sub(rb"=_[a-z]+-[0-9a-f]{32}", b"", content))


@given(pieces(HTML), pieces(TEXT), recipients())
def test_no_boundary_occurs_in_a_text(page: Pieces, text: Pieces, reader: Recipient) -> None:
    """A boundary is only on its own lines, even if the texts quote it."""
    issue = edition(html=page, text=text)
    (boundary,) = BOUNDARY.findall(composed(issue, reader))
    quoting = edition(
        html=page, text=pieces_of([f"--{boundary.decode()}\n--{boundary.decode()}--\n"])
    )
    content = composed(quoting, reader)
    (own,) = BOUNDARY.findall(content)
    assert 3 == content.count(b"--" + own)
    assert 2 == len(parts(content))


@given(st.lists(recipients(), min_size=2, max_size=5), pieces(HTML), pieces(TEXT))
def test_one_composer_serves_all_recipients(
    several: list[Recipient], page: Pieces, text: Pieces
) -> None:
    """It makes the same messages as a new one, whichever variants came before."""
    issue = edition(html=page, text=text)
    composer = Composer(issue, campaign_id="2026-03-02-news", secret=b"key")
    for reader in (*several, ADA, *several):
        assert composed(issue, reader) == composer.compose(reader, sequence=1, at=AT).content


def test_leading_dots_are_detected() -> None:
    """In what is the same for all, and in what belongs to one recipient."""
    variant = EncodedVariant(
        format_subject=lambda _: b"", chunks=(b"a\r\n", b"", b"b"), slots=(), has_leading_dot=False
    )
    assert ((b"", *variant.chunks), True) == _join_headers([*variant.chunks], variant)
    slotted = replace(variant, slots=((1, lambda _: b""),))
    assert not _join_headers([b"a\r\n", b".", b"b"], slotted)[1]
    dotted = replace(variant, has_leading_dot=True)
    assert not _join_headers([b"a\r\n", b".b", b""], dotted)[1]
    assert not _join_headers([b".To: ", *variant.chunks], variant)[1]
