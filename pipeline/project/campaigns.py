"""Letters on their way, as the project has them sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline import state_dir
from pipeline.errors import ConfigError, RenderError
from pipeline.models.address import parse_address
from pipeline.models.campaign import Campaign
from pipeline.models.recipient import Recipient
from pipeline.project.senders import Senders

if TYPE_CHECKING:
    from pipeline.campaigns import Desk, Progress
    from pipeline.campaigns.rates.limits import Pace
    from pipeline.campaigns.workers.feeds import Letter, Source
    from pipeline.models.edition import Edition
    from pipeline.senders import Sender
    from pipeline.senders.outbox.outbox_delivery import Gate


class Project(Senders):
    """A folder with a configuration, or none; see `Base`."""

    def parse_recipients(self, addresses: Iterable[str]) -> list[Recipient]:
        """
        Return a recipient for each of *addresses*, each mailbox once, in the order given.

        Raises:
            AddressError: One is no email address.
        """
        parsed = [parse_address(address) for address in addresses]
        by_mailbox = {address.key: address for address in reversed(parsed)}
        return [Recipient(address=address) for address in reversed(by_mailbox.values())]

    def open_campaigns(self) -> Desk:
        """
        Open the desk from which campaigns are planned and sent; outside any project it lasts as long as it is open.

        Raises:
            StoreError: The store cannot be opened.
        """
        from pipeline.campaigns import Desk, Means
        from pipeline.database import open_store
        from pipeline.subscribers.suppressions import AddressHasher

        secret = self.read_secret()
        store = self.open_store() if self.is_configured else open_store("sqlite://", root=self.root)
        means = Means(
            store=store,
            clock=self.clock,
            secret=secret,
            open_sender=self.open_sender,
            signing=self.get_signing,
            token_of=lambda mailbox: state_dir.make_unsubscribe_token(secret, mailbox),
            digest_of=AddressHasher(secret).hash,
            pace_of=self._pace_of,
        )
        return Desk(means)

    @contextmanager
    def open_rate_limiter(self, sender: str) -> Iterator[Gate]:
        """
        Open for the block what lets messages by *sender* through at the pace of `[pacing]`.

        Raises:
            StoreError: The store cannot be opened.
        """
        from pipeline import campaigns
        from pipeline.senders.outbox.outbox_delivery import Unlimited

        if not self.is_configured:
            yield Unlimited()
            return
        with self.open_store() as store:
            yield campaigns.Gate(
                store, self._pace_of(self.resolve_sender_names(sender)), clock=self.clock
            )

    def _pace_of(self, sender: str) -> Pace:
        from pipeline.campaigns.rates.configured import pace_of

        return pace_of(sender, self.config.pacing, self.publication.timezone)

    @property
    def feed_source(self) -> Source:
        """Where the letters of recurring sends come from."""
        from pipeline.campaigns.workers.feeds import Source

        return Source(entries=self._feed_entries, letter=self._feed_letter)

    def _feed_entries(self, url: str) -> tuple[str, ...]:
        from pipeline.loaders import feed_entries

        keep_in = state_dir.create(self.root) / "fetched" if self.is_configured else None
        return feed_entries(url, keep_in=keep_in)

    def _feed_letter(self, url: str, entry: str, sender: str | None) -> Letter:
        from pipeline.campaigns.workers.feeds import Letter
        from pipeline.checks import check
        from pipeline.models.finding import Severity

        way = self.open_sender(sender)
        article = self.load(url, format="feed", entry=entry)
        issue = self.edit(article)
        if not issue.subject:
            raise ConfigError(f"{url}: the entry {entry} has no title to serve as subject.")
        edition = self.render(issue)
        now = self.clock.now()
        message = self.compose_sample(edition, sender=way).message
        found = check(edition, message=message, first=now, last=now)
        if errors := [each for each in found if each.severity is Severity.ERROR]:
            raise RenderError(f"{url}, entry {entry}: {errors[0].where}: {errors[0].message}")
        return Letter(
            edition=edition,
            subject=issue.subject,
            canonical_url=article.canonical_url,
            sender=self.resolve_sender_names(sender),
            delivers_mail=way.delivers_mail,
        )

    @property
    def stale_after(self) -> timedelta:
        """How late a schedule may be sent without a person deciding so."""
        from pipeline.campaigns import read_span

        return read_span(self.config.schedule.stale_after)

    def dry_run(
        self, edition: Edition, recipients: Iterable[Recipient], *, sender: Sender
    ) -> Campaign:
        """
        Compose the message of each of *recipients* as *sender* would get it, and hand none over; nothing is written.

        Raises:
            ComposeError: The edition cannot become a message for one of them.
            ConfigError: The keys of `[dkim]` cannot be used.
        """
        from pipeline.campaigns import rehearse

        signing = self.get_signing(sender)
        secret = self.read_secret(is_lasting=False)
        named = (
            replace(reader, token=state_dir.make_unsubscribe_token(secret, reader.address.key))
            for reader in recipients
        )
        return rehearse(edition, named, secret=secret, signing=signing, clock=self.clock)

    def send(
        self,
        edition: Edition,
        recipients: list[Recipient],
        *,
        sender: Sender,
        is_test: bool = False,
        is_dry_run: bool = False,
        progress: Progress | None = None,
    ) -> Campaign:
        """
        Send *edition* to *recipients*, now and in the foreground, whatever they have had before.

        Args:
            is_test: Marks the subject; all else is as it would be for a reader, and so is the campaign's digest.
            is_dry_run: Composes every message and hands over none.
            progress: Is told of every receipt, and asked whether to go on.

        Raises:
            ComposeError: The edition cannot become a message for one of them; nothing was handed over to anybody.
            ConfigError: The keys of `[dkim]` cannot be used; nothing was handed over.
        """
        from pipeline.campaigns import Kind, Plan

        rehearsed = self.dry_run(edition, recipients, sender=sender)
        if is_dry_run:
            return rehearsed
        wish = Plan(
            edition=edition,
            subject=edition.title,
            kind=Kind.TEST if is_test else Kind.CAMPAIGN,
            sender=self.resolve_sender_names(),
            delivers_mail=sender.delivers_mail,
            people=recipients,
            at=self.clock.now(),
            zone=edition.publication.timezone,
        )
        with self.open_campaigns() as desk, desk.run() as run:
            record = desk.plan(wish, again=True, run=run)
            return desk.send(record.id, sender=sender, progress=progress, run=run)
