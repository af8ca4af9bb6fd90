"""`handbill preview`: what is refused before a server runs, and what is said of its ports."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.journey.command import Done, handbill
from tests.web.previews import make_project


def run(folder: Path, *arguments: str) -> Done:
    """Run the command; it must end by itself."""
    return handbill("preview", "--no-browser", *arguments, cwd=folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project."""
    return make_project(tmp_path_factory.mktemp("command") / "lantern")


@pytest.mark.parametrize(
    ("source", "status", "message"),
    [
        ("missing.md", 1, "missing.md"),
        ("notes.xyz", 1, 'no loader reads ".xyz" files'),
        ("-", 2, "Save it as a file"),
        ("http://127.0.0.1:9/tide", 1, "127.0.0.1"),
    ],
)
def test_wrong_source(folder: Path, source: str, status: int, message: str) -> None:
    """A SOURCE that cannot be shown is an error, and no address is printed."""
    (folder / "notes.xyz").write_text("x", encoding="utf-8")
    result = run(folder, "--port", "0", source)

    assert (status, "") == (result.exit_code, result.stdout)
    assert message in result.stderr
    assert "Press Ctrl-C" not in result.stderr


def test_port_in_use(folder: Path) -> None:
    """If the preview cannot listen on its port, it does not say that it catches mail, nor that it serves."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for arguments in (("--port", port, "--catch", "0"), ("--port", "0", "--catch", port)):
            result = run(folder, *arguments)
            assert (1, "") == (result.exit_code, result.stdout)
            assert f"Port {port} is in use" in result.stderr
            assert "Catching" not in result.stderr
