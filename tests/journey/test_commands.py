"""The grammar of the command line, its exit codes, its JSON, and what goes to which stream."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from pipeline import __version__
from pipeline.cli import cli
from pipeline.files import find_shipped
from tests.journey.command import (
    ARTICLE,
    COLD,
    CONFIG,
    PATIENCE_S,
    Done,
    environment,
    handbill,
    install_plugin,
    make_project,
    page,
    read_message,
    tree,
)

COMMANDS = tuple(sorted(cli.commands))


def _list_options(command: click.Command) -> set[str]:
    found = {name for option in command.params for name in option.opts if name.startswith("--")}
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        found |= _list_options(below)
    return {name.removeprefix("--") for name in found}


OPTIONS = _list_options(cli)

PIGEON = """
import os
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.senders import Sender
from pipeline.senders.outbox.outbox_sender import OutboxSender


class Pigeon(Sender):
    def send(self, messages):
        for message in messages:
            refused = "nobody" in message.recipient.email
            state = DeliveryState.REFUSED if refused else DeliveryState.ACCEPTED
            yield Receipt(sequence=message.sequence, state=state)


class Doubtful(Sender):
    def send(self, messages):
        for message in messages:
            yield Receipt(sequence=message.sequence, state=DeliveryState.UNCERTAIN)


class Waiting(OutboxSender):
    '''The outbox, which after its third message tells the test so and waits for an answer.'''

    def __init__(self):
        super().__init__("outbox")

    def send(self, messages):
        for receipt in super().send(messages):
            yield receipt
            if receipt.sequence == 3:
                os.write(int(os.environ["TELL"]), b"three")
                os.read(int(os.environ["HEAR"]), 1)
"""


@pytest.fixture
def pigeon(tmp_path: Path) -> dict[str, str]:
    """Variables with which the command finds a third party's senders."""
    folder = tmp_path / "site"
    folder.mkdir()
    return install_plugin(folder, PIGEON, pigeon="Pigeon", doubtful="Doubtful", waiting="Waiting")


# Grammar


def test_the_version_is_printed() -> None:
    """`--version` prints name and version."""
    done = handbill("--version", cwd=Path.cwd())

    assert (0, "") == (done.exit_code, done.stderr)
    assert __version__ in done.stdout


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help_is_given_everywhere(command: tuple[str, ...], flag: str, tmp_path: Path) -> None:
    """Both spellings of help work before and after any command."""
    done = handbill(*command, flag, cwd=tmp_path)

    assert (0, "") == (done.exit_code, done.stderr)
    assert "Usage:" in done.stdout


def test_help_names_every_command(tmp_path: Path) -> None:
    """The help lists each command with its whole first sentence."""
    done = handbill("--help", cwd=tmp_path)

    assert list(COMMANDS) == re.findall(r"^  (\w+)  ", done.stdout, flags=re.MULTILINE)
    assert "..." not in done.stdout.partition("Commands:")[2]


def test_the_help_of_send_fits_a_screen(tmp_path: Path) -> None:
    """`send --help` has at most 40 lines at 100 columns, and lists first whom to send to."""
    lines = handbill("send", "--help", cwd=tmp_path, env={"COLUMNS": "100"}).stdout.splitlines()
    headings = [line for line in lines if line.endswith(":") and not line.startswith(" ")]

    assert len(lines) <= 40
    assert headings == [
        *("To whom:", "How and when:", "Before sending:", "The article:", "Options:"),
    ]


