"""Write a JSON Feed (version 1.1, https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from typing import Any

from pipeline.archive.feeds.feed_pages import FeedPage, FeedSource, SyndicatedIssue
from pipeline.rendering.web.issue_head import format_time


def write_json_feed(page: FeedPage, source: FeedSource) -> bytes:
    """Return *page* as a JSON Feed."""
    feed: dict[str, Any] = {  # Any: JSON
        "version": "https://jsonfeed.org/version/1.1",
        "title": source.title,
        "home_page_url": f"{source.url}/",
        "feed_url": f"{source.url}/{page.name}.json",
        "language": source.language,
        "authors": [{"name": source.title}],
    }
    if page.older:
        feed["next_url"] = f"{source.url}/{page.older}.json"
    feed["items"] = [_to_item(entry) for entry in source.list_entries(page)]
    return (json.dumps(feed, ensure_ascii=False, indent=1) + "\n").encode()


def _to_item(entry: SyndicatedIssue) -> dict[str, Any]:  # Any: JSON
    issue = entry.issue
    item: dict[str, Any] = {
        "id": issue.tag,
        "url": entry.url,
        "title": entry.title,
        "content_html": f'<div lang="{issue.card.language}" dir="{issue.card.direction}">{entry.html}</div>',
        "date_published": format_time(issue.published_at),
        "date_modified": format_time(issue.updated_at),
        "language": issue.card.language,
    }
    if entry.summary:
        item["summary"] = entry.summary
    if entry.byline:
        item["authors"] = [{"name": entry.byline}]
    if entry.image_url:
        item["image"] = entry.image_url
    return item
