"""Whatever a command quotes, the terminal does nothing but show it."""

from __future__ import annotations

import ast
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pipeline import cli as command_line
from pipeline.cli.shared.output import EscapingFormatter, escape, format_json
from tests.senders.smtp.smtp_sink import Moment, Sink
from tests.support import ROOT

#: Sets the title of the window, rings, turns red, clears the screen (as C0 and as C1), and writes from the right.
HOSTILE = "\x1b]0;gotcha\x07\x1b[31m\x9b2J\x08\x7f\u202e"
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

ARTICLE = f"""\
---
title: "The \\e]0;gotcha\\x07 lamp\\x9b2J"
subject: "A \\e[31mlamp"
author: "Ada {HOSTILE[8:12]}"
nonsense: "\\e[2J"
---

Words {HOSTILE} about the lamp,[^{HOSTILE[:3]}] and a [link](java{HOSTILE}script:x) *|FNAME|*.

## Heading {HOSTILE}

![{HOSTILE}](no{HOSTILE}where.png)

[^{HOSTILE[:3]}]: A note {HOSTILE}.
"""
CONFIG = """\
[publication]
name = "The Lantern"
from = "The Lantern <letters@lantern.example.org>"
postal_address = "12 Quay Street, Skerrow"
[sender]
default = "relay"
[senders.relay]
kind = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
[pacing]
pause_above = 0
"""


def list_commands(
    command: click.Command = command_line.cli, name: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command without subcommands, with its words."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from list_commands(each, (*name, each.name or ""))
    else:
        yield name, command


def find_obeyed(text: str) -> list[str]:
    """Return the control characters in *text* that a terminal obeys."""
    return _OBEYED.findall(text)


def answer(moment: Moment) -> str | None:
    """Refuse all but one recipient, with words that a terminal would obey."""
    if moment.step == "RCPT" and "ada" not in moment.recipient:
        return f"550 5.7.1 {HOSTILE} not you"
    return None


def greet(moment: Moment) -> str | None:
    """Refuse the connection in the same manner."""
    return f"554 {HOSTILE} go away" if moment.step == "CONNECT" else None


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a hostile article and subscribers."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "handbill.toml").write_text(CONFIG.format(port=9))
    (tmp_path / f"a{HOSTILE}.md").write_text(ARTICLE)
    (tmp_path / "plain.md").write_text("---\ntitle: Lamp\n---\n\nThe lamp is lit.\n")
    (tmp_path / "people.csv").write_text(
        f"email,name,{HOSTILE}\nada@example.org,A{HOSTILE},x{HOSTILE}\n{HOSTILE}bo,B,\n"
    )
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run a command and return all it printed, which must obey nobody."""
    command_line.run(words)
    output = "".join(capsys.readouterr())
    assert [] == find_obeyed(output), (words, output)
    return output


@pytest.mark.parametrize(
    ("name", "command"), [pytest.param(*each, id=" ".join(each[0])) for each in list_commands()]
)
def test_no_command_repeats_control_characters_of_its_arguments(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    name: tuple[str, ...],
    command: click.Command,
) -> None:
    """Every argument and every option of every command, with a hostile value."""
    values = [each for each in command.params if isinstance(each, click.Option) and each.nargs == 1]
    arguments = [HOSTILE for each in command.params if isinstance(each, click.Argument)]
    quick = ["--once"] if name == ("worker",) else []
    if name not in {
        ("preview",),
        ("serve",),
        ("inbound", "serve"),
        ("doctor",),
        ("init",),
    }:  # these would serve, ask the DNS, write
        run(capsys, *name, *arguments, *quick)
    for each in values:
        if each.is_flag or each.name == "folder":
            continue
        if each.name in ("output", "report"):
            continue
        option = [*quick, each.opts[-1], HOSTILE]
        would_serve = name in {("preview",), ("inbound", "serve")}
        run(capsys, *name, *(["--no-such"] if would_serve else []), *arguments, *option)


def test_no_command_repeats_control_characters_of_its_sources(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Articles, rows of an import, names of files and lists."""
    article = f"a{HOSTILE}.md"
    (project / "handbill.toml").write_text(CONFIG.format(port=9).replace("relay", "outbox", 1))
    assert "\\x07" in run(capsys, "load", article)
    for command in ("load", "check", "render"):
        run(capsys, command, article)
        run(capsys, command, article, "--json")
    run(capsys, "subscribers", "import", "people.csv", "--list", "weekly")
    run(capsys, "subscribers", "import", "people.csv", "--list", f"we{HOSTILE}")
    run(capsys, "subscribers", "list")
    run(capsys, "subscribers", "list", "--json")
    run(capsys, "subscribers", "show", "ada@example.org")
    run(capsys, "subscribers", "export", "--json")
    run(capsys, "send", "plain.md", "--list", "weekly", "--subject", f"A{HOSTILE}")
    run(capsys, "send", "plain.md", "--to", "ada@example.org")
    for words in (["list"], ["list", "--json"], ["metrics"]):
        run(capsys, "campaigns", *words)
    run(capsys, "outbox", "list")


@pytest.mark.parametrize("script", [answer, greet])
def test_no_command_repeats_control_characters_of_a_server(
    project: Path, capsys: pytest.CaptureFixture[str], script: object
) -> None:
    """A server's greeting and replies, now, in the report, and in the worker's log."""
    with Sink(script) as sink:  # type: ignore[arg-type]
        (project / "handbill.toml").write_text(CONFIG.format(port=sink.port))
        words = ["--to", "ada@example.org", "--to", "bo@example.org", "--yes"]
        printed = run(capsys, "send", "plain.md", *words)
        campaign = run(capsys, "campaigns", "list", "--json")
        campaign_id = json.loads(campaign)["campaigns"][0]["campaign"]
        shown = run(capsys, "campaigns", "show", campaign_id)
        run(capsys, "campaigns", "show", campaign_id, "--csv")
        run(capsys, "worker", "--once")
    assert "not you" in shown or "go away" in printed


def test_a_configuration_is_quoted_without_control_characters(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The values, keys and names of tables of an invalid configuration."""
    (project / "handbill.toml").write_text(
        CONFIG.format(port=9) + '[theme]\nname = "\\u001b[31m"\n"\\u009b2J" = 1\n'
    )
    assert "theme" in run(capsys, "check", "plain.md")


def test_log_records_and_json_are_escaped() -> None:
    """A record of a log keeps its words; JSON keeps its value."""
    record = logging.makeLogRecord({"msg": "%s", "args": (HOSTILE,)})
    assert [] == find_obeyed(EscapingFormatter("%(message)s").format(record))
    assert [] == find_obeyed(format_json({HOSTILE: HOSTILE}))
    assert {HOSTILE: HOSTILE} == json.loads(format_json({HOSTILE: HOSTILE}))
    assert "a\tb\n\\x1b\\u202e é 🏮" == escape("a\tb\n\x1b\u202e é 🏮")


def test_only_one_module_of_the_command_line_prints() -> None:
    """`click.echo()`, `click.secho()` and `print()` stand in the module that escapes, and nowhere else."""
    home = ROOT / "pipeline" / "cli" / "shared" / "output.py"
    found = []
    for path in sorted((ROOT / "pipeline" / "cli").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and path != home:
                name = ast.unparse(node.func)
                if name in ("click.echo", "click.secho", "print", "click.echo_via_pager"):
                    found.append(f"{path}:{node.lineno}: {name}")
    assert [] == found
