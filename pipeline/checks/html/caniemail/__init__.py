"""Which features email clients support: the data of caniemail.com, trimmed and vendored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DATA = Path(__file__).with_name("features.json")


@dataclass(frozen=True, kw_only=True, slots=True)
class CssFeature:
    """
    One feature of HTML or CSS.

    Args:
        tested: The date of the test, ISO 8601.
        unsupported_in: The email clients that do not support it.
        partial_in: Those that support it partly.
    """

    slug: str
    title: str
    tested: str
    unsupported_in: tuple[str, ...]
    partial_in: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientSupport:
    """All features that some email client lacks, by slug, and the date of the data."""

    date: str
    features: dict[str, CssFeature]


@cache
def load_support() -> ClientSupport:
    """Return the vendored data."""
    data = json.loads(_DATA.read_text(encoding="utf-8"))
    clients = data["clients"]

    def find_clients(levels: str, level: str) -> tuple[str, ...]:
        return tuple(client for client, each in zip(clients, levels, strict=True) if each == level)

    return ClientSupport(
        date=data["date"],
        features={
            slug: CssFeature(
                slug=slug,
                title=feature["title"],
                tested=feature["tested"],
                unsupported_in=find_clients(feature["support"], "n"),
                partial_in=find_clients(feature["support"], "a"),
            )
            for slug, feature in data["features"].items()
        },
    )
