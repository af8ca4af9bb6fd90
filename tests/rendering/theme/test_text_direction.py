"""Every theme mirrors right-to-left emails, and each client finds its own rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pipeline.models.article import (
    Block,
    Cell,
    Code,
    Definition,
    Definitions,
    Embed,
    Figure,
    Heading,
    InlineCode,
    List,
    Quote,
    Rule,
    Table,
    Text,
)
from pipeline.models.tree import map_nodes
from tests.rendering.html_reader import Element, Page, comments, styles
from tests.rendering.sample_issues import (
    APPEAL,
    PUBLICATION,
    THEMES,
    WITH_APPEAL,
    article,
    bullets,
    cell,
    fill_sample,
    heading,
    inlines,
    link,
    make_issue,
    note,
    para,
    ref,
    render_html,
    render_sample,
    theme,
)

#: Every kind of block, without anything that names a side itself.
BOTH_WAYS = article(
    para("A bell.", ref(1), " ", link("https://e.example.org", "A link"), InlineCode(code="x")),
    *(heading(f"Heading {level}", level) for level in range(2, 7)),
    Quote(blocks=(para("Ring it."), para("Twice.")), attribution="The harbourmaster"),
    bullets("one", (para("two"), bullets("three", bullets("four", start=1)))),
    Table(
        caption=inlines("Crossings"),
        header=tuple(map(cell, "abcd")),
        rows=(tuple(map(cell, "1234")), tuple(map(cell, "5678"))),
    ),
    Code(code="ring()"),
    Figure(
        src="https://e.example.org/a.png", alt="A bell", caption=inlines("A bell"), credit="O. M."
    ),
    Definitions(items=(Definition(term=inlines("slip"), blocks=(para("a slope"), para("wet"))),)),
    Embed(href="https://video.example.org", title="The bell, ringing"),
    Rule(),
    title="The bell",
    subtitle="What it says",
    byline="M. Q.",
    notes=(note(1, "Ninety-one."),),
)
OTHER = {"left": "right", "right": "left", "ltr": "rtl", "rtl": "ltr"}


def sides(element: Element, *, is_mirrored: bool) -> Iterator[tuple[str, str]]:
    """Yield what in *element* belongs to a side, the other way round if it *is_mirrored*."""
    said = {"align": element.attributes.get("align", ""), **element.styles}
    for name, value in said.items():
        if is_mirrored:
            name = re.sub(r"left|right", lambda match: OTHER[match[0]], name)
            value = OTHER.get(value, value)
        if re.search("left|right|align|direction", name) and value not in ("", "0", "0px"):
            yield name, value


def all_sides(html: str, *, is_mirrored: bool = False) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what belongs to a side in each element, in order; names set apart and code are as they are."""
    return [
        (element.tag, sorted(sides(element, is_mirrored=is_mirrored)))
        for element in Page(html).root
        if element.tag not in ("span", "pre")
    ]


def write_in_hebrew(node: Any) -> Any:
    """Replace the alphabet of a text."""
    texts = {Text: "text", Quote: "attribution", Embed: "title", Figure: "credit"}
    name = texts.get(type(node))
    value = getattr(node, name) if name else None
    return replace(node, **{name: re.sub("[A-Za-z]", "א", value)}) if name and value else node


@pytest.mark.parametrize("in_theme", THEMES)
def test_right_to_left_email_is_mirrored(in_theme: str) -> None:
    """Indents, bars, gaps and alignments of every block and of the appeal change sides, and nothing else does."""
    options = {"preheader": "A bell", "appeals": (APPEAL,), "in_theme": in_theme}
    left = all_sides(render_html(BOTH_WAYS, language="en", **options))
    hebrew = map_nodes(BOTH_WAYS, write_in_hebrew)
    texts: dict[str, Any] = {
        name: re.sub("[A-Za-z]", "א", getattr(APPEAL, name))
        for name in ("heading", "text", "button", "match", "disclosure")
    }
    bullets = tuple(re.sub("[A-Za-z]", "א", bullet) for bullet in APPEAL.bullets)
    options["appeals"] = (replace(APPEAL, bullets=bullets, **texts),)
    right = all_sides(render_html(hebrew, language="he", **options), is_mirrored=True)

    assert 40 < sum(bool(found) for _, found in left)
    assert left == right


