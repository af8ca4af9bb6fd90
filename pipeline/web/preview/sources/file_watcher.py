"""Watch files, and say when one of them was saved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from stat import S_ISREG

#: Editors write in several steps; this long after the last of them the file is whole. Saving to picture is 300 ms.
_SETTLE_MS = 40
_STEP_MS = 10
#: So often files are looked at themselves: nobody tells of what changed before watching began, nor, on some disks of
#: the network, of anything.
_LOOK_MS = 500
#: Of a folder no more is looked at so.
_MOST_FILES = 500


class FileWatcher:
    """
    A thread that calls *changed* with the files that were, whenever some of *paths* were.

    Folders are watched with all that is in them, files through their folder: many editors replace a file rather than
    write into it.

    Args:
        paths: Asked again after each change: a new picture in the article is watched from then on.
    """

    def __init__(
        self, paths: Callable[[], Iterable[Path]], changed: Callable[[Collection[Path]], None]
    ) -> None:
        self._paths = paths
        self._changed = changed
        self._seen = _stamps(paths())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watching", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for it."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            paths = set(self._paths())
            self._watch(paths)

    def _watch(self, paths: set[Path]) -> None:
        """Wait for changes of *paths*; return when others are to be watched."""
        from watchfiles import watch

        folders = {
            folder for path in paths if (folder := path if path.is_dir() else path.parent).is_dir()
        }
        if not folders:
            self._stop.wait(1)
            return
        changes = watch(
            *_outermost(folders),
            watch_filter=lambda _, path: _is_among(Path(path), paths),
            debounce=_SETTLE_MS,
            step=_STEP_MS,
            stop_event=self._stop,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        for told in changes:
            found = {Path(path) for _, path in told}
            now = _stamps(paths)
            found |= {path for path, _ in now ^ self._seen}
            self._seen = now
            if found:
                self._changed(found)
            if set(self._paths()) != paths:
                self._seen |= {each for each in _stamps(self._paths()) if each[0] not in paths}
                return


def _stamps(paths: Iterable[Path]) -> set[tuple[Path, tuple[int, int]]]:
    """Return the files among *paths* and below them, each with what changes when it is written."""
    found = set()
    for path in paths:
        for file in islice(path.rglob("*"), _MOST_FILES) if path.is_dir() else (path,):
            with suppress(OSError):  # it is gone, or not there yet
                about = file.stat()
                if S_ISREG(about.st_mode) and _is_among(file, {path}):
                    found.add((file, (about.st_mtime_ns, about.st_size)))
    return found


def _outermost(folders: set[Path]) -> list[Path]:
    return [
        folder
        for folder in sorted(folders)
        if not any(folder != other and folder.is_relative_to(other) for other in folders)
    ]


def _is_among(path: Path, paths: set[Path]) -> bool:
    """Whether *path* is one of *paths*, or lies in a folder of them and is no file an editor keeps for itself."""
    is_own = path.name.startswith(".") or path.name.endswith(("~", ".swp", ".tmp"))
    return path in paths or (not is_own and any(wanted in path.parents for wanted in paths))
