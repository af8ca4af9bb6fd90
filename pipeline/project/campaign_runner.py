"""Run the campaigns of a project: bind store, senders, keys and limits together."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import state_dir
from pipeline.clock import Clock
from pipeline.config import Config, find_project_root
from pipeline.errors import ConfigError, RenderError, StateError
from pipeline.models.recipient import Recipient
from pipeline.project.edition_builder import EditionBuilder
from pipeline.project.sample import compose_sample
from pipeline.project.sender_factory import SenderFactory
from pipeline.project.signing import DkimKeyring
from pipeline.project.storage import Storage

if TYPE_CHECKING:
    from pipeline.campaigns import CampaignService, ProgressListener
    from pipeline.campaigns.rates.limits import RatePolicy
    from pipeline.campaigns.workers.feeds import FeedEdition
    from pipeline.database import Store
    from pipeline.mail import Signing
    from pipeline.models.campaign import Campaign
    from pipeline.models.edition import Edition
    from pipeline.senders import Sender


#: Where, in a folder of the outbox, what was sent from it is stored if there is no project.
_OUTBOX_LEDGER = f"{state_dir.NAME}/handbill.db"


@dataclass(frozen=True, kw_only=True)
class CampaignRunner:
    """Sends as configured in a project, whose other parts it uses."""

    config: Config
    clock: Clock
    storage: Storage
    editions: EditionBuilder
    senders: SenderFactory
    dkim: DkimKeyring

    def open(self, outbox_folder: Path | None = None) -> CampaignService:
        """
        Open the campaigns; outside any project, a database in memory that is gone when it is closed.

        Args:
            outbox_folder: Open the campaign that sends its messages; outside any project its database is in there.

        Raises:
            StateError: The campaign of *outbox_folder* is in another database.
            StoreError: The database cannot be opened.
        """
        from pipeline.campaigns import CampaignContext, CampaignService, RecipientKeys

        keys = RecipientKeys(self.storage.read_secret())
        store = self._open_store(outbox_folder)
        return CampaignService(
            CampaignContext(store=store, clock=self.clock, senders=self, keys=keys)
        )

    def _open_store(self, outbox_folder: Path | None) -> Store:
        from pipeline.database import open_store

        if outbox_folder is None:
            if self.storage.is_configured:
                return self.storage.open_store()
            return open_store("sqlite://", root=self.storage.root)
        if self.storage.is_configured:
            if has_own_ledger(outbox_folder):
                raise StateError(
                    f"{outbox_folder} was already sent outside of a project. Run the command outside of the project."
                )
            return self.storage.open_store()
        if root := find_project_root(outbox_folder):
            raise StateError(f"{outbox_folder} belongs to a project. Add --project {root}.")
        state_dir.create(outbox_folder)
        return open_store(f"sqlite:///{_OUTBOX_LEDGER}", root=outbox_folder)

    # The `CampaignSenders` of its campaigns

    def open_sender(self, name: str) -> Sender:
        """Return the sender *name*; see `SenderFactory.open()`."""
        return self.senders.open(name)

    def get_signing(self, sender: Sender) -> Signing:
        """Return who signs the messages of *sender*; see `DkimKeyring.get_signing()`."""
        return self.dkim.get_signing(sender)

    def get_rate_policy(self, sender_name: str) -> RatePolicy:
        """Return the rate limits of `[pacing]` for the sender *sender_name*."""
        from pipeline.campaigns.rates.limits import read_rate_policy

        return read_rate_policy(sender_name, self.config.pacing, self.editions.publication.timezone)

    # Sending

    def check_messages(
        self, edition: Edition, recipients: Iterable[Recipient], *, sender: Sender
    ) -> int:
        """
        Check that a message can be composed for each of *recipients* before any is sent.

        Returns:
            How many messages were composed for that: one for each kind of message that occurs.

        Raises:
            ComposeError: *edition* cannot become a message for one of them.
            ConfigError: The keys of `[dkim]` are invalid.
        """
        from pipeline.mail import Composer

        secret = self.storage.read_secret(is_lasting=False)
        signing = self.dkim.get_signing(sender)
        composer = Composer(edition, campaign_id="check", secret=secret, signing=signing)
        now = self.clock.now()
        token = state_dir.make_unsubscribe_token(secret, "")
        return sum(composer.check(replace(each, token=token), at=now) for each in recipients)

    def dry_run(
        self, edition: Edition, recipients: Iterable[Recipient], *, sender: Sender
    ) -> Campaign:
        """
        Compose the message of each of *recipients* for *sender* and send none; nothing is written.

        Raises:
            ComposeError: *edition* cannot become a message for one of them.
            ConfigError: The keys of `[dkim]` are invalid.
        """
        from pipeline.campaigns import dry_run

        secret = self.storage.read_secret(is_lasting=False)
        with_tokens = (
            replace(each, token=state_dir.make_unsubscribe_token(secret, each.address.key))
            for each in recipients
        )
        signing = self.dkim.get_signing(sender)
        return dry_run(edition, with_tokens, secret=secret, signing=signing, clock=self.clock)

    def send(
        self,
        edition: Edition,
        recipients: list[Recipient],
        *,
        sender: Sender,
        is_test: bool = False,
        is_dry_run: bool = False,
        progress: ProgressListener | None = None,
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
        from pipeline.campaigns import CampaignKind, CampaignPlan

        if is_dry_run:
            return self.dry_run(edition, recipients, sender=sender)
        self.check_messages(edition, recipients, sender=sender)
        plan = CampaignPlan(
            edition=edition,
            subject=edition.title,
            kind=CampaignKind.TEST if is_test else CampaignKind.CAMPAIGN,
            sender=self.senders.join_names(),
            delivers_mail=sender.delivers_mail,
            recipients=recipients,
            at=self.clock.now(),
            zone=edition.publication.timezone,
        )
        with self.open() as service, service.start_process() as process:
            record = service.create(plan, allow_repeat=True, process=process)
            return service.send(record.id, sender=sender, progress=progress, process=process)

    @property
    def stale_after(self) -> timedelta:
        """How late a scheduled campaign may start before a person must resume it."""
        from pipeline.campaigns import parse_duration

        return parse_duration(self.config.schedule.stale_after)

    # The `FeedReader` of a worker

    def list_feed_entries(self, url: str) -> tuple[str, ...]:
        """Return the GUIDs or links of the entries of the feed at *url*, oldest first."""
        from pipeline.loaders import feed_entries

        return feed_entries(url, cache_folder=self.storage.cache_dir)

    def render_feed_entry(self, url: str, entry: str, sender_name: str | None) -> FeedEdition:
        """
        Load, render and check one entry of the feed at *url*.

        Raises:
            ConfigError: The entry has no title.
            RenderError: A check found an error.
        """
        from pipeline.campaigns.workers.feeds import FeedEdition
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
        return FeedEdition(
            edition=edition,
            subject=issue.subject,
            canonical_url=article.canonical_url,
            sender=self.senders.join_names(sender_name),
            delivers_mail=sender.delivers_mail,
        )


def has_own_ledger(outbox_folder: Path) -> bool:
    """Whether messages of *outbox_folder* were sent outside any project."""
    return (outbox_folder / _OUTBOX_LEDGER).is_file()
