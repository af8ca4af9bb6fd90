"""Pages become articles: the text stays, boilerplate is dropped, and every word is accounted for."""

# ruff: noqa: E501 - each page is on one line
from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.html import HtmlLoader
from pipeline.loaders.html.read_page import read_fragment
from pipeline.loaders.shared.completeness import find_unplaced_words
from pipeline.models.article import (
    Article,
    Code,
    Embed,
    Figure,
    Heading,
    Image,
    Link,
    NoteRef,
    Paragraph,
    Quote,
    Table,
)
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk

LONG = (
    "The lamp at the end of the old harbour wall was lit by hand until the winter of the great storm, and the book of "
    "its keepers lies in the library today."
)


def read(
    body: str, *, head: str = "", location: str = "https://lantern.example.org/a/b"
) -> LoadResult:
    """Load a page with *body*."""
    html = f"<!DOCTYPE html><html lang='en-GB'><head>{head}</head><body>{body}</body></html>"
    return HtmlLoader().read(
        Source(content=html.encode(), media_type="text/html", location=location)
    )


def load(body: str, *, head: str = "") -> Article:
    """Return the article of a page with *body*, after checking that no word is missing."""
    result = read(body, head=head)
    assert [] == find_unplaced_words(result)
    return result.article


def dropped_texts(article: Article) -> dict[str, str]:
    """Return the dropped texts by reason."""
    found: dict[str, str] = {}
    for dropped in article.dropped:
        found[dropped.reason] = f"{found.get(dropped.reason, '')} {dropped.text}".strip()
    return found


def figures(article: Article) -> list[Figure]:
    """Return the figures of *article*."""
    return [node for node in walk(article.blocks) if isinstance(node, Figure)]


def test_metadata() -> None:
    """Title, byline, date, language and canonical URL come from the head."""
    article = load(
        f"<article><p>{LONG}</p></article>",
        head=(
            "<title>The lamp | The Lantern</title><link rel=canonical href='/lamp'><meta property='og:site_name' content='The Lantern'>"
            '<script type=\'application/ld+json\'>{"@context": "https://schema.org", "@graph": [{"@type": "NewsArticle",'
            '"headline": "The lamp", "author": [{"name": "Nell Oddy"}, {"name": "Wilmot Pask"}], "datePublished": "2026-09-27T08:00:00Z"}]}</script>'
        ),
    )
    assert ("The lamp", "Nell Oddy, Wilmot Pask") == (article.title, article.byline)
    assert datetime(2026, 9, 27, 8, tzinfo=UTC) == article.published
    assert ("en-GB", "https://lantern.example.org/lamp") == (
        article.language,
        article.canonical_url,
    )


def test_first_heading_wins_over_the_title_element() -> None:
    """The heading of the article is the title and is not repeated in the body."""
    article = load(
        f"<main><h1>The lamp<br>at the wall</h1><p>{LONG}</p></main>",
        head="<title>Lamp - Lantern</title>",
    )
    assert "The lamp at the wall" == article.title
    assert [] == [block for block in article.blocks if isinstance(block, Heading)]


def test_first_block_is_the_title_without_metadata() -> None:
    """A heading of any level is the title if it is the first block and the head has no title."""
    article = load(f"<h2>The lamp</h2><p>{LONG}</p>")
    assert ("The lamp", 1) == (article.title, len(article.blocks))


def test_header_block_is_extracted() -> None:
    """Subtitle, byline and date above the text are extracted from it."""
    article = load(
        "<article><header><h1>The lamp</h1><p class='standfirst'>Who lit it, and why.</p>"
        "<p class='byline'>By <a rel=author href=/nell>Nell Oddy</a></p><time datetime='2026-09-27'>27 September</time></header>"
        f"<p>{LONG}</p></article>"
    )
    assert ("The lamp", "Who lit it, and why.", "Nell Oddy") == (
        article.title,
        article.subtitle,
        article.byline,
    )
    assert "2026-09-27" == article.published.isoformat() if article.published else ""
    assert [LONG] == [plain_text(block).strip() for block in article.blocks]


