"""
Write an archive as files for any static host.

Only what changed is rendered: the folder holds a list of its files with the digest of each. Files that Handbill did not
write are never overwritten or removed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.archive.archive_site import Resource
from pipeline.errors import ConfigError
from pipeline.files import write_atomically
from pipeline.state_dir import ARCHIVE_MANIFEST


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportReport:
    """What an export did, in files."""

    written: int
    unchanged: int
    removed: int

    def to_json(self) -> dict[str, Any]:
        """Return `{"written", "unchanged", "removed"}`."""
        return {
            "written": self.written,
            "unchanged": self.unchanged,
            "removed": self.removed,
        }


def export_site(
    resources: Mapping[str, Resource], folder: Path, *, everything: bool = False
) -> ExportReport:
    """
    Make the files in *folder* those of *resources*.

    Args:
        everything: Render files again that have not changed.

    Raises:
        ConfigError: A file is in the way that Handbill did not write; nothing was changed.
    """
    known = _read_manifest(folder)
    expected = {resource.file_name: resource for resource in resources.values()}
    missing = [
        name
        for name, resource in expected.items()
        if everything or known.get(name) != resource.digest or not (folder / name).is_file()
    ]
    for name in missing:
        if name not in known and (folder / name).exists():
            raise ConfigError(
                f"{folder / name} is in the way: Handbill did not write it. Use an empty folder, or move it away."
            )
    digests = {name: known[name] for name in expected if name in known}
    try:
        for name in missing:
            _write(folder / name, expected[name].render())
            digests[name] = expected[name].digest
    finally:
        removed = _remove(folder, known, expected)
        _write_manifest(folder, digests)
    return ExportReport(
        written=len(missing), unchanged=len(expected) - len(missing), removed=removed
    )


def _read_manifest(folder: Path) -> dict[str, str]:
    path = folder / ARCHIVE_MANIFEST
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): str(digest) for name, digest in found.items()}
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ConfigError(
            f"{path}: not what Handbill wrote ({error}). Empty the folder, then build it again."
        ) from error


def _write_manifest(folder: Path, digests: Mapping[str, str]) -> None:
    text = json.dumps({"files": dict(sorted(digests.items()))}, indent=0)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / ARCHIVE_MANIFEST, text.encode())


def _write(path: Path, content: bytes) -> None:
    """Write *content* so that a reader sees the old file or the new one; after a crash it is built again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)


def _remove(folder: Path, known: Mapping[str, str], expected: Mapping[str, Resource]) -> int:
    """Remove the files that an earlier export wrote and the archive no longer has, and folders left empty."""
    gone = [name for name in known if name not in expected]
    for name in gone:
        path = folder / name
        path.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()
    return len(gone)
