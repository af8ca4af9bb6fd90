"""The HTML is sound: anchors lead somewhere, headings are in order, nothing stands in it that a mail must not hold."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given

from pipeline.errors import RenderError
from pipeline.models.article import Article, Code, Figure, List, NoteRef, Quote, Table
from pipeline.models.issue import Appeal, Issue, NoteAnchors, Position
from pipeline.models.tree import walk
from pipeline.rendering.translations import ENGLISH, load_translations
from tests.rendering.html_reader import Element, Page
from tests.rendering.sample_issues import (
    AT_START_AND_END,
    EVERYTHING,
    LETTERS,
    THEMES,
    article,
    bullets,
    cell,
    heading,
    html_of,
    issue_of,
    link,
    note,
    para,
    ref,
    rendered,
    shown,
    text_of,
)
from tests.rendering.test_round_trip import ANCHORS, IN_THEME, LANGUAGES, READER
from tests.strategies import articles

TAGS = frozenset(
    "p a strong em s sup sub small code br img h2 h3 h4 h5 h6 ul ol li blockquote pre table caption thead tbody tr"
    " th td dl dt dd hr span div".split()
)
ATTRIBUTES = frozenset(
    "href title id name role aria-label class style src alt width border start scope colspan rowspan cellpadding"
    " cellspacing dir".split()
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
SCHEMES = frozenset({"http", "https", "mailto", "tel"})


def page_of(source: Article | Issue, **options: Any) -> Page:  # Any: as rendered() takes them
    return Page(shown(rendered(source, **options).html, reader=READER))


@given(articles(), LANGUAGES, IN_THEME, ANCHORS)
def test_any_article_makes_a_sound_page(
    source: Article, language: str, name: str, anchors: NoteAnchors
) -> None:
    """Whatever an article holds, its page is sound, in every theme, direction and kind of reference."""
    page = page_of(source, in_theme=name, language=language, note_anchors=anchors)

    assert_sound(page)
    if anchors is NoteAnchors.MAIL:
        assert_notes_can_be_read(page, source)


@pytest.mark.parametrize("in_theme", THEMES)
@pytest.mark.parametrize("name", LETTERS)
def test_whole_letters_make_a_sound_page(name: str, in_theme: str) -> None:
    """So are whole letters with their asks."""
    page = page_of(LETTERS[name], in_theme=in_theme)

    assert_sound(page)
    assert_notes_can_be_read(page, LETTERS[name].article)


def assert_sound(page: Page) -> None:
    assert ["DOCTYPE html"] == page.doctypes
    assert [] == [name for name, count in Counter(page.ids).items() if count > 1]
    anchors = {*page.ids, *(e.attributes.get("name", "") for e in page.root.all("a"))}
    jumps = [unquote(href[1:]) for href in page.links if href.startswith("#")]
    assert [] == [name for name in jumps if name not in anchors or name not in page.ids]
    assert_headings_in_order(page)
    assert [] == [e for e in page.root if "target" in e.attributes]
    assert_harmless(page)
    for part in page.prose:
        assert set() == {e.tag for child in part.children for e in within(child)} - TAGS
        found = {name for child in part.children for e in within(child) for name in e.attributes}
        assert set() == found - ATTRIBUTES


def within(child: Element | str) -> list[Element]:
    return [] if isinstance(child, str) else list(child)


def assert_headings_in_order(page: Page) -> None:
    levels = [int(e.tag[1]) for e in page.root if e.tag in HEADINGS]
    assert 1 == levels.count(1)
    assert 1 == levels[0]
    assert [] == [pair for pair in pairwise(levels) if pair[1] > pair[0] + 1]


def assert_harmless(page: Page) -> None:
    """No script, no frame, no form, nothing loaded but pictures over https or from the message itself."""
    tags = {e.tag for e in page.root}
    assert set() == tags & {
        "script",
        "iframe",
        "form",
        "input",
        "object",
        "embed",
        "link",
        "base",
        "svg",
    }
    assert set() == {a for e in page.root for a in e.attributes if a.startswith("on")}
    assert set() == {urlsplit(h).scheme for h in page.links if not h.startswith("#")} - SCHEMES
    pictures = {urlsplit(e.attributes["src"]).scheme for e in page.root.all("img")}
    assert set() == pictures - {"https", "cid"}
    styles = " ".join(e.attributes.get("style", "") for e in page.root)
    assert "url(" not in styles
    assert "@import" not in "".join(e.text() for e in page.root.all("style"))


def assert_notes_can_be_read(page: Page, source: Article) -> None:
    """Each note has its number by its place in one list, its anchor, and a way back to each place that cites it."""
    language = page.root.all("html")[0].attributes["lang"]
    lists = [e for e in page.root if e.attributes.get("role") == "doc-endnotes"]
    items = [
        item
        for found in lists
        for item in found.all("li")
        if item.parent in found.children and item.parent.tag == "ol"
    ]
    assert [f"fn{n.number}" for n in source.notes] == [item.attributes["id"] for item in items]
    cited = [e for e in page.root if e.attributes.get("role") == "doc-noteref"]
    back = [e for e in page.root if e.attributes.get("role") == "doc-backlink"]
    assert sum(isinstance(n, NoteRef) for n in shown_nodes(source)) == len(cited)
    assert sorted(f"#{e.attributes['id']}" for e in cited) == sorted(
        e.attributes["href"] for e in back
    )
    for n in source.notes:
        found = [e.attributes["id"] for e in cited if e.text() == str(n.number)]
        counts = range(2, len(found) + 1)
        assert [f"fnref{n.number}", *(f"fnref{n.number}-{c}" for c in counts)][
            : len(found)
        ] == found
    for reference in cited:
        assert f"#fn{reference.text()}" == reference.attributes["href"]
        label = load_translations(language).note.format(number=reference.text())
        assert label == reference.attributes["aria-label"]
    for way in back:
        item = next(item for item in items if way in list(item))
        reference = next(e for e in cited if way.attributes["href"] == f"#{e.attributes['id']}")
        assert f"#{item.attributes['id']}" == reference.attributes["href"]


def shown_nodes(source: Article) -> list[object]:
    return list(walk((source.lead_image or (), source.blocks, source.notes)))


# Notes


def test_a_note_cited_twice_has_two_ways_back() -> None:
    """A repeated reference has an id of its own, and the note a letter for each, with words for a screen reader."""
    page = Page(
        html_of(article(para("One", ref(1), " and two", ref(1), "."), notes=(note(1, "Said."),)))
    )

    back = page.root.of_class("back")

    assert ["fnref1", "fnref1-2"] == [i for i in page.ids if i.startswith("fnref")]
    assert [ENGLISH.back, "a", "b"] == [e.text().strip() for e in back]
    assert ["Back to reference 1a", "Back to reference 1b"] == [
        e.attributes["aria-label"] for e in back[1:]
    ]


def test_ways_back_stay_on_the_line_of_their_words() -> None:
    """The words and the first letter behind them are one line, and so is each way back."""
    html = html_of(article(para("One", ref(1), " and two", ref(1), "."), notes=(note(1, "Said."),)))

    assert f">{ENGLISH.back}\u00a0</span><a" in html
    assert re.search(r"\.back {[^}]*white-space: nowrap", html)


@pytest.mark.parametrize(
    ("before", "is_held"),
    [("数える。", True), ("「数」", True), ("end.", False), ("\U0001f514", False)],
)
def test_a_reference_begins_no_line(before: str, is_held: bool) -> None:
    """Behind an East Asian sign a line may end; the reference, and one that follows it, are held to that sign."""
    notes = (note(1, "A."), note(2, "B."))
    html = html_of(article(para(before, ref(1), ref(2), "次"), notes=notes))
    page = Page(html)

    assert is_held == (f'<span style="white-space:nowrap">{before[-1]}<a name="fnref1">' in html)
    assert_sound(page)
    assert f"{before}1,\u00a02次" in "".join(page.root.all("body")[0].text().split(" "))


def test_a_note_that_ends_in_a_list_has_its_way_back_below() -> None:
    """The way back follows the last paragraph, or stands in one of its own."""
    page = Page(html_of(article(para("One", ref(1)), notes=(note(1, "Two:", bullets("a", "b")),))))

    (item,) = (e for e in page.root.all("li") if e.attributes.get("id") == "fn1")

    assert f"Two: a b {ENGLISH.back}" == item.text()


def test_a_note_holds_whatever_an_article_holds() -> None:
    """Paragraphs, a quote, a table with a link and code stand in a note one after the other, its way back last."""
    rows = Table(rows=((cell("1931"), cell(link("https://e.example.org/r", "the roll"))),))
    source = article(
        para("One", ref(1)),
        notes=(note(1, "A.", "B.", Quote(blocks=(para("C."),)), Code(code="d()"), rows),),
    )
    page = Page(html_of(source))
    (item,) = (e for e in page.root.all("li") if e.attributes.get("id") == "fn1")

    assert f"A. B. C. d() 1931 the roll {ENGLISH.back}" == item.text()
    assert "https://e.example.org/r" in [a.attributes.get("href") for a in item.all("a")]
    assert_sound(page)
    assert "[1] A.\n\n    B.\n\n    > C.\n\n        d()\n\n    1931  the roll <" in text_of(source)


def test_references_may_lead_to_the_web() -> None:
    """With `anchors = "web"` a reference leads to the article's page, and the note to nowhere."""
    source = article(
        para("One", ref(1)),
        notes=(note(1, "Said."),),
        canonical_url="https://e.example.org/a#top",
    )
    page = Page(html_of(source, note_anchors=NoteAnchors.WEB))

    assert "https://e.example.org/a#fn1" in page.links
    assert [] == [e for e in page.root if e.attributes.get("role") == "doc-backlink"]


