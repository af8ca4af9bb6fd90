"""
Run commands in copies of a process that has imported everything: a command starts in a tenth of the time.

Started as a program, it reads one JSON object a line, `{"words", "cwd", "env", "stdin", "stdout", "stderr"}`, and
writes the exit code of each. The last three are paths, the last two perhaps of one file. Each command is a process of
its own, made by `os.fork()`.
"""

from __future__ import annotations

import ast
import atexit
import importlib
import json
import os
import signal
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def import_everything() -> None:
    """Import the modules of the command, and all that they import somewhere, so far as it is installed."""
    for path in sorted((ROOT / "pipeline").rglob("*.py")):
        if {"testing", "versions", "_shipped"} & set(path.parts) or path.stem.startswith("anymail"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name in sorted({name for node in ast.walk(tree) for name in _list_imports(node)}):
            _import(name)


def _list_imports(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [each.name for each in names]
        case ast.ImportFrom(module=str(module), names=names, level=0):
            return [module, *(f"{module}.{each.name}" for each in names)]
    return []


def _import(name: str) -> None:
    package = name.partition(".")[0]
    if package in ("anymail", "django", "__main__") or name == "pipeline.__main__":
        return
    try:
        if find_spec(name) is not None:
            importlib.import_module(name)
    except (ImportError, AttributeError, ValueError):
        return  # a function of a module, or what only some machines have


def run(request: dict[str, Any]) -> None:  # Any: JSON
    """Become the command: the process ends here."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, mode in enumerate(("stdin", "stdout", "stderr")):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
        file = os.open(request[mode], flags, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    sys.path[:0] = filter(None, request["env"].get("PYTHONPATH", "").split(os.pathsep))
    importlib.invalidate_caches()
    sys.argv = ["handbill", *request["words"]]
    code = 70
    try:
        from pipeline.cli import main

        main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve() -> None:
    """Run what is asked for until there is no more."""
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    print("ready", file=answers, flush=True)
    for line in requests:
        child = os.fork()
        if not child:
            run(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


if __name__ == "__main__":
    import_everything()
    assert threading.active_count() == 1, "a thread would be lost in the copies"
    serve()
