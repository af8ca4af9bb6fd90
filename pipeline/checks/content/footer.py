"""What every bulk mail must say about who sends it and how to leave."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.models.finding import Finding, Severity
from pipeline.models.publication import PLACEHOLDERS, Publication


def check_publication(publication: Publication) -> Iterator[Finding]:
    """Yield what is missing or still a placeholder."""
    if not (publication.unsubscribe or publication.unsubscribe_url):
        yield Finding(
            code="unsubscribe.missing",
            severity=Severity.ERROR,
            where="the footer",
            message="Readers have no way to unsubscribe.",
            hint='Set [publication] unsubscribe = "mailto:…" or unsubscribe_url.',
        )
    if not publication.postal_address.strip():
        yield Finding(
            code="postal-address.missing",
            severity=Severity.ERROR,
            where="the footer",
            message="The postal address is missing; the law asks for one in bulk mail (US: CAN-SPAM; EU: imprint).",
            hint="Set [publication] postal_address.",
        )
    for key, value in PLACEHOLDERS.items():
        if str(getattr(publication, key)) == value:
            yield Finding(
                code="publication.placeholder",
                severity=Severity.WARNING,
                where=f"[publication] {'from' if key == 'sender' else key}",
                message=f'It still says "{value}".',
                hint="Put your own in before you send to people.",
            )
