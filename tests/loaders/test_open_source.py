"""Open a source: where it is found and which loader reads it."""

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


def test_folder_with_one_article(tmp_path: Path) -> None:
    """A folder with an article and its images loads the article."""
    (tmp_path / "bell.md").write_text("# Bell\n\nIt rings.", encoding="utf-8")
    (tmp_path / "bell.png").write_bytes(b"picture")

    article = load(str(tmp_path))

    assert "Bell" == article.title
    assert str(tmp_path / "bell.md") == article.location


def test_index_file_of_a_folder_wins(tmp_path: Path) -> None:
    """Of several files the one called index is the article."""
    (tmp_path / "index.md").write_text("# Index", encoding="utf-8")
    (tmp_path / "notes.md").write_text("# Notes", encoding="utf-8")

    assert "Index" == load(str(tmp_path)).title


def test_ambiguous_folder_is_an_error(tmp_path: Path) -> None:
    """A folder without an article, or with several, raises an error that lists them."""
    with pytest.raises(LoadError, match="no article found in this folder"):
        load(str(tmp_path))
    (tmp_path / "a.md").write_text("a", encoding="utf-8")
    (tmp_path / "b.txt").write_text("b", encoding="utf-8")
    with pytest.raises(LoadError, match=r"several files.*a\.md, b\.txt"):
        load(str(tmp_path))


def test_unknown_format_lists_the_known_formats(tmp_path: Path) -> None:
    """The error for an unknown extension or format lists the known ones."""
    path = tmp_path / "letter.wpd"
    path.write_bytes(b"x")

    with pytest.raises(LoadError, match=r'"\.wpd".*markdown, text'):
        load(str(path))
    with pytest.raises(UnknownName, match='Did you mean "markdown"'):
        load(str(path), format="markdwn")


def test_format_can_be_a_file_extension(tmp_path: Path) -> None:
    """--format md is --format markdown."""
    path = tmp_path / "letter"
    path.write_text("# Bell\n\nIt *rings*.", encoding="utf-8")

    assert load(str(path), format="markdown") == load(str(path), format="md")


def test_url_is_loaded_by_its_media_type() -> None:
    """A URL is fetched and read by the loader for its media type; `{{ name }}` is not a field in it."""
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


def test_private_host_is_rejected() -> None:
    """Without --allow-private no request is sent to this machine."""
    with running(Site()) as site, pytest.raises(LoadError, match="--allow-private"):
        load(site.url("/"))


def test_teaser_loads_the_full_article(tmp_path: Path) -> None:
    """For a feed with only a teaser the page is loaded, with a warning; if that fails, the teaser is used."""
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


def test_paywall_and_empty_page_have_different_errors() -> None:
    """The error for a paywall says so; the error for a page without text says that it is empty."""
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


def test_links_are_resolved_against_the_final_url() -> None:
    """A relative link is resolved against the URL after redirects, even if messages show a shortened one."""
    page = b"<html><body><article><h1>Rain</h1><p>" + b"It rained on the quay. " * 20
    page += b'See <a href="gauge">the gauge</a>.</p></article></body></html>'
    with running(Site()) as site:
        site.routes["/long/rain"] = Answer(body=page)
        site.redirect("/r", site.url("/long/rain?token=1"))

        article = load(site.url("/r"), allow_private=True)

    assert site.url("/long/gauge") in [getattr(node, "href", None) for node in walk(article.blocks)]
    assert "token" not in article.location


@pytest.mark.parametrize("name", ["README.md", "readme.txt", "README.de.md", "CHANGELOG.md"])
def test_files_about_a_folder_are_not_its_article(tmp_path: Path, name: str) -> None:
    """Where a folder has an article and files about the work on it, the article is chosen."""
    (tmp_path / name).write_text("# How we work\n\nAsk Nell for the key.")
    (tmp_path / "low-water.md").write_text("# Low water\n\nThe wheel stood still.")

    assert "Low water" == load(str(tmp_path)).title
