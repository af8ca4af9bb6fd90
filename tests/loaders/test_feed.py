"""Feeds: which entry, and what of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import LoadError
from pipeline.loaders import load
from pipeline.loaders.feed.feed_dates import read_feed_date
from pipeline.models.article import Article, Embed, Link, NoteRef, Text
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


def _file(tmp_path: Path, text: str, name: str = "feed.xml") -> str:
    path = tmp_path / name
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


def _item(text: str = "The bell rang.", **elements: str) -> str:
    """Return an item with *elements* as they are written in XML, `link`, `guid` and content aside."""
    inner = "".join(elements.values())
    return f"<item>{inner}<content:encoded><![CDATA[<p>{text}</p>]]></content:encoded></item>"


def _load_items(tmp_path: Path, *items: str) -> Article:
    return load(_file(tmp_path, _NAMESPACES.format(items="".join(items))))


_NAMESPACES = _RSS.replace(
    'version="2.0"',
    'version="2.0" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"',
)


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        ("<dc:creator>Ann Ash</dc:creator><dc:creator>Bo Birk</dc:creator>", "Ann Ash, Bo Birk"),
        ("<author>ann@example.org (Ann Ash)</author>", "Ann Ash"),
        ("<author>Ann Ash &lt;ann@example.org&gt;</author>", "Ann Ash"),
        ("<author>mailto:ann@example.org</author>", None),
        ("<dc:creator>ann@example.org</dc:creator><dc:creator>Bo Birk</dc:creator>", "Bo Birk"),
        ("<dc:creator>ann@example.org (Ann Ash), bo@example.org (Bo Birk)</dc:creator>", "Ann Ash, Bo Birk"),
        ("<dc:creator>Ann Ash</dc:creator><itunes:author>Bell Radio</itunes:author>", "Ann Ash"),
        ("<itunes:author>Bell Radio</itunes:author>", "Bell Radio"),
        (
            "<dc:creator>Ann Ash</dc:creator><dc:creator>Bo Birk</dc:creator><author>Ann and Bo</author>",
            "Ann Ash, Bo Birk",
        ),
    ],
)  # fmt: skip
def test_every_author_is_named_and_no_mailbox(
    tmp_path: Path, authors: str, expected: str | None
) -> None:
    """All authors are in the byline, each once; a mail address is told as left out, never printed."""
    article = _load_items(tmp_path, _item(title="<title>Bells</title>", authors=authors))

    assert expected == article.byline
    addresses = [each.text for each in article.dropped if each.reason == "feed.author-address"]
    assert ("@" in authors) == any("@" in address for address in addresses)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Nell&amp;#8217;s mill &amp;amp; weir", "Nell’s mill & weir"),
        ("If a &lt; b, use &lt;blink&gt; &amp;amp; more", "If a < b, use <blink> & more"),
        ("<![CDATA[The <em>late</em> train]]>", "The late train"),
        ("<![CDATA[1 < 2 and 3 > 2]]>", "1 < 2 and 3 > 2"),
    ],
)
def test_titles_keep_every_word(tmp_path: Path, title: str, expected: str) -> None:
    """Entities escaped twice are read; tags that are no emphasis are words."""
    assert expected == _load_items(tmp_path, _item(title=f"<title>{title}</title>")).title


def test_plain_text_in_atom_is_not_html(tmp_path: Path) -> None:
    """Title, content and summary of the type "text" keep what looks like tags, and their paragraphs."""
    text = """<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><author><name>Ann Ash</name></author><entry>
    <id>a</id><title>The &lt;br&gt; element</title><updated>2026-05-01T08:00:00Z</updated>
    <content type="text">Write &lt;p&gt; first.

