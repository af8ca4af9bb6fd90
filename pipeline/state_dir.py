"""
The state of a project, in `.handbill/`: the secret, and what was fetched.

The key is that of tokens and Message-IDs; losing it breaks the links in messages already sent.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from pathlib import Path

from pipeline.errors import ConfigError

NAME = ".handbill"


def read_secret(root: Path) -> bytes | None:
    """Return the key: `HANDBILL_SECRET`, else the one of the project in *root*, else None."""
    if given := os.environ.get("HANDBILL_SECRET"):
        return given.encode()
    path = root / NAME / "secret"
    return path.read_bytes().strip() if path.is_file() else None


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
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes().strip()
    key = secrets.token_hex(32).encode()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink()  # half a key would be taken for one ever after
        raise
    return key


def make_unsubscribe_token(secret: bytes, mailbox: str) -> str:
    """
    Return the code that names *mailbox* in its unsubscribe link: 22 letters, digits, `-` and `_`.

    HMAC-SHA256 cut to 128 bits, by a key of its own: it tells no address and cannot be guessed (RFC 8058 §3.1).
    """
    key = hmac.digest(secret, b"unsubscribe", "sha256")
    digest = hmac.digest(key, mailbox.encode(), "sha256")[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
