"""Run the campaigns of a project: bind store, senders, keys and limits together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline import state_dir
from pipeline.clock import Clock
from pipeline.config import Config
from pipeline.errors import ConfigError, RenderError
from pipeline.models.recipient import Recipient
from pipeline.project.edition_builder import EditionBuilder
from pipeline.project.sample import compose_sample
from pipeline.project.sender_factory import SenderFactory
from pipeline.project.signing import DkimKeyring
from pipeline.project.storage import Storage

if TYPE_CHECKING:
    from pipeline.campaigns import Desk, Progress
    from pipeline.campaigns.rates.limits import Pace
    from pipeline.campaigns.workers.feeds import Letter, Source
    from pipeline.models.campaign import Campaign
    from pipeline.models.edition import Edition
    from pipeline.senders import Sender
    from pipeline.senders.outbox.outbox_delivery import MessageLimiter


@dataclass(frozen=True, kw_only=True)
class CampaignRunner:
    """Sends as configured in a project, whose other parts it uses."""

    config: Config
    clock: Clock
    storage: Storage
    editions: EditionBuilder
    senders: SenderFactory
    dkim: DkimKeyring

    def open(self) -> Desk:
        """
        Open the campaigns; outside any project, a database in memory that is gone when it is closed.

        Raises:
            StoreError: The database cannot be opened.
        """
        from pipeline.campaigns import Desk, Means
        from pipeline.database import open_store
        from pipeline.subscribers.suppressions import AddressHasher

        secret = self.storage.read_secret()
        storage = self.storage
        store = (
            storage.open_store()
            if storage.is_configured
            else open_store("sqlite://", root=storage.root)
        )
        means = Means(
            store=store,
            clock=self.clock,
            secret=secret,
            open_sender=self.senders.open,
            signing=self.dkim.get_signing,
            token_of=lambda mailbox: state_dir.make_unsubscribe_token(secret, mailbox),
            digest_of=AddressHasher(secret).hash,
            pace_of=self._pace_of,
        )
        return Desk(means)

    def dry_run(
        self, edition: Edition, recipients: Iterable[Recipient], *, sender: Sender
    ) -> Campaign:
        """
        Compose the message of each of *recipients* for *sender* and send none; nothing is written.

        Raises:
            ComposeError: *edition* cannot become a message for one of them.
            ConfigError: The keys of `[dkim]` are invalid.
        """
        from pipeline.campaigns import rehearse

        secret = self.storage.read_secret(is_lasting=False)
        with_tokens = (
            replace(each, token=state_dir.make_unsubscribe_token(secret, each.address.key))
            for each in recipients
        )
        signing = self.dkim.get_signing(sender)
        return rehearse(edition, with_tokens, secret=secret, signing=signing, clock=self.clock)

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
        Send *edition* to *recipients*, now and in the foreground, even if they already received it.

        Args:
            is_test: Marks the subject; everything else, the campaign's digest too, is as in a real campaign.
            is_dry_run: Composes every message and sends none.
            progress: Receives every receipt, and is asked whether to go on.

        Raises:
            ComposeError: *edition* cannot become a message for one of them; nothing was sent to anybody.
            ConfigError: The keys of `[dkim]` are invalid; nothing was sent.
        """
        from pipeline.campaigns import Kind, Plan

        composed = self.dry_run(edition, recipients, sender=sender)
        if is_dry_run:
            return composed
        plan = Plan(
            edition=edition,
            subject=edition.title,
            kind=Kind.TEST if is_test else Kind.CAMPAIGN,
            sender=self.senders.join_names(),
            delivers_mail=sender.delivers_mail,
            people=recipients,
            at=self.clock.now(),
            zone=edition.publication.timezone,
        )
        with self.open() as desk, desk.run() as run:
            record = desk.plan(plan, again=True, run=run)
            return desk.send(record.id, sender=sender, progress=progress, run=run)

    @contextmanager
    def open_rate_limiter(self, sender: str) -> Iterator[MessageLimiter]:
        """
        Open for the block the limiter that applies `[pacing]` to messages by *sender*.

        Raises:
            StoreError: The database cannot be opened.
        """
        from pipeline import campaigns
        from pipeline.senders.outbox.outbox_delivery import Unlimited

        if not self.storage.is_configured:
            yield Unlimited()
            return
        with self.storage.open_store() as store:
            pace = self._pace_of(self.senders.join_names(sender))
            yield campaigns.Gate(store, pace, clock=self.clock)

    def _pace_of(self, sender: str) -> Pace:
        from pipeline.campaigns.rates.configured import pace_of

        return pace_of(sender, self.config.pacing, self.editions.publication.timezone)

    @property
    def stale_after(self) -> timedelta:
        """How late a scheduled campaign may start before a person must resume it."""
        from pipeline.campaigns import read_span

        return read_span(self.config.schedule.stale_after)

    @property
    def feed_source(self) -> Source:
        """Where the editions of recurring feed campaigns come from."""
        from pipeline.campaigns.workers.feeds import Source

        return Source(entries=self._list_feed_entries, letter=self._render_feed_entry)

    def _list_feed_entries(self, url: str) -> tuple[str, ...]:
        from pipeline.loaders import feed_entries

        return feed_entries(url, cache_folder=self.storage.cache_dir)

    def _render_feed_entry(self, url: str, entry: str, sender_name: str | None) -> Letter:
        from pipeline.campaigns.workers.feeds import Letter
        from pipeline.checks import check
        from pipeline.mail import UNSIGNED
        from pipeline.models.finding import Severity

        sender = self.senders.open(sender_name)
        article = self.editions.load(url, format="feed", entry=entry)
        issue = self.editions.edit(article)
        if not issue.subject:
            raise ConfigError(f"{url}: entry {entry} has no title to use as the subject.")
        edition = self.editions.render(issue)
        now = self.clock.now()
        signing = UNSIGNED
        with suppress(ConfigError):  # reported when it is sent
            signing = self.dkim.get_signing(sender)
        sample = compose_sample(edition, signing=signing, at=now)
        found = check(edition, message=sample.message, first_send_at=now, last_send_at=now)
        if errors := [each for each in found if each.severity is Severity.ERROR]:
            raise RenderError(f"{url}, entry {entry}: {errors[0].where}: {errors[0].message}")
        return Letter(
            edition=edition,
            subject=issue.subject,
            canonical_url=article.canonical_url,
            sender=self.senders.join_names(sender_name),
            delivers_mail=sender.delivers_mail,
        )
