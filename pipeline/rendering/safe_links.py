"""Links an email may contain: a few schemes, ASCII only."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import idna

_SCHEMES = ("http", "https", "mailto", "tel")
# Every character RFC 3986 §2 allows in a URL, and "%" for what is already encoded.
_SAFE_CHARACTERS = "!#$%&'()*+,/:;=?@[]~-._"
_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def to_safe_url(url: str) -> str | None:
    """
    Return *url* in ASCII, or None if an email must not link to it.

    Host names are converted to Punycode here, because later parsers would percent-encode them (measured: libxml2 2.14).
    """
    url = re.sub(r"[\x00-\x1f\x7f]+", "", url).strip()
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in _SCHEMES:
            return None
        if parts.scheme.lower() in ("http", "https"):
            if not parts.hostname:
                return None
            parts = parts._replace(netloc=_encode_host(parts.netloc))
    except ValueError:
        return None
    return quote(urlunsplit(parts), safe=_SAFE_CHARACTERS)


def resolve_url(url: str, base_url: str | None) -> str:
    """Return *url* resolved against *base_url*, unchanged without one."""
    return url if base_url is None or _HAS_SCHEME.match(url) else urljoin(base_url, url)


def _encode_host(netloc: str) -> str:
    if netloc.isascii():
        return netloc
    user, at, host = netloc.rpartition("@")
    name, colon, port = host.partition(":")
    return f"{user}{at}{idna.encode(name, uts46=True).decode('ascii')}{colon}{port}"
