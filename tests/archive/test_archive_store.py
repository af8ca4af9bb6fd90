"""Which issues are in the archive: those added by hand here; those that were sent in tests/web/public."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.errors import StateError
from pipeline.models.archived_issue import ArchivedIssue, Visibility
from tests.archive.sites import NOW, make_site, open_archive, render_issue
from tests.rendering.sample_issues import article, make_issue

ISSUE = make_issue(replace(article("One."), title="One"))
OTHER = make_issue(replace(article("Two."), title="Two"))


def test_removed_issue_has_no_page_and_comes_back() -> None:
    """An issue that is taken out is in no file; adding its slug again brings it back as it was."""
    with open_archive(render_issue(ISSUE, "one-aaaa"), render_issue(OTHER, "two-bbbb")) as archive:
        site = make_site(archive)
        before = site.list_resources(at=NOW)
        archive.set_visibility("one", Visibility.REMOVED)
        without = site.list_resources(at=NOW)
        archive.set_visibility("aaaa", None)
        after = site.list_resources(at=NOW)
        contents = [each.render() for each in without.values()]

    assert "one-aaaa/" in before
    assert "one-aaaa/" not in without
    assert all(b"one-aaaa" not in content for content in contents)
    assert {path: each.digest for path, each in before.items()} == {
        path: each.digest for path, each in after.items()
    }


def test_unlisted_issue_is_only_found_by_its_url() -> None:
    """It has a page that search engines leave out, and no list, feed or neighbor names it."""
    with open_archive(render_issue(ISSUE, "one-aaaa"), render_issue(OTHER, "two-bbbb")) as archive:
        archive.set_visibility("one-aaaa", Visibility.UNLISTED)
        files = make_site(archive).list_resources(at=NOW)
        page = files["one-aaaa/"].render().decode()
        others = [each.render() for path, each in files.items() if path != "one-aaaa/"]

    assert '<meta name="robots" content="noindex">' in page
    assert not files["one-aaaa/"].is_listed
    assert all(b"one-aaaa" not in content for content in others)


def test_an_issue_with_other_words_is_not_added() -> None:
    """Adding an issue again with other words is refused: the words that were sent stay."""
    with open_archive(render_issue(ISSUE, "one-aaaa")) as archive:
        archive.add(render_issue(ISSUE, "one-aaaa"))
        with pytest.raises(StateError, match="handbill archive correct one-aaaa"):
            archive.add(render_issue(OTHER, "one-aaaa"))


@pytest.mark.parametrize(
    ("name", "message"),
    [("three", 'No issue in the archive is called "three"'), ("o", "Several issues")],
)
def test_unclear_names_are_explained(name: str, message: str) -> None:
    """A name that no issue or several issues have is an error that says which there are."""
    editions = (render_issue(ISSUE, "one-aaaa"), render_issue(OTHER, "other-bbbb"))
    with open_archive(*editions) as archive, pytest.raises(StateError, match=message):
        archive.find_issue(name)


def test_id_never_changes() -> None:
    """The ID of an issue depends on its first edition and its date, on nothing that can change."""
    with open_archive(render_issue(ISSUE, "one-aaaa")) as archive:
        (before,) = archive.list_issues()
        archive.correct("one", render_issue(OTHER, "one-aaaa"), "Everything was wrong.")
        (after,) = archive.list_issues()

    assert "tag:tern.example.org,2026-03-02:one-aaaa" == before.tag == after.tag
    assert isinstance(after, ArchivedIssue)
    assert (before.digest, after.digest) == after.digests
    assert "Two" == after.card.title
