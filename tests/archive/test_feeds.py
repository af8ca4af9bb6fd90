"""Atom and JSON Feed: valid, whole, with notes that feed readers show, and paged."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import feedparser
import pytest
from lxml import etree

from pipeline.archive import ArchiveSite
from pipeline.models.issue_document import IssueDocument
from pipeline.testing import ManualClock
from tests.archive.sites import (
    NOW,
    URL,
    list_notes,
    list_references,
    make_site,
    normalize,
    open_archive,
    read,
    render_issue,
)
from tests.rendering.sample_issues import ISSUES, article, make_issue

ATOM = {"a": "http://www.w3.org/2005/Atom", "fh": "http://purl.org/syndication/history/1.0"}


_MOST = 45


@cache
def make_issues(count: int) -> list[Any]:
    """Return *count* editions; all counts have the same ones."""
    if count < _MOST:
        return make_issues(_MOST)[:count]
    plain = render_issue(make_issue(article("Number.")), "n-aaaa")
    document = IssueDocument.from_text(plain.document)
    return [
        replace(plain, document=replace(document, slug=f"n{n}-aaaa").to_text())
        for n in range(count)
    ]


def parse(site: ArchiveSite, name: str) -> Any:  # Any: feedparser has no types
    found = feedparser.parse(read(site, name).encode(), sanitize_html=False)
    assert not found.bozo, found.get("bozo_exception")
    return found


def test_both_feeds_have_the_whole_text_and_the_same_notes() -> None:
    """A second reader finds in both feeds the text, the notes and the references of the page, in their order."""
    editions = [render_issue(issue, name) for name, issue in ISSUES.items()]
    with open_archive(*editions) as archive:
        site = make_site(archive)
        atom, found = parse(site, "feed.atom"), json.loads(read(site, "feed.json"))
        pages = [read(site, f"{name}/") for name in ISSUES]

    entries = [entry.content[0].value for entry in atom.entries]
    items = [item["content_html"] for item in found["items"]]
    assert [list_notes(page) for page in pages] == [list_notes(entry) for entry in entries]
    assert [list_notes(page) for page in pages] == [list_notes(item) for item in items]
    assert [list_references(page) for page in pages] == [list_references(each) for each in items]
    assert [normalize(entry) for entry in map(_text, entries)] == [
        normalize(item) for item in map(_text, items)
    ]
    assert [entry.id for entry in atom.entries] == [item["id"] for item in found["items"]]


def _text(html: str) -> str:
    return str(etree.HTML(html).xpath("string()"))


def test_notes_have_the_form_that_readers_show_as_popovers() -> None:
    """References are `sup > a[href*="#fn"]` with an absolute URL, and their targets are in the same entry."""
    with open_archive(render_issue(ISSUES["everything"], "a")) as archive:
        (item,) = json.loads(read(make_site(archive), "feed.json"))["items"]
    root: Any = etree.HTML(item["content_html"])
    links = root.xpath("//sup/a[contains(@href, '#fn')]")
    ids = set(root.xpath("//@id"))

    assert links
    assert {URL + "/a/"} == {link.get("href").partition("#")[0] for link in links}
    assert {link.get("href").partition("#")[2] for link in links} <= ids
    for url in root.xpath("//@href | //@src"):
        assert re.match(r"https?://|mailto:|tel:|#", url), url


def test_atom_has_what_the_standard_requires() -> None:
    """Each document and entry has its id, title, updated, and links (RFC 4287 §4.1)."""
    with open_archive(*make_issues(2)) as archive:
        root: Any = etree.fromstring(read(make_site(archive), "feed.atom").encode())

    for parent in (root, *root.findall("a:entry", ATOM)):
        for name in ("id", "title", "updated"):
            assert 1 == len(parent.findall(f"a:{name}", ATOM))
    assert f"{URL}/feed.atom" == root.xpath("string(a:link[@rel='self']/@href)", namespaces=ATOM)
    assert {"xhtml"} == {each.get("type") for each in root.iterfind(".//a:content", ATOM)}


@pytest.mark.parametrize("count", [1, 20, 21, _MOST])
def test_archived_documents_lead_to_every_issue_once(count: int) -> None:
    """By `prev-archive` a reader finds every issue, and an archived document says that it is one (RFC 5005 §4)."""
    with open_archive(*make_issues(count)) as archive:
        site = make_site(archive)
        name, found, documents = "feed.atom", list[Any](), list[Any]()
        while name:
            root: Any = etree.fromstring(read(site, name).encode())
            documents.append(root)
            found += root.xpath("a:entry/a:id/text()", namespaces=ATOM)
            link = root.xpath("string(a:link[@rel='prev-archive']/@href)", namespaces=ATOM)
            name = str(link).removeprefix(f"{URL}/")
        pages = json.loads(read(site, "feed.json"))

    assert count == len(set(found))
    assert [root.find("fh:archive", ATOM) is not None for root in documents] == [
        bool(index) for index in range(len(documents))
    ]
    assert ("next_url" in pages) == (count > 20)


def test_correction_moves_updated_and_keeps_the_id() -> None:
    """A corrected issue is the same entry in both feeds, updated, and its page lists the edition before."""
    clock = ManualClock(NOW)
    before, after = (
        render_issue(make_issue(article("One.")), "a"),
        render_issue(make_issue(article("Two.")), "a"),
    )
    with open_archive(before, clock=clock) as archive:
        old = parse(make_site(archive), "feed.atom").entries[0]
        clock.advance(timedelta(days=1))
        issue = archive.correct("a", after, "Two, not one.")
        new = parse(make_site(archive), "feed.atom").entries[0]

    assert (old.id, old.published) == (new.id, new.published)
    assert ("2026-03-02T12:30:00Z", "2026-03-03T12:30:00Z") == (old.updated, new.updated)
    assert "Two." in new.content[0].value
    assert (before.digest, after.digest) == issue.digests


def test_archived_documents_stay_as_they_are() -> None:
    """A new issue changes the feed, and no document that is archived."""
    issues = make_issues(_MOST)
    with open_archive(*issues[1:]) as before, open_archive(*issues) as after:
        old, new = (make_site(each).list_resources(at=NOW) for each in (before, after))

    names = [path for path in old if path.startswith("feed")]
    assert ["feed.atom", "feed.json"] == [n for n in names if old[n].digest != new[n].digest][:2]
