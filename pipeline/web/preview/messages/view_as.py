"""As whom a letter is looked at: the groups it speaks to differently, somebody from the roll, or values typed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.models.address import Address
from pipeline.models.edition import DeadlineChoice, Edition, FieldChoice
from pipeline.models.recipient import Recipient
from pipeline.models.tree import walk

#: Fields no person is asked for.
_INTERNAL = ("unsubscribe_token",)
_ADDRESS = Address(email="reader@example.org")


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipientGroup:
    """
    Readers who get the same wordings.

    Args:
        name: In words: `donor: monthly`.
        values: What makes somebody one of them, by field.
    """

    name: str
    values: Mapping[str, str] = field(default_factory=dict)


def groups(edition: Edition) -> list[RecipientGroup]:
    """Return the groups *edition* speaks to differently, most readers first."""
    found = {"": RecipientGroup(name="Most readers")}
    for part in (edition.subject, edition.html, edition.text):
        for piece in walk(part):
            if isinstance(piece, FieldChoice):
                for case in piece.cases:
                    for value in case.values:
                        name = f"{piece.name}: {value}"
                        found.setdefault(
                            name, RecipientGroup(name=name, values={piece.name: value})
                        )
    return list(found.values())


def turns(edition: Edition) -> list[datetime]:
    """Return the instants at which a wording of *edition* changes, in order."""
    pieces = (piece for part in (edition.html, edition.text) for piece in walk(part))
    return sorted({piece.until for piece in pieces if isinstance(piece, DeadlineChoice)})


def moments(edition: Edition, now: datetime) -> Iterator[tuple[str, datetime]]:
    """Yield the moments worth looking at: now, and the other side of each deadline."""
    yield "now", now
    for turn in turns(edition):
        is_over = now >= turn
        yield (
            (f"before {turn:%d %b %Y, %H:%M}", turn - timedelta(seconds=1))
            if is_over
            else (f"after {turn:%d %b %Y, %H:%M}", turn)
        )


def reader(
    edition: Edition, values: Mapping[str, str], *, address: Address = _ADDRESS
) -> Recipient:
    """Return a reader with *values*; a field that has neither value nor fallback shows its own name."""
    needed = {
        used.name: f"[{used.name}]"
        for used in edition.fields
        if used.fallback is None and used.name not in _INTERNAL
    }
    given = {name: value for name, value in values.items() if value}
    return Recipient(address=address, values={**needed, **given}, token="preview")


def asked_for(edition: Edition) -> list[str]:
    """Return the names of the fields a person may type values for, in order of first use."""
    decided = [
        piece.name
        for part in (edition.subject, edition.html, edition.text)
        for piece in walk(part)
        if isinstance(piece, FieldChoice)
    ]
    names = (*(used.name for used in edition.fields), *decided)
    return [name for name in dict.fromkeys(names) if name not in _INTERNAL]
