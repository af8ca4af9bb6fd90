"""How to unsubscribe, in the footer and the header, and the postal address: every bulk message must have them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from html import unescape
from urllib.parse import unquote, urlsplit

import idna

from pipeline.checks.findings import error, warning
from pipeline.checks.html.html_part import HtmlPart
from pipeline.checks.message.message_size import CLIP_BYTES
from pipeline.models.finding import Finding
from pipeline.models.message import Message
from pipeline.models.publication import PLACEHOLDERS, Publication

_UNSUBSCRIBE_HINT = 'Set [publication] unsubscribe = "mailto:…" or unsubscribe_url.'


def check_publication(publication: Publication) -> Iterator[Finding]:
    """Yield the settings of the publication that are missing or still placeholders."""
    if not (publication.unsubscribe or publication.unsubscribe_url):
        yield error(
            code="unsubscribe.missing",
            where="the footer",
            message="Readers cannot unsubscribe, which the law requires; they would report the newsletter as spam.",
            hint=_UNSUBSCRIBE_HINT,
        )
    if publication.unsubscribes_elsewhere:
        yield warning(
            code="unsubscribe.elsewhere",
            where="[publication] unsubscribe_url",
            message="Another service answers it. Handbill does not hear who unsubscribes there, and sends again.",
            hint="Set public_url instead and run handbill serve, or import who left before each issue: "
            "handbill docs serve",
        )
    if not publication.postal_address.strip():
        yield error(
            code="postal-address.missing",
            where="the footer",
            message="There is no postal address; the law requires one in newsletters (US: CAN-SPAM; EU: imprint).",
            hint="Set [publication] postal_address.",
        )
    for key, value in PLACEHOLDERS.items():
        if str(getattr(publication, key)) == value:
            yield warning(
                code="publication.placeholder",
                where=f"[publication] {'from' if key == 'sender' else key}",
                message=f"This is still the example value “{value}”.",
                hint="Replace it with your own before you send.",
            )


def check_footer(part: HtmlPart) -> Iterator[Finding]:
    """Yield what the theme does not show, or only beyond the point where Gmail clips the message."""
    publication = part.variant.edition.publication
    target = (publication.unsubscribe_url or publication.unsubscribe or "").partition("{")[0]
    if target and not _links_to(target, part.document.xpath("//a/@href")):
        yield error(
            code="unsubscribe.not-shown",
            where="the newsletter",
            message="The theme shows no unsubscribe link; readers who find none report the newsletter as spam.",
            hint="Print email.unsubscribe_url in the theme's footer.",
        )
    text = " ".join(part.document.text_content().split())
    if any(" ".join(line.split()) not in text for line in publication.postal_address.splitlines()):
        yield error(
            code="postal-address.not-shown",
            where="the newsletter",
            message="The theme does not show the postal address, which the law requires.",
            hint="Print email.postal_lines in the theme's footer.",
        )
    if target and part.size_bytes > CLIP_BYTES:
        visible = part.variant.html.encode()[:CLIP_BYTES].decode(errors="ignore")
        links = map(unescape, re.findall(r'<a\s[^<>]*href="([^"]*)"', visible))
        if not _links_to(target, links):
            yield error(
                code="unsubscribe.beyond-cut",
                where="the HTML part",
                message="Gmail clips the message before the unsubscribe link; readers who find none report it as spam.",
                hint="Print email.unsubscribe_url at the top of the theme too, or shorten the newsletter.",
            )


def check_unsubscribe_header(message: Message) -> Iterator[Finding]:
    """Yield that *message* has no List-Unsubscribe."""
    if not message_from_bytes(message.content, policy=policy.compat32)["List-Unsubscribe"]:
        yield error(
            code="unsubscribe.header-missing",
            where="the header of the message",
            message="There is no List-Unsubscribe (RFC 2369), which Gmail and Yahoo require in newsletters: "
            "they show readers no unsubscribe button and may reject the message.",
            hint=_UNSUBSCRIBE_HINT,
        )


def _links_to(target: str, urls: Iterable[str]) -> bool:
    return any(_normalize_url(url).startswith(_normalize_url(target)) for url in urls)


def _normalize_url(url: str) -> str:
    """Return *url* for comparison: host in ASCII, nothing percent-encoded."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if not parts.netloc.isascii():
            host = idna.encode(parts.netloc, uts46=True).decode("ascii")
            url = parts._replace(netloc=host).geturl()
    return unquote(url)
