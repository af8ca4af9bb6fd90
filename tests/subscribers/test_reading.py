"""Tables as other systems export them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.imports.csv_reader import reading
from pipeline.subscribers.imports.row import Refusal, Row


def read(folder: Path, content: str | bytes, **options: object) -> list[Row | Refusal]:
    """Write *content* to a file and read it as a table."""
    path = folder / "readers.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with reading(path, **options) as table:  # type: ignore[arg-type]  # as each test has them
        return list(table.rows)


def people(folder: Path, content: str | bytes, **options: object) -> list[Row]:
    """Read a table nobody of which is refused."""
    rows = read(folder, content, **options)
    found = [row for row in rows if isinstance(row, Row)]
    assert len(rows) == len(found), rows
    return found


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter(tmp_path: Path, delimiter: str) -> None:
    """What cuts the lines alike is the delimiter, commas inside quotes or not."""
    lines = (
        "email|name|city",
        'ada@example.org|"Byron, Ada"|London',
        'g@example.org|"G; H|"|Paris',
    )
    content = "\n".join(line.replace("|", delimiter) for line in lines)
    first, second = people(tmp_path, content)
    assert ("ada@example.org", "Byron, Ada") == (first.address.email, first.address.name)
    assert {"city": "Paris"} == second.attributes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_most_encodings(tmp_path: Path, encoding: str) -> None:
    """A table is read in its own encoding without being told."""
    (row,) = people(tmp_path, "email;name\njose@example.org;José Müller\n".encode(encoding))
    assert "José Müller" == row.address.name


def test_an_encoding_may_be_said(tmp_path: Path) -> None:
    """One that cannot be guessed is given; a wrong or unknown one is told."""
    content = "email;name\na@example.org;Łukasz\n".encode("iso-8859-2")
    assert "Łukasz" == people(tmp_path, content, encoding="iso-8859-2")[0].address.name
    with pytest.raises(ConfigError, match="it is not utf-8"):
        people(tmp_path, content, encoding="utf-8")
    with pytest.raises(ConfigError, match='"klingon" is no encoding'):
        people(tmp_path, content, encoding="klingon")


@pytest.mark.parametrize(
    "header",
    ["E-Mail,Vorname,Nachname", "Email Address,First Name,Last Name", "adresse e-mail,Prénom,Nom"],
)
def test_headings_of_other_systems(tmp_path: Path, header: str) -> None:
    """Columns are known by the names other systems and languages give them."""
    (row,) = people(tmp_path, f"{header}\nada@example.org,Ada,Byron\n")
    assert ("ada@example.org", "Ada Byron") == (row.address.email, row.address.name)


def test_a_column_may_be_said(tmp_path: Path) -> None:
    """A heading nobody can guess is given its meaning, or left out; the rest are attributes."""
    content = "Contact,Was gibt er?,secret\nada@example.org,monthly,x\n"
    meanings = {"Contact": "email", "Was gibt er?": "donor", "secret": "-"}
    (row,) = people(tmp_path, content, columns=meanings)
    assert {"donor": "monthly"} == row.attributes


def test_what_is_not_taken_is_told(tmp_path: Path) -> None:
    """The columns nothing is taken from are listed."""
    path = tmp_path / "readers.csv"
    path.write_text("email,lists,name\na@example.org,weekly,A\n", encoding="utf-8")
    with reading(path) as table:
        list(table.rows)
    assert ("lists",) == table.left_out


def test_all_that_a_row_can_hold(tmp_path: Path) -> None:
    """Language, zone, tags, state and consent are read; what is wrong in them is left out and told."""
    content = (
        "email,language,timezone,tags,status,consent date\n"
        'a@example.org,pt_br,Europe/Lisbon,"press; member",subscribed,2025-01-02\n'
        "b@example.org,klingon,Mars/Olympus,,Unsubscribed,soon\n"
        "c@example.org,,,,cleaned,\n"
    )
    first, second, third = people(tmp_path, content)
    assert ("pt-BR", "Europe/Lisbon", ("press", "member")) == (
        first.language,
        first.zone,
        first.tags,
    )
    assert (SubscriberState.CONFIRMED, datetime(2025, 1, 2, tzinfo=UTC)) == (
        first.state,
        first.consent_at,
    )
    assert SubscriberState.UNSUBSCRIBED is second.state
    assert ["language", "time zone", "date"] == [why.split(' "')[0][4:] for why in second.remarks]
    assert third.is_suppressed


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("nobody,", "is no email address"),
        (",Ada", "it has no address"),
        ("a@example.org,Ada,London,x", "it has 4 cells, the header 3"),
        ("a@example.org,Ada,half", 'the state "half" is not known'),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_with_its_line(
    tmp_path: Path, line: str, why: str
) -> None:
    """A bad row is listed with its line, what it said and why; the others are read."""
    content = f"email,name,status\nfirst@example.org,F,active\n\n{line}\nlast@example.org\n"
    first, refused, last = read(tmp_path, content)
    assert isinstance(first, Row)
    assert isinstance(last, Row)
    assert isinstance(refused, Refusal)
    assert 4 == refused.line
    assert why in refused.why


def test_a_bare_list_of_addresses_needs_no_heading(tmp_path: Path) -> None:
    """The list of bounces of an old system is often no more than addresses."""
    rows = people(tmp_path, "a@example.org\nB <b@example.org>\n")
    assert ["a@example.org", "b@example.org"] == [row.address.email for row in rows]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "it is empty"),
        ("name,city\nAda,London\n", "no column holds addresses: name, city"),
        ("email,E-Mail\na@example.org,b@example.org\n", "two columns hold the same, email"),
        ("a@example.org,Ada\nb@example.org,B\n", "the names of the columns should be"),
        ('email,name\na@example.org,"Ada\n' + "x" * 200_000, "a quotation mark is never closed"),
    ],
)
def test_a_table_that_cannot_be_read_is_told(tmp_path: Path, content: str, words: str) -> None:
    """What keeps a whole table from being read is one sentence with the file's name."""
    with pytest.raises(ConfigError, match=words) as told:
        read(tmp_path, content)
    assert str(tmp_path / "readers.csv") in str(told.value)


def test_a_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A meaning given to a heading nobody has is a slip."""
    with pytest.raises(ConfigError, match=r'no column "Kontakt".*Did you mean "Contact"'):
        read(tmp_path, "Contact\nx\n", columns={"Kontakt": "email"})


def test_names_are_one_line(tmp_path: Path) -> None:
    """Line ends and controls inside a cell become a space: a name stands in a header."""
    (row,) = people(tmp_path, 'email,name,note\na@example.org,"Ada\r\nBcc: x","two\nlines"\n')
    assert "Ada Bcc: x" == row.address.name
    assert {"note": "two lines"} == row.attributes
