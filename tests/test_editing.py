"""From an article to an issue: subject, language and appeals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipeline import editing
from pipeline.config import AppealTable, KnownNames, PublicationTable, read_appeal
from pipeline.errors import ConfigError
from pipeline.loaders import load
from pipeline.models.address import parse_address
from pipeline.models.article import (
    Article,
    Figure,
    FoundAppeal,
    FrontMatter,
    Heading,
    Link,
    List,
    Paragraph,
    Text,
)
from pipeline.models.article_text import plain_text
from pipeline.models.issue import (
    Appeal,
    AppealAmount,
    Frequency,
    Goal,
    Issue,
    NoteAnchors,
    Position,
    Utm,
)
from pipeline.models.publication import Publication
from pipeline.rendering.issue_values import can_have_fields

KNOWN = KnownNames(senders=["outbox"], themes=["default"], parse_address=parse_address)
PUBLICATION = Publication(
    name="The Tern",
    sender=parse_address("letters@tern.example.org"),
    website="https://www.tern.example.org",
    timezone="Europe/London",
)
WORDS = (Paragraph(inlines=(Text(text="Please give."),)),)
FOUND = Article(title="T", appeal=FoundAppeal(blocks=WORDS))


def table(**keys: Any) -> AppealTable:
    return AppealTable.model_validate(keys, context=KNOWN)


def edited(article: Article, make_appeal: AppealTable | None = None, **options: Any) -> Issue:
    publication = options.pop("publication", PUBLICATION)
    return editing.edit(
        article, publication, make_appeal, **{"subject": None, "anchors": "mail", **options}
    )


def the_appeal(**keys: Any) -> Appeal:
    (appeal,) = edited(Article(title="T"), table(**keys)).appeals
    return appeal


# Subject, preheader, language


@pytest.mark.parametrize(
    ("given", "front", "title", "expected"),
    [
        ("Given", "Front", "Title", "Given"),
        (None, "Front", "Title", "Front"),
        (None, None, "Title", "Title"),
        (None, None, None, ""),
    ],
)
def test_subject_precedence(
    given: str | None, front: str | None, title: str | None, expected: str
) -> None:
    """The caller, then the front matter, then the title; without any it is empty."""
    article = Article(title=title, front_matter=FrontMatter(subject=front))

    assert expected == edited(article, subject=given).subject


@pytest.mark.parametrize(
    "key", ["attachments: [fares.pdf]", "attachment: fares.pdf", "attach:\n  - x"]
)
def test_attachments_are_an_error(tmp_path: Path, key: str) -> None:
    """The error says why and what to do; loading the article still works."""
    path = tmp_path / "bell.md"
    path.write_text(f"---\ntitle: Bell\n{key}\n---\n\nIt rings.\n", encoding="utf-8")
    article = load(str(path))

    with pytest.raises(
        ConfigError, match=r"bell\.md, front matter: attachments are not supported.* link to it"
    ):
        edited(article)


def test_preheader_precedence() -> None:
    """The front matter's preheader overrides the subtitle, and that the first sentence of the text."""
    article = Article(subtitle="Sub", blocks=WORDS)

    assert "Sub" == edited(article).preheader
    assert "Pre" == edited(replace(article, front_matter=FrontMatter(preheader="Pre"))).preheader
    assert "Please give." == edited(Article(blocks=WORDS)).preheader
    assert "" == edited(Article()).preheader


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The bell rang twice before anybody in the harbour heard it. Then it stopped.",
         "The bell rang twice before anybody in the harbour heard it."),
        ("It rang. Nobody came. The ferryman was asleep in the boat. He had no watch.",
         "It rang. Nobody came. The ferryman was asleep in the boat."),
        ("The U.S. Coast Guard counted 31 boats on Tuesday, p. 4 says. Then none.",
         "The U.S. Coast Guard counted 31 boats on Tuesday, p. 4 says."),
        ("“Who rang the bell in the middle of the night?” asked Ida. Nobody said a word.",
         "“Who rang the bell in the middle of the night?” asked Ida."),
        ("A line without an end", "A line without an end"),
        ("word " * 100, "word " * 27 + "word…"),
        ("鐘は二度鳴った。港には誰もいなかった。", "鐘は二度鳴った。港には誰もいなかった。"),
        ("The \u00adbell\u200b rings.", "The bell rings."),
    ],
)  # fmt: skip
def test_preheader_is_the_beginning_of_the_text(text: str, expected: str) -> None:
    """As many whole sentences as an inbox shows; cut after a word if the first is too long."""
    blocks = (
        Heading(level=2, anchor="h", inlines=(Text(text="A heading"),)),
        Figure(src=None, alt="A bell", caption=(Text(text="A caption."),)),
        Paragraph(inlines=(Text(text=text),)),
    )

    assert expected == edited(Article(blocks=blocks)).preheader


