"""Documents that do not change while the preview runs: a message in a folder, the edition of a campaign."""

from __future__ import annotations

from pathlib import Path
from threading import Event

from pipeline.models.edition import Edition
from pipeline.project import Project
from pipeline.web.preview.messages.preview_message import PreviewMessage, read_message


class StaticDocument:
    """A document that does not change; it is watched like a `LiveArticle`."""

    revision = 1
    error = None

    def __init__(self, source: str) -> None:
        self.source = source
        self._closed = Event()

    @property
    def is_closed(self) -> bool:
        """Whether the preview has ended."""
        return self._closed.is_set()

    def wait_for_change(self, revision: int, *, timeout_s: float) -> int:
        """Wait *timeout_s*, or until the document is closed; return the revision."""
        self._closed.wait(timeout_s)
        return self.revision

    def close(self) -> None:
        """Stop waiting for changes."""
        self._closed.set()


class SavedMessage(StaticDocument):
    """A message in a folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.message: PreviewMessage = read_message(path.read_bytes())


class CampaignEdition(StaticDocument):
    """The edition that a campaign sends, byte for byte."""

    def __init__(self, campaign: str, edition: Edition, project: Project) -> None:
        super().__init__(f"campaign {campaign}")
        self.campaign = campaign
        self.edition = edition
        self.project = project
