"""The HTML is sound: links have targets, headings are in order, and nothing in it is forbidden in emails."""

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
from pipeline.rendering.interface_texts import ENGLISH
from pipeline.rendering.translations import load_translations
from tests.rendering.html_reader import Element, Page
from tests.rendering.sample_issues import (
    AT_START_AND_END,
    EVERYTHING,
    ISSUES,
    THEMES,
    article,
    bullets,
    cell,
    fill_sample,
    heading,
    link,
    make_issue,
    note,
    para,
    ref,
    render_html,
    render_sample,
    render_text,
)
from tests.rendering.test_round_trip import ANCHORS, IN_THEME, LANGUAGES, READER
from tests.strategies import articles

TAGS = frozenset(
    "p a strong em s sup sub small code br img h2 h3 h4 h5 h6 ul ol li blockquote pre table caption thead tbody tr"
    " th td dl dt dd hr span div".split()
)
ATTRIBUTES = frozenset(
    "href title id name role aria-label class style src alt width border start scope colspan rowspan cellpadding"
    " cellspacing dir lang".split()
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
SCHEMES = frozenset({"http", "https", "mailto", "tel"})

#: The arrow of a back link.
BACK = "\u21a9\ufe0e"


def page_of(source: Article | Issue, **options: Any) -> Page:  # Any: as rendered() takes them
    return Page(fill_sample(render_sample(source, **options).html, reader=READER))


@given(articles(), LANGUAGES, IN_THEME, ANCHORS)
def test_any_article_gives_a_sound_page(
    source: Article, language: str, name: str, anchors: NoteAnchors
) -> None:
    """Whatever an article contains, its page is sound, in every theme, direction and with every kind of reference."""
    page = page_of(source, in_theme=name, language=language, note_anchors=anchors)

    assert_sound(page)
    if anchors is NoteAnchors.MAIL:
        assert_notes_can_be_read(page, source)


@pytest.mark.parametrize("in_theme", THEMES)
@pytest.mark.parametrize("name", ISSUES)
def test_samples_with_appeals_give_a_sound_page(name: str, in_theme: str) -> None:
    """The samples with appeals do too."""
    page = page_of(ISSUES[name], in_theme=in_theme)

    assert_sound(page)
    assert_notes_can_be_read(page, ISSUES[name].article)


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
    assert sum(isinstance(n, NoteRef) for n in list_nodes(source)) == len(cited)
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


def list_nodes(source: Article) -> list[object]:
    return list(walk((source.lead_image or (), source.blocks, source.notes)))


# Notes


def test_note_cited_twice_has_two_back_links() -> None:
    """A repeated reference has its own id, and the note a link for each, with a label for screen readers."""
    page = Page(
        render_html(
            article(para("One", ref(1), " and two", ref(1), "."), notes=(note(1, "Said."),))
        )
    )

    back = page.root.find_class("jump")

    assert ["fnref1", "fnref1-2"] == [i for i in page.ids if i.startswith("fnref")]
    assert [f"{BACK}a", f"{BACK}b"] == [e.text().strip() for e in back]
    assert ["Back to reference 1 a", "Back to reference 1 b"] == [
        e.attributes["aria-label"] for e in back
    ]


def test_back_link_names_its_reference() -> None:
    """An arrow, which a screen reader calls by the number of the reference."""
    page = Page(render_html(article(para("One", ref(1)), notes=(note(1, "Said."),))))
    (back,) = page.root.find_class("jump")

    assert (BACK, "Back to reference 1") == (back.text(), back.attributes["aria-label"])


def test_back_links_do_not_wrap() -> None:
    """The arrow and the character of a back link are on one line."""
    html = render_html(article(para("One", ref(1)), notes=(note(1, "Said."),)))

    assert re.search(r"\.back,\.jump{[^}]*white-space:nowrap", html)
    assert re.search(r"\.jump{[^}]*min-width:24px", html)


@pytest.mark.parametrize("before", ["数える。", "「数」", "end…", "day-", "\U0001f514"])
def test_references_never_start_a_line(before: str) -> None:
    """A word joiner keeps a reference on the line of what it follows; the next reference may be on another."""
    notes = (note(1, "A."), note(2, "B."))
    html = render_html(article(para(before, ref(1), ref(2), "次"), notes=notes))
    page = Page(html)

    assert f'{before}\u2060<a name="fnref1">' in html
    assert_sound(page)
    text = "".join(page.root.all("body")[0].text().split(" "))
    assert f"{before}1,\u00a02次" in text.replace("\u2060", "")


def test_back_link_follows_a_final_list() -> None:
    """The back link follows the last paragraph, or is in its own."""
    page = Page(
        render_html(article(para("One", ref(1)), notes=(note(1, "Two:", bullets("a", "b")),)))
    )

    (item,) = (e for e in page.root.all("li") if e.attributes.get("id") == "fn1")

    assert f"Two: a b {BACK}" == item.text()


def test_notes_can_contain_all_blocks() -> None:
    """Paragraphs, a quote, a table with a link and code, with the back link last."""
    rows = Table(rows=((cell("1931"), cell(link("https://e.example.org/r", "the roll"))),))
    source = article(
        para("One", ref(1)),
        notes=(note(1, "A.", "B.", Quote(blocks=(para("C."),)), Code(code="d()"), rows),),
    )
    page = Page(render_html(source))
    (item,) = (e for e in page.root.all("li") if e.attributes.get("id") == "fn1")

    assert f"A. B. C. d() 1931 the roll {BACK}" == item.text()
    assert "https://e.example.org/r" in [a.attributes.get("href") for a in item.all("a")]
    assert_sound(page)
    assert "[1] A.\n\n    B.\n\n    > C.\n\n        d()\n\n    1931  the roll <" in render_text(
        source
    )


def test_references_can_lead_to_the_web() -> None:
    """With `anchors = "web"` references lead to the article's page, and notes have no back links."""
    source = article(
        para("One", ref(1)),
        notes=(note(1, "Said."),),
        canonical_url="https://e.example.org/a#top",
    )
    page = Page(render_html(source, note_anchors=NoteAnchors.WEB))

    assert "https://e.example.org/a#fn1" in page.links
    assert [] == [e for e in page.root if e.attributes.get("role") == "doc-backlink"]


@pytest.mark.parametrize("anchors", [NoteAnchors.MAIL, NoteAnchors.WEB])
def test_notes_have_a_web_link(anchors: NoteAnchors) -> None:
    """Some clients cannot jump; if there is a web version, a link to it is above the notes."""
    source = article(
        para("One", ref(1)),
        notes=(note(1, "Said."),),
        canonical_url="https://e.example.org/a#top",
    )
    (notes,) = Page(render_html(source, note_anchors=anchors)).root.find_class("endnotes")

    assert ["https://e.example.org/a"] == [
        a.attributes["href"] for a in notes.all("a") if a.text() == ENGLISH.notes_online
    ]
    assert ENGLISH.notes_online not in render_html(source, note_anchors=NoteAnchors.NONE)
    assert ENGLISH.notes_online not in render_html(replace(source, canonical_url=None))


def test_adjacent_references_have_a_comma() -> None:
    """Also where no style separates them."""
    source = article(
        para("One", ref(1), ref(2), " and ", ref(1), "."), notes=(note(1, "A."), note(2, "B."))
    )
    page = Page(render_html(source))
    (line,) = (e for cell in page.prose for e in cell.all("p") if e.text().startswith("One"))

    assert "One1,\u00a02 and 1." == line.text().replace("\u2060", "")


def test_notes_can_cite_notes() -> None:
    """A reference inside a note leads to the other note, whose back link leads to the first."""
    source = article(
        para("One", ref(1)),
        notes=(note(1, "See", para("also", ref(2), ref(1), ".")), note(2, "There.")),
    )
    page = Page(render_html(source))
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


def test_back_links_use_the_email_alphabet() -> None:
    """The back links of one note have characters of the email's language, and so do their labels."""
    source = article(para("أ", ref(1), " ب", ref(1)), notes=(note(1, "قال."),), language="ar")
    page = Page(render_html(source, language="ar"))
    back = [e for e in page.root if e.attributes.get("role") == "doc-backlink"]

    assert ["\u21aa\ufe0eأ", "\u21aa\ufe0eب"] == [e.text() for e in back]
    assert ["العودة إلى المرجع 1 أ", "العودة إلى المرجع 1 ب"] == [
        e.attributes["aria-label"] for e in back
    ]


def test_back_links_after_z_have_two_characters() -> None:
    """The twenty-seventh back link is aa."""
    source = article(para(*(ref(1) for _ in range(28))), notes=(note(1, "Said."),))
    page = Page(render_html(source))
    back = [e.text() for e in page.root if e.attributes.get("role") == "doc-backlink"]

    assert (28, ["z", "aa", "ab"]) == (len(back), [text.removeprefix(BACK) for text in back[-3:]])


def test_web_references_need_a_canonical_url() -> None:
    """Without one, `anchors = "web"` is the same as `"mail"`, back links included."""
    source = article(para("One", ref(1)), notes=(note(1, "Said."),))

    assert render_html(source) == render_html(source, note_anchors=NoteAnchors.WEB)


def test_references_can_be_plain_numbers() -> None:
    """With `anchors = "none"` references are numbers only."""
    source = article(para("One", ref(1)), notes=(note(1, "Said."),))
    page = Page(render_html(source, note_anchors=NoteAnchors.NONE))

    assert ["1"] == [e.text() for e in page.root.all("sup")]
    assert [] == [href for href in page.links if href.startswith("#")]


def test_references_split_a_surrounding_link() -> None:
    """Parsers do not support nested links."""
    source = article(
        para(link("https://e.example.org/x", "before ", ref(1), " after", title="T")),
        notes=(note(1, "Said."),),
    )
    page = Page(render_html(source))

    expected = ["https://e.example.org/x", "#fn1", "https://e.example.org/x"]
    assert expected == [h for h in page.links if h in expected]
    assert [] == [e for a in page.root.all("a") for e in a.all("a") if e is not a]


# Headings and anchors


def test_heading_levels_have_no_gaps() -> None:
    """The title is the only h1; source levels that skip or start low are renumbered."""
    source = article(heading("A", 4), heading("B", 6), heading("C", 2), heading("D", 6), "x")
    page = Page(render_html(source))

    expected = [("h1", "The Ferry Bell"), ("h2", "A"), ("h3", "B"), ("h2", "C"), ("h3", "D")]
    assert expected == [(e.tag, e.text()) for e in page.root if e.tag in HEADINGS]


def test_email_without_title_has_the_publication_as_heading() -> None:
    """The name in the header is then the h1."""
    page = Page(render_html(article("x", title=None)))

    assert ["The Tern"] == [e.text() for e in page.root.all("h1")]


def test_internal_links_lead_to_their_heading() -> None:
    """By id and by name; in any script."""
    source = article(para(link("#節", "see")), heading("Two", anchor="節"))
    page = Page(render_html(source))

    (found,) = page.root.all("h2")
    assert "節" == found.attributes["id"] == unquote(found.all("a")[0].attributes["name"])
    assert "節" in [unquote(href[1:]) for href in page.links]


def test_duplicate_anchors_are_reported() -> None:
    """The first of two headings with one anchor gets it, and a warning says so."""
    source = article(heading("One", anchor="x"), heading("Two", anchor="x"))

    assert ["x"] == [i for i in Page(render_html(source)).ids if i == "x"]
    assert ["anchor.duplicate"] == [finding.code for finding in render_sample(source).findings]


def test_headings_cannot_have_note_ids() -> None:
    """An anchor such as `fn1` stays the note's."""
    source = article(heading("Mine", anchor="fn1"), para("x", ref(1)), notes=(note(1, "Said."),))
    page = Page(render_html(source))

    assert ["li"] == [e.tag for e in page.root if e.attributes.get("id") == "fn1"]


# Links


@pytest.mark.parametrize(
    ("href", "expected"),
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
def test_links_are_absolute_and_ascii(href: str, expected: str) -> None:
    """A link is resolved against the article's URL, its host in Punycode, the rest percent-encoded."""
    source = article(para(link(href, "words")), canonical_url="https://e.example.org/letters/one")
    page = Page(render_html(source))

    assert [expected] == [
        e.attributes["href"] for c in page.prose for e in c.all("a") if e.text() == "words"
    ]


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "JAVASCRIPT:x", "java\nscript:x", "data:text/html,x", "file:///x", "vbscript:x", "page",
     "https://", "https://[", "#nowhere", ""],
)  # fmt: skip
def test_unsafe_links_keep_their_text(href: str) -> None:
    """The text stays without the link, and a warning names it."""
    edition = render_sample(article(para("See ", link(href, "these words"), ".")))

    assert "See these words." in Page(fill_sample(edition.html)).root.text()
    assert "See these words." in fill_sample(edition.text)
    assert ["link.unusable"] == [finding.code for finding in edition.findings]
    assert f'Emails cannot link to "{href[:120]}", so' in edition.findings[0].message


