"""What shells complete: through click's own interface, in a real project."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from pipeline.cli import cli
from tests.journey.command import CONFIG, Run


def complete(*words: str) -> list[str]:
    """Return what is offered for the last of *words*."""
    *args, incomplete = words
    completion = ShellComplete(cli, {}, "handbill", "_HANDBILL_COMPLETE")
    return [item.value for item in completion.get_completions(list(args), incomplete)]


def test_names_of_the_project_are_completed(
    project: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lists, senders, campaigns and folders of the outbox are completed as they are in the project."""
    (project / "readers.csv").write_text("email\nada@example.org\n", encoding="utf-8")
    run("subscribers", "import", "readers.csv", "--list", "weekly")
    campaign = run("send", "tide.md", "--list", "weekly", "--json").json["campaign"]
    sender = '\n[senders.relay]\nkind = "smtp"\nhost = "mx.example.org"\n'
    (project / "handbill.toml").write_text(CONFIG + sender, encoding="utf-8")

    assert ["weekly"] == complete("send", "tide.md", "--list", "we")
    assert ["weekly"] == complete("subscribers", "export", "--list", "")
    assert ["relay", "resend"] == complete("send", "--sender", "re")
    assert [campaign] == complete("campaigns", "show", campaign[:6])
    assert [campaign] == complete("outbox", "send", "")
    assert ["markdown"] == complete("load", "--format", "ma")
    assert ["commands", "configuration"] == complete("docs", "com") + complete("docs", "conf")
    assert ["subscribers"] == complete("sub")
    assert ("", "") == capsys.readouterr()


def test_a_source_is_completed_by_the_shell(project: Path) -> None:
    """For SOURCE the shell itself completes file names."""
    completion = ShellComplete(cli, {}, "handbill", "_HANDBILL_COMPLETE")
    (item,) = completion.get_completions(["send"], "ti")

    assert ("file", "ti") == (item.type, item.value)


def test_a_broken_project_completes_nothing_and_prints_nothing(
    project: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """A configuration with an error, or no database yet, offers nothing; nothing is printed or created."""
    assert [] == complete("send", "--list", "")
    assert not (project / ".handbill").exists()
    (project / "handbill.toml").write_text("[publication\n", encoding="utf-8")

    assert [] == complete("send", "--list", "")
    assert [] == complete("campaigns", "show", "")
    assert ("", "") == capsys.readouterr()
