"""Sample issues, helpers that build trees, and the theme that renders them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import cycle
from typing import Any

from pipeline.files import find_shipped
from pipeline.mail import fill_fields
from pipeline.models.address import Address
from pipeline.models.article import (
    Article,
    Block,
    Break,
    Cell,
    Code,
    Definition,
    Definitions,
    Embed,
    Emphasis,
    Figure,
    Heading,
    Highlight,
    Inline,
    InlineCode,
    Link,
    List,
    Note,
    NoteRef,
    Paragraph,
    Quote,
    Rule,
    Small,
    Strike,
    Strong,
    Subscript,
    Superscript,
    Table,
    Text,
)
from pipeline.models.edition import Edition, Pieces
from pipeline.models.issue import (
    Appeal,
    AppealAmount,
    AppealVariant,
    Frequency,
    Goal,
    Issue,
    Position,
)
from pipeline.models.publication import Publication
from pipeline.models.recipient import Recipient
from pipeline.rendering import Theme, render
from tests.support import SEEDS

AT = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
ADA = Recipient(address=Address(email="ada@example.org", name="Ada Byron"), token="t0k3n")
PUBLICATION = Publication(
    name="The Tern",
    sender=Address(email="letters@tern.example.org", name="The Tern"),
    postal_address="The Tern\n3 Slip Lane\nOldhaven",
    website="https://tern.example.org",
    unsubscribe="mailto:leave@tern.example.org?subject=unsubscribe",
)
#: With all that a footer can have.
WHOLE_PUBLICATION = replace(
    PUBLICATION,
    past_issues="https://tern.example.org/issues",
    subscribe_url="https://news.tern.example.org/subscribe",
    welcomes_replies=True,
    public_url="https://news.tern.example.org",
    unsubscribe_url="https://news.tern.example.org/u/{token}",
)
#: Ada with tokens as long as real ones.
WITH_TOKENS = replace(ADA, token="A" * 28, preferences_token="B" * 28)
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


THEMES = sorted(path.name for path in find_shipped("templates").iterdir() if path.is_dir())


def _pair_seeds() -> Iterator[tuple[str, str]]:
    first, *others = sorted(THEMES, key=lambda name: name != "default")
    names = (path.name for path in SEEDS.iterdir() if path.suffix in (".md", ".txt"))
    in_turn = cycle(others)
    for name in sorted(set(names) - {"README.md"}):
        chosen = others if "HANDBILL_TEST_ALL_THEMES" in os.environ else [next(in_turn)]
        yield from ((name, each) for each in (first, *chosen))


#: Each seed in the default theme, and in turn in one of the others; with HANDBILL_TEST_ALL_THEMES in all.
SEEDS_IN_THEMES = (*_pair_seeds(),)


@cache
def theme(name: str = "default") -> Theme:
    """Return a shipped theme."""
    return Theme.find(name, [find_shipped("templates")])


# Helpers that build trees


def inlines(*items: str | Inline) -> tuple[Inline, ...]:
    """Return *items*, strings among them as `Text`."""
    return tuple(Text(text=item) if isinstance(item, str) else item for item in items)


def para(*items: str | Inline) -> Paragraph:
    """Return a paragraph."""
    return Paragraph(inlines=inlines(*items))


def heading(words: str, level: int = 2, anchor: str | None = None) -> Heading:
    """Return a heading."""
    return Heading(level=level, anchor=anchor, inlines=inlines(words))


def link(href: str, *items: str | Inline, title: str | None = None) -> Link:
    """Return a link."""
    return Link(href=href, title=title, inlines=inlines(*items))


def cell(*items: str | Inline, **options: Any) -> Cell:  # Any: the fields of Cell
    """Return a cell with one paragraph."""
    return Cell(blocks=(para(*items),), **options)


def bullets(*items: str | Block | tuple[Block, ...], start: int | None = None) -> List:
    """Return a list; numbered if it has a *start*."""
    return List(ordered=start is not None, start=start, items=tuple(map(_item, items)))


def _item(item: str | Block | tuple[Block, ...]) -> tuple[Block, ...]:
    if isinstance(item, tuple):
        return item
    return (para(item),) if isinstance(item, str) else (item,)


def note(number: int, *blocks: str | Block, label: str | None = None) -> Note:
    """Return a note."""
    said = tuple(para(block) if isinstance(block, str) else block for block in blocks)
    return Note(number=number, label=str(number) if label is None else label, blocks=said)


def ref(number: int) -> NoteRef:
    """Return a reference to a note."""
    return NoteRef(note=number)


def article(*blocks: str | Block, **options: Any) -> Article:  # Any: the fields of Article
    """Return an article with a title."""
    said = tuple(para(block) if isinstance(block, str) else block for block in blocks)
    return Article(**{"title": "The Ferry Bell", "blocks": said, **options})


def make_issue(source: Article, **options: Any) -> Issue:  # Any: the fields of Issue
    """Return an issue of *source*."""
    return Issue(
        **{
            "article": source,
            "publication": PUBLICATION,
            "subject": source.title or "An email",
            **options,
        }
    )


def render_sample(
    source: Article | Issue,
    *,
    in_theme: str = "default",
    **options: Any,  # Any: the fields of Issue
) -> Edition:
    """Return the edition of *source* in a shipped theme."""
    issue = source if isinstance(source, Issue) else make_issue(source, **options)
    return render(issue, theme(in_theme))


def fill_sample(pieces: Pieces, *, at: datetime = AT, reader: Recipient = ADA) -> str:
    """Return *pieces* as Ada gets them."""
    return fill_fields(pieces, reader, at=at)


def render_html(source: Article | Issue, **options: Any) -> str:  # Any: the fields of Issue
    """Return the HTML part of *source* as Ada gets it."""
    return fill_sample(render_sample(source, **options).html)


def render_text(source: Article | Issue, **options: Any) -> str:  # Any: the fields of Issue
    """Return the text part of *source* as Ada gets it."""
    return fill_sample(render_sample(source, **options).text)


# Sample issues

APPEAL = Appeal(
    heading="Keep the bell ringing",
    text="About one reader in thirty pays for all the others.\n\n"
    'If this one was worth it, {{ name | "reader" }}, give.',
    bullets=("fees for those who write it", "an archive that stays open"),
    button="Give to The Tern",
    url="https://tern.example.org/give",
    amounts=(
        AppealAmount(minor=1000),
        AppealAmount(minor=2500, is_suggested=True),
        AppealAmount(minor=750),
        AppealAmount(minor=500, frequency=Frequency.MONTHLY),
    ),
    currency="GBP",
    refcode="letter",
    match="Until Sunday every gift is doubled by the harbour board.",
    disclosure="The Tern is published by a charity. You can stop a monthly gift at any time.",
)

#: Everything that an appeal can have, in the words of docs/reference/appeals.md.
WHOLE_APPEAL = Appeal(
    heading="Keep the lamp lit",
    text="The Lantern is four long issues a year.\n\n"
    "If this one was worth it, we would be glad of the price of a loaf.",
    bullets=("fees for those who write it", "an archive that stays open"),
    button=None,
    url="https://lantern.example.org/give",
    amounts=(
        *(AppealAmount(minor=minor) for minor in (500, 1000, 2500, 5000)),
        AppealAmount(minor=300, frequency=Frequency.MONTHLY),
        AppealAmount(minor=500, frequency=Frequency.MONTHLY, is_suggested=True),
        AppealAmount(minor=1000, frequency=Frequency.MONTHLY),
    ),
    currency="GBP",
    refcode="lantern_dlp4",
    match="Every gift is doubled by the harbour board.",
    match_times=Decimal(2),
    goal=Goal(minor=1_000_000, raised_minor=620_000),
    deadline=datetime(2026, 12, 31, 18, tzinfo=UTC),
    after_deadline="The match is over. Thank you.",
    disclosure="The Lantern Quarterly is published by a charity. You can stop a monthly gift at any time.",
)
#: Every kind of block and inline at least once.
EVERYTHING = article(
    para(
        "The bell hung above the ",
        Strong(inlines=inlines("old slip")),
        " for ",
        Emphasis(inlines=inlines("ninety years")),
        ",",
        ref(1),
        " and nobody asked why. It weighs 40 kg, or ",
        Strike(inlines=inlines("six")),
        " seven stone; its bronze is Cu",
        Subscript(inlines=inlines("5")),
        "Sn, its mouth 0.2 m",
        Superscript(inlines=inlines("2")),
        " wide, ",
        Highlight(
            inlines=inlines("all of it ", link("https://tern.example.org/cast", "cast here"))
        ),
        ". ",
        Small(inlines=inlines("Measured by hand.")),
    ),
    heading("What the log says", anchor="log"),
    para(
        "The ",
        link("https://archive.example.org/logs/1931?page=2&view=full", "harbour log of 1931"),
        " names three ringers",
        ref(2),
        " and one ",
        InlineCode(code="RING_TWICE"),
        " order; see ",
        link("#log", "above"),
        ", or write to ",
        link("mailto:desk@tern.example.org", "desk@tern.example.org"),
        ".",
    ),
    Quote(
        blocks=(
            para("Ring it when the fog comes, and ring it when it goes."),
            para("Never ring it for weddings.", ref(1)),
        ),
        attribution="Harbourmaster Ines Calloway, 1931",
    ),
    bullets(
        "rope, tarred, eleven fathoms of it, kept in the loft above the ticket office and never once replaced",
        (
            para("tools:"),
            bullets("a marlinspike", (para("oil"), bullets("whale", "linseed", start=3))),
        ),
        "patience",
    ),
    bullets((para("First, wait."), para("Then wait again.")), "Ring.", start=1),
    heading("The figures", level=3),
    Table(
        header=(cell("Year"), cell("Ferries"), cell("Fog days", align="right")),
        rows=(
            (cell("1931"), cell("412"), cell("61", align="right")),
            (cell("1932"), cell("398", ref(3)), cell("74", align="right")),
        ),
        caption=inlines("Crossings and fog"),
    ),
    Code(code="if fog:\n    ring()  # twice", language="python"),
    Figure(
        src="https://tern.example.org/bell.jpg",
        alt='A bell marked "1841"',
        caption=inlines("The bell in its frame, ", Emphasis(inlines=inlines("2019"))),
        credit="Olu Marsh",
        href="https://tern.example.org/bell",
    ),
    Rule(),
    Definitions(
        items=(
            Definition(term=inlines("slip"), blocks=(para("a slope that runs into the water"),)),
            Definition(term=inlines("fathom"), blocks=(para("six feet"), para("or 1.83 m"))),
        )
    ),
    Embed(href="https://video.example.org/watch?v=bell", title="The bell, ringing (2 min)"),
    para("One line.", Break(), "Another line.", ref(4)),
    subtitle="What a harbour hears",
    byline="Mara Quill",
    published=date(2026, 3, 1),
    language="en",
    canonical_url="https://tern.example.org/ferry-bell",
    lead_image=Figure(src="https://tern.example.org/slip.jpg", alt="The slip at low water"),
    notes=(
        note(1, para("Calloway gives ", Emphasis(inlines=inlines("ninety-one")), ".")),
        note(
            2,
            para(
                "They were Obi, Tamsin and the boy; ", link("https://archive.example.org/r", "roll")
            ),
            bullets("Obi rang till 1934", "Tamsin till 1940"),
        ),
        note(3, para("Corrected from 389.", ref(4)), para("The ledger is wrong.")),
        note(4, "Fog in the evening does not count."),
    ),
    has_fields=True,
)

ARABIC = article(
    para(
        "كان الجرس معلقاً فوق ",
        Strong(inlines=inlines("المرسى القديم")),
        " تسعين سنة،",
        ref(1),
        " ولم يسأل أحد.",
    ),
    heading("ما يقوله السجل"),
    Quote(blocks=(para("اقرعه حين يأتي الضباب، واقرعه حين يرحل."),), attribution="قبطان الميناء"),
    bullets("حبل مقطّر طوله عشرون متراً", (para("أدوات:"), bullets("زيت", "إبرة"))),
    bullets("انتظر أولاً.", "ثم اقرع.", start=1),
    Table(
        header=(cell("السنة"), cell("العبّارات")),
        rows=((cell("1931"), cell("412")), (cell("1932"), cell("398"))),
    ),
    Code(code="ring(2)"),
    para("انظر ", link("https://archive.example.org/ar", "السجل"), " أو العدد 1 < 2."),
    title="جرس العبّارة",
    subtitle="ما يسمعه الميناء",
    byline="مارا كويل",
    published=date(2026, 3, 1),
    language="ar",
    notes=(note(1, "يقول السجل إحدى وتسعين."),),
)

JAPANESE = article(
    para(
        "鐘は九十年のあいだ、",
        Strong(inlines=inlines("古い船着き場")),
        "の上に掛かっていた。",
        ref(1),
        "誰もその理由を尋ねなかった。霧が来れば鳴らし、霧が去ればまた鳴らす。それだけのことだったが、港の人々は皆その音を覚えている。",
    ),
    heading("日誌に書かれていること"),
    Quote(blocks=(para("霧が来たら鳴らせ。霧が去ったら鳴らせ。"),), attribution="港長、一九三一年"),
    bullets("縄、二十メートル", "油", "忍耐"),
    Table(
        header=(cell("年"), cell("便数")),
        rows=((cell("1931"), cell("412")), (cell("昭和七年"), cell("398"))),
    ),
    para("詳しくは", link("https://archive.example.org/ja", "港の日誌"), "を見よ。"),
    title="渡し船の鐘",
    subtitle="港が聴いているもの",
    byline="久井 真良",
    published=date(2026, 3, 1),
    language="ja",
    notes=(note(1, "日誌によれば九十一年。"),),
)

WITH_APPEAL = make_issue(
    EVERYTHING,
    subject='A bell, {{ name | "reader" }}',
    preheader="What a harbour hears when nobody listens",
    appeals=(APPEAL,),
)
ARABIC_WITH_APPEAL = make_issue(ARABIC, language="ar", preheader="رسالة الشهر", appeals=(APPEAL,))
JAPANESE_WITH_APPEAL = make_issue(JAPANESE, language="ja", appeals=(APPEAL,))
#: An appeal with every key, a variant without buttons, and a text for after its deadline.
FULL_APPEAL = replace(
    APPEAL,
    match_times=Decimal(2),
    goal=Goal(minor=1_000_000, raised_minor=620_000),
    deadline=AT + timedelta(days=30),
    after_deadline="The board has doubled it all. Thank you.",
    variants=(
        AppealVariant(
            field="donor",
            values=("monthly",),
            appeal=Appeal(heading="Thank you", text="You paid for this letter.", needs_link=False),
        ),
    ),
)
WITH_FULL_APPEAL = make_issue(
    article("The bell hung above the slip for ninety years."), appeals=(FULL_APPEAL,)
)
ISSUES = {
    "in-full": WITH_FULL_APPEAL,
    "everything": WITH_APPEAL,
    "arabic": ARABIC_WITH_APPEAL,
    "japanese": JAPANESE_WITH_APPEAL,
}
AT_START_AND_END = (Position(after=0), Position(after=2), Position())
