"""Count who received which variant of a split: it is not stored, but follows from the edition and the mailbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, select

from pipeline.campaigns.planning.outbox import ID_SUFFIX
from pipeline.campaigns.planning.plan import CampaignKind
from pipeline.campaigns.store import campaign_records
from pipeline.campaigns.store.tables import campaigns, deliveries
from pipeline.models.address import Address
from pipeline.models.edition import (
    DeadlineChoice,
    FieldChoice,
    Piece,
    Pieces,
    SplitChoice,
    get_branches,
)
from pipeline.models.recipient import Recipient
from pipeline.models.tree import walk
from pipeline.subscribers.suppressions import AddressHasher

#: States of deliveries that the recipient's server accepted, whatever came back later.
ACCEPTED = ("accepted", "delivered", "bounced", "complained")
#: Of a mailbox that was erased: its keyed hash follows.
_ERASED = "erased:"


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitCounts:
    """
    Who received the variants of a split in one edition.

    Args:
        shares: The code and the percentage of each variant, the appeal itself ("") first.
        accepted: Accepted messages by code; recipients whom another variant is for are not in it.
    """

    shares: tuple[tuple[str, int], ...]
    accepted: Mapping[str, int]


def count_split(
    connection: Connection, edition_digest: str, hasher: AddressHasher
) -> SplitCounts | None:
    """
    Return who received which variant of the edition, test copies aside; None if it has no split.

    The values of an erased recipient are gone: they count as those of somebody whom no condition names.
    """
    pieces = campaign_records.read_edition(connection, edition_digest).text
    split = next((each for each in walk(pieces) if isinstance(each, SplitChoice)), None)
    if split is None:
        return None
    choices = tuple(each for each in pieces if _has_split(each))
    counts: Counter[str] = Counter()
    for row in connection.execute(_select_accepted(edition_digest)):
        code = _find_code(choices, _to_recipient(row, hasher).value)
        if code is not None:
            counts[code] += 1
    own = [(case.code, case.percent) for case in split.cases]
    rest = 100 - sum(percent for _, percent in own)
    return SplitCounts(shares=(("", rest), *own), accepted=counts)


def _select_accepted(edition_digest: str) -> Any:  # Any: a select of the columns below
    original, written = campaigns.alias(), deliveries.alias()
    is_outbox = campaigns.c.kind == CampaignKind.OUTBOX.value
    return (
        select(
            deliveries.c.mailbox,
            deliveries.c.name,
            deliveries.c["values"],
            written.c["values"].label("written_values"),
            is_outbox.label("is_outbox"),
        )
        .join(campaigns, campaigns.c.number == deliveries.c.campaign)
        .outerjoin(
            original,
            and_(is_outbox, campaigns.c.id == original.c.id + ID_SUFFIX),
        )
        .outerjoin(
            written,
            and_(
                written.c.campaign == original.c.number,
                written.c.sequence == deliveries.c.sequence,
            ),
        )
        .where(
            campaigns.c.edition_digest == edition_digest,
            campaigns.c.delivers_mail,
            campaigns.c.kind != CampaignKind.TEST.value,
            deliveries.c.state.in_(ACCEPTED),
        )
    )


def _to_recipient(row: Any, hasher: AddressHasher) -> Recipient:  # Any: a row of the select
    mailbox: str = row.mailbox
    is_erased = mailbox.startswith(_ERASED)
    values = row.written_values if row.is_outbox else row.values
    return Recipient(
        address=Address(email="reader@example.org" if is_erased else mailbox, name=row.name),
        values=values or {},
        digest=mailbox.removeprefix(_ERASED) if is_erased else hasher.hash(mailbox),
    )


def _has_split(piece: Piece) -> bool:
    return any(isinstance(each, SplitChoice) for each in walk(piece))


def _find_code(pieces: Pieces, value: Callable[[str], str]) -> str | None:
    """Return the code of the variant that somebody with *value* gets, None if none of the split."""
    for piece in pieces:
        if isinstance(piece, SplitChoice):
            case = piece.find_case(value(piece.name))
            return case.code if case else ""
        branches: tuple[Pieces, ...] = ()
        if isinstance(piece, FieldChoice):
            branches = (piece.select(value(piece.name)),)
        elif isinstance(piece, DeadlineChoice):
            branches = get_branches(piece)
        for branch in branches:
            if (code := _find_code(branch, value)) is not None:
                return code
    return None
