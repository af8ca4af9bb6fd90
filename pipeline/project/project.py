"""A project: a folder with a configuration, and everything that is configured in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pipeline import editing
from pipeline.clock import Clock, SystemClock, parse_duration
from pipeline.config import DEFAULT_CONFIG, Config, find_project_root, read_appeal, read_config
from pipeline.errors import ConfigError, PipelineError
from pipeline.models.address import parse_ascii_address, parse_typed_address
from pipeline.models.issue import Issue, SizeLimit, SizePolicy
from pipeline.models.recipient import Recipient
from pipeline.project import assets
from pipeline.project.goal_sums import GoalSums
from pipeline.project.sample import Sample, add_test_tokens, compose_sample
from pipeline.project.sender_factory import SenderFactory
from pipeline.project.signing import DkimKeyring
from pipeline.project.storage import Storage
from pipeline.recipient_tokens import TokenKeys

if TYPE_CHECKING:
    from pipeline.campaigns import CampaignService, ProgressListener
    from pipeline.campaigns.rates.limits import RatePolicy
    from pipeline.database import Store
    from pipeline.events import EventStore
    from pipeline.gifts import GiftStore
    from pipeline.mail import Signing
    from pipeline.models.article import Article
    from pipeline.models.campaign import Campaign
    from pipeline.models.edition import Edition
    from pipeline.models.finding import Finding
    from pipeline.models.publication import Publication
    from pipeline.rendering import Theme
    from pipeline.senders import Sender
    from pipeline.subscribers.subscriber_store import SubscriberStore


@dataclass(frozen=True, kw_only=True)
class Project:
    """
    A folder with a configuration; without one, defaults apply and messages go to `outbox/`.

    Args:
        root: The folder of the configuration; without one, the current folder.
        is_configured: Whether there is a configuration.
    """

    root: Path
    config: Config
    is_configured: bool = True
    clock: Clock = field(default_factory=SystemClock)

    @classmethod
    def open(cls, folder: Path | str | None = None) -> Self:
        """
        Open the project in *folder*, or the nearest one from the current folder upward.

        Raises:
            ConfigError: *folder* has no configuration, or the configuration is invalid.
        """
        if folder is None:
            here = Path.cwd()
            root = find_project_root(here)
            if root is None:
                return cls(root=here, config=DEFAULT_CONFIG, is_configured=False)
        else:
            root = Path(folder).resolve()
            if find_project_root(root) != root:
                raise ConfigError(
                    f"{folder}: no handbill.toml and no [tool.handbill] found. Start a project: handbill init {folder}"
                )
        return cls(root=root, config=read_config(root, assets.list_known_names(root)))

    # Parts

    @cached_property
    def storage(self) -> Storage:
        """The database, the secret and the cache."""
        return Storage(
            root=self.root, config=self.config, is_configured=self.is_configured, clock=self.clock
        )

    @cached_property
    def senders(self) -> SenderFactory:
        """The senders, by name."""
        return SenderFactory(self.config, root=self.root, clock=self.clock)

    @cached_property
    def dkim(self) -> DkimKeyring:
        """The keys of `[dkim]` and their domain."""
        domain = self.publication.sender.domain
        return DkimKeyring(self.config.dkim, root=self.root, sender_domain=domain)

    @cached_property
    def publication(self) -> Publication:
        """The publication as configured."""
        archive = self.config.archive
        return editing.build_publication(
            self.config.publication,
            inbound_address=self.config.bounces.address,
            archive_url=archive.url if archive.visibility == "public" else None,
            has_open_lists=any(table.signup for table in self.config.lists.values()),
        )

    @cached_property
    def theme(self) -> Theme:
        """The theme as configured."""
        return assets.find_theme(self.config.theme, self.root)

    # Articles and editions

    def load(
        self,
        address: str,
        *,
        format: str | None = None,
        entry: str | None = None,
        allow_private: bool = False,
        title: str | None = None,
        keep_unplaced: bool = False,
    ) -> Article:
        """Load an article; see `pipeline.loaders.load()`. What is fetched is cached in the project's state."""
        from pipeline.loaders import load
        from pipeline.loaders.fetch import is_url

        return load(
            address,
            format=format,
            entry=entry,
            allow_private=allow_private,
            cache_folder=self.storage.cache_dir if is_url(address) else None,
            title=title,
            keep_unplaced=keep_unplaced,
        )

    def edit(self, article: Article, *, subject: str | None = None, has_page: bool = True) -> Issue:
        """
        Make an issue of *article*, with its subject, preheader and appeal.

        Args:
            subject: Overrides the front matter's subject and the title.
            has_page: Whether it will be in the archive: what is sent to single recipients is not.

        Raises:
            ConfigError: The `appeal` in the front matter is invalid.
        """
        appeal = self.config.appeal
        if overrides := article.front_matter.appeal:
            where = f"{article.location}, front matter"
            appeal = read_appeal(appeal, overrides, assets.list_known_names(self.root), where)
        issue = editing.edit(
            article, self.publication, appeal, subject=subject, anchors=self.config.notes.anchors
        )
        size = self.config.size
        url = self.config.archive.url
        return replace(
            issue,
            size=SizeLimit(policy=SizePolicy(size.policy), limit_bytes=size.limit),
            page_url=f"{url}/{issue.slug}/" if url and has_page else None,
        )

    def render(self, issue: Issue) -> Edition:
        """Render *issue* in the project's theme; local images are read from the article's folder or the project."""
        from pipeline.rendering import render

        return render(
            issue,
            self.theme,
            read_image=lambda src: assets.read_image(src, issue.article, self.root),
            image_cache=self.storage.image_cache,
            catalogs=[self.root / "locale"],
        )

    def compose_sample(self, edition: Edition, *, sender: Sender | None = None) -> Sample:
        """
        Compose *edition* for a recipient without a name, to be looked at.

        Without usable keys the sample is unsigned; `check_signing()` reports why.

        Args:
            sender: What would send it; default: the configured sender.
        """
        from pipeline.mail import UNSIGNED

        signing = UNSIGNED
        with suppress(PipelineError):
            signing = self.get_signing(sender or self.open_sender())
        filled = self.goals.fill(edition)
        return compose_sample(filled, signing=signing, at=self.clock.now())

    # Subscribers, and the `CampaignSenders` of its campaigns

    def open_subscribers(self) -> AbstractContextManager[SubscriberStore]:
        """Open the subscribers for a `with` block; see `Storage.open_subscribers()`."""
        return self.storage.open_subscribers()

    def open_sender(self, name: str | None = None) -> Sender:
        """Return the sender *name*, or the configured one; see `SenderFactory.open()`."""
        return self.senders.open(name)

    def get_signing(self, sender: Sender) -> Signing:
        """Return who signs the messages that *sender* sends; see `DkimKeyring.get_signing()`."""
        return self.dkim.get_signing(sender)

    def get_rate_policy(self, sender_name: str) -> RatePolicy:
        """Return the rate limits of `[pacing]` for the sender *sender_name*."""
        from pipeline.campaigns.rates.limits import read_rate_policy

        return read_rate_policy(sender_name, self.config.pacing, self.publication.timezone)

    def check_signing(self, sender: Sender | None = None) -> list[Finding]:
        """Return findings about the signatures on messages that *sender*, or the configured one, sends."""
        with suppress(PipelineError):  # reported when something is sent
            sender = sender or self.open_sender()
        return list(self.dkim.check(sender))

    # Campaigns

    @property
    def stale_after(self) -> timedelta:
        """How late a scheduled campaign may start before a person must resume it."""
        return parse_duration(self.config.schedule.stale_after)

    def parse_recipients(self, addresses: Iterable[str]) -> list[Recipient]:
        """
        Return a recipient for each of *addresses*, each mailbox once, in the order given.

        Raises:
            AddressError: One is not an email address.
        """
        parsed = [parse_typed_address(address) for address in addresses]
        by_mailbox = {address.key: address for address in reversed(parsed)}
        return [Recipient(address=address) for address in reversed(by_mailbox.values())]

    def open_campaigns(self, outbox_folder: Path | None = None) -> CampaignService:
        """
        Open the campaigns; outside any project, a database in memory that is gone when it is closed.

        Args:
            outbox_folder: Open the campaign that sends its messages; outside any project its database is in there.

        Raises:
            StateError: The campaign of *outbox_folder* is in another database.
            StoreError: The database cannot be opened, or belongs to another secret.
        """
        from pipeline.campaigns import CampaignContext, CampaignService, RecipientKeys
        from pipeline.project.engine_factory import make_engine

        store = self.storage.open_campaign_store(outbox_folder)
        try:
            keys = RecipientKeys(self.storage.read_store_secret(store, outbox_folder))
        except BaseException:
            store.close()
            raise
        address = self.config.bounces.address
        return CampaignService(
            CampaignContext(
                store=store,
                clock=self.clock,
                senders=self,
                keys=keys,
                engine=make_engine(self.config.worker, store),
                bounce_address=parse_ascii_address(address) if address else None,
                read_constants=self.goals.read_constants,
            )
        )

    @property
    def goals(self) -> GoalSums:
        """The goals whose sum is counted from gifts."""
        # Opening the database would create it; it may come while a preview runs.
        has_store = self.is_configured and (self.root / ".handbill").is_dir()
        open_store = self.storage.open_store if has_store else None
        return GoalSums(open_store, catalogs=[self.root / "locale"])

    @contextmanager
    def open_events(self, *, lock_timeout_s: float | None = None) -> Iterator[EventStore]:
        """
        Open the ledger of events for the block.

        Args:
            lock_timeout_s: How long a change waits for other processes; default: as long as any command.

        Raises:
            ConfigError: This is no project, or its `[store]` is invalid.
            StoreError: The database cannot be opened, or belongs to another secret.
        """
        from pipeline.events import EventStore

        with self.storage.open_store(lock_timeout_s=lock_timeout_s) as store:
            secret = self.storage.read_store_secret(store)
            yield EventStore(store, secret=secret, clock=self.clock)

    @contextmanager
    def open_gifts(self) -> Iterator[GiftStore]:
        """
        Open the gifts for the block.

        Raises:
            ConfigError: This is no project, or its `[store]` is invalid.
            StoreError: The database cannot be opened, or belongs to another secret.
        """
        with self.storage.open_store() as store:
            yield self.create_gift_store(store)

    def create_gift_store(self, store: Store) -> GiftStore:
        """
        Return the gifts in *store*.

        Raises:
            StoreError: The database belongs to another secret.
        """
        from pipeline.gifts import GiftStore

        return GiftStore(
            store,
            secret=self.storage.read_store_secret(store),
            clock=self.clock,
            match_subscribers=self.config.gifts.match_subscribers,
        )

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

        secret = self.storage.read_secret()
        signing = self.get_signing(sender)
        filled = self.goals.fill(edition)
        composer = Composer(filled, campaign_id="check", secret=secret, signing=signing)
        now = self.clock.now()
        return sum(composer.check(each, at=now) for each in self._prepare(recipients, secret))

    def dry_run(
        self, edition: Edition, recipients: Iterable[Recipient], *, sender: Sender
    ) -> Campaign:
        """Compose the message of each of *recipients* and send none; nothing is written. Raises as `send()` does."""
        from pipeline.campaigns import dry_run

        secret = self.storage.read_secret()
        prepared = self._prepare(recipients, secret)
        signing = self.get_signing(sender)
        filled = self.goals.fill(edition)
        return dry_run(filled, prepared, secret=secret, signing=signing, clock=self.clock)

    def _prepare(self, recipients: Iterable[Recipient], secret: bytes) -> Iterator[Recipient]:
        """Yield *recipients* with what a campaign adds to each."""
        from pipeline.subscribers.suppressions import AddressHasher

        keys, hasher = TokenKeys(secret), AddressHasher(secret)
        for each in recipients:
            yield add_test_tokens(each, keys, digest=hasher.hash(each.address.key))

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
        with self.open_campaigns() as service, service.start_process() as process:
            record = service.create(plan, allow_repeat=True, process=process)
            return service.send(record.id, sender=sender, progress=progress, process=process)