@pytest.mark.parametrize("anchors", [NoteAnchors.MAIL, NoteAnchors.WEB])
def test_notes_can_be_read_on_the_web(anchors: NoteAnchors) -> None:
    """Some programs jump nowhere; where there is a web version, a link to it stands over the notes."""
    source = article(
        para("One", ref(1)),
        notes=(note(1, "Said."),),
        canonical_url="https://e.example.org/a#top",
    )
    (notes,) = Page(html_of(source, note_anchors=anchors)).root.of_class("endnotes")

    assert ["https://e.example.org/a"] == [
        a.attributes["href"] for a in notes.all("a") if a.text() == ENGLISH.notes_online
    ]
    assert ENGLISH.notes_online not in html_of(source, note_anchors=NoteAnchors.NONE)
    assert ENGLISH.notes_online not in html_of(replace(source, canonical_url=None))


def test_references_side_by_side_are_told_apart() -> None:
    """Two references next to each other have a comma between them, also where no style sets them apart."""
    source = article(
        para("One", ref(1), ref(2), " and ", ref(1), "."), notes=(note(1, "A."), note(2, "B."))
    )
    page = Page(html_of(source))
    (line,) = (e for cell in page.prose for e in cell.all("p") if e.text().startswith("One"))

    assert "One1,\u00a02 and 1." == line.text()


