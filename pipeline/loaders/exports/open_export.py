"""Recognise whose export a file is, and list its posts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pipeline.errors import LoadError
from pipeline.loaders.exports.buttondown import read_buttondown
from pipeline.loaders.exports.export_file import ExportFiles, open_files
from pipeline.loaders.exports.exported_post import ExportedPost
from pipeline.loaders.exports.ghost import read_ghost
from pipeline.loaders.exports.mailchimp import read_mailchimp
from pipeline.loaders.exports.substack import read_substack
from pipeline.loaders.exports.wordpress import read_wordpress


class System(Enum):
    """The systems whose exports can be read."""

    SUBSTACK = "Substack"
    BUTTONDOWN = "Buttondown"
    MAILCHIMP = "Mailchimp"
    WORDPRESS = "WordPress"
    GHOST = "Ghost"


#: Ghost is last: any JSON file might be its.
_READERS: dict[System, Callable[[ExportFiles], Iterator[ExportedPost] | None]] = {
    System.SUBSTACK: read_substack,
    System.BUTTONDOWN: read_buttondown,
    System.MAILCHIMP: read_mailchimp,
    System.WORDPRESS: read_wordpress,
    System.GHOST: read_ghost,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """The export of *system*; its posts are read one by one."""

    system: System
    posts: Iterator[ExportedPost]


@contextmanager
def open_export(path: Path) -> Iterator[Export]:
    """
    Open the export at *path*: a zip archive, the folder it was unpacked to, a JSON or an XML file.

    Raises:
        LoadError: It cannot be read, or no system is known to export such files.
    """
    with open_files(path) as files:
        for system, reader in _READERS.items():
            posts = reader(files)
            if posts is not None:
                yield Export(system=system, posts=posts)
                return
        known = ", ".join(system.value for system in System)
        raise LoadError(
            f"{path}: this is no export of posts from {known}. "
            "Use the file as you downloaded it: handbill docs archive"
        )
