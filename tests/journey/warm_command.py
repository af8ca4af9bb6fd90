"""Run commands by `warm_server`, one at a time."""

from __future__ import annotations

import atexit
import json
import select
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

from tests.journey.warm_server import ROOT


class WarmCommands:
    """
    Runs commands in copies of a process that is started for the first of them.

    Args:
        env: The variables of that process.
    """

    def __init__(self, env: Mapping[str, str], *, timeout_s: float) -> None:
        self._env = env
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._server: subprocess.Popen[str] | None = None

    def try_run(
        self,
        words: list[str],
        *,
        cwd: Path,
        stdin: bytes,
        env: Mapping[str, str],
        errors_in_output: bool,
    ) -> tuple[int, bytes, bytes] | None:
        """Return exit code, output and errors of a command; None if another is running."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            with tempfile.TemporaryDirectory() as folder:
                given, output, errors = (Path(folder, name) for name in ("in", "out", "err"))
                given.write_bytes(stdin)
                errors.touch()
                answer = self._send(
                    {"words": words, "cwd": str(cwd), "env": dict(env), "stdin": str(given)}
                    | {"stdout": str(output), "stderr": str(output if errors_in_output else errors)}
                )
                return int(answer), output.read_bytes(), errors.read_bytes()
        finally:
            self._lock.release()

    def _send(self, request: Mapping[str, object]) -> str:
        if self._server is None:
            self._server = self._start()
        assert self._server.stdin is not None
        print(json.dumps(request), file=self._server.stdin, flush=True)
        return self._read_answer(self._server)

    def _start(self) -> subprocess.Popen[str]:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.journey.warm_server"],
            cwd=ROOT,
            env=dict(self._env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        atexit.register(server.kill)
        assert "ready" == self._read_answer(server)
        return server

    def _read_answer(self, server: subprocess.Popen[str]) -> str:
        assert server.stdout is not None
        if not select.select([server.stdout], [], [], self._timeout_s)[0]:
            server.kill()
            self._server = None
            raise TimeoutError(f"a command did not end within {self._timeout_s} s")
        return server.stdout.readline().strip()
