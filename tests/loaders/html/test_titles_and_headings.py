"""Titles and headings are found in whatever a page wraps them."""

# ruff: noqa: E501 - the markup is as the programs write it
from __future__ import annotations

import pytest

from tests.loaders.html.outline import LONG, load_body, load_page, write, write_notes


@pytest.mark.parametrize(
    ("title", "subtitle"),
    [
        ("<p class=MsoTitle>{}</p>", "<p class=MsoSubtitle>{}</p>"),
        ("<p class=MsoTitleCxSpFirst>{}</p>", "<p class=MsoSubtitleCxSpFirst>{}</p>"),
        (
            "<p class='c7 title' id='h.1'><span class=c0>{}</span></p>",
            "<p class='c2 subtitle' id='h.2'><span class=c0>{}</span></p>",
        ),
        ("<p class='western title'>{}</p>", "<p class='subtitle'>{}</p>"),
        ("<div class='entry-title'>{}</div>", "<div class='entry-subtitle'>{}</div>"),
        ("<h1 class=title>{}</h1>", "<p class=dek>{}</p>"),
        ("<header><h1>{}</h1>", "<p>{}</p></header>"),
        ("<hgroup><p class=kicker>Boats</p><h1>{}</h1>", "<p>{}</p></hgroup>"),
    ],
)
def test_title(title: str, subtitle: str) -> None:
    """A class of word processors, or a header around it, makes a title and a subtitle."""
    texts = ("Rowing to the island", "What two sisters wrote down")
    body = f"{title.format(texts[0])}{subtitle.format(texts[1])}<p>{LONG}</p><h1>Oars</h1><p>{LONG}</p><h1>Ropes</h1><p>{LONG}</p>"
    found = load_page(f"<html><body class=doc>{body}</body></html>")
    assert texts == (found.title, found.subtitle)
    assert f"{LONG}\n# Oars\n{LONG}\n# Ropes\n{LONG}" == write(found.blocks)


def test_title_class_of_a_section() -> None:
    """A line classed as title above the only heading is the name of the section or the site."""
    found = load_body(f"<div class=title>The Lantern</div><h1>Rowing</h1><p>{LONG}</p>")
    assert "Rowing" == found.title


@pytest.mark.parametrize(
    "head", ["", "<title>The Lantern</title>", "<title>Rowing | The Lantern</title>"]
)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<header><h1>Rowing</h1><p class=dek>What two sisters wrote down</p><p class=byline>By Ida Roan</p><time datetime=2026-03-04>4 March</time></header><article>", "</article>"),
        ("<div class=hero><div><h1>Rowing</h1></div><div class=standfirst>What two sisters wrote down</div></div><div class=byline>By Ida Roan, <time datetime=2026-03-04>4 March</time></div><main>", "</main>"),
        ("<h1>Rowing</h1><p class=subtitle>What two sisters wrote down</p><div><address>By Ida Roan</address><time datetime=2026-03-04>4 March</time><div class=entry-content>", "</div></div>"),
    ],
)  # fmt: skip
def test_title_outside_the_article(before: str, after: str, head: str) -> None:
    """A header above the article gives title, subtitle, byline and date; its picture stays."""
    found = load_page(
        f"<html><head>{head}</head><body><nav><a href=/>Home</a></nav>{before}<p>{LONG}</p><p>{LONG}</p>{after}"
        "<footer>Printed at the harbour</footer></body></html>"
    )
    assert ("Rowing", "What two sisters wrote down", "Ida Roan") == (
        found.title,
        found.subtitle,
        found.byline,
    )
    assert "2026-03-04" == str(found.published)[:10]
    assert f"{LONG}\n{LONG}" == write(found.blocks)


def test_picture_above_the_article() -> None:
    """A picture between the title and the article is part of the article."""
    found = load_page(
        f"<body><header><h1>Rowing</h1><figure><img src=boat.png alt=Boat></figure></header><main><p>{LONG}</p></main></body>"
    )
    assert f"[boat.png]\n{LONG}" == write(found.blocks)


