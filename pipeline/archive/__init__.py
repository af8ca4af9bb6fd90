"""The archive: the issues that were sent to lists, as pages and feeds."""

from pipeline.archive.archive_site import ArchiveSite, Resource
from pipeline.archive.archive_store import ArchiveStore

__all__ = ["ArchiveSite", "ArchiveStore", "Resource"]
