"""What was found in a document while it was prepared."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.models.article import Dropped, LoadWarning


@dataclass
class Normalized:
    """What was found in a document besides its text."""

    subtitle: str = ""
    authors: list[str] = field(default_factory=list)
    date: str = ""
    dropped: list[Dropped] = field(default_factory=list)
    warnings: list[LoadWarning] = field(default_factory=list)
    #: Text that is not in the parts any more.
    removed: list[str] = field(default_factory=list)

    def drop(self, reason: str, text: str) -> None:
        """List *text* as left out."""
        self.removed.append(text)
        if text.strip():
            self.dropped.append(Dropped(reason=reason, text=" ".join(text.split())))

    def warn(self, code: str, message: str) -> None:
        """Add a warning."""
        self.warnings.append(LoadWarning(code=code, message=message))
