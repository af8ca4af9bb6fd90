"""CSV files as other systems export them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from pipeline.errors import ConfigError
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.imports.columns.column_names import ImportColumn
from pipeline.subscribers.imports.files.csv_reader import open_csv
from pipeline.subscribers.imports.rows.import_row import ImportRow, RowProblem


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
    """The encoding of a file that is not UTF-8 is assumed by its words, and reported with one of them."""
    path = tmp_path / "pl.csv"
    path.write_bytes(
        "email;name\na@example.org;Ada\nl@example.org;Łukasz Wójcik\n".encode("cp1250")
    )
    with open_csv(path) as file:
        assert "windows-1250, which reads “Łukasz”" == file.assumed
    path.write_bytes(b"email;name\na@example.org;\x81\x8d\xa4\x98\xfe\x90\n")
    with pytest.raises(ConfigError, match="no other encoding fits it"), open_csv(path):
        pass


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("mac_roman", "Zoë Çelik-Ångström"),
        ("cp1252", "José Müller, Café “Größe”"),
        ("cp1250", "Żaneta Świątek"),
        ("cp1251", "Наталья Жукова"),
        ("koi8-r", "Наталья Жукова"),
        ("cp1253", "Γιώργος Παππάς"),
        ("utf-16-le", "Zoë"),
        ("utf-16-be", "Łucja"),
        ("utf-32-le", "Zoë"),
    ],
)
def test_encodings_are_found_by_words(tmp_path: Path, encoding: str, name: str) -> None:
    """Without a byte order mark, each encoding is found by the words it makes, and the report says so."""
    path = tmp_path / "people.csv"
    lines = ("email;name", f"a@example.org;{name}", "b@example.org;Bo", f"c@example.org;{name}")
    path.write_bytes("\r\n".join(lines).encode(encoding))
    with open_csv(path) as file:
        first, _, _ = file.rows
        assert file.assumed
    assert isinstance(first, ImportRow)
    assert name == first.address.name


def test_damaged_utf8(tmp_path: Path) -> None:
    """UTF-8 with a damaged character is told as that, not taken for another encoding."""
    path = tmp_path / "people.csv"
    path.write_bytes("email;name\na@example.org;Łódź, Åsa, Zoë".encode() + b"\xc3\n")
    with pytest.raises(ConfigError, match="UTF-8 but damaged"), open_csv(path):
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
    assert ("lists",) == file.find_headings(ImportColumn.LISTS)


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
        ("a@@example.org,Ada,active", "is not an email address"),
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
        ("email,E-Mail\na@example.org,b@example.org\n", "several columns contain email addresses"),
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


@pytest.mark.parametrize(
    ("above", "skipped"),
    [
        ("sep=;\r\n", 0),
        ('"sep=;"\r\n', 0),
        ("Subscribers, exported 2026-11-03\n\n", 1),
        ("Report;;\nFilter: all;;\n;;\n", 2),
        ("\ufeffsep=;\n", 0),
    ],
)
def test_lines_above_the_header(tmp_path: Path, above: str, skipped: int) -> None:
    """A line that names the delimiter, and titles above the names of columns, are passed over."""
    path = tmp_path / "people.csv"
    path.write_text(f"{above}Email;Name;Status\na@example.org;Ada;active\n", encoding="utf-8")
    with open_csv(path) as file:
        (row,) = file.rows
        assert skipped == file.title_lines
    assert isinstance(row, ImportRow)
    assert ("Ada", SubscriberState.CONFIRMED) == (row.address.name, row.state)


@pytest.mark.parametrize(
    "written",
    [
        *(
            "a@example.org\u00a0",
            "\u200ba@example.org",
            "a@example.org\u200e",
            "mailto:a@example.org",
        ),
        *(
            "a@example.org;",
            "'a@example.org'",
            '"""a@example.org"""',
            "<a@example.org>",
            '"=""a@example.org"""',
        ),
        *(
            "MAILTO:a@example.org?subject=x",
            '"a@example.org,"',
            "\ufeffa@example.org",
            "(a@example.org)",
        ),
        *(
            "[a@example.org](mailto:a@example.org)",
            "email: a@example.org",
            "’a@example.org’",
            "a@example.org.",
        ),
    ],
)
def test_what_copying_puts_around_an_address(tmp_path: Path, written: str) -> None:
    """Quotes, brackets, `mailto:` and characters that nobody sees are taken off an address."""
    (row,) = read_valid(tmp_path, f"email,name\n{written},Ada\n")
    assert "a@example.org" == row.address.email


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ('"""Donor"",""Friends, spring"""', ("Donor", "Friends, spring")),
        ('"[""a"", ""b, c""]"', ("a", "b, c")),
        ('"{a,""b, c""}"', ("a", "b, c")),
        ("a; b;a", ("a", "b")),
    ],
)
def test_tags(tmp_path: Path, cell: str, tags: tuple[str, ...]) -> None:
    """Several tags are separated by commas or semicolons; one in quotes may have commas itself."""
    (row,) = read_valid(tmp_path, f"email,TAGS\na@example.org,{cell}\n")
    assert tags == row.tags


