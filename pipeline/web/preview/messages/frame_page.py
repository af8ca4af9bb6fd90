"""
Frames: where a letter is shown and can do nothing.

A frame is sandboxed into an origin of its own, so that it reaches neither this page nor its token. Its policy lets run
only our own two scripts, by a nonce, and lets load only what this server holds, and pictures from the web if somebody
asked for them. Scripts, forms and frames of the letter's own are taken out before, so that not even the try is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.markup import escape_html

#: What a letter must not even try; `<base>` and `<meta http-equiv>` could send the frame elsewhere.
_ACTIVE = "script|iframe|frame|frameset|object|embed|applet|form|input|button|select|textarea|base|portal|svg|math"
_ELEMENT = re.compile(
    rf"<(script|iframe|object|svg|math)\b.*?</\1\s*>|</?(?:{_ACTIVE})\b[^>]*>",
    re.DOTALL | re.IGNORECASE,
)
_REFRESH = re.compile(r"<meta\b[^>]*http-equiv[^>]*>", re.IGNORECASE)
_HANDLER = re.compile(r"""\son[a-z]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_LINK_ELEMENT = re.compile(r"<link\b[^>]*>", re.IGNORECASE)
_CID = re.compile(r"""cid:([A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]{1,200}?)(?=["')\s])""")


def policy(nonce: str, own: str, *, is_remote: bool) -> str:
    """
    Return the Content-Security-Policy of a frame (CSP Level 3).

    Args:
        own: The address of this server: `http://127.0.0.1:8765`.
        is_remote: Whether pictures may come from the web.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            "style-src 'unsafe-inline'",
            f"img-src {own} data:{' https:' if is_remote else ''}",
            "font-src 'none'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'self'",
            "sandbox allow-scripts",
        )
    )


def page(
    html: str, *, nonce: str, pictures: Mapping[str, str], scripts: tuple[str, ...], view: str
) -> str:
    """
    Return *html* for a frame: nothing active left in it but our own *scripts*.

    Args:
        pictures: Where each picture that travels in the message lies, by its Content-ID.
    """
    html = harmless(html)
    html = _CID.sub(lambda found: pictures.get(found[1], "data:,"), html)
    tags = "".join(f'<script nonce="{nonce}" src="{escape_html(url)}"></script>' for url in scripts)
    mark = f'<meta name="handbill-view" content="{escape_html(view)}">'
    end = html.lower().rfind("</body>")
    if end < 0:
        return f"{mark}{html}{tags}"
    html = f"{html[:end]}{tags}{html[end:]}"
    return (
        re.sub(r"<head\b[^>]*>", lambda head: head[0] + mark, html, count=1)
        if "<head" in html
        else mark + html
    )


def harmless(html: str) -> str:
    """Return *html* without scripts, forms, frames and handlers; comments for Outlook stay."""
    before = None
    while before != html:  # what is left of one may be the beginning of another
        before = html
        html = _ELEMENT.sub("", html)
    html = _REFRESH.sub(lambda meta: meta[0] if "content-type" in meta[0].lower() else "", html)
    return _HANDLER.sub("", _LINK_ELEMENT.sub("", html))