def test_preheader_from_a_fetched_text_has_no_fields() -> None:
    """Braces in it stay as they are, however it was cut."""
    for text in ("Dear {{ name }}, it rang.", "Dear {{ name }}, " + "and so on " * 40):
        issue = edited(Article(title="T", blocks=(Paragraph(inlines=(Text(text=text),)),)))

        assert "{{ name }}" in issue.preheader
        assert not can_have_fields(issue, issue.preheader)


def test_subject_has_no_invisible_characters() -> None:
    """Soft hyphens, zero-width spaces, marks of direction and line breaks go; joiners that join stay."""
    title = "\ufeffDer Mühl\u00adwehr\u200bbericht\u2028\u202eII"

    assert "Der Mühlwehrbericht II" == edited(Article(title=title)).subject
    assert "می\u200cخواهم 👩\u200d👧" == edited(Article(title="می\u200cخواهم 👩\u200d👧")).subject
    assert "ab" == edited(Article(title="a\u200db\u200d")).subject


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("מגדל המים נבנה בשנת 1911.", "he"),
        ("بني برج المياه عام 1911.", "ar"),
        ("برج آب در سال ۱۹۱۱ در گوشه‌ای از چهارراه ساخته شد.", "fa"),
        ("پانی کا مینار ۱۹۱۱ میں بنایا گیا تھا اور بڑا ہے۔", "ur"),
        ("The tower, מגדל, was built in 1911.", "en"),
        ("Башню построили в 1911 году.", "en"),
    ],
)
def test_text_from_right_to_left_names_its_language(text: str, expected: str) -> None:
    """If nobody did; a language that is given stays, and so does that of a publication written that way."""
    article = Article(blocks=(Paragraph(inlines=(Text(text=text),)),))
    persian = replace(PUBLICATION, language="fa")

    assert expected == edited(article).language
    assert "yi" == edited(replace(article, language="yi")).language
    assert ("en" if expected == "en" else "fa") == edited(article, publication=persian).language


def test_digits_alone_have_the_language_of_the_publication() -> None:
    """Digits and punctuation run in no direction of their own."""
    article = Article(blocks=(Paragraph(inlines=(Text(text="1911 – 1923!"),)),))

    assert "he" == edited(article, publication=replace(PUBLICATION, language="he")).language


@pytest.mark.parametrize(
    ("language", "expected"),
    [("de", "de"), ("pt-BR", "pt-BR"), ("en_US", "en-US"), ("zh-Hant-TW", "zh-Hant-TW"),
     (None, "en"), ("", "en"), ("klingon", "en"), ("english, please", "en"), ("-", "en")],
)  # fmt: skip
def test_language_precedence(language: str | None, expected: str) -> None:
    """An article's language is used if it is known, with hyphens; otherwise the publication's."""
    assert expected == edited(Article(language=language)).language


def test_note_anchors_are_configured() -> None:
    """`[notes] anchors` is passed on."""
    assert NoteAnchors.WEB is edited(Article(), anchors="web").note_anchors