def test_date_next_to_the_author_is_read() -> None:
    """A date in the byline is read in several languages."""
    text = "<p>" + "The tide came in and went out again. " * 8 + "</p>"
    for written in ("Mar 06, 2025", "6. März 2025", "6 de marzo de 2025"):
        line = f'<div class="byline"><span class="author">Nell Oddy</span> {written}</div>'
        article = load(f"<article><h1>Tides</h1>{line}{text}</article>")

        assert ("Nell Oddy", date(2025, 3, 6)) == (article.byline, article.published)


def test_single_short_paragraph_is_text() -> None:
    """A paragraph after the title is not a subtitle if no text follows it."""
    article = load("<article><h1>Tides</h1><p>The tide came in.</p></article>")

    assert (None, "The tide came in.") == (article.subtitle, plain_text(article.blocks).strip())


def test_page_without_head_and_body_tags() -> None:
    """HTML5 allows omitting both tags; the body begins at the first element that cannot be in a head."""
    html = "<!doctype html><title>Tides</title><article><h1>Tides</h1><p>It came in.</p></article><p>So."
    source = Source(content=html.encode(), media_type="text/html", location="tides.html")
    result = HtmlLoader().read(source)

    assert "Tides" == result.article.title
    assert "It came in." in plain_text(result.article.blocks)
    assert [] == find_unplaced_words(result)


def test_label_of_a_credit_is_dropped() -> None:
    """A credit is stored without a label such as "Photo:"."""
    caption = '<figcaption>The quay. <span class="credit">Photo: Nell Oddy</span></figcaption>'
    article = load(
        f'<article><h1>Tides</h1><p>Text.</p><figure><img src="q.png" alt="">{caption}</figure></article>'
    )
    (figure,) = figures(article)

    assert ("The quay.", "Nell Oddy") == (plain_text(figure.caption).strip(), figure.credit)


def test_boilerplate_is_dropped_by_named_rules() -> None:
    """Everything around the article is dropped, each part by the rule that matches it."""
    article = load(
        "<a class='skip-link' href='#main'>Skip to the text</a><header><p>The Lantern</p></header><nav>Home Archive</nav>"
        f"<main><h1>The lamp</h1><p>{LONG}</p><div class='share-buttons'>Share this</div><p>{LONG}</p>"
        "<div class='related-posts'><h3>Related</h3><a href=/x>The ferry</a></div><form>Your location <button>Join</button></form>"
        "<div hidden>Not shown</div><section id='comments'><p>First!</p></section></main><aside>Weather</aside>"
        "<footer>Printed here</footer>"
    )
    dropped = dropped_texts(article)
    assert 2 == len(article.blocks)
    assert "Home Archive" == dropped["boilerplate.navigation"].removeprefix(
        "Skip to the text "
    ).removesuffix(" Skip to the text")
    assert "Share this" == dropped["boilerplate.share"]
    assert "Related The ferry" == dropped["boilerplate.related"]
    assert "First!" == dropped["boilerplate.comments"]
    assert "Not shown" == dropped["boilerplate.hidden"]
    assert "Printed here" == dropped["boilerplate.footer"]
    assert "Weather" in dropped["boilerplate.outside-article"]


def test_scripts_and_styles_are_not_text() -> None:
    """Scripts, styles, templates and comments are not visible text."""
    result = read(
        f"<article><p>{LONG}</p><script>secret()</script><style>hush{{}}</style><template>mute</template><!-- still --></article>"
    )
    assert not {"secret", "hush", "mute", "still"} & set(result.visible_text.split())
    assert () == result.article.dropped


