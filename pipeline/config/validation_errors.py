"""Say all mistakes of a configuration: where, what was given, what is allowed, the nearest known name."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from itertools import filterfalse
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from pipeline.config.appeal import AppealTable
from pipeline.config.schema import Config
from pipeline.errors import suggest_name


def format_validation_errors(
    mistakes: Iterable[ErrorDetails],
    where: str,
    prefix: tuple[str, ...] = (),
    *,
    above: tuple[str, ...] = (),
    text: str = "",
) -> str:
    """
    Return a line for each mistake, in the order of the file.

    Args:
        prefix: What stands before the tables in *text*, the file.
        above: What stands before the keys of the mistakes.
    """
    lines = []
    for mistake in mistakes:
        keys = [*above, *(str(key) for key in mistake["loc"])]
        number = _line_of(text, (*prefix, *keys))
        place = f"{where}:{number}" if number else where
        lines.append((number or 0, f"{place}, {_key(keys)}: {_sentence(mistake, keys)}"))
    return "\n".join(dict.fromkeys(line for _, line in sorted(lines, key=lambda pair: pair[0])))


_PASSWORD = re.compile(r"(://[^/@:\s]*:)[^/\s]*@")

#: What stands for pydantic's own words, by its type of mistake.
_NEEDED = {
    "string_type": "a text in quotes is needed",
    "string_too_short": "it must not be empty",
    "tuple_type": "a list is needed, in [ ]",
    "model_type": "a table is needed",
    "dict_type": "tables are needed, one for each name",
    "decimal_type": "a number is needed",
    "decimal_parsing": "a number is needed",
    "int_type": "a whole number is needed",
    "int_parsing": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "greater_than": "a number above {gt} is needed",
    "greater_than_equal": "a number of at least {ge} is needed",
    "less_than_equal": "a number of at most {le} is needed",
    "bool_type": "true or false is needed",
    "bool_parsing": "true or false is needed",
    "decimal_max_digits": "a number of at most 12 digits is needed",
    "finite_number": "a number is needed",
}


def _key(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"[{keys[0]}] {'.'.join(keys[1:])}"


def _sentence(mistake: ErrorDetails, keys: list[str]) -> str:
    given = mistake["input"]
    shown = _shown(given)
    if mistake["type"] == "extra_forbidden":
        siblings = _siblings(keys[:-1])
        return f"this key is not known. Known: {', '.join(siblings)}.{suggest_name(keys[-1], siblings)}"
    if mistake["type"] == "missing" and len(keys) == 1:
        return f"the table [{keys[0]}] is missing. Add it, with its name and from."
    if mistake["type"] == "missing":
        return "this key is missing. Add it."
    if mistake["type"] == "string_pattern_mismatch":
        what = (
            "letters, digits and _ only"
            if "refcode" in keys
            else "one line, without control characters"
        )
        return f"{shown} was given; allowed: {what}."
    if mistake["type"] == "literal_error":
        allowed = mistake["ctx"]["expected"]
        names = re.findall(r"'([^']+)'", allowed)
        return f"{shown} was given; allowed: {', '.join(names)}.{suggest_name(str(given), names)}"
    needed = _NEEDED.get(mistake["type"], "").format_map(mistake.get("ctx", {}))
    words = needed or mistake["msg"].removeprefix("Value error, ")
    return f"{shown} was given; {words[0].lower()}{words[1:]}{'' if words.endswith(('.', '?')) else '.'}"


def _shown(given: object) -> str:
    shown = str(given)
    if isinstance(given, str | bool):
        shown = json.dumps(given, ensure_ascii=False)
    if "PRIVATE KEY" in shown:
        return "a private key"
    shown = _PASSWORD.sub(r"\1…@", shown)
    return shown if len(shown) <= 60 else shown[:59] + "…"


def _siblings(keys: list[str]) -> list[str]:
    model: Any = Config  # Any: a model class, or what stands in its annotations
    for key in filterfalse(str.isdigit, keys):
        found = next((f for n, f in model.model_fields.items() if key in (n, f.alias)), None)
        kinds = getattr(found.annotation, "__args__", (found.annotation,)) if found else ()
        model = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)
        if model is None:
            return list(AppealTable.model_fields) if keys == ["appeal"] else []
    return [field.alias or name for name, field in model.model_fields.items()]


def _line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """Return the line that sets *keys*: `key =` below its `[table]`, or the table's own header."""
    table: tuple[str, ...] = ()
    entries: Counter[tuple[str, ...]] = Counter()
    header = None
    for number, line in enumerate(_MANY_LINES.sub(_blank, text).split("\n"), start=1):
        if match := re.match(r"\s*(\[\[?)\s*([^\]]+?)\s*\]", line):
            table = _parts(match[2])
            if match[1] == "[[":
                entries[table] += 1
                table = (*table, str(entries[table] - 1))
            if table == keys[: len(table)] and len(table) == len(keys):
                return number
            header = number if table == keys[:-1] else header
        elif match := re.match(r"""\s*([\w."' -]+?)\s*=""", line):
            key = (*table, *_parts(match[1]))
            if key == keys[: len(key)]:
                return number
    return header


_MANY_LINES = re.compile(r"(\"{3}|'{3}).*?\1", re.DOTALL)


def _blank(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip(" \"'") for part in dotted.split("."))
