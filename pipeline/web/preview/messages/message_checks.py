"""Check a message from elsewhere: the checks of `pipeline.checks` that need no article, on its HTML and its headers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from pipeline.checks import sort_findings
from pipeline.checks.content.footer import check_unsubscribe_header
from pipeline.checks.content.inbox_preview import check_subject
from pipeline.checks.content.link_targets import check_anchors, check_link_targets
from pipeline.checks.content.link_texts import check_link_texts
from pipeline.checks.html.client_support import check_client_support
from pipeline.checks.html.conditional_comments import check_conditional_comments
from pipeline.checks.html.html_part import HtmlPart
from pipeline.checks.html.text_contrast import check_contrast
from pipeline.checks.html.typography import check_typography
from pipeline.checks.message.message_size import check_message_size, check_size
from pipeline.checks.online import CheckedUrl, list_urls
from pipeline.checks.variants import Variant
from pipeline.models.address import Address
from pipeline.models.edition import Edition, LiteralText
from pipeline.models.finding import Finding
from pipeline.models.message import Message
from pipeline.models.publication import Publication
from pipeline.web.preview.messages.panels import read_header_lines
from pipeline.web.preview.messages.preview_message import PreviewMessage

_NOBODY = Address(email="nobody@example.org")
#: Longer HTML is no newsletter, and would take long.
MAX_HTML_CHARACTERS = 300_000
_CHECKS: tuple[Callable[[HtmlPart], Iterable[Finding]], ...] = (
    check_subject,
    check_anchors,
    check_link_targets,
    check_link_texts,
    check_conditional_comments,
    check_typography,
    check_contrast,
    check_client_support,
    check_size,
)
#: A request for such a link may remove somebody from a list, though it should not (RFC 8058 §3.1).
_UNSUBSCRIBE = re.compile(
    r"un-?subscri|opt-?out|list-?manage|desabon|d[ée]sinscri|abmeld", re.IGNORECASE
)
_HEADER_URL = re.compile(r"<\s*+(https?:[^>\s]++)\s*+>", re.IGNORECASE)


def list_message_urls(message: PreviewMessage) -> list[CheckedUrl]:
    """Return the links and remote images of *message* that can be requested: none that may unsubscribe somebody."""
    named = {
        url
        for name, value in read_header_lines(message.raw)
        if name.lower() == "list-unsubscribe"
        for url in _HEADER_URL.findall(value)
    }
    return [
        url
        for url in list_urls(_build_variant(message).edition)
        if url.url not in named and not _UNSUBSCRIBE.search(f"{url.url} {url.where}")
    ]


def check_saved_message(message: PreviewMessage) -> list[Finding]:
    """Return what is wrong with *message*, errors first; its HTML is checked up to a length."""
    findings: list[Finding] = []
    raw = Message(
        campaign_id="",
        sequence=1,
        sender=_NOBODY,
        recipient=_NOBODY,
        message_id="",
        chunks=(message.raw,),
    )
    findings += check_message_size(raw)
    if any(name.lower() == "list-id" for name, _ in read_header_lines(message.raw)):  # a newsletter
        findings += check_unsubscribe_header(raw)
    if message.html.strip() and len(message.html) <= MAX_HTML_CHARACTERS:
        part = HtmlPart(variant=_build_variant(message))
        for check in _CHECKS:
            findings += check(part)
    return sort_findings(findings)


def _build_variant(message: PreviewMessage) -> Variant:
    edition = Edition(
        publication=Publication(name="", sender=_NOBODY),
        title=message.subject,
        language="en",
        direction="ltr",
        subject=(LiteralText(text=message.subject),),
        html=(LiteralText(text=message.html),),
        text=(LiteralText(text=message.text),),
        list_id="",
    )
    return Variant(
        edition=edition,
        values={},
        at=None,
        subject=message.subject,
        html=message.html,
        text=message.text,
    )
