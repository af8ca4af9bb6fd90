"""
Fetch sources: the only I/O of a load.

`read_local()` reads a file or standard input; `web.fetch_url()` fetches a URL, in a module of its own, so that
loading a file does not import an HTTP client.
"""

from __future__ import annotations

import re
import stat
import sys
from codecs import BOM_UTF8
from pathlib import Path

from pipeline.errors import FetchError
from pipeline.net.deadline import MAX_BYTES

__all__ = ["MAX_BYTES", "is_url", "read_local"]

_URL = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")


def is_url(address: str) -> bool:
    """Whether *address* is a URL of any scheme rather than a path."""
    return _URL.match(address) is not None


def read_local(address: str) -> bytes:
    """Return the bytes at *address*, a path or "-" for standard input; refuse what is missing, empty or too large."""
    is_stdin = address == "-"
    content = sys.stdin.buffer.read(MAX_BYTES + 1) if is_stdin else _read_file(Path(address))
    if len(content) > MAX_BYTES:
        advice = "Save the article without embedded pictures."
        raise FetchError(f"{address}: larger than {MAX_BYTES // 1024**2} MB. {advice}")
    if not content.removeprefix(BOM_UTF8).strip():
        raise FetchError(f"{address}: the file is empty. Save the article into it, then try again.")
    return content


def _read_file(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise FetchError(f"{path}: this is a folder. Name the article's file in it.")
        if not stat.S_ISREG(path.stat().st_mode):
            raise FetchError(f"{path}: this is not a regular file. Name the article's file.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise FetchError(f"{path}: the file does not exist. Check its name and folder.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FetchError(f"{path}: it cannot be read ({reason}). Check its permissions.") from error
