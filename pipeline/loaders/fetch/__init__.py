"""
Fetch sources: the only I/O of a load.

`read_local()` reads a file or standard input; `web.fetch_url()` fetches a URL, in a module of its own, so that
loading a file does not import an HTTP client.
"""

from __future__ import annotations

import re

from pipeline.loaders.fetch.local_file import read_local
from pipeline.net.deadline import MAX_BYTES

__all__ = ["MAX_BYTES", "is_url", "read_local"]

_URL = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")


def is_url(address: str) -> bool:
    """Whether *address* is a URL of any scheme rather than a path."""
    return _URL.match(address) is not None