@pytest.mark.parametrize("in_theme", THEMES)
def test_head_has_rules_for_each_client(in_theme: str) -> None:
    """
    Both color schemes, the attributes of Outlook's apps, the rules of classic Outlook; in sheets that Gmail
    accepts.
    """
    html = render_html(WITH_APPEAL, in_theme=in_theme)
    sheets = [re.sub(r"^<style[^>]*>|</style>$", "", sheet) for sheet in styles(html)]
    (dark,) = (sheet for sheet in sheets if "prefers-color-scheme" in sheet)
    (marked,) = (sheet for sheet in sheets if "[data-ogsc]" in sheet)
    metas = {
        e.attributes.get("name"): e.attributes.get("content") for e in Page(html).root.all("meta")
    }

    assert ("light dark", "light dark") == (metas["color-scheme"], metas["supported-color-schemes"])
    assert "width=device-width, initial-scale=1" == metas["viewport"]
    assert ":root{color-scheme:light dark" in dark
    for token in ("background", "surface", "text", "muted", "accent", "accent_text"):
        colour = getattr(theme(in_theme).tokens.dark, token)
        assert colour in dark
        assert colour in marked
    assert 16 * 1024 > len(
        "".join(sheets).encode()
    )  # caniemail, html-style: Gmail drops what is beyond
    assert (
        "prefers-color-scheme" not in marked
    )  # Gmail drops a whole sheet for one rule it cannot read
    for_outlook = "".join(
        comment for comment in comments(html) if comment.startswith("<!--[if mso")
    )
    assert "<o:PixelsPerInch>96</o:PixelsPerInch>" in for_outlook
    assert "mso-line-height-rule:exactly" in for_outlook


@pytest.mark.parametrize("in_theme", THEMES)
def test_buttons_are_cells(in_theme: str) -> None:
    """Classic Outlook, which knows neither padding nor round corners of a link, draws the cell in its color."""
    page = Page(render_html(WITH_APPEAL, in_theme=in_theme))
    buttons = [e for e in page.root.all("td") if {"solid", "outline"} & set(e.classes)]

    assert 4 == len(buttons)
    for button in buttons:
        (link,) = button.all("a")
        assert "48" == button.attributes["height"]
        assert {"border", "background-color"} & button.styles.keys()
        assert "block" == link.styles["display"]
        assert link.attributes["href"].startswith("https://tern.example.org/give?")


@pytest.mark.parametrize("in_theme", THEMES)
def test_footer_has_what_the_publication_sets(in_theme: str) -> None:
    """Past issues, a subscription, a word on replies: in both parts, or in neither; a thumb finds Unsubscribe."""
    publication = replace(
        PUBLICATION,
        past_issues="https://tern.example.org/issues",
        subscribe_url="https://tern.example.org/join",
        welcomes_replies=True,
    )
    asked = ["/issues", "/join", "Forwarded this email?", "it reaches us"]
    for edition, expected in (
        (
            render_sample(make_issue(article("x"), publication=publication), in_theme=in_theme),
            asked,
        ),
        (render_sample(article("x"), in_theme=in_theme), []),
    ):
        for part in (edition.html, edition.text):
            assert expected == [words for words in asked if words in fill_sample(part)]
        (row,) = (
            e for e in Page(fill_sample(edition.html)).root.all("p") if "Unsubscribe" in e.text()
        )
        link = row.all("a")[0].styles
        sizes = (row.styles["line-height"], link["padding-top"], link["padding-bottom"])
        assert ("24px", "6px", "6px") == sizes


HEBREW = "מגדל המים נבנה בשנת 1911 (כך כתוב)."
ENGLISH = "The tower was built in 1911 (so they say)."


def find_directions(html: str, text: str) -> list[tuple[str, str, str]]:
    """Return tag, direction and alignment of each element with a direction whose text begins with *text*."""
    return [
        (element.tag, element.attributes["dir"], element.styles.get("text-align", ""))
        for cell in Page(html).prose
        for element in cell
        if "dir" in element.attributes and element.text().strip().startswith(text)
    ]