def test_a_note_cited_inside_a_note_leads_there_and_back() -> None:
    """A reference inside a note leads to the other note, whose way back leads into the first."""
    source = article(
        para("One", ref(1)),
        notes=(note(1, "See", para("also", ref(2), ref(1), ".")), note(2, "There.")),
    )
    page = Page(html_of(source))
    first, second = (e for e in page.root.all("li") if e.attributes.get("id", "")[:2] == "fn")

    assert ["fnref2", "fnref1-2"] == [
        e.attributes["id"] for e in first if e.tag == "a" and "id" in e.attributes
    ]
    assert ["#fnref1", "#fnref1-2"] == [
        e.attributes["href"] for e in first if e.attributes.get("role") == "doc-backlink"
    ]
    assert ["#fnref2"] == [
        e.attributes["href"] for e in second if e.attributes.get("role") == "doc-backlink"
    ]


def test_places_are_lettered_in_the_letters_own_script() -> None:
    """The places that cite one note bear letters of the letter's language, and so does what is read aloud."""
    source = article(para("أ", ref(1), " ب", ref(1)), notes=(note(1, "قال."),), language="ar")
    page = Page(html_of(source, language="ar"))
    back = [e for e in page.root if e.attributes.get("role") == "doc-backlink"]

    assert ["أ", "ب"] == [e.text() for e in back]
    assert ["العودة إلى المرجع 1أ", "العودة إلى المرجع 1ب"] == [
        e.attributes["aria-label"] for e in back
    ]


def test_more_places_than_letters_take_two_letters() -> None:
    """The twenty-seventh place that cites a note is aa."""
    source = article(para(*(ref(1) for _ in range(28))), notes=(note(1, "Said."),))
    page = Page(html_of(source))
    back = [e.text() for e in page.root if e.attributes.get("role") == "doc-backlink"]

    assert (28, ["z", "aa", "ab"]) == (len(back), back[-3:])


def test_references_to_the_web_need_an_address() -> None:
    """Without a canonical URL, `anchors = "web"` is as good as `"mail"`, ways back included."""
    source = article(para("One", ref(1)), notes=(note(1, "Said."),))

    assert html_of(source) == html_of(source, note_anchors=NoteAnchors.WEB)


