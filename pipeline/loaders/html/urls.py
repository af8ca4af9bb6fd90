"""Make URLs absolute and remove tracking parameters from them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urljoin

from pipeline.loaders.html.dom import HEADINGS, Element
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.tracking_parameters import is_tracking_parameter

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
#: What XML 1.0 forbids (§2.2), and lxml in attributes.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SOURCES = {"object": "data"} | dict.fromkeys(
    ("img", "iframe", "video", "audio", "source", "embed"), "src"
)


def resolve_urls(parts: Iterable[Element], base_url: str | None, report: LoadReport) -> list[str]:
    """
    Make URLs in *parts* absolute if *base_url* is known; remove and return the tracking parameters of links.

    An anchor link stays if it leads to a heading in *parts*; else it becomes a link to the page, or plain text if there
    is no *base_url*.
    """
    parts = list(parts)
    anchors = _set_heading_ids(parts)
    removed: list[str] = []
    for part in parts:
        for element in part.iter():
            if element.tag == "a" and element.get("href") is not None:
                removed += _resolve_link(element, anchors, base_url, report)
            elif element.tag in _SOURCES and element.get(_SOURCES[element.tag]):
                name = _SOURCES[element.tag]
                element.set(name, _resolve_url(element.get(name) or "", base_url))
    return removed


def _resolve_url(url: str, base_url: str | None) -> str:
    """
    Return *url* resolved against *base_url*, or unchanged if that is not possible.

    Characters that no document may contain are removed, also those of *base_url*, which comes from a feed or a page.
    """
    url = url.strip()
    if base_url and url and not _SCHEME.match(url):
        with suppress(ValueError):
            url = urljoin(base_url, url)
    return _FORBIDDEN.sub("", url)


def strip_tracking(url: str) -> tuple[str, list[str]]:
    """Return *url* without its tracking parameters, and those parameters."""
    rest, hash_sign, fragment = url.partition("#")
    path, _, query = rest.partition("?")
    parameters = query.split("&")
    removed = [item for item in parameters if is_tracking_parameter(item.partition("=")[0])]
    if not removed:
        return url, []
    kept = "&".join(item for item in parameters if item not in removed)
    return f"{path}{'?' if kept else ''}{kept}{hash_sign}{fragment}", removed


def _resolve_link(
    link: Element, anchors: set[str], base_url: str | None, report: LoadReport
) -> list[str]:
    href = (link.get("href") or "").strip()
    if href.startswith("#"):
        if href[1:] in anchors:
            return []
        if not base_url or len(href) == 1:
            link.attrib.pop("href")
            return []
    url, removed = strip_tracking(_resolve_url(href, base_url))
    link.set("href", url)
    if removed:
        report.drop("link.tracking", " ".join(removed))
    return removed


def _set_heading_ids(parts: Iterable[Element]) -> set[str]:
    """Give each heading the id found in it or right above it, and return all ids."""
    anchors = set()
    for part in parts:
        for heading in part.iter(*HEADINGS):
            name = heading.get("id") or _find_inner_id(heading) or _find_outer_id(heading)
            if name:
                heading.set("id", name)
                anchors.add(name)
    return anchors


def _find_inner_id(heading: Element) -> str | None:
    for element in heading.iter("a", "span"):
        if name := element.get("id") or (element.get("name") if element.tag == "a" else None):
            return name
    return None


def _find_outer_id(heading: Element) -> str | None:
    parent, previous = heading.getparent(), heading.getprevious()
    is_first = previous is None or (
        previous.tag in {"a", "span"} and previous.getprevious() is None
    )
    return parent.get("id") if parent is not None and parent.tag == "section" and is_first else None
