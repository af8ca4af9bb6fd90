"""What every project has: a folder, a configuration, a store, a key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pipeline import state_dir
from pipeline.clock import Clock, SystemClock
from pipeline.config import DEFAULT_CONFIG, Config, KnownNames, find_project_root, read_config
from pipeline.errors import ConfigError
from pipeline.files import find_shipped
from pipeline.models.address import parse_ascii_address

if TYPE_CHECKING:
    from pipeline.database import Store


@dataclass(frozen=True, kw_only=True)
class Base:
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
    def open(cls, folder: Path | str | None = None) -> Self:
        """
        Open the project in *folder*, or the nearest one from the current folder upward.

        Raises:
            ConfigError: *folder* holds no configuration, or it cannot be used.
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
                    f"{folder}: no handbill.toml and no [tool.handbill] is there. Start one: handbill init {folder}"
                )
        return cls(root=root, config=read_config(root, list_known_names(root)))

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
        state_dir.create(self.root)
        table = self.config.store
        password = os.environ.get(table.password_env) if table.password_env else None
        return open_store(table.url, root=self.root, password=password)

    def read_secret(self, *, is_lasting: bool = True) -> bytes:
        """
        Return the key of tokens and Message-IDs: `HANDBILL_SECRET`, or the file `init` made.

        A project without one gets one on first use; outside any project it lasts for one run.

        Args:
            is_lasting: False for what nobody will receive: then no file is made.
        """
        given = state_dir.read_secret(self.root)
        if given or not (self.is_configured and is_lasting):
            return given or secrets.token_bytes(32)
        state_dir.create(self.root)
        return state_dir.create_secret(self.root)


def list_known_names(root: Path) -> KnownNames:
    from pipeline.senders import SENDERS

    themes = {
        path.name
        for folder in list_theme_folders(root)
        if folder.is_dir()
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith(("_", "."))
    }
    return KnownNames(
        senders=SENDERS.list_names(), themes=sorted(themes), parse_address=parse_ascii_address
    )


def list_theme_folders(root: Path) -> list[Path]:
    return list(dict.fromkeys([root / "templates", find_shipped("templates")]))
