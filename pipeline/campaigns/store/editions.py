"""An edition as bytes: stored when a campaign is planned, read back when it is sent."""

from __future__ import annotations

import zlib
from functools import cache

from pydantic import TypeAdapter, ValidationError

from pipeline.errors import StoreError
from pipeline.models.edition import Edition


def to_bytes(edition: Edition) -> bytes:
    """Return *edition* as compressed JSON."""
    return zlib.compress(_adapter().dump_json(edition), 6)


def from_bytes(content: bytes) -> Edition:
    """
    Return the edition that `to_bytes()` wrote; fields added since then take their defaults.

    Raises:
        StoreError: It is damaged, or a newer version of Handbill wrote it.
    """
    try:
        return _adapter().validate_json(zlib.decompress(content))
    except (zlib.error, ValidationError) as error:
        raise StoreError(
            f"A stored edition cannot be read ({error}). Upgrade Handbill if a newer version wrote it, "
            "else plan the campaign again."
        ) from error


@cache
def _adapter() -> TypeAdapter[Edition]:
    return TypeAdapter(Edition)
