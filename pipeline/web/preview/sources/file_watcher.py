"""Watch files and report those that change."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from stat import S_ISREG

#: Files, each with its modification time in nanoseconds and its size in bytes.
Timestamps = set[tuple[Path, tuple[int, int]]]
#: Editors write in several steps; this long after the last of them the file is complete. The goal from saving to the
#: new rendering is 300 ms.
_DEBOUNCE_MS = 40
_STEP_MS = 10
#: Files are also polled: the system does not report changes before watching began and, on some network drives, none.
_POLL_MS = 500
#: The number of files polled, and of folders watched, in a folder.
_MAX_FILES, _MAX_FOLDERS = 500, 100
#: After an error, how long to wait before watching again.
_RETRY_S = 1.0


class FileWatcher:
    """
    Calls *on_change* with the changed files, in a thread; no error ends it.

    A path that is a folder is watched with the folders in it, a file through its folder, and only that one: many
    editors replace a file instead of writing to it.

    Args:
        find_paths: Called again after each change: a new image of the article is watched from then on.
        on_error: Called with any other exception than those that *on_change* handles itself.
        known: The files as they were when they were read; by default as they are now.
    """

    def __init__(
        self,
        find_paths: Callable[[], Iterable[Path]],
        on_change: Callable[[Collection[Path]], None],
        on_error: Callable[[BaseException], None] = lambda error: None,
        known: Timestamps | None = None,
    ) -> None:
        self._find_paths = find_paths
        self._on_change = on_change
        self._on_error = on_error
        self._known = read_timestamps(find_paths()) if known is None else set(known)
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
            try:
                self._watch(set(self._find_paths()))
            except (Exception, SystemExit) as error:
                self._on_error(error)
                self._stop.wait(_RETRY_S)

    def _watch(self, paths: set[Path]) -> None:
        """Report changes of *paths*; return when the paths to watch have changed."""
        for reported in self._wait_for_changes(paths):
            timestamps = read_timestamps(paths)
            changed = {path for path, _ in timestamps ^ self._known}
            handled = _find_unchanged(timestamps, self._known)
            changed |= {path for path in reported - handled if _is_relevant(path, paths)}
            self._known = timestamps
            if changed:
                self._on_change(changed)
            if set(self._find_paths()) != paths:
                current = read_timestamps(self._find_paths())
                self._known |= {(path, stamp) for path, stamp in current if path not in paths}
                return

    def _wait_for_changes(self, paths: set[Path]) -> Iterator[set[Path]]:
        """Yield what the system reports, and nothing now and then: the files are to be polled."""
        from watchfiles import watch

        folders = sorted(_find_folders(paths))
        try:
            for reported in watch(
                *folders,
                watch_filter=None,
                debounce=_DEBOUNCE_MS,
                step=_STEP_MS,
                stop_event=self._stop,
                rust_timeout=_POLL_MS,
                yield_on_timeout=True,
                raise_interrupt=False,
                recursive=False,
            ):
                yield {Path(path) for _, path in reported}
        except (OSError, RuntimeError):  # the system watches no more folders
            while not self._stop.wait(_POLL_MS / 1000):
                yield set()


def _find_folders(paths: Iterable[Path]) -> set[Path]:
    """Return the folders to watch: those of files, and each folder in *paths* with those in it."""
    found = set()
    for path in paths:
        if path.is_dir():
            found |= {Path(folder) for folder, _, _ in islice(os.walk(path), _MAX_FOLDERS)}
        elif path.parent.is_dir():
            found.add(path.parent)
    return found


def read_timestamps(paths: Iterable[Path]) -> Timestamps:
    """Return the files in *paths*, as they are now."""
    found: Timestamps = set()
    for path in paths:
        for file in _list_files(path):
            with suppress(OSError, ValueError):  # it was deleted, or its name has a zero byte
                status = file.stat()
                if S_ISREG(status.st_mode) and _is_relevant(file, {path}):
                    found.add((file, (status.st_mtime_ns, status.st_size)))
    return found


def _find_unchanged(current: Timestamps, known: Timestamps) -> set[Path]:
    """
    Return the files that are certainly as they were known: what the system reports of them was noticed by polling.

    Where times are whole seconds, as on FAT and some network drives, two versions may have the same.
    """
    return {path for path, (time_ns, _) in current & known if time_ns % 1_000_000_000}


def _list_files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    files = (
        Path(folder, name)
        for folder, _, names in islice(os.walk(path), _MAX_FOLDERS)
        for name in names
    )
    yield from islice(files, _MAX_FILES)


def _is_relevant(path: Path, paths: set[Path]) -> bool:
    """Whether *path* is one of *paths*, or in one of those folders and not a temporary file of an editor."""
    is_temporary = path.name.startswith(".") or path.name.endswith(("~", ".swp", ".tmp"))
    return path in paths or (not is_temporary and any(folder in path.parents for folder in paths))