def test_docs_lists_and_prints_pages(tmp_path: Path) -> None:
    """`docs` lists topics with their titles; a topic prints its page as Markdown; a typo names the nearest topic."""
    listed = handbill("docs", cwd=tmp_path)
    page = handbill("docs", "configuration", cwd=tmp_path)
    typo = handbill("docs", "configuraton", cwd=tmp_path)

    assert re.search(r"^  configuration +Configuration", listed.stdout, flags=re.MULTILINE)
    assert (0, True) == (page.exit_code, page.stdout.startswith("# Configuration"))
    assert (1, "") == (typo.exit_code, typo.stdout)
    assert 'Did you mean "configuration"?' in typo.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("sned", "tide.md"),
        ("load",),
        ("load", "tide.md", "--jason"),
        ("send", "tide.md"),
        ("send", "tide.md", "--to", "ada@example.org", "--test", "ada@example.org"),
        ("render", "tide.md", "-o"),
    ],
)
def test_wrong_usage_exits_2(words: tuple[str, ...], project: Path) -> None:
    """What the grammar does not know exits 2 with one sentence, and nothing is done."""
    before = tree(project)
    done = handbill(*words, cwd=project)

    assert (2, "") == (done.exit_code, done.stdout)
    assert 1 == len(done.errors)
    assert before == tree(project)


# The project


@pytest.mark.parametrize(
    "words",
    [
        ("--project", "lantern", "render", "lantern/tide.md"),
        ("render", "lantern/tide.md", "--project", "lantern"),
        ("--project", "nowhere", "render", "lantern/tide.md", "--project", "lantern"),
    ],
)
def test_the_project_is_named_before_or_after(
    words: tuple[str, ...], project: Path, tmp_path: Path
) -> None:
    """`--project` counts on either side of the command; the one nearest to the end wins."""
    done = handbill(*words, cwd=tmp_path)

    assert 0 == done.exit_code
    assert "Keep the lamp lit" in (tmp_path / "tide.html").read_text(encoding="utf-8")


def test_the_project_can_be_a_variable(project: Path, tmp_path: Path) -> None:
    """HANDBILL_PROJECT names the project, and the option wins over it."""
    make_project(tmp_path / "other", config=CONFIG.replace("Keep the lamp", "Keep the other lamp"))
    env = {"HANDBILL_PROJECT": str(tmp_path / "other")}

    assert 0 == handbill("render", "lantern/tide.md", cwd=tmp_path, env=env).exit_code
    assert "Keep the other lamp lit" in (tmp_path / "tide.html").read_text(encoding="utf-8")

    words = ("render", "lantern/tide.md", "--project", "lantern")
    assert 0 == handbill(*words, cwd=tmp_path, env=env).exit_code
    assert "Keep the lamp lit" in (tmp_path / "tide.html").read_text(encoding="utf-8")


def test_other_variables_change_nothing(project: Path) -> None:
    """A variable named after an option has no effect, apart from those of the project and the sender."""
    options = {name for name in OPTIONS if name not in ("project", "sender")}
    env = {f"HANDBILL_{name.upper().replace('-', '_')}": "1" for name in options}
    words = ("send", "tide.md", "--to", "ada@example.org", "--dry-run", "--json")

    assert {"HANDBILL_SUBJECT", "HANDBILL_SEGMENT", "HANDBILL_ALLOW_PRIVATE"} <= set(env)
    assert _without_time(handbill(*words, cwd=project)) == _without_time(
        handbill(*words, cwd=project, env=env)
    )
    assert handbill("load", "tide.md", cwd=project) == handbill(
        "load", "tide.md", cwd=project, env=env
    )


def _without_time(done: Done) -> dict[str, Any]:  # Any: as JSON has it
    assert 0 == done.exit_code, done.stderr
    return {key: value for key, value in done.json.items() if key not in ("at", "campaign")}


def test_the_project_is_found_upward(project: Path) -> None:
    """In a folder below, the nearest project above holds."""
    below = project / "drafts" / "march"
    below.mkdir(parents=True)
    done = handbill("render", "../../tide.md", cwd=below)

    assert 0 == done.exit_code
    assert "Keep the lamp lit" in (below / "tide.html").read_text(encoding="utf-8")


def test_a_pyproject_can_hold_the_project(tmp_path: Path) -> None:
    """`[tool.handbill]` in a pyproject.toml makes a project as handbill.toml does."""
    project = make_project(tmp_path)
    (project / "handbill.toml").unlink()
    config = CONFIG.replace("[publication]", "[tool.handbill.publication]")
    config = config.replace("[appeal]", "[tool.handbill.appeal]")
    (project / "pyproject.toml").write_text(config, encoding="utf-8")

    assert 0 == handbill("render", "tide.md", cwd=project).exit_code
    assert "Keep the lamp lit" in (project / "tide.html").read_text(encoding="utf-8")


