"""
Who signs what: from the table `[dkim]` and a sender to the signatures of a message.

Keys are read from the environment or from files that only their owner and group may read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline import state_dir
from pipeline.config import DkimTable
from pipeline.errors import ConfigError
from pipeline.mail.dkim_signature import INDISPENSABLE, DkimKey, Signer, Signing
from pipeline.models.finding import Finding, Severity
from pipeline.senders import Sender

_UNSAFE_MODE = (
    0o027  # written by the group, or anything by others; some hosts hand secrets to a group to read
)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyLocation:
    """Where the private key of a selector is: a variable, if it is set, else a file."""

    selector: str
    path: Path | None
    variable: str | None


def find_key_locations(table: DkimTable, root: Path) -> list[KeyLocation]:
    """
    Return where the keys of *table* are, the first one first.

    Raises:
        ConfigError: A further key says neither file nor variable.
    """
    file = table.key_file or f"{state_dir.NAME}/dkim-{table.selector}.pem"
    found = [KeyLocation(selector=table.selector, path=root / file, variable=table.key_env)]
    for number, key in enumerate(table.keys, 1):
        if (key.key_file is None) is (key.key_env is None):
            raise ConfigError(
                f"[[dkim.keys]], key {number} ({key.selector}): give it key_file or key_env, one of the two."
            )
        path = root / key.key_file if key.key_file else None
        found.append(KeyLocation(selector=key.selector, path=path, variable=key.key_env))
    selectors = [place.selector for place in found]
    if repeated := {name for name in selectors if selectors.count(name) > 1}:
        raise ConfigError(
            f'[dkim]: the selector "{min(repeated)}" names two keys, and a record holds one. Name each its own.'
        )
    return found


def read_keys(table: DkimTable, root: Path) -> tuple[DkimKey, ...]:
    """
    Read the private keys of *table*.

    Raises:
        ConfigError: One is missing, open to others, or no key; the key itself is never shown.
    """
    from pipeline.mail.dkim_keys import read_key

    keys = []
    for place in find_key_locations(table, root):
        where, written = _read(place)
        keys.append(read_key(written, selector=place.selector, where=where))
    return tuple(keys)


def choose_signing(sender: Sender, domain: str, keys: Sequence[DkimKey]) -> Signing:
    """Return who signs what *sender* hands over: we, where there are keys and a signature survives, and its service."""
    if not keys or not survives_sending(sender):
        return Signing(by_service=sender.signs_list_unsubscribe)
    return Signing(
        signer=Signer(domain, keys, left_out=sender.rewritten_headers),
        by_service=sender.signs_list_unsubscribe,
    )


def survives_sending(sender: Sender) -> bool:
    """Whether a signature of ours reaches the receiver as it was made."""
    return sender.accepts_mime and not INDISPENSABLE & sender.rewritten_headers


def findings(sender: Sender | None, table: DkimTable | None, problem: str) -> Iterator[Finding]:
    """
    Yield what a person should know of the signatures on what *sender* hands over.

    Args:
        problem: Why the keys cannot be used, "" if they can.
    """
    if problem:
        yield Finding(
            code="dkim.unusable",
            severity=Severity.ERROR,
            where="[dkim]",
            message=f"Nothing can be signed: {problem}",
            hint="Mend that, or take [dkim] out and let your relay sign.",
        )
    if table is not None and sender is not None and not survives_sending(sender):
        yield Finding(
            code="dkim.not-applied",
            severity=Severity.WARNING,
            where="[dkim]",
            message="This sender's service writes messages of its own, which no key of yours can sign.",
            hint="Set up DKIM at that service for your domain: handbill doctor looks for it.",
        )


def _read(place: KeyLocation) -> tuple[str, bytes]:
    if place.variable and (written := os.environ.get(place.variable)):
        return place.variable, written.encode()
    if place.path is None:
        raise ConfigError(
            f'[dkim]: the key of the selector "{place.selector}" should be in the variable {place.variable}, '
            "which is not set. Set it."
        )
    return str(place.path), _read_file(place)


def _read_file(place: KeyLocation) -> bytes:
    path = place.path
    assert path is not None
    try:
        mode = path.stat().st_mode
        if mode & _UNSAFE_MODE:
            raise ConfigError(
                f"{path}: others may read or change this key. Close it: chmod 600 {path}."
            )
        return path.read_bytes()
    except FileNotFoundError:
        elsewhere = f", or set {place.variable}" if place.variable else ""
        raise ConfigError(
            f'{path}: there is no key for the selector "{place.selector}". '
            f"Make one: handbill dkim keygen{elsewhere}."
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path}: the key cannot be read ({error.strerror}). Check its permissions."
        ) from error