# Which make_appeal


def test_no_appeal_by_default() -> None:
    """Neither configured nor found in the article."""
    assert () == edited(Article()).appeals


def test_complete_appeal_replaces_the_found_one() -> None:
    """One with text and a link of its own; the found one is listed as left out, with a warning."""
    issue = edited(FOUND, table(heading="Mine", url="https://give.example.org"))
    (appeal,) = issue.appeals

    assert ("Mine", ()) == (appeal.heading, appeal.blocks)
    assert [("appeal.replaced", "Please give.")] == [
        (each.reason, each.text) for each in issue.article.dropped
    ]
    (warning,) = issue.article.warnings
    assert "appeal.replaced" == warning.code
    assert "“Please give.”" in warning.message


@pytest.mark.parametrize(
    "keys",
    [{"heading": "Keep us going", "text": "Free to read."}, {"bullets": ["a"], "amounts": [5]}],
)
def test_appeal_that_leads_nowhere_replaces_nothing(keys: dict[str, Any]) -> None:
    """Without a link, the configured text is left out, and the found appeal is shown."""
    issue = edited(FOUND, table(**keys))
    (appeal,) = issue.appeals

    assert (WORDS, "", "", ()) == (appeal.blocks, appeal.heading, appeal.text, appeal.bullets)
    assert ["appeal.replaced"] == [each.reason for each in issue.article.dropped]
    assert "because [appeal] has no url" in issue.article.warnings[0].message


@pytest.mark.parametrize(
    "keys", [{}, {"amounts": [5, 10]}, {"button": "Give"}, {"position": "after:1"}]
)
def test_url_alone_gives_the_found_appeal_a_button(keys: dict[str, Any]) -> None:
    """The article's own text, not muted, above the configured buttons; nothing is left out."""
    issue = edited(FOUND, table(url="https://give.example.org", **keys))
    (appeal,) = issue.appeals

    assert (WORDS, "https://give.example.org") == (appeal.blocks, appeal.url)
    assert not appeal.is_muted
    assert ((), ()) == (issue.article.dropped, issue.article.warnings)


def test_found_appeal_can_be_left_out() -> None:
    """`source = "config"` without a text of its own shows none, and says so."""
    issue = edited(FOUND, table(source="config"))

    assert all(appeal.is_empty for appeal in issue.appeals)
    assert ["appeal.replaced"] == [each.reason for each in issue.article.dropped]


def test_found_appeal_that_is_cut_off_ends_with_an_ellipsis() -> None:
    """In a paragraph and in the last item of a list."""
    cut = Paragraph(inlines=(Text(text="Every gift pays for the"),))
    items = List(ordered=False, start=None, items=((*WORDS,), (cut,)))
    for block in (cut, items):
        article = Article(appeal=FoundAppeal(blocks=(*WORDS, block), truncated=True))
        (appeal,) = edited(article).appeals
        assert "Every gift pays for the…" == plain_text(appeal.blocks).splitlines()[-1]


def test_opening_line_of_a_found_appeal_is_a_heading() -> None:
    """Pasted text has no headings: a short line above a paragraph is one, a question above a list is not."""
    opening = Paragraph(inlines=(Text(text="SUPPORT this paper."),))
    body = Paragraph(
        inlines=(Text(text="It goes to the meetings that nobody else goes to, every week."),)
    )
    items = List(ordered=False, start=None, items=((body,),))

    (appeal,) = edited(Article(appeal=FoundAppeal(blocks=(opening, body)))).appeals
    assert (Heading(level=2, inlines=opening.inlines), body) == appeal.blocks
    for blocks in ((opening, items), (opening,), (body, body)):
        (appeal,) = edited(Article(appeal=FoundAppeal(blocks=blocks))).appeals
        assert blocks == appeal.blocks


