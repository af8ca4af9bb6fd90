"""What `check` says of the whole configuration, and which names are suggested."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline import cli as command_line

CONFIG = """\
[publication]
name = "The Lantern"
from = "The Lantern <letters@lantern.example.org>"
postal_address = "12 Quay Street, Skerrow"
[sender]
default = "relay"
[senders.relay]
kind = "smtp"
host = "smtp.example.org"
prot = 25
[senders.spare]
kind = "smpt"
[pacing.senders.rely]
per_hour = 5
[schedule]
stale_after = "999999w"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with an article and a mistake in each table."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "handbill.toml").write_text(CONFIG)
    (tmp_path / "lamp.md").write_text("---\ntitle: The lamp\n---\n\nThe lamp is lit.\n")
    return tmp_path


def test_check_reports_the_whole_configuration(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of it at once, each with the nearest name; what is not used yet is a warning."""
    assert 1 == command_line.run(["check", "lamp.md", "--json"])
    found = {
        each["where"]: each
        for each in json.loads(capsys.readouterr().out)["findings"]
        if each["code"] == "config.unusable"
    }
    expected = {
        "[senders.relay]": ("error", 'Did you mean "port"?'),
        "[senders.spare]": ("warning", 'Did you mean "smtp"?'),
        "[pacing.senders.rely]": ("error", 'Did you mean "relay"?'),
        "[schedule] stale_after": ("error", "longer than ten years"),
    }
    assert set(expected) == set(found)
    for where, (severity, text) in expected.items():
        assert severity == found[where]["severity"] and text in found[where]["message"]


@pytest.mark.parametrize(
    ("words", "suggestion"),
    [
        (("sned", "lamp.md"), "send"),
        (("campaigns", "resum", "x"), "resume"),
        (("campaigns", "resume", "x", "--only", "faild"), "failed"),
        (("send", "lamp.md", "--to", "a@example.org", "--sender", "rely"), "relay"),
    ],
)
def test_the_nearest_name_is_suggested(
    project: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], suggestion: str
) -> None:
    """Of commands, of an option's values, and of senders, one's own first."""
    assert 0 != command_line.run(words)
    printed = capsys.readouterr().err
    assert f'Did you mean "{suggestion}"?' in printed.replace("'", '"')
    if suggestion == "relay":
        assert "Known: relay, spare, outbox" in printed