def list_other_blocks(text: str) -> tuple[Block, ...]:
    """Return one block of each kind with *text*."""
    words = para(text)
    return (
        words,
        Heading(level=2, anchor="h", inlines=inlines(text)),
        Quote(blocks=(words,)),
        List(ordered=True, items=((words,), (words,))),
        Definitions(items=(Definition(term=inlines(text), blocks=(words,)),)),
        Figure(src="https://e.example.org/a.png", alt="x", caption=inlines(text)),
    )


@pytest.mark.parametrize(
    ("language", "own", "other", "direction", "side"),
    [("en", ENGLISH, HEBREW, "rtl", "right"), ("he", HEBREW, ENGLISH, "ltr", "left")],
)
def test_blocks_of_the_other_direction(
    language: str, own: str, other: str, direction: str, side: str
) -> None:
    """A quotation, heading, item, caption or note of another script is set in its direction; nothing else is."""
    blocks = list_other_blocks(other)
    html = render_html(article(para(own), *blocks, notes=(note(1, other),)), language=language)
    directions = find_directions(html, other)

    assert {"p", "h2", "blockquote", "ol", "dl", "div"} <= {found[0] for found in directions}
    assert {(direction, side)} == {found[1:] for found in directions if found[0] != "span"}
    assert [] == find_directions(html, own)
    mixed = Quote(blocks=(para(own), para(own), para(other)))
    html = render_html(article(para(own), mixed), language=language)
    assert [("p", direction, side)] == find_directions(html, other)


def test_items_and_cells_of_the_other_direction() -> None:
    """One item of a list, one cell of a table and its caption."""
    items = List(ordered=False, items=((para(ENGLISH),), (para(ENGLISH),), (para(HEBREW),)))
    cells = tuple(Cell(blocks=(para(text),)) for text in (ENGLISH, ENGLISH, HEBREW))
    table = Table(rows=(cells, cells[:2]), caption=inlines(HEBREW))
    html = render_html(article(items, table))

    assert [("div", "rtl", "right"), ("span", "rtl", ""), ("div", "rtl", "right")] == (
        find_directions(html, HEBREW)
    )
    assert [] == find_directions(html, ENGLISH)


ARABIC = "هذه فقرة بالعربية عن السفينة القديمة (1911) التي وصلت إلى الميناء."
FRENCH = "Le bateau est arrivé au port pendant la nuit, et personne ne savait d'où il venait ni ce qu'il portait."


def find_languages(html: str, *, tags: tuple[str, ...] = ("p", "h2", "blockquote")) -> list[str]:
    """Return the language of each block of the article that has one of its own."""
    page = Page(html)
    return [e.attributes["lang"] for e in page.root.all(*tags) if "lang" in e.attributes]


def test_blocks_have_their_language() -> None:
    """Another script tells it from a few characters, Latin script only from a sentence; what is uncertain has none."""
    source = article(
        para("The inscription was read to me by the ferryman, and this is what it said."),
        para(ARABIC),
        heading("שלום"),
        Quote(blocks=(para(FRENCH),)),
        para("Le bateau."),
        para("Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor."),
        para("The word was ", "מגדל", ", and nobody in the harbour knew what it meant."),
    )

    assert ["ar", "he", "fr"] == find_languages(render_html(source))
    assert ["en"] == find_languages(
        render_html(article(para(ARABIC), para(ENGLISH * 2)), language="ar")
    )


@pytest.mark.parametrize("in_theme", THEMES)
def test_quotes_of_the_other_direction_are_turned(in_theme: str) -> None:
    """Their bar is on the side where their lines begin, and they are upright: Arabic has no italics."""
    source = article(
        para(ENGLISH), Quote(blocks=(para(ARABIC),)), Quote(blocks=(para(ENGLISH), para(HEBREW)))
    )
    one, other = Page(render_html(source, in_theme=in_theme)).root.find_class("quote")
    styles = one.styles

    assert "normal" == styles["font-style"]
    assert "0" == styles["border-left"]
    assert styles["padding-left"] == styles["padding-right"] or "0" == styles["padding-left"]
    has_bar = "solid" in other.styles["border-left"]
    assert (in_theme in ("default", "plain")) is has_bar
    if has_bar:
        assert "solid" in styles["border-right"]
        assert styles["padding-right"] in ("16px", "22px")
    assert "border-right" not in other.styles or not has_bar
    assert "normal" == other.all("p")[1].styles["font-style"]


