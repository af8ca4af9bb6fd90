"""Where a source comes from and which loader reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import LoadError, UnknownName
from pipeline.loaders import load
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk
from tests.loaders.fetch.servers import Answer, Site, running

_FEED = """<rss version="2.0"><channel><title>t</title><item><title>Rain</title><link>{url}</link>
<description>It rained on the quay and then …</description></item></channel></rss>"""
_PAGE = b"""<!doctype html><html lang="en"><title>Rain - The Lantern</title><article><h1>Rain</h1>
<p>It rained on the quay and then, as everybody had expected, it went on raining for the rest of the week.</p>
</article></html>"""


def test_a_folder_with_one_article_is_that_article(tmp_path: Path) -> None:
    """A folder with an article and its pictures is loaded by its article."""
    (tmp_path / "bell.md").write_text("# Bell\n\nIt rings.", encoding="utf-8")
    (tmp_path / "bell.png").write_bytes(b"picture")

    article = load(str(tmp_path))

    assert "Bell" == article.title
    assert str(tmp_path / "bell.md") == article.location


def test_the_index_of_a_folder_wins(tmp_path: Path) -> None:
    """Among several files the one called index is the article."""
    (tmp_path / "index.md").write_text("# Index", encoding="utf-8")
    (tmp_path / "notes.md").write_text("# Notes", encoding="utf-8")

    assert "Index" == load(str(tmp_path)).title


def test_a_folder_that_does_not_say_is_told(tmp_path: Path) -> None:
    """No article, or several that could be it, is one sentence with their names."""
    with pytest.raises(LoadError, match="no article found in this folder"):
        load(str(tmp_path))
    (tmp_path / "a.md").write_text("a", encoding="utf-8")
    (tmp_path / "b.txt").write_text("b", encoding="utf-8")
    with pytest.raises(LoadError, match=r"several files.*a\.md, b\.txt"):
        load(str(tmp_path))


def test_an_unknown_ending_or_format_lists_the_known(tmp_path: Path) -> None:
    """What nothing reads is told with what is read."""
    path = tmp_path / "letter.wpd"
    path.write_bytes(b"x")

    with pytest.raises(LoadError, match=r'"\.wpd".*markdown, text'):
        load(str(path))
    with pytest.raises(UnknownName, match='Did you mean "markdown"'):
        load(str(path), format="markdwn")


def test_a_format_is_named_by_its_ending_too(tmp_path: Path) -> None:
    """--format md is --format markdown."""
    path = tmp_path / "letter"
    path.write_text("# Bell\n\nIt *rings*.", encoding="utf-8")

    assert load(str(path), format="markdown") == load(str(path), format="md")


def test_a_page_of_the_web_is_loaded_by_what_it_is() -> None:
    """A URL is fetched and read by the loader of its media type; its fields stay literal."""
    with running(Site()) as site:
        site.routes["/rain"] = Answer(body=_PAGE)
        site.routes["/rain.md"] = Answer(
            body=b"# Rain\n\nFor {{ name }}.", headers={"Content-Type": "text/markdown"}
        )

        page = load(site.url("/rain"), allow_private=True)
        markdown = load(site.url("/rain.md"), allow_private=True)

    assert "Rain" == page.title
    assert "as everybody had expected" in plain_text(page.blocks)
    assert not markdown.has_fields


def test_a_private_address_is_refused() -> None:
    """Without --allow-private nothing is fetched from this machine."""
    with running(Site()) as site, pytest.raises(LoadError, match="--allow-private"):
        load(site.url("/"))


def test_a_teaser_leads_to_the_whole_article(tmp_path: Path) -> None:
    """Where a feed holds only a teaser, the page is loaded and that is told; if it cannot be, the teaser stays."""
    with running(Site()) as site:
        site.routes["/rain"] = Answer(body=_PAGE)
        feed = tmp_path / "feed.xml"
        feed.write_text(_FEED.format(url=site.url("/rain")), encoding="utf-8")
        whole = load(str(feed), allow_private=True)
        feed.write_text(_FEED.format(url=site.url("/gone")), encoding="utf-8")
        teaser = load(str(feed), allow_private=True)

    assert "the rest of the week" in plain_text(whole.blocks)
    assert ["feed.teaser-followed"] == [warning.code for warning in whole.warnings]
    assert "It rained on the quay" in plain_text(teaser.blocks)
    assert ["feed.teaser"] == [warning.code for warning in teaser.warnings]


def test_a_wall_is_told_from_an_empty_article() -> None:
    """A login wall is named as what it is, with what to do; a page without text is only empty."""
    wall = b"<!doctype html><title>Sign in</title><body><form><h1>Sign in</h1><p>Please log in to continue reading."
    wall += b"</p><input type=password></form></body>"
    with running(Site()) as site:
        site.routes["/wall"] = Answer(body=wall)
        site.routes["/empty"] = Answer(
            body=b"<!doctype html><title>Rain</title><body><p> </p></body>"
        )

        with pytest.raises(
            LoadError, match="/wall: the page shows the article to subscribers only"
        ):
            load(site.url("/wall"), allow_private=True)
        with pytest.raises(LoadError, match="no text"):
            load(site.url("/empty"), allow_private=True)


def test_links_of_a_fetched_page_count_from_where_it_was_found() -> None:
    """A relative link leads to the page's own site, after redirects, even where its address is shown shortened."""
    page = b"<html><body><article><h1>Rain</h1><p>" + b"It rained on the quay. " * 20
    page += b'See <a href="gauge">the gauge</a>.</p></article></body></html>'
    with running(Site()) as site:
        site.routes["/long/rain"] = Answer(body=page)
        site.redirect("/r", site.url("/long/rain?token=1"))

        article = load(site.url("/r"), allow_private=True)

    assert site.url("/long/gauge") in [getattr(node, "href", None) for node in walk(article.blocks)]
    assert "token" not in article.location
