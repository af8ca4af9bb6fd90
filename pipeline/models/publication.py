"""The publication: the name, addresses and unsubscribe links that every email contains."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.models.address import Address


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """
    The publication that sends an email.

    Args:
        postal_address: As printed, with line breaks; bulk email must contain it (CAN-SPAM, 15 U.S.C. §7704(a)(5)).
        past_issues: Where earlier issues are on the web; *subscribe_url* where one subscribes, or None.
        welcomes_replies: Whether the footer asks for replies.
        language: BCP 47 tag for articles without one.
        timezone: IANA name of the time zone of dates and deadlines.
        public_url: Where `handbill serve` is reached, without a slash at its end, or None.
        unsubscribe: A `mailto:` URL for unsubscribing; with `{token}`, `handbill inbound` reads what arrives there.
        unsubscribe_by_hand: Whether a person reads what arrives there.
        unsubscribe_url: An https URL with `{token}` for the recipient's opaque token (RFC 8058), or None.
    """

    name: str
    sender: Address
    reply_to: Address | None = None
    postal_address: str = ""
    website: str | None = None
    past_issues: str | None = None
    subscribe_url: str | None = None
    welcomes_replies: bool = False
    language: str = "en"
    timezone: str = "UTC"
    public_url: str | None = None
    unsubscribe: str | None = None
    unsubscribe_by_hand: bool = False
    unsubscribe_url: str | None = None

    @property
    def preferences_url(self) -> str | None:
        """The URL of the preferences page, with `{token}`; None without `public_url`."""
        return f"{self.public_url}/p/{{token}}" if self.public_url else None

    @property
    def answers_unsubscribing(self) -> bool:
        """Whether something, or somebody, hears it when a recipient unsubscribes."""
        by_mail = self.unsubscribe or ""
        is_read = self.unsubscribe_by_hand or "{token}" in by_mail
        return bool(self.unsubscribe_url or (by_mail and is_read))

    @property
    def unsubscribes_elsewhere(self) -> bool:
        """Whether another service answers the unsubscribe URL, of which this project does not hear."""
        return self.unsubscribe_url not in (None, f"{self.public_url}/u/{{token}}")


#: The values that `handbill init` writes for the user to replace, by attribute.
PLACEHOLDERS = {
    "name": "Your Publication",
    "sender": "Your Publication <letters@publication.example>",
    "postal_address": "Street and number, postcode, town",
}
