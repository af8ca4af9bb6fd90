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
from pipeline.errors import ConfigError, StateError, StoreError
from pipeline.project.image_cache import ImageFolder

if TYPE_CHECKING:
    from pipeline.database import Store
    from pipeline.models.edition import Edition
    from pipeline.models.recipient import Recipient
    from pipeline.subscribers.store_secret import RekeyReport
    from pipeline.subscribers.subscriber_store import SubscriberStore

#: Where, in a folder of the outbox, what was sent from it is stored if there is no project.
_OUTBOX_LEDGER = f"{state_dir.NAME}/handbill.db"
_RESTORE = (
    f"Restore {state_dir.NAME}/secret from a backup, or copy it from another machine that uses this database. "
    "If it is lost for good: handbill subscribers rekey"
)


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
    def image_cache(self) -> ImageFolder | None:
        """Where converted images are kept; None without a project."""
        return ImageFolder(root=self.root) if self.is_configured else None

    @property
    def has_store(self) -> bool:
        """Whether there is a database; a server is taken to have one."""
        url = self.config.store.url
        path = url.removeprefix("sqlite:///")
        return self.is_configured and (path == url or (self.root / path).is_file())

    def open_store(self, *, lock_timeout_s: float | None = None) -> Store:
        """
        Open the project's database, upgraded to the current schema.

        Args:
            lock_timeout_s: As for `pipeline.database.open_store()`.

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
        return open_store(
            table.url, root=self.root, password=password, lock_timeout_s=lock_timeout_s
        )

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

    def read_secret(self) -> bytes:
        """
        Return the key of tokens and Message-IDs for messages that are not sent; a random one if it is missing.

        Raises:
            ConfigError: It is empty, or its file cannot be read.
        """
        return state_dir.read_secret(self.root) or secrets.token_bytes(32)

    def read_store_secret(self, store: Store, outbox_folder: Path | None = None) -> bytes:
        """
        Return the key that *store* belongs to: `HANDBILL_SECRET`, or the file `init` made.

        A new store gets one on first use; outside any project it lasts for one run.

        Args:
            outbox_folder: As for `open_campaign_store()`.

        Raises:
            ConfigError: It is empty, or its file cannot be read.
            StoreError: It is missing, or the store was used with another one.
        """
        from pipeline.subscribers.store_secret import bind_secret, has_secret

        if store.is_in_memory:
            return self.read_secret()
        root = self.root if self.is_configured or outbox_folder is None else outbox_folder
        place = state_dir.describe_secret(root)
        secret = state_dir.read_secret(root)
        if secret is None:
            if has_secret(store):
                raise StoreError(
                    f"{place} is missing, but {store.location} was used with one. Without it, addresses that must "
                    f"never be sent to are not recognised. {_RESTORE}"
                )
            state_dir.create(root)
            secret = state_dir.create_secret(root)
        if not bind_secret(store, secret, at=self.clock.now()):
            raise StoreError(
                f"{store.location} was used with another secret than that in {place}. With this one, addresses that "
                f"must never be sent to are not recognised. {_RESTORE}"
            )
        return secret

    def rekey(self, *, dry_run: bool = False) -> RekeyReport | None:
        """
        Make the database belong to the secret that is configured now, or to a new one if it is missing.

        Args:
            dry_run: Change nothing, and create no secret.

        Returns:
            What that means; None if it belongs to this secret already.

        Raises:
            StateError: A process is sending campaigns with the old secret.
        """
        from pipeline.campaigns.workers import processes
        from pipeline.database import TransactionLock
        from pipeline.subscribers import store_secret

        secret = state_dir.read_secret(self.root)
        with self.open_store() as store:
            with store.reading() as connection:
                alive = [name for _, name in processes.list_alive(connection, store)]
            if alive:
                raise StateError(
                    f"{alive[0]} is sending campaigns with the old secret. Stop it, then try again."
                )
            if secret is None and not dry_run:
                secret = state_dir.create_secret(state_dir.create(self.root).parent)
            if secret and store_secret.bind_secret(store, secret, at=self.clock.now()):
                return None
            locks = [lock for lock in TransactionLock if lock is not TransactionLock.COPYING]
            with store.writing(*locks) as connection:
                return store_secret.rekey(
                    connection,
                    secret or secrets.token_bytes(32),
                    at=self.clock.now(),
                    dry_run=dry_run,
                )

    @contextmanager
    def open_subscribers(self) -> Iterator[SubscriberStore]:
        """
        Open the project's subscribers for the block.

        Raises:
            ConfigError: This is no project, or its `[store]` is invalid.
            StoreError: The database cannot be opened, or belongs to another secret.
        """
        with self.open_store() as store:
            yield self.create_subscriber_store(store)

    def create_subscriber_store(self, store: Store) -> SubscriberStore:
        """
        Return the subscribers in *store*, with what campaigns and the ledger know of them.

        Raises:
            StoreError: The database belongs to another secret.
        """
        from pipeline.campaigns.store import delivery_queries
        from pipeline.events import event_rows
        from pipeline.gifts import givers
        from pipeline.subscribers.subscriber_store import SubscriberStore

        return SubscriberStore(
            store,
            secret=self.read_store_secret(store),
            clock=self.clock,
            deliveries=delivery_queries,
            events=event_rows,
            gifts=givers,
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
        if not set(edition.field_names) - {"name", "language"}:
            return None
        names = {name for recipient in recipients for name in recipient.values}
        if self.has_store:
            from pipeline.subscribers.segment_sql import find_attribute_names

            with self.open_store() as store, store.reading() as connection:
                names.update(find_attribute_names(connection))
        return frozenset(names) or None


def has_own_ledger(outbox_folder: Path) -> bool:
    """Whether messages of *outbox_folder* were sent outside any project."""
    return (outbox_folder / _OUTBOX_LEDGER).is_file()
