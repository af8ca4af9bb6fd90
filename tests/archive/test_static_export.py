"""`handbill archive build`: the same files, only what changed, and nobody else's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import cli

CONFIG = """\
[publication]
name = "The Tern"
from = "letters@tern.example.org"
postal_address = "3 Slip Lane, Oldhaven"

[archive]
url = "https://tern.example.org/issues"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two articles, one of which is in the archive."""
    root = tmp_path / "tern"
    root.mkdir()
    (root / "handbill.toml").write_text(CONFIG, encoding="utf-8")
    for name in ("One", "Two"):
        text = f"---\ntitle: {name}\ndate: 2026-03-0{len(name) - 2}\n---\n\n{name}.[^1]\n\n[^1]: Note.\n"
        (root / f"{name}.md").write_text(text, encoding="utf-8")
    run(root, "add", str(root / "One.md"))
    return root


def run(root: Path, *words: str) -> str:
    done = CliRunner().invoke(cli, ["--project", str(root), "archive", *words])
    assert 0 == done.exit_code, done.output
    return done.stdout


def build(root: Path, *words: str) -> dict[str, int]:
    found: dict[str, int] = json.loads(run(root, "build", str(root / "public"), "--json", *words))
    return found


def test_only_what_changed_is_written(project: Path) -> None:
    """Nothing is written twice; a new issue adds its page, and changes the lists, the feeds and its neighbor."""
    first = build(project)
    again = build(project)
    run(project, "add", str(project / "Two.md"))
    more = build(project)
    everything = build(project, "--everything")

    assert {"written": 5, "unchanged": 0, "removed": 0} == first
    assert {"written": 0, "unchanged": 5, "removed": 0} == again
    assert {"written": 6, "unchanged": 0, "removed": 0} == more
    assert 6 == everything["written"]


def test_files_of_removed_issues_are_removed(project: Path) -> None:
    """A page that is gone from the archive is gone from the folder; other people's files stay."""
    build(project)
    (project / "public" / "CNAME").write_text("tern.example.org", encoding="utf-8")
    (page,) = [path for path in (project / "public").glob("one-*/index.html")]
    run(project, "remove", page.parent.name)

    done = build(project)

    assert 2 == done["removed"]  # the page, and the list of its year
    assert not page.parent.exists()
    assert (project / "public" / "CNAME").is_file()


def test_a_file_in_the_way_is_not_overwritten(project: Path) -> None:
    """A folder with somebody's own index.html is refused before anything is written."""
    public = project / "public"
    public.mkdir()
    (public / "index.html").write_text("mine", encoding="utf-8")

    done = CliRunner().invoke(cli, ["--project", str(project), "archive", "build", str(public)])

    assert f"{public / 'index.html'} is in the way" in str(done.exception)
    assert "mine" == (public / "index.html").read_text(encoding="utf-8")
    assert ["index.html"] == [path.name for path in public.iterdir()]


def test_an_archive_without_an_address_says_what_to_set(project: Path) -> None:
    """Without `[archive] url` nothing can be built, and the message says how to set it."""
    config = project / "handbill.toml"
    config.write_text(CONFIG.partition("[archive]")[0], encoding="utf-8")
    done = CliRunner().invoke(
        cli, ["--project", str(project), "archive", "build", str(project / "public")]
    )

    assert 1 == done.exit_code
    assert "Set [archive] url" in str(done.exception)
