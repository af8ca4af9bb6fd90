"""
Unwrap links that lead through another service: search engines, mail filters, social networks, caches.

Such a service follows readers, and some links name the mailbox of whoever received them. Links that cannot be undone,
because only the service knows where they lead, are found by a check.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pipeline.models.article import Article, Dropped, Embed, Figure, Link, Text
from pipeline.models.tree import map_nodes

#: Hosts, with a pattern of the path, and the parameters that may hold the target.
_BY_PARAMETER = tuple(
    (re.compile(rf"(?:[\w-]{{1,63}}\.){{0,4}}(?:{host})"), re.compile(path), parameters.split())
    for host, path, parameters in (
        (r"google\.(?:com?\.)?[a-z]{2,3}", r"/(?:url|imgres)$", "q url imgurl"),
        (r"safelinks\.protection\.outlook\.com", r"/", "url"),
        (r"safelinks\.protection\.office365\.us", r"/", "url"),
        (
            r"(?:l|lm)\.facebook\.com|l\.instagram\.com|l\.messenger\.com|l\.threads\.(?:net|com)|l\.wl\.co",
            r"/",
            "u",
        ),
        (r"linkedin\.com", r"/(?:redir/|safety/go)", "url"),
        (r"youtube\.com", r"/redirect$", "q"),
        (r"out\.reddit\.com|click\.redditmail\.com", r"/", "url"),
        (r"steamcommunity\.com", r"/linkfilter", "url u"),
        (r"t\.umblr\.com", r"/redirect", "z"),
        (r"duckduckgo\.com", r"/l/?$", "uddg"),
        (r"slack-redir\.net", r"/link", "url"),
        (r"(?:away\.)?vk\.com", r"/away\.php", "to"),
        (r"exit\.sc", r"/", "url"),
        (r"deref-(?:gmx|mail|web)\.(?:net|com|de)|deref-web-02\.de", r"/", "redirectUrl"),
        (r"linkprotect\.cudasvc\.com", r"/url", "a"),
        (r"(?:protect2?\.)?fireeye\.com", r"/", "u"),
        (r"clicktime\.symantec\.com|trendmicro\.com", r"/", "u url"),
        (r"bing\.com", r"/(?:ck/a|alink)", "url u"),
        (r"getpocket\.com", r"/redirect", "url"),
        (r"medium\.com", r"/r/|/m/global-identity", "url redirectUrl"),
    )
)
_PREFIXES = (
    (re.compile(r"https?://(?:www\.)?(?:google|bing)\.[a-z.]{2,6}/amp/(s/)?(?=[\w.-]+\.\w)"), True),
    (re.compile(r"https?://[\w-]{1,80}\.cdn\.ampproject\.org/[a-z]/(s/)?(?=[\w.-]+\.\w)"), True),
    (re.compile(r"https?://secure-web\.cisco\.com/[\w-]{20,400}/(?=https?(?::|%3A))", re.I), False),
    (re.compile(r"https?://href\.li/\?(?=https?:)"), False),
)
_ARCHIVE = re.compile(r"https?://web\.archive\.org/web/\d{4,14}(?:[a-z]{2}_)?/(?=https?:)")
_PROOFPOINT_3 = re.compile(
    r"https?://urldefense(?:\.us|\.com|\.proofpoint\.com)/v3/__(.{1,4000}?)__;([\w*+=/-]{0,4000})!"
)
_RUN_LENGTHS = {
    character: number
    for number, character in enumerate(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", start=2
    )
}
_URL = re.compile(r"https?://[^\s<>\"]{1,8000}")
_MAX_NESTING = 5


def unwrap_links(article: Article) -> Article:
    """Return *article* with wrapped links replaced by where they lead; each service is listed as left out, by name."""
    is_archived = bool(_ARCHIVE.match(article.location)) or bool(
        _ARCHIVE.match(article.canonical_url or "")
    )
    services: dict[str, None] = {}

    def unwrap(url: str) -> str:
        found = unwrap_url(url, is_archived=is_archived)
        if found != url:
            services[(urlsplit(url).hostname or url).lower()] = None
        return found

    def change(node: Any) -> Any:  # Any: a node or a value in, the same out
        match node:
            case Link(href=href) | Embed(href=href):
                return _replace(node, href=unwrap(href))
            case Figure(href=str(href)):
                return _replace(node, href=unwrap(href))
            case Text(text=text) if "://" in text:
                return _replace(node, text=_URL.sub(lambda found: unwrap(found[0]), text))
        return node

    tree = (article.lead_image, article.blocks, article.notes, article.appeal)
    lead_image, blocks, notes, appeal = map_nodes(tree, change)
    canonical_url = unwrap(article.canonical_url) if article.canonical_url else None
    dropped = tuple(Dropped(reason="link.wrapped", text=service) for service in services)
    if not dropped:
        return article
    return replace(
        article,
        lead_image=lead_image,
        blocks=blocks,
        notes=notes,
        appeal=appeal,
        canonical_url=canonical_url,
        dropped=(*article.dropped, *dropped),
    )


def unwrap_url(url: str, *, is_archived: bool = False) -> str:
    """
    Return where *url* leads if a service wraps it and the URL itself says so, else *url*.

    Args:
        is_archived: The page is a copy in the Wayback Machine, which rewrites every link.
    """
    for _ in range(_MAX_NESTING):
        found = _unwrap_once(url, is_archived)
        if found is None or found == url:
            return url
        url = found
    return url


def _unwrap_once(url: str, is_archived: bool) -> str | None:
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return None
    for unwrap in (_unwrap_proofpoint, _unwrap_prefix, _unwrap_substack):
        if (target := unwrap(url)) and (valid := _check(target)):
            return valid
    if is_archived and (found := _ARCHIVE.match(url)):
        return _check(url[found.end() :])
    for hosts, path, names in _BY_PARAMETER:
        if hosts.fullmatch(host) and path.match(parts.path or "/"):
            values = dict(parse_qsl(parts.query.replace("&amp;", "&")))
            targets = (_check(values.get(name, "")) for name in names)
            return next(filter(None, targets), None)
    return None


def _check(target: str) -> str | None:
    """Return *target* if it is an address that an email may link to."""
    target = re.sub(r"^(https?):/(?=[^/])", r"\1://", target.strip())
    if not re.match(r"(?:https?://[^/?#\s]|mailto:[^@\s]+@)", target, re.IGNORECASE):
        return None
    return re.sub(r"\s", "%20", target)


def _unwrap_prefix(url: str) -> str | None:
    for prefix, is_bare in _PREFIXES:
        if found := prefix.match(url):
            rest = url[found.end() :]
            return f"http{'s' if found[1] else ''}://{rest}" if is_bare else unquote(rest)
    return None


def _unwrap_proofpoint(url: str) -> str | None:
    if found := _PROOFPOINT_3.match(url):
        return _decode_proofpoint(found[1], found[2])
    parts = urlsplit(url)
    if not re.fullmatch(r"urldefense(?:\.proofpoint)?\.com", (parts.hostname or "").lower()):
        return None
    target = dict(parse_qsl(parts.query.replace("&amp;", "&"), keep_blank_values=True)).get("u", "")
    if parts.path.startswith("/v1/"):
        return target
    return (
        unquote(target.translate(str.maketrans("-_", "%/")))
        if parts.path.startswith("/v2/")
        else None
    )


def _decode_proofpoint(text: str, encoded: str) -> str | None:
    """Return the URL that version 3 wrote as *text*, with its special characters in *encoded*."""
    try:
        characters = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    position = 0

    def restore(found: re.Match[str]) -> str:
        nonlocal position
        length = _RUN_LENGTHS.get(found[1], 0) if found[1] else 1
        run = characters[position : position + length]
        position += length
        return run

    return re.sub(r"\*(?:\*(.))?", restore, text)


def _unwrap_substack(url: str) -> str | None:
    """Return the target in a link of Substack's mails, `/redirect/2/` and JSON in base64."""
    found = re.match(
        r"https?://(?:[\w-]{1,63}\.){0,3}substack\.com/redirect/2/([\w-]{10,4000})", url
    )
    if not found:
        return None
    try:
        payload = base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))
        data = json.loads(payload)
    except (binascii.Error, ValueError, RecursionError):
        return None
    target = data.get("e") if isinstance(data, dict) else None
    return target if isinstance(target, str) else None


def _replace(node: Any, **values: str) -> Any:  # Any: a node in, the same out
    is_same = all(getattr(node, name) == value for name, value in values.items())
    return node if is_same else replace(node, **values)
