"""Read all values of a file once, before anything is imported, to learn what its columns contain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipeline.subscribers.imports.columns.consent_columns import ConsentColumn, interpret
from pipeline.subscribers.imports.columns.consent_values import is_blank, parse_initial, says_left
from pipeline.subscribers.imports.rows.import_values import clean_cell, split_tags

_KEPT_VALUES = 500
_KEPT_EXAMPLES = 5


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

    def add(self, cell: str, kind: ConsentColumn | None) -> None:
        """Take *cell* into account, of a column that is of *kind* by its name."""
        text = clean_cell(cell)
        if not text:
            return
        self.filled += 1
        self.addresses += "@" in text
        if text in self.values:
            return
        if len(self.values) < _KEPT_VALUES:
            self.values[text] = None
        if kind is None:
            if len(text) <= 60 and len(self.left) < _KEPT_EXAMPLES:
                self.left.update(dict.fromkeys(tag for tag in split_tags(text) if says_left(tag)))
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
    for cells in rows:
        if any(cells[len(surveys) :]):
            continue  # shifted by a delimiter that was not quoted; such a row is not imported
        for survey, kind, cell in zip(surveys, kinds, cells, strict=False):
            if cell:
                survey.add(cell, kind)
    return surveys
