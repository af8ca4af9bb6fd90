"""Exports: no formulas, and imported again unchanged."""

from __future__ import annotations

import csv
import io
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cli.subscribers.export import write_csv
from pipeline.database import Store, open_store
from pipeline.models.address import Address
from pipeline.subscribers.imports.rows.import_values import join_tags
from pipeline.subscribers.spreadsheet_cells import escape_formulas, escape_row, unescape_formulas
from pipeline.subscribers.subscriber_store import SubscriberStore
from pipeline.testing import ManualClock
from tests.subscribers.stores import SECRET

_LIVE_STARTS = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(1)",
        '=HYPERLINK("x")',
        "'=1",
        "''@x",
        "a;=1",
        "a\t=1",
        "＝1",
    ],
)
def test_formulas_are_marked(text: str) -> None:
    """A formula gets an apostrophe, which reading takes off again."""
    cell = escape_formulas(text)
    assert text != cell
    assert not cell.startswith(_LIVE_STARTS)
    assert text == unescape_formulas(cell)


@pytest.mark.parametrize(
    "text", ["", "Ada", "-5", "+4722334455", "3,5", "O'Hara", "'quoted'", "a-b", "x = y"]
)
def test_other_texts_are_written_as_they_are(text: str) -> None:
    """Plain numbers and other texts are not changed, neither written nor read."""
    assert (text, text) == (escape_formulas(text), unescape_formulas(text))


@given(st.text("='+-@;| a1\"", max_size=12))
def test_reading_undoes_writing(text: str) -> None:
    """Whatever the text, it is read as it was written."""
    assert text == unescape_formulas(escape_formulas(text))


_WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12
).filter(lambda text: text == text.strip() and text.isprintable() and text.strip() != "")
_NAMES = st.sampled_from(["weekly", "the monthly", "a, b", "é"])
_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "email": st.integers(0, 40).map(lambda n: f"p{n}@example.org"),
            "name": _WORDS,
            "state": st.sampled_from(["confirmed", "unconfirmed", "unsubscribed", "suppressed"]),
            "tags": st.lists(_WORDS, max_size=3),
            "lists": st.lists(_NAMES, min_size=1, max_size=2),
            "note": st.one_of(_WORDS, st.sampled_from(["=1+1", "'=x", "@a;-b", "-7"])),
        }
    ),
    max_size=8,
    unique_by=lambda row: row["email"],
)


def _export(subscribers: SubscriberStore) -> str:
    file = io.StringIO()
    write_csv(file, subscribers.list_subscribers(), subscribers.find_attribute_names())
    return file.getvalue()


def _import(subscribers: SubscriberStore, content: str, folder: Path) -> None:
    path = folder / "people.csv"
    path.write_text(content, encoding="utf-8")
    report = subscribers.import_file(path, list_name=None)
    assert ([], []) == (report.refused, report.warnings)


@settings(max_examples=5, deadline=None)
@given(_ROWS)
def test_an_export_is_imported_again_unchanged(rows: list[dict[str, Any]]) -> None:
    """Importing an export changes nothing, and a new store with it exports the same."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("email", "name", "state", "tags", "lists", "unsubscribed_lists", "note"))
    for row in rows:
        values = (row["email"], row["name"], row["state"], join_tags(row["tags"]))
        left = join_tags(row["lists"][1:])
        writer.writerow(escape_row((*values, join_tags(row["lists"][:1]), left, row["note"])))
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        first, second = (
            SubscriberStore(
                stack.enter_context(open_store(f"sqlite:///{folder / file}", root=folder)),
                secret=SECRET,
                clock=ManualClock(),
            )
            for file in ("a.db", "b.db")
        )
        _import(first, table.getvalue(), folder)
        exported = _export(first)
        assert len(rows) == len(list(csv.reader(io.StringIO(exported)))) - 1
        assert sorted(each["name"] for each in rows) == sorted(
            each.address.name for each in first.list_subscribers()
        )
        _import(first, exported, folder)
        assert exported == _export(first)
        _import(second, exported, folder)
        assert exported == _export(second)


def test_leaving_one_list_survives_an_export(store: Store, tmp_path: Path) -> None:
    """Who left one list is not put on it by an export imported with that list."""
    subscribers = SubscriberStore(store, secret=SECRET, clock=ManualClock())
    ada, bo = Address(email="ada@example.org"), Address(email="bo@example.org")
    for address in (ada, bo):
        subscribers.add(address, list_name="weekly", attributes={})
    subscribers.unsubscribe(ada, list_name="weekly")
    subscribers.suppress(bo, reason="bounced")
    exported = _export(subscribers)
    subscribers.erase(ada)
    assert ["state", "confirmed", "suppressed"] == [
        row[2] for row in csv.reader(io.StringIO(exported))
    ]
    (tmp_path / "people.csv").write_text(exported.replace("ada@", "eve@"), encoding="utf-8")
    subscribers.import_file(tmp_path / "people.csv", list_name="weekly")
    assert [0] == [counts.reachable for counts in subscribers.count_lists()]