def test_images() -> None:
    """Lazy images get their file; captions and credits are part of their figure."""
    article = load(
        f"<article><h1>The lamp</h1><p>{LONG}</p>"
        "<figure><img src='data:image/gif;base64,R0' data-src='/a.jpg' alt='A lamp' width=600 height=400>"
        "<figcaption>The lamp. <span class='credit'>Nell Oddy</span></figcaption></figure> behind it"
        "<div class='wp-caption'><img src='b.jpg' srcset='b-300.jpg 300w, b-1600.jpg 1600w, b-3000.jpg 3000w' alt='A wall'>"
        "<p class='wp-caption-text'>The wall.</p></div>"
        "<img src='/pixel.gif' width=1 height=1 alt=''><noscript><img src='/c.jpg' alt='Rope'></noscript>"
        f"<p>{LONG}</p></article>"
    )
    first, second, third = figures(article)
    assert 1 == plain_text(article.blocks).count("behind it")
    assert (
        Figure(
            src="https://lantern.example.org/a.jpg",
            alt="A lamp",
            caption=first.caption,
            credit="Nell Oddy",
            width=600,
            height=400,
        )
        == first
    )
    assert "The lamp." == plain_text(first.caption).strip()
    assert ("https://lantern.example.org/a/b-1600.jpg", "The wall.") == (
        second.src,
        plain_text(second.caption),
    )
    assert ("https://lantern.example.org/c.jpg", "Rope") == (third.src, third.alt)


def test_embeds_become_links() -> None:
    """A video and a social media post become links with a title."""
    article = load(
        f"<article><h1>The lamp</h1><p>{LONG}</p><iframe data-src='https://video.example.org/1' title='The film'></iframe>"
        "<blockquote class='twitter-tweet'><p>The lamp is lit.</p>Nell <a href='https://post.example.org/7'>May 1</a></blockquote></article>"
    )
    assert [
        Embed(href="https://video.example.org/1", title="The film"),
        Embed(href="https://post.example.org/7", title="The lamp is lit. Nell May 1"),
    ] == [block for block in article.blocks if isinstance(block, Embed)]


def test_urls() -> None:
    """Relative URLs become absolute, tracking parameters are dropped, and links to headings stay."""
    article = load(
        f"<article><h1>The lamp</h1><p>{LONG} <a href='../c?id=1&amp;utm_source=mail&amp;fbclid=x#end'>there</a> "
        f"<a href='#wall'>below</a> <a href='#nowhere'>gone</a></p><h2 id=wall>The wall</h2><p>{LONG}</p></article>"
    )
    hrefs = [node.href for node in walk(article.blocks) if isinstance(node, Link)]
    assert [
        "https://lantern.example.org/c?id=1#end",
        "#wall",
        "https://lantern.example.org/a/b#nowhere",
    ] == hrefs
    assert "utm_source=mail fbclid=x" == dropped_texts(article)["link.tracking"]


def test_tables_code_and_pull_quotes() -> None:
    """Tables keep header and spans, code loses line numbers, and pull quotes that repeat the text are dropped."""
    article = load(
        f"<article><h1>The lamp</h1><p>{LONG}</p><table><thead><tr><th colspan=2>Year</th></tr></thead><tr><td>1</td><td>2</td></tr></table>"
        "<table class='highlight'><tr><td class='linenos'><pre>1\n2</pre></td><td><pre>light()\n  wait()</pre></td></tr></table>"
        "<aside class='pullquote'>was lit by hand until the winter</aside><aside class='pullquote'>A light is a promise.</aside></article>"
    )
    table = next(block for block in article.blocks if isinstance(block, Table))
    assert (1, 2) == (len(table.header), table.header[0].colspan)
    assert ["light()\n  wait()"] == [
        node.code for node in walk(article.blocks) if isinstance(node, Code)
    ]
    assert ["A light is a promise."] == [
        plain_text(b).strip() for b in article.blocks if isinstance(b, Quote)
    ]
    assert "was lit by hand until the winter" == dropped_texts(article)["pullquote.repeated"]


def test_formulas_become_their_source() -> None:
    """A formula becomes its TeX source, because its characters in a row mean nothing."""
    article = load(
        f"<article><h1>The lamp</h1><p>{LONG} <math alttext='x^2'><msup><mi>x</mi><mn>2</mn></msup></math></p></article>"
    )
    assert plain_text(article.blocks).strip().endswith("x^2")


