"""
Sign with the keys of `[dkim]`.

Keys are read from the environment, or from files that only their owner and group may read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pipeline import state_dir
from pipeline.config import DkimTable
from pipeline.errors import ConfigError
from pipeline.files import check_secret_file
from pipeline.mail.dkim.signature import REQUIRED_FIELDS, DkimKey, Signer, Signing
from pipeline.models.finding import Finding, Severity
from pipeline.senders import Sender


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyLocation:
    """Where the private key of a selector is: in an environment variable if it is set, else in a file."""

    selector: str
    path: Path | None
    variable: str | None


def find_key_locations(table: DkimTable, root: Path) -> list[KeyLocation]:
    """
    Return where the keys of *table* are, the first one first.

    Raises:
        ConfigError: One of `[[dkim.keys]]` names neither file nor variable, or both.
    """
    file = table.key_file or f"{state_dir.NAME}/dkim-{table.selector}.pem"
    found = [KeyLocation(selector=table.selector, path=root / file, variable=table.key_env)]
    for number, key in enumerate(table.keys, start=1):
        if (key.key_file is None) is (key.key_env is None):
            raise ConfigError(
                f"[[dkim.keys]], key {number} ({key.selector}): set either key_file or key_env."
            )
        path = root / key.key_file if key.key_file else None
        found.append(KeyLocation(selector=key.selector, path=path, variable=key.key_env))
    selectors = [location.selector for location in found]
    if repeated := {name for name in selectors if selectors.count(name) > 1}:
        raise ConfigError(
            f'[dkim]: the selector "{min(repeated)}" is used for two keys. Give each key its own selector.'
        )
    return found


class DkimKeyring:
    """
    The DKIM keys of a project.

    Args:
        sender_domain: The domain of From: messages are signed for it unless the table names another.
    """

    def __init__(self, table: DkimTable | None, *, root: Path, sender_domain: str) -> None:
        self._table = table
        self._root = root
        self.domain = (table.domain if table else None) or sender_domain

    @cached_property
    def keys(self) -> tuple[DkimKey, ...]:
        """
        The private keys; empty if nothing is configured.

        Raises:
            ConfigError: One is missing, readable by others, or not a key.
        """
        return read_keys(self._table, self._root) if self._table else ()

    def get_signing(self, sender: Sender) -> Signing:
        """
        Return who signs the messages that *sender* sends.

        Raises:
            ConfigError: The keys cannot be used.
        """
        return choose_signing(sender, self.domain, self.keys)

    def check(self, sender: Sender | None) -> Iterator[Finding]:
        """Yield findings about the signatures on messages that *sender* sends."""
        try:
            _ = self.keys
        except ConfigError as error:
            yield Finding(
                code="dkim.unusable",
                severity=Severity.ERROR,
                where="[dkim]",
                message=f"Nothing can be signed: {error}",
                hint="Fix that, or remove [dkim] and let your relay sign.",
            )
        if self._table is not None and sender is not None and not keeps_signature(sender):
            yield Finding(
                code="dkim.not-applied",
                severity=Severity.WARNING,
                where="[dkim]",
                message="This sender's service builds its own messages, which your keys cannot sign.",
                hint="Set up DKIM for your domain at that service; handbill doctor checks it.",
            )


def read_keys(table: DkimTable, root: Path) -> tuple[DkimKey, ...]:
    """
    Read the private keys of *table*.

    Raises:
        ConfigError: One is missing, readable by others, or not a key; the key itself is never shown.
    """
    from pipeline.mail.dkim.keys import read_key

    keys = []
    for location in find_key_locations(table, root):
        where, pem = _read_pem(location)
        keys.append(read_key(pem, selector=location.selector, source=where))
    return tuple(keys)


def choose_signing(sender: Sender, domain: str, keys: Sequence[DkimKey]) -> Signing:
    """Return who signs what *sender* sends: Handbill, if it has keys and its signature is kept, and the service."""
    if not keys or not keeps_signature(sender):
        return Signing(by_service=sender.signs_list_unsubscribe)
    return Signing(
        signer=Signer(domain, keys, exclude=sender.rewritten_headers),
        by_service=sender.signs_list_unsubscribe,
    )


def keeps_signature(sender: Sender) -> bool:
    """Whether Handbill's signature reaches the receiver unbroken."""
    return sender.accepts_mime and not REQUIRED_FIELDS & sender.rewritten_headers


def _read_pem(location: KeyLocation) -> tuple[str, bytes]:
    if location.variable and (pem := os.environ.get(location.variable)):
        return location.variable, pem.encode()
    if location.path is None:
        raise ConfigError(
            f'[dkim]: the key of selector "{location.selector}" is expected in the environment variable '
            f"{location.variable}, which is not set. Set it."
        )
    return str(location.path), _read_pem_file(location)


def _read_pem_file(location: KeyLocation) -> bytes:
    path = location.path
    assert path is not None
    try:
        if problem := check_secret_file(path):
            raise ConfigError(problem)
        return path.read_bytes()
    except FileNotFoundError:
        elsewhere = f", or set {location.variable}" if location.variable else ""
        raise ConfigError(
            f'{path}: no key found for selector "{location.selector}". '
            f"Make one: handbill dkim keygen{elsewhere}."
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path}: the key cannot be read ({error.strerror}). Check its permissions."
        ) from error