def test_references_keep_their_side_in_other_blocks() -> None:
    """In a Hebrew paragraph of an English email too a mark keeps a year and a reference apart."""
    source = article(para("See 1929.", ref(1)), para(HEBREW, ref(1)), notes=(note(1, "Said."),))
    first, second = Page(render_html(source)).root.all("p")[:2]

    assert "\u200f" not in first.text()
    assert "\u200f" in second.text()


def test_titles_are_isolated() -> None:
    """A Hebrew title in an English email has its direction and language; the window's title has no tags."""
    html = render_html(article(para(ENGLISH), title=HEBREW, subtitle="A subtitle"))
    (h1,) = Page(html).root.all("h1")
    (span,) = h1.all("span")

    assert ("he", "rtl", "right") == (
        span.attributes["lang"],
        span.attributes["dir"],
        span.styles["text-align"],
    )
    assert f"<title>{HEBREW}</title>" in html


def test_configured_words_have_the_language_of_the_publication() -> None:
    """Name, address and appeal, in an email of another language; text that already is in that language has none."""
    page = Page(render_html(article(ARABIC), language="ar", appeals=(APPEAL,)))
    english = {e.text() for e in page.root.all("span") if e.attributes.get("lang") == "en"}
    own = replace(APPEAL, heading="", text=ARABIC, bullets=(), match="", disclosure="", button="")
    arabic = Page(render_html(article(ARABIC), language="ar", appeals=(own,))).root
    (box,) = arabic.find_class("appeal")

    assert {"The Tern", "3 Slip Lane", APPEAL.heading, APPEAL.button, APPEAL.match} <= english
    assert set(APPEAL.bullets) <= english
    assert [] == [e for e in box if "lang" in e.attributes]
    same = Page(render_html(article("Text."), appeals=(APPEAL,))).root
    assert [] == [e for e in same.all("span") if "lang" in e.attributes]


def test_no_sentence_is_joined_to_one_in_another_language() -> None:
    """The example of a match has its own line, in both parts; in one language it follows in the same paragraph."""
    appeal = replace(APPEAL, match_times=Decimal(2))
    edition = render_sample(make_issue(article(ARABIC), language="ar", appeals=(appeal,)))
    one = render_sample(make_issue(article("x"), appeals=(appeal,)))
    html, text = fill_sample(edition.html), fill_sample(edition.text)

    assert re.search(rf"{re.escape(APPEAL.match)}</span><!--\[if mso\]><br", html.replace("\n", ""))
    assert f"\n{APPEAL.match}\n" in text
    assert f"{APPEAL.match} " in fill_sample(one.text).replace("\n", " ")
    assert f"{APPEAL.match} " in fill_sample(one.html)


GERMAN = replace(
    APPEAL,
    heading="Spenden",
    text="Wer den Brief gern liest, kann mit einer Spende dafür sorgen, dass er auch im nächsten Jahr erscheint.",
    bullets=(),
    match="",
    disclosure="",
    button="Spenden",
)


@pytest.mark.parametrize(
    ("language", "publication", "appeal", "expected"),
    [
        ("en", "en", APPEAL, []),
        ("en-GB", "en", APPEAL, []),
        ("ar", "en", APPEAL, ["appeal.language"]),
        ("de", "en", APPEAL, ["appeal.language"]),
        ("de", "en", GERMAN, []),
    ],
)
def test_an_appeal_in_another_language_gets_a_warning(
    language: str, publication: str, appeal: Any, expected: list[str]
) -> None:
    """Whether the configuration says so or its words do."""
    issue = make_issue(
        article("x"),
        language=language,
        publication=replace(PUBLICATION, language=publication),
        appeals=(appeal,),
    )

    assert expected == [
        f.code for f in render_sample(issue).findings if f.code == "appeal.language"
    ]
