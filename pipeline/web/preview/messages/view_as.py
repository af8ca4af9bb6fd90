"""View a message as somebody else: as one of the groups of recipients, as a subscriber, or with other field values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from pipeline.models.address import Address
from pipeline.models.edition import (
    DeadlineChoice,
    Edition,
    FieldChoice,
    SplitChoice,
    is_internal,
)
from pipeline.models.recipient import Recipient
from pipeline.models.tree import walk
from pipeline.project.sample import add_test_tokens
from pipeline.recipient_tokens import TokenKeys

T = TypeVar("T", FieldChoice, SplitChoice)
_EXAMPLE_ADDRESS = Address(email="reader@example.org")
#: The links of a previewed message are as long as those that are sent, and lead to nobody.
_TEST_KEYS = TokenKeys(b"preview")


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewAs:
    """
    For whom and for what time a message is shown.

    Args:
        values: Field values as pairs of name and value; they override those of the subscriber.
        at: The time of sending, None for now.
        language: The language of the interface texts, None for that of the article.
        subscriber: The id of a subscriber, from `PreviewSession.search_subscribers()`.
    """

    values: tuple[tuple[str, str], ...] = ()
    at: datetime | None = None
    language: str | None = None
    subscriber: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecipientGroup:
    """
    Recipients who get the same variant of an edition.

    Args:
        name: For example "donor: monthly".
        values: The field values that put a recipient into the group.
    """

    name: str
    values: Mapping[str, str] = field(default_factory=dict)


def find_groups(edition: Edition) -> list[RecipientGroup]:
    """Return the groups that get different variants of *edition*; the default comes first."""
    groups = {"": RecipientGroup(name="Most readers")}
    for split in _find_choices(edition, SplitChoice):
        for share, draw in zip(split.cases, (0, *split.limits), strict=False):
            name = f"variant: {share.code} ({share.percent} %)"
            groups.setdefault(name, RecipientGroup(name=name, values={split.name: str(draw)}))
    for choice in _find_choices(edition, FieldChoice):
        for case in choice.cases:
            for value in case.values:
                name = f"{choice.name}: {value}"
                groups.setdefault(name, RecipientGroup(name=name, values={choice.name: value}))
    return list(groups.values())


def find_times(edition: Edition, now: datetime) -> Iterator[tuple[str, datetime]]:
    """Yield now, and a time on the other side of each deadline, with their labels."""
    yield "now", now
    parts = (part for text in (edition.html, edition.text) for part in walk(text))
    for deadline in sorted({part.until for part in parts if isinstance(part, DeadlineChoice)}):
        label = f"{deadline:%d %b %Y, %H:%M}"
        if now >= deadline:
            yield f"before {label}", deadline - timedelta(seconds=1)
        else:
            yield f"after {label}", deadline


def find_field_names(edition: Edition) -> list[str]:
    """Return the names of the fields that change *edition*, in order of first use."""
    names = (
        *(used.name for used in edition.fields),
        *(choice.name for choice in _find_choices(edition, FieldChoice)),
    )
    return [name for name in dict.fromkeys(names) if not is_internal(name)]


def build_recipient(
    edition: Edition,
    values: Mapping[str, str],
    *,
    address: Address = _EXAMPLE_ADDRESS,
    digest: str = "",
) -> Recipient:
    """Return a recipient with *values*; a field without value and fallback shows its name in square brackets."""
    missing = {
        used.name: f"[{used.name}]"
        for used in edition.fields
        if used.fallback is None and not is_internal(used.name)
    }
    given = {name: value for name, value in values.items() if value}
    recipient = Recipient(address=address, values={**missing, **given})
    return add_test_tokens(recipient, _TEST_KEYS, digest=digest)


def _find_choices(edition: Edition, kind: type[T]) -> Iterator[T]:
    for text in (edition.subject, edition.html, edition.text):
        for part in walk(text):
            if isinstance(part, kind):
                yield part
