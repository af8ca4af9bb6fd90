"""What errors say: names that are near, and quotations that are short."""

from __future__ import annotations

import sys

import pytest

from pipeline import cli as command_line
from pipeline.errors import AddressError, ConfigError, UnknownName, shorten_quotations
from pipeline.models.finding import Finding, Severity

LONG = "x" * 50_000
WORDS = "word " * 10_000


@pytest.mark.parametrize("value", [LONG, WORDS, f"{WORDS}{LONG}"])
@pytest.mark.parametrize("kind", [ConfigError, AddressError, UnknownName])
def test_an_error_quotes_at_most_80_characters(kind: type[Exception], value: str) -> None:
    """Whatever was given, the sentence around it stays readable."""
    message = str(kind(f'handbill.toml:3: "{value}" is invalid. Known: a, b. Did you mean "a"?'))
    assert len(message) < 200
    assert message.startswith('handbill.toml:3: "') and message.endswith('Did you mean "a"?')
    assert len(str(kind(f"{value}: the file does not exist."))) < 800


def test_short_messages_and_paths_stay_as_they_are() -> None:
    """Two quotations far apart are not one, and a long path is whole."""
    path = "/srv/" + "folder/" * 25 + "article.md"
    message = f'{path}: "a" is not a name. {"Write another name. " * 6}Did you mean "b"?'
    assert message == shorten_quotations(message)


def test_a_finding_quotes_at_most_80_characters() -> None:
    """Findings too, in JSON as well."""
    found = Finding(
        code="x", severity=Severity.NOTE, where="here", message=f"“{WORDS}” is long", hint=""
    )
    assert len(found.to_json()["message"]) < 100


@pytest.mark.parametrize(
    "words",
    [
        ("load", LONG),
        ("load", WORDS),
        ("send", "x.md", "--to", LONG),
        ("send", "x.md", "--to", "a@example.org", "--limit", "9" * 5_000),
        ("send", "x.md", "--to", "a@example.org", "--limit", WORDS),
        ("send", "x.md", "--list", "w", "--first", "9" * 5_000),
        ("send", "x.md", "--list", "w", "--delay", WORDS),
        ("schedule", "x.md", "--list", "w", "--at", WORDS),
        ("schedule", "x.md", "--list", "w", "--at", "2027-01-01 09:00", "--zone", LONG),
        ("subscribers", "unsubscribe", LONG),
        ("subscribers", "export", "--segment", WORDS),
        ("campaigns", "show", WORDS),
        (WORDS,),
        ("send", f"--{LONG}"),
        ("docs", WORDS),
        ("outbox", "open", WORDS),
    ],
)
def test_no_command_repeats_a_long_argument(
    tmp_path: object,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
) -> None:
    """Neither errors nor wrong usage repeat what was typed beyond 80 characters."""
    monkeypatch.chdir(str(tmp_path))
    with open("handbill.toml", "w") as file:  # noqa: PTH123  # in the working folder
        file.write('[publication]\nname = "T"\nfrom = "t@example.org"\n')
    monkeypatch.setattr(sys, "argv", ["handbill", *words])
    assert 0 != command_line.run(words)
    printed = capsys.readouterr().err
    assert "unexpected error" not in printed
    assert len(printed) < 1_500
    assert "x" * 81 not in printed and "9" * 81 not in printed and "word " * 17 not in printed
