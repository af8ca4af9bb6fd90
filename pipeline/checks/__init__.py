"""
Check: what is wrong with an edition before anybody gets it.

`check()` looks at every wording of every choice and changes nothing. Errors stop a send to people;
warnings and notes are shown.
Each code is documented in `docs/reference/checks.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from pipeline.checks.appeal_deadlines import check_deadlines
from pipeline.checks.clients import check_clients
from pipeline.checks.conditional_comments import check_conditionals
from pipeline.checks.field_values import check_fields
from pipeline.checks.html_document import check_document
from pipeline.checks.html_structure import check_structure
from pipeline.checks.images import check_pictures
from pipeline.checks.inbox import check_preheader, check_subject, check_text_part
from pipeline.checks.link_targets import check_links
from pipeline.checks.message_headers import check_message
from pipeline.checks.message_size import check_size, check_way_to_leave
from pipeline.checks.page import Page
from pipeline.checks.sender_identity import check_publication
from pipeline.checks.text_contrast import check_contrast
from pipeline.checks.typography import check_style
from pipeline.checks.variants import variants
from pipeline.models.edition import Edition
from pipeline.models.finding import Finding, Severity
from pipeline.models.message import Message

__all__ = ["Finding", "Severity", "check", "hindrances", "in_order"]

#: What is looked at in every wording of a letter.
_LOOKS: tuple[Callable[[Page], Iterable[Finding]], ...] = (
    check_document,
    check_structure,
    check_links,
    check_pictures,
    check_subject,
    check_preheader,
    check_text_part,
    check_conditionals,
    check_style,
    check_contrast,
    check_clients,
    check_way_to_leave,
)


def check(
    edition: Edition,
    *,
    message: Message | None = None,
    first: datetime | None = None,
    last: datetime | None = None,
    known_fields: Collection[str] | None = None,
) -> list[Finding]:
    """
    Return what a person should look at in *edition*, errors first.

    Args:
        message: One composed message; its bytes are looked at too.
        first: The first planned instant of hand-over, aware; an ask whose deadline falls before it is told.
        last: The last one; an ask whose deadline falls before it, without a wording for afterwards, is an error.
        known_fields: Those the audience has values for, besides name and language; null if that is not known.
    """
    findings = [*edition.findings, *check_publication(edition.publication)]
    findings += check_fields(edition, known_fields)
    findings += check_deadlines(edition, first, last)
    findings += check_message(message) if message else ()
    pages = [Page(variant=variant) for variant in variants(edition)]
    for page in pages:
        for look in _LOOKS:
            findings += look(page)
    findings += check_size(max(pages, key=lambda page: len(page.variant.html.encode())))
    return in_order(findings)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return *findings*, each once, the gravest first."""
    ranks = list(Severity)
    return sorted(dict.fromkeys(findings), key=lambda finding: ranks.index(finding.severity))


def hindrances(findings: Iterable[Finding], *, delivers_mail: bool) -> list[Finding]:
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