def test_found_appeal_is_used_without_configuration() -> None:
    """Without `[appeal]` the one found in the article is shown, muted, at the end."""
    (appeal,) = edited(FOUND).appeals

    assert Appeal(blocks=WORDS, is_muted=True) == appeal
    assert (Position(),) == appeal.positions


def test_found_text_above_configured_buttons() -> None:
    """`source = "article"`: the found text replaces heading, text and bullets; the rest stays."""
    keys: dict[str, Any] = {
        "heading": "Mine",
        "text": "Mine",
        "bullets": ["mine"],
        "url": "https://give.example.org",
        "amounts": [10],
        "match": "Doubled",
        "disclosure": "A charity",
        "source": "article",
    }
    (appeal,) = edited(FOUND, table(**keys)).appeals

    assert (WORDS, "", "", ()) == (appeal.blocks, appeal.heading, appeal.text, appeal.bullets)
    assert ("https://give.example.org", "Doubled", "A charity") == (
        appeal.url,
        appeal.match,
        appeal.disclosure,
    )
    assert not appeal.is_muted
    (without,) = edited(Article(), table(**keys)).appeals
    assert "Mine" == without.heading


def test_both_appeals() -> None:
    """`source = "both"`: the configured one, and the found one muted."""
    configured, quiet = edited(FOUND, table(heading="Mine", source="both")).appeals

    assert ("Mine", ()) == (configured.heading, configured.blocks)
    assert Appeal(blocks=WORDS, is_muted=True) == quiet


# What it says


def test_appeal_has_the_configured_values() -> None:
    """Each key of `[appeal]` is used."""
    appeal = the_appeal(
        heading="H", text=" T \n", bullets=["b"], button="B", url="https://give.example.org", currency="EUR",
        refcode="r", match="M", after_deadline=" A ", disclosure=" D ", deadline=date(2026, 12, 31),
    )  # fmt: skip

    assert ("H", "T", ("b",), "B") == (appeal.heading, appeal.text, appeal.bullets, appeal.button)
    assert ("https://give.example.org", "EUR", "r") == (appeal.url, appeal.currency, appeal.refcode)
    assert ("M", "A", "D") == (appeal.match, appeal.after_deadline, appeal.disclosure)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [(10, "USD", 1000), ("7.5", "USD", 750), ("0.01", "EUR", 1), (1000, "JPY", 1000), ("7.125", "KWD", 7125),
     ("1e3", "USD", 100000)],
)  # fmt: skip
def test_amounts_become_minor_units(amount: Any, currency: str, minor: int) -> None:
    """Major units become whole minor ones, with the currency's own decimals."""
    appeal = the_appeal(amounts=[Decimal(amount)], monthly=[Decimal(amount)], currency=currency)

    once, monthly = appeal.amounts
    assert (AppealAmount(minor=minor), AppealAmount(minor=minor, frequency=Frequency.MONTHLY)) == (
        once,
        monthly,
    )


@pytest.mark.parametrize(
    ("amount", "currency"), [("7.505", "USD"), ("7.5", "JPY"), ("0.001", "EUR")]
)
def test_amounts_with_too_many_decimals_are_an_error(amount: str, currency: str) -> None:
    """A fraction of a cent, or of a yen, is an error."""
    with pytest.raises(ConfigError) as caught:
        the_appeal(amounts=[Decimal(amount)], currency=currency)

    assert (
        f"[appeal] amounts: {amount} has too many decimals for {currency}. Remove the last digits."
        == str(caught.value)
    )