def test_two_configurations_in_one_folder_are_an_error(project: Path) -> None:
    """Which of two holds is not guessed."""
    (project / "pyproject.toml").write_text("[tool.handbill]\n", encoding="utf-8")
    done = handbill("load", "tide.md", cwd=project)

    assert (1, "") == (done.exit_code, done.stdout)
    assert 1 == len(done.errors)
    assert "handbill.toml" in done.stderr and "pyproject.toml" in done.stderr


def test_a_pyproject_of_another_kind_is_passed_over(project: Path) -> None:
    """A pyproject.toml without [tool.handbill] is ignored."""
    (project / "pyproject.toml").write_text("[project]\nname = 'handbill-user'\n")

    assert 0 == handbill("load", "tide.md", cwd=project).exit_code


def test_a_project_that_is_none_is_an_error(tmp_path: Path) -> None:
    """A folder named as project must be one; the way to make it one is told."""
    (tmp_path / "tide.md").write_text(ARTICLE, encoding="utf-8")
    done = handbill("load", "tide.md", "--project", tmp_path, cwd=tmp_path)

    assert 1 == done.exit_code
    assert "handbill init" in done.stderr


def test_without_a_project_defaults_hold(tmp_path: Path) -> None:
    """Outside any project messages go to the outbox of the current folder, and no state is kept."""
    (tmp_path / "tide.md").write_text(ARTICLE, encoding="utf-8")
    done = handbill("send", "tide.md", "--to", "ada@example.org", "--json", cwd=tmp_path)

    assert 0 == done.exit_code
    assert str(tmp_path / "outbox") == str(Path(done.json["outbox"]).parent)
    assert ["outbox", "tide.md"] == sorted(path.name for path in tmp_path.iterdir())
    assert "warning publication.placeholder" in done.stderr


# init, load, render, check, plugins


def test_init_makes_a_project_that_works(tmp_path: Path) -> None:
    """A new project can be checked, rendered and sent to the outbox as it is; its findings are warnings only."""
    done = handbill("init", "letter", cwd=tmp_path)
    names = ["letter/handbill.toml", "letter/rain-gauges.md", "letter/templates", "letter/outbox"]
    assert 0 == done.exit_code
    assert names == [str(Path(line)) for line in done.stdout.splitlines()]
    assert all((tmp_path / name).exists() for name in names)
    assert 0o700 == (tmp_path / "letter/.handbill").stat().st_mode & 0o777
    assert 0o600 == (tmp_path / "letter/.handbill/secret").stat().st_mode & 0o777

    here = tmp_path / "letter"
    found = handbill("check", "rain-gauges.md", "--no-spam", "--json", cwd=here)
    assert 0 == found.exit_code
    assert {"warning"} >= {finding["severity"] for finding in found.json["findings"]}
    assert 0 == handbill("render", "rain-gauges.md", cwd=here).exit_code
    assert 0 == handbill("send", "rain-gauges.md", "--to", "you@example.org", cwd=here).exit_code


def test_init_takes_the_current_folder(tmp_path: Path) -> None:
    """Without a name the project is made here."""
    assert 0 == handbill("init", cwd=tmp_path).exit_code
    assert (tmp_path / "handbill.toml").is_file()


def test_init_with_templates_copies_the_themes(tmp_path: Path) -> None:
    """With templates, the theme can be changed: its own file holds."""
    assert 0 == handbill("init", "--with-templates", cwd=tmp_path).exit_code
    style = tmp_path / "templates/default/prose.css.j2"
    style.write_text(style.read_text() + "\n.prose p { color: #123456; }\n", encoding="utf-8")

    assert 0 == handbill("render", "rain-gauges.md", cwd=tmp_path).exit_code
    assert "#123456" in (tmp_path / "rain-gauges.html").read_text(encoding="utf-8")
    shipped = {path.name for path in find_shipped("templates").iterdir()}
    assert shipped == {path.name for path in (tmp_path / "templates").iterdir()}


