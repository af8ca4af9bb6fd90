"""Making keys, as a person does."""

from __future__ import annotations

import stat
from pathlib import Path

from pipeline.mail.dkim.keys import format_dkim_record, read_key
from tests.journey.command import handbill


def test_a_key_is_made_once_and_signs(project: Path) -> None:
    """keygen writes a key only its owner reads, prints the record, says what to set, and never writes over a key."""
    done = handbill("dkim", "keygen", "--json", cwd=project)
    path = Path(done.json["file"])
    assert 0 == done.exit_code
    assert project / ".handbill/dkim-handbill.pem" == path
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert "handbill._domainkey.lantern.example.org" == done.json["name"]
    pem = path.read_bytes()
    assert format_dkim_record(read_key(pem, selector="s", source="")) == done.json["text"]
    assert '[dkim] selector = "handbill"' in done.stderr
    assert pem.splitlines()[1].decode() not in done.stdout + done.stderr

    again = handbill("dkim", "keygen", cwd=project)
    assert 1 == again.exit_code
    assert "a key already exists" in again.stderr
    assert pem == path.read_bytes()


def test_a_second_key_stands_beside_the_first(project: Path) -> None:
    """With a first key configured, keygen says how a second one is added; the zone line is all that is printed."""
    settings = (project / "handbill.toml").read_text() + '\n[dkim]\ndomain = "example.org"\n'
    (project / "handbill.toml").write_text(settings)
    done = handbill("dkim", "keygen", "--type", "ed25519", "--selector", "ed", cwd=project)
    assert 0 == done.exit_code
    assert done.stdout.startswith('ed._domainkey.example.org. IN TXT "v=DKIM1; k=ed25519; p=')
    assert '[[dkim.keys]] selector = "ed", key_file = ".handbill/dkim-ed.pem"' in done.stderr


def test_errors_of_keygen_are_reported(tmp_path: Path, project: Path) -> None:
    """Outside a project there is no place for a key; an invalid selector is wrong usage."""
    outside = handbill("dkim", "keygen", cwd=tmp_path)
    assert (1, "") == (outside.exit_code, outside.stdout)
    assert "There is no project here" in outside.stderr
    wrong = handbill("dkim", "keygen", "--selector", "a b", cwd=project)
    assert 2 == wrong.exit_code
    assert "letters, digits, dots and dashes" in wrong.stderr