def test_positions() -> None:
    """Start, after a number of paragraphs, end; each once, in the order given."""
    appeal = the_appeal(position=["after:3", "start", "end", "after:3"])

    assert (Position(after=3), Position(after=0), Position()) == appeal.positions


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        (date(2026, 12, 31), datetime(2027, 1, 1, tzinfo=UTC)),
        (date(2026, 6, 30), datetime(2026, 6, 30, 23, tzinfo=UTC)),
        (datetime(2026, 6, 30, 18), datetime(2026, 6, 30, 17, tzinfo=UTC)),  # noqa: DTZ001  # local to the publication
        (datetime(2026, 6, 30, 18, tzinfo=UTC), datetime(2026, 6, 30, 18, tzinfo=UTC)),
        (None, None),
    ],
)
def test_deadline_is_in_the_time_zone_of_the_publication(
    deadline: Any, expected: datetime | None
) -> None:
    """A date ends at midnight there, daylight saving time included; a time with a zone stays as it is."""
    assert expected == the_appeal(deadline=deadline).deadline


def test_day_of_a_clock_change_ends_at_midnight() -> None:
    """The day the clocks go back has 25 hours."""
    end = the_appeal(deadline=date(2026, 10, 25)).deadline

    assert end is not None
    assert timedelta(hours=25) == end.astimezone(UTC) - datetime(2026, 10, 24, 23, tzinfo=UTC)


# Where, and for whom


MANY: dict[str, Any] = {
    "heading": "H",
    "text": "T",
    "url": "https://give.example.org",
    "amounts": [10],
    "refcode": "r",
}
THANKS = {"when": 'donor = "monthly"', "inherit": False, "text": "Thanks"}


def appeals(**keys: Any) -> list[Appeal]:
    return list(edited(Article(title="T"), table(**{**MANY, **keys})).appeals)


def test_position_can_have_its_own_text() -> None:
    """A position inherits what it does not set; positions are in reading order."""
    places = [{"at": "end"}, {"at": "after:2", "heading": "", "text": "Short", "amounts": []}]
    middle, end = appeals(positions=places)

    assert ((Position(after=2),), "", "Short", ()) == (
        middle.positions, middle.heading, middle.text, middle.amounts,
    )  # fmt: skip
    assert ((Position(),), "H", "T", 1) == (
        end.positions, end.heading, end.text, len(end.amounts),
    )  # fmt: skip
    assert "r" == middle.refcode == end.refcode


def test_position_can_remove_inherited_keys() -> None:
    """`false` removes goal, match, deadline and URL."""
    gone = {"at": "start", "goal": False, "match_times": False, "deadline": False, "url": False}
    keys: dict[str, Any] = {"goal": 100, "match_times": 2, "deadline": date(2026, 12, 31)}
    start, end = appeals(**keys, positions=[gone, {"at": "end"}])

    assert (None, None, None, None) == (start.goal, start.match_times, start.deadline, start.url)
    assert all((end.goal, end.match_times, end.deadline, end.url))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"positions": [{"at": "end"}, {"at": "end"}]}, "two of them have the same position"),
        ({"positions": [{"at": "end"}], "position": "start"}, "Remove one of them"),
    ],
)
def test_invalid_positions_are_an_error(keys: dict[str, Any], message: str) -> None:
    """Two appeals at one position, or both ways to set positions."""
    with pytest.raises(ConfigError, match=message):
        appeals(**keys)


def test_variant_inherits_missing_keys() -> None:
    """Another heading keeps the text and the buttons; its code identifies its links, and does not tell who gave."""
    (appeal,) = appeals(
        variants=[{"when": 'donor in ("Lapsed donor", "x")', "heading": "Come back"}]
    )
    (variant,) = appeal.variants

    assert ("donor", ("Lapsed donor", "x")) == (variant.field, variant.values)
    assert ("Come back", "T", "v1") == (
        variant.appeal.heading, variant.appeal.text, variant.appeal.code,
    )  # fmt: skip
    assert appeal.amounts == variant.appeal.amounts
    assert "" == appeal.code


def test_variant_without_inheritance_appears_once() -> None:
    """`inherit = false` removes buttons, amounts and heading, and the variant is at the last position."""
    start, end = appeals(position=["end", "start"], variants=[THANKS])
    (first,), (last,) = start.variants, end.variants

    assert first.appeal.is_empty
    assert ("", "Thanks", None, ()) == (
        last.appeal.heading, last.appeal.text, last.appeal.url, last.appeal.amounts,
    )  # fmt: skip