def test_init_changes_no_project(project: Path) -> None:
    """Where there is a project already, nothing is touched."""
    before = tree(project)
    done = handbill("init", cwd=project)

    assert (1, "", 1) == (done.exit_code, done.stdout, len(done.errors))
    assert before == tree(project)


def test_load_prints_the_article(project: Path) -> None:
    """`load --json` prints the tree, whole, on standard output."""
    done = handbill("load", "tide.md", "--json", cwd=project)

    assert (0, "") == (done.exit_code, done.stderr)
    article = done.json
    keys = "title subtitle byline published language canonical_url lead_image"
    assert {*keys.split(), "blocks", "notes", "appeal", "dropped", "warnings"} == set(article)
    assert ("The Tide Clock", "Ada Byron", None) == (
        article["title"],
        article["byline"],
        article["appeal"],
    )
    assert article["published"].startswith("2026-03-02")
    assert ["paragraph", "heading", "paragraph"] == [block["type"] for block in article["blocks"]]
    assert [(1, "ok"), (2, "ok")] == [(note["number"], note["status"]) for note in article["notes"]]
    assert {"number", "label", "status", "blocks"} == set(article["notes"][0])


def test_load_reports_to_a_person(project: Path) -> None:
    """Without --json the article is told in lines."""
    done = handbill("load", "tide.md", cwd=project)

    assert (0, "") == (done.exit_code, done.stderr)
    assert re.search(r"^Title: +The Tide Clock$", done.stdout, flags=re.MULTILINE)
    assert "2 notes, 2 references" in done.stdout


def test_load_reads_standard_input(tmp_path: Path) -> None:
    """`-` is standard input; its format must be named."""
    words = ("load", "-", "--format", "markdown", "--json")
    done = handbill(*words, cwd=tmp_path, stdin=ARTICLE.encode())

    assert "The Tide Clock" == done.json["title"]
    assert 1 == handbill("load", "-", cwd=tmp_path, stdin=ARTICLE.encode()).exit_code


def test_warnings_are_words(project: Path) -> None:
    """A warning goes to standard error and into the JSON; --strict lets it fail, the data printed anyway."""
    (project / "tide.md").write_text(ARTICLE + "\nA marker without a note.[^lost]\n")
    lax = handbill("load", "tide.md", "--json", cwd=project)
    strict = handbill("load", "tide.md", "--json", "--strict", cwd=project)

    assert (0, ["note.missing"]) == (lax.exit_code, [w["code"] for w in lax.json["warnings"]])
    assert "note.missing" in lax.stderr
    assert (1, lax.stdout) == (strict.exit_code, strict.stdout)
    assert 1 == len(strict.errors)


def test_the_title_option_overrides_the_source(project: Path) -> None:
    """--title wins over the title in the source."""
    done = handbill("load", "tide.md", "--json", "--title", "Given", cwd=project)

    assert "Given" == done.json["title"]


def test_render_writes_three_files(project: Path) -> None:
    """`render --json` names the files and their sizes."""
    done = handbill("render", "tide.md", "-o", "out/march", "--json", cwd=project)

    assert 0 == done.exit_code
    paths = {key: done.json[key] for key in ("html", "text", "eml")}
    assert {
        "html": "out/march/tide.html",
        "text": "out/march/tide.txt",
        "eml": "out/march/tide.eml",
    } == paths
    sizes = {key: (project / path).stat().st_size for key, path in paths.items()}
    assert {**paths, "bytes": sizes, "fields": []} == done.json
    message = read_message(project / paths["eml"])
    assert "What the tide clock says" == message["Subject"]


def test_render_lists_its_files(project: Path) -> None:
    """Without --json the paths are the data, one a line, and findings are words."""
    done = handbill("render", "tide.md", cwd=project)

    assert (0, ["tide.html", "tide.txt", "tide.eml"]) == (done.exit_code, done.stdout.split())


def test_render_names_standard_input_by_its_title(tmp_path: Path) -> None:
    """What has no file name is named by its title."""
    words = ("render", "-", "--format", "markdown")
    done = handbill(*words, cwd=tmp_path, stdin=ARTICLE.encode())

    assert ["the-tide-clock.html", "the-tide-clock.txt", "the-tide-clock.eml"] == (
        done.stdout.split()
    )


