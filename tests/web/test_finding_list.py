"""Findings for the page: what they endanger, their places and lines."""

from __future__ import annotations

import re

from pipeline.models.finding import Finding, Place, Severity
from pipeline.models.source_text import SourceText
from pipeline.web.preview.messages.finding_list import FindingSources, build_finding_list
from pipeline.web.preview.messages.stakes import _STAKES, Stake, find_stake
from tests.support import ROOT

CONFIG = """\
[publication]
name = "The Lantern"

[appeal]
url = "https://lantern.example.org/give"

[[appeal.variants]]
when = 'donor = "monthly"'
"""
ARTICLE = b"Title\n\nSee [one](http://a.example.org) and\n[two](http://b.example.org)."
SOURCES = FindingSources(
    name="tide.md", article=SourceText("text/markdown", ARTICLE), config=CONFIG
)


def make_finding(code: str = "link.insecure", **fields: object) -> Finding:
    """Return a warning."""
    texts = {"where": "the newsletter", "message": "It is wrong.", "hint": "Mend it."}
    return Finding(code=code, severity=Severity.WARNING, **(texts | fields))  # type: ignore[arg-type]


def find_places(finding: Finding) -> list[tuple[str, str, int | None]]:
    """Return where, file and line of each place."""
    (listed,) = build_finding_list([finding], SOURCES)
    return [(place["where"], place["file"], place["line"]) for place in listed["places"]]


def test_every_documented_code_has_a_stake() -> None:
    """Each code that is documented is known by itself or by its beginning, and every stake is that of some code."""
    docs = (ROOT / "docs" / "reference" / "checks.md").read_text(encoding="utf-8")
    codes = re.findall(r"^\| `([a-z]+(?:-[a-z]+)*\.[a-z-]+)` \|", docs, re.MULTILINE)

    assert 100 < len(codes)
    assert [] == [
        each for each in codes if each not in _STAKES and each.partition(".")[0] not in _STAKES
    ]
    assert set(Stake) == {find_stake(code) for code in codes}
    assert Stake.APPEARANCE is find_stake("somebody.elses")


def test_the_most_costly_come_first() -> None:
    """What keeps a newsletter from being sent stands before gifts, and these before looks."""
    codes = ["outlook.scaling", "appeal.over", "image.alt-missing", "unsubscribe.missing"]
    listed = build_finding_list([make_finding(code) for code in codes])

    assert ["unsubscribe.missing", "appeal.over", "outlook.scaling", "image.alt-missing"] == [
        each["code"] for each in listed
    ]


def test_one_finding_about_several_links_has_several_places() -> None:
    """Each link that a finding names leads to its own line."""
    found = find_places(make_finding(where="http://a.example.org, http://b.example.org"))

    assert [("http://a.example.org", "tide.md", 3), ("http://b.example.org", "tide.md", 4)] == found


def test_all_places_of_a_finding() -> None:
    """Joined findings have all their places, and the message does not name them again."""
    places = (Place(where="“one”", line=3), Place(where="“two”", line=4))
    finding = make_finding(message="It is wrong. The same: line 4, “two”.", count=2, places=places)
    (listed,) = build_finding_list([finding], SOURCES)

    assert "It is wrong." == listed["message"]
    assert [3, 4] == [place["line"] for place in listed["places"]]
    assert ["one", "two"] == [place["text"] for place in listed["places"]]
    assert (3, "See [one](http://a.example.org) and", True) == listed["places"][0]["lines"][2]


def test_settings_lead_to_the_configuration() -> None:
    """A setting is found where it is, else its table; a table that does not exist has no line."""
    hint = "Set [publication] postal_address."
    assert [("the footer", "handbill.toml", 1)] == find_places(
        make_finding(where="the footer", hint=hint)
    )
    assert ("handbill.toml", 5) == find_places(make_finding(hint="Set [appeal] url."))[0][1:]
    assert ("handbill.toml", 8) == find_places(make_finding(where="[[appeal.variants]] when"))[0][
        1:
    ]
    assert ("", None) == find_places(make_finding(hint="Set [dkim] selector."))[0][1:]


def test_front_matter_leads_to_the_first_line() -> None:
    """What belongs into the front matter leads to the start of the article."""
    hint = "Write preheader in the front matter."
    assert ("tide.md", 1) == find_places(make_finding("preheader.missing", hint=hint))[0][1:]


def test_an_image_without_a_line_leads_to_the_lead_image() -> None:
    """What stands before the lead image in the message is not in the article; it is named in the front matter."""
    article = b"---\ntitle: Tide\nimage: clock.png\n---\n\nWords."
    sources = FindingSources(
        name="tide.md", article=SourceText("text/markdown", article), config=CONFIG
    )
    finding = make_finding("image.alt-missing", where='an image after "Read online"')
    (listed,) = build_finding_list([finding], sources)

    assert [("tide.md", 3)] == [(place["file"], place["line"]) for place in listed["places"]]