Then the rest.</content></entry></feed>"""
    article = load(_file(tmp_path, text))

    assert ("The <br> element", "Ann Ash") == (article.title, article.byline)
    assert ["Write <p> first.", "Then the rest."] == [
        plain_text(block).strip() for block in article.blocks
    ]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Di, 24 Nov 2026 11:41:36 +0100", "de", datetime(2026, 11, 24, 10, 41, 36, tzinfo=UTC)),
        ("mar., 24 nov. 2026 11:41", "fr", datetime(2026, 11, 24, 11, 41, tzinfo=UTC)),
        ("Вт, 24 ноя 2026 11:41:36 +0300", "ru", datetime(2026, 11, 24, 8, 41, 36, tzinfo=UTC)),
        ("24. listopadu 2026", "cs", datetime(2026, 11, 24, tzinfo=UTC)),
        ("24. listopada 2026", "hr", datetime(2026, 10, 24, tzinfo=UTC)),
        ("Tue, 24 Nov 26 11:41 EST", "", datetime(2026, 11, 24, 16, 41, tzinfo=UTC)),
        ("November 24, 2026 5:07 pm", "", datetime(2026, 11, 24, 17, 7, tzinfo=UTC)),
        ("2026年11月24日 10:00", "", datetime(2026, 11, 24, 10, tzinfo=UTC)),
        ("24.11.26", "", datetime(2026, 11, 24, tzinfo=UTC)),
        ("03/04/2026", "", None),
        ("soon", "", None),
        ("9999-12-31T23:59:59-05:00", "", None),
    ],
)
def test_dates_are_read_as_sites_write_them(
    text: str, language: str, expected: datetime | None
) -> None:
    """Names of months in any language, years of two digits and missing zones; what is ambiguous is not guessed."""
    assert expected == read_feed_date(text, language)


def test_an_undated_entry_is_as_new_as_its_place(tmp_path: Path) -> None:
    """Before a dated entry it is newer, in feeds of either order, and a warning says what decided."""
    undated = _item(title="<title>Soon</title>", date="<pubDate>soon</pubDate>")
    dated = [
        _item(title=f"<title>{n}</title>", date=f"<pubDate>{n} May 2026 09:00 GMT</pubDate>")
        for n in (3, 2, 1)
    ]
    for items, expected in (
        ([undated, *dated], "Soon"),
        ([*reversed(dated), undated], "Soon"),
        ([dated[0], undated, *dated[1:]], "3"),
        ([*dated, undated], "3"),
    ):
        article = _load_items(tmp_path, *items)
        assert expected == article.title
        (warning,) = [each for each in article.warnings if each.code == "feed.undated"]
        assert '"Soon" has the date "soon" that cannot be read' in warning.message


def test_an_announcement_is_not_the_newest(tmp_path: Path) -> None:
    """An entry dated far ahead is passed over, with a warning that names both."""
    article = _load_items(
        tmp_path,
        _item(title="<title>Fair</title>", date="<pubDate>1 May 2199 09:00 GMT</pubDate>"),
        _item(title="<title>News</title>", date="<pubDate>1 May 2026 09:00 GMT</pubDate>"),
    )

    assert "News" == article.title
    (warning,) = article.warnings
    assert '"Fair" is dated ahead of today (2199-05-01). "News" was taken.' in warning.message


def test_pictures_and_recordings_beside_the_text_stay(tmp_path: Path) -> None:
    """The widest picture is the lead image with caption and credit; a recording is a link; the rest is told."""
    article = _load_items(
        tmp_path,
        _item(
            title="<title>Bells</title>",
            media="""<media:group><media:content url="https://example.org/bell.jpg" medium="image" width="1200">
            <media:description>The bell</media:description>
            <media:credit>bo@example.org (Bo Birk)</media:credit></media:content>
            <media:thumbnail url="https://example.org/small.jpg"/></media:group>
            <enclosure url="https://example.org/bell.mp3" type="audio/mpeg" length="1"/>
            <itunes:image href="https://example.org/episode.png"/>""",
        ),
    )

    assert article.lead_image is not None
    assert "https://example.org/bell.jpg" == article.lead_image.src
    assert ((Text(text="The bell"),), "Bo Birk") == (
        article.lead_image.caption,
        article.lead_image.credit,
    )
    assert Embed(href="https://example.org/bell.mp3") == article.blocks[0]
    left_out = [each.text for each in article.dropped if each.reason == "feed.attachment"]
    assert ["https://example.org/episode.png", "https://example.org/small.jpg"] == left_out


def test_a_picture_in_the_text_is_not_repeated(tmp_path: Path) -> None:
    """A picture that the text shows already, in any size, is no lead image too; nor is an avatar."""
    article = _load_items(
        tmp_path,
        _item(
            'The bell. <img src="https://cdn.example.net/w/bell-300x200.jpg?w=9" alt="Bell">',
            title="<title>Bells</title>",
            media="""<media:content url="https://example.org/bell.jpg" medium="image"/>
            <media:content url="https://secure.gravatar.com/avatar/1?s=96" medium="image"/>""",
        ),
    )

    assert article.lead_image is None
    assert ["feed.attachment-repeated"] == [each.reason for each in article.dropped]


def test_json_feed_is_read(tmp_path: Path) -> None:
    """A JSON Feed is read like the others: HTML or plain text, all authors, image and attachments."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Bells",
        "language": "en",
        "items": [
            {
                "id": "1",
                "url": "https://example.org/1",
                "title": "If a < b",
                "content_text": "Write <p>.\n\nThen rest.",
                "date_published": "2026-05-01T08:00:00Z",
                "authors": [{"name": "Ann Ash"}, {"name": "Bo Birk"}],
                "image": "https://example.org/bell.jpg",
                "attachments": [{"url": "https://example.org/a.mp3", "mime_type": "audio/mpeg", "title": "Listen"}],
            },
            {"id": 2, "title": "Older", "content_html": "<p>x</p>", "date_published": "2026-04-01"},
        ],
    }  # fmt: skip
    article = load(_file(tmp_path, json.dumps(feed), "feed.json"))

    assert ("If a < b", "Ann Ash, Bo Birk", "en") == (
        article.title,
        article.byline,
        article.language,
    )
    assert "https://example.org/bell.jpg" == (article.lead_image and article.lead_image.src)
    assert Embed(href="https://example.org/a.mp3", title="Listen") == article.blocks[0]
    assert ["Write <p>.", "Then rest."] == [
        plain_text(block).strip() for block in article.blocks[1:]
    ]