def test_render_is_repeatable(project: Path) -> None:
    """The same source gives the same page and text."""
    handbill("render", "tide.md", "-o", "one", cwd=project)
    handbill("render", "tide.md", "-o", "two", cwd=project, program=COLD)

    for name in ("tide.html", "tide.txt"):
        assert (project / "one" / name).read_bytes() == (project / "two" / name).read_bytes()


def test_check_lists_findings(project: Path) -> None:
    """`check --json` prints findings, each with the five keys; a warning does not fail, with --strict it does."""
    config = CONFIG.replace("12 Quay Street, Skerrow", "Street and number, postcode, town")
    (project / "handbill.toml").write_text(config, encoding="utf-8")
    done = handbill("check", "tide.md", "--no-spam", "--json", cwd=project)
    strict = handbill("check", "tide.md", "--no-spam", "--json", "--strict", cwd=project)

    findings = done.json["findings"]
    assert ["findings", "fields"] == list(done.json)
    assert ["publication.placeholder"] == [finding["code"] for finding in findings]
    assert all(
        {"code", "severity", "where", "message", "hint", "line", "count", "places"} == set(finding)
        for finding in findings
    )
    assert 0 == done.exit_code
    assert (1, done.stdout) == (strict.exit_code, strict.stdout)


def test_check_fails_on_an_error(project: Path) -> None:
    """A finding that is an error exits 1, the findings printed anyway."""
    (project / "tide.md").write_text(ARTICLE + "\nDear {{ shoe_size }}.\n", encoding="utf-8")
    done = handbill("check", "tide.md", "--no-spam", "--json", cwd=project)

    assert 1 == done.exit_code
    assert "error" in {finding["severity"] for finding in done.json["findings"]}
    assert 1 == len(done.errors)


def test_check_reports_no_problems(project: Path) -> None:
    """Without findings, `check` says so, and the JSON is an empty list."""
    assert {"findings": [], "fields": []} == handbill(
        "check", "tide.md", "--no-spam", "--json", cwd=project
    ).json
    done = handbill("check", "tide.md", "--no-spam", cwd=project)
    assert "tide.md: no problems found.\n" == done.stdout


def test_plugins_lists_what_can_be_chosen(tmp_path: Path, pigeon: dict[str, str]) -> None:
    """Built-ins come first, then what installed packages offer; themes are the shipped ones and the project's own."""
    (tmp_path / "handbill.toml").write_text("broken")
    (tmp_path / "templates/mine").mkdir(parents=True)
    done = handbill("plugins", "--json", cwd=tmp_path, env=pigeon)

    assert (0, "") == (done.exit_code, done.stderr)
    assert {"loaders", "senders", "themes"} == set(done.json)
    assert {"bulletin", "default", "mine"} <= set(done.json["themes"])
    assert {"markdown", "text"} <= set(done.json["loaders"])
    senders = done.json["senders"]
    assert ["outbox", "doubtful", "pigeon", "waiting"] == [senders[0], *senders[-3:]]
    listed = handbill("plugins", cwd=tmp_path, env=pigeon).stdout
    assert f"senders: {', '.join(senders)}" in listed.splitlines()


def test_a_plugin_takes_no_name_of_ours(tmp_path: Path) -> None:
    """A package that offers a sender of a built-in's name is named in an error."""
    done = handbill("plugins", cwd=tmp_path, env=install_plugin(tmp_path, PIGEON, outbox="Pigeon"))

    assert 1 == done.exit_code
    assert "pigeon" in done.stderr and '"outbox"' in done.stderr


# send

COUNTS = ("pending", "accepted", "refused", "deferred", "uncertain", "skipped")


def _sum(campaign: dict[str, Any]) -> int:  # Any: as JSON has it
    return sum(campaign[name] for name in COUNTS)


