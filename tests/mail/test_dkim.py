"""DKIM signatures, checked by independent verifiers."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ComposeError
from pipeline.mail import UNSIGNED, Composer, Signing, check_standards, compose
from pipeline.mail.composer import TEST_PREFIX
from pipeline.mail.dkim.signature import OVERSIGNED_FIELDS, REQUIRED_FIELDS, SIGNED_FIELDS, Signer
from pipeline.models.address import parse_address
from pipeline.models.edition import Edition, FieldContext, InlineImage
from pipeline.models.recipient import Recipient
from tests.mail.dkim_verifiers import (
    both,
    dkimpy_verdicts,
    key,
    opendkim_verdicts,
    signing,
)
from tests.mail.samples import ADA, AT, PUBLICATION, defects, edition, literal, name_field, parsed

PICTURE = InlineImage(
    content_id="chart-1", media_type="image/png", content=bytes(range(256)), filename="chart.png"
)


def signed(
    issue: Edition | None = None, reader: Recipient = ADA, *, by: Signing | None = None
) -> bytes:
    message = compose(
        issue or edition(),
        reader,
        campaign_id="2026-03-02-news",
        sequence=1,
        at=AT,
        secret=b"key",
        signing=signing() if by is None else by,
    )
    return message.content


def tags(content: bytes, index: int = 0) -> dict[str, str]:
    """Return the tags of one signature, white space taken out."""
    value = parsed(content).get_all("DKIM-Signature", [])[index]
    return dict(tag.partition("=")[::2] for tag in "".join(value.split()).split(";"))


def test_both_verifiers_accept_both_signatures(tmp_path: Path) -> None:
    """RSA and Ed25519 signatures verify in dkimpy and opendkim, with images and other scripts."""
    issue = edition(
        subject=(literal("Die Fähre: "), name_field(FieldContext.HEADER)),
        html=(literal("<p>渡し船 "), name_field(FieldContext.HTML_TEXT), literal("</p>\n\n\n\n")),
        images=(PICTURE,),
    )
    content = signed(issue)
    assert [True, True] == dkimpy_verdicts(content)
    assert ["pass", "pass"] == opendkim_verdicts(content, both(), tmp_path)
    assert [] == defects(content)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Subject: News", b"Subject: Olds"),
        (b"/leave/t0k3n>", b"/leave/0th3r>"),
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
        (b"\r\nNews\r\n", b"\r\nOlds\r\n"),
        (b"From: ", b"From: eve@example.net\r\nFrom: "),
        (b"Subject: ", b"Subject: Buy\r\nSubject: "),
        (b"Content-Type: multi", b"Content-Type: text/plain\r\nContent-Type: multi"),
        (b"To: ", b"Cc: eve@example.net\r\nTo: "),
        (b"List-Unsubscribe: ", b"List-Unsubscribe: <https://x.example/>\r\nList-Unsubscribe: "),
    ],
)
def test_a_changed_message_fails_verification(before: bytes, after: bytes, tmp_path: Path) -> None:
    """Whatever is changed or added in what recipients see, or in List-Unsubscribe, both verifiers notice."""
    content = signed()
    assert before in content
    changed = content.replace(before, after, 1)
    assert [False, False] == dkimpy_verdicts(changed)
    assert ["fail", "fail"] == opendkim_verdicts(changed, both(), tmp_path)


def test_a_refolded_header_still_verifies() -> None:
    """Relays fold, unfold, change the case of names and white space in lines; relaxed canonicalization allows it."""
    content = signed()
    head, gap, body = content.partition(b"\r\n\r\n")
    refolded = head.replace(b">,\r\n <mailto", b">,  <mailto").replace(b"Subject: ", b"SUBJECT:  ")
    assert refolded != head
    assert [True, True] == dkimpy_verdicts(refolded + gap + body)
    assert [True, True] == dkimpy_verdicts(content + b"\r\n\r\n")
    spaced = body.replace(b" ", b" \t ").replace(b"\r\n", b" \r\n")
    assert [True, True] == dkimpy_verdicts(head + gap + spaced)


def test_signature_tags() -> None:
    """Algorithm, canonicalization, time; no length, so nothing can be appended; short lines."""
    content = signed()
    first, second = tags(content), tags(content, 1)
    assert ["rsa-sha256", "ed25519-sha256"] == [first["a"], second["a"]]
    assert ("1", "relaxed/relaxed", "ferry.example.org", "rsa") == (
        first["v"], first["c"], first["d"], first["s"],
    )  # fmt: skip
    assert str(int(AT.timestamp())) == first["t"]
    assert "l" not in first
    head = content.partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78


def test_signed_and_oversigned_fields() -> None:
    """Each field is covered as often as it occurs, and some once more (RFC 6376 §8.15)."""
    content = signed()
    covered = tags(content)["h"].split(":")
    there = [name.lower() for name in parsed(content)]
    for name in SIGNED_FIELDS:
        assert there.count(name) + (name in OVERSIGNED_FIELDS) == covered.count(name), name
    assert {"from", "subject", "to", "date", "list-unsubscribe", "list-unsubscribe-post"} <= set(
        OVERSIGNED_FIELDS
    )


def test_one_click_needs_a_signature() -> None:
    """List-Unsubscribe-Post follows RFC 8058, and is only there with a signature, https and a token."""
    assert "List-Unsubscribe=One-Click" == parsed(signed())["List-Unsubscribe-Post"]
    assert "List-Unsubscribe-Post" in parsed(signed(by=Signing(by_service=True)))
    assert "List-Unsubscribe-Post" not in parsed(signed(by=UNSIGNED))
    assert "List-Unsubscribe-Post" not in parsed(signed(reader=replace(ADA, token="")))
    mailto = edition(publication=replace(PUBLICATION, unsubscribe_url=None))
    assert "List-Unsubscribe-Post" not in parsed(signed(mailto))


@pytest.mark.parametrize("gone", ["unsubscribe", "unsubscribe_url", "reply_to"])
def test_absent_fields_are_covered_too(gone: str) -> None:
    """Nobody can add a field that a message lacks."""
    content = signed(edition(publication=replace(PUBLICATION, **{gone: None})))  # type: ignore[arg-type]
    assert [True, True] == dkimpy_verdicts(content)
    added = b"Reply-To: eve@example.net\r\n" if gone == "reply_to" else b"Cc: eve@example.net\r\n"
    assert [False, False] == dkimpy_verdicts(content.replace(b"From: ", added + b"From: ", 1))


def test_rewritten_fields_are_not_signed() -> None:
    """A service that writes its own Message-ID and Date does not break our signature."""
    content = signed(by=signing(exclude={"message-id", "date"}))
    assert not {"message-id", "date"} & set(tags(content)["h"].split(":"))
    rewritten = re.sub(rb"Message-ID: <[^>]*>", b"Message-ID: <1@service.example>", content)
    assert rewritten != content
    assert [True, True] == dkimpy_verdicts(rewritten)


def test_one_click_needs_both_fields_covered() -> None:
    """If a service rewrites List-Unsubscribe and does not sign it, one-click is not offered."""
    by = signing(exclude={"list-unsubscribe"})
    assert not by.covers_unsubscribe
    assert "List-Unsubscribe-Post" not in parsed(signed(by=by))
    assert "List-Unsubscribe-Post" in parsed(
        signed(by=replace(by, by_service=True))
    )  # both signed by the service


def test_from_must_be_signed() -> None:
    """A signature without From is invalid."""
    assert {"from"} == REQUIRED_FIELDS


def test_utf8_addresses_are_signed_as_they_are() -> None:
    """The UTF-8 bytes in To are hashed unchanged (RFC 8616)."""
    reader = replace(ADA, address=parse_address("Нина <нина@example.org>"))
    assert [True, True] == dkimpy_verdicts(signed(reader=reader))


def test_signing_is_deterministic() -> None:
    """Same message and time, same bytes: composing again after a crash gives the same message."""
    assert signed() == signed()


def test_the_key_is_not_printed() -> None:
    """The repr of a key has only its selector."""
    shown = repr(both())
    assert "rsa" in shown
    assert "private" not in shown


def test_a_test_message_differs_only_in_its_subject() -> None:
    """Without the prefix and the signatures, it is the real message."""

    def with_prefix(prefix: str) -> bytes:
        issue = edition(subject=(literal("The ferry, "), name_field(FieldContext.HEADER)))
        composer = Composer(
            issue, campaign_id="c", secret=b"key", signing=signing(), subject_prefix=prefix
        )
        return composer.compose(ADA, sequence=1, at=AT).content

    real, test = with_prefix(""), with_prefix(TEST_PREFIX)
    assert "[Test] The ferry, Ada Byron" == parsed(test)["Subject"]
    assert [True, True] == dkimpy_verdicts(test)
    unsigned = [content[content.index(b"From: ") :] for content in (real, test)]
    assert unsigned[0] == unsigned[1].replace(b"Subject: [Test] ", b"Subject: ")


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (rb"DKIM-Signature: v=1; a=e(.|\r\n )*\r\n", rb"", "1 DKIM signatures"),
        (rb"h=from:from", rb"h=from", "second From"),
        (
            rb":\r\n  list-unsubscribe-post:list-unsubscribe-post",
            rb"",
            "does not cover List-Unsubscribe",
        ),
        (rb"=One-Click", rb"=One-click", "RFC 8058"),
        (rb"List-Unsubscribe: <https", rb"List-Unsubscribe: <http", "not a list of URLs"),
        (rb"From: The Ferry <", rb"From: eve@example.net, The Ferry <", "more than one address"),
        (rb"Precedence: ", rb"Bcc: x@example.net\r\nPrecedence: ", "unknown field"),
    ],
)
def test_signatures_and_list_fields_are_linted(before: bytes, after: bytes, reason: str) -> None:
    """A message with wrong signatures or List-Unsubscribe fields is not sent."""
    content = signed()
    check_standards(content, signatures=2)
    damaged = re.sub(before, after.replace(b"\\r\\n", b"\r\n"), content)
    assert damaged != content
    with pytest.raises(ComposeError, match=reason):
        check_standards(damaged, signatures=2)


def test_the_number_of_signatures_is_checked() -> None:
    """Unexpected signatures are as wrong as missing ones."""
    with pytest.raises(ComposeError, match="2 DKIM signatures instead of 0"):
        check_standards(signed())
    with pytest.raises(ComposeError, match="0 DKIM signatures instead of 2"):
        check_standards(signed(by=UNSIGNED), signatures=2)
    with pytest.raises(ComposeError, match="List-Unsubscribe-Post is not signed"):
        check_standards(signed(by=Signing(by_service=True)))


BODIES = st.lists(st.sampled_from([b"", b" ", b"x", b"a  b\t", b"."]), max_size=6).map(b"\r\n".join)
FOLDS = st.lists(st.sampled_from([b"a", b" b", b"\t", b"\r\n c", b"\r\n\t\td", b" "]), max_size=6)


@given(BODIES, FOLDS.map(b"".join), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_any_message_verifies(body: bytes, value: bytes, later: timedelta) -> None:
    """However a header is folded and a body ends, another program accepts our signature."""
    head = b"From: ada@example.org\r\nSubject: x" + value + b"\r\nTo:" + value + b"y\r\n"
    content = head + b"\r\n" + body + (b"\r\n" if body else b"")
    signer = Signer("ferry.example.org", [key("ed25519")])
    assert [True] == dkimpy_verdicts(signer.sign(content, at=AT + later))
