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

#: Elements that are removed; `<base>` and `<meta http-equiv>` could send the frame elsewhere.
_ACTIVE = "script|iframe|frame|frameset|object|embed|applet|form|input|button|select|textarea|base|portal|svg|math"
_ELEMENT = re.compile(
    rf"<(script|iframe|object|svg|math)\b.*?</\1\s*>|</?(?:{_ACTIVE})\b[^>]*>",
    re.DOTALL | re.IGNORECASE,
)
_REFRESH = re.compile(r"<meta\b[^>]*http-equiv[^>]*>", re.IGNORECASE)
_HANDLER = re.compile(r"""\son[a-z]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_LINK_ELEMENT = re.compile(r"<link\b[^>]*>", re.IGNORECASE)
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
    html: str, *, nonce: str, image_urls: Mapping[str, str], scripts: tuple[str, ...], view: str
) -> str:
    """
    Return *html* for a frame, without active content, with our own *scripts*.

    Args:
        image_urls: The address of each image in the message, by Content-ID.
    """
    html = remove_active_content(html)
    html = _CID.sub(lambda match: image_urls.get(match[1], "data:,"), html)
    tags = "".join(f'<script nonce="{nonce}" src="{escape_html(url)}"></script>' for url in scripts)
    meta = f'<meta name="handbill-view" content="{escape_html(view)}">'
    end = html.lower().rfind("</body>")
    if end < 0:
        return f"{meta}{html}{tags}"
    html = f"{html[:end]}{tags}{html[end:]}"
    return (
        re.sub(r"<head\b[^>]*>", lambda head: head[0] + meta, html, count=1)
        if "<head" in html
        else meta + html
    )


def remove_active_content(html: str) -> str:
    """Return *html* without scripts, forms, frames and event handlers; conditional comments for Outlook stay."""
    before = None
    while before != html:  # removing one element can join the parts of another
        before = html
        html = _ELEMENT.sub("", html)
    html = _REFRESH.sub(lambda meta: meta[0] if "content-type" in meta[0].lower() else "", html)
    return _HANDLER.sub("", _LINK_ELEMENT.sub("", html))
