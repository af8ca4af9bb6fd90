"""The page of gifts in the preview."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from pipeline import cli
from pipeline.project import Project
from tests.web.previews import Preview, make_project, run_preview


def read_page(preview: Preview) -> str:
    """Return the page of gifts, which needs the token as every page does."""
    cookies = {preview.server.guard.cookie: preview.server.guard.token}
    response = requests.get(f"{preview.origin}/gifts", cookies=cookies, timeout=30)
    assert 200 == response.status_code
    return response.text


def import_gifts(folder: Path) -> str:
    """Send an issue to the outbox and import gifts of it; return what its codes begin with."""
    options = ["--project", str(folder)]
    command = [
        "send",
        str(folder / "tide.md"),
        "--to",
        "ada@example.org",
        "--sender",
        "outbox",
        "--yes",
    ]
    assert 0 == cli.run([*command, *options])
    project = Project.open(folder)
    with project.open_gifts() as gifts:
        prefix = gifts.report().issues[0].prefixes[0]
        day = datetime.now(UTC) + timedelta(days=1)
        codes = [
            *[f"{prefix}_end_10"] * 10,
            *[f"{prefix}_end_25"] * 6,
            *[f"{prefix}_end"] * 4,
            "<b>typo</b>",
        ]
        rows = "".join(f"{n},10,EUR,{day:%Y-%m-%d},{code}\n" for n, code in enumerate(codes))
        (folder / "gifts.csv").write_text(f"id,amount,currency,date,code\n{rows}")
        gifts.import_file(folder / "gifts.csv")
    return prefix


def test_page_has_what_each_issue_brought(tmp_path: Path) -> None:
    """Before anything was sent it says so; later it has totals, buttons without figures where few gave, and codes."""
    folder = make_project(tmp_path / "lantern")
    with run_preview(folder, source=None) as preview:
        assert "No issue with donation links has been sent yet." in read_page(preview)
        assert not (folder / ".handbill").exists()
        prefix = import_gifts(folder)
        page = read_page(preview)

    assert "<strong>200.00 EUR</strong> from 20 gifts" in page
    assert f"<code>{prefix}</code>" in page
    assert '<td class="number">10</td><td class="number">100.00 EUR</td>' in page
    assert '<td class="number">under 10</td><td class="number"></td>' in page
    assert "&lt;b&gt;typo&lt;/b&gt;" in page
