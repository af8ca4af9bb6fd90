"""CSV files as other systems export them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.imports.csv_reader import open_csv
from pipeline.subscribers.imports.import_row import ImportRow, RowProblem


def read(folder: Path, content: str | bytes, **options: object) -> list[ImportRow | RowProblem]:
    """Write *content* to a file and read its rows."""
    path = folder / "readers.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with open_csv(path, **options) as file:  # type: ignore[arg-type]  # depends on the test
        return list(file.rows)


def read_valid(folder: Path, content: str | bytes, **options: object) -> list[ImportRow]:
    """Read rows that are all valid."""
    rows = read(folder, content, **options)
    found = [row for row in rows if isinstance(row, ImportRow)]
    assert len(rows) == len(found), rows
    return found


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    """The delimiter is detected; other delimiters inside quotes are text."""
    lines = (
        "email|name|city",
        'ada@example.org|"Byron, Ada"|London',
        'g@example.org|"G; H|"|Paris',
    )
    content = "\n".join(line.replace("|", delimiter) for line in lines)
    first, second = read_valid(tmp_path, content)
    assert ("ada@example.org", "Byron, Ada") == (first.address.email, first.address.name)
    assert {"city": "Paris"} == second.attributes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_detected(tmp_path: Path, encoding: str) -> None:
    """The encoding is detected."""
    (row,) = read_valid(tmp_path, "email;name\njose@example.org;José Müller\n".encode(encoding))
    assert "José Müller" == row.address.name


def test_an_assumed_encoding_is_reported(tmp_path: Path) -> None:
    """A file in cp1250 may read wrong as windows-1252: the first word that shows it is reported."""
    path = tmp_path / "pl.csv"
    path.write_bytes(
        "email;name\na@example.org;Ada\nl@example.org;Łukasz Wójcik\n".encode("cp1250")
    )
    with open_csv(path) as file:
        assert "£ukasz" in file.assumed
    path.write_bytes("email;name\na@example.org;Пристань\n".encode("koi8-r"))
    with pytest.raises(ConfigError, match="no other encoding fits it"), open_csv(path):
        pass


def test_given_encoding(tmp_path: Path) -> None:
    """An encoding can be given; a wrong or unknown one is an error."""
    content = "email;name\na@example.org;Łukasz\n".encode("iso-8859-2")
    assert "Łukasz" == read_valid(tmp_path, content, encoding="iso-8859-2")[0].address.name
    with pytest.raises(ConfigError, match="the file is not in utf-8"):
        read_valid(tmp_path, content, encoding="utf-8")
    with pytest.raises(ConfigError, match='unknown encoding "klingon"'):
        read_valid(tmp_path, content, encoding="klingon")


@pytest.mark.parametrize(
    "header",
    ["E-Mail,Vorname,Nachname", "Email Address,First Name,Last Name", "adresse e-mail,Prénom,Nom"],
)
def test_headings_of_other_systems(tmp_path: Path, header: str) -> None:
    """Columns are recognized in other languages and under the names of other systems."""
    (row,) = read_valid(tmp_path, f"{header}\nada@example.org,Ada,Byron\n")
    assert ("ada@example.org", "Ada Byron") == (row.address.email, row.address.name)


def test_given_columns(tmp_path: Path) -> None:
    """The meaning of a column can be given, or the column ignored; other columns are attributes."""
    content = "Contact,Was gibt er?,secret\nada@example.org,monthly,x\n"
    columns = {"Contact": "email", "Was gibt er?": "donor", "secret": "-"}
    (row,) = read_valid(tmp_path, content, columns=columns)
    assert {"donor": "monthly"} == row.attributes


def test_ignored_columns(tmp_path: Path) -> None:
    """Columns that are not imported are listed."""
    path = tmp_path / "readers.csv"
    path.write_text("email,lists,name\na@example.org,weekly,A\n", encoding="utf-8")
    with open_csv(path) as file:
        list(file.rows)
    assert ("lists",) == file.ignored_columns


def test_values_of_a_row(tmp_path: Path) -> None:
    """Language, time zone, tags, state and consent are read; values that are not known are ignored with a warning."""
    content = (
        "email,language,timezone,tags,status,consent date\n"
        'a@example.org,pt_br,Europe/Lisbon,"press; member",subscribed,2025-01-02\n'
        "b@example.org,klingon,Mars/Olympus,,Unsubscribed,soon\n"
        "c@example.org,,,,cleaned,\n"
    )
    first, second, third = read_valid(tmp_path, content)
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
    assert ["language", "time zone", "date"] == [
        warning.split(' "')[0][4:] for warning in second.warnings
    ]
    assert third.is_suppressed


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("nobody,", "is not an email address"),
        (",Ada", "it has no email address"),
        ("a@example.org,Ada,London,x", "it has 4 cells, the header only 3"),
        ("a@example.org,Ada,half", 'the state "half" is not known'),
    ],
)
def test_invalid_row_is_reported_with_its_line(tmp_path: Path, line: str, reason: str) -> None:
    """An invalid row is reported with its line, text and reason; the others are read."""
    content = f"email,name,status\nfirst@example.org,F,active\n\n{line}\nlast@example.org\n"
    first, problem, last = read(tmp_path, content)
    assert isinstance(first, ImportRow)
    assert isinstance(last, ImportRow)
    assert isinstance(problem, RowProblem)
    assert 4 == problem.line
    assert reason in problem.reason


def test_list_of_addresses_without_heading(tmp_path: Path) -> None:
    """A file with one address per line, as exported lists of bounces often are, needs no heading."""
    rows = read_valid(tmp_path, "a@example.org\nB <b@example.org>\n")
    assert ["a@example.org", "b@example.org"] == [row.address.email for row in rows]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("name,city\nAda,London\n", "no column contains email addresses: name, city"),
        ("email,E-Mail\na@example.org,b@example.org\n", "two columns contain email"),
        (
            "a@example.org,Ada\nb@example.org,B\n",
            "an email address where the column names should be",
        ),
        (
            'email,name\na@example.org,"Ada\n' + "x" * 200_000,
            "a quotation mark that is never closed",
        ),
    ],
)
def test_file_that_cannot_be_read(tmp_path: Path, content: str, message: str) -> None:
    """The error says what is wrong, with the path of the file."""
    with pytest.raises(ConfigError, match=message) as caught:
        read(tmp_path, content)
    assert str(tmp_path / "readers.csv") in str(caught.value)


def test_given_column_that_does_not_exist(tmp_path: Path) -> None:
    """A heading that the file does not have is an error."""
    with pytest.raises(ConfigError, match=r'no column "Kontakt".*Did you mean "Contact"'):
        read(tmp_path, "Contact\nx\n", columns={"Kontakt": "email"})


def test_control_characters_are_removed(tmp_path: Path) -> None:
    """Line breaks and control characters in a cell become a space: names go into headers."""
    (row,) = read_valid(tmp_path, 'email,name,note\na@example.org,"Ada\r\nBcc: x","two\nlines"\n')
    assert "Ada Bcc: x" == row.address.name
    assert {"note": "two lines"} == row.attributes