def test_links_without_text_show_their_url() -> None:
    """In both parts."""
    source = article(para("x ", link("https://e.example.org/a")))

    assert "x https://e.example.org/a" in Page(render_html(source)).root.text()
    assert "x <https://e.example.org/a>" in render_text(source)


# Appeals found in the text


def test_found_appeal_displayed_twice_has_unique_ids() -> None:
    """An appeal with a reference and an anchor can be at several positions."""
    blocks = (heading("Help", anchor="help"), para("Give", ref(1), "."))
    issue = make_issue(
        article("One.", "Two.", notes=(note(1, "Said."),)),
        appeals=(Appeal(blocks=blocks, is_muted=True, positions=AT_START_AND_END),),
    )
    page = page_of(issue)

    assert_sound(page)
    assert ["fnref1", "fnref1-2", "fnref1-3"] == [i for i in page.ids if i.startswith("fnref")]
    assert ["a", "b", "c"] == [e.text()[-1] for e in page.root.find_class("jump")]


def test_heading_after_an_appeal_does_not_skip_a_level() -> None:
    """The appeal's own heading counts: the next one is at most one level deeper."""
    source = article(heading("A"), heading("B", 3), "One.", heading("C", 4), "Two.")
    page = page_of(
        make_issue(source, appeals=(Appeal(heading="Give", positions=(Position(after=1),)),))
    )

    assert_headings_in_order(page)
    assert ["h2", "h3", "h2", "h3"] == [e.tag for e in page.root if e.tag in ("h2", "h3", "h4")]


