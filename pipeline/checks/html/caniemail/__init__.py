"""What mail programs support, by tests of others: the data of caniemail.com, trimmed, dated and vendored."""

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
        tested: When, an ISO date.
        without: The mail programs that do not support it.
        partly: Those that do in part.
    """

    slug: str
    title: str
    tested: str
    without: tuple[str, ...]
    partly: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientSupport:
    """All features that some mail program lacks, by slug, and the date of the data."""

    date: str
    features: dict[str, CssFeature]


@cache
def load_support() -> ClientSupport:
    """Return the data."""
    data = json.loads(_DATA.read_text(encoding="utf-8"))
    clients = data["clients"]

    def named(letters: str, wanted: str) -> tuple[str, ...]:
        return tuple(
            name for name, letter in zip(clients, letters, strict=True) if letter == wanted
        )

    return ClientSupport(
        date=data["date"],
        features={
            slug: CssFeature(
                slug=slug,
                title=feature["title"],
                tested=feature["tested"],
                without=named(feature["support"], "n"),
                partly=named(feature["support"], "a"),
            )
            for slug, feature in data["features"].items()
        },
    )