def test_send_writes_to_the_outbox(project: Path) -> None:
    """`send --json` prints the campaign; each message lies in its folder as a file that mail programs read."""
    words = ("send", "tide.md", "--to", "ada@example.org", "--to", "Bo <bo@example.org>")
    done = handbill(*words, "--sender", "outbox", "--json", cwd=project)

    campaign = done.json
    assert 0 == done.exit_code
    keys = "campaign subject list sender state reason at zone recipients"
    assert [*keys.split(), *COUNTS, "outbox"] == list(campaign)
    assert ("sent", None, "Europe/London") == (
        campaign["state"],
        campaign["reason"],
        campaign["zone"],
    )
    assert (2, 2, 2) == (campaign["recipients"], campaign["accepted"], _sum(campaign))
    folder = Path(campaign["outbox"])
    assert project / "outbox" / campaign["campaign"] == folder
    letters = sorted(folder.glob("*.eml"))
    assert ["000001", "000002"] == [path.name.partition("-")[0] for path in letters]
    read = [read_message(path) for path in letters]
    assert ["ada@example.org", "Bo <bo@example.org>"] == [message["To"] for message in read]
    assert [[], []] == [message.defects for message in read]


def test_send_tells_that_nobody_was_mailed(project: Path) -> None:
    """Without --json the folder is the data; the words say that the outbox mails nobody."""
    done = handbill("send", "tide.md", "--to", "ada@example.org", cwd=project)

    assert 0 == done.exit_code
    folder = Path(done.stdout.removesuffix("\n"))
    assert folder.is_absolute() and 1 == len(list(folder.glob("*.eml")))
    assert f"written to {folder}, nobody was mailed" in done.stderr


def test_a_repeated_address_is_mailed_once(project: Path) -> None:
    """The same mailbox, however often and in whatever case it is named, gets one message."""
    addresses = ("ada@example.org", "Ada <ADA@example.org>", "bo@example.org", "ada@example.org")
    words = [word for address in addresses for word in ("--to", address)]
    done = handbill("send", "tide.md", *words, "--json", cwd=project)

    assert (0, 2) == (done.exit_code, done.json["accepted"])
    assert "2 repeated addresses" in done.stderr


def test_a_dry_run_writes_nothing(project: Path) -> None:
    """--dry-run composes every message and leaves every file as it was."""
    before = tree(project)
    words = ("send", "tide.md", "--to", "ada@example.org", "--dry-run")
    done = handbill(*words, "--json", cwd=project)

    assert 0 == done.exit_code
    campaign = done.json
    assert ("dry-run", 1, 0, None) == (
        campaign["state"],
        campaign["recipients"],
        campaign["accepted"],
        campaign["outbox"],
    )
    assert before == tree(project)
    told = handbill(*words, cwd=project)
    assert (0, "") == (told.exit_code, told.stdout)
    assert before == tree(project)


def test_a_dry_run_needs_no_confirmation(project: Path, pigeon: dict[str, str]) -> None:
    """--dry-run needs no consent, whatever the sender."""
    words = ("send", "tide.md", "--to", "ada@example.org", "--sender", "pigeon", "--dry-run")

    assert 0 == handbill(*words, cwd=project, env=pigeon).exit_code


def test_sending_needs_confirmation(project: Path, pigeon: dict[str, str]) -> None:
    """Without a terminal and without --yes, a sender that reaches people is not begun."""
    words = ("send", "tide.md", "--to", "ada@example.org", "--sender", "pigeon", "--json")
    asked = handbill(*words, cwd=project, env=pigeon, stdin=b"y\n")
    agreed = handbill(*words, "--yes", cwd=project, env=pigeon)

    assert (2, "") == (asked.exit_code, asked.stdout)
    assert "--yes" in asked.stderr
    assert (0, "sent", 1, None) == (
        agreed.exit_code,
        agreed.json["state"],
        agreed.json["accepted"],
        agreed.json["outbox"],
    )


def test_placeholders_go_to_nobody(tmp_path: Path, pigeon: dict[str, str]) -> None:
    """What `init` left to be filled in stops a send to people, but not one to the outbox."""
    assert 0 == handbill("init", cwd=tmp_path).exit_code
    words = ("send", "rain-gauges.md", "--to", "ada@example.org")
    done = handbill(*words, "--sender", "pigeon", "--yes", cwd=tmp_path, env=pigeon)

    assert (1, "", 1) == (done.exit_code, done.stdout, len(done.errors))
    assert 0 == handbill(*words, cwd=tmp_path).exit_code