def test_variant_can_have_its_own_position() -> None:
    """Where the appeal is not shown, only its recipients see something."""
    start, end = appeals(variants=[{**THANKS, "position": "start"}])

    assert (True, "Thanks") == (start.is_empty, start.variants[0].appeal.text)
    assert (False, True) == (end.is_empty, end.variants[0].appeal.is_empty)


def test_variant_codes_are_unique() -> None:
    """Whatever their values, no two variants share a code."""
    whens = ['city = "A b"', 'city = "a-b"', 'city = "ж"', 'city = "я"', 'city = ""']
    (appeal,) = appeals(variants=[{"when": when, "heading": when} for when in whens])
    codes = [variant.appeal.code for variant in appeal.variants]

    assert ["a_b", "a_b2", "v", "v2", "v3"] == codes


def test_variants_without_text_use_the_found_text() -> None:
    """With `source = "article"`, unless they have their own text or inherit nothing."""
    variants = [
        {"when": 'donor = "a"', "amounts": [5]},
        {"when": 'donor = "b"', "heading": "Own"},
        {"when": 'donor = "c"', "inherit": False},
    ]
    (appeal,) = edited(FOUND, table(**MANY, source="article", variants=variants)).appeals
    first, second, third = (variant.appeal for variant in appeal.variants)

    assert (WORDS, WORDS, (), ()) == (appeal.blocks, first.blocks, second.blocks, third.blocks)
    assert ("", "Own") == (first.heading, second.heading)


def test_front_matter_overrides_positions_and_variants() -> None:
    """Front matter overrides the keys it sets; if it sets `position`, the configured positions are gone."""
    base = table(**MANY, positions=[{"at": "start"}, {"at": "end"}], variants=[THANKS])
    read = read_appeal(base, {"position": "after:1", "raised": 5}, KNOWN, "a.md")

    assert (("after:1",), (), 1) == (read.position, read.positions, len(read.variants))
    assert "H" == read.heading
    assert () == read_appeal(base, {"variants": []}, KNOWN, "a.md").variants


def test_immediate_charge_is_detected_from_the_url() -> None:
    """ActBlue's Express Lane links charge immediately, and others if configured so."""
    express = f"{MANY['url']}/donate?express_lane=true"

    assert [False, True, False, True] == [
        appeals(**keys)[0].charges_immediately
        for keys in (
            {"processor": "actblue"},
            {"processor": "actblue", "url": express},
            {"url": express},
            {"one_click": True},
        )
    ]


def test_goal_match_and_utm_are_configured() -> None:
    """UTM parameters name the publication unless configured otherwise."""
    (appeal,) = appeals(goal="100.50", raised=40, match_times="2.5", utm=True)
    (own,) = appeals(utm={"source": "s", "campaign": "c"})
    (none,) = appeals(utm=False)

    assert (Goal(minor=10050, raised_minor=4000), Decimal("2.5")) == (
        appeal.goal,
        appeal.match_times,
    )
    assert Utm(source="the-tern") == appeal.utm
    assert (Utm(source="s", campaign="c"), None) == (own.utm, none.utm)


# Links to somebody else


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("https://tern.example.org/give", []),
        ("https://www.tern.example.org/give", []),
        ("https://give.example.org/x", []),
        ("https://support.tern.example.org/x", []),
        ("https://tern.example.org.elsewhere.example/x", ["tern.example.org.elsewhere.example"]),
        ("https://article.example.org/x", []),
        ("mailto:desk@elsewhere.example", []),
        ("#below", []),
        ("https://elsewhere.example/give", ["elsewhere.example"]),
        ("http://ELSEWHERE.example/give", ["elsewhere.example"]),
    ],
)
def test_foreign_links_in_a_found_appeal_are_reported(href: str, expected: list[str]) -> None:
    """A link in a found appeal must lead to the publication's, the article's or the appeal's host."""
    words = (Paragraph(inlines=(Link(href=href, inlines=(Text(text="give"),)),)),)
    article = Article(
        canonical_url="https://article.example.org/a", appeal=FoundAppeal(blocks=words)
    )
    issue = edited(article, table(url="https://give.example.org/"))

    assert ["appeal.foreign-link"] * len(expected) == [w.code for w in issue.article.warnings]
    assert all(host in w.message for host, w in zip(expected, issue.article.warnings, strict=True))
    own = table(url="https://give.example.org/", text="Ours")
    assert ["appeal.replaced"] == [w.code for w in edited(article, own).article.warnings]