def test_references_may_be_plain_numbers() -> None:
    """With `anchors = "none"` references are numbers and nothing more."""
    source = article(para("One", ref(1)), notes=(note(1, "Said."),))
    page = Page(html_of(source, note_anchors=NoteAnchors.NONE))

    assert ["1"] == [e.text() for e in page.root.all("sup")]
    assert [] == [href for href in page.links if href.startswith("#")]


def test_a_reference_inside_a_link_can_still_be_followed() -> None:
    """A link around a reference is cut in two, for a link inside a link is none to any parser."""
    source = article(
        para(link("https://e.example.org/x", "before ", ref(1), " after", title="T")),
        notes=(note(1, "Said."),),
    )
    page = Page(html_of(source))

    wanted = ["https://e.example.org/x", "#fn1", "https://e.example.org/x"]
    assert wanted == [h for h in page.links if h in wanted]
    assert [] == [e for a in page.root.all("a") for e in a.all("a") if e is not a]


# Headings and anchors


def test_heading_levels_follow_each_other() -> None:
    """The title is the only h1; levels of the source that skip or begin deep come out without a gap."""
    source = article(heading("A", 4), heading("B", 6), heading("C", 2), heading("D", 6), "x")
    page = Page(html_of(source))

    wanted = [("h1", "The Ferry Bell"), ("h2", "A"), ("h3", "B"), ("h2", "C"), ("h3", "D")]
    assert wanted == [(e.tag, e.text()) for e in page.root if e.tag in HEADINGS]


def test_an_untitled_letter_has_its_publication_as_heading() -> None:
    """A letter without a title has an h1 all the same: the name in its masthead."""
    page = Page(html_of(article("x", title=None)))

    assert ["The Tern"] == [e.text() for e in page.root.all("h1")]


def test_a_link_leads_to_its_heading() -> None:
    """A link to an anchor leads to the heading that bears it, by id and by name; in any script."""
    source = article(para(link("#節", "see")), heading("Two", anchor="節"))
    page = Page(html_of(source))

    (found,) = page.root.all("h2")
    assert "節" == found.attributes["id"] == unquote(found.all("a")[0].attributes["name"])
    assert "節" in [unquote(href[1:]) for href in page.links]


def test_an_anchor_borne_twice_is_told() -> None:
    """Of two headings with one anchor the first gets it, and a warning says so."""
    source = article(heading("One", anchor="x"), heading("Two", anchor="x"))

    assert ["x"] == [i for i in Page(html_of(source)).ids if i == "x"]
    assert ["anchor.duplicate"] == [finding.code for finding in rendered(source).findings]


def test_a_heading_cannot_take_the_id_of_a_note() -> None:
    """An anchor like `fn1` stays the note's."""
    source = article(heading("Mine", anchor="fn1"), para("x", ref(1)), notes=(note(1, "Said."),))
    page = Page(html_of(source))

    assert ["li"] == [e.tag for e in page.root if e.attributes.get("id") == "fn1"]


# Links


@pytest.mark.parametrize(
    ("href", "wanted"),
    [
        ("https://例え.example/道?q=é", "https://xn--r8jz45g.example/%E9%81%93?q=%C3%A9"),
        ("https://e.example.org/a b", "https://e.example.org/a%20b"),
        ("https://e.example.org/?a=1&b=2", "https://e.example.org/?a=1&b=2"),
        ("  https://e.example.org/ ", "https://e.example.org/"),
        ("https://e.example.org/%20x", "https://e.example.org/%20x"),
        ("mailto:a@e.example.org?subject=to leave", "mailto:a@e.example.org?subject=to%20leave"),
        ("page?x=a:b", "https://e.example.org/letters/page?x=a:b"),
        ("../up", "https://e.example.org/up"),
        ("//cdn.example.org/x", "https://cdn.example.org/x"),
        ("#elsewhere", "https://e.example.org/letters/one#elsewhere"),
    ],
)
def test_links_are_written_whole_and_in_ascii(href: str, wanted: str) -> None:
    """A link becomes absolute against the article's own address, its host in punycode, the rest percent-encoded."""
    source = article(para(link(href, "words")), canonical_url="https://e.example.org/letters/one")
    page = Page(html_of(source))

    assert [wanted] == [
        e.attributes["href"] for c in page.prose for e in c.all("a") if e.text() == "words"
    ]


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "JAVASCRIPT:x", "java\nscript:x", "data:text/html,x", "file:///x", "vbscript:x", "page",
     "https://", "https://[", "#nowhere", ""],
)  # fmt: skip
def test_what_a_mail_must_not_link_to_keeps_its_words(href: str) -> None:
    """Of an unusable link the words are kept, without the link, and a warning names it."""
    edition = rendered(article(para("See ", link(href, "these words"), ".")))

    assert "See these words." in Page(shown(edition.html)).root.text()
    assert "See these words." in shown(edition.text)
    assert ["link.unusable"] == [finding.code for finding in edition.findings]
    assert f'Emails cannot link to "{href[:120]}", so' in edition.findings[0].message