def test_consent_cannot_be_a_variable(project: Path, pigeon: dict[str, str]) -> None:
    """No variable agrees to mail people, or names them."""
    words = ("send", "tide.md", "--sender", "pigeon")
    env = pigeon | {"HANDBILL_YES": "1", "HANDBILL_TO": "ada@example.org"}

    assert 2 == handbill(*words, "--to", "ada@example.org", cwd=project, env=env).exit_code
    assert 2 == handbill(*words, cwd=project, env=env).exit_code


def test_a_single_refusal_is_reported(project: Path, pigeon: dict[str, str]) -> None:
    """A campaign with refusals is sent anyway; they are counted and told."""
    words = ("send", "tide.md", "--to", "nobody@example.org", "--to", "ada@example.org", "--yes")
    done = handbill(*words, "--sender", "pigeon", "--json", cwd=project, env=pigeon)

    campaign = done.json
    assert (0, "sent") == (done.exit_code, campaign["state"])
    assert (1, 1, 2) == (campaign["accepted"], campaign["refused"], _sum(campaign))
    assert "1 refused" in done.stderr


def test_anything_uncertain_exits_1(project: Path, pigeon: dict[str, str]) -> None:
    """When nobody knows what became of a message, that is no success."""
    words = ("send", "tide.md", "--to", "ada@example.org", "--sender", "doubtful", "--yes")
    done = handbill(*words, "--json", cwd=project, env=pigeon)

    assert (1, 1) == (done.exit_code, done.json["uncertain"])
    assert "uncertain" in done.stderr


def test_a_sender_of_the_project_is_used(project: Path) -> None:
    """A table [senders.NAME] makes a sender; its paths count from the project."""
    config = CONFIG + '\n[sender]\ndefault = "shelf"\n\n[senders.shelf]\nkind = "outbox"\n'
    (project / "handbill.toml").write_text(config + 'directory = "shelf"\n', encoding="utf-8")
    words = ("send", project / "tide.md", "--to", "ada@example.org", "--json", "--project", project)
    done = handbill(*words, cwd=project.parent)

    assert 0 == done.exit_code
    assert project / "shelf" == Path(done.json["outbox"]).parent


def test_a_test_copy_is_marked(project: Path) -> None:
    """--test sends one copy with a marked subject, and findings do not stop it."""
    config = CONFIG.replace('postal_address = "12 Quay Street, Skerrow"\n', "")
    (project / "handbill.toml").write_text(config, encoding="utf-8")
    done = handbill("send", "tide.md", "--test", "me@example.org", "--json", cwd=project)

    assert (0, 1) == (done.exit_code, done.json["accepted"])
    (letter,) = Path(done.json["outbox"]).glob("*.eml")
    message = read_message(letter)
    assert "[Test] What the tide clock says" == message["Subject"]


def test_check_errors_stop_a_send(project: Path) -> None:
    """An edition with errors is sent to nobody, except as a test."""
    config = CONFIG.replace('postal_address = "12 Quay Street, Skerrow"\n', "")
    (project / "handbill.toml").write_text(config, encoding="utf-8")
    sent = handbill("send", "tide.md", "--to", "ada@example.org", "--json", cwd=project)

    assert (1, "", 1) == (sent.exit_code, sent.stdout, len(sent.errors))
    assert not (project / "outbox").exists()
    assert 0 == handbill("send", "tide.md", "--test", "me@example.org", cwd=project).exit_code


