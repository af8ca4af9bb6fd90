"""Links through another service lead where they say they lead."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from pipeline.loaders import load
from pipeline.loaders.shared.unwrap_links import unwrap_url
from pipeline.models.article import Link
from pipeline.models.tree import walk

_TARGET = "https://quay.example.org/tide?day=4&moon=new"
_QUOTED = quote(_TARGET, safe="")
_IN_BASE64 = base64.urlsafe_b64encode(json.dumps({"e": _TARGET}).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"https://www.google.com/url?q={_QUOTED}&sa=D&ust=17", _TARGET),
        (f"https://www.google.co.uk/url?sa=t&url={_QUOTED}", _TARGET),
        (f"https://eur03.safelinks.protection.outlook.com/?url={_QUOTED}&data=05%7Cnell%40example.org%7C", _TARGET),
        (f"https://l.facebook.com/l.php?u={_QUOTED}&h=AT", _TARGET),
        (f"https://www.linkedin.com/redir/redirect?url={_QUOTED}&urlhash=x", _TARGET),
        (f"https://www.youtube.com/redirect?event=v&q={_QUOTED}", _TARGET),
        (f"https://urldefense.proofpoint.com/v1/url?u={_QUOTED}&k=x", _TARGET),
        ("https://urldefense.proofpoint.com/v2/url?u=https-3A__quay.example.org_tide-3Fday-3D4&d=x", "https://quay.example.org/tide?day=4"),
        ("https://urldefense.com/v3/__https://quay.example.org/tide?day=4*moon**A__;IyEh!!x$", "https://quay.example.org/tide?day=4#moon!!"),
        ("https://urldefense.com/v3/__https:/quay.example.org/__;!!x$", "https://quay.example.org/"),
        ("https://www.google.com/amp/s/quay.example.org/tide/amp", "https://quay.example.org/tide/amp"),
        ("https://quay-example-org.cdn.ampproject.org/c/s/quay.example.org/tide", "https://quay.example.org/tide"),
        (f"https://substack.com/redirect/2/{_IN_BASE64}", _TARGET),
        (f"https://l.facebook.com/l.php?u={quote(f'https://www.google.com/url?q={_QUOTED}', safe='')}", _TARGET),
        ("https://www.google.com/url?q=javascript:alert(1)", None),
        ("https://www.google.com/search?q=https://quay.example.org/", None),
        ("https://web.archive.org/web/20200101000000/https://quay.example.org/", None),
        ("https://protect-eu.mimecast.com/s/AbCdEf", None),
        ("https://quay.example.org/url?q=https://other.example.org", None),
        ("https://[", None),
    ],
)  # fmt: skip
def test_wrapped_urls_are_unwrapped(url: str, expected: str | None) -> None:
    """Each service's way to write a target is known; what names none stays as it is."""
    assert (expected or url) == unwrap_url(url)


def test_no_mailbox_stays_in_any_format(tmp_path: Path) -> None:
    """In Markdown, plain text and HTML the link and its text lead to the page; the service is listed as left out."""
    url = f"https://eur03.safelinks.protection.outlook.com/?url={_QUOTED}&data=05%7Cnell%40example.org%7C"
    text = "The tide tables are printed by hand, once a year, in the shed behind the ferry. "
    sources = {
        "a.md": f"# Tide\n\n{text}[Table]({url}) and <{url}>",
        "a.txt": f"Tide\n\n{text}\n\nSee {url} for more.",
        "a.html": f'<h1>Tide</h1><p>{text}<a href="{url.replace("&", "&amp;")}">Table</a></p>',
    }
    for name, source in sources.items():
        (tmp_path / name).write_text(source)
        article = load(str(tmp_path / name))
        links = {node.href for node in walk(article.blocks) if isinstance(node, Link)}
        assert {_TARGET} == links
        assert "nell" not in str(article)
        assert ["eur03.safelinks.protection.outlook.com"] == [
            each.text for each in article.dropped if each.reason == "link.wrapped"
        ]


def test_a_page_in_an_archive_leads_to_the_live_pages(tmp_path: Path) -> None:
    """Links of a saved copy of the Wayback Machine lead out of it; a link to an archive in any other page stays."""
    archived = "https://web.archive.org/web/20200101000000/https://quay.example.org/"
    page = '<html><head>{}</head><body><p>The tide. <a href="{}buoy">The buoy</a></p></body></html>'
    path = tmp_path / "page.html"
    hrefs = []
    for head in (f'<link rel="canonical" href="{archived}tide">', ""):
        path.write_text(page.format(head, archived))
        article = load(str(path))
        hrefs += [node.href for node in walk(article.blocks) if isinstance(node, Link)]
        if head:
            assert "https://quay.example.org/tide" == article.canonical_url

    assert ["https://quay.example.org/buoy", f"{archived}buoy"] == hrefs
