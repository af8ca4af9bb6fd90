"""An edition set up for printing: what is the same for all readers is encoded once."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime

from pipeline.errors import ComposeError
from pipeline.mail.dkim_signature import UNSIGNED, Signer, Signing
from pipeline.mail.encoded_variant import Plate, check_places, engrave
from pipeline.mail.fixed_headers import fixed_fields
from pipeline.mail.headers import date, field, mailbox
from pipeline.mail.lint import lint
from pipeline.mail.list_headers import list_unsubscribe, unsubscribe_urls
from pipeline.mail.mime import frame
from pipeline.mail.variants import Wording, Wordings
from pipeline.models.address import Address
from pipeline.models.edition import Edition, LiteralText
from pipeline.models.message import Message, has_leading_dot, is_campaign_id
from pipeline.models.recipient import Recipient

#: What stands before the subject of a test.
TEST_MARK = "[Test] "

_LINT_EVERY = 1000
_FIRST_TEXT = 7  # the index of the frame's head among the parts of a message
#: Of some 60 kB each; more combinations than these are encoded again when they come up.
_MOST_PLATES = 200


class Press:
    """
    An edition encoded for one campaign, from which any number of threads may compose; made by `encode()`.

    Per message it remains to encode the reader's values, to write the header fields that name the reader, and to join.
    """

    def __init__(
        self,
        edition: Edition,
        *,
        campaign: str,
        secret: bytes,
        signing: Signing = UNSIGNED,
        mark: str = "",
    ) -> None:
        _check(campaign, secret)
        check_places(edition)
        publication = edition.publication
        self.edition = edition
        self.campaign = campaign
        self._sender = publication.sender
        self._key = hmac.digest(secret, b"Message-ID", "sha256")
        self._from = mailbox("From", publication.sender)
        self._fixed = fixed_fields(edition, campaign)
        self._signing = signing
        self._is_covered = signing.covers_leaving
        self._unsubscribe = unsubscribe_urls(publication)
        self._frame = frame(edition)
        # Marked after the frame is made: a test differs from what it tries in its subject alone.
        self._marked = _marked(edition, mark)
        self._wordings = Wordings(edition)
        self._plates: dict[Wording, Plate] = {}
        self._linted: set[Wording] = set()
        self._last_date: tuple[datetime | None, bytes] = (None, b"")

    def compose(self, recipient: Recipient, *, sequence: int, at: datetime) -> Message:
        """
        Compose the message for *recipient*.

        Args:
            sequence: Its number within the campaign, from 1.
            at: The instant of hand-over, aware: its Date, and what choices go by.

        Raises:
            ComposeError: A field has neither value nor fallback, the address cannot be written to, or the message
                breaks the rules of mail (looked at for the first one of each wording and every thousandth).
        """
        signing = self._signing
        when = self._date(at)
        wording = self._wordings.of(recipient, at)
        plate = self._plates.get(wording) or self._engrave(wording, recipient, at)
        message_id = self._message_id(recipient.address)
        parts = [
            self._from,
            mailbox("To", recipient.address, may_be_utf8=True),
            plate.subject(recipient),
            when,
            field("Message-ID", message_id.encode()),
            list_unsubscribe(self._unsubscribe, recipient.token, is_signed=self._is_covered),
            self._fixed,
            *plate.body(recipient),
        ]
        if signing.signer:
            parts.insert(0, self._signatures(signing.signer, parts, at))
        pieces, is_known = self._pieces(parts, plate)
        if wording not in self._linted or sequence % _LINT_EVERY == 0:
            count = len(signing.signer.keys) if signing.signer else 0
            lint(b"".join(pieces), signatures=count, by_service=signing.by_service)
            self._linted.add(wording)
        return Message(
            campaign_id=self.campaign,
            sequence=sequence,
            sender=self._sender,
            recipient=recipient.address,
            message_id=message_id,
            chunks=pieces,
            is_normalized=is_known,
        )

    def _pieces(self, parts: list[bytes], plate: Plate) -> tuple[tuple[bytes, ...], bool]:
        """
        Return *parts* with the header fields joined, and whether no line begins with a dot.

        Only what differs from the last message is looked at: all else was looked at once.
        """
        fields = len(parts) - len(plate.parts)
        header, body = b"".join(parts[:fields]), parts[fields:]
        own = [b"", header, *[body[index] for index, _ in plate.slots]]
        is_known = not (plate.has_leading_dot or has_leading_dot(b"\r\n".join(own)))
        return (header, *body), is_known

    def _signatures(self, signer: Signer, parts: list[bytes], at: datetime) -> bytes:
        """
        Return the signatures over *parts*, which are not joined for it: copying a message twice takes as long as
        hashing it.
        """
        fields, texts = parts[:_FIRST_TEXT], parts[_FIRST_TEXT + 1 :]
        last_fields, _, opening = parts[_FIRST_TEXT].partition(b"\r\n\r\n")  # of the frame
        head = b"".join([*fields, last_fields, b"\r\n"])
        return signer.signatures(head, [opening, *texts], at=at)

    def _engrave(self, wording: Wording, recipient: Recipient, at: datetime) -> Plate:
        if len(self._plates) >= _MOST_PLATES:
            self._plates = {}  # a new one: other threads may be looking at the old
        plate = engrave(self._marked, self._frame, recipient=recipient, at=at)
        self._plates[wording] = plate
        return plate

    def _date(self, at: datetime) -> bytes:
        """Return the field Date, remembered for the many messages of one second."""
        second = at.replace(microsecond=0)
        last, written = self._last_date
        if second != last:
            written = date(second)
            self._last_date = (second, written)
        return written

    def _message_id(self, address: Address) -> str:
        """Return the same for the same campaign and mailbox; without the secret it tells neither."""
        named = f"{self.campaign}\0{address.key}".encode()
        return f"<{hmac.digest(self._key, named, 'sha256')[:16].hex()}@{self._sender.domain}>"


def encode(
    edition: Edition,
    *,
    campaign: str,
    secret: bytes,
    signing: Signing = UNSIGNED,
    mark: str = "",
) -> Press:
    """
    Encode *edition* once, for any number of readers.

    Args:
        campaign: Its id: letters, digits, dot, dash and underscore.
        secret: The key of Message-IDs: with the same key, a message composed again is the same message.
        signing: Who signs; List-Unsubscribe-Post is written only if somebody does.
        mark: What stands before the subject, `TEST_MARK` for a test; nothing else changes.

    Raises:
        ComposeError: Something in the edition or its publication cannot stand in a header, or a field is marked for
            another part than it stands in.
    """
    return Press(edition, campaign=campaign, secret=secret, signing=signing, mark=mark)


def compose(
    edition: Edition,
    recipient: Recipient,
    *,
    campaign: str,
    sequence: int,
    at: datetime,
    secret: bytes,
    signing: Signing = UNSIGNED,
) -> Message:
    """
    Compose one message. For more than one, `encode()` the edition once and compose from that.

    Raises:
        ComposeError: As `encode()` and `Press.compose()` do.
    """
    press = encode(edition, campaign=campaign, secret=secret, signing=signing)
    return press.compose(recipient, sequence=sequence, at=at)


def _check(campaign: str, secret: bytes) -> None:
    if not is_campaign_id(campaign):
        raise ComposeError(
            f"{campaign!r} is not a campaign's id. Write up to 100 letters, digits, dots, dashes and underscores, "
            "a letter or digit first."
        )
    if not secret:
        raise ComposeError(
            "The key of Message-IDs is empty. Run handbill init, which makes one, or set HANDBILL_SECRET."
        )


def _marked(edition: Edition, mark: str) -> Edition:
    if not mark:
        return edition
    return replace(edition, subject=(LiteralText(text=mark), *edition.subject))
