"""`handbill convert` writes Markdown that loads as the same article."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.journey.command import handbill, make_project

PASTED = """\
Skip to content

A Bell for the Ferry

By Nell Oddy
28 November 2026

The bell at the landing is older than the post it hangs on.1 One stroke calls the boat for a person, two for a
beast, three for something that is on fire.

Anybody may ring it. The ferryman does not ask why until you are halfway across.2

Notes

1. Minutes of the harbour council, 1791, page 4. [back]
2. There are no recorded refusals. [back]
"""


def _load(project: Path, source: Path) -> dict[str, Any]:
    article: dict[str, Any] = handbill("load", str(source), "--json", cwd=project).json
    return {name: article[name] for name in ("title", "byline", "published", "blocks", "notes")}


def test_a_pasted_page_becomes_markdown(tmp_path: Path) -> None:
    """The Markdown loads as the same article; an existing file is only replaced on request."""
    project = make_project(tmp_path)
    source, target = project / "ferry.txt", project / "ferry.md"
    source.write_text(PASTED)

    done = handbill("convert", str(source), "-o", str(target), cwd=project)

    assert 0 == done.exit_code
    assert "Left out of this article:" in target.read_text()
    assert _load(project, source) == _load(project, target)
    again = handbill("convert", str(source), "-o", str(target), cwd=project)
    assert (1, f"Error: {target}: already exists. Choose another name, or add --overwrite.") == (
        again.exit_code,
        again.stderr.strip(),
    )
    replaced = handbill("convert", str(source), "-o", str(target), "--overwrite", cwd=project)
    assert 0 == replaced.exit_code


def test_markdown_goes_to_standard_output(tmp_path: Path) -> None:
    """Without a file, the Markdown is printed, and nothing else with it."""
    project = make_project(tmp_path)
    (project / "ferry.txt").write_text(PASTED)
    done = handbill("convert", "ferry.txt", cwd=project)
    assert done.stdout.startswith("---\ntitle: A Bell for the Ferry\n")
    assert done.stdout.endswith("\n-->\n")
