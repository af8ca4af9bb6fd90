"""Each check: what provokes it, and that it is silent otherwise."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.checks import Severity, check
from pipeline.checks.message.message_size import CLIP_BYTES, NEAR_CLIP_BYTES
from pipeline.mail import compose
from pipeline.models.address import Address
from pipeline.models.article import Code, Figure, InlineCode, LoadWarning
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
from tests.checks.letters import SOUND, codes, findings, html_of, letter, severities, with_html
from tests.rendering.letters import (
    APPEAL,
    AT,
    LETTERS,
    PUBLICATION,
    article,
    heading,
    issue_of,
    link,
    para,
    ref,
)

LATER = AT + timedelta(days=1)


def by(**options: object) -> Edition:
    """Return a sound edition of a publication that differs in *options*."""
    return letter(issue_of(SOUND, publication=replace(PUBLICATION, **options)))  # type: ignore[arg-type]


def test_a_sound_letter_has_no_findings() -> None:
    """Nothing is found where nothing is wrong."""
    assert [] == codes(SOUND)


@pytest.mark.parametrize("name", LETTERS)
def test_the_sample_letters_have_no_findings(name: str) -> None:
    """Whole letters with asks, notes, tables and pictures have none either; the Arabic preheader is short."""
    assert set(codes(LETTERS[name])) <= {"preheader.short"}


def test_errors_come_first_and_nothing_twice() -> None:
    """Errors stand before warnings, and what every wording shares is told once."""
    appeal = Appeal(heading="Ask", deadline=LATER, after_deadline="Over")
    source = article(para("{{ oops }}", ref(7)), Figure(src="https://e.example.org/a.png"))
    found = findings(issue_of(source, appeals=(appeal,)))

    ranks = [finding.severity is Severity.WARNING for finding in found]
    assert sorted(ranks) == ranks
    assert {"note.missing", "field.unresolved", "image.alt-missing"} == {f.code for f in found}
    assert len(set(found)) == len(found)


def test_every_finding_says_what_where_and_what_next() -> None:
    """No finding lacks its place, its sentence or its hint; each is a line."""
    edition = replace(
        by(postal_address="", unsubscribe=None), subject=(LiteralText(text="{{ x y }}"),)
    )

    for finding in findings(edition):
        for words in (finding.where, finding.message, finding.hint):
            assert words.strip()
            assert "\n" not in words
        assert finding.message.endswith((".", "!", "?"))


# Size


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        (NEAR_CLIP_BYTES, {}),
        (NEAR_CLIP_BYTES + 1, {"size.near-clip": Severity.WARNING}),
        (CLIP_BYTES, {"size.near-clip": Severity.WARNING}),
        (CLIP_BYTES + 1, {"size.clipped": Severity.ERROR}),
    ],
)
def test_the_size_of_the_html_part(size: int, wanted: dict[str, Severity]) -> None:
    """Bytes count, not characters: near Gmail's limit a warning, beyond it an error."""
    empty = len(html_of(with_html("<p></p>")).encode())
    room = size - empty
    edition = with_html(f"<p>{'é' * (room // 2)}{'x' * (room % 2)}</p>")

    assert wanted == severities(edition)