# The shell


def test_language_and_direction_are_set() -> None:
    """On the document, its article and the hidden preheader."""
    page = page_of(ISSUES["arabic"])

    (document,) = page.root.all("html")
    found = [e for e in page.root if e.attributes.get("role") == "article"]
    found += [document, *page.root.find_class("preheader")]
    assert [("ar", "rtl")] * 3 == [(e.attributes["lang"], e.attributes["dir"]) for e in found]


def test_document_has_the_title() -> None:
    """In `<title>` and as its label for screen readers, escaped in both."""
    title = 'A "B" <i> & </title><script>'
    html = render_html(article("x", title=title))
    page = Page(html)

    (found,) = page.root.all("title")
    labelled = next(e for e in page.root if e.attributes.get("role") == "article")
    assert [title] == found.children
    assert title == labelled.attributes["aria-label"]


def test_layout_tables_have_the_presentation_role() -> None:
    """Every table but the article's own has `role="presentation"` or contains amount buttons."""
    page = page_of(make_issue(EVERYTHING))
    own = {id(e) for e in page.root.find_class("data")}

    loud = [e for e in page.root.all("table") if id(e) not in own]
    assert [] == [e for e in loud if e.attributes.get("role") != "presentation"]


def test_every_image_has_alt_text() -> None:
    """An `img` always has `alt`, exactly as written."""
    alt = "Say \"cheese\" {{ x }} 'so' & <b> \u00a0\U0001f468\u200d\U0001f469"
    picture = Figure(src="https://e.example.org/a.png", alt=alt)
    page = Page(render_html(article(picture, Figure(src="https://e.example.org/b.png"))))

    assert [alt, ""] == [e.attributes["alt"] for e in page.root.all("img")]


def nested(depth: int) -> List:
    """Return a list in a list in a list."""
    block = bullets("end")
    for _ in range(depth - 1):
        block = bullets((para("x"), block))
    return block


def test_deep_nesting_is_preserved() -> None:
    """Lists nested a hundred deep stay a hundred deep."""
    page = Page(render_html(article(nested(100))))

    assert 100 == len([e for c in page.prose for e in c.all("ul")])


@pytest.mark.parametrize("depth", [130, 1000])
def test_too_deep_nesting_is_an_error(depth: int) -> None:
    """Nothing is silently cut off where a parser gives up."""
    with pytest.raises(RenderError, match="nested too deeply"):
        render_sample(article(nested(depth)))
