"""What a person is told before, while and after a campaign is sent, and the exit code."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from pipeline import cli as command_line
from pipeline.cli.shared.campaign_summary import get_exit_code
from pipeline.models.campaign import REQUESTED, Campaign, CampaignState
from pipeline.models.delivery import DeliveryState
from tests.senders.smtp.smtp_sink import PIPELINING, Moment, Sink

_REPLIES = {
    "gone": "550 5.1.1 No such user",
    "later": "450 4.2.0 Come back later",
    "spam": "550 5.7.1 Looks like spam",
}
CONFIG = """\
[publication]
name = "The Lantern"
from = "The Lantern <letters@lantern.example.org>"
postal_address = "12 Quay Street, Skerrow"
unsubscribe = "mailto:leave@lantern.example.org"
unsubscribe_by_hand = true
timezone = "Europe/Berlin"
[sender]
default = "relay"
[senders.relay]
kind = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
"""


def answer(moment: Moment) -> str | None:
    """Reply to a recipient by the first letters of the address."""
    found = re.match("[a-z]*", moment.recipient)
    return _REPLIES.get(found[0]) if found and moment.step == "RCPT" else None


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project that sends to a relay on loopback."""
    monkeypatch.chdir(tmp_path)
    with Sink(answer) as sink:
        (tmp_path / "handbill.toml").write_text(CONFIG.format(port=sink.port))
        (tmp_path / "lamp.md").write_text("---\ntitle: The lamp\n---\n\nThe lamp is lit.\n")
        yield tmp_path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run a command; return its exit code and what it printed."""
    exit_code = command_line.run(words)
    printed = capsys.readouterr()
    return exit_code, printed.out, printed.err


def send(
    capsys: pytest.CaptureFixture[str], *names: str, more: tuple[str, ...] = ("--yes",)
) -> tuple[int, str, str]:
    """Send the article to *names* at one domain."""
    addresses = [word for name in names for word in ("--to", f"{name}@readers.example.org")]
    return run(capsys, "send", "lamp.md", *addresses, *more)


class Terminal(StringIO):
    """An answer typed on a terminal."""

    def isatty(self) -> bool:
        """Whether somebody sits there."""
        return True


def test_a_deferral_is_no_error(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who was accepted, who is retried and when, by whom; a worker has it; the exit code says that it goes on."""
    exit_code, _, err = send(capsys, "ada", "gone", "later")
    _, out, _ = run(capsys, "campaigns", "list", "--json")
    campaign = json.loads(out)["campaigns"][0]

    assert (3, "sending", 1, 1, 1) == (
        exit_code,
        *(campaign[key] for key in ("state", "accepted", "refused", "deferred")),
    )
    assert re.search(
        r"^1 accepted, 1 refused, 1 to be retried at \d\d:\d\d CES?T by a worker "
        rf"\(or: handbill campaigns resume {campaign['campaign']}\)\.$",
        err,
        re.MULTILINE,
    )
    assert "Error" not in err
    exit_code, _, err = run(capsys, "worker", "--once")
    assert 0 == exit_code and "waiting: goes on at" in err


