"""What platforms put into and around an article is left out or read out, and nothing is lost in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.loaders import load
from pipeline.models.article import Article, Embed, Link
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk

_TEXT = "The ferry waits for nobody, and on Sundays not even for the tide, which comes in twice a day and asks no one. "


def _load(tmp_path: Path, inner: str, *, head: str = "", before: str = "") -> Article:
    """Load a page with the article *inner*; the load itself checks that no word is missing."""
    page = tmp_path / "page.html"
    page.write_text(
        f"<!DOCTYPE html><html lang=en><head><title>The Ferry</title>{head}</head><body>{before}<article>"
        f"<h1>The Ferry</h1><p>{_TEXT * 3}</p>{inner}<p>{_TEXT * 2}</p></article></body></html>",
        encoding="utf-8",
    )
    return load(str(page))


def _dropped(article: Article) -> str:
    return " ".join(each.text for each in article.dropped)


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ('<p class="button-wrapper"><a class="button" href="https://f.example.org/subscribe?">Subscribe now</a></p>', "Subscribe now"),  # noqa: E501  # markup as platforms write it
        ('<div><a class="btn" href="/p/x/comments">View 12 comments</a></div>', "View 12 comments"),
        ('<p><a href="https://f.example.org/p/x?action=share">Share this post</a></p>', "Share this post"),
        ('<p><a href="https://f.example.org/x">Continue reading The Ferry →</a></p>', "Continue reading"),
        ("<p>Share</p>", "Share"),
        ('<div class="subscription-widget-wrap"><p class="cta-caption">Thanks for reading Quay!</p><input></div>', "Thanks for reading"),  # noqa: E501  # markup as platforms write it
        ("<p>Quay is a reader-supported publication. To receive new posts and support my work, consider becoming a paid "  # noqa: E501  # markup as platforms write it
         "subscriber.</p>", "reader-supported"),
        ("<p>Der Beitrag <a href='https://f.example.org/x'>Die Fähre</a> erschien zuerst auf <a href='https://f.example.org'>Kai</a>.</p>", "erschien zuerst"),  # noqa: E501  # markup as platforms write it
        ("<p>The post <a href='https://f.example.org/x'>The Ferry</a> first appeared on <a href='/'>Quay</a>.</p>", "first appeared"),  # noqa: E501  # markup as platforms write it
        ('<p><a href="https://quay.us1.list-manage.com/x">View this email in your browser</a></p>', "in your browser"),
        ('<p>Sent to you. <a href="https://x.example.org/u">Unsubscribe from this list</a></p>', "Unsubscribe"),
        ('<div class="wp-block-file"><a href="https://f.example.org/a.pdf">Timetable</a>'
         '<a class="wp-block-file__button wp-element-button" href="https://f.example.org/a.pdf">Download</a></div>', "Download"),  # noqa: E501  # markup as platforms write it
        ('<div class="kg-card kg-signup-card"><h2>Stay in touch</h2><button>Join</button></div>', "Stay in touch"),
        ('<div class="jp-relatedposts"><h3>Related</h3><p>The Buoy</p></div>', "The Buoy"),
        ('<div class="yoast-breadcrumbs"><span>Home » Ferries</span></div>', "Ferries"),
        ('<p class="visually-hidden">Skip the map</p>', "Skip the map"),
        ('<span class="sr-only">New window</span>', "New window"),
        ('<span style="position:absolute;clip:rect(1px, 1px, 1px, 1px)">New window</span>', "New window"),
        ('<span style="position:absolute;left:-9999px">New window</span>', "New window"),
        ("<p>Exported from Medium on May 1, 2026.</p>", "Exported from"),
        ('<div id="wm-ipp-base">Wayback Machine 12 captures</div>', "captures"),
    ],
)  # fmt: skip
def test_furniture_is_left_out(tmp_path: Path, markup: str, words: str) -> None:
    """Buttons, boxes, hidden labels and lines about the platform are not in the text, but listed as left out."""
    article = _load(tmp_path, markup)

    assert words not in plain_text(article.blocks)
    assert words in _dropped(article)
    assert "The ferry waits" in plain_text(article.blocks)


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Share what you have, said the ferryman.</p>",
        "<p>This story first appeared in the Harbour Gazette.</p>",
        '<p>You can <a href="https://x.example.org/subscribe">subscribe</a> to the tide tables at the office.</p>',
        '<p class="button-wrapper"><a class="button" href="https://x.example.org/give">Donate now</a></p>',
        '<p><a href="https://x.example.org/table.pdf">Download the timetable of 1911</a></p>',
        "<p>Like this, the rope is tied twice.</p>",
    ],
)
def test_words_of_the_article_are_no_furniture(tmp_path: Path, markup: str) -> None:
    """Sentences that only begin alike, credits and buttons of the author stay."""
    article = _load(tmp_path, markup)
    text = plain_text((article.blocks, article.appeal.blocks if article.appeal else ()))

    for word in (
        "said the ferryman",
        "Harbour Gazette",
        "tide tables",
        "Donate now",
        "of 1911",
        "tied twice",
    ):
        assert (word in markup) == (word in text)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<p>It was <span class="mention-wrap" data-attrs="{&quot;name&quot;:&quot;Nora Quill&quot;}"></span> who rowed.</p>',  # noqa: E501  # markup as platforms write it
         "It was Nora Quill who rowed."),
        ('<div class="latex-rendered" data-attrs="{&quot;persistentExpression&quot;:&quot;v = s/t&quot;}"></div>', "v = s/t"),  # noqa: E501  # markup as platforms write it
        ('<p>Then <span class="katex" data-latex="x^2"></span> holds.</p>', "x^2"),
        ('<p>Then <span class="math" data-tex="y_1"></span> holds.</p>', "y_1"),
        ('<p>Warm <img class="emoji" alt="☀" src="https://s.w.org/sun.svg"> days.</p>', "Warm ☀ days."),
        ('<div class="poll-embed" data-attrs="{&quot;question&quot;:&quot;Row or sail?&quot;}"></div>', "Row or sail?"),
        ('<p>By <span data-content="the pier"></span> again.</p>', "By the pier again."),
    ],
)  # fmt: skip
def test_words_in_attributes_are_read_out(tmp_path: Path, markup: str, expected: str) -> None:
    """Names, formulas and questions that only a script would show stand in the text."""
    assert expected in " ".join(plain_text(_load(tmp_path, markup).blocks).split())


def test_embedded_posts_are_links_or_warnings(tmp_path: Path) -> None:
    """An embedded post is a link with its title; what has only an address is left out with a warning."""
    article = _load(
        tmp_path,
        '<div class="digest-post-embed" data-attrs="{&quot;title&quot;:&quot;The Buoy&quot;,'
        '&quot;canonical_url&quot;:&quot;https://f.example.org/buoy&quot;}"></div>'
        '<div data-attrs="{&quot;url&quot;:&quot;https://f.example.org/map&quot;}"></div>',
    )

    links = [node.href for node in walk(article.blocks) if isinstance(node, Link | Embed)]
    assert ["https://f.example.org/buoy"] == links
    assert "https://f.example.org/map" in _dropped(article)
    assert ["embed.script-only"] == [each.code for each in article.warnings]


@pytest.mark.parametrize("prefix", ["kg-", ""])
def test_a_bookmark_card_is_a_link(tmp_path: Path, prefix: str) -> None:
    """The cards of Ghost and Notion become a link with the title; the rest of the card is listed as left out."""
    card = (
        f'<figure class="{prefix}bookmark-card"><a class="{prefix}bookmark{"-container" if prefix else ""}" '
        f'href="https://f.example.org/buoy"><div class="{prefix}bookmark-title">The Buoy</div>'
        f'<div class="{prefix}bookmark-description">It bobs.</div><img src="https://f.example.org/b.png"></a></figure>'
    )
    article = _load(tmp_path, card)

    assert [("https://f.example.org/buoy", "The Buoy")] == [
        (node.href, plain_text(node.inlines))
        for node in walk(article.blocks)
        if isinstance(node, Link)
    ]
    assert "It bobs." in _dropped(article)


def test_titles_above_the_text_stand_once(tmp_path: Path) -> None:
    """A title and a subtitle that a platform prints again above the text are left out there."""
    page = tmp_path / "page.html"
    page.write_text(
        "<html><head><title>The Ferry</title></head><body><article><header><h1>The Ferry</h1></header>"
        '<section class="p-summary">It waits for nobody.</section><section><h3>The Ferry</h3>'
        f"<h4>It waits for nobody.</h4><p>{_TEXT * 3}</p></section></article></body></html>"
    )
    article = load(str(page))

    assert ("The Ferry", "It waits for nobody.") == (article.title, article.subtitle)
    assert plain_text(article.blocks).startswith("The ferry waits for nobody, and")


def test_microformats_name_author_date_and_address(tmp_path: Path) -> None:
    """They are read wherever they stand, but not from comments or cards of others."""
    article = _load(
        tmp_path,
        '<footer>By <a class="p-author h-card" href="/ida">Ida Hull</a> and <span class="p-author">Bo Birk</span>, '
        '<time class="dt-published" datetime="2026-05-01T09:00:00Z">May 1</time> '
        '<a class="p-canonical" href="https://f.example.org/ferry">link</a></footer>'
        '<div class="h-cite"><span class="p-author">A Guest</span></div>',
    )

    assert ("Ida Hull, Bo Birk", "2026-05-01", "https://f.example.org/ferry") == (
        article.byline,
        article.published and article.published.isoformat()[:10],
        article.canonical_url,
    )


def test_the_address_in_json_ld_counts(tmp_path: Path) -> None:
    """JSON-LD names the canonical address if nothing else does; one that is no web address is told."""
    head = '<script type="application/ld+json">{"@type": "Article", "headline": "The Ferry", "mainEntityOfPage": "%s"}</script>'  # noqa: E501  # markup as platforms write it
    url = "https://f.example.org/ferry"

    assert url == _load(tmp_path, "", head=head % url).canonical_url
    assert _load(tmp_path, "", head=head % "file:///etc/passwd").canonical_url is None


def test_properties_of_notion_are_not_printed(tmp_path: Path) -> None:
    """Author and date are read from the table of properties; the table itself is left out."""
    page = tmp_path / "page.html"
    page.write_text(
        '<html><head><title>The Ferry</title></head><body><article><header><h1 class="page-title">The Ferry</h1>'
        '<p class="page-description">It waits for nobody.</p><table class="properties"><tr><th>Author</th>'
        "<td>@Ida Hull</td></tr><tr><th>Date</th><td>May 1, 2026</td></tr><tr><th>Stage</th><td>Ready</td></tr></table>"
        f"</header><div class=page-body><p>{_TEXT * 3}</p></div></article></body></html>"
    )
    article = load(str(page))

    assert ("Ida Hull", "It waits for nobody.") == (article.byline, article.subtitle)
    assert "Ready" not in plain_text(article.blocks) and "Ready" in _dropped(article)
