"""A project: a folder with a configuration, and everything that is configured in it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pipeline.clock import Clock, SystemClock
from pipeline.config import DEFAULT_CONFIG, Config, find_project_root, read_config
from pipeline.errors import ConfigError, PipelineError
from pipeline.models.address import parse_address
from pipeline.models.recipient import Recipient
from pipeline.project.campaign_runner import CampaignRunner
from pipeline.project.edition_builder import EditionBuilder, list_known_names
from pipeline.project.sample import Sample, compose_sample
from pipeline.project.sender_factory import SenderFactory
from pipeline.project.signing import DkimKeyring
from pipeline.project.storage import Storage

if TYPE_CHECKING:
    from pipeline.campaigns import CampaignService, ProgressListener
    from pipeline.mail import Signing
    from pipeline.models.article import Article
    from pipeline.models.campaign import Campaign
    from pipeline.models.edition import Edition
    from pipeline.models.finding import Finding
    from pipeline.models.issue import Issue
    from pipeline.models.publication import Publication
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
        return cls(root=root, config=read_config(root, list_known_names(root)))

    # Parts

    @cached_property
    def storage(self) -> Storage:
        """The database, the secret and the cache."""
        return Storage(
            root=self.root, config=self.config, is_configured=self.is_configured, clock=self.clock
        )

    @cached_property
    def editions(self) -> EditionBuilder:
        """What makes editions, with the configured theme."""
        return EditionBuilder(config=self.config, storage=self.storage)

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
    def campaigns(self) -> CampaignRunner:
        """What sends."""
        return CampaignRunner(
            config=self.config,
            clock=self.clock,
            storage=self.storage,
            editions=self.editions,
            senders=self.senders,
            dkim=self.dkim,
        )

    # Articles and editions

    @property
    def publication(self) -> Publication:
        """The publication as configured."""
        return self.editions.publication

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
        return self.editions.load(
            address,
            format=format,
            entry=entry,
            allow_private=allow_private,
            title=title,
            keep_unplaced=keep_unplaced,
        )

    def edit(self, article: Article, *, subject: str | None = None) -> Issue:
        """
        Make an issue of *article*, with its subject, preheader and appeal.

        Args:
            subject: Overrides the front matter's subject and the title.

        Raises:
            ConfigError: The `appeal` in the front matter is invalid.
        """
        return self.editions.edit(article, subject=subject)

    def render(self, issue: Issue) -> Edition:
        """Render *issue* in the project's theme; local images are read from the article's folder."""
        return self.editions.render(issue)

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
        return compose_sample(edition, signing=signing, at=self.clock.now())

    # Subscribers

    def open_subscribers(self) -> AbstractContextManager[SubscriberStore]:
        """Open the subscribers for a `with` block; see `Storage.open_subscribers()`."""
        return self.storage.open_subscribers()

    def find_known_fields(
        self, edition: Edition, recipients: Iterable[Recipient] = ()
    ) -> frozenset[str] | None:
        """Return the fields that have values; see `Storage.find_known_fields()`."""
        return self.storage.find_known_fields(edition, recipients)

    # Senders and signatures

    def open_sender(self, name: str | None = None) -> Sender:
        """Return the sender *name*, or the configured one; see `SenderFactory.open()`."""
        return self.senders.open(name)

    def get_signing(self, sender: Sender) -> Signing:
        """
        Return who signs the messages that *sender* sends.

        Raises:
            ConfigError: The keys of `[dkim]` are invalid.
        """
        return self.dkim.get_signing(sender)

    def check_signing(self, sender: Sender | None = None) -> list[Finding]:
        """Return findings about the signatures on messages that *sender*, or the configured one, sends."""
        with suppress(PipelineError):  # reported when something is sent
            sender = sender or self.open_sender()
        return list(self.dkim.check(sender))

    # Campaigns

    def parse_recipients(self, addresses: Iterable[str]) -> list[Recipient]:
        """
        Return a recipient for each of *addresses*, each mailbox once, in the order given.

        Raises:
            AddressError: One is not an email address.
        """
        parsed = [parse_address(address) for address in addresses]
        by_mailbox = {address.key: address for address in reversed(parsed)}
        return [Recipient(address=address) for address in reversed(by_mailbox.values())]

    def open_campaigns(self) -> CampaignService:
        """Open the campaigns for a `with` block; see `CampaignRunner.open()`."""
        return self.campaigns.open()

    def dry_run(
        self, edition: Edition, recipients: Iterable[Recipient], *, sender: Sender
    ) -> Campaign:
        """Compose every message and send none; see `CampaignRunner.dry_run()`."""
        return self.campaigns.dry_run(edition, recipients, sender=sender)

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
        """Send *edition* to *recipients* now; see `CampaignRunner.send()`."""
        return self.campaigns.send(
            edition,
            recipients,
            sender=sender,
            is_test=is_test,
            is_dry_run=is_dry_run,
            progress=progress,
        )
