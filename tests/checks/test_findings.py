"""Each check: what triggers it, and that it is silent otherwise."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.checks import Severity, check
from pipeline.checks.message.message_size import CLIP_BYTES, NEAR_CLIP_BYTES
from pipeline.mail import compose
from pipeline.models.address import Address
from pipeline.models.article import Code, Figure, FrontMatter, InlineCode, LoadWarning
from pipeline.models.edition import (
    ChoiceCase,
    DeadlineChoice,
    Edition,
    Field,
    FieldChoice,
    FieldContext,
    InlineImage,
    LiteralText,
    Pieces,
)
from pipeline.models.issue import Appeal, AppealVariant
from pipeline.models.publication import PLACEHOLDERS, Publication
from pipeline.models.recipient import Recipient
from tests.checks.samples import (
    SOUND,
    codes,
    findings,
    join_html,
    newsletter,
    severities,
    with_html,
)
from tests.rendering.sample_issues import (
    APPEAL,
    AT,
    ISSUES,
    PUBLICATION,
    article,
    heading,
    link,
    make_issue,
    para,
    ref,
)

LATER = AT + timedelta(days=1)


def newsletter_from(**options: object) -> Edition:
    """Return a valid edition of a publication that differs in *options*."""
    return newsletter(make_issue(SOUND, publication=replace(PUBLICATION, **options)))  # type: ignore[arg-type]


def test_a_valid_newsletter_has_no_findings() -> None:
    """A newsletter without mistakes has no findings."""
    assert [] == codes(SOUND)


@pytest.mark.parametrize("name", ISSUES)
def test_sample_newsletters_have_no_findings(name: str) -> None:
    """Newsletters with appeals, notes, tables, images have none; an Arabic preheader is short, its appeal English."""
    assert set(codes(ISSUES[name])) <= {"preheader.short", "appeal.language"}


def test_findings_are_sorted_and_unique() -> None:
    """Errors come before warnings, and what all variants share is reported once."""
    appeal = Appeal(heading="Ask", needs_link=False, deadline=LATER, after_deadline="Over")
    source = article(para("{{ oops }}", ref(7)), Figure(src="https://e.example.org/a.png"))
    found = findings(make_issue(source, appeals=(appeal,)))

    ranks = [finding.severity is Severity.WARNING for finding in found]
    assert sorted(ranks) == ranks
    assert {"note.missing", "field.unresolved", "image.alt-missing"} == {f.code for f in found}
    assert len(set(found)) == len(found)


def test_every_finding_has_message_place_and_hint() -> None:
    """Each is one line."""
    edition = replace(
        newsletter_from(postal_address="", unsubscribe=None),
        subject=(LiteralText(text="{{ x y }}"),),
    )

    for finding in findings(edition):
        for words in (finding.where, finding.message, finding.hint):
            assert words.strip()
            assert "\n" not in words
        assert finding.message.endswith((".", "!", "?"))


# Size


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (NEAR_CLIP_BYTES, {}),
        (NEAR_CLIP_BYTES + 1, {"size.near-clip": Severity.WARNING}),
        (CLIP_BYTES, {"size.near-clip": Severity.WARNING}),
        (CLIP_BYTES + 1, {"size.clipped": Severity.ERROR}),
    ],
)
def test_html_size(size: int, expected: dict[str, Severity]) -> None:
    """Bytes count, not characters: near Gmail's limit a warning, beyond it an error."""
    empty = len(join_html(with_html("<p></p>")).encode())
    room = size - empty
    edition = with_html(f"<p>{'é' * (room // 2)}{'x' * (room % 2)}</p>")

    assert expected == severities(edition)


