"""Open the senders of a project by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.clock import Clock
from pipeline.config import Config
from pipeline.errors import PipelineError, UnknownName, suggest_name
from pipeline.senders import SENDERS, Sender, open_sender

if TYPE_CHECKING:
    from pipeline.senders.webhooks.provider_webhook import ProviderWebhook


class SenderFactory:
    """
    Opens senders as configured.

    Where a name is None, the default of `[sender]` is meant.
    """

    def __init__(self, config: Config, *, root: Path, clock: Clock) -> None:
        self._config = config
        self._root = root
        self._clock = clock

    def describe(self, name: str | None = None) -> str:
        """Return the sender *name* for display: "relay, else outbox"."""
        return ", else ".join(self._list_names(name))

    def join_names(self, name: str | None = None) -> str:
        """Return the sender *name* as a campaign stores it: "relay, outbox"."""
        return ", ".join(self._list_names(name))

    def open(self, name: str | None = None) -> Sender:
        """
        Return the sender *name*; of several, each is a fallback for those before it.

        Raises:
            UnknownName: No sender has that name.
            ConfigError: Its options are invalid, or it cannot be a fallback for others.
        """
        from pipeline.senders.failover import FailoverSender

        names = self._list_names(name)
        if len(names) == 1:
            return self._open_one(names[0])
        senders = {each: self._open_one(each) for each in names}
        return FailoverSender(senders, clock=self._clock)

    def open_webhooks(self) -> tuple[dict[str, ProviderWebhook], list[str]]:
        """Return what receives the reports for each sender, by name, and for which it is missing, and why."""
        webhooks, problems = {}, []
        for name in dict.fromkeys((*self._config.senders, *self._list_names(None))):
            try:
                webhook = self._open_one(name).open_webhook()
            except PipelineError as error:
                problems.append(str(error))
                continue
            if webhook is not None:
                webhooks[name] = webhook
        return webhooks, list(dict.fromkeys(problems))

    def find_outbox_folder(self) -> Path:
        """Return the folder of the sender `outbox`, or of a configured sender that is an outbox."""
        from pipeline.senders.outbox.outbox_sender import OutboxSender

        for name in dict.fromkeys(("outbox", *self._list_names(None))):
            sender = self._open_one(name)
            if isinstance(sender, OutboxSender) and sender.directory.is_dir():
                return sender.directory.absolute()
        return self._root / "outbox"

    def _list_names(self, name: str | None) -> tuple[str, ...]:
        names = name or self._config.sender.default
        if isinstance(names, str):
            return tuple(each.strip() for each in names.split(","))
        return names

    def _open_one(self, name: str) -> Sender:
        known = list(dict.fromkeys((*self._config.senders, *SENDERS.list_names())))
        if name not in known:
            raise UnknownName(
                f'No sender is called "{name}". Known: {", ".join(known)}.{suggest_name(name, known)}'
            )
        table = self._config.senders.get(name)
        kind = table.kind if table else name
        options = dict(table.options) if table else {}
        if kind == "outbox":
            options.setdefault("directory", "outbox")
        for option in SENDERS.get_class(kind).path_options & options.keys():
            if isinstance(options[option], str):  # the sender itself rejects anything else
                options[option] = self._root / options[option]
        return open_sender(kind, **options)
