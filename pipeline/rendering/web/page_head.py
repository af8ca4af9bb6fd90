"""The head of a page: what browsers, feed readers, search engines and other sites read."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.markup import escape_html

ATOM_TYPE = "application/atom+xml"
JSON_FEED_TYPE = "application/feed+json"


@dataclass(frozen=True, kw_only=True, slots=True)
class HeadInfo:
    """
    What the head of a page says; all texts are plain.

    Args:
        canonical_url: Where the text is at home: on the publication's own site, or this page.
        page_url: This page.
        feeds: The URL of each feed, by media type.
        image_url: An image for other sites, "" without one.
        properties: Of the page as JSON-LD (schema.org), None without any.
        is_listed: Whether search engines may list it.
    """

    title: str
    site_name: str
    description: str = ""
    canonical_url: str
    page_url: str
    feeds: Mapping[str, str]
    kind: str = "website"
    language: str = "en"
    image_url: str = ""
    published: str = ""
    modified: str = ""
    properties: Mapping[str, Any] | None = None  # Any: JSON
    is_listed: bool = True


def write_head(info: HeadInfo, style: str) -> str:
    """Return the content of `head`; the page loads no script, and no style but *style*."""
    return "\n".join(_list_lines(info, style))


def _list_lines(info: HeadInfo, style: str) -> Iterator[str]:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' https:; "
        "form-action 'self'; base-uri 'none'"
    )
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    name = "" if info.title == info.site_name else f" · {info.site_name}"
    yield f"<title>{escape_html(info.title + name)}</title>"
    if info.description:
        yield f'<meta name="description" content="{escape_html(info.description)}">'
    if not info.is_listed:
        yield '<meta name="robots" content="noindex">'
    yield f'<link rel="canonical" href="{escape_html(info.canonical_url)}">'
    for media_type, url in info.feeds.items():
        yield (
            f'<link rel="alternate" type="{media_type}" title="{escape_html(info.site_name)}"'
            f' href="{escape_html(url)}">'
        )
    graph = {
        "og:type": info.kind,
        "og:title": info.title,
        "og:description": info.description,
        "og:url": info.page_url,
        "og:site_name": info.site_name,
        "og:locale": info.language.replace("-", "_"),
        "og:image": info.image_url,
        "article:published_time": info.published,
        "article:modified_time": info.modified,
    }
    for key, value in graph.items():
        if value:
            yield f'<meta property="{key}" content="{escape_html(value)}">'
    card = "summary_large_image" if info.image_url else "summary"
    yield f'<meta name="twitter:card" content="{card}">'
    if info.properties is not None:
        yield f'<script type="application/ld+json">{_to_script(info.properties)}</script>'
    yield f"<style>{style}</style>"


def _to_script(value: Mapping[str, Any]) -> str:  # Any: JSON
    """Return *value* as JSON in which nothing ends the script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