def test_an_issue_needs_a_subject(project: Path) -> None:
    """Without a title there is no subject; --subject gives one."""
    (project / "tide.md").write_text("The clock on the quay has one hand.\n", encoding="utf-8")
    words = ("send", "tide.md", "--to", "ada@example.org")
    without = handbill(*words, cwd=project)

    assert (1, 1) == (without.exit_code, len(without.errors))
    assert "--subject" in without.stderr
    assert 0 == handbill(*words, "--subject", "A clock", cwd=project).exit_code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_send_pauses(
    project: Path, pigeon: dict[str, str], number: signal.Signals
) -> None:
    """Ctrl-C lets the message on the wire finish: the campaign is paused, files are whole, the rest is pending."""
    hear, tell = os.pipe()
    hear_back, answer = os.pipe()
    addresses = [word for n in range(200) for word in ("--to", f"reader{n}@example.org")]
    words = ["send", "tide.md", *addresses, "--sender", "waiting", "--json"]
    running = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *words],
        cwd=project,
        env=environment(**pigeon, TELL=str(tell), HEAR=str(hear_back)),
        pass_fds=(tell, hear_back),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(tell)
    os.close(hear_back)
    assert b"three" == os.read(hear, 5)
    running.send_signal(number)
    os.write(answer, b"!")
    stdout, stderr = running.communicate(timeout=PATIENCE_S)
    os.close(hear)
    os.close(answer)

    assert 130 == running.returncode
    campaign = json.loads(stdout)
    assert ("paused", "interrupted", 200, 200) == (
        campaign["state"],
        campaign["reason"],
        campaign["recipients"],
        _sum(campaign),
    )
    letters = sorted(Path(campaign["outbox"]).glob("*.eml"))
    assert campaign["accepted"] == len(letters) and 3 <= len(letters) < 200
    for path in letters:
        message = read_message(path)
        assert [] == message.defects
        assert page(message).rstrip().endswith("</html>")
    assert [] == [path for path in Path(campaign["outbox"]).rglob("*.tmp")]
    assert "Traceback" not in stderr


# Streams


def test_a_reader_that_leaves_is_no_failure(project: Path) -> None:
    """`handbill load … | head -1` ends in silence when head has read enough."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "load", "tide.md", "--json"],
        cwd=project,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)

    assert (0, b"") == (done.returncode, done.stderr)


def _on_a_terminal(*words: str, cwd: Path, env: dict[str, str]) -> str:
    """Return what the command writes on standard error when that is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "pipeline", *words],
        cwd=cwd,
        env=environment(TERM="xterm-256color", **env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    ):
        os.close(theirs)
        said = b""
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:  # so Linux tells that the other side is closed
                break
            if not more:
                break
            said += more
    os.close(ours)
    return said.decode()


def test_colour_is_for_terminals_that_want_it(project: Path) -> None:
    """Words are coloured on a terminal, and never without one or where NO_COLOR is set."""
    (project / "tide.md").write_text(ARTICLE + "\nA marker without a note.[^lost]\n")
    words = ("load", "tide.md")
    plain = handbill(*words, cwd=project)

    assert "\x1b[" in _on_a_terminal(*words, cwd=project, env={})
    assert "note.missing" in _on_a_terminal(*words, cwd=project, env={"NO_COLOR": "1"})
    assert "\x1b" not in _on_a_terminal(*words, cwd=project, env={"NO_COLOR": "1"})
    assert "\x1b" not in plain.stdout + plain.stderr


def test_progress_is_printed_on_a_terminal_only(project: Path) -> None:
    """Many recipients show a bar on a terminal, and nothing but sentences elsewhere."""
    words = ["send", "tide.md"]
    words += [word for n in range(30) for word in ("--to", f"reader{n}@example.org")]
    shown = _on_a_terminal(*words, cwd=project, env={})
    silent = handbill(*words, cwd=project)

    assert "Sending" in shown and "30/30" in shown
    assert "Sending" not in silent.stderr and "\x1b" not in silent.stderr


@pytest.mark.parametrize("encoding", ["C", "POSIX"])
def test_every_script_is_printed_in_any_locale(encoding: str, project: Path) -> None:
    """A locale without Unicode changes nothing in the data."""
    (project / "tide.md").write_text("# नमस्ते – 日本語 🕯️\n\nText.\n", encoding="utf-8")
    env = {"LC_ALL": encoding, "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = handbill("load", "tide.md", "--json", cwd=project, env=env)

    assert (0, "नमस्ते – 日本語 🕯️") == (done.exit_code, done.json["title"])
