"""Check where links and images may point."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

#: Characters that browsers and email clients ignore before the scheme (WHATWG URL, "basic URL parser").
_IGNORED = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")

_LINK_SCHEMES = {"http:", "https:", "mailto:", "tel:"}
_IMAGE_SCHEMES = {"http:", "https:"}


def sanitize_href(href: str) -> str | None:
    """
    Return *href* if an email may link to it, else None.

    Allowed are http, https, mailto, tel, an anchor, or a URL relative to the article. The URL is returned as written;
    only one that begins with `//` gets a scheme.
    """
    return _sanitize(href, _LINK_SCHEMES)


def sanitize_src(src: str) -> str | None:
    """Return *src* if an image may come from there (http, https, or relative to the article), else None."""
    return _sanitize(src, _IMAGE_SCHEMES)


def resolve_web_url(url: str, base_url: str | None) -> str | None:
    """Return *url*, resolved against *base_url*, if it is an http or https URL with a host, else None."""
    try:
        absolute = urljoin(base_url or "", url.strip())
        parts = urlsplit(absolute)
    except ValueError:  # brackets in place of a host
        return None
    return absolute if parts.scheme in {"http", "https"} and parts.hostname else None


def _sanitize(url: str, schemes: set[str]) -> str | None:
    url = url.strip("\t\n\r\f ")
    visible = _IGNORED.sub("", url)
    scheme = _SCHEME.match(visible)
    if not visible or (scheme and scheme[0].lower() not in schemes):
        return None
    return f"https:{url}" if url.startswith("//") else url