@pytest.mark.parametrize(
    ("written", "day"),
    [
        *(
            (text, "2021-03-25")
            for text in ("3/25/2021 9:12", "25/3/2021", "25.03.2021", "25-Mar-2021")
        ),
        *(
            (text, "2021-03-25")
            for text in ("2021-03-25 09:12:44 UTC", "2021-03-25 09:12:44 +0000 UTC")
        ),
        *(
            (text, "2021-03-25")
            for text in ("Thu, 25 Mar 2021 09:12:44 GMT", "Mar 25, 2021 9:12 PM")
        ),
        *(
            (text, "2021-03-25")
            for text in ("25. März 2021", "25 de marzo de 2021", "2021/03/25", "1616663564")
        ),
        *(
            (text, "2021-03-25")
            for text in ("44280.5", "March 25th, 2021", "Thu Mar 25 2021 09:12:44 GMT+0000 (UTC)")
        ),
        ("3/2/2021", None),
        ("lately", None),
    ],
)
def test_dates_of_consent(tmp_path: Path, written: str, day: str | None) -> None:
    """Dates are read as other systems write them; one that is not clear is unknown, and never today."""
    (row,) = read_valid(tmp_path, f'email,subscribed_at\na@example.org,"{written}"\n')
    assert day == (row.consent_at and row.consent_at.date().isoformat())
    assert row.has_consent_date
    assert ([] if day else [True]) == ["not known" in text for text in row.warnings]


def test_the_column_tells_the_order_of_day_and_month(tmp_path: Path) -> None:
    """One date of a column that can only be read one way tells how the others are read."""
    first, _ = read_valid(
        tmp_path, "email,Date Added\na@example.org,3/2/2021\nb@example.org,3/25/2021\n"
    )
    assert datetime(2021, 3, 2, tzinfo=UTC) == first.consent_at
    first, _ = read_valid(
        tmp_path, "email,Date Added\na@example.org,3/2/2021\nb@example.org,25/3/2021\n"
    )
    assert datetime(2021, 2, 3, tzinfo=UTC) == first.consent_at


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04", "ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, r"Excel workbook \(.xls\)"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"<!DOCTYPE html><table>", "a web page"),
        (b"\xef\xbb\xbf<html>", "a web page"),
        (b'[{"email": "a@example.org"}]', "JSON"),
        (b'{"subscribers": []}', "JSON"),
        (b"\x1f\x8b\x08", "compressed"),
        (b"BEGIN:VCARD\n", "an address book"),
    ],
)
def test_other_kinds_of_files(tmp_path: Path, content: bytes, message: str) -> None:
    """A file that is no CSV is told as what it is, with what to do."""
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=message), open_csv(path):
        pass


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("[Content_Types].xml", "xl/workbook.xml"), r"Excel workbook \(.xlsx\).*save it as CSV"),
        (("mimetype", "content.xml"), r"OpenDocument file \(.ods\)"),
        (("Index/Document.iwa",), "Numbers"),
        (("subscribed.csv", "cleaned.csv"), r"subscribed.csv, cleaned.csv"),
    ],
)
def test_archives(tmp_path: Path, names: tuple[str, ...], message: str) -> None:
    """Workbooks and archives are told apart by what is in them."""
    path = tmp_path / "people.csv"
    with ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(ConfigError, match=message), open_csv(path):
        pass


def test_too_many_columns(tmp_path: Path) -> None:
    """A hundred thousand columns are refused in a sentence, before anything is computed of them."""
    header = "email," + ",".join(f"c{number}" for number in range(100_000))
    with pytest.raises(ConfigError, match="has 100,001 columns; Handbill reads up to 1,000"):
        read(tmp_path, f"{header}\na@example.org\n")


def test_messages_quote_little_and_show_control_characters(tmp_path: Path) -> None:
    """A message quotes at most 80 characters of a value, with NUL and escape sequences shown."""
    nasty = "\x1b]0;gone\x07\0" + "x" * 50_000
    _, problem = read(tmp_path, f"email,name\na@example.org,Ada\n{nasty},Bo\n")
    assert isinstance(problem, RowProblem)
    assert 80 >= len(problem.text)
    assert 300 > len(problem.reason)
    assert (problem.text + problem.reason).isprintable()
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f"email,status\na@example.org,{nasty}\n")
    assert 900 > len(str(caught.value))
    assert str(caught.value).isprintable()


def test_second_columns_of_a_kind_are_attributes(tmp_path: Path) -> None:
    """A postal address, a second name and a repeated heading are attributes beside the columns that count."""
    (row,) = read_valid(
        tmp_path,
        "Email,Address,Name,Full Name,City,City,State\na@example.org,Mill Lane 4,Ada,Ada B.,Skerrow,Oslo,CA\n",
    )
    assert ("a@example.org", "Ada") == (row.address.email, row.address.name)
    assert {
        "address": "Mill Lane 4",
        "full_name": "Ada B.",
        "city": "Skerrow",
        "city_2": "Oslo",
        "region": "CA",
    } == row.attributes


@pytest.mark.parametrize("name", ["domain", "joined", "unsubscribe_url"])
def test_reserved_names_are_no_attributes(tmp_path: Path, name: str) -> None:
    """A name that Handbill uses itself is refused, with how to give the column another one."""
    with pytest.raises(ConfigError, match="a name that Handbill uses itself"):
        read(tmp_path, "email,Note\na@example.org,x\n", columns={"Note": name})
    (row,) = read_valid(
        tmp_path, "email,Note\na@example.org,x\n", columns={"Note": f"their {name}"}
    )
    assert ["x"] == list(row.attributes.values())
