"""Every footnote of the hand-checked corpus: same notes, order and text in email, text part, page and both feeds."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import feedparser
import pytest

from pipeline import editing
from pipeline.loaders import load
from pipeline.mail import fill_fields
from pipeline.models.article_text import plain_text
from tests.archive.sites import (
    NOW,
    list_notes,
    list_references,
    make_site,
    open_archive,
    read,
    render_issue,
)
from tests.rendering.sample_issues import ADA, PUBLICATION
from tests.support import require_corpus


def _list_cases() -> list[Path]:
    folder = os.environ.get("HANDBILL_CORPUS")
    return sorted(Path(folder, "cases").glob("*.expected.json")) if folder else []


@pytest.mark.parametrize("path", _list_cases() or [None], ids=lambda p: p.name if p else "none")
def test_notes_are_the_same_everywhere(path: Path | None) -> None:
    """Five readings of one issue have the same notes and references, none lost and none moved."""
    require_corpus()
    assert path is not None
    expected = json.loads(path.read_text(encoding="utf-8"))
    source = load(str(path.parent / expected["input"]))
    # pictures are not part of the corpus, and an appeal has no notes
    issue = editing.edit(source, PUBLICATION, None, subject="S", anchors="mail")
    edition = render_issue(issue, "a-aaaa")
    with open_archive(edition) as archive:
        site = make_site(archive)
        page, feed = read(site, "a-aaaa/"), json.loads(read(site, "feed.json"))["items"][0]
        (entry,) = feedparser.parse(read(site, "feed.atom").encode(), sanitize_html=False).entries
    email = fill_fields(edition.html, ADA, at=NOW)
    text = fill_fields(edition.text, ADA, at=NOW)

    notes = list_notes(email)
    assert len(source.notes) == len(notes)
    assert notes == list_notes(page)
    assert notes == list_notes(feed["content_html"])
    assert notes == list_notes(entry.content[0].value)
    references = list_references(email)
    assert references == list_references(page)
    assert references == list_references(feed["content_html"])
    assert references == list_references(entry.content[0].value)
    letters = re.sub(r"\W|_", "", text)
    place = letters.rfind("Notes")
    for note in source.notes:
        for word in re.split(r"[\W_]+", plain_text(note.blocks)):
            place = letters.find(word, place)
            assert place >= 0, (note.number, word)