def test_a_campaign_that_reached_nobody_exits_1(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the foreground and in the worker that cron runs."""
    exit_code, _, err = send(capsys, "spam1", "spam2")
    assert 1 == exit_code
    assert "Error: nobody was accepted; most frequent response: 5.7.1 Looks like spam" in err
    assert "--only failed" in err

    (project / "people.csv").write_text("email\nspam3@readers.example.org\n")
    run(capsys, "subscribers", "import", "people.csv", "--list", "weekly")
    words = ["--list", "weekly", "--delay", "0s", "--allow-repeat", "--yes"]
    run(capsys, "schedule", "lamp.md", *words)
    exit_code, _, err = run(capsys, "worker", "--once")
    assert 1 == exit_code
    assert re.search(r"^Error: .*: sent: nobody was accepted", err, re.MULTILINE)


def test_some_refused_is_done(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A dead address among others is told and suppressed, and is no failure."""
    exit_code, _, err = send(capsys, "ada", "gone")
    _, shown, _ = run(capsys, "subscribers", "show", "gone@readers.example.org")
    assert 0 == exit_code and "1 accepted, 1 refused." in err
    assert "never written to: refused" in shown


def test_no_at_the_prompt_is_done(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question names subject, From, list, segment, count, sender and findings; "n" is told as done."""
    (project / "people.csv").write_text("email,city\nada@readers.example.org,Skerrow\n")
    run(capsys, "subscribers", "import", "people.csv", "--list", "weekly")
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    words = ["--list", "weekly", "--segment", 'city = "Skerrow"']
    exit_code, _, err = run(capsys, "send", "lamp.md", *words)

    assert 0 == exit_code and err.rstrip().endswith("Nothing was sent.")
    for expected in (
        "Subject:   The lamp",
        "From:      The Lantern <letters@lantern.example.org>",
        'To:        1 recipient of the list "weekly", segment city = "Skerrow"',
        "Sender:    relay",
        "Findings:  ",
        "preheader",
    ):
        assert expected in err
    assert "Error" not in err and "Interrupted" not in err


def test_a_first_batch_is_done(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It was asked for: exit code 0, and what to do next."""
    exit_code, _, err = send(capsys, "ada", "bo", "cy", more=("--first", "2", "--yes"))
    assert 0 == exit_code
    assert "First batch of 2 sent, the campaign is paused: 2 accepted, 1 pending." in err
    assert "Error" not in err


def test_a_wrong_password_points_to_resume(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sending again after the correction would be a repetition: the message names the command that goes on."""
    is_correct = False

    def check_password(moment: Moment) -> str | None:
        if moment.step != "AUTH":
            return None
        return "235 2.7.0 Welcome" if is_correct else "535 5.7.8 Wrong password"

    monkeypatch.setenv("RELAY", "jam")
    with Sink(check_password, features=[*PIPELINING, "AUTH PLAIN"]) as sink:
        config = CONFIG.format(port=sink.port) + 'username = "me"\npassword_env = "RELAY"\n'
        (project / "handbill.toml").write_text(config)
        first, _, err = send(capsys, "ada")
        is_correct = True
        second, _, told = send(capsys, "ada")
        found = re.search(r"handbill campaigns resume (\S+)\. ", told)

        assert (1, 1) == (first, second) and found, err + told
        assert f"then resume it: handbill campaigns resume {found[1]}" in err
        assert 0 == run(capsys, "campaigns", "resume", found[1])[0]


def test_the_outbox_mails_nobody(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the result, the list, the report and a person's own data."""
    exit_code, out, err = send(capsys, "ada", more=("--sender", "outbox"))
    campaign = Path(out.strip()).name
    printed = [
        run(capsys, "campaigns", "list")[1],
        run(capsys, "campaigns", "show", campaign)[1],
        run(capsys, "subscribers", "show", "ada@readers.example.org")[1],
        run(capsys, "subscribers", "show", "ada@readers.example.org", "--json")[1],
    ]
    assert 0 == exit_code and "1 message written to" in err and "nobody was mailed" in err
    for text in printed:
        assert "written to the outbox" in text and "accepted" not in text


def test_the_list_of_campaigns_tells_them_apart(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Time, subject, list, number of recipients, sender and state."""
    (project / "people.csv").write_text("email\nada@readers.example.org\n")
    run(capsys, "subscribers", "import", "people.csv", "--list", "weekly")
    run(capsys, "send", "lamp.md", "--list", "weekly", "--yes")
    words = ["--list", "weekly", "--at", "2027-07-01 09:00", "--allow-repeat", "--yes"]
    run(capsys, "schedule", "lamp.md", *words)
    _, out, _ = run(capsys, "campaigns")
    lines = out.splitlines()
    assert "scheduled" in lines[0]
    assert (
        '    2027-07-01 09:00 Europe/Berlin: "The lamp" to recipients selected when it is due '
        'of the list "weekly", with relay' == lines[1]
    )
    assert "  sent  1 accepted" in lines[2]
    assert '"The lamp" to 1 recipient of the list "weekly", with relay' in lines[3]


@pytest.mark.parametrize(("zone", "times"), [("Europe/Berlin", 2), ("UTC", 1)])
def test_a_time_in_utc_is_written_once(
    project: Path, capsys: pytest.CaptureFixture[str], zone: str, times: int
) -> None:
    """Local time and UTC, unless they are the same."""
    config = project / "handbill.toml"
    config.write_text(config.read_text().replace("Europe/Berlin", zone))
    send(capsys, "ada")
    campaign = json.loads(run(capsys, "campaigns", "list", "--json")[1])["campaigns"][0]["campaign"]
    lines = run(capsys, "campaigns", "show", campaign)[1].splitlines()

    (scheduled,) = (line for line in lines if line.startswith("Scheduled:"))
    assert times == len(re.findall(r"\d\d:\d\d", scheduled)), scheduled
    assert "1 recipient" in [line.strip() for line in lines]


def test_outside_a_project_nothing_is_retried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no store and no worker: a plug-in's deferral is told so."""
    from pipeline.cli.shared.campaign_summary import print_summary
    from pipeline.models.campaign import Campaign, CampaignState
    from pipeline.models.delivery import DeliveryState
    from tests.campaigns.support import NOON

    campaign = Campaign(
        id="x",
        digest="",
        state=CampaignState.SENDING,
        at=NOON,
        zone="UTC",
        counts={DeliveryState.DEFERRED: 2},
        next_attempt_at=NOON,
    )
    print_summary(campaign, as_json=False, is_stored=False)
    assert "2 to be retried, which only a project can do" in capsys.readouterr().err


def test_results_as_csv_hold_no_formulas(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cell that a spreadsheet would compute is text: an address, and what a server replied."""
    address = "=cmd@readers.example.org"
    run(capsys, "send", "lamp.md", "--to", address, "--to", "later@readers.example.org", "--yes")
    _, listed, _ = run(capsys, "campaigns", "list", "--json")
    campaign_id = json.loads(listed)["campaigns"][0]["campaign"]
    _, table, _ = run(capsys, "campaigns", "show", campaign_id, "--csv")
    rows = list(csv.reader(StringIO(table)))
    assert any(address in cell for row in rows for cell in row)
    assert [] == [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell]


def test_the_outbox_shows_what_send_shows(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Subject, From, count and sender are shown before messages of the outbox are sent; "n" sends nothing."""
    _, folder, _ = run(
        capsys, "send", "lamp.md", "--to", "ada@readers.example.org", "--sender", "outbox"
    )
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    exit_code, _, printed = run(
        capsys, "outbox", "send", Path(folder.strip()).name, "--sender", "relay"
    )
    assert 0 == exit_code
    for text in ("The lamp", "The Lantern <letters@", "1 recipient", "relay", "Nothing was sent."):
        assert text in printed


def test_uncertain_deliveries_need_a_decision_in_every_state() -> None:
    """Somebody must look at them, also if the campaign was paused on purpose or sent its first batch."""
    for state, reason in ((CampaignState.SENT, None), (CampaignState.PAUSED, REQUESTED)):
        for count in (0, 1):
            campaign = Campaign(
                id="x",
                digest="",
                state=state,
                reason=reason,
                at=datetime(2026, 3, 2, tzinfo=UTC),
                zone="UTC",
                counts={DeliveryState.ACCEPTED: 2, DeliveryState.UNCERTAIN: count},
            )
            assert bool(count) == campaign.needs_decision == (1 == get_exit_code(campaign))