@pytest.mark.parametrize("number", ["0", "xD800", "1114112", "x" + "F" * 30])
def test_characters_that_do_not_exist_are_replaced(tmp_path: Path, number: str) -> None:
    """A character by a number that no character has becomes the sign for an unknown one; the words stay."""
    item = _WHOLE.replace("The tide comes in.", f"The tide &#{number}; comes in.")
    broken = item.replace("<guid>", "<broken><guid>")  # read by the parser for broken XML
    for text in (item, broken):
        article = load(_file(tmp_path, _RSS.format(items=text)))

        assert plain_text(article.blocks).startswith("The tide \ufffd comes in.")


@pytest.mark.parametrize(
    "content",
    [
        "<rss><channel></item></channel></rss>",
        "<feed><entry><summary></entry>",
        "<!DOCTYPE x [<!ENTITY e 'x'>]><feed>&e;&#xD800</feed>",
    ],
)
def test_a_damaged_feed_is_an_error(tmp_path: Path, content: str) -> None:
    """What is no feed any more is an error that names the file, never a traceback."""
    with pytest.raises(LoadError, match=r"feed\.xml: "):
        load(_file(tmp_path, content), format="feed")


def test_an_entry_may_lack_a_summary(tmp_path: Path) -> None:
    """An empty element for the summary is as good as none."""
    item = _WHOLE.replace("<description>How a harbour keeps time.</description>", "<description/>")

    assert "The tide & the clock" == load(_file(tmp_path, _RSS.format(items=item))).title


def test_a_control_character_in_the_address_of_an_entry_stops_nothing(tmp_path: Path) -> None:
    """Links are resolved against the address without it."""
    item = _WHOLE.replace("https://example.org/tide</link>", "https://example.org/&#12;tide</link>")
    article = load(_file(tmp_path, _RSS.format(items=item)))

    links = [node.href for node in walk(article.blocks) if isinstance(node, Link)]
    assert "https://example.org/bell" in links
