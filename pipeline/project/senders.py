"""Who hands letters over for a project, and who signs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError, PipelineError
from pipeline.models.address import Address, parse_address
from pipeline.models.message import Message
from pipeline.models.recipient import Recipient
from pipeline.project.editions import Letters

if TYPE_CHECKING:
    from pipeline.mail import DkimKey, Signing
    from pipeline.models.edition import Edition
    from pipeline.models.finding import Finding
    from pipeline.senders import Sender


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One composed message, and its two texts as they are read."""

    html: str
    text: str
    message: Message


class Senders(Letters):
    """What a project knows of senders and signatures."""

    @cached_property
    def dkim_keys(self) -> tuple[DkimKey, ...]:
        """
        The private keys of `[dkim]`, none if there is no such table.

        Raises:
            ConfigError: One is missing, open to others, or no key.
        """
        from pipeline.project.signing import read_keys

        return read_keys(self.config.dkim, self.root) if self.config.dkim else ()

    @property
    def dkim_domain(self) -> str:
        """Whose signature ours is: the domain of `[dkim]`, by default that of From."""
        table = self.config.dkim
        return (table.domain if table else None) or self.publication.sender.domain

    def get_signing(self, sender: Sender) -> Signing:
        """
        Return who signs what *sender* hands over; every message of a campaign, a test or a sample is composed with it.

        Raises:
            ConfigError: The keys of `[dkim]` cannot be used.
        """
        from pipeline.project.signing import choose_signing

        return choose_signing(sender, self.dkim_domain, self.dkim_keys)

    def check_signing(self, sender: Sender | None = None) -> list[Finding]:
        """Return what a person should know of the signatures on what *sender*, by default the configured one, sends."""
        from pipeline.project.signing import findings

        problem = ""
        with suppress(PipelineError):  # told where it is to send
            sender = sender or self.open_sender()
        try:
            _ = self.dkim_keys
        except ConfigError as error:
            problem = str(error)
        return list(findings(sender, self.config.dkim, problem))

    def describe_sender(self, name: str | None = None) -> str:
        """Return the sender *name*, by default the configured one, as a person is told of it."""
        chosen = name or self.config.sender.default
        return chosen if isinstance(chosen, str) else ", else ".join(chosen)

    def resolve_sender_names(self, name: str | None = None) -> str:
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
        for option in SENDERS.get_class(kind).path_options & options.keys():
            if isinstance(options[option], str):  # anything else is told by the sender
                options[option] = self.root / options[option]
        return open_sender(kind, **options)

    @contextmanager
    def open_suppression_check(self) -> Iterator[Callable[[str], str]]:
        """
        Open for the block what says of an email address why it must not be written to, "" if it may.

        Raises:
            ConfigError: The `[store]` cannot be used.
            StoreError: The store cannot be opened.
        """
        if not self.is_configured:
            yield lambda email: ""
            return
        with self.open_subscribers() as subscribers:
            yield lambda email: subscribers.exclusion_reason(parse_address(email))

    def compose_sample(self, edition: Edition, *, sender: Sender | None = None) -> Sample:
        """
        Return *edition* as a reader without a name would get it now, for looking at.

        A field without a fallback shows its own name. Without keys that can be used it is not signed, which
        `check_signing()` tell.

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
            signing = self.get_signing(sender or self.open_sender())
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