def test_boxes_of_tasks_become_characters() -> None:
    """A box that a list item begins with is part of the text, ticked or not; those of forms are not."""
    page = (
        f"<article><h1>The lamp</h1><p>{LONG}</p><ul><li><input type=checkbox disabled> Ring</li>"
        "<li><label><input type=checkbox checked>Rest</label></li>"
        "<li>Row <input type=checkbox> back</li></ul>"
        "<form><ul><li><input type=checkbox> Write to me</li></ul></form></article>"
    )
    (_, tasks) = load(page).blocks

    assert "☐ Ring\n☑ Rest\nRow back\n" == plain_text(tasks)


def test_missing_and_unreferenced_notes_are_reported() -> None:
    """A marker without a note stays as text, a note without a reference is kept; each adds a warning."""
    article = load(
        f"<article><h1>The lamp</h1><p>{LONG}<sup><a href='#fn1'>1</a></sup> More.<sup><a href='#fn7'>7</a></sup></p>"
        "<ol class='footnotes'><li id=fn1>One. <a href='#r'>↩</a></li><li id=fn2>Two.</li></ol></article>"
    )
    assert ["note.missing", "note.unreferenced"] == sorted(w.code for w in article.warnings)
    assert plain_text(article.blocks).strip().endswith("More.7")
    assert [("1", "ok", "One."), ("2", "unreferenced", "Two.")] == [
        (n.label, n.status, plain_text(n).strip()) for n in article.notes
    ]


def test_other_numbers_are_not_notes() -> None:
    """Exponents, comment counts, links to other pages and bracketed lists of sources are text."""
    body = (
        f"<article><h1>The lamp</h1><p>{LONG} Four m<sup>2</sup>, the 1<sup>st</sup>, see <sup><a href='https://x.example.org/p'>3</a></sup>"
        " and [4].</p><p><a href='#comments'>3</a></p><h2>References</h2><p>[4] A ledger.</p></article><div id=comments><p>No.</p></div>"
    )
    article = load(body)
    assert () == article.notes
    assert {"References"} == {
        plain_text(b).strip() for b in article.blocks if isinstance(b, Heading)
    }


def test_notes_below_boilerplate_are_found() -> None:
    """Notes outside the article and below other elements are found."""
    article = load(
        f"<article><h1>The lamp</h1><p>{LONG}<sup><a id=r1 href='#n1'>1</a></sup></p></article>"
        "<div class='related'><a href=/x>More</a></div><div class='footnotes'><ol><li id=n1>Keepers' book. <a href='#r1'>Back to the text</a></li></ol></div>"
    )
    assert ["Keepers' book."] == [plain_text(note).strip() for note in article.notes]


def test_references_in_notes_and_repeated_references() -> None:
    """Notes are numbered by first reference in the body, then in the notes."""
    article = load(
        f"<article><h1>The lamp</h1><p>{LONG}<sup><a id=r1 href='#fn1'>1</a></sup> Again.<sup><a href='#fn1'>1</a></sup></p>"
        "<ol class='footnotes'><li id=fn1>One.<sup><a id=r2 href='#fn2'>2</a></sup> <a href='#r1'>↩</a></li>"
        "<li id=fn2>Two. <a href='#r2'>↩</a></li></ol></article>"
    )
    assert [1, 1] == [node.note for node in walk(article.blocks) if isinstance(node, NoteRef)]
    assert [2] == [node.note for node in walk(article.notes[0]) if isinstance(node, NoteRef)]


def test_reference_in_the_title_is_reported() -> None:
    """A title is plain text: its note is kept, and a warning says that the reference is gone."""
    article = load(
        f"<article><h1>The lamp<sup><a id=r1 href='#fn1'>*</a></sup></h1><p>{LONG}</p>"
        "<ol class='footnotes'><li id=fn1>First read aloud. <a href='#r1'>↩</a></li></ol></article>"
    )
    assert "The lamp" == article.title
    assert {"note.in-title", "note.unreferenced"} == {w.code for w in article.warnings}


