"""The database, the secret and the cache of a project."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import state_dir
from pipeline.clock import Clock
from pipeline.config import Config, find_project_root
from pipeline.errors import ConfigError, StateError

if TYPE_CHECKING:
    from pipeline.database import Store
    from pipeline.models.edition import Edition
    from pipeline.models.recipient import Recipient
    from pipeline.subscribers.subscriber_store import SubscriberStore

#: Where, in a folder of the outbox, what was sent from it is stored if there is no project.
_OUTBOX_LEDGER = f"{state_dir.NAME}/handbill.db"


@dataclass(frozen=True, kw_only=True)
class Storage:
    """
    What a project stores; see `Project` for the arguments.

    Where there is no project, nothing is written to disk.
    """

    root: Path
    config: Config
    is_configured: bool
    clock: Clock

    @property
    def cache_dir(self) -> Path | None:
        """Where what is fetched from the web is cached; None without a project."""
        return state_dir.create(self.root) / "fetched" if self.is_configured else None

    @property
    def has_store(self) -> bool:
        """Whether there is a database; a server is taken to have one."""
        url = self.config.store.url
        path = url.removeprefix("sqlite:///")
        return self.is_configured and (path == url or (self.root / path).is_file())

    def open_store(self) -> Store:
        """
        Open the project's database, upgraded to the current schema.

        Raises:
            ConfigError: This is no project, or its `[store]` is invalid.
            StoreError: The database cannot be opened.
        """
        from pipeline.database import open_store

        if not self.is_configured:
            raise ConfigError("This needs a project. Start one: handbill init my-newsletter")
        state_dir.create(self.root)
        table = self.config.store
        password = os.environ.get(table.password_env) if table.password_env else None
        return open_store(table.url, root=self.root, password=password)

    def open_campaign_store(self, outbox_folder: Path | None) -> Store:
        """Open the database of campaigns; see `Project.open_campaigns()`."""
        from pipeline.database import open_store

        if outbox_folder is None:
            if self.is_configured:
                return self.open_store()
            return open_store("sqlite://", root=self.root)
        if self.is_configured:
            if has_own_ledger(outbox_folder):
                raise StateError(
                    f"{outbox_folder} was already sent outside of a project. Run the command outside of the project."
                )
            return self.open_store()
        if root := find_project_root(outbox_folder):
            raise StateError(f"{outbox_folder} belongs to a project. Add --project {root}.")
        state_dir.create(outbox_folder)
        return open_store(f"sqlite:///{_OUTBOX_LEDGER}", root=outbox_folder)

    def read_secret(self, *, is_lasting: bool = True) -> bytes:
        """
        Return the key of tokens and Message-IDs: `HANDBILL_SECRET`, or the file `init` made.

        A project without one gets one on first use; outside any project it lasts for one run.

        Args:
            is_lasting: False if nothing signed with it will be sent: then no file is written.
        """
        secret = state_dir.read_secret(self.root)
        if secret or not (self.is_configured and is_lasting):
            return secret or secrets.token_bytes(32)
        state_dir.create(self.root)
        return state_dir.create_secret(self.root)

    @contextmanager
    def open_subscribers(self) -> Iterator[SubscriberStore]:
        """
        Open the project's subscribers for the block.

        Raises:
            ConfigError: This is no project, or its `[store]` is invalid.
            StoreError: The database cannot be opened.
        """
        from pipeline.campaigns.store import delivery_queries
        from pipeline.subscribers.subscriber_store import SubscriberStore

        with self.open_store() as store:
            yield SubscriberStore(
                store, secret=self.read_secret(), clock=self.clock, deliveries=delivery_queries
            )

    def find_known_fields(
        self, edition: Edition, recipients: Iterable[Recipient] = ()
    ) -> frozenset[str] | None:
        """
        Return the fields for which *recipients* or the project's subscribers have values; None if no field has any.

        The database is only read if it exists and *edition* uses a field that not everybody has.

        Raises:
            StoreError: The database cannot be opened.
        """
        from pipeline.subscribers.segment_sql import find_attribute_names

        if not set(edition.field_names) - {"name", "language"}:
            return None
        names = {name for recipient in recipients for name in recipient.values}
        if self.has_store:
            with self.open_store() as store, store.reading() as connection:
                names.update(find_attribute_names(connection))
        return frozenset(names) or None


def has_own_ledger(outbox_folder: Path) -> bool:
    """Whether messages of *outbox_folder* were sent outside any project."""
    return (outbox_folder / _OUTBOX_LEDGER).is_file()
