"""
Fetch: the only place a load reads the world.

`fetch()` reads a file or standard input. What stands at a URL is fetched by `web.fetch_url()`, in a module of its own:
whoever loads a file never pays for importing an HTTP client.
"""

from __future__ import annotations

import re

from pipeline.loaders.fetch.local_file import fetch
from pipeline.net.deadline import MAX_BYTES

__all__ = ["MAX_BYTES", "fetch", "is_url"]

_URL = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")


def is_url(address: str) -> bool:
    """Whether *address* is a URL of any scheme, and not the path of a file."""
    return _URL.match(address) is not None
