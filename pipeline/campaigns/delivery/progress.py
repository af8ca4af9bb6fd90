"""Who watches a hand-over, and how one ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from pipeline.models.delivery import Receipt


class Progress(Protocol):
    """Whoever watches a campaign."""

    def received(self, receipt: Receipt) -> None:
        """Learn of one receipt."""
        ...

    def wants_stop(self) -> bool:
        """Whether no further message should be begun."""
        ...


class Unwatched:
    """Nobody watches, and nobody stops it."""

    def received(self, receipt: Receipt) -> None:
        """Take no notice."""

    def wants_stop(self) -> bool:
        """Go on."""
        return False


class Ending(Enum):
    """Why a hand-over came to its end."""

    #: Nothing is left that could be claimed now.
    DRY = "dry"
    #: The pace allows nothing for a while.
    PACED = "paced"
    #: Whoever watches wants it stopped.
    STOPPED = "stopped"
    #: The campaign is no longer being sent: somebody paused or cancelled it.
    MOVED = "moved"
    #: Too much is refused or deferred.
    ALARM = "alarm"
    #: The sender cannot go on.
    BROKEN = "broken"
    #: The run lost its lease: others believe it dead.
    LOST = "lost"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """
    How a hand-over ended.

    Args:
        words: Those of a sender that cannot go on, or of the alarm.
        until: When the pace allows more.
    """

    why: Ending
    words: str = ""
    is_temporary: bool = False
    until: datetime | None = None
