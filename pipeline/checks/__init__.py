"""
Check: find what is wrong with an edition before anybody receives it.

`check()` examines every variant of the edition and changes nothing. Errors block sending; warnings and notes are shown.
Each code is documented in `docs/reference/checks.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from pipeline.checks.content import footer
from pipeline.checks.content.appeal_deadlines import check_appeal_deadlines
from pipeline.checks.content.image_quality import check_images
from pipeline.checks.content.inbox_preview import check_preheader, check_subject, check_text_part
from pipeline.checks.content.link_targets import check_anchors, check_link_targets
from pipeline.checks.content.link_texts import check_link_texts
from pipeline.checks.content.template_marks import check_template_marks
from pipeline.checks.content.unresolved_fields import check_fields
from pipeline.checks.content.wrapped_links import check_wrapped_links
from pipeline.checks.findings import find_blocking, sort_findings
from pipeline.checks.html.client_support import check_client_support
from pipeline.checks.html.conditional_comments import check_conditional_comments
from pipeline.checks.html.html_part import HtmlPart
from pipeline.checks.html.structure import check_structure
from pipeline.checks.html.text_contrast import check_contrast
from pipeline.checks.html.typography import check_typography
from pipeline.checks.message.message_size import check_message_size, check_size
from pipeline.checks.variants import list_variants
from pipeline.models.edition import Edition
from pipeline.models.finding import Finding, Severity
from pipeline.models.message import Message

__all__ = ["Finding", "Severity", "check", "find_blocking", "sort_findings"]

#: Applied to every variant of an edition.
_VARIANT_CHECKS: tuple[Callable[[HtmlPart], Iterable[Finding]], ...] = (
    check_anchors,
    footer.check_footer,
    check_structure,
    check_link_targets,
    check_wrapped_links,
    check_link_texts,
    check_images,
    check_subject,
    check_preheader,
    check_text_part,
    check_conditional_comments,
    check_typography,
    check_contrast,
    check_client_support,
)


def check(
    edition: Edition,
    *,
    message: Message | None = None,
    first_send_at: datetime | None = None,
    last_send_at: datetime | None = None,
    known_fields: Collection[str] | None = None,
) -> list[Finding]:
    """
    Return what an editor should look at in *edition*, errors first.

    Args:
        message: One composed message, to be checked too.
        first_send_at: When the first message is sent, aware; an appeal that ends before is a warning.
        last_send_at: When the last message is sent; an appeal that ends before, without a text for afterwards, is an
            error.
        known_fields: Fields that subscribers have values for, besides name and language; None if not known.
    """
    findings = [*edition.findings, *footer.check_publication(edition.publication)]
    findings += check_fields(edition, known_fields)
    findings += check_appeal_deadlines(edition, first_send_at, last_send_at)
    if message:
        findings += (*check_message_size(message), *footer.check_unsubscribe_header(message))
    html_parts = [HtmlPart(variant=variant) for variant in list_variants(edition)]
    for html_part in html_parts:
        for check_variant in _VARIANT_CHECKS:
            findings += check_variant(html_part)
    findings += check_template_marks(edition, html_parts)
    findings += check_size(max(html_parts, key=lambda part: part.size_bytes))
    return sort_findings(findings)