def test_the_longer_wording_counts() -> None:
    """Every wording of a choice is measured."""
    long = "x " * (CLIP_BYTES // 2)
    appeal = Appeal(heading="Ask", deadline=LATER, after_deadline=long)

    assert ["size.clipped"] == codes(issue_of(SOUND, appeals=(appeal,)))


def test_a_letter_that_is_too_long_in_each_wording_is_told_once() -> None:
    """One finding gives the bytes of the longest, not one for each."""
    appeal = Appeal(heading="Ask", deadline=LATER, after_deadline="Thank you.")
    source = replace(SOUND, blocks=(*SOUND.blocks, para("x " * (CLIP_BYTES // 2))))

    assert ["size.clipped"] == codes(issue_of(source, appeals=(appeal,)))


@pytest.mark.parametrize(
    ("weight", "wanted"), [(1024 * 1024, []), (1024 * 1024 + 1, ["size.pictures"])]
)
def test_the_weight_of_pictures(weight: int, wanted: list[str]) -> None:
    """More than a megabyte of pictures in every message is a warning."""
    content = random.Random(1).randbytes(8) * (weight // 8) + b"x" * (weight % 8)
    part = InlineImage(content_id="a@b", media_type="image/png", content=content, filename="a.png")

    assert wanted == codes(replace(letter(SOUND), images=(part,)))


# The publication


def test_a_way_to_leave_is_needed() -> None:
    """Without `unsubscribe` and `unsubscribe_url` there is no way out: an error."""
    assert {"unsubscribe.missing": Severity.ERROR} == severities(by(unsubscribe=None))
    assert [] == codes(by(unsubscribe=None, unsubscribe_url="https://e.example.org/u?t={token}"))


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
def test_what_is_shown_in_another_form_is_shown(options: dict[str, str]) -> None:
    """Neither percent-encoding nor punycode nor white space hides the way to leave or the address."""
    assert [] == codes(by(**options))


@pytest.mark.parametrize("unsubscribe_url", [None, "https://e.example.org/{token}"])
def test_a_theme_must_show_the_way_to_leave(unsubscribe_url: str | None) -> None:
    """A letter without the unsubscribe link is an error, in each wording."""
    edition = letter(
        issue_of(
            SOUND,
            publication=replace(PUBLICATION, unsubscribe_url=unsubscribe_url),
            appeals=(Appeal(heading="Ask", deadline=LATER, after_deadline="Over"),),
        )
    )
    target = (unsubscribe_url or "mailto:leave").partition("{")[0]
    hidden = replace(edition, html=replaced(edition.html, target, "https://gone.example/"))

    assert {"unsubscribe.not-shown": Severity.ERROR} == severities(hidden)


def test_a_way_to_leave_in_one_wording_only_is_not_enough() -> None:
    """The link must stand in the letter before and after the deadline."""
    edition = letter(SOUND)
    (whole,) = edition.html
    assert isinstance(whole, LiteralText)
    bare = LiteralText(text=whole.text.replace("mailto:leave", "https://gone.example/"))
    for before, after in (((whole,), (bare,)), ((bare,), (whole,))):
        pieces = (DeadlineChoice(until=LATER, before=before, after=after),)
        assert ["unsubscribe.not-shown"] == codes(replace(edition, html=pieces))


def replaced(pieces: Pieces, old: str, new: str) -> Pieces:
    return tuple(
        replace(piece, text=piece.text.replace(old, new))
        if isinstance(piece, LiteralText)
        else piece
        for piece in pieces
    )


def test_a_postal_address_is_needed() -> None:
    """Without a postal address bulk mail is against the law of many countries: an error."""
    assert {"postal-address.missing": Severity.ERROR} == severities(by(postal_address=" \n"))


def test_a_theme_must_show_the_postal_address() -> None:
    """Each line of it must stand in the letter."""
    edition = letter(SOUND)
    hidden = replace(edition, html=replaced(edition.html, "3 Slip Lane", ""))

    assert {"postal-address.not-shown": Severity.ERROR} == severities(hidden)


def test_placeholders_are_told() -> None:
    """What `init` wrote for somebody to replace is a warning each, under its key."""
    from pipeline.models.address import parse_address

    publication = Publication(
        name=PLACEHOLDERS["name"],
        sender=parse_address(PLACEHOLDERS["sender"]),
        postal_address=PLACEHOLDERS["postal_address"],
        unsubscribe="mailto:x@e.example.org",
    )
    found = findings(letter(issue_of(SOUND, publication=publication)))

    assert {"publication.placeholder"} == {f.code for f in found}
    assert {Severity.WARNING} == {f.severity for f in found}
    assert ["[publication] name", "[publication] from", "[publication] postal_address"] == [
        f.where for f in found
    ]


# The subject and fields


@pytest.mark.parametrize("subject", ["", "  ", "\u00a0"])
def test_a_subject_is_needed(subject: str) -> None:
    """A letter without a subject is an error."""
    assert {"subject.missing": Severity.ERROR} == severities(issue_of(SOUND, subject=subject))


def test_a_subject_may_be_a_field() -> None:
    """A field with a fallback is a subject."""
    assert [] == codes(issue_of(SOUND, subject='{{ name | "Hello" }}'))


@pytest.mark.parametrize(
    ("written", "severity"),
    [
        ("{{ city }}", Severity.ERROR),
        ('{{ city | "town" }}', Severity.WARNING),
        ('{{ city | "" }}', Severity.WARNING),
    ],
)
def test_an_unknown_field_is_told(written: str, severity: Severity) -> None:
    """A field that nobody can fill in is an error, with a fallback a warning; once, however often it stands."""
    source = article(para(written), para(written), has_fields=True)

    assert ["field.unknown"] == codes(source)
    assert severity is severities(source)["field.unknown"]


@pytest.mark.parametrize(
    ("written", "known", "wanted"),
    [
        ("{{ city }}", ["city"], {"field.no-fallback": Severity.WARNING}),
        ('{{ city | "town" }}', ["city"], {}),
        ('{{ city | "town" }}', ["town"], {"field.unknown": Severity.WARNING}),
        ('{{ language | "x" }}', None, {}),
    ],
)
def test_the_audience_says_which_fields_there_are(
    written: str, known: list[str] | None, wanted: dict[str, Severity]
) -> None:
    """What readers have values for is known; every reader may have a name and a language."""
    assert wanted == severities(article(para(written), has_fields=True), known_fields=known)


@pytest.mark.parametrize(
    ("known", "wanted"),
    [(None, {}), (["donor"], {}), (["city"], {"field.unknown": Severity.WARNING})],
)
def test_a_field_that_decides_must_be_known(
    known: list[str] | None, wanted: dict[str, Severity]
) -> None:
    """A choice by a field that nobody has is a warning, once it is known what readers have."""
    edition = letter(SOUND)
    choice = FieldChoice(
        name="donor",
        cases=(ChoiceCase(values=("monthly",), pieces=edition.html),),
        otherwise=edition.html,
    )

    assert wanted == severities(replace(edition, html=(choice,)), known_fields=known)


@pytest.mark.parametrize("name", ["email", "Address"])
def test_an_address_must_not_stand_in_a_link(name: str) -> None:
    """A field that names an address is an error in a link, fallback or not."""
    href = f'https://e.example.org/?who={{{{ {name} | "x" }}}}'
    source = article(para(link(href, "see")), has_fields=True)

    assert {"field.address-in-link": Severity.ERROR} == severities(source, known_fields=[name])


def test_a_known_field_wants_a_fallback() -> None:
    """A known field without one is a warning; with one it is fine, and so is an empty one."""
    assert {"field.no-fallback": Severity.WARNING} == severities(
        article("Dear {{ name }},", has_fields=True)
    )
    assert [] == codes(article('Dear {{ name | "reader" }},', has_fields=True))
    assert [] == codes(article('Dear reader {{ name | "" }},', has_fields=True))


def test_the_fields_of_the_machinery_are_no_matter() -> None:
    """The unsubscribe token is not the author's concern."""
    edition = by(unsubscribe_url="https://e.example.org/{token}")

    assert (
        Field(name="unsubscribe_token", fallback=None, context=FieldContext.HTML_URL)
        in edition.fields
    )
    assert [] == codes(edition)


@pytest.mark.parametrize(
    "subject", ["Hi {{ first name }}", "Hi {{name|friend}}", "{% if x %}", "{{ }}"]
)
def test_braces_left_in_the_subject_are_an_error(subject: str) -> None:
    """What looks like a field and is none would be seen by everybody."""
    assert {"field.unresolved": Severity.ERROR} == severities(issue_of(SOUND, subject=subject))


@pytest.mark.parametrize("words", ["Hi {{ first name }}", "{{name|friend}}", "{% raw %}"])
def test_braces_left_in_the_text_are_a_warning(words: str) -> None:
    """In the text the same is a warning, with the words around it."""
    (finding,) = findings(article(para("Before ", words, " after"), has_fields=True))

    assert ("field.unresolved", Severity.WARNING) == (finding.code, finding.severity)
    assert 'near "Before' in finding.where


def test_literal_fields_of_a_fetched_article_are_told() -> None:
    """In an article that may have no fields they stay literal, which somebody should know."""
    assert ["field.unresolved"] == codes(article("Dear {{ name }},"))


def test_braces_in_code_are_meant() -> None:
    """In code, inline or in a block, braces are nobody's mistake."""
    source = article(para("Write ", InlineCode(code="{{ x y }}"), "."), Code(code="{% raw %}"))

    assert [] == codes(source)


def test_a_fallback_cannot_hide_what_stands_behind_it() -> None:
    """A fallback is looked at as words, not as HTML: it opens no comment over the unsubscribe link."""
    source = article(para('{{ name | "<!--" }}'), has_fields=True)

    assert [] == codes(source)


# Notes, anchors, pictures, links


def test_a_reference_without_a_note_is_an_error() -> None:
    """A reference must lead to a note of this letter."""
    (finding,) = findings(article(para("Words", ref(3), " more")))

    assert ("note.missing", Severity.ERROR) == (finding.code, finding.severity)
    assert 'near "Words3 more"' == finding.where


def test_anchors_borne_twice_are_told() -> None:
    """An id that stands twice is a warning, whoever wrote it."""
    assert {"anchor.duplicate": Severity.WARNING} == severities(
        with_html('<p id="x">1</p><p id="x">2</p>')
    )
    assert {"anchor.duplicate": Severity.WARNING} == severities(
        article(heading("One", anchor="x"), heading("Two", anchor="x"))
    )
    assert [] == codes(article(heading("One", anchor="x"), heading("Two", anchor="y")))


def test_a_jump_to_nowhere_is_told() -> None:
    """A link within the letter must lead to one of its anchors, in any script."""
    assert {"anchor.missing": Severity.WARNING} == severities(with_html('<a href="#nowhere">x</a>'))
    assert [] == codes(article(para(link("#節 x", "see")), heading("Two", anchor="節 x")))


def test_a_picture_needs_words() -> None:
    """A picture without an alternative text is a warning that names it."""
    (finding,) = findings(article(Figure(src="https://e.example.org/a.png", alt=" ")))

    assert ("image.alt-missing", Severity.WARNING) == (finding.code, finding.severity)
    assert "https://e.example.org/a.png" == finding.where
    assert [] == codes(article(Figure(src="https://e.example.org/a.png", alt="A bell")))


def test_a_picture_in_the_message_without_words_is_found_by_its_place() -> None:
    """The name it has in the message tells nobody which one it is; the words before it do."""
    image = InlineImage(content_id="1@x", media_type="image/png", content=b"", filename="1.png")
    edition = replace(
        with_html('<p>The bell rang.</p><p><img src="cid:1@x" width="9"></p>'), images=(image,)
    )
    told = [f.where for f in check(edition) if f.code == "image.alt-missing"]

    assert ['an image after "The bell rang."'] == told


def test_a_title_with_a_field_stands_in_both_parts() -> None:
    """A reader's name in the title is no difference between the parts."""
    assert [] == codes(article("One.", title='{{ name | "Friend" }}, the tide', has_fields=True))


def test_an_unusable_link_is_told() -> None:
    """A link that a mail cannot hold is a warning that names its words; a usable one is none."""
    (finding,) = findings(article(para(link("javascript:alert(1)", "the log"))))

    assert ("link.unusable", Severity.WARNING) == (finding.code, finding.severity)
    assert 'the link "the log"' == finding.where
    assert "javascript:alert(1)" in finding.message
    assert [] == codes(article(para(link("https://e.example.org", "the log"))))


def test_what_the_loader_warned_of_is_told_again() -> None:
    """Warnings of a loader come out as warnings of the check, with their code and the article's address."""
    told = (LoadWarning(code="note.missing", message="The marker [9] has no note."),)
    (finding,) = findings(replace(SOUND, warnings=told, location="letters/bell.md"))

    assert ("note.missing", Severity.WARNING) == (finding.code, finding.severity)
    assert ("letters/bell.md", "The marker [9] has no note.") == (finding.where, finding.message)


# The deadline


@pytest.mark.parametrize(
    ("after", "last", "wanted"),
    [
        ("", None, []),
        ("", LATER - timedelta(seconds=1), []),
        ("", LATER, ["appeal.deadline-passed"]),
        ("", LATER + timedelta(days=1), ["appeal.deadline-passed"]),
        ("It is over.", LATER + timedelta(days=1), []),
    ],
)
def test_an_ask_that_would_vanish_is_an_error(after: str, last: object, wanted: list[str]) -> None:
    """If the last message goes out after the deadline, there must be words for afterwards."""
    appeal = replace(APPEAL, deadline=LATER, after_deadline=after)
    issue = issue_of(SOUND, appeals=(appeal,))

    assert wanted == codes(issue, last_send_at=last)
    assert all(s is Severity.ERROR for s in severities(issue, last_send_at=last).values())


def test_an_ask_at_several_places_is_told_once() -> None:
    """One deadline is one finding."""
    from tests.rendering.letters import AT_START_AND_END

    appeal = replace(APPEAL, deadline=LATER, positions=AT_START_AND_END)

    assert ["appeal.deadline-passed"] == codes(
        issue_of(SOUND, appeals=(appeal,)), first_send_at=AT, last_send_at=LATER
    )


def test_the_deadline_of_a_variant_counts_too() -> None:
    """An ask for some readers that would vanish before the last message is an error, whatever the others have."""
    some = replace(APPEAL, deadline=LATER)
    whole = replace(APPEAL, deadline=LATER + timedelta(days=9), after_deadline="Over.")
    variant = AppealVariant(field="donor", values=("once",), appeal=some)
    issue = issue_of(SOUND, appeals=(replace(whole, variants=(variant,)),))

    assert ["appeal.deadline-passed"] == codes(issue, first_send_at=AT, last_send_at=LATER)
    assert [] == codes(issue, first_send_at=AT, last_send_at=AT)


def test_an_ask_nobody_will_see_is_told() -> None:
    """An ask that is over before the first message is a warning, words for afterwards or not."""
    appeal = replace(APPEAL, deadline=LATER, after_deadline="It is over.")
    issue = issue_of(SOUND, appeals=(appeal,))

    assert ["appeal.over"] == codes(issue, first_send_at=LATER, last_send_at=LATER)
    assert [] == codes(issue, first_send_at=LATER - timedelta(seconds=1), last_send_at=LATER)


# The message


def test_the_bytes_of_a_message_are_looked_at() -> None:
    """A message without List-Unsubscribe is an error, one of more than 10 MB a warning; a sound one is neither."""
    edition = letter(SOUND)
    reader = Recipient(address=Address(email="ada@example.org"))
    sound = compose(edition, reader, campaign_id="c", sequence=1, at=AT, secret=b"s")
    bare = replace(sound, chunks=(sound.content.replace(b"List-Unsubscribe:", b"X-Nothing:"),))
    heavy = replace(sound, chunks=(*sound.chunks, (b"x" * 996 + b"\r\n") * 11_000))

    assert [] == [finding.code for finding in check(edition, message=sound)]
    assert ["unsubscribe.header-missing"] == [f.code for f in check(edition, message=bare)]
    assert ["size.message"] == [finding.code for finding in check(edition, message=heavy)]


def test_checking_changes_nothing() -> None:
    """The edition is the same before and after."""
    edition = letter(LETTERS["everything"])
    digest = edition.digest
    check(edition)

    assert digest == replace(edition).digest


def test_a_part_that_grows_on_its_way_is_told() -> None:
    """Arabic takes three times the room in quoted-printable, which somebody may count."""
    edition = with_html(f"<p>{'ضباب ' * 8_000}</p>")
    reader = Recipient(address=Address(email="ada@example.org"))
    message = compose(edition, reader, campaign_id="c", sequence=1, at=AT, secret=b"s")

    assert ["size.encoded"] == [
        f.code for f in check(edition, message=message) if f.code.startswith("size.e")
    ]


def test_a_way_to_leave_beyond_the_cut_is_an_error() -> None:
    """Where Gmail has cut a letter off, nobody finds the footer."""
    found = severities(with_html(f"<p>{'x' * CLIP_BYTES}</p>"))

    assert Severity.ERROR is found["unsubscribe.beyond-cut"]
