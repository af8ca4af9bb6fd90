"""Read the metadata in the head of a page: JSON-LD, OpenGraph and other meta elements."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from pipeline.loaders.html.dom import Element, strip_punctuation
from pipeline.loaders.shared.dates import read_date
from pipeline.loaders.shared.html_nodes.safe_urls import resolve_web_url

_TITLES = ("og:title", "twitter:title", "dc.title", "dcterms.title", "citation_title")
_AUTHORS = (
    "author", "article:author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author", "byl",
    "sailthru.author",
)  # fmt: skip
_DATES = (
    "article:published_time", "og:published_time", "datepublished", "dcterms.date", "dcterms.created", "dc.date",
    "dc.date.issued", "citation_publication_date", "citation_date", "parsely-pub-date", "date", "pubdate",
    "publishdate",
)  # fmt: skip
_ARTICLE_TYPES = re.compile(r"Article|Posting|Report|WebPage|ScholarlyWork")
_MAX_JSON = 500_000
_SEPARATOR = re.compile(r"(?<!\s)\s++([|\-–—:·•»«/]|::|&raquo;)\s++")
#: Separators that titles contain only before the name of the site.
_SITE_SEPARATORS = frozenset("| · • » « ::".split())


@dataclass(frozen=True, kw_only=True, slots=True)
class PageMetadata:
    """
    The metadata of a page; None where it is missing.

    Args:
        site: The name of the site.
        invalid_canonical_url: What the page gives as its canonical URL, if that is not a web address.
    """

    title: str | None = None
    site: str | None = None
    byline: str | None = None
    published: date | None = None
    language: str | None = None
    canonical_url: str | None = None
    invalid_canonical_url: str | None = None
    base_url: str | None = None


def read_metadata(root: Element, location: str) -> PageMetadata:
    """Return the metadata of *root*; relative URLs are resolved against *location* if that is a URL."""
    meta = dict(_iter_meta(root))
    linked_data = _read_linked_data(root)
    site = meta.get("og:site_name")
    url = location if location.startswith(("http://", "https://")) else None
    declared = _find_canonical_url(root, meta) or _find_linked_url(linked_data)
    canonical = resolve_web_url(declared, url)
    base = root.find(".//base[@href]")
    base_url = url or canonical
    if base is not None:
        base_url = resolve_web_url(_clean(base.get("href")), base_url) or base_url
    title = next((meta[name] for name in _TITLES if name in meta), None)
    title = title or _get_string(linked_data.get("headline"))
    element = root.find(".//head/title")
    if not title and element is not None:
        title = _clean("".join(map(str, element.itertext())))
    return PageMetadata(
        title=_strip_site_name(title or "", site, canonical or url) or None,
        site=site or None,
        byline=_find_authors(root, meta, linked_data),
        published=_find_published(meta, linked_data),
        language=_find_language(root, meta),
        canonical_url=canonical or url,
        invalid_canonical_url=declared if declared and not canonical else None,
        base_url=base_url or None,
    )


def _strip_site_name(title: str, site: str | None, url: str | None) -> str:
    """Return *title* without the name of the site at the end."""
    separators = list(_SEPARATOR.finditer(title))
    if not separators:
        return title
    last = separators[-1]
    rest, name = title[: last.start()].strip(), title[last.end() :].strip()
    if not rest:
        return title
    key = strip_punctuation(name)
    is_site = bool(site) and key == strip_punctuation(site or "")
    is_host = len(key) > 3 and key in strip_punctuation(_get_host(url) or "")
    words = name.split()
    is_capitalized = all(word[:1].isupper() for word in words if len(word) > 3)
    is_name = len(words) <= 4 and (last[1] in _SITE_SEPARATORS or is_capitalized)
    is_name = is_name and last[1] != ":" and len(rest.split()) >= 2
    return rest if is_site or is_host or is_name else title


def _iter_meta(root: Element) -> Iterator[tuple[str, str]]:
    for element in reversed(list(root.iter("meta"))):  # the first with a name wins
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = _clean(element.get("content"))
        if name and content:
            yield name.strip().lower(), content


def _read_linked_data(root: Element) -> dict[str, Any]:  # Any: JSON
    """Return the first JSON-LD object that describes an article."""
    for script in root.iter("script"):
        if (script.get("type") or "").strip().lower() != "application/ld+json":
            continue
        try:
            data = json.loads((script.text or "")[:_MAX_JSON])
        except (ValueError, RecursionError):
            continue
        for item in _iter_objects(data):
            if _ARTICLE_TYPES.search(str(item.get("@type"))) and (
                item.get("headline") or item.get("author")
            ):
                return item
    return {}


def _iter_objects(data: Any) -> Iterator[dict[str, Any]]:  # Any: JSON
    items = data if isinstance(data, list) else [data]
    for item in items:
        if isinstance(item, dict):
            yield item
            graph = item.get("@graph")
            if isinstance(graph, list):
                yield from (inner for inner in graph if isinstance(inner, dict))


def _find_authors(root: Element, meta: dict[str, str], linked_data: dict[str, Any]) -> str | None:
    author = linked_data.get("author")
    authors = author if isinstance(author, list) else [author]
    names = [_get_string(a.get("name") if isinstance(a, dict) else a) for a in authors]
    if linked := _join_names(names):
        return linked
    elements = [e for e in root.iter("meta") if (e.get("name") or "").lower() == "author"]
    if tagged := _join_names([_clean(e.get("content")) for e in elements]):
        return tagged
    return next((meta[n] for n in _AUTHORS if n in meta and not meta[n].startswith("http")), None)


def _join_names(names: Sequence[str | None]) -> str:
    """Return *names* on one line, each once, without the URLs of profiles."""
    return ", ".join(dict.fromkeys(name for name in names if name and not name.startswith("http")))


def _find_published(meta: dict[str, str], linked_data: dict[str, Any]) -> date | None:
    texts = [_get_string(linked_data.get("datePublished")), *(meta.get(name) for name in _DATES)]
    dates = (read_date(text, allow_trailing=True) for text in texts if text)
    return next(filter(None, dates), None)


def _find_language(root: Element, meta: dict[str, str]) -> str | None:
    locale = meta.get("og:locale", "").replace("_", "-")
    language = root.get("lang") or root.get("xml:lang") or locale
    return language if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language) else None


def _find_canonical_url(root: Element, meta: dict[str, str]) -> str:
    for link in root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return (link.get("href") or "").strip()
    return meta.get("og:url", "")


def _find_linked_url(linked_data: dict[str, Any]) -> str:
    """Return the address of the article in JSON-LD."""
    page = linked_data.get("mainEntityOfPage")
    candidates = [page.get("@id") if isinstance(page, dict) else page, linked_data.get("url")]
    urls = (_get_string(each) for each in candidates)
    return next((url for url in urls if url and url.startswith(("http://", "https://"))), "")


def _get_host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None


def _get_string(value: object) -> str | None:
    return _clean(value) or None if isinstance(value, str) else None


def _clean(value: str | None) -> str:
    return " ".join((value or "").split())
