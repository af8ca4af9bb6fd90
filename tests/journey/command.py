"""Run the command line as a person would, and see what it said and left behind."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from tests.journey.warm_command import WarmCommands

#: Generous: a command that takes this long hangs.
PATIENCE_S = 120

ARTICLE = """\
---
title: The Tide Clock
author: Ada Byron
date: 2026-03-02
subject: What the tide clock says
preheader: The clock on the quay has one hand, and it shows the water
---

The clock on the quay has one hand.[^hand] It shows the water and not the hour, and visitors set their
watches by it.

## Who winds it

Nobody winds it. A float does the work,[^float] and the harbour master takes the credit.

[^hand]: There was a second one until 1911.
[^float]: A copper ball the size of a cheese, see *Harbour Works*, p. 12.
"""

CONFIG = """\
[publication]
name = "The Lantern"
from = "The Lantern <letters@lantern.example.org>"
postal_address = "12 Quay Street, Skerrow"
timezone = "Europe/London"
unsubscribe = "mailto:letters@lantern.example.org?subject=unsubscribe"
unsubscribe_by_hand = true

[appeal]
heading = "Keep the lamp lit"
text = "One reader in thirty pays for all the others."
url = "https://lantern.example.org/give"
amounts = [10, 25]
"""


@dataclass(frozen=True, kw_only=True)
class Done:
    """A command that has ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:  # Any: whatever the command printed
        """What it printed, as JSON."""
        return json.loads(self.stdout)

    @property
    def errors(self) -> list[str]:
        """Its sentences about what went wrong."""
        return [line for line in self.stderr.splitlines() if line.startswith("Error: ")]


#: Runs the command line with some words.
Run = Callable[..., Done]


def environment(**more: str) -> dict[str, str]:
    """Return a bare environment: nothing of whoever runs the tests, no terminal, no home."""
    bare = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",  # no cut-off byte code where a disk is made full
        "PYTHONWARNINGS": "error",
    }
    return bare | more


#: A new interpreter.
COLD = (sys.executable, "-m", "pipeline")
_WARM = WarmCommands(environment(), timeout_s=PATIENCE_S)


def handbill(
    *words: str | Path,
    cwd: Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    program: tuple[str, ...] | None = None,
    largest_file: int | None = None,
    errors_in_output: bool = False,
) -> Done:
    """
    Run `handbill` with *words* in the folder *cwd*, without a terminal.

    Args:
        env: Variables beside the bare ones.
        program: What to start; by default a copy of a process that has imported everything, where that makes no
            difference.
        largest_file: Bytes at which the disk is full for any one file.
        errors_in_output: As in a terminal: what it prints about errors stands where it comes in the output.
    """
    variables = environment(**(env or {}))
    if program not in {None, COLD}:  # of an environment of its own, which nobody has compiled
        del variables["PYTHONDONTWRITEBYTECODE"]
    if program is None and largest_file is None and not _is_read_at_start(env or {}):
        warm = _WARM.try_run(
            list(map(str, words)),
            cwd=cwd,
            stdin=stdin,
            env=variables,
            errors_in_output=errors_in_output,
        )
        if warm is not None:
            code, out, err = warm
            return Done(exit_code=code, stdout=out.decode(), stderr=err.decode())
    done = subprocess.run(
        [*(program or COLD), *map(str, words)],
        cwd=cwd,
        input=stdin,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if errors_in_output else subprocess.PIPE,
        timeout=PATIENCE_S,
        preexec_fn=limit(largest_file) if largest_file is not None else None,
        check=False,
    )
    return Done(
        exit_code=done.returncode,
        stdout=done.stdout.decode(),
        stderr=(done.stderr or b"").decode(),
    )


def _is_read_at_start(env: Mapping[str, str]) -> bool:
    """Whether the interpreter reads one of these variables when it starts: a path without our package can follow."""
    names = set(env)
    folders = env.get("PYTHONPATH", "").split(os.pathsep)
    if not any(Path(folder, "pipeline").exists() for folder in folders if folder):
        names.discard("PYTHONPATH")
    return any(name.startswith(("PYTHON", "LC_", "LANG", "LD_", "TZ", "PATH")) for name in names)


def page(message: EmailMessage) -> str:
    """Return the HTML part of *message*."""
    part = message.get_body(("html",))
    assert part is not None, "the message has no HTML part"
    return str(part.get_content())


def read_message(path: Path) -> EmailMessage:
    """Return the message in the file at *path*, as Python's own parser has it."""
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def limit(largest_file: int) -> Callable[[], None]:
    """Return what makes writing beyond *largest_file* bytes fail in a child, as a full disk does."""

    def set_limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    return set_limit


def make_project(folder: Path, *, config: str = CONFIG, article: str = ARTICLE) -> Path:
    """Make *folder* a project with the article `tide.md`; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "handbill.toml").write_text(config, encoding="utf-8")
    (folder / "tide.md").write_text(article, encoding="utf-8")
    return folder


def tree(folder: Path) -> dict[str, bytes | None]:
    """Return all that lies below *folder*: the content of files, None for folders."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }


def new_names(before: Mapping[str, bytes | None], folder: Path) -> list[str]:
    """Return what is in *folder* and was not in *before*, but for a project's own state."""
    now = tree(folder)
    assert {name: now.get(name) for name in before} == before, "what was there has changed"
    return [name for name in now if name not in before and not name.startswith(".handbill")]


def install_plugin(folder: Path, source: str, **senders: str) -> dict[str, str]:
    """
    Lay a package into *folder* that offers *senders* (name to class) from *source*; return the variables that find it.

    It is what an installed distribution is to the command: a module and its metadata on the path.
    """
    (folder / "pigeon.py").write_text(source, encoding="utf-8")
    metadata = folder / "pigeon-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon\nVersion: 1.0\n")
    lines = [f"{name} = pigeon:{attribute}" for name, attribute in senders.items()]
    (metadata / "entry_points.txt").write_text("\n".join(["[pipeline.senders]", *lines]) + "\n")
    return {"PYTHONPATH": str(folder)}
