"""
Write text into cells of a CSV file so that no spreadsheet takes it for a formula, and read it again unchanged.

A cell that a spreadsheet would run (it begins with `=`, `+`, `-` or `@`, but is no plain number) gets an apostrophe in
front, as spreadsheets themselves mark text; so does what follows a semicolon, tab or bar, at which a spreadsheet may
split the line. A text that already has apostrophes there gets one more, so that reading it gives the same text again.
See OWASP, CSV Injection.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: The start of a formula, also of full width as Japanese spreadsheets accept it.
_START = "[=+\\-@\uff1d\uff0b\uff0d\uff20]"
_LIVE = re.compile(rf"(^|[;\t|])(\s{{0,40}}'{{0,40}})(?={_START})")
_MARKED = re.compile(rf"(^|[;\t|])(\s{{0,40}})'('{{0,40}})(?={_START})")
_NUMBER = re.compile(r"[+-]?\d{1,40}(?:[.,]\d{1,40})?")


def escape_formulas(text: str) -> str:
    """Return *text* as a cell that no spreadsheet runs."""
    return text if _NUMBER.fullmatch(text) else _LIVE.sub(r"\1\2'", text)


def unescape_formulas(cell: str) -> str:
    """Return the text that `escape_formulas()` made *cell* of; any other text is returned as it is."""
    if "'" not in cell:
        return cell
    text = _MARKED.sub(r"\1\2\3", cell)
    return cell if _NUMBER.fullmatch(text) and not cell.startswith("'") else text


def escape_row(values: Iterable[object]) -> list[str]:
    """Return a row of cells that no spreadsheet runs."""
    return [escape_formulas("" if value is None else str(value)) for value in values]
