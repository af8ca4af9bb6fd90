"""
A project: the one place that binds configuration, theme, files and sender together.

    project = Project.open(Path.cwd())
    edition = project.render(project.edit(project.load("article.md")))
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import editing, state
from pipeline.address import Address, parse_address, parse_own_address
from pipeline.article import Article
from pipeline.campaign import Campaign
from pipeline.clock import Clock, SystemClock
from pipeline.config import NO_PROJECT, Config, Known, find_root, read_appeal, read_config
from pipeline.errors import ConfigError, PipelineError, RenderError
from pipeline.issue import Issue, SizeLimit, SizePolicy
from pipeline.message import Message
from pipeline.publication import Publication
from pipeline.recipient import Recipient
from pipeline.resources import shipped

if TYPE_CHECKING:
    from pipeline.audience.roll import Roll
    from pipeline.database import Store
    from pipeline.dispatch import Desk, Progress
    from pipeline.dispatch.recurring import Letter, Source
    from pipeline.edition import Edition
    from pipeline.finding import Finding
    from pipeline.mail import DkimKey, Signing
    from pipeline.rendering import Theme
    from pipeline.senders import Sender


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One composed message, and its two texts as they are read."""

    html: str
    text: str
    message: Message


@dataclass(frozen=True, kw_only=True)
class Project:
    """
    A folder with a configuration, or none: then built-in defaults hold and letters go to `outbox/`.

    Args:
        root: The folder of the configuration; without one, the current folder.
        is_configured: Whether there is a configuration.
    """

    root: Path
    config: Config
    is_configured: bool = True
    clock: Clock = field(default_factory=SystemClock)

    @classmethod
    def open(cls, folder: Path | str | None = None) -> Project:
        """
        Open the project in *folder*, or the nearest one from the current folder upward.

        Raises:
            ConfigError: *folder* holds no configuration, or it cannot be used.
        """
        if folder is None:
            here = Path.cwd()
            root = find_root(here)
            if root is None:
                return cls(root=here, config=NO_PROJECT, is_configured=False)
        else:
            root = Path(folder).resolve()
            if find_root(root) != root:
                raise ConfigError(
                    f"{folder}: no handbill.toml and no [tool.handbill] is there. Start one: handbill init {folder}"
                )
        return cls(root=root, config=read_config(root, _known(root)))

    # Load, edit, render

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
        """Load an article; see `pipeline.loaders.load()`. What is fetched is kept in the project's state."""
        from pipeline.loaders import load
        from pipeline.loaders.fetch import is_url

        keep_in = None
        if self.is_configured and is_url(address):
            keep_in = state.make(self.root) / "fetched"
        return load(
            address,
            format=format,
            entry=entry,
            allow_private=allow_private,
            keep_in=keep_in,
            title=title,
            keep_unplaced=keep_unplaced,
        )

    def edit(self, article: Article, *, subject: str | None = None) -> Issue:
        """
        Make an issue of *article*: the subject, the preheader and the ask are settled here.

        Args:
            subject: Wins over the front matter's subject and the title.

        Raises:
            ConfigError: The front matter's `appeal` cannot be used.
        """
        overrides = article.front_matter.appeal
        table = self.config.appeal
        if overrides:
            where = f"{article.address}, front matter"
            table = read_appeal(table, overrides, _known(self.root), where)
        issue = editing.edit(
            article, self.publication, table, subject=subject, anchors=self.config.notes.anchors
        )
        size = self.config.size
        return replace(
            issue, size=SizeLimit(policy=SizePolicy(size.policy), limit_bytes=size.limit)
        )

    def render(self, issue: Issue) -> Edition:
        """Render *issue* in the project's theme; its local pictures are read from beside the article."""
        from pipeline.loaders.fetch import is_url
        from pipeline.rendering import render

        def read_picture(src: str) -> bytes:
            article = issue.article
            if is_url(article.address) and src not in article.files:
                raise RenderError(
                    f"{src}: the page does not say where on the web its picture is. Save both."
                )
            return article.files.get(src) or _read_picture(
                src, Path(article.address).parent, self.root
            )

        return render(
            issue, self.theme, read_picture=read_picture, catalogues=[self.root / "locale"]
        )

    @cached_property
    def publication(self) -> Publication:
        """The publication as configured."""
        return editing.publication(self.config.publication)

    @cached_property
    def theme(self) -> Theme:
        """The theme as configured."""
        from pipeline.rendering import Logo, Theme

        table = self.config.theme
        logo = None
        if table.logo:
            logo = Logo(
                src=table.logo,
                dark_src=table.logo_dark,
                alt=table.logo_alt,
                width_px=table.logo_width,
                read=lambda src: _read_logo(self.root / src),
            )
        return Theme.named(table.name, _theme_folders(self.root), logo=logo)

    def open_store(self) -> Store:
        """
        Open the project's store, its tables brought up to date.

        Raises:
            ConfigError: There is no project, or its `[store]` cannot be used.
            StoreError: The store cannot be opened.
        """
        import os

        from pipeline.database import open_store

        if not self.is_configured:
            raise ConfigError("This needs a project. Start one: handbill init my-letter")
        state.make(self.root)
        table = self.config.store
        password = os.environ.get(table.password_env) if table.password_env else None
        return open_store(table.url, root=self.root, password=password)

    @contextmanager
    def open_roll(self) -> Iterator[Roll]:
        """
        Open the project's subscribers for the block.

        Raises:
            ConfigError: There is no project, or its `[store]` cannot be used.
            StoreError: The store cannot be opened.
        """
        from pipeline.audience.roll import Roll
        from pipeline.dispatch import people

        with self.open_store() as store:
            yield Roll(store, secret=self.secret(), clock=self.clock, sent=people)

    def sample(self, edition: Edition, *, sender: Sender | None = None) -> Sample:
        """
        Return *edition* as a reader without a name would get it now, for looking at.

        A field without a fallback shows its own name. Without keys that can be used it is not signed, which
        `signing_findings()` tell.

        Args:
            sender: Who would hand it over; by default the configured one.
        """
        from pipeline.mail import UNSIGNED, compose, fill

        now = self.clock.now()
        values = {
            field.name: f"[{field.name}]" for field in edition.fields if field.fallback is None
        }
        reader = Recipient(
            address=Address(email="reader@example.org"), values=values, token="sample"
        )
        signing = UNSIGNED
        with suppress(PipelineError):
            signing = self.signing(sender or self.open_sender())
        message = compose(
            edition,
            reader,
            campaign="sample",
            sequence=1,
            at=now,
            secret=b"sample",
            signing=signing,
        )
        return Sample(
            html=fill(edition.html, reader, at=now),
            text=fill(edition.text, reader, at=now),
            message=message,
        )

    def known_fields(
        self, edition: Edition, recipients: Iterable[Recipient] = ()
    ) -> frozenset[str] | None:
        """
        Return the fields that *recipients* and the project's subscribers have values for; null if nobody has any.

        The store is only asked if *edition* uses a field that not everybody has, and only if there is one.

        Raises:
            StoreError: The store cannot be opened.
        """
        if not set(edition.field_names) - {"name", "language"}:
            return None
        names = {name for recipient in recipients for name in recipient.values}
        return frozenset({*names, *self._attributes()}) or None

    def _attributes(self) -> list[str]:
        from pipeline.audience.selecting import attribute_names

        path = self.config.store.url.removeprefix("sqlite:///")
        is_there = path == self.config.store.url or (self.root / path).is_file()
        if not (self.is_configured and is_there):
            return []
        with self.open_store() as store, store.reading() as connection:
            return attribute_names(connection)

    # Send

    @cached_property
    def dkim_keys(self) -> tuple[DkimKey, ...]:
        """
        The private keys of `[dkim]`, none if there is no such table.

        Raises:
            ConfigError: One is missing, open to others, or no key.
        """
        from pipeline.signing import read_keys

        return read_keys(self.config.dkim, self.root) if self.config.dkim else ()

    @property
    def dkim_domain(self) -> str:
        """Whose signature ours is: the domain of `[dkim]`, by default that of From."""
        table = self.config.dkim
        return (table.domain if table else None) or self.publication.sender.domain

    def signing(self, sender: Sender) -> Signing:
        """
        Return who signs what *sender* hands over; every message of a campaign, a test or a sample is composed with it.

        Raises:
            ConfigError: The keys of `[dkim]` cannot be used.
        """
        from pipeline.signing import signing_by

        return signing_by(sender, self.dkim_domain, self.dkim_keys)

    def signing_findings(self, sender: Sender | None = None) -> list[Finding]:
        """Return what a person should know of the signatures on what *sender*, by default the configured one, sends."""
        from pipeline.signing import findings

        problem = ""
        with suppress(PipelineError):  # told where it is to send
            sender = sender or self.open_sender()
        try:
            _ = self.dkim_keys
        except ConfigError as error:
            problem = str(error)
        return list(findings(sender, self.config.dkim, problem))

    def sender_name(self, name: str | None = None) -> str:
        """Return the sender *name*, by default the configured one, as a person is told of it."""
        chosen = name or self.config.sender.default
        return chosen if isinstance(chosen, str) else ", else ".join(chosen)

    def sender_names(self, name: str | None = None) -> str:
        """Return the sender *name*, by default the configured ones, as a campaign keeps them: "relay, outbox"."""
        chosen = name or self.config.sender.default
        return chosen if isinstance(chosen, str) else ", ".join(chosen)

    def sender_kind(self, name: str) -> str:
        """Return the kind of the sender *name*."""
        chosen = self.config.senders.get(name)
        return chosen.kind if chosen else name

    def open_sender(self, name: str | None = None) -> Sender:
        """
        Open the sender *name*, by default the configured one, or several, of which each stands in for those before it.

        Raises:
            UnknownName: There is no such sender.
            ConfigError: Its options cannot be used, or it cannot stand in for others.
        """
        from pipeline.senders.failover import FailoverSender

        chosen = name or self.config.sender.default
        if isinstance(chosen, str):
            chosen = tuple(each.strip() for each in chosen.split(","))
        if len(chosen) == 1:
            return self._open_one(chosen[0])
        senders = {each: self._open_one(each) for each in chosen}
        return FailoverSender(senders, clock=self.clock)

    def _open_one(self, name: str) -> Sender:
        from pipeline.senders import SENDERS, open_sender

        chosen = self.config.senders.get(name)
        options = dict(chosen.options) if chosen else {}
        kind = self.sender_kind(name)
        if kind == "outbox":
            options.setdefault("directory", "outbox")
        for option in SENDERS.find(kind).paths & options.keys():
            if isinstance(options[option], str):  # anything else is told by the sender
                options[option] = self.root / options[option]
        return open_sender(kind, **options)

    @contextmanager
    def reasons_against(self) -> Iterator[Callable[[str], str]]:
        """
        Open for the block what says of an email address why it must not be written to, "" if it may.

        Raises:
            ConfigError: The `[store]` cannot be used.
            StoreError: The store cannot be opened.
        """
        if not self.is_configured:
            yield lambda email: ""
            return
        with self.open_roll() as roll:
            yield lambda email: roll.reason_against(parse_address(email))

    def recipients(self, addresses: Iterable[str]) -> list[Recipient]:
        """
        Return a recipient for each of *addresses*, each mailbox once, in the order given.

        Raises:
            AddressError: One is no email address.
        """
        parsed = [parse_address(address) for address in addresses]
        by_mailbox = {address.key: address for address in reversed(parsed)}
        return [Recipient(address=address) for address in reversed(by_mailbox.values())]

    def open_desk(self) -> Desk:
        """
        Open the desk from which campaigns are planned and sent; outside any project it lasts as long as it is open.

        Raises:
            StoreError: The store cannot be opened.
        """
        from pipeline.audience.digests import Digests
        from pipeline.database import open_store
        from pipeline.dispatch import Desk, Means
        from pipeline.dispatch.pacing import pace_of

        secret = self.secret()
        store = self.open_store() if self.is_configured else open_store("sqlite://", root=self.root)
        means = Means(
            store=store,
            clock=self.clock,
            secret=secret,
            open_sender=self.open_sender,
            signing=self.signing,
            token_of=lambda mailbox: state.unsubscribe_token(secret, mailbox),
            digest_of=Digests(secret).of,
            pace_of=lambda sender: pace_of(sender, self.config.pacing, self.publication.timezone),
        )
        return Desk(means)

    @property
    def feeds(self) -> Source:
        """Where the letters of recurring sends come from."""
        from pipeline.dispatch.recurring import Source

        return Source(entries=self._feed_entries, letter=self._feed_letter)

    def _feed_entries(self, url: str) -> tuple[str, ...]:
        from pipeline.loaders import feed_entries

        keep_in = state.make(self.root) / "fetched" if self.is_configured else None
        return feed_entries(url, keep_in=keep_in)

    def _feed_letter(self, url: str, entry: str, sender: str | None) -> Letter:
        from pipeline.checks import check
        from pipeline.dispatch.recurring import Letter
        from pipeline.finding import Severity

        way = self.open_sender(sender)
        article = self.load(url, format="feed", entry=entry)
        issue = self.edit(article)
        if not issue.subject:
            raise ConfigError(f"{url}: the entry {entry} has no title to serve as subject.")
        edition = self.render(issue)
        now = self.clock.now()
        message = self.sample(edition, sender=way).message
        found = check(edition, message=message, first=now, last=now)
        if errors := [each for each in found if each.severity is Severity.ERROR]:
            raise RenderError(f"{url}, entry {entry}: {errors[0].where}: {errors[0].message}")
        return Letter(
            edition=edition,
            subject=issue.subject,
            canonical_url=article.canonical_url,
            sender=self.sender_names(sender),
            reaches_people=way.reaches_people,
        )

    @property
    def stale_after(self) -> timedelta:
        """How late a schedule may be sent without a person deciding so."""
        from pipeline.dispatch import read_span

        return read_span(self.config.schedule.stale_after)

    def rehearse(
        self, edition: Edition, recipients: Iterable[Recipient], *, sender: Sender
    ) -> Campaign:
        """
        Compose the message of each of *recipients* as *sender* would get it, and hand none over; nothing is written.

        Raises:
            ComposeError: The edition cannot become a message for one of them.
            ConfigError: The keys of `[dkim]` cannot be used.
        """
        from pipeline.dispatch import rehearse

        signing = self.signing(sender)
        secret = self.secret(is_lasting=False)
        named = (
            replace(reader, token=state.unsubscribe_token(secret, reader.address.key))
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
        from pipeline.dispatch import Kind, Plan

        rehearsed = self.rehearse(edition, recipients, sender=sender)
        if is_dry_run:
            return rehearsed
        wish = Plan(
            edition=edition,
            subject=edition.title,
            kind=Kind.TEST if is_test else Kind.CAMPAIGN,
            sender=self.sender_names(),
            reaches_people=sender.reaches_people,
            people=recipients,
            at=self.clock.now(),
            zone=edition.publication.timezone,
        )
        with self.open_desk() as desk, desk.run() as run:
            record = desk.plan(wish, again=True, run=run)
            return desk.send(record.id, sender=sender, progress=progress, run=run)

    def secret(self, *, is_lasting: bool = True) -> bytes:
        """
        Return the key of tokens and Message-IDs: `HANDBILL_SECRET`, or the file `init` made.

        A project without one gets one on first use; outside any project it lasts for one run.

        Args:
            is_lasting: False for what nobody will receive: then no file is made.
        """
        given = state.read_secret(self.root)
        if given or not (self.is_configured and is_lasting):
            return given or secrets.token_bytes(32)
        state.make(self.root)
        return state.make_secret(self.root)


def _known(root: Path) -> Known:
    from pipeline.senders import SENDERS

    themes = {
        path.name
        for folder in _theme_folders(root)
        if folder.is_dir()
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith(("_", "."))
    }
    return Known(senders=SENDERS.names(), themes=sorted(themes), parse_address=parse_own_address)


def _theme_folders(root: Path) -> list[Path]:
    return list(dict.fromkeys([root / "templates", shipped("templates")]))


def _read_logo(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RenderError(
            f"{path}: the logo cannot be read ({error.strerror}). Mend its name in [theme] of the configuration."
        ) from error


def _read_picture(src: str, folder: Path, root: Path) -> bytes:
    """Read a local picture; only from the article's folder or the project, so that no article can mail other files."""
    from urllib.parse import unquote

    allowed = (folder.resolve(), root.resolve())
    found = None
    for name in dict.fromkeys((src, unquote(src))):
        path = (folder / name).resolve()
        if path.is_file():
            found = path
            break
    if found is None:
        raise RenderError(
            f"{folder / src}: there is no such picture. Put it there, or mend its name in the article."
        )
    if not any(found.is_relative_to(place) for place in allowed):
        raise RenderError(
            f"{src}: the picture lies outside the project. Copy it beside the article."
        )
    try:
        return found.read_bytes()
    except OSError as error:
        raise RenderError(f"{found}: the picture cannot be read ({error.strerror}).") from error