def test_a_link_without_words_shows_its_address() -> None:
    """A link around nothing says where it leads, in both parts."""
    source = article(para("x ", link("https://e.example.org/a")))

    assert "x https://e.example.org/a" in Page(html_of(source)).root.text()
    assert "x <https://e.example.org/a>" in text_of(source)


# Appeals found in the text


def test_a_found_appeal_shown_twice_keeps_ids_apart() -> None:
    """A quiet appeal with a reference and an anchor may stand at several positions."""
    said = (heading("Help", anchor="help"), para("Give", ref(1), "."))
    issue = issue_of(
        article("One.", "Two.", notes=(note(1, "Said."),)),
        appeals=(Appeal(blocks=said, is_muted=True, positions=AT_START_AND_END),),
    )
    page = page_of(issue)

    assert_sound(page)
    assert ["fnref1", "fnref1-2", "fnref1-3"] == [i for i in page.ids if i.startswith("fnref")]
    assert ["a", "b", "c"] == [e.text() for e in page.root.of_class("back")[1:]]


def test_a_heading_after_an_ask_does_not_skip_a_level() -> None:
    """The ask's own heading counts: what follows it is at most one level deeper."""
    source = article(heading("A"), heading("B", 3), "One.", heading("C", 4), "Two.")
    page = page_of(
        issue_of(source, appeals=(Appeal(heading="Give", positions=(Position(after=1),)),))
    )

    assert_headings_in_order(page)
    assert ["h2", "h3", "h2", "h3"] == [e.tag for e in page.root if e.tag in ("h2", "h3", "h4")]


# The shell


def test_language_and_direction_are_told() -> None:
    """The document and its article say language and direction; so does the hidden preheader."""
    page = page_of(LETTERS["arabic"])

    (document,) = page.root.all("html")
    told = [e for e in page.root if e.attributes.get("role") == "article"]
    told += [document, *page.root.of_class("preheader")]
    assert [("ar", "rtl")] * 3 == [(e.attributes["lang"], e.attributes["dir"]) for e in told]


def test_the_title_names_the_document() -> None:
    """The title is in `<title>` and names the article for those who listen, escaped in both."""
    title = 'A "B" <i> & </title><script>'
    html = html_of(article("x", title=title))
    page = Page(html)

    (found,) = page.root.all("title")
    told = next(e for e in page.root if e.attributes.get("role") == "article")
    assert [title] == found.children
    assert title == told.attributes["aria-label"]


def test_tables_of_the_shell_are_no_tables_to_a_screen_reader() -> None:
    """Every table but the article's own has `role="presentation"` or holds amount buttons."""
    page = page_of(issue_of(EVERYTHING))
    own = {id(e) for e in page.root.of_class("data")}

    loud = [e for e in page.root.all("table") if id(e) not in own]
    assert [] == [e for e in loud if e.attributes.get("role") != "presentation"]


def test_every_picture_has_an_alternative_text() -> None:
    """An `img` always has `alt`, exactly as written."""
    alt = "Say \"cheese\" {{ x }} 'so' & <b> \u00a0\U0001f468\u200d\U0001f469"
    picture = Figure(src="https://e.example.org/a.png", alt=alt)
    page = Page(html_of(article(picture, Figure(src="https://e.example.org/b.png"))))

    assert [alt, ""] == [e.attributes["alt"] for e in page.root.all("img")]


def nested(depth: int) -> List:
    """Return a list in a list in a list."""
    block = bullets("end")
    for _ in range(depth - 1):
        block = bullets((para("x"), block))
    return block


def test_deep_nesting_survives() -> None:
    """Lists a hundred deep come out a hundred deep."""
    page = Page(html_of(article(nested(100))))

    assert 100 == len([e for c in page.prose for e in c.all("ul")])


@pytest.mark.parametrize("depth", [130, 1000])
def test_what_is_nested_too_deeply_is_told(depth: int) -> None:
    """Nothing is cut off in silence where a parser gives up."""
    with pytest.raises(RenderError, match="nested too deeply"):
        rendered(article(nested(depth)))
