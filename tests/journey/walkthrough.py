"""A walk through the commands of an installed program, as a new user would take it."""

from __future__ import annotations

import re
import smtplib
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.journey.command import PATIENCE_S, environment, handbill, make_project

_CSV = "email,name\nada@example.org,Ada\ngrace@example.org,Grace\n"
_HTML = (
    "<title>Bell</title><article><h1>Bell</h1><p>It rings.<sup><a href='#n1' id='r1'>1</a></sup></p>"
    "<ol><li id='n1'>Twice. <a href='#r1'>↩</a></li></ol></article>"
)
_FEED = (
    '<rss version="2.0"><channel><title>Bells</title><item><title>Bell</title><guid>g</guid>'
    "<link>https://example.org/bell</link><description>It rings, and rings again.</description>"
    "<pubDate>Mon, 02 Mar 2026 12:00:00 GMT</pubDate></item></channel></rss>"
)
_TEXT = (
    "A Bell\n\nBy Nell Oddy\n\nIt rings, and it rings again, and then it is quiet for a while.\n"
)

STEPS = (
    *(("load", name, "--json") for name in ("tide.md", "bell.html", "bell.xml", "bell.txt")),
    ("convert", "bell.txt"),
    ("render", "tide.md", "-o", "look"),
    ("check", "tide.md", "--no-spam"),
    ("subscribers", "import", "readers.csv", "--list", "weekly"),
    ("subscribers", "export"),
    ("send", "tide.md", "--list", "weekly", "--sender", "outbox", "--yes"),
    ("campaigns", "list"),
    ("events", "list"),
    ("dkim", "keygen"),
    ("plugins",),
    ("docs",),
    ("worker", "--once"),
)


def walk_through(program: Path, folder: Path) -> None:
    """Run each of `STEPS` in a new project in *folder*; each must succeed."""
    project = _make_project(folder)
    for step in STEPS:
        done = handbill(*step, cwd=project, program=(str(program),))
        assert 0 == done.exit_code, f"{step}: {done.stderr}"
        assert "unexpected error" not in done.stderr


def catch_a_message(program: Path, folder: Path) -> None:
    """Start the preview with its mail server, open it, and send a message to it: it lists that message."""
    project = _make_project(folder)
    with _run_preview(program, project) as (url, port):
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("a@example.org", ["b@example.org"], b"Subject: A tide\r\n\r\nText.\r\n")
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(url, timeout=PATIENCE_S):
            pass
        base = url.partition("?")[0]
        with opener.open(f"{base}folder/caught", timeout=PATIENCE_S) as answer:
            assert "A tide" in answer.read().decode()


@contextmanager
def _run_preview(program: Path, project: Path) -> Iterator[tuple[str, int]]:
    words = [str(program), "preview", "--no-browser", "--port", "0", "--catch", "0"]
    process = subprocess.Popen(
        words,
        cwd=project,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stderr
    try:
        catching = re.search(r"127\.0\.0\.1:(\d+)", process.stderr.readline())
        assert catching
        yield process.stdout.readline().strip(), int(catching[1])
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def _make_project(folder: Path) -> Path:
    project = make_project(folder)
    files = {"readers.csv": _CSV, "bell.html": _HTML, "bell.xml": _FEED, "bell.txt": _TEXT}
    for name, content in files.items():
        (project / name).write_text(content, encoding="utf-8")
    return project