def test_page_without_semantic_elements() -> None:
    """Without semantic elements the text is found and the menu is dropped."""
    menu = "".join(f"<a href='/{n}'>Section number {n}</a> " for n in range(12))
    article = load(
        f"<div class='menu'>{menu}</div><div><div><h1>The lamp</h1>{f'<p>{LONG}<sup><a href=#fn1 id=r1>1</a></sup></p>'}"
        f"{f'<p>{LONG}</p>' * 5}<div><p id=fn1><a href=#r1>1</a> The keepers' book.</p></div></div></div><div>{menu}</div>"
    )
    assert 6 == len([block for block in article.blocks if isinstance(block, Paragraph)])
    assert ["The keepers' book."] == [plain_text(note).strip() for note in article.notes]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("<meta charset=iso-8859-1><p>Caf\xe9 “x”</p>".encode("cp1252"), "Café"),
        ("<p>Café</p>".encode("utf-16"), "Café"),
        (b"\xef\xbb\xbf<meta charset=latin-1><p>Caf\xc3\xa9</p>", "Café"),
        ("<p>Café quay</p>".encode("cp1252"), "Café"),
        (
            "<?xml version='1.0' encoding='iso-8859-2'?><html><p>Łódź</p></html>".encode(
                "iso-8859-2"
            ),
            "Łódź",
        ),
    ],
)
def test_charsets(content: bytes, word: str) -> None:
    """Bytes are decoded as browsers decode them."""
    result = HtmlLoader().read(Source(content=content, media_type="text/html", location="p.html"))
    assert word in plain_text(result.article.blocks)


def test_charset_of_the_media_type_wins() -> None:
    """The charset from the server takes precedence over the one in the page."""
    content = "<meta charset=utf-8><p>Łódź</p>".encode("iso-8859-2")
    source = Source(content=content, media_type="text/html; charset=ISO-8859-2", location="p.html")
    assert "Łódź" == plain_text(HtmlLoader().read(source).article.blocks).strip()


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body></body></html>",
        b"<!-- nothing -->",
        b"%PDF-1.7 words",
        bytes(range(256)) * 4,
        b"<p>" + b"<div>" * 100_000 + b"deep",
        b"<p>a</p>" * 200_000,
        b"<p>" + b"word " * 1_000_000,
    ],
    ids=["empty", "comment", "pdf", "bytes", "deep", "many", "long"],
)
def test_unusable_pages_are_rejected(content: bytes) -> None:
    """An empty or oversized page raises an error with one sentence."""
    with pytest.raises(LoadError, match=r"^p\.html: .*\."):
        HtmlLoader().read(Source(content=content, media_type="text/html", location="p.html"))


def test_fragment() -> None:
    """A fragment is the whole article: no title is searched, notes are extracted, URLs resolved."""
    result = read_fragment(
        "<h2>The wall</h2><p>Old.<sup><a href='#fn1' id=r1>1</a></sup> <a href='x'>more</a><img src='y.png' alt='A wall'></p>"
        "<ol><li id=fn1><p>Very. <a href='#r1'>↑</a></p></li></ol>",
        base_url="https://lantern.example.org/a/",
        location="feed.xml",
    )
    assert [] == find_unplaced_words(result)
    article = result.article
    assert (None, 2, ["Very."]) == (
        article.title,
        len(article.blocks),
        [plain_text(n).strip() for n in article.notes],
    )
    assert ["https://lantern.example.org/a/x"] == [
        n.href for n in walk(article.blocks) if isinstance(n, Link)
    ]
    assert ["https://lantern.example.org/a/y.png"] == [
        n.src for n in walk(article.blocks) if isinstance(n, Image)
    ]


def test_appeal() -> None:
    """A donation appeal at the end is extracted."""
    article = load(
        f"<article><h1>The lamp</h1>{f'<p>{LONG}</p>' * 6}<h3>Support our work</h3>"
        "<p>The Lantern lives on donations from its readers. Please <a href='https://lantern.example.org/give'>donate today</a>.</p></article>"
    )
    assert article.appeal is not None
    assert "Support our work" == plain_text(article.appeal.blocks).splitlines()[0]
    assert 6 == len(article.blocks)
