"""
The state of a project, in `.handbill/`: the secret, and what was fetched.

The key is that of tokens and Message-IDs; losing it breaks the links in messages already sent.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.files import fsync_folder, write_atomically

NAME = ".handbill"
#: In each folder that `handbill archive build` wrote: the list of its files.
ARCHIVE_MANIFEST = ".handbill-archive.json"
SECRET_VARIABLE = "HANDBILL_SECRET"


def read_secret(root: Path) -> bytes | None:
    """
    Return the key: `HANDBILL_SECRET`, else the one of the project in *root*, else None; without spaces around it.

    Raises:
        ConfigError: It is empty, or its file cannot be read.
    """
    given = os.environ.get(SECRET_VARIABLE)
    if given is not None:
        return _require_key(os.fsencode(given), f"The environment variable {SECRET_VARIABLE}")
    path = root / NAME / "secret"
    return _require_key(_read_file(path), str(path)) if path.exists() else None


def describe_secret(root: Path) -> str:
    """Return where the key of the project in *root* is read from."""
    return SECRET_VARIABLE if SECRET_VARIABLE in os.environ else str(root / NAME / "secret")


def _require_key(content: bytes, place: str) -> bytes:
    if key := content.strip():
        return key
    raise ConfigError(
        f"{place} is empty. Without the secret, addresses that must never be sent to are not recognised. Restore it "
        "from a backup, or copy it from another machine that uses this database. If it is lost for good, delete it, "
        "then: handbill subscribers rekey"
    )


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}). Check its permissions."
        ) from error


def create(root: Path) -> Path:
    """
    Make the folder for the state of the project in *root*, and return it.

    It is nobody else's to read, and out of version control.

    Raises:
        ConfigError: It cannot be made.
    """
    folder = root / NAME
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="ascii")
    except OSError as error:
        raise ConfigError(
            f"{folder}: cannot be created ({error.strerror}). Check the permissions of the folder above."
        ) from error
    return folder


def create_secret(root: Path) -> bytes:
    """Make the key of tokens and Message-IDs in the folder `create()` made; return the one that is there."""
    path = root / NAME / "secret"
    key = secrets.token_hex(32).encode()
    partial = path.with_name(f".secret.{secrets.token_hex(4)}.tmp")
    try:
        write_atomically(partial, key + b"\n", mode=0o600)
        os.link(partial, path)  # another process sees a whole key or none, and keeps its own
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        if not path.exists():
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    fsync_folder(path.parent)
    return _require_key(_read_file(path), str(path))
