"""
Check: what is wrong with an edition before anybody gets it.

`check()` looks at every wording of every choice and changes nothing. Errors stop a send to people;
warnings and notes are shown.
Each code is documented in `docs/reference/checks.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from pipeline.checks.content.appeal_choices import check_appeal_deadlines
from pipeline.checks.content.footer import check_publication
from pipeline.checks.content.image_quality import check_images
from pipeline.checks.content.inbox_preview import check_preheader, check_subject, check_text_part
from pipeline.checks.content.link_targets import check_links
from pipeline.checks.content.unresolved_fields import check_fields
from pipeline.checks.html.anchors import check_anchors
from pipeline.checks.html.client_support import check_client_support
from pipeline.checks.html.conditional_comments import check_conditional_comments
from pipeline.checks.html.html_part import HtmlPart
from pipeline.checks.html.structure import check_structure
from pipeline.checks.html.text_contrast import check_contrast
from pipeline.checks.html.typography import check_typography
from pipeline.checks.message.message_headers import check_message
from pipeline.checks.message.message_size import check_size, check_unsubscribe_clipped
from pipeline.checks.variants import list_variants
from pipeline.models.edition import Edition
from pipeline.models.finding import Finding, Severity
from pipeline.models.message import Message

__all__ = ["Finding", "Severity", "check", "find_blocking", "sort_findings"]

#: What is looked at in every wording of a letter.
_LOOKS: tuple[Callable[[HtmlPart], Iterable[Finding]], ...] = (
    check_anchors,
    check_structure,
    check_links,
    check_images,
    check_subject,
    check_preheader,
    check_text_part,
    check_conditional_comments,
    check_typography,
    check_contrast,
    check_client_support,
    check_unsubscribe_clipped,
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
    Return what a person should look at in *edition*, errors first.

    Args:
        message: One composed message; its bytes are looked at too.
        first_send_at: The first planned instant of hand-over, aware; an ask whose deadline falls before it is told.
        last_send_at: The last one; an appeal that ends before it, without a text for afterwards, is an error.
        known_fields: Those the audience has values for, besides name and language; null if that is not known.
    """
    findings = [*edition.findings, *check_publication(edition.publication)]
    findings += check_fields(edition, known_fields)
    findings += check_appeal_deadlines(edition, first_send_at, last_send_at)
    findings += check_message(message) if message else ()
    pages = [HtmlPart(variant=variant) for variant in list_variants(edition)]
    for page in pages:
        for look in _LOOKS:
            findings += look(page)
    findings += check_size(max(pages, key=lambda page: len(page.variant.html.encode())))
    return sort_findings(findings)


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return *findings*, each once, the gravest first."""
    ranks = list(Severity)
    return sorted(dict.fromkeys(findings), key=lambda finding: ranks.index(finding.severity))


def find_blocking(findings: Iterable[Finding], *, delivers_mail: bool) -> list[Finding]:
    """
    Return those of *findings* that stop a send: errors, and what `init` left to be filled in if people would read it.

    Args:
        delivers_mail: Whether the sender does.
    """
    return [
        finding
        for finding in findings
        if finding.severity is Severity.ERROR
        or (delivers_mail and finding.code == "publication.placeholder")
    ]
