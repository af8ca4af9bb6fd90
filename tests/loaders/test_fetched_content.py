"""No feed, page or other fetched content reaches a file of this machine, and its URLs are web addresses or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import LoadError, RenderError
from pipeline.loaders import load
from pipeline.models.article import Article, Figure, Image, Link
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk
from pipeline.project import Project
from tests.loaders.fetch.servers import Answer, Site, running

_SECRET = "The harbour trust is insolvent"
_LONG = "It rained on the quay, and nobody wondered at it. " * 20
#: With `{folder}`, where a file with the secret is.
_PATHS = (
    "{folder}/minutes.txt",
    "minutes.txt",
    "./minutes.txt",
    "../board/minutes.txt",
    "..",
    ".",
    "-",
    "file://{folder}/minutes.txt",
    "file:{folder}/minutes.txt",
    "FILE://localhost{folder}/minutes.txt",
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "http:{folder}/minutes.txt",
    "feed:{folder}/minutes.txt",
    "mailto:rain@example.org",
)
_RSS = """<rss version="2.0"><channel><title>t</title><link>https://example.org/</link>
<item><title>Rain</title>{link}<description>{summary}</description></item></channel></rss>"""
_ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="file:///"><title>t</title><entry><title>Rain</title>
<link href="{url}"/><id>{url}</id><summary>It rained and then …</summary></entry></feed>"""
_LINKS = (
    "<link>{url}</link>",
    "<guid>{url}</guid>",
    '<guid isPermaLink="true">{url}</guid>',
    '<guid isPermaLink="false">{url}</guid><link>{url}</link>',
)


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a file that must stay here."""
    folder = tmp_path / "board"
    folder.mkdir()
    (folder / "minutes.txt").write_text(_SECRET, encoding="utf-8")
    monkeypatch.chdir(folder)
    return folder


def _urls(article: Article) -> list[str]:
    """Return the URLs of the images and links in *article*."""
    nodes = list(walk(article))
    images = [node.src or "" for node in nodes if isinstance(node, Figure | Image)]
    return images + [node.href for node in nodes if isinstance(node, Link)]


def _assert_stays_here(article: Article) -> None:
    text = plain_text((article.blocks, article.notes))
    assert "It rained" in text
    assert _SECRET not in f"{article.title} {text}"
    assert article.canonical_url is None or article.canonical_url.startswith(("http:", "https:"))
    assert not article.has_fields


@pytest.mark.parametrize("path", _PATHS)
@pytest.mark.parametrize("form", [*_LINKS, "atom"])
def test_a_link_to_a_file_is_left_out_of_a_feed_in_a_file(
    board: Path, path: str, form: str
) -> None:
    """The teaser of an entry whose link or guid is a path or another kind of URL is the article, with a warning."""
    url = path.format(folder=board)
    text = _ATOM if form == "atom" else _RSS.replace("{link}", form)
    feed = board / "feed.xml"
    feed.write_text(text.format(url=url, summary="It rained and then …"), encoding="utf-8")

    article = load(str(feed))

    _assert_stays_here(article)
    assert article.canonical_url is None
    assert ["link.unsafe"] == [warning.code for warning in article.warnings]
    if any(character.isalpha() for character in url):
        assert {"link.unsafe"} == {dropped.reason for dropped in article.dropped}


@pytest.mark.parametrize("path", [*_PATHS, "/rain.txt"])
@pytest.mark.parametrize("form", [*_LINKS, "atom"])
def test_a_link_in_a_fetched_feed_is_resolved_against_its_url(
    board: Path, path: str, form: str
) -> None:
    """A relative link leads to the feed's own site, where there is a page or not; never to a file."""
    url = path.format(folder=board)
    text = (_ATOM if form == "atom" else _RSS.replace("{link}", form)).replace("file:///", "")
    with running(Site()) as site:
        site.routes["/feed"] = Answer(
            body=text.format(url=url, summary="It rained and then …").encode(),
            headers={"Content-Type": "application/rss+xml"},
        )
        site.routes["/rain.txt"] = Answer(
            body=f"Rain\n\n{_LONG} For {{{{ name }}}}.".encode(),
            headers={"Content-Type": "text/plain"},
        )
        article = load(site.url("/feed"), allow_private=True)

        _assert_stays_here(article)
        if path == "/rain.txt":
            assert site.url("/rain.txt") == article.location
            assert "{{ name }}" in plain_text(article.blocks)


