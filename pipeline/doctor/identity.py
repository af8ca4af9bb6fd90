"""From: an address of one's own."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.check_result import CheckResult, fail, ok
from pipeline.models.publication import PLACEHOLDERS, Publication

#: Domains whose owners let nobody else send for them: their DMARC policies, or their rules for bulk mail, forbid it.
#: Gmail says so itself (support.google.com/a/answer/81126, 2026-03: "Don't impersonate Gmail From: headers").
MAILBOXES = frozenset(
    "gmail.com googlemail.com yahoo.com ymail.com aol.com outlook.com hotmail.com live.com msn.com icloud.com me.com "
    "mac.com gmx.com gmx.net gmx.de web.de mail.ru proton.me protonmail.com".split()
)
#: Names that stand for nobody (RFC 2606, RFC 6761).
RESERVED = ("example", "test", "invalid", "localhost", "local")


def check_identity(publication: Publication) -> Iterator[CheckResult]:
    """Yield whether somebody is named whom receivers can know."""
    address = publication.sender
    if address.domain in MAILBOXES:
        yield fail(
            "identity",
            f"From is at {address.domain}, a mailbox provider.",
            "Receivers refuse letters in its name that come from elsewhere. Write from a domain of your own.",
        )
    elif address.domain.rpartition(".")[2] in RESERVED:
        yield fail(
            "identity",
            f"From is at {address.domain}, a name that stands for nobody.",
            "Set [publication] from to an address of your own.",
        )
    else:
        yield ok("identity", f"From is {address}.")
    for key in ("name", "postal_address"):
        if str(getattr(publication, key)) == PLACEHOLDERS[key]:
            yield fail(
                "identity",
                f'[publication] {key} still says "{PLACEHOLDERS[key]}".',
                "Put your own in before you send to people.",
            )
