"""Editions, recipients and texts shared by the tests of composing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import parseaddr

from hypothesis import strategies as st

from pipeline.mail import compose
from pipeline.models.address import Address
from pipeline.models.edition import (
    ChoiceCase,
    DeadlineChoice,
    Edition,
    Field,
    FieldChoice,
    FieldContext,
    InlineImage,
    LiteralText,
    Piece,
    Pieces,
    SplitCase,
    SplitChoice,
)
from pipeline.models.publication import Publication
from pipeline.models.recipient import Recipient

AT = datetime(2026, 3, 2, 12, 30, 5, tzinfo=UTC)
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
SCRIPTS = {
    "latin": "Zoë Åström-Müller",
    "arabic": "أهلاً بكم في العبّارة",
    "hindi": "नमस्ते दुनिया",
    "hebrew": "שלום וברכה",
    "japanese": "渡し船だより",
    "emoji": f"Ada {FAMILY} \U0001f44d\U0001f3fd \U0001f1eb\U0001f1ee",
}
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)

PUBLICATION = Publication(
    name="The Ferry",
    sender=Address(email="news@ferry.example.org", name="The Ferry"),
    reply_to=Address(email="desk@ferry.example.org"),
    unsubscribe="mailto:leave@ferry.example.org?subject=unsubscribe",
    unsubscribe_url="https://ferry.example.org/leave/{token}",
)
SUBJECT = (LiteralText(text="News"),)
HTML = (LiteralText(text="<p>News</p>\n"),)
TEXT = (LiteralText(text="News\n"),)
ADA = Recipient(address=Address(email="ada@example.org", name="Ada Byron"), token="t0k3n")


def literal(text: str) -> LiteralText:
    return LiteralText(text=text)


def name_field(place: FieldContext, *, fallback: str | None = None) -> Field:
    return Field(name="name", fallback=fallback, context=place)


def edition(
    *,
    subject: Pieces = SUBJECT,
    html: Pieces = HTML,
    text: Pieces = TEXT,
    images: tuple[InlineImage, ...] = (),
    publication: Publication = PUBLICATION,
    list_id: str = "news.ferry.example.org",
    language: str = "en",
) -> Edition:
    return Edition(
        publication=publication,
        title="News",
        language=language,
        direction="ltr",
        subject=subject,
        html=html,
        text=text,
        images=images,
        list_id=list_id,
    )


def composed(issue: Edition | None = None, reader: Recipient = ADA, *, at: datetime = AT) -> bytes:
    message = compose(
        issue or edition(), reader, campaign_id="2026-03-02-news", sequence=1, at=at, secret=b"key"
    )
    return message.content


def parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def defects(content: bytes) -> list[object]:
    """Return all defects that Python's parser finds, in every part and every header."""
    found: list[object] = []
    for part in parsed(content).walk():
        found += part.defects
        for value in part.values():
            found += value.defects
    return found


def parts(content: bytes) -> list[str]:
    """Return the text and the HTML as Python's newer parser reads them, line ends `\\n`."""
    message = parsed(content)
    bodies = (message.get_body(("plain",)), message.get_body(("html",)))
    return [body.get_content().replace("\r\n", "\n") for body in bodies if body is not None]


def old_parts(content: bytes) -> list[str]:
    """Return the same as Python's older parser reads it."""
    bodies = [p for p in message_from_bytes(content).walk() if p.get_content_maintype() == "text"]
    return [_payload(body).decode("utf-8").replace("\r\n", "\n") for body in bodies]


def old_header(content: bytes, name: str) -> str:
    """Return an unstructured header as Python's older parser reads it."""
    return str(make_header(decode_header(_unfolded(content, name))))


def old_name(content: bytes, name: str) -> str:
    """Return the display name in a header with one address, read strictly by RFC 2047."""
    return str(make_header(decode_header(parseaddr(_unfolded(content, name))[0])))


def lines_of(content: bytes, name: str) -> list[bytes]:
    """Return the raw lines of one header field."""
    head = content.partition(b"\r\n\r\n")[0].split(b"\r\n")
    (start,) = [n for n, line in enumerate(head) if line.startswith(name.encode() + b":")]
    end = next((n for n in range(start + 1, len(head)) if head[n][:1] not in b" \t"), len(head))
    return head[start:end]


def _unfolded(content: bytes, name: str) -> str:
    return b"".join(lines_of(content, name)).decode()[len(name) + 2 :]


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def pieces(
    places: tuple[FieldContext, ...], text: st.SearchStrategy[str] = ANY_TEXT
) -> st.SearchStrategy[Pieces]:
    """Draw any pieces for a part where fields may stand at *places*."""
    fields = st.builds(
        Field,
        name=st.sampled_from(["name", "city", "unsubscribe_token"]),
        fallback=text,
        context=st.sampled_from(places),
    )
    leaf: st.SearchStrategy[Piece] = st.one_of(st.builds(LiteralText, text=text), fields)

    def choice(inner: st.SearchStrategy[Piece]) -> st.SearchStrategy[Piece]:
        several = st.lists(inner, max_size=3).map(tuple)
        instants = st.timedeltas(timedelta(days=-90), timedelta(days=90)).map(lambda by: AT + by)
        values = st.lists(st.sampled_from(["Oslo", "", "a b"]), max_size=2).map(tuple)
        cases = st.lists(st.builds(ChoiceCase, values=values, pieces=several), max_size=3).map(
            tuple
        )
        by_instant = st.builds(
            DeadlineChoice,
            until=st.one_of(instants, st.just(AT)),
            before=several,
            after=several,
        )
        names = st.sampled_from(["city", "name"])
        by_field = st.builds(FieldChoice, name=names, cases=cases, otherwise=several)
        share = st.builds(SplitCase, code=st.just("b"), percent=st.integers(1, 33), pieces=several)
        by_draw = st.builds(
            SplitChoice,
            name=st.just("split:b"),
            cases=st.lists(share, min_size=1, max_size=2).map(tuple),
            otherwise=several,
        )
        return st.one_of(inner, by_instant, by_field, by_draw)

    return st.lists(st.recursive(leaf, choice, max_leaves=6), max_size=6).map(tuple)


def recipients(text: st.SearchStrategy[str] = ANY_TEXT) -> st.SearchStrategy[Recipient]:
    """Draw recipients with any values."""
    return st.builds(
        Recipient,
        address=st.builds(Address, email=st.just("ada@example.org"), name=text),
        values=st.dictionaries(
            st.sampled_from(["name", "city"]),
            st.one_of(text, st.sampled_from(["Oslo", " oSLO\n", "A  B", "ß", ""])),
        ),
        token=st.text("abcXYZ0189-_", max_size=20),
    )