def test_the_full_article_is_not_trusted(board: Path) -> None:
    """Fields in the page that an entry links to stay literal, and its front matter sets neither subject nor appeal."""
    with running(Site()) as site:
        site.routes["/rain.md"] = Answer(
            body=f"---\nsubject: Win\ncanonical_url: ../minutes.txt\nappeal: {{url: 'https://evil.test'}}\n---\n"
            f"# Rain\n\n{_LONG} For {{{{ name }}}}.\n\n![x]({board}/plan.png) ![y](file://{board}/plan.png)".encode(),
            headers={"Content-Type": "text/markdown"},
        )
        feed = board / "feed.xml"
        link = f"<link>{site.url('/rain.md')}</link>"
        feed.write_text(_RSS.format(link=link, summary="It rained …"), encoding="utf-8")
        article = load(str(feed), allow_private=True)

        assert article.canonical_url == site.url("/minutes.txt")
        assert all(not url or url.startswith("http") for url in _urls(article))
    assert article.location.startswith("http://")  # so that no image can be a file
    _assert_stays_here(article)
    assert "{{ name }}" in plain_text(article.blocks)
    assert article.front_matter.subject is None
    assert not article.front_matter.appeal
    assert {"feed.teaser-followed", "image.unsafe"} <= {
        warning.code for warning in article.warnings
    }


@pytest.mark.parametrize("content", ["{folder}/secret.xml", "secret.xml", "../board/secret.xml"])
def test_a_feed_that_is_only_a_path_is_not_opened(board: Path, content: str) -> None:
    """A feed whose bytes are the path of a file is not a feed, even if that file is one."""
    secret = _RSS.format(link="", summary=_SECRET)
    (board / "secret.xml").write_text(secret, encoding="utf-8")
    with running(Site()) as site:
        site.routes["/feed"] = Answer(
            body=content.format(folder=board).encode(),
            headers={"Content-Type": "application/rss+xml"},
        )
        with pytest.raises(LoadError, match="not an RSS or Atom feed"):
            load(site.url("/feed"), allow_private=True, format="feed")


def test_an_outline_of_feeds_is_not_a_feed(board: Path) -> None:
    """OPML lists feeds; nothing that it names is opened."""
    outline = board / "feeds.xml"
    outline.write_text(
        f'<opml version="2.0"><body><outline type="rss" text="x" xmlUrl="{board}/minutes.txt"/></body></opml>',
        encoding="utf-8",
    )
    with pytest.raises(LoadError, match="not an RSS or Atom feed"):
        load(str(outline))


