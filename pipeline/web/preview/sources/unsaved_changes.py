"""Notice that an editor has changes of a file that are not saved yet: what is sent would be older."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

#: Where a swap file of Vim says whether the text has changes, and how: the last byte of the name in its first block
#: (vim/src/memline.c, `b0_dirty`; file(1)).
_VIM_FLAG_OFFSET, _VIM_CHANGED = 1007, 0x55


def find_unsaved_changes(path: Path) -> str:
    """Return what is not saved and what to do, "" if nothing is known: only Emacs and Vim show it."""
    emacs, vim = path.with_name(f".#{path.name}"), path.with_name(f".{path.name}.swp")
    if emacs.is_symlink():
        return _describe(path, emacs, "Emacs")
    with suppress(OSError):
        with vim.open("rb") as file:
            start = file.read(_VIM_FLAG_OFFSET + 1)
        if start[:2] == b"b0" and start[_VIM_FLAG_OFFSET:] == bytes([_VIM_CHANGED]):
            return _describe(path, vim, "Vim")
    return ""


def find_open_program(path: Path) -> str:
    """Return a note if a word processor has *path* open and may have changes, "" otherwise."""
    locks = (path.with_name(f".~lock.{path.name}#"), path.with_name(f"~${path.name[2:]}"))
    if any(lock.is_file() for lock in locks):
        return f"{path.name} is open in a word processor. Save it there, so that the newest version is sent."
    return ""


def _describe(path: Path, sign: Path, editor: str) -> str:
    return (
        f"{path.name} has changes in {editor} that are not saved. Save or undo them, then review again. "
        f"If {editor} is not running, delete {sign.name}."
    )
