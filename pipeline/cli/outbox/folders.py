"""The folders of campaigns in the outbox."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import SendError, suggest_name

if TYPE_CHECKING:
    from pipeline.project import Project


def list_folders(directory: Path) -> list[Path]:
    """Return the folders of campaigns in *directory*, oldest first: their names begin with the date."""
    from pipeline.senders.outbox.manifest import MANIFEST

    return sorted(manifest.parent for manifest in directory.glob(f"*/{MANIFEST}"))


def find_folder(project: Project, campaign: str | None) -> Path:
    """
    Return the folder of *campaign*, a name or a path, by default of the one written last.

    Raises:
        SendError: It does not exist.
    """
    from pipeline.senders.outbox.manifest import MANIFEST

    directory = project.senders.find_outbox_folder()
    folders = list_folders(directory)
    if campaign is None:
        if not folders:
            raise SendError(f"The outbox is empty: {directory}. Fill it with: handbill send")
        return max(folders, key=lambda folder: (folder / MANIFEST).stat().st_mtime)
    for folder in (directory / campaign, Path(campaign).absolute()):
        if (folder / MANIFEST).is_file():
            return folder
    raise SendError(
        f"No campaign {campaign} in {directory}. List them: handbill outbox list."
        f"{suggest_name(campaign, [folder.name for folder in folders])}"
    )
