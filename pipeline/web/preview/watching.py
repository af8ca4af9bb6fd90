"""Watch files, and say when one of them was saved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

#: Editors write in several steps; this long after the last of them the file is whole. Saving to picture is 300 ms.
_SETTLE_MS = 40
_STEP_MS = 10


class Watcher:
    """
    A thread that calls *changed* whenever one of *paths* was.

    Folders are watched with all that is in them, files through their folder: many editors replace a file rather than
    write into it.

    Args:
        paths: Asked again after each change: a new picture in the article is watched from then on.
    """

    def __init__(self, paths: Callable[[], Iterable[Path]], changed: Callable[[], None]) -> None:
        self._paths = paths
        self._changed = changed
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

        folders = {path if path.is_dir() else path.parent for path in paths}
        if not folders:
            self._stop.wait(1)
            return
        changes = watch(
            *_outermost(folders),
            watch_filter=lambda _, path: _is_among(Path(path), paths),
            debounce=_SETTLE_MS,
            step=_STEP_MS,
            stop_event=self._stop,
            raise_interrupt=False,
        )
        for _ in changes:
            self._changed()
            if set(self._paths()) != paths:
                return


def _outermost(folders: set[Path]) -> list[Path]:
    return [
        folder
        for folder in sorted(folders)
        if not any(folder != other and folder.is_relative_to(other) for other in folders)
    ]


def _is_among(path: Path, paths: set[Path]) -> bool:
    return any(path == wanted or wanted in path.parents for wanted in paths)
