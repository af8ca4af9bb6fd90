"""Turn an entry of a feed into an article."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.feed.attachments import place_attachments
from pipeline.loaders.feed.author_names import find_mailboxes, list_author_names
from pipeline.loaders.feed.parse_json import parse_json_feed
from pipeline.loaders.feed.parse_xml import parse_xml_feed
from pipeline.loaders.feed.parsed_feed import ParsedEntry, ParsedFeed
from pipeline.loaders.html.dom import get_fragment_text
from pipeline.loaders.html.read_page import read_fragment
from pipeline.loaders.shared.completeness import split_words
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.safe_urls import resolve_web_url
from pipeline.loaders.shared.local_images import remove_local_images
from pipeline.models.article import Dropped
from pipeline.models.feed_entry import FeedEntry

#: A shorter summary, without content beside it, is a teaser.
_TEASER_WORDS = 150
_TEASER_END = re.compile(
    r"(?:\[?(?:…|\.\.\.|&hellip;)\]?|(?:read|continue|lire|weiter|leer|leggi)\b[^.]{0,60})\s*$",
    re.IGNORECASE,
)
#: In words: enough to tell two texts apart, and before what sites add to the end.
_DIGEST_WORDS = 60


def parse_feed(source: Source) -> ParsedFeed:
    """Return the feed in *source*; raise `LoadError` if it is something else."""
    feed = parse_json_feed(source) or parse_xml_feed(source)
    if feed is None:
        raise LoadError(
            f"{source.location}: this is not an RSS or Atom feed, nor a JSON Feed. "
            "Open its address in a browser to see what it holds."
        )
    return feed


def summarize_entry(entry: ParsedEntry, source: Source) -> FeedEntry:
    """Return what identifies *entry*."""
    link = resolve_web_url(entry.link, source.url) if entry.link else None
    words = split_words(get_fragment_text(entry.content or entry.summary))[:_DIGEST_WORDS]
    return FeedEntry(
        id=entry.id or entry.link,
        title=entry.title,
        link=link or "",
        published=entry.published,
        text_digest=sha256(" ".join(words).encode()).hexdigest()[:32] if words else "",
    )


def read_entry(
    entry: ParsedEntry, feed: ParsedFeed, source: Source, report: LoadReport
) -> LoadResult:
    """Return *entry* as an article; what is left out is added to *report*."""
    summary_text = get_fragment_text(entry.summary)
    link = resolve_web_url(entry.link, source.url)
    if entry.link and not link:
        report.drop_url(entry.link, "link of the entry")
    byline = ", ".join(list_author_names(entry.authors))
    report.add_changed_words("feed.author", entry.authors, [byline, *_list_mailboxes(entry)])
    for mailbox in _list_mailboxes(entry):
        report.drop("feed.author-address", mailbox)
    reading = read_fragment(
        entry.content or entry.summary or f"<p>{entry.title}</p>",
        base_url=link or source.url,
        location=source.location,
        has_layout_tables=True,
    )
    article = remove_local_images(reading.article, report)
    tree = (article.blocks, article.notes)
    lead_image, embeds = place_attachments(entry.attachments, tree, link or source.url, report)
    is_repeated = not entry.content or summary_text in get_fragment_text(entry.content)
    left_out = "" if is_repeated else summary_text
    article = replace(
        article,
        title=entry.title or None,
        byline=byline or None,
        published=entry.published,
        language=feed.language or article.language,
        canonical_url=link,
        lead_image=lead_image,
        blocks=(*embeds, *article.blocks),
        dropped=(
            *article.dropped,
            *report.dropped,
            *((Dropped(reason="feed.summary", text=left_out),) if left_out else ()),
        ),
        warnings=(*article.warnings, *report.warnings),
    )
    visible = (
        entry.title,
        *entry.authors,
        entry.published.isoformat() if entry.published else "",
        link or entry.link,
        left_out,
        feed.language,
        *(text for each in entry.attachments for text in (each.url, each.title, each.credit)),
        *(each.description for each in entry.attachments),
    )
    return replace(
        reading,
        article=article,
        visible_text="\n".join((reading.visible_text, *visible)),
        markup=(*reading.markup, *report.markup),
        full_article_url=link if not entry.content and _is_teaser(summary_text) else None,
    )


def _list_mailboxes(entry: ParsedEntry) -> list[str]:
    return [mailbox for author in entry.authors for mailbox in find_mailboxes(author)]


def _is_teaser(text: str) -> bool:
    return len(text.split()) < _TEASER_WORDS or bool(_TEASER_END.search(text))
