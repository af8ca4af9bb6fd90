"""Files and standard input are read as they are, or refused with a sentence."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import FetchError
from pipeline.loaders.fetch import MAX_BYTES, is_url, read_local


def test_a_file_is_read(tmp_path: Path) -> None:
    """The bytes of a file come back as they are."""
    (tmp_path / "a.md").write_bytes(b"\xff\x00 rain")

    assert b"\xff\x00 rain" == read_local(str(tmp_path / "a.md"))


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash stands for standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"rain")))

    assert b"rain" == read_local("-")


def test_what_is_no_article_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder, a pipe, an empty file and one that is too large each get their sentence."""
    (tmp_path / "empty.md").write_bytes(b" \n")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    cases = {
        "missing.md": "the file does not exist",
        ".": "this is a folder",
        "pipe": "this is not a regular file",
        "empty.md": "the file is empty",
        "large": "larger than 20 MB",
        "a\0b": "it cannot be read",
    }
    for name, expected in cases.items():
        with pytest.raises(FetchError, match=expected):
            read_local(str(tmp_path / name))


@pytest.mark.parametrize("address", ["http://a.example", "HTTPS://a", " ftp://x", "file:///etc"])
def test_a_url_is_distinguished_from_a_path(address: str) -> None:
    """Any scheme makes a URL."""
    assert is_url(address)


@pytest.mark.parametrize("address", ["a.md", "-", "/x/y", "http:a", "c:/x", "a/b://c", ""])
def test_a_path_is_no_url(address: str) -> None:
    """What has no scheme is a path."""
    assert not is_url(address)


def test_files_need_no_http_client() -> None:
    """Whoever loads a file does not wait for the client to be imported."""
    code = "import sys, pipeline.loaders; print(sorted({'requests', 'urllib3'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]\n" == done.stdout
