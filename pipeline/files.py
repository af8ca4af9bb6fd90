"""Write files whole or not at all, check who can read them, and find those shipped with the package."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import suppress
from pathlib import Path

_PACKAGE = Path(__file__).parent
#: Writable by the group, or anything by others; some hosts let a group read secrets.
_UNSAFE_MODE = 0o027


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """
    Write *content* to *path* so that a reader sees the old file or the new one, after a crash too.

    Raises:
        OSError: It cannot be written; nothing is left behind.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), mode)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    fsync_folder(path.parent)


def check_secret_file(path: Path) -> str | None:
    """
    Return what is wrong with the mode of a file that holds a secret, None if nothing is.

    Raises:
        OSError: It cannot be found.
    """
    if path.stat().st_mode & _UNSAFE_MODE:
        return f"{path}: other users can read or change this file. Restrict it: chmod 600 {path}."
    return None


def fsync_folder(folder: Path) -> None:
    """Make the names in *folder* durable, on file systems that can: some shared ones know no such thing."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def find_shipped(kind: str) -> Path:
    """Return the folder of shipped *kind*: `templates`, `seeds`, `docs` or `locale`."""
    inside_package = (_PACKAGE / "_shipped" / kind, _PACKAGE / kind)
    return next(filter(Path.is_dir, inside_package), _PACKAGE.parent / kind)


def find_static_file(name: str) -> Path:
    """Return the file *name* of those that pages load: scripts and their licences."""
    return _PACKAGE / "web" / "static" / name
