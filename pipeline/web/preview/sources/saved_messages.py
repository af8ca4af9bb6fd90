"""What lies there and never changes: a message in a folder, the edition a campaign sends."""

from __future__ import annotations

from pathlib import Path
from threading import Event

from pipeline.models.edition import Edition
from pipeline.project import Project
from pipeline.web.preview.messages.preview_message import PreviewMessage, received


class StaticDocument:
    """Something that lies there, opened to look at."""

    news = 1
    error = None

    def __init__(self, source: str) -> None:
        self.source = source
        self._closed = Event()

    @property
    def is_closed(self) -> bool:
        """Whether the preview has ended."""
        return self._closed.is_set()

    def wait(self, seen: int, *, timeout_s: float) -> int:
        """Return the count of news, after *timeout_s*: there is none."""
        self._closed.wait(timeout_s)
        return self.news

    def close(self) -> None:
        """Let go who waits."""
        self._closed.set()


class SavedMessage(StaticDocument):
    """A message from a folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.shown: PreviewMessage = received(path.read_bytes())


class CampaignEdition(StaticDocument):
    """
    The edition of a campaign, to the last octet what it sends.

    Args:
        project: Whose campaign it is.
    """

    def __init__(self, campaign: str, edition: Edition, project: Project) -> None:
        super().__init__(f"campaign {campaign}")
        self.campaign = campaign
        self.edition = edition
        self.project = project
