"""Feeds: which entry, and what of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import LoadError
from pipeline.loaders import load
from pipeline.models.article import NoteRef
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk

_RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>The Lantern</title><link>https://example.org/</link><language>en-GB</language>
{items}
</channel></rss>
"""

_WHOLE = """<item><title>The tide &amp;amp; the clock</title><link>https://example.org/tide</link>
<guid>tag:example.org,2026:tide</guid><dc:creator>Ines Calloway</dc:creator>
<pubDate>Wed, 22 Apr 2026 12:33:00 +0000</pubDate>
<description>How a harbour keeps time.</description>
<content:encoded><![CDATA[<p>The tide comes in.<sup class="fn"><a href="#n1" id="n1-link">1</a></sup>
See <a href="/bell">the bell</a>.</p>
<ol class="wp-block-footnotes"><li id="n1">Harbour book, p. 3.
<a href="#n1-link"><img alt="↩" src="https://example.net/e.png" /></a></li></ol>]]></content:encoded></item>
"""

_OLDER = """<item><title>Older</title><link>https://example.org/older</link><guid>older</guid>
<pubDate>Wed, 15 Apr 2026 12:33:00 +0000</pubDate>
<content:encoded><![CDATA[<p>An older letter about gardens.</p>]]></content:encoded></item>
"""

_ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Hafenblatt</title>
<entry><title type="html">Die &lt;em&gt;Glocke&lt;/em&gt;</title><id>urn:glocke</id>
<link href="https://example.org/glocke"/><updated>2026-05-01T08:00:00Z</updated><author><name>Jan Priel</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
<p>Sie schlägt <b>zweimal</b>.</p></div></content></entry>
</feed>
"""


def _file(tmp_path: Path, text: str) -> str:
    path = tmp_path / "feed.xml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_newest_entry_is_loaded_whole(tmp_path: Path) -> None:
    """Title, author, date, link, text and notes of the newest entry are there, wherever it stands in the feed."""
    article = load(_file(tmp_path, _RSS.format(items=_OLDER + _WHOLE)))

    assert "The tide & the clock" == article.title
    assert "Ines Calloway" == article.byline
    assert datetime(2026, 4, 22, 12, 33, tzinfo=UTC) == article.published
    assert "https://example.org/tide" == article.canonical_url
    assert "en" == (article.language or "")[:2].lower()
    assert ["Harbour book, p. 3."] == [plain_text(note.blocks).strip() for note in article.notes]
    assert 1 == sum(isinstance(node, NoteRef) for node in walk(article.blocks))


def test_relative_links_count_from_the_entry(tmp_path: Path) -> None:
    """A relative link in an entry leads to the entry's own site."""
    article = load(_file(tmp_path, _RSS.format(items=_WHOLE)))

    assert "https://example.org/bell" in [
        getattr(node, "href", None) for node in walk(article.blocks)
    ]


def test_a_summary_beside_the_content_is_listed(tmp_path: Path) -> None:
    """The summary is not mailed when there is content, and is not lost in silence."""
    article = load(_file(tmp_path, _RSS.format(items=_WHOLE)))

    assert [("feed.summary", "How a harbour keeps time.")] == [
        (dropped.reason, dropped.text)
        for dropped in article.dropped
        if dropped.reason.startswith("feed")
    ]


@pytest.mark.parametrize("expected", ["2", "older", "https://example.org/older"])
def test_an_entry_is_chosen_by_number_guid_or_link(tmp_path: Path, expected: str) -> None:
    """--entry takes the number, the guid or the link of an entry."""
    article = load(_file(tmp_path, _RSS.format(items=_WHOLE + _OLDER)), entry=expected)

    assert "Older" == article.title


def test_a_guid_that_is_a_number_is_a_guid(tmp_path: Path) -> None:
    """Scheduled feeds name entries by guid: one called 1 is not the first entry."""
    older = _OLDER.replace("<guid>older</guid>", "<guid>1</guid>")
    path = _file(tmp_path, _RSS.format(items=_WHOLE + older))

    assert "Older" == load(path, entry="1").title
    with pytest.raises(LoadError, match='none of the 2 entries is "²"'):
        load(path, entry="²")


def test_an_unknown_entry_is_reported_with_the_known_ones(tmp_path: Path) -> None:
    """An entry that is not there is one sentence that lists the others."""
    with pytest.raises(
        LoadError, match=r'none of the 2 entries is "7".*1 The tide & the clock; 2 Older'
    ):
        load(_file(tmp_path, _RSS.format(items=_WHOLE + _OLDER)), entry="7")


def test_atom_is_read(tmp_path: Path) -> None:
    """An Atom entry with XHTML content and an HTML title is read like any other."""
    article = load(_file(tmp_path, _ATOM))

    assert "Die Glocke" == article.title
    assert "Jan Priel" == article.byline
    assert "Sie schlägt zweimal." == plain_text(article.blocks).strip()


@pytest.mark.parametrize(
    ("text", "expected_message"),
    [
        (_RSS.format(items=""), "no entries yet"),
        ("<html><p>A page</p></html>", "not an RSS or Atom feed"),
    ],
)
def test_a_file_that_is_not_a_feed_is_reported(
    tmp_path: Path, text: str, expected_message: str
) -> None:
    """A feed without entries and a file that is no feed are told apart, in a sentence."""
    with pytest.raises(LoadError, match=expected_message):
        load(_file(tmp_path, text))