def test_the_longest_variant_counts() -> None:
    """Every variant is measured."""
    long = "x " * (CLIP_BYTES // 2)
    appeal = Appeal(heading="Ask", needs_link=False, deadline=LATER, after_deadline=long)

    assert ["size.clipped"] == codes(make_issue(SOUND, appeals=(appeal,)))


def test_clipping_is_reported_once_for_all_variants() -> None:
    """One finding has the bytes of the longest variant."""
    appeal = Appeal(heading="Ask", needs_link=False, deadline=LATER, after_deadline="Thank you.")
    source = replace(SOUND, blocks=(*SOUND.blocks, para("x " * (CLIP_BYTES // 2))))

    assert ["size.clipped"] == codes(make_issue(source, appeals=(appeal,)))


@pytest.mark.parametrize(
    ("weight", "expected"), [(1024 * 1024, []), (1024 * 1024 + 1, ["size.pictures"])]
)
def test_total_image_size(weight: int, expected: list[str]) -> None:
    """More than a megabyte of images in every message is a warning."""
    content = random.Random(1).randbytes(8) * (weight // 8) + b"x" * (weight % 8)
    part = InlineImage(content_id="a@b", media_type="image/png", content=content, filename="a.png")

    assert expected == codes(replace(newsletter(SOUND), images=(part,)))


# The publication


def test_an_unsubscribe_address_is_required() -> None:
    """Without `unsubscribe` and `unsubscribe_url` there is an error."""
    assert {"unsubscribe.missing": Severity.ERROR} == severities(newsletter_from(unsubscribe=None))
    own = "https://e.example.org"
    assert [] == codes(
        newsletter_from(unsubscribe=None, public_url=own, unsubscribe_url=f"{own}/u/{{token}}")
    )


def test_another_service_that_answers_is_reported() -> None:
    """Handbill does not hear who unsubscribes there."""
    found = severities(newsletter_from(unsubscribe_url="https://e.example.org/u?t={token}"))
    assert {"unsubscribe.elsewhere": Severity.WARNING} == found


@pytest.mark.parametrize(
    "options",
    [
        {"unsubscribe": "mailto:leave@e.example.org?subject=please leave&body=ä"},
        {"unsubscribe_url": "https://例え.example/道/{token}/é"},
        {"unsubscribe_url": "https://e.example.org/{token}"},
        {"unsubscribe_url": "https://e.example.org/?u={token}&x=a b"},
        {"postal_address": "The  Tern\u00a0Press\n\n  3 Slip Lane "},
        {"postal_address": "Müller & Söhne <3\n“Haus”"},
    ],
)
def test_equivalent_urls_and_addresses_are_accepted(options: dict[str, str]) -> None:
    """Percent-encoding, punycode and white space make no difference."""
    expected = ["unsubscribe.elsewhere"] if "unsubscribe_url" in options else []
    assert expected == codes(newsletter_from(**options))


@pytest.mark.parametrize("unsubscribe_url", [None, "https://e.example.org/{token}"])
def test_a_theme_must_show_the_unsubscribe_link(unsubscribe_url: str | None) -> None:
    """A newsletter without the unsubscribe link is an error, in each variant."""
    edition = newsletter(
        make_issue(
            SOUND,
            publication=replace(PUBLICATION, unsubscribe_url=unsubscribe_url),
            appeals=(
                Appeal(heading="Ask", needs_link=False, deadline=LATER, after_deadline="Over"),
            ),
        )
    )
    target = (unsubscribe_url or "mailto:leave").partition("{")[0]
    hidden = replace(edition, html=replaced(edition.html, target, "https://gone.example/"))

    assert Severity.ERROR is severities(hidden)["unsubscribe.not-shown"]


def test_every_variant_must_show_the_unsubscribe_link() -> None:
    """The link must be there before and after the deadline."""
    edition = newsletter(SOUND)
    whole = edition.html
    bare = replaced(whole, "mailto:leave", "https://gone.example/")
    assert whole != bare
    for before, after in ((whole, bare), (bare, whole)):
        pieces = (DeadlineChoice(until=LATER, before=before, after=after),)
        assert ["unsubscribe.not-shown"] == codes(replace(edition, html=pieces))


def replaced(pieces: Pieces, old: str, new: str) -> Pieces:
    return tuple(
        replace(piece, text=piece.text.replace(old, new))
        if isinstance(piece, LiteralText)
        else piece
        for piece in pieces
    )


def test_a_postal_address_is_required() -> None:
    """Many countries require a postal address in newsletters: an error."""
    assert {"postal-address.missing": Severity.ERROR} == severities(
        newsletter_from(postal_address=" \n")
    )


def test_a_theme_must_show_the_postal_address() -> None:
    """Each line of it must be in the newsletter."""
    edition = newsletter(SOUND)
    hidden = replace(edition, html=replaced(edition.html, "3 Slip Lane", ""))

    assert {"postal-address.not-shown": Severity.ERROR} == severities(hidden)


def test_placeholders_are_reported() -> None:
    """Each example value that `init` wrote is a warning, under its key."""
    from pipeline.models.address import parse_address

    publication = Publication(
        name=PLACEHOLDERS["name"],
        sender=parse_address(PLACEHOLDERS["sender"]),
        postal_address=PLACEHOLDERS["postal_address"],
        unsubscribe="mailto:x@e.example.org",
    )
    found = findings(newsletter(make_issue(SOUND, publication=publication)))

    assert {"publication.placeholder"} == {f.code for f in found}
    assert {Severity.WARNING} == {f.severity for f in found}
    assert ["[publication] name", "[publication] from", "[publication] postal_address"] == [
        f.where for f in found
    ]


# The subject and fields


@pytest.mark.parametrize("subject", ["", "  ", "\u00a0"])
def test_a_subject_is_required(subject: str) -> None:
    """A newsletter without a subject is an error."""
    assert {"subject.missing": Severity.ERROR} == severities(make_issue(SOUND, subject=subject))


def test_a_subject_may_be_a_field() -> None:
    """A field with a fallback is a subject."""
    assert [] == codes(make_issue(SOUND, subject='{{ name | "Hello" }}'))


@pytest.mark.parametrize(
    ("written", "severity"),
    [
        ("{{ city }}", Severity.ERROR),
        ('{{ city | "town" }}', Severity.WARNING),
        ('{{ city | "" }}', Severity.WARNING),
    ],
)
def test_an_unknown_field_is_reported(written: str, severity: Severity) -> None:
    """An unknown field is an error, with a fallback a warning; once, however often it is used."""
    source = article(para(written), para(written), has_fields=True)

    assert ["field.unknown"] == codes(source)
    assert severity is severities(source)["field.unknown"]


@pytest.mark.parametrize(
    ("written", "known", "expected"),
    [
        ("{{ city }}", ["city"], {"field.no-fallback": Severity.WARNING}),
        ('{{ city | "town" }}', ["city"], {}),
        ('{{ city | "town" }}', ["town"], {"field.unknown": Severity.WARNING}),
        ('{{ language | "x" }}', None, {}),
    ],
)
def test_known_fields_come_from_the_subscribers(
    written: str, known: list[str] | None, expected: dict[str, Severity]
) -> None:
    """Fields that subscribers have values for are known, as are name and language."""
    assert expected == severities(article(para(written), has_fields=True), known_fields=known)


@pytest.mark.parametrize(
    ("known", "expected"),
    [(None, {}), (["donor"], {}), (["city"], {"field.unknown": Severity.WARNING})],
)
def test_a_field_that_selects_an_appeal_must_be_known(
    known: list[str] | None, expected: dict[str, Severity]
) -> None:
    """A choice newsletter_from an unknown field is a warning, if the known fields are given."""
    edition = newsletter(SOUND)
    choice = FieldChoice(
        name="donor",
        cases=(ChoiceCase(values=("monthly",), pieces=edition.html),),
        otherwise=edition.html,
    )

    assert expected == severities(replace(edition, html=(choice,)), known_fields=known)


@pytest.mark.parametrize("name", ["email", "Address"])
def test_an_address_field_in_a_link_is_an_error(name: str) -> None:
    """A field for the email address is an error in a link, with or without a fallback."""
    href = f'https://e.example.org/?who={{{{ {name} | "x" }}}}'
    source = article(para(link(href, "see")), has_fields=True)

    assert {"field.address-in-link": Severity.ERROR} == severities(source, known_fields=[name])


def test_a_known_field_needs_a_fallback() -> None:
    """Without a fallback it is a warning; an empty fallback counts as one."""
    assert {"field.no-fallback": Severity.WARNING} == severities(
        article("Dear {{ name }},", has_fields=True)
    )
    assert [] == codes(article('Dear {{ name | "reader" }},', has_fields=True))
    assert [] == codes(article('Dear reader {{ name | "" }},', has_fields=True))


def test_internal_fields_are_not_reported() -> None:
    """The unsubscribe token is not the author's concern."""
    own = "https://e.example.org"
    edition = newsletter_from(public_url=own, unsubscribe_url=f"{own}/u/{{token}}")

    assert (
        Field(name="unsubscribe_token", fallback=None, context=FieldContext.HTML_URL)
        in edition.fields
    )
    assert [] == codes(edition)


@pytest.mark.parametrize(
    "subject", ["Hi {{ first name }}", "Hi {{name|friend}}", "{% if x %}", "{{ }}"]
)
def test_braces_left_in_the_subject_are_an_error(subject: str) -> None:
    """Readers would see what looks like a field but is not."""
    assert {"field.unresolved": Severity.ERROR} == severities(make_issue(SOUND, subject=subject))


@pytest.mark.parametrize("words", ["Hi {{ first name }}", "{{name|friend}}", "{% raw %}"])
def test_braces_left_in_the_text_are_a_warning(words: str) -> None:
    """In the text the same is a warning, with the words around it."""
    (finding,) = findings(article(para("Before ", words, " after"), has_fields=True))

    assert ("field.unresolved", Severity.WARNING) == (finding.code, finding.severity)
    assert 'near "Before' in finding.where


def test_literal_fields_of_a_fetched_article_are_reported() -> None:
    """A fetched article may have no fields, so they stay literal."""
    assert ["field.unresolved"] == codes(article("Dear {{ name }},"))


def test_braces_in_code_are_not_reported() -> None:
    """In code, inline or in a block, braces are no mistake."""
    source = article(para("Write ", InlineCode(code="{{ x y }}"), "."), Code(code="{% raw %}"))

    assert [] == codes(source)


def test_a_fallback_is_text_not_html() -> None:
    """A fallback cannot open a comment over the unsubscribe link."""
    source = article(para('{{ name | "<!--" }}'), has_fields=True)

    assert [] == codes(source)


# Notes, anchors, pictures, links


def test_a_reference_without_a_note_is_an_error() -> None:
    """A reference must lead to a note of this newsletter."""
    (finding,) = findings(article(para("Words", ref(3), " more")))

    assert ("note.missing", Severity.ERROR) == (finding.code, finding.severity)
    assert 'near "Words3 more"' == finding.where


def test_duplicate_anchors_are_reported() -> None:
    """An id that occurs twice is a warning."""
    assert {"anchor.duplicate": Severity.WARNING} == severities(
        with_html('<p id="x">1</p><p id="x">2</p>')
    )
    assert {"anchor.duplicate": Severity.WARNING} == severities(
        article(heading("One", anchor="x"), heading("Two", anchor="x"))
    )
    assert [] == codes(article(heading("One", anchor="x"), heading("Two", anchor="y")))


def test_a_link_to_a_missing_anchor_is_reported() -> None:
    """A link within the newsletter must lead to one of its anchors, in any script."""
    assert {"anchor.missing": Severity.WARNING} == severities(with_html('<a href="#nowhere">x</a>'))
    assert [] == codes(article(para(link("#節 x", "see")), heading("Two", anchor="節 x")))


def test_an_image_needs_alternative_text() -> None:
    """An image without alternative text is a warning that names it."""
    (finding,) = findings(article(Figure(src="https://e.example.org/a.png", alt=" ")))

    assert ("image.alt-missing", Severity.WARNING) == (finding.code, finding.severity)
    assert "https://e.example.org/a.png" == finding.where
    assert [] == codes(article(Figure(src="https://e.example.org/a.png", alt="A bell")))


def test_an_inline_image_without_text_is_located_by_context() -> None:
    """The text before it is quoted, as its name in the message means nothing to the editor."""
    image = InlineImage(content_id="1@x", media_type="image/png", content=b"", filename="1.png")
    edition = replace(
        with_html('<p>The bell rang.</p><p><img src="cid:1@x" width="9"></p>'), images=(image,)
    )
    told = [f.where for f in check(edition) if f.code == "image.alt-missing"]

    assert ['an image after "The bell rang."'] == told


def test_a_field_in_the_title_is_no_difference() -> None:
    """The value of a field in the title makes no difference between the parts."""
    assert [] == codes(article("One.", title='{{ name | "Friend" }}, the tide', has_fields=True))


def test_an_unusable_link_is_reported() -> None:
    """A link that email cannot have is a warning with its text; a usable one is not."""
    (finding,) = findings(article(para(link("javascript:alert(1)", "the log"))))

    assert ("link.unusable", Severity.WARNING) == (finding.code, finding.severity)
    assert 'the link "the log"' == finding.where
    assert "javascript:alert(1)" in finding.message
    assert [] == codes(article(para(link("https://e.example.org", "the log"))))


def test_loader_warnings_become_findings() -> None:
    """Warnings of a loader are warnings of the check, with their code and the article's address."""
    told = (LoadWarning(code="note.missing", message="The marker [9] has no note."),)
    (finding,) = findings(replace(SOUND, warnings=told, location="letters/bell.md"))

    assert ("note.missing", Severity.WARNING) == (finding.code, finding.severity)
    assert ("letters/bell.md", "The marker [9] has no note.") == (finding.where, finding.message)


# The deadline


@pytest.mark.parametrize(
    ("after", "last", "expected"),
    [
        ("", None, []),
        ("", LATER - timedelta(seconds=1), []),
        ("", LATER, ["appeal.deadline-passed"]),
        ("", LATER + timedelta(days=1), ["appeal.deadline-passed"]),
        ("It is over.", LATER + timedelta(days=1), []),
    ],
)
def test_an_appeal_that_ends_before_the_last_message_is_an_error(
    after: str, last: object, expected: list[str]
) -> None:
    """If the last message is sent after the deadline, there must be a text for afterwards."""
    appeal = replace(APPEAL, deadline=LATER, after_deadline=after)
    issue = make_issue(SOUND, appeals=(appeal,))

    assert expected == codes(issue, last_send_at=last)
    assert all(s is Severity.ERROR for s in severities(issue, last_send_at=last).values())


def test_an_appeal_in_several_places_is_reported_once() -> None:
    """One deadline is one finding."""
    from tests.rendering.sample_issues import AT_START_AND_END

    appeal = replace(APPEAL, deadline=LATER, positions=AT_START_AND_END)

    assert ["appeal.deadline-passed"] == codes(
        make_issue(SOUND, appeals=(appeal,)), first_send_at=AT, last_send_at=LATER
    )


def test_the_deadline_of_a_variant_counts_too() -> None:
    """An appeal for some recipients that ends before the last message is an error too."""
    some = replace(APPEAL, deadline=LATER)
    whole = replace(APPEAL, deadline=LATER + timedelta(days=9), after_deadline="Over.")
    variant = AppealVariant(field="donor", values=("once",), appeal=some)
    issue = make_issue(SOUND, appeals=(replace(whole, variants=(variant,)),))

    assert ["appeal.deadline-passed"] == codes(issue, first_send_at=AT, last_send_at=LATER)
    assert [] == codes(issue, first_send_at=AT, last_send_at=AT)


def test_an_appeal_that_ends_before_the_first_message_is_reported() -> None:
    """It is a warning, with or without a text for afterwards."""
    appeal = replace(APPEAL, deadline=LATER, after_deadline="It is over.")
    issue = make_issue(SOUND, appeals=(appeal,))

    assert ["appeal.over"] == codes(issue, first_send_at=LATER, last_send_at=LATER)
    assert [] == codes(issue, first_send_at=LATER - timedelta(seconds=1), last_send_at=LATER)


# The message


def test_the_bytes_of_a_message_are_checked() -> None:
    """A message without List-Unsubscribe is an error, one of more than 10 MB a warning."""
    edition = newsletter(SOUND)
    reader = Recipient(address=Address(email="ada@example.org"))
    sound = compose(edition, reader, campaign_id="c", sequence=1, at=AT, secret=b"s")
    bare = replace(sound, chunks=(sound.content.replace(b"List-Unsubscribe:", b"X-Nothing:"),))
    heavy = replace(sound, chunks=(*sound.chunks, (b"x" * 996 + b"\r\n") * 11_000))

    assert [] == [finding.code for finding in check(edition, message=sound)]
    assert ["unsubscribe.header-missing"] == [f.code for f in check(edition, message=bare)]
    assert ["size.message"] == [finding.code for finding in check(edition, message=heavy)]


def test_checking_changes_nothing() -> None:
    """The edition is the same before and after."""
    edition = newsletter(ISSUES["everything"])
    digest = edition.digest
    check(edition)

    assert digest == replace(edition).digest


def test_a_part_that_is_too_long_once_encoded_is_reported() -> None:
    """Arabic takes three times the space in quoted-printable."""
    edition = with_html(f"<p>{'ضباب ' * 8_000}</p>")
    reader = Recipient(address=Address(email="ada@example.org"))
    message = compose(edition, reader, campaign_id="c", sequence=1, at=AT, secret=b"s")

    assert ["size.encoded"] == [
        f.code for f in check(edition, message=message) if f.code.startswith("size.e")
    ]


def test_a_clipped_unsubscribe_link_is_an_error() -> None:
    """Readers do not find a footer that Gmail has clipped."""
    found = severities(with_html(f"<p>{'x' * CLIP_BYTES}</p>"))

    assert Severity.ERROR is found["unsubscribe.beyond-cut"]


def test_a_draft_cannot_be_sent() -> None:
    """An article that its front matter calls a draft is an error."""
    draft = replace(SOUND, front_matter=FrontMatter(is_draft=True))

    assert {"article.draft": Severity.ERROR} == severities(make_issue(draft))
