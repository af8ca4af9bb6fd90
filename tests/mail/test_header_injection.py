"""No input can add a header field, a recipient or a part."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import ComposeError
from pipeline.models.address import Address
from pipeline.models.edition import FieldContext, InlineImage
from tests.mail.samples import (
    ADA,
    ANY_TEXT,
    PUBLICATION,
    composed,
    defects,
    edition,
    literal,
    name_field,
    parsed,
)

PLAIN = parsed(composed()).keys()
PARTS = (
    *("\r\n", "\n", "\r", "\0", "\x0b", "\x0c", "\x85", "\u2028", " ", "\t", "é", "x" * 80),
    *("Bcc: eve@example.net", "<eve@example.net>", "=?utf-8?q?", "=0D=0ABcc:_x?=", "?=", "--=_"),
    *('"', "\\", ",", ";", ":", "(", ")"),
)
ATTACK = st.one_of(ANY_TEXT, st.lists(st.sampled_from(PARTS), max_size=12).map("".join))


@given(ATTACK)
@example("x\r\nBcc: eve@example.net")
@example("x\r\n\r\n<script>")
def test_no_text_adds_a_field(attack: str) -> None:
    """Subject, names, values, publication name and image names may be any text."""
    address = Address(email="ada@example.org", name=attack)
    publication = replace(
        PUBLICATION, name=attack, sender=replace(PUBLICATION.sender, name=attack), reply_to=address
    )
    picture = InlineImage(content_id="a", media_type="image/png", content=b"x", filename=attack)
    issue = edition(
        subject=(literal(attack), name_field(FieldContext.HEADER, fallback="x")),
        text=(literal("Dear "), name_field(FieldContext.TEXT, fallback="x")),
        images=(picture,),
        publication=publication,
    )
    content = composed(issue, replace(ADA, address=address, values={"name": attack}))
    message = parsed(content)
    assert PLAIN == message.keys()
    assert 5 == len(list(message.walk()))
    assert [] == defects(content)
    for field, expected in [
        ("From", "news@ferry.example.org"),
        ("To", "ada@example.org"),
        ("Reply-To", "ada@example.org"),
    ]:
        assert [expected] == [found.addr_spec for found in message[field].addresses]


@given(ATTACK, st.sampled_from(["email", "campaign", "list_id", "unsubscribe", "url", "language"]))
def test_restricted_values_are_rejected(attack: str, where: str) -> None:
    """Where not every text is allowed, it is rejected with one sentence, or harmless."""
    publication = replace(
        PUBLICATION,
        unsubscribe="mailto:" + attack if where == "unsubscribe" else PUBLICATION.unsubscribe,
        unsubscribe_url="https://e" + attack if where == "url" else PUBLICATION.unsubscribe_url,
    )
    issue = edition(
        publication=publication,
        list_id=attack if where == "list_id" else "a.b",
        language=attack if where == "language" else "en",
    )
    email = attack + "@example.org" if where == "email" else "ada@example.org"
    try:
        content = composed(issue, replace(ADA, address=Address(email=email)))
    except ComposeError as error:
        assert "\n" not in str(error)
        return
    assert set(parsed(content).keys()) <= set(PLAIN)
    assert 3 == len(list(parsed(content).walk()))
    assert [] == defects(content.replace(email.encode(), b"ada@example.org"))