@pytest.mark.parametrize(
    "site",
    ["<h1><a href='/'>The Lantern</a></h1>", "<h1 class=site-title>The Lantern</h1>", "<div id=logo><h1>The Lantern</h1></div>"],
)  # fmt: skip
def test_name_of_the_site(site: str) -> None:
    """The name of the site above an article is not its title."""
    found = load_page(
        f"<title>Rowing home</title><header>{site}</header><article><p>{LONG}</p></article>"
    )
    assert "Rowing home" == found.title


TOOLS = [
    "<div class='mw-heading'><h2>{}</h2><span class='mw-editsection'>[<a href='/e'>edit</a>]</span></div>",
    "<h2>{}<span class='mw-editsection'>[<a href='/e'>Bearbeiten</a> | <a href='/q'>Quelltext</a>]</span></h2>",
    "<div class='markdown-heading'><h2>{}</h2><a class=anchor href='#x' aria-label='Permalink'><svg></svg></a></div>",
    "<h2 id=x>{}<a class='headerlink' href='#x' title='Link to this heading'>¶</a></h2>",
    "<h2 id=x><a href='#x'>#</a> {}</h2>",
    "<div><h2 id=x>{}</h2><a href='#x'>Copy link</a></div>",
    "<div><h2 id=x>{}</h2><button class='copy-link'>Copy</button></div>",
    "<h2 id=x>{} <a href='#x'>Link to heading</a></h2>",
    "<header><h2>{}</h2></header>",
    "<div class=section-title><div><h2>{}</h2></div></div>",
]


@pytest.mark.parametrize("heading", TOOLS)
def test_wrapped_heading(heading: str) -> None:
    """Tools beside a heading go, a heading of the text stays, and that of the notes goes with them."""
    found = load_body(
        f"<h1>Rowing</h1><p>{LONG}<sup><a href='#fn1' id=r1>1</a></sup></p>{heading.format('Sources').replace('x', 's')}"
        f"<p>{LONG}</p>{heading.format('Notes')}<ol><li id=fn1>The book. <a href='#r1'>↩</a></li></ol>"
    )
    assert f"{LONG}[^1]\n## Sources\n{LONG}" == write(found.blocks)
    assert ["The book."] == write_notes(found)


@pytest.mark.parametrize(
    "text",
    [
        "Footnotes",
        "Footnotes:",
        "1. Footnotes",
        "Notes & References",
        "Fußnoten",
        "Notes de bas de page",
    ],
)
@pytest.mark.parametrize(
    "around",
    [
        "<div id=footnotes><h2 class=footnotes>{}</h2><div id=text-footnotes><div class=footdef><sup><a id=fn.1 class=footnum href='#fnr.1'>1</a></sup> <div class=footpara>The book.</div></div></div></div>",
        "<section class=footnotes role=doc-endnotes><h2 id=footnotes>{}<a href='#footnotes'>#</a></h2><hr><ol><li id='fn:1'><p>The book.&#160;<a href='#fnref:1' class=footnote-backref>&#x21a9;&#xfe0e;</a></p></li></ol></section>",
        "<hr><h4>{}</h4><div class=footnotes role=doc-endnotes><hr><ol><li id='fn:1'><p>The book. <a href='#fnref:1'>↩︎</a></p></li></ol></div>",
        "<header><h3>{}</h3></header><div class=footnotes><ol><li id='fn:1'>The book. <a href='#fnref:1'>↩︎</a></li></ol></div>",
    ],
)  # fmt: skip
def test_heading_of_notes(around: str, text: str) -> None:
    """The headings that Org, Hugo and others put above notes go, whatever they say and in whatever they stand."""
    marker = (
        "<sup><a id=fnr.1 class=footref href='#fn.1'>1</a></sup>"
        if "fn.1" in around
        else "<sup id='fnref:1'><a href='#fn:1' class=footnote-ref>1</a></sup>"
    )
    found = load_body(f"<h1>Rowing</h1><p>{LONG}{marker}</p>{around.format(text)}")
    assert (["The book."], f"{LONG}[^1]") == (write_notes(found), write(found.blocks))
