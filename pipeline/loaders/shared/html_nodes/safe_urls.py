"""Where links and pictures may lead."""

from __future__ import annotations

import re

#: What browsers and mail readers pass over before they look for a scheme (WHATWG URL, "basic URL parser").
_IGNORED = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")

_LINK_SCHEMES = {"http:", "https:", "mailto:", "tel:"}
_PICTURE_SCHEMES = {"http:", "https:"}


def safe_href(href: str) -> str | None:
    """
    Return *href* if a mail may link to it, else null.

    That is: http, https, mailto, tel, an anchor, or an address relative to the article, which stays as written; only
    one that begins with `//` gets its scheme.
    """
    return _safe(href, _LINK_SCHEMES)


def safe_src(src: str) -> str | None:
    """Return *src* if a picture may come from there: http, https, or relative to the article; else null."""
    return _safe(src, _PICTURE_SCHEMES)


def _safe(address: str, schemes: set[str]) -> str | None:
    address = address.strip("\t\n\r\f ")
    bare = _IGNORED.sub("", address)
    scheme = _SCHEME.match(bare)
    if not bare or (scheme and scheme[0].lower() not in schemes):
        return None
    return f"https:{address}" if address.startswith("//") else address
