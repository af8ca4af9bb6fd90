"""Read all values of a file once, before anything is imported, to learn what its columns contain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest

from pipeline.subscribers.imports.columns.consent_columns import ConsentColumn, interpret
from pipeline.subscribers.imports.columns.consent_values import is_blank, parse_initial, says_left
from pipeline.subscribers.imports.rows.import_values import clean_cell, split_tags

_KEPT_VALUES = 500
_KEPT_EXAMPLES = 5
#: Rows whose equal cells are counted together.
_BATCH_SIZE = 2_000
#: Characters without which a cell is no list of tags.
_LIST = frozenset(",;[{")


@dataclass(kw_only=True, slots=True)
class ColumnSurvey:
    """
    What one column contains.

    Args:
        values: The first 500 different values that are not blank, in order.
        filled: How many cells are not blank.
        addresses: How many cells have an @.
        unknown: Up to five values that a consent column of this kind cannot have.
        left: Up to five values that say that somebody left, as `unsubscribed`.
    """

    values: dict[str, None] = field(default_factory=dict)
    filled: int = 0
    addresses: int = 0
    unknown: dict[str, None] = field(default_factory=dict)
    left: dict[str, None] = field(default_factory=dict)

    @property
    def has_addresses(self) -> bool:
        """Whether most cells that are not blank have an @."""
        return self.filled > 0 and self.addresses * 2 >= self.filled

    def add(self, cell: str, count: int, kind: ConsentColumn | None) -> None:
        """Take *cell* into account, which occurs *count* times, of a column that is of *kind* by its name."""
        text = clean_cell(cell)
        if not text:
            return
        self.filled += count
        self.addresses += count if "@" in text else 0
        if text in self.values:
            return
        if len(self.values) < _KEPT_VALUES:
            self.values[text] = None
        if kind is None:
            if len(text) <= 60 and len(self.left) < _KEPT_EXAMPLES:
                is_list = not _LIST.isdisjoint(text)
                for tag in split_tags(text) if is_list else (text,):
                    if says_left(tag):
                        self.left[tag.strip()] = None
        elif kind is not ConsentColumn.UNCLEAR and len(self.unknown) < _KEPT_EXAMPLES:
            self._check(text, kind)

    def _check(self, text: str, kind: ConsentColumn) -> None:
        if is_blank(text) or (kind is ConsentColumn.STATE and parse_initial(text) is not None):
            return
        try:
            interpret(kind, text)
        except ValueError:
            self.unknown[text] = None


def survey_columns(
    rows: Iterable[Sequence[str]], kinds: Sequence[ConsentColumn | None]
) -> list[ColumnSurvey]:
    """
    Return a survey of each column.

    Args:
        kinds: What each column says about consent, by its name.
    """
    surveys = [ColumnSurvey() for _ in kinds]
    # A row with more cells was shifted by a delimiter that was not quoted, and is not imported.
    fitting = (cells for cells in rows if not any(cells[len(surveys) :]))
    while batch := list(islice(fitting, _BATCH_SIZE)):
        columns = zip_longest(*batch, fillvalue="")
        for survey, kind, cells in zip(surveys, kinds, columns, strict=False):
            for cell, count in Counter(cells).items():
                survey.add(cell, count, kind)
    return surveys
