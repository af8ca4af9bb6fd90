"""Watch files and report those that change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from stat import S_ISREG

#: Editors write in several steps; this long after the last of them the file is complete. The goal from saving to the
#: new rendering is 300 ms.
_DEBOUNCE_MS = 40
_STEP_MS = 10
#: Files are also polled: the system does not report changes before watching began and, on some network drives, none.
_POLL_MS = 500
#: The number of files polled in a folder.
_MAX_FILES = 500


class FileWatcher:
    """
    Calls *on_change* with the changed files, in a thread.

    Folders are watched with everything in them, files through their folder: many editors replace a file instead of
    writing to it.

    Args:
        find_paths: Called again after each change: a new image of the article is watched from then on.
    """

    def __init__(
        self,
        find_paths: Callable[[], Iterable[Path]],
        on_change: Callable[[Collection[Path]], None],
    ) -> None:
        self._find_paths = find_paths
        self._on_change = on_change
        self._known = _read_timestamps(find_paths())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="file-watcher", daemon=True)

    def start(self) -> None:
        """Start watching."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching, and wait for the thread to end."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            paths = set(self._find_paths())
            self._watch(paths)

    def _watch(self, paths: set[Path]) -> None:
        """Report changes of *paths*; return when the paths to watch have changed."""
        from watchfiles import watch

        folders = {
            folder for path in paths if (folder := path if path.is_dir() else path.parent).is_dir()
        }
        if not folders:
            self._stop.wait(1)
            return
        changes = watch(
            *_find_outermost(folders),
            watch_filter=lambda _, path: _is_relevant(Path(path), paths),
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            stop_event=self._stop,
            rust_timeout=_POLL_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        for reported in changes:
            changed = {Path(path) for _, path in reported}
            timestamps = _read_timestamps(paths)
            changed |= {path for path, _ in timestamps ^ self._known}
            self._known = timestamps
            if changed:
                self._on_change(changed)
            if set(self._find_paths()) != paths:
                current = _read_timestamps(self._find_paths())
                self._known |= {(path, stamp) for path, stamp in current if path not in paths}
                return


def _read_timestamps(paths: Iterable[Path]) -> set[tuple[Path, tuple[int, int]]]:
    """Return the files in *paths*, each with its modification time in nanoseconds and its size in bytes."""
    found = set()
    for path in paths:
        for file in islice(path.rglob("*"), _MAX_FILES) if path.is_dir() else (path,):
            with suppress(OSError):  # it was deleted, or does not exist yet
                status = file.stat()
                if S_ISREG(status.st_mode) and _is_relevant(file, {path}):
                    found.add((file, (status.st_mtime_ns, status.st_size)))
    return found


def _find_outermost(folders: set[Path]) -> list[Path]:
    return [
        folder
        for folder in sorted(folders)
        if not any(folder != other and folder.is_relative_to(other) for other in folders)
    ]


def _is_relevant(path: Path, paths: set[Path]) -> bool:
    """Whether *path* is one of *paths*, or in one of those folders and not a temporary file of an editor."""
    is_temporary = path.name.startswith(".") or path.name.endswith(("~", ".swp", ".tmp"))
    return path in paths or (not is_temporary and any(folder in path.parents for folder in paths))
