"""The sender's identity: a From address at a domain of one's own, and no placeholders."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.doctor.check_result import CheckResult, fail, ok
from pipeline.models.publication import PLACEHOLDERS, Publication

#: Domains that only their owners may send from: their DMARC policies or their rules for bulk mail forbid it to others.
#: Gmail says so itself (support.google.com/a/answer/81126, 2026-03: "Don't impersonate Gmail From: headers").
MAILBOX_PROVIDERS = frozenset(
    "gmail.com googlemail.com yahoo.com ymail.com aol.com outlook.com hotmail.com live.com msn.com icloud.com me.com "
    "mac.com gmx.com gmx.net gmx.de web.de mail.ru proton.me protonmail.com".split()
)
#: Top-level domains that do not exist in the public DNS (RFC 2606, RFC 6761).
RESERVED_DOMAINS = ("example", "test", "invalid", "localhost", "local")


def check_identity(publication: Publication) -> Iterator[CheckResult]:
    """Yield whether From is an address of the publication's own, and which settings are still placeholders."""
    address = publication.sender
    if address.domain in MAILBOX_PROVIDERS:
        yield fail(
            "identity",
            f"From is at {address.domain}, a mailbox provider.",
            "Mail from this domain is rejected unless the provider sends it. Use a domain of your own.",
        )
    elif address.domain.rpartition(".")[2] in RESERVED_DOMAINS:
        yield fail(
            "identity",
            f"From is at {address.domain}, a domain reserved for examples.",
            "Set [publication] from to your own address.",
        )
    else:
        yield ok("identity", f"From is {address}.")
    for key in ("name", "postal_address"):
        if str(getattr(publication, key)) == PLACEHOLDERS[key]:
            yield fail(
                "identity",
                f"[publication] {key} is still the example value “{PLACEHOLDERS[key]}”.",
                "Replace it with your own before you send.",
            )
