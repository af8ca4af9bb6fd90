"""Tables as HTML: headings of columns and rows, what is repeated where rows are stacked, and findings."""

from __future__ import annotations

import pytest

from pipeline.models.article import Cell, List, Table
from tests.rendering.html_reader import Element, Page, comments
from tests.rendering.sample_issues import (
    article,
    bullets,
    cell,
    inlines,
    note,
    para,
    ref,
    render_html,
    render_sample,
)

NAMES = ("Harbour", "Ferries a year", "Days of fog", "Depth at low water", "Remarks")
ROW = ("412 ferries", "61 days", "11 metres", "Rebuilt after the storm")


def wide(*rows: tuple[Cell, ...], header: tuple[Cell, ...] | None = None) -> Table:
    """Return a table too wide for a phone."""
    return Table(header=tuple(map(cell, NAMES)) if header is None else header, rows=rows)


def row(*texts: str) -> tuple[Cell, ...]:
    return tuple(map(cell, texts))


def write(*tables: Table | List) -> Element:
    return Page(render_html(article(*tables))).root


def codes(*tables: Table) -> list[str]:
    return [finding.code for finding in render_sample(article(*tables)).findings]


def test_the_first_cells_are_the_headings_of_their_rows() -> None:
    """If there are headings of columns and the first cells differ; otherwise they are cells."""
    named = Table(header=row("Year", "Ferries"), rows=(row("1931", "412"), row("1932", "398")))
    twice = Table(header=row("Year", "Ferries"), rows=(row("1931", "412"), row("1931", "398")))
    bare = Table(rows=(row("1931", "412"), row("1932", "398")))

    found = [(e.attributes["scope"], e.text()) for e in write(named).all("th")]
    assert [("col", "Year"), ("col", "Ferries"), ("row", "1931"), ("row", "1932")] == found
    assert ["Year", "Ferries"] == [e.text() for e in write(twice).all("th")]
    assert [] == write(bare).all("th")


def test_an_empty_corner_is_no_heading() -> None:
    """An empty first cell of the header is a plain cell with the rule of the header below it."""
    header = (Cell(blocks=()), *row("1891"))
    table = Table(header=header, rows=(row("Births", "12"), row("Deaths", "9")))
    (head,) = write(table).all("thead")
    corner, named = head.all("td", "th")

    assert ("td", "th") == (corner.tag, named.tag)
    assert "border-bottom:2px" in corner.attributes["style"]


def test_few_or_narrow_columns_stay_columns() -> None:
    """Numbers fit side by side on a phone; such an email has no style sheet for wide tables."""
    years = Table(header=row("", "1891", "1901", "1911"), rows=(row("Births", "12", "14", "9"),))
    html = render_html(article(years))

    assert "stack" not in html
    assert ".stack" in render_html(article(wide(row("Oldhaven", *ROW))))


def test_a_merged_cell_is_repeated_where_rows_are_stacked() -> None:
    """In each of its rows, behind the name of its column; not in classic Outlook, which stacks nothing."""
    merged = Cell(blocks=(para("Oldhaven", ref(1)),), rowspan=2)
    table = wide((merged, *row(*ROW)), row(*ROW))
    html = render_html(article(table, notes=(note(1, "Said."),)))
    (again,) = Page(html).root.find_class("again")

    assert "Harbour: Oldhaven" == again.text()
    assert 1 == html.count('href="#fn1"')
    assert 'scope="rowgroup"' in html
    assert "<!--[if !mso]><!--><td class=" in html.replace("\n", "")


def test_the_name_of_a_column_keeps_its_reference_on_a_phone() -> None:
    """The name of the column has its number."""
    header = (cell("Harbour", ref(1)), *row(*NAMES[1:]))
    source = article(wide(row("Oldhaven", *ROW), header=header), notes=(note(1, "Said."),))
    names = Page(render_html(source)).root.find_class("column")

    assert "Harbour:1" == names[0].text()


def test_outlook_keeps_the_headings_of_columns() -> None:
    """The head that other clients hide is open there, and has the look of a table."""
    html = render_html(article(wide(row("Oldhaven", *ROW))))

    assert any(".stack td" in comment for comment in comments(html) if "[if mso]" in comment)
    assert "<!--[if mso]><thead><![endif]-->" in html.replace("\n", "")


def test_a_table_that_fits_nowhere_becomes_a_list() -> None:
    """Each row with the names of its columns, after a line with all of them; a warning says so."""
    months = [f"{month} of that year" for month in "ABCDEFGHIJKL"]
    table = Table(header=row(*months), rows=(row(*(f"{n} wagons" for n in range(12))),))
    lines = [e.text() for e in write(table).find_class("data")[0].all("tr")]

    assert lines[0].startswith("A of that year · B of that year · C")
    assert lines[1].startswith("A of that year: 0 wagons B of that year: 1 wagons")
    assert ["table.too-wide"] == codes(table)
    assert [] == codes(wide(row("Oldhaven", *ROW)))


@pytest.mark.parametrize(
    "header",
    [
        (),
        row("Harbour", "", "Fog", "Depth", "Remarks"),
        (cell("Harbour"), cell("In a year", colspan=2), cell("Depth"), cell("Remarks")),
    ],
    ids=["none", "empty", "merged"],
)
def test_wide_tables_without_headings_get_a_warning(header: tuple[Cell, ...]) -> None:
    """On a phone nobody could tell what their cells are; in a narrow table anybody can."""
    assert ["table.headings-missing"] == codes(wide(row("Oldhaven", *ROW), header=header))
    assert [] == codes(Table(rows=(row("a", "b"),)))


def test_tables_in_lists_have_less_room() -> None:
    """What fits into the text in columns does not fit into an item of an item."""
    words = ("Harbours", "Ferrymen", "Restored")
    table = Table(header=row(*words), rows=(row(*words),), caption=inlines("Names"))

    assert [] == write(table).find_class("stack")
    nested = bullets((para("a"), bullets((para("b"), table))))
    assert 1 == len(write(nested).find_class("stack"))
