"""The digest identifies an edition: equal editions have equal digests, any change gives another."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from pipeline.models.address import Address
from pipeline.models.article import Article, LoadWarning
from pipeline.models.edition import (
    ADDRESS_FIELD,
    ChoiceCase,
    DeadlineChoice,
    Edition,
    Field,
    FieldChoice,
    FieldContext,
    InlineImage,
    LiteralText,
    SplitCase,
    SplitChoice,
)
from pipeline.models.finding import Finding, Place, Severity
from pipeline.models.issue import Appeal, Issue
from pipeline.models.publication import Publication
from pipeline.models.reference_code import ReferenceCode
from tests.rendering.sample_issues import (
    APPEAL,
    AT,
    PUBLICATION,
    WITH_APPEAL,
    article,
    make_issue,
    render_sample,
)

CHOICE = DeadlineChoice(until=AT, before=(LiteralText(text="a"),), after=(LiteralText(text="b"),))
CASE = ChoiceCase(values=("a",), pieces=(LiteralText(text="a"),))
BY_FIELD = FieldChoice(name="x", cases=(CASE,), otherwise=(CHOICE,))
SHARE = SplitCase(code="b", percent=50, pieces=(LiteralText(text="b"),))
SPLIT = SplitChoice(name="split:b", cases=(SHARE,), otherwise=(LiteralText(text="a"),))
IMAGE = InlineImage(content_id="a@b", media_type="image/png", content=b"x", filename="a.png")
NOTICE = Finding(code="a.b", severity=Severity.WARNING, where="w", message="m", hint="h")
CODE = ReferenceCode(
    code="t_abcd_end_5", prefix="t_abcd", issue="ab", variant="", place="end",
    frequency="once", minor=500, currency="EUR",
)  # fmt: skip
FIELD = Field(name="name", fallback=None, context=FieldContext.TEXT)
EDITION = Edition(
    publication=PUBLICATION,
    title="T",
    language="en",
    direction="ltr",
    subject=(LiteralText(text="s"), FIELD),
    html=(BY_FIELD,),
    text=(LiteralText(text="t"), SPLIT),
    images=(IMAGE,),
    list_id="handbill.e.example.org",
    findings=(NOTICE,),
    codes=(CODE,),
)

#: Another value for each attribute.
OTHERS: dict[type, dict[str, Any]] = {
    Edition: {
        "publication": replace(PUBLICATION, name="Other"),
        "title": "U",
        "language": "de",
        "direction": "rtl",
        "subject": (LiteralText(text="s"),),
        "html": (LiteralText(text="a"),),
        "text": (LiteralText(text="t"), LiteralText(text="")),
        "images": (),
        "list_id": "x.y",
        "findings": (),
        "codes": (),
        "document": "{}",
        "web_images": (IMAGE,),
    },
    Publication: {
        "past_issues": "https://tern.example.org/issues",
        "subscribe_url": "https://tern.example.org/join",
        "welcomes_replies": True,
        "name": "x",
        "sender": Address(email="x@e.example.org"),
        "reply_to": Address(email="x@e.example.org"),
        "postal_address": "x",
        "website": "https://x.example",
        "language": "de",
        "timezone": "Europe/London",
        "public_url": "https://x.example",
        "unsubscribe": "mailto:x@e.example.org",
        "unsubscribe_by_hand": True,
        "unsubscribe_url": "https://x.example/{token}",
    },
    InlineImage: {
        "content_id": "x@y",
        "media_type": "image/gif",
        "content": b"y",
        "filename": "b.png",
    },
    Finding: {
        "code": "x.y",
        "severity": Severity.ERROR,
        "where": "x",
        "message": "x",
        "hint": "x",
        "line": 3,
        "count": 2,
        "places": (Place(where="w", line=3),),
    },
    DeadlineChoice: {"until": AT + timedelta(microseconds=1), "before": (), "after": ()},
    FieldChoice: {"name": "y", "cases": (), "otherwise": ()},
    SplitChoice: {"name": "split:c", "cases": (), "otherwise": ()},
    SplitCase: {"code": "c", "percent": 49, "pieces": ()},
    ChoiceCase: {"values": ("a", "b"), "pieces": ()},
    Field: {"name": "x", "fallback": "", "context": FieldContext.TEXT_URL},
    ReferenceCode: {
        "code": "t_abcd_end_6",
        "prefix": "u_abcd",
        "issue": "cd",
        "variant": "x",
        "place": "start",
        "frequency": "monthly",
        "minor": 600,
        "currency": "USD",
    },
}
WITHIN: dict[type, Any] = {
    Edition: lambda edition, changed: changed,
    Publication: lambda edition, changed: replace(edition, publication=changed),
    InlineImage: lambda edition, changed: replace(edition, images=(changed,)),
    Finding: lambda edition, changed: replace(edition, findings=(changed,)),
    DeadlineChoice: lambda edition, changed: replace(
        edition, html=(replace(BY_FIELD, otherwise=(changed,)),)
    ),
    FieldChoice: lambda edition, changed: replace(edition, html=(changed,)),
    SplitChoice: lambda edition, changed: replace(edition, text=(edition.text[0], changed)),
    SplitCase: lambda edition, changed: replace(
        edition, text=(edition.text[0], replace(SPLIT, cases=(changed,)))
    ),
    ChoiceCase: lambda edition, changed: replace(
        edition, html=(replace(BY_FIELD, cases=(changed,)),)
    ),
    ReferenceCode: lambda edition, changed: replace(edition, codes=(changed,)),
    Field: lambda edition, changed: replace(edition, subject=(LiteralText(text="s"), changed)),
}
PARTS: dict[type, Any] = {
    Edition: EDITION,
    Publication: PUBLICATION,
    InlineImage: IMAGE,
    Finding: NOTICE,
    DeadlineChoice: CHOICE,
    FieldChoice: BY_FIELD,
    SplitChoice: SPLIT,
    SplitCase: SHARE,
    ChoiceCase: CASE,
    Field: FIELD,
    ReferenceCode: CODE,
}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, others in OTHERS.items() for name in others]
)
def test_every_attribute_changes_the_digest(kind: type, name: str) -> None:
    """Whichever attribute changes, of the edition or of anything in it, the digest does too."""
    changed = WITHIN[kind](EDITION, replace(PARTS[kind], **{name: OTHERS[kind][name]}))

    assert 64 == len(EDITION.digest)
    assert EDITION.digest != changed.digest


@pytest.mark.parametrize("kind", OTHERS)
def test_every_attribute_is_tested(kind: type) -> None:
    """The test above covers all attributes, including new ones."""
    assert {f.name for f in fields(kind)} == set(OTHERS[kind])


def test_equal_editions_have_equal_digests() -> None:
    """Pieces of another kind with the same text do not."""
    assert EDITION.digest == replace(EDITION).digest
    whole, halves = (LiteralText(text="ab"),), (LiteralText(text="a"), LiteralText(text="b"))
    assert 3 == len({replace(EDITION, text=pieces).digest for pieces in (whole, halves, ())})


@pytest.mark.parametrize(
    "change",
    [
        {"article": article("Other words.")},
        {"subject": "Another"},
        {"preheader": "Another"},
        {"language": "de"},
        {"appeals": (replace(APPEAL, heading="Another"),)},
        {"publication": replace(PUBLICATION, timezone="Asia/Tokyo")},
    ],
)
def test_changed_issue_gives_another_digest(change: dict[str, Any]) -> None:
    """Any change of an issue that is visible to recipients or senders changes the digest."""
    issue: Issue = replace(WITH_APPEAL, **change)

    assert render_sample(WITH_APPEAL).digest != render_sample(issue).digest


def test_nonce_does_not_change_the_edition() -> None:
    """Two issues with an invisible difference give the same edition."""
    one = article("x")
    two: Article = replace(one, location="elsewhere.md")

    assert render_sample(one).digest == render_sample(two).digest


def test_warnings_are_part_of_the_edition() -> None:
    """What was shown when the edition was approved is approved with it."""
    told = replace(article("x"), warnings=(LoadWarning(code="a.b", message="m"),))

    assert ["a.b"] == [notice.code for notice in render_sample(told).findings]


def test_fields_are_listed_once() -> None:
    """The fields of an edition are listed in order, each name, fallback and context once."""
    appeal = Appeal(heading="{{ a }}", deadline=AT, after_deadline="{{ b }} {{ b }}")
    edition = render_sample(make_issue(article("x"), subject="{{ c }}", appeals=(appeal,)))

    own = ADDRESS_FIELD
    assert ["c", "a", "a", "b", own, "a", "b", own] == [field.name for field in edition.fields]
