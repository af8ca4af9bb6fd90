"""Who publishes: the name, the addresses and the promises every issue carries."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.models.address import Address


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """
    The publication a mail comes from.

    Args:
        postal_address: One line per line of the address; bulk mail must show it (CAN-SPAM, 15 U.S.C. §7704(a)(5)).
        language: BCP 47 tag for articles that name none.
        timezone: IANA name; dates are shown and deadlines counted in it.
        unsubscribe: A `mailto:` URL readers can write to.
        unsubscribe_url: An https URL with `{token}` for the reader's own opaque token (RFC 8058), or null.
    """

    name: str
    sender: Address
    reply_to: Address | None = None
    postal_address: str = ""
    website: str | None = None
    language: str = "en"
    timezone: str = "UTC"
    unsubscribe: str | None = None
    unsubscribe_url: str | None = None


#: What `init` writes for somebody to replace, by attribute.
PLACEHOLDERS = {
    "name": "Your Publication",
    "sender": "Your Publication <letters@publication.example>",
    "postal_address": "Street and number, postcode, town",
}
