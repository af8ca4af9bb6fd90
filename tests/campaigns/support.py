"""What the tests of campaigns share: a service without a project, plans, subscribers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from sqlalchemy import insert, select

from pipeline.campaigns import (
    CampaignContext,
    CampaignKind,
    CampaignPlan,
    CampaignService,
    RecipientKeys,
)
from pipeline.campaigns.rates.limits import RatePolicy
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.mail import UNSIGNED, Signing
from pipeline.models.address import Address
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient
from pipeline.senders import Sender
from pipeline.subscribers.suppressions import AddressHasher
from pipeline.subscribers.tables import lists, memberships, subscribers
from pipeline.testing import ManualClock, RecordingSender
from tests.mail.samples import edition as make_edition

SECRET = b"plum-jam"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class NoJitter(Random):
    """Shortens no delay."""

    def random(self) -> float:
        """Return the least number."""
        return 0.0


@dataclass(frozen=True, kw_only=True)
class FixedSenders:
    """The senders of a project: *by_name*, or *sender* for every other name."""

    sender: Sender | None = None
    by_name: Mapping[str, Sender] = field(default_factory=dict)
    rate_policy: RatePolicy = field(default_factory=RatePolicy)

    def open_sender(self, name: str) -> Sender:
        """Return the sender for *name*."""
        return self.by_name.get(name) or self.sender or RecordingSender()

    def get_signing(self, sender: Sender) -> Signing:
        """Return no signing."""
        return UNSIGNED

    def get_rate_policy(self, sender_name: str) -> RatePolicy:
        """Return the policy, for that sender."""
        return replace(self.rate_policy, sender=sender_name)


def make_service(
    store: Store,
    *,
    sender: Sender | None = None,
    clock: Clock | None = None,
    by_name: Mapping[str, Sender] | None = None,
    rate_policy: RatePolicy | None = None,
) -> CampaignService:
    """Return a service over *store* that sends with *sender*, or with one of *by_name*."""
    senders = FixedSenders(
        sender=sender, by_name=by_name or {}, rate_policy=rate_policy or RatePolicy()
    )
    return CampaignService(
        CampaignContext(
            store=store,
            clock=clock or ManualClock(NOON),
            senders=senders,
            keys=RecipientKeys(SECRET),
            random=NoJitter(),
        )
    )


def use_sender(service: CampaignService, sender: Sender) -> None:
    """Make *service* send with *sender* from now on."""
    service.context = replace(service.context, senders=FixedSenders(sender=sender))


def make_recipients(count: int, *, start: int = 1) -> list[Recipient]:
    """Return *count* recipients."""
    return [
        Recipient(address=Address(email=f"reader{n}@example.org"))
        for n in range(start, start + count)
    ]


def make_plan(
    recipients: Sequence[Recipient] | None = None,
    *,
    edition: Edition | None = None,
    at: datetime = NOON,
    delivers_mail: bool = True,
    **more: object,
) -> CampaignPlan:
    """Return a plan."""
    return CampaignPlan(
        **{  # type: ignore[arg-type]  # the fields of a plan
            "edition": edition or make_edition(),
            "subject": "News",
            "sender": "relay",
            "kind": CampaignKind.CAMPAIGN,
            "delivers_mail": delivers_mail,
            "recipients": recipients,
            "at": at,
            "zone": "Europe/London",
            **more,
        }
    )


def add_subscribers(
    store: Store, *emails: str, list: str = "weekly", zone: str | None = None
) -> None:
    """Subscribe *emails* to *list*, created if need be."""
    hasher = AddressHasher(SECRET)
    with store.writing() as connection:
        number = connection.scalar(select(lists.c.id).where(lists.c.name == list))
        if number is None:
            made = insert(lists).values(name=list, created_at=NOON).returning(lists.c.id)
            number = connection.scalar(made)
        for email in emails:
            row = insert(subscribers).values(
                key=email,
                digest=hasher.hash(email),
                email=email,
                name="",
                state="confirmed",
                zone=zone,
                attributes={},
                consent="import",
                consent_source="test",
                created_at=NOON,
                updated_at=NOON,
            )
            subscriber = connection.scalar(row.returning(subscribers.c.id))
            connection.execute(
                insert(memberships).values(
                    list_id=number, subscriber_id=subscriber, subscribed_at=NOON
                )
            )


def list_sent_emails(sender: RecordingSender) -> list[str]:
    """Return the addresses *sender* accepted messages for, in order."""
    return [message.recipient.email for message in sender.accepted]


def database(folder: Path) -> str:
    """Return the address of a SQLite store in *folder*."""
    return f"sqlite:///{folder}/handbill.db"
