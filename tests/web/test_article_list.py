"""The list of articles."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.project import Project
from pipeline.state_dir import ARCHIVE_MANIFEST
from pipeline.web.preview.session import PreviewSession
from pipeline.web.preview.sources.article_list import list_articles
from tests.web.previews import make_project


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("a.md", "---\ntitle: The Tide Clock\n---\n\nText.\n", "The Tide Clock"),
        ("a.md", '---\nTitle: "One: two"\n---\n', "One: two"),
        ("a.md", '+++\ntitle = "Seven Ovens"\n+++\n', "Seven Ovens"),
        ("a.md", "# It’s late\n\nText.\n", "It’s late"),
        ("no-title_here.md", "Text only.\n", "no title here"),
        ("salt-road.txt", "Skip to main content\n\nThe Salt Road\n", "salt road"),
        ("letter.html", "<h1>No</h1>", "letter"),
    ],
)
def test_titles_of_articles(tmp_path: Path, name: str, text: str, title: str) -> None:
    """The title is taken from front matter or a heading; for text and HTML files it is the file name."""
    folder = make_project(tmp_path / "lantern")
    (folder / "tide.md").unlink()
    (folder / name).write_text(text, encoding="utf-8")
    session = PreviewSession(open_project=lambda: Project.open(folder), load=lambda p, s: p.load(s))
    assert [(title, name)] == [(entry.title, entry.path) for entry in session.list_articles()]


def test_rendered_files_are_no_articles(tmp_path: Path) -> None:
    """What `handbill render` wrote beside its source is not listed; a page or a text of its own is."""
    for name in (
        "tide.md",
        "tide.html",
        "tide.txt",
        "tide.eml",
        "quay.html",
        "quay.txt",
        "rope.eml",
    ):
        (tmp_path / name).write_text("# Tide", encoding="utf-8")

    assert ["quay.html", "quay.txt", "tide.md"] == sorted(
        article.path for article in list_articles(tmp_path)
    )


def test_an_exported_archive_has_no_articles(tmp_path: Path) -> None:
    """The pages that `handbill archive build` wrote are not listed; pages in another folder are."""
    for name in ("public/index.html", "public/bell/index.html", "drafts/bell.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("<h1>Bell</h1>", encoding="utf-8")
    (tmp_path / "public" / ARCHIVE_MANIFEST).write_text("{}", encoding="utf-8")

    assert ["drafts/bell.html"] == [article.path for article in list_articles(tmp_path)]
