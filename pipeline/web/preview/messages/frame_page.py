"""
The page in a frame, where a message is shown and can do nothing.

The frame is sandboxed into an origin of its own, so that it reaches neither the preview's page nor its token. Its
policy allows only our own two scripts, by a nonce, and loads only what this server has; remote images only on request.
Scripts, forms and frames in the message are removed first, so that they are not even tried.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.markup import escape_html
from pipeline.web.preview.messages.html_tokens import (
    HtmlToken,
    get_attributes,
    remove_attributes,
    tokenize,
)

#: Elements that are removed with everything in them, and those of which only the tags are removed.
_WITH_CONTENT = frozenset("script iframe noembed noframes noscript".split())
_FOREIGN = frozenset("svg math object applet".split())
_SHOWN_AS_TEXT = frozenset("textarea xmp plaintext".split())
_ACTIVE = frozenset(
    "frame frameset embed form input button select base portal link fencedframe template".split()
)
#: Closing tags that are left out: our own scripts follow, or the element is written whole.
_WITHOUT_END = frozenset("body html style title".split())
#: The only `<meta>` that stay; others send the frame elsewhere or tell other servers its address.
_META_NAMES = frozenset(
    "viewport color-scheme supported-color-schemes format-detection x-apple-disable-message-reformatting".split()
)
_ATTRIBUTES = frozenset("referrerpolicy ping srcdoc formaction nonce shadowrootmode".split())
_SUSPICIOUS = re.compile(r"on|referrer|ping|srcdoc|formaction|nonce|shadow", re.IGNORECASE)
_HEAD = re.compile(r"<head(?:\s[^<>]*)?>", re.IGNORECASE)
_CID = re.compile(r"""cid:([A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]{1,200}?)(?=["')\s])""")


def build_policy(nonce: str, origin: str, *, allow_remote_images: bool) -> str:
    """
    Return the Content-Security-Policy of a frame (CSP Level 3).

    Args:
        origin: The origin of this server: `http://127.0.0.1:8765`.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            "style-src 'unsafe-inline'",
            f"img-src {origin} data:{' https:' if allow_remote_images else ''}",
            "font-src 'none'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
            "sandbox allow-scripts",
        )
    )


def build_page(
    html: str, *, nonce: str, image_urls: Mapping[str, str], scripts: tuple[str, ...], scheme: str
) -> str:
    """
    Return *html* for a frame, without active content, with our own *scripts*.

    Args:
        image_urls: The address of each image in the message, by Content-ID.
    """
    html = remove_active_content(html)
    html = _CID.sub(lambda match: image_urls.get(match[1], "data:,"), html)
    tags = "".join(f'<script nonce="{nonce}" src="{escape_html(url)}"></script>' for url in scripts)
    meta = f'<meta name="handbill-scheme" content="{escape_html(scheme)}">'
    head = _HEAD.search(html)
    position = head.end() if head else 0
    if not head and html.lower().startswith("<!doctype"):
        position = html.index(">") + 1
    return f"{html[:position]}{meta}{html[position:]}{tags}"


def remove_active_content(html: str) -> str:
    """
    Return *html* without scripts, forms, frames, event handlers and comments.

    Nor is anything left that decides what other servers learn about the frame: its policy is `no-referrer`.
    """
    parts: list[str] = []
    skipped = ""
    tokens = list(tokenize(html))
    last_end = {token.name: number for number, token in enumerate(tokens) if token.is_end}
    for number, token in enumerate(tokens):
        if skipped:
            skipped = "" if token.is_end and token.name == skipped else skipped
        elif token.name in _FOREIGN:
            if not token.is_end and last_end.get(token.name, -1) > number:
                skipped = token.name
        else:
            parts.append(_clean_token(token))
    return "".join(parts)


def _clean_token(token: HtmlToken) -> str:
    name = token.name
    if not name or name == "!doctype":
        return token.source
    if name in _WITH_CONTENT or name in _ACTIVE or (token.is_end and name in _WITHOUT_END):
        return ""
    if name in _SHOWN_AS_TEXT:
        return escape_html(token.raw or "")
    if name == "meta" and not _is_harmless_meta(token.source):
        return ""
    source = token.source
    if _SUSPICIOUS.search(source):
        source = remove_attributes(
            source, lambda each: each.startswith("on") or each in _ATTRIBUTES
        )
    return source if token.raw is None else f"{source}{token.raw}</{name}>"


def _is_harmless_meta(tag: str) -> bool:
    attributes = get_attributes(tag)
    if "http-equiv" in attributes:
        return attributes["http-equiv"].lower() == "content-type"
    return "charset" in attributes or attributes.get("name", "").lower() in _META_NAMES