@pytest.mark.parametrize("link", ["", "<link>https://example.org/rain</link>", "<link>..</link>"])
@pytest.mark.parametrize(
    "src", ["plan.png", "{folder}/plan.png", "file://{folder}/plan.png", "/\t/[x"]
)
def test_images_in_a_feed_are_never_files(
    board: Path, link: str, src: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image beside the feed's file, by whatever path, is not mailed: it is left out, or one of the entry's site."""
    (board / "plan.png").write_bytes(b"secret")
    path = src.format(folder=board)
    image = f"&lt;p&gt;{_LONG}&lt;/p&gt;&lt;img src='{path}' alt='A plan'&gt;"
    image += f"&lt;p&gt;In &lt;img src='{path}' alt='line'&gt; too.&lt;/p&gt;"
    feed = board / "feed.xml"
    feed.write_text(_RSS.format(link=link, summary=image), encoding="utf-8")
    opened: list[str] = []

    article = load(str(feed))
    monkeypatch.setattr("pipeline.project.assets.read_image", lambda src, *_: opened.append(src))
    project = Project.open()
    project.render(project.edit(article))

    assert [] == opened
    assert all(not url or url.startswith("http") for url in _urls(article))
    assert "A plan" in str(article)
    if "example.org" not in link or src.startswith("file"):
        assert "image.unsafe" in [warning.code for warning in article.warnings]


@pytest.mark.parametrize(
    "src", ["{folder}/plan.png", "file://{folder}/plan.png", "../plan.png", "//[x"]
)
@pytest.mark.parametrize("base", ["", "<base href='file://{folder}/'>", "<base href='http://['>"])
def test_images_in_a_page_are_never_files(board: Path, src: str, base: str) -> None:
    """An image of a fetched page is one of its site, or an error; no file is read."""
    (board / "plan.png").write_bytes(b"secret")
    page = f"<title>Rain</title>{base}<article><h1>Rain</h1><p>{_LONG}</p><img src='{src}' alt='Plan'></article>"
    with running(Site()) as site:
        site.routes["/rain"] = Answer(body=page.format(folder=board).encode())
        article = load(site.url("/rain"), allow_private=True)

    _assert_stays_here(article)
    assert not any(url.startswith(("file", "/", ".")) for url in _urls(article))
    project = Project.open()
    with pytest.raises(RenderError, match="does not give this image's URL"):
        from pipeline.project import assets

        assets.read_image("plan.png", article, project.root)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "javascript:x", "../minutes.txt", "http://["]
)
@pytest.mark.parametrize(
    "form", ['<link rel="canonical" href="{}">', '<meta property="og:url" content="{}">']
)
def test_a_canonical_url_of_a_page_is_a_web_address(board: Path, url: str, form: str) -> None:
    """The canonical URL of a saved page is a web address, or is listed as left out with a warning."""
    page = board / "rain.html"
    head = f"<html><head><title>Rain</title>{form}</head><body><h1>Rain</h1><p>{_LONG}</p></body></html>"
    page.write_text(head.format(url), encoding="utf-8")
    article = load(str(page))
    page.write_text(head.format("https://example.org/rain"), encoding="utf-8")
    fine = load(str(page))

    assert article.canonical_url is None
    assert [("link.unsafe", url)] == [(each.reason, each.text) for each in article.dropped]
    assert ["link.unsafe"] == [warning.code for warning in article.warnings]
    assert "https://example.org/rain" == fine.canonical_url
    assert () == fine.warnings


@pytest.mark.parametrize("target", ["file://{folder}/minutes.txt", "{folder}/minutes.txt", "//[x"])
def test_a_redirect_never_leads_to_a_file(board: Path, target: str) -> None:
    """A feed, or a page that an entry links to, that redirects to a file is not read."""
    with running(Site()) as site:
        site.redirect("/rain", target.format(folder=board))
        feed = board / "feed.xml"
        link = f"<link>{site.url('/rain')}</link>"
        feed.write_text(_RSS.format(link=link, summary="It rained …"), encoding="utf-8")
        article = load(str(feed), allow_private=True)
        with pytest.raises(LoadError):
            load(site.url("/rain"), allow_private=True)

    _assert_stays_here(article)
    assert ["feed.teaser"] == [warning.code for warning in article.warnings]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rain.rst", "Rain\n====\n\n" + _LONG + "\n\n.. include:: {folder}/minutes.txt\n"),
        ("rain.org", "* Rain\n" + _LONG + '\n\n#+INCLUDE: "{folder}/minutes.txt"\n'),
        ("rain.tex", _LONG + "\n\n\\input{{{folder}/minutes.txt}}\n"),
        (
            "rain.md",
            _LONG
            + "\n\n{{% include {folder}/minutes.txt %}}\n\n<!--#include file='minutes.txt'-->\n",
        ),
    ],
)
def test_includes_are_not_followed(board: Path, name: str, text: str) -> None:
    """A document that includes a file gets nothing of it."""
    if not name.endswith(".md"):
        pytest.importorskip("pypandoc")
    path = board / name
    path.write_text(text.format(folder=board), encoding="utf-8")
    try:
        article = load(str(path), keep_unplaced=True)
    except LoadError as error:
        assert _SECRET not in str(error)
    else:
        assert _SECRET not in str(article)
