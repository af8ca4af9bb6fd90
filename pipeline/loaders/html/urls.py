"""Make addresses absolute, and take tracking out of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urljoin

from pipeline.loaders.html.dom import HEADINGS, Element
from pipeline.loaders.shared.html_nodes import LoadReport

_TRACKING = re.compile(
    r"utm_\w+|hsa_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id|mc_cid|mc_eid|"
    r"mkt_tok|_hsenc|_hsmi|__hstc|__hsfp|__hssc|hsctatracking|oly_anon_id|oly_enc_id|vero_id|vero_conv|wickedid|_openstat|"
    r"ref_src|ref_url|s_cid|ncid|cmpid|rb_clickid|sc_cid|at_medium|at_campaign|piwik_\w+|pk_\w+|mtm_\w+|matomo_\w+|srsltid|_gl",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_SOURCES = {
    "img": "src",
    "iframe": "src",
    "video": "src",
    "audio": "src",
    "source": "src",
    "embed": "src",
    "object": "data",
}


def resolve_urls(parts: Iterable[Element], base_url: str | None, report: LoadReport) -> list[str]:
    """
    Make every address in *parts* absolute where *base_url* is known, and remove tracking parameters from links.

    Links to a place in the article stay if a heading is there, else they lead to that place on the page, and without
    a page their words are left.

    Returns:
        The parameters removed; they are listed as `link.tracking`.
    """
    parts = list(parts)
    anchors = _name_headings(parts)
    removed: list[str] = []
    for part in parts:
        for element in part.iter():
            if element.tag == "a" and element.get("href") is not None:
                removed += _settle_link(element, anchors, base_url, report)
            elif element.tag in _SOURCES and element.get(_SOURCES[element.tag]):
                name = _SOURCES[element.tag]
                element.set(name, absolute(element.get(name) or "", base_url))
    return removed


def absolute(address: str, base_url: str | None) -> str:
    """Return *address* as seen from *base_url*; as it is if either is none or cannot be read."""
    address = address.strip()
    if not base_url or not address or (_SCHEME.match(address) and not address.startswith("//")):
        return address
    try:
        return urljoin(base_url, address)
    except ValueError:
        return address


def strip_tracking(address: str) -> tuple[str, list[str]]:
    """Return *address* without its tracking parameters, and those."""
    rest, sign, fragment = address.partition("#")
    path, mark, query = rest.partition("?")
    if not mark:
        return address, []
    pairs = query.split("&")
    removed = [
        match_notes for match_notes in pairs if _TRACKING.fullmatch(match_notes.partition("=")[0])
    ]
    if not removed:
        return address, []
    kept = "&".join(match_notes for match_notes in pairs if match_notes not in removed)
    return f"{path}{'?' if kept else ''}{kept}{sign}{fragment}", removed


def _settle_link(
    link: Element, anchors: set[str], base_url: str | None, report: LoadReport
) -> list[str]:
    href = (link.get("href") or "").strip()
    if href.startswith("#"):
        if href[1:] in anchors:
            return []
        if not base_url or len(href) == 1:
            link.attrib.pop("href")
            return []
    settled, removed = strip_tracking(absolute(href, base_url))
    link.set("href", settled)
    if removed:
        report.drop("link.tracking", " ".join(removed))
    return removed


def _name_headings(parts: Iterable[Element]) -> set[str]:
    """Give each heading the id that stands in it or right above it, and return all of them."""
    anchors = set()
    for part in parts:
        for heading in part.iter(*HEADINGS):
            name = heading.get("id") or _inner_name(heading) or _outer_name(heading)
            if name:
                heading.set("id", name)
                anchors.add(name)
    return anchors


def _inner_name(heading: Element) -> str | None:
    return next(
        (
            name
            for e in heading.iter("a", "span")
            if (name := e.get("id") or (e.get("name") if e.tag == "a" else None))
        ),
        None,
    )


def _outer_name(heading: Element) -> str | None:
    parent, previous = heading.getparent(), heading.getprevious()
    is_first = previous is None or (
        previous.tag in {"a", "span"} and previous.getprevious() is None
    )
    return parent.get("id") if parent is not None and parent.tag == "section" and is_first else None
