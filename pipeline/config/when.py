"""Conditions on a reader: `donor = "monthly"`, `country in ("GB", "IE")`."""

from __future__ import annotations

import re

_CONDITION = re.compile(
    r"""\s* (?P<field>[A-Za-z][A-Za-z0-9_]*) \s*
        (?: = \s* (?P<one>"[^"\n]*") | in\b \s* \( \s* (?P<several>"[^"\n]*" (?: \s*,\s* "[^"\n]*" )*) \s* ,? \s* \) )
        \s*""",
    re.VERBOSE,
)


def parse_condition(written: str) -> tuple[str, tuple[str, ...]]:
    """
    Return the field that decides, and the values it is to have.

    Raises:
        ValueError: *written* is no such condition.
    """
    match = _CONDITION.fullmatch(written)
    if match is None:
        raise ValueError(
            """it must be a field and its value, 'donor = "monthly"', or several, 'country in ("GB", "IE")'"""
        )
    values = re.findall(r'"([^"]*)"', match["one"] or match["several"])
    return match["field"], tuple(values)
