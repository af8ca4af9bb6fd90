"""Search: words by their beginning, in every script, only in what everybody may read, and nothing that breaks it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipeline.archive import ArchiveStore
from pipeline.archive.search_index import SearchIndex
from pipeline.models.archived_issue import Visibility
from tests.archive.sites import open_archive, render_issue
from tests.rendering.sample_issues import ISSUES, article, make_issue, note, para, ref


@pytest.fixture(scope="module")
def archive() -> Iterator[ArchiveStore]:
    """An archive of the sample issues, and one whose note has a word that is nowhere else."""
    text = article(para("Der Fährmann.", ref(1)), notes=(note(1, "Sextantenkunde."),))
    german = replace(make_issue(replace(text, title="Die Fähre")), language="de")
    editions = [render_issue(issue, name) for name, issue in ISSUES.items()]
    with open_archive(*editions, render_issue(german, "german")) as opened:
        yield opened


def find(archive: ArchiveStore, query: str) -> list[str]:
    issues = [issue for issue in archive.list_issues() if issue.is_public]
    return [issue.slug for issue in SearchIndex(archive.read_edition).find(query, issues)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sextant", ["german"]),
        ("FAHRE", ["german"]),
        ("fährmann sextantenkunde", ["german"]),
        ("fährmann bell", []),
        ("船着き場", ["japanese"]),
        ("العبّارة", ["arabic"]),
        ("", []),
        ('"', []),
        ("NOT * AND (", ["everything"]),
        ("slug:german", []),
    ],
)
def test_words_are_found(archive: ArchiveStore, query: str, expected: list[str]) -> None:
    """Words are found in text and notes, whatever their case and accents; no character has a meaning of its own."""
    assert expected == find(archive, query)


def test_title_counts_more() -> None:
    """An issue with the word in its title comes before one that has it in its text."""
    texts = [("One", "Oars, and the moon."), ("The moon", "Oars, and the sea.")]
    issues = [make_issue(replace(article(text), title=title)) for title, text in texts]
    with open_archive(render_issue(issues[0], "text"), render_issue(issues[1], "title")) as opened:
        assert ["title", "text"] == find(opened, "moon")


def test_what_is_not_public_is_not_found(archive: ArchiveStore) -> None:
    """An unlisted issue is not found; listed again, it is."""
    index = SearchIndex(archive.read_edition)

    def search() -> list[str]:
        issues = [issue for issue in archive.list_issues() if issue.is_public]
        return [issue.slug for issue in index.find("sextant", issues)]

    before = search()
    archive.set_visibility("german", Visibility.UNLISTED)
    hidden = search()
    archive.set_visibility("german", None)

    assert (["german"], [], ["german"]) == (before, hidden, search())
