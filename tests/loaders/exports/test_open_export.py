"""Exports of other systems: which posts are in them, and what becomes of one."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from pipeline.errors import LoadError
from pipeline.loaders.exports import Access, ExportedPost, PostKind, load_post, open_export
from pipeline.models.article import Article, Figure, Image
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk
from tests.loaders.exports.sample_exports import ISSUES, WRITERS, write_ghost, write_substack

SITE = "https://old.example.org"


def read_posts(path: Path) -> list[ExportedPost]:
    """Return all posts of the export at *path*."""
    with open_export(path) as export:
        return list(export.posts)


def load_first(path: Path, site: str | None = SITE) -> Article:
    """Return the first issue in the export at *path*."""
    (post,) = (each for each in read_posts(path) if each.slug == "rain-gauges")
    return load_post(post, location=str(path), site=site)


@pytest.mark.parametrize("system", WRITERS)
def test_posts(system: str, tmp_path: Path) -> None:
    """Each system is recognised, with slugs, titles and dates; drafts and pages are told apart."""
    path = WRITERS[system](tmp_path)
    with open_export(path) as export:
        assert system == export.system.value
        posts = list(export.posts)

    issues = [
        each
        for each in posts
        if each.kind is PostKind.PUBLISHED and each.access is Access.EVERYBODY
    ]
    found = [(each.slug, each.title, each.published) for each in issues]
    assert ISSUES == [(slug, title, at.isoformat()) for slug, title, at in found if at]
    assert "draft" in {each.slug for each in posts if each.kind is PostKind.DRAFT}
    if system in ("Substack", "Ghost", "WordPress"):
        closed = [each.slug for each in posts if each.access is Access.SUBSCRIBERS]
        assert ["members"] == closed
        assert ["about"] == [each.slug for each in posts if each.kind is PostKind.PAGE]


@pytest.mark.parametrize("system", ["Substack", "Ghost", "WordPress", "Buttondown"])
def test_notes(system: str, tmp_path: Path) -> None:
    """The notes of a post are notes of its article, and its pictures are where they were."""
    article = load_first(WRITERS[system](tmp_path))
    assert ["Made of bronze."] == [plain_text(note.blocks).strip() for note in article.notes]
    images = [node.src for node in walk(article) if isinstance(node, Figure | Image)]
    assert [f"{SITE}/bowl.jpg"] == images
    assert ("Rain gauges", None) == (article.title, article.canonical_url)


@pytest.mark.parametrize("system", ["Ghost", "WordPress"])
def test_author(system: str, tmp_path: Path) -> None:
    """Authors are named as the site named them."""
    assert "Ada Byron" == load_first(WRITERS[system](tmp_path)).byline


def test_no_fields(tmp_path: Path) -> None:
    """What looks like a field in another system's text is words, never filled in."""
    article = load_first(WRITERS["Buttondown"](tmp_path))
    assert not article.has_fields
    assert "{{ subscriber.email }}" in plain_text(article.blocks)


@pytest.mark.parametrize("system", ["Substack", "Buttondown"])
def test_local_pictures(system: str, tmp_path: Path) -> None:
    """Without the address of the site a picture is left out and told, not looked for on this machine."""
    article = load_first(WRITERS[system](tmp_path), site=None)
    assert not [n for n in walk(article) if isinstance(n, Figure | Image) and n.src]
    assert "image.unsafe" in {warning.code for warning in article.warnings}


def test_paragraphs_of_old_wordpress_posts(tmp_path: Path) -> None:
    """An empty line is a paragraph there, and an entity of the file's own stays unread."""
    path = WRITERS["WordPress"](tmp_path)
    (post,) = (each for each in read_posts(path) if each.slug == "ferry-bells")
    article = load_post(post, location=str(path))
    assert ["A bell rings twice.", "And & again."] == plain_text(article.blocks).splitlines()


def test_empty_post(tmp_path: Path) -> None:
    """A post without text is an error that names it."""
    path = write_substack(tmp_path)
    (post,) = (each for each in read_posts(path) if each.slug == "rain-gauges")
    empty = ExportedPost(name=post.name, slug=post.slug, title=post.title, body=" ")
    with pytest.raises(LoadError, match=r"posts/1\.rain-gauges\.html: the export has no text"):
        load_post(empty, location=str(path))


@pytest.mark.parametrize("kind", ["missing", "text", "empty zip", "cut zip", "other json"])
def test_other_files(kind: str, tmp_path: Path) -> None:
    """What is no export, or a damaged one, is an error in a sentence that names the file."""
    path = tmp_path / "export.zip"
    if kind == "text":
        path.write_text("Hello.")
    elif kind == "empty zip":
        zipfile.ZipFile(path, "w").close()
    elif kind == "cut zip":
        path.write_bytes(write_substack(tmp_path).read_bytes()[:-40])
    elif kind == "other json":
        path = write_ghost(tmp_path)
        path.write_text('{"posts": 1}')
    with pytest.raises(LoadError, match=str(path)) as caught:
        read_posts(path)
    assert "Traceback" not in str(caught.value)


def test_folder_in_the_archive(tmp_path: Path) -> None:
    """An archive whose files are in a folder, as Finder packs them again, is read as well."""
    packed = tmp_path / "again.zip"
    with (
        zipfile.ZipFile(write_substack(tmp_path)) as old,
        zipfile.ZipFile(packed, "w") as new,
    ):
        for name in old.namelist():
            new.writestr(f"export 2024/{name}", old.read(name))
    assert "Made of bronze." in plain_text(load_first(packed).notes[0].blocks)
