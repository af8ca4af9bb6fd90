"""The page of an issue: complete, for nobody in particular, true on the day it is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.archive import ArchiveSite
from pipeline.models.issue import Goal, NoteAnchors, SizeLimit, SizePolicy
from pipeline.models.issue_document import IssueDocument
from pipeline.rendering.web.page_context import IssueContext
from tests.archive.sites import (
    NOW,
    URL,
    Scanner,
    list_notes,
    list_references,
    make_site,
    open_archive,
    read,
    render_issue,
)
from tests.rendering.sample_issues import (
    ARABIC_WITH_APPEAL,
    EVERYTHING,
    FULL_APPEAL,
    ISSUES,
    THEMES,
    WITH_APPEAL,
    WITH_FULL_APPEAL,
    article,
    bullets,
    make_issue,
    note,
    para,
    ref,
)

GOAL = {(FULL_APPEAL.currency, 1_000_000): 750_000}


@pytest.fixture(scope="module")
def site() -> Iterator[ArchiveSite]:
    """An archive of the sample issues, each under its name."""
    editions = [render_issue(issue, name) for name, issue in ISSUES.items()]
    with open_archive(*editions) as archive:
        yield make_site(archive, goals=GOAL)


@pytest.mark.parametrize("name", ISSUES)
def test_the_document_is_read_back(name: str) -> None:
    """What is stored with an edition is the issue again, in every detail that a page needs."""
    issue = ISSUES[name]
    edition = render_issue(issue, name)

    document = IssueDocument.from_text(edition.document)

    assert issue.article.blocks == document.article.blocks
    assert issue.article.notes == document.article.notes
    assert issue.appeals == document.appeals
    assert edition.document == document.to_text()


def test_text_is_complete(site: ArchiveSite) -> None:
    """Every paragraph, heading, image and note of the article is on its page, in semantic elements."""
    page = read(site, "everything/")
    tags = {tag for tag, _ in Scanner(page).tags}

    assert list_notes(render_html("everything")) == list_notes(page)
    assert {"article", "h1", "h2", "blockquote", "figure", "table", "pre", "ol", "section"} <= tags
    assert EVERYTHING.title
    assert EVERYTHING.title in page
    assert '<mark>all of it <a href="https://tern.example.org/cast">cast here</a></mark>' in page


def render_html(name: str) -> str:
    """Return the HTML part of the email of the sample *name*, as somebody without values gets it."""
    from pipeline.mail import fill_fields
    from tests.rendering.sample_issues import ADA

    return fill_fields(render_issue(ISSUES[name], name).html, ADA, at=NOW)


def test_links_lead_there_and_back(site: ArchiveSite) -> None:
    """Each reference leads to its note, each back link to a reference, and each button opens a note that is there."""
    scanner = Scanner(read(site, "everything/"))
    ids = scanner.values("id")

    references = scanner.find("a", role="doc-noteref")
    backs = scanner.find("a", role="doc-backlink")
    buttons = [found for found in scanner.find("button") if "popovertarget" in found]

    assert references
    assert len(ids) == len(set(ids))
    assert {f"#{name}" for name in ids} >= {str(a["href"]) for a in (*references, *backs)}
    assert set(ids) >= {str(each["popovertarget"]) for each in buttons}
    assert len(buttons) == len(backs)


@pytest.mark.parametrize("name", ISSUES)
def test_nothing_personal_is_on_a_page(site: ArchiveSite, name: str) -> None:
    """No field, choice, token, unsubscribe link or inline image of the email is in any byte of the page."""
    page = read(site, f"{name}/")

    assert not re.search(r"\{\{|\{token\}|cid:|unsubscribe|mailto:leave|hb[0-9a-f]{16}", page)
    assert "style=" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert [] == Scanner(page).find("script", src="")
    assert {"application/ld+json"} == {str(each["type"]) for each in Scanner(page).find("script")}


def test_fields_become_their_fallbacks() -> None:
    """Where an email has a value of its recipient, the page has the fallback, or nothing."""
    text = article('Dear {{ name | "reader" }},', "of {{ town }}!")
    issue = make_issue(replace(text, has_fields=True))
    with open_archive(render_issue(issue, "a")) as archive:
        page = read(make_site(archive), "a/")

    assert "<p>Dear reader,</p>" in page
    assert "<p>of !</p>" in page


def test_blocks_have_their_language_and_direction() -> None:
    """A paragraph, an item and a note in another language say so, as in the email."""
    hebrew = "מגדל המים נבנה בשנת 1911 (כך כתוב)."
    text = article(
        "One.",
        hebrew,
        bullets("Two bells hung above the slip for ninety years, and nobody asked why.", hebrew),
        para("x", ref(1)),
        notes=(note(1, hebrew),),
    )
    with open_archive(render_issue(make_issue(text), "a")) as archive:
        page = read(make_site(archive), "a/")

    setting = 'lang="he" dir="rtl"'
    assert f"<p {setting}>{hebrew}</p>" in page
    assert f"<li><div {setting}>{hebrew}</div></li>" in page
    assert 1 <= page.count(f"<div {setting}><p")


def test_appeal_is_as_true_now(site: ArchiveSite) -> None:
    """Before the deadline there is the appeal, with what was raised until today; after it the text for then."""
    before = read(site, "in-full/")
    after = read(site, "in-full/", at=NOW + timedelta(days=31))

    assert "7,500" in before.replace("\u00a0", "")
    assert "6,200" not in before
    assert "The board has doubled it all. Thank you." not in before
    assert "The board has doubled it all. Thank you." in after
    assert [] == Scanner(after).find("progress")
    assert "You paid for this letter." not in before


def test_exceeded_goal() -> None:
    """A goal that was exceeded since says so; one that nobody has any more is left out."""
    with open_archive(render_issue(WITH_FULL_APPEAL, "a")) as archive:
        met = read(make_site(archive, goals={(FULL_APPEAL.currency, 1_000_000): 1_040_000}), "a/")
        gone = read(make_site(archive), "a/")

    assert "more than our goal" in met
    assert [{"aria-hidden": "true", "max": "100", "value": "100"}] == Scanner(met).find("progress")
    assert [] == Scanner(gone).find("progress")


def test_digest_knows_what_the_page_depends_on(site: ArchiveSite) -> None:
    """A page is rendered again when its deadline passes or its goal changes, and only that page."""
    before = site.list_resources(at=NOW)
    passed = site.list_resources(at=NOW + timedelta(days=31))
    other = make_site(site.store, goals={(FULL_APPEAL.currency, 1_000_000): 750_001})
    raised = other.list_resources(at=NOW)

    assert ["in-full/"] == [path for path in before if before[path].digest != passed[path].digest]
    assert ["in-full/"] == [path for path in before if before[path].digest != raised[path].digest]


def test_head_says_what_others_read() -> None:
    """The head has the canonical URL, feeds, OpenGraph and JSON-LD; nothing in it ends the script element."""
    text = replace(article("A </script> & more."), title="A </script> & B", byline="Ada & Co")
    own = replace(text, canonical_url="https://tern.example.org/own")
    with open_archive(
        render_issue(make_issue(text), "a"), render_issue(make_issue(own), "b")
    ) as archive:
        first, second = (read(make_site(archive), path) for path in ("a/", "b/"))

    head = Scanner(first)
    data = json.loads(re.findall(r'ld\+json">(.*?)</script>', first)[0])
    assert [f"{URL}/a/"] == [each["href"] for each in head.find("link", rel="canonical")]
    assert ["https://tern.example.org/own"] == [
        each["href"] for each in Scanner(second).find("link", rel="canonical")
    ]
    assert [f"{URL}/feed.atom", f"{URL}/feed.json"] == [
        each["href"] for each in head.find("link", rel="alternate")
    ]
    assert ["A </script> & B"] == [
        each["content"] for each in head.find("meta", property="og:title")
    ]
    assert ("A </script> & B", "NewsArticle") == (data["headline"], data["@type"])
    assert "Ada & Co" == data["author"]["name"]


@pytest.mark.parametrize("name", THEMES)
def test_every_theme_prints_all(name: str) -> None:
    """Each shipped theme shows the whole issue in both directions."""
    editions = (render_issue(WITH_APPEAL, "a"), render_issue(ARABIC_WITH_APPEAL, "b"))
    with open_archive(*editions) as archive:
        pages = [read(make_site(archive, name), path) for path in ("a/", "b/", "", "2026/")]

    assert not any("ada@" in each or "Sent to" in each for each in pages)
    assert ["ltr", "rtl", "ltr", "ltr"] == [Scanner(each).find("html")[0]["dir"] for each in pages]
    assert list_references(pages[0])
    assert {"title", "parts", "popovers"} <= set(IssueContext.__dataclass_fields__)


def test_email_leads_to_the_page() -> None:
    """The references of an email and the link in place of its notes lead to the page, where they have those ids."""
    text = article(para("One.", ref(1)), notes=(note(1, "The note. " * 400),))
    issue = replace(
        make_issue(text),
        note_anchors=NoteAnchors.WEB,
        size=SizeLimit(policy=SizePolicy.NOTES_ONLINE, limit_bytes=20_000),
    )
    long = replace(issue, article=replace(text, notes=(note(1, "The note. " * 4000),)))
    editions = (render_issue(issue, "a"), render_issue(long, "b"))
    with open_archive(*editions) as archive:
        ids = Scanner(read(make_site(archive), "b/")).values("id")
    emails = ["".join(getattr(each, "text", "") for each in edition.html) for edition in editions]

    assert f'href="{URL}/a/#fn1"' in emails[0]
    assert f'href="{URL}/a/"' in emails[0]
    assert "The note." not in emails[1]
    assert f'href="{URL}/b/#fn1"' in emails[1]
    assert {"fn1", "fnref1"} <= set(ids)


def test_page_has_what_an_excerpt_left_out() -> None:
    """An email that is cut to an excerpt leads to a page with all of it."""
    text = article(*(f"Paragraph {number}. " + "word " * 200 for number in range(60)))
    issue = replace(make_issue(text), size=SizeLimit(policy=SizePolicy.EXCERPT, limit_bytes=20_000))
    edition = render_issue(issue, "a")
    with open_archive(edition) as archive:
        page = read(make_site(archive), "a/")

    assert "Paragraph 59." in page
    assert "Paragraph 59." not in "".join(getattr(each, "text", "") for each in edition.html)


def test_goals_of_other_currencies_differ() -> None:
    """A goal of the same amount in another currency is another goal."""
    from pipeline.archive.archive_site import update_goals

    appeal = replace(FULL_APPEAL, currency="EUR", goal=Goal(minor=100, raised_minor=1))

    assert (None,) == tuple(each.goal for each in update_goals((appeal,), {("USD", 100): 50}))