# The publication


def test_publication_has_the_configured_values() -> None:
    """Its sender has the publication's name by default; recipients unsubscribe by email to it."""
    made = editing.build_publication(
        PublicationTable.model_validate(
            {
                "name": "The Tern",
                "from": "letters@tern.example.org",
                "postal_address": "\n3 Slip Lane\n",
            },
            context=KNOWN,
        )
    )

    assert "The Tern <letters@tern.example.org>" == str(made.sender)
    assert "3 Slip Lane" == made.postal_address
    assert "mailto:letters@tern.example.org?subject=unsubscribe" == made.unsubscribe


def publish(config: dict[str, object], **options: object) -> Publication:
    """Return the publication of these keys besides the required ones."""
    keys = {"name": "T", "from": "letters@tern.example.org", **config}
    table = PublicationTable.model_validate(keys, context=KNOWN)
    return editing.build_publication(table, **options)  # type: ignore[arg-type]


def test_footer_links_to_the_archive_and_the_sign_up_page() -> None:
    """Where there are such pages, unless the configuration names others."""
    service = {"public_url": "https://news.tern.example.org"}
    places = {"archive_url": "https://tern.example.org/issues", "has_open_lists": True}
    own = {"past_issues": "https://a.example.org/", "subscribe_url": "https://b.example.org/"}

    def find(config: dict[str, object], **options: object) -> tuple[str | None, str | None]:
        made = publish(config, **options)
        return made.past_issues, made.subscribe_url

    assert (None, None) == find({})
    assert (places["archive_url"], None) == find({}, **places)
    assert (None, None) == find(dict(service))
    assert "https://news.tern.example.org/subscribe" == find(dict(service), **places)[1]
    assert tuple(own.values()) == find({**own, **service}, **places)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, True),
        ({"welcomes_replies": False}, False),
        ({"from": "No-Reply@tern.example.org"}, False),
        ({"from": "The Tern <news_do.not-reply+7@tern.example.org>"}, False),
        ({"from": "noreply@tern.example.org", "reply_to": "desk@tern.example.org"}, True),
        ({"reply_to": "ne-pas-repondre@tern.example.org"}, False),
        ({"from": "noreen.reply@tern.example.org"}, True),
    ],
)
def test_replies_are_welcome_where_somebody_reads_them(
    config: dict[str, object], expected: bool
) -> None:
    """The footer invites replies unless the address they go to says that nobody reads them."""
    assert expected is publish(config).welcomes_replies


def test_unsubscribe_defaults_to_the_reply_address() -> None:
    """Without `unsubscribe`, it is the reply address; if set, it stays as it is."""
    keys = {
        "name": "T",
        "from": "Desk <letters@tern.example.org>",
        "reply_to": "desk@tern.example.org",
    }
    made = editing.build_publication(PublicationTable.model_validate(keys, context=KNOWN))
    own = editing.build_publication(
        PublicationTable.model_validate(
            {**keys, "unsubscribe": "mailto:out@tern.example.org"}, context=KNOWN
        )
    )

    assert "Desk <letters@tern.example.org>" == str(made.sender)
    assert "mailto:desk@tern.example.org?subject=unsubscribe" == made.unsubscribe
    assert "mailto:out@tern.example.org" == own.unsubscribe
