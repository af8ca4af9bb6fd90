"""What a page says about itself in its head: JSON-LD, OpenGraph and other meta elements."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit

from pipeline.loaders.html.dom import Element
from pipeline.loaders.shared.dates import read_date

_TITLES = ("og:title", "twitter:title", "dc.title", "dcterms.title", "citation_title")
_AUTHORS = (
    "author",
    "article:author",
    "dc.creator",
    "dcterms.creator",
    "citation_author",
    "parsely-author",
    "byl",
    "sailthru.author",
)
_DATES = (
    "article:published_time", "og:published_time", "datepublished", "dcterms.date", "dcterms.created", "dc.date",
    "dc.date.issued", "citation_publication_date", "citation_date", "parsely-pub-date", "date", "pubdate",
    "publishdate",
)  # fmt: skip
_ARTICLE_TYPES = re.compile(r"Article|Posting|Report|WebPage|ScholarlyWork")
_MAX_JSON = 500_000
_SEPARATOR = re.compile(r"\s+([|\-–—:·•»«/]|::|&raquo;)\s+")
_FIRM = frozenset("| · • » « ::".split())


@dataclass(frozen=True, kw_only=True, slots=True)
class PageMetadata:
    """What the head of a page says; null where it says nothing."""

    title: str | None = None
    site: str | None = None
    byline: str | None = None
    published: date | None = None
    language: str | None = None
    canonical_url: str | None = None
    base_url: str | None = None


def read_metadata(root: Element, address: str) -> PageMetadata:
    """Return what *root* says about itself; relative addresses count from *address* if that is a URL."""
    meta = dict(_meta(root))
    data = _linked_data(root)
    site = meta.get("og:site_name")
    own = address if address.startswith(("http://", "https://")) else None
    canonical = _canonical(root, meta, own)
    base = root.find(".//base[@href]")
    base_url = (
        urljoin(own or canonical or "", _text(base.get("href")))
        if base is not None
        else own or canonical
    )
    heading = next((meta[name] for name in _TITLES if name in meta), None) or _string(
        data.get("headline")
    )
    title = root.find(".//head/title")
    written = " ".join("".join(map(str, title.itertext())).split()) if title is not None else ""
    return PageMetadata(
        title=strip_site_name(heading or written, site, canonical or own) or None,
        site=site,
        byline=_authors(root, meta, data),
        published=_published(meta, data),
        language=_language(root, meta),
        canonical_url=canonical or own,
        base_url=base_url or None,
    )


def strip_site_name(title: str, site: str | None, url: str | None) -> str:
    """Return *title* without the name of its site at the end."""
    parts = list(_SEPARATOR.finditer(title))
    if not parts:
        return title
    last = parts[-1]
    rest, name = title[: last.start()].strip(), title[last.end() :].strip()
    if not rest:
        return title
    squeezed = re.sub(r"\W", "", name.casefold())
    host = re.sub(r"\W", "", (_host(url) or "").casefold())
    is_site = bool(site) and squeezed == re.sub(r"\W", "", (site or "").casefold())
    is_host = len(squeezed) > 3 and squeezed in host
    words = name.split()
    is_name = len(words) <= 4 and (
        last[1] in _FIRM or all(w[:1].isupper() for w in words if len(w) > 3)
    )
    is_name = is_name and last[1] != ":" and len(rest.split()) >= 2
    return rest if is_site or is_host or is_name else title


def _meta(root: Element) -> Iterator[tuple[str, str]]:
    for element in reversed(list(root.iter("meta"))):  # the first of a name wins
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = _text(element.get("content"))
        if name and content:
            yield name.strip().lower(), content


def _linked_data(root: Element) -> dict[str, Any]:  # Any: JSON
    """Return the first object of JSON-LD that describes an article."""
    for script in root.iter("script"):
        if (script.get("type") or "").strip().lower() != "application/ld+json":
            continue
        try:
            data = json.loads((script.text or "")[:_MAX_JSON])
        except (ValueError, RecursionError):
            continue
        for item in _objects(data):
            if _ARTICLE_TYPES.search(str(item.get("@type"))) and (
                item.get("headline") or item.get("author")
            ):
                return item
    return {}


def _objects(data: Any) -> Iterator[dict[str, Any]]:  # Any: JSON
    items = data if isinstance(data, list) else [data]
    for item in items:
        if isinstance(item, dict):
            yield item
            graph = item.get("@graph")
            if isinstance(graph, list):
                yield from (inner for inner in graph if isinstance(inner, dict))


def _authors(root: Element, meta: dict[str, str], data: dict[str, Any]) -> str | None:
    written = data.get("author")
    people = written if isinstance(written, list) else [written]
    names = [_string(p.get("name") if isinstance(p, dict) else p) for p in people]
    known = [name for name in names if name and not name.startswith("http")]
    if known:
        return ", ".join(dict.fromkeys(known))
    tagged = [
        _text(e.get("content"))
        for e in root.iter("meta")
        if (e.get("name") or "").lower() == "author"
    ]
    several = [name for name in dict.fromkeys(tagged) if name and not name.startswith("http")]
    if several:
        return ", ".join(several)
    return next((meta[n] for n in _AUTHORS if n in meta and not meta[n].startswith("http")), None)


def _published(meta: dict[str, str], data: dict[str, Any]) -> date | None:
    offered = [_string(data.get("datePublished")), *(meta.get(name) for name in _DATES)]
    return next(
        (found for text in offered if text and (found := read_date(text, allow_trailing=True))),
        None,
    )


def _language(root: Element, meta: dict[str, str]) -> str | None:
    written = (
        root.get("lang") or root.get("xml:lang") or meta.get("og:locale", "").replace("_", "-")
    )
    return written if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", written) else None


def _canonical(root: Element, meta: dict[str, str], own: str | None) -> str | None:
    for link in root.iter("link"):
        if "canonical" in (link.get("rel") or "").lower().split():
            return _absolute(own, link.get("href") or "")
    return _absolute(own, meta.get("og:url", ""))


def _absolute(own: str | None, href: str) -> str | None:
    try:
        url = urljoin(own or "", href.strip())
        return url if urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname else None
    except ValueError:
        return None


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None


def _string(value: object) -> str | None:
    return _text(value) or None if isinstance(value, str) else None


def _text(value: str | None) -> str:
    return " ".join((value or "").split())
