"""Format the validation errors of a configuration: where, what was given, what is allowed, what was perhaps meant."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from itertools import filterfalse
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from pipeline.config.appeal import AppealTable
from pipeline.config.schema import Config
from pipeline.errors import suggest_name

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def format_validation_errors(
    errors: Iterable[ErrorDetails],
    where: str,
    prefix: tuple[str, ...] = (),
    *,
    above: tuple[str, ...] = (),
    text: str = "",
) -> str:
    """
    Return one line per error, in the order of the file.

    Args:
        prefix: The names above the tables in *text*, the content of the file.
        above: The names above the keys of the errors.
    """
    lines = []
    for error in errors:
        keys = [*above, *(str(key) for key in error["loc"])]
        number = _find_line(text, (*prefix, *keys))
        place = f"{where}:{number}" if number else where
        lines.append((number or 0, f"{place}, {_format_key(keys)}: {_describe(error, keys)}"))
    return "\n".join(dict.fromkeys(line for _, line in sorted(lines, key=lambda pair: pair[0])))


_PASSWORD = re.compile(r"(://[^/@:\s]*:)[^/\s]*@")

#: Texts in place of pydantic's own, by its type of error.
_EXPECTED = {
    "string_type": "expected text in quotes",
    "string_too_short": "it must not be empty",
    "tuple_type": "expected a list in [ ]",
    "model_type": "expected a table",
    "dict_type": "expected tables, one per name",
    "decimal_type": "expected a number",
    "decimal_parsing": "expected a number",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "greater_than": "expected a number above {gt}",
    "greater_than_equal": "expected a number of at least {ge}",
    "less_than_equal": "expected a number of at most {le}",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "decimal_max_digits": "expected a number of at most 12 digits",
    "finite_number": "expected a number",
}


def _format_key(keys: list[str]) -> str:
    return keys[0] if len(keys) == 1 else f"[{keys[0]}] {'.'.join(keys[1:])}"


def _describe(error: ErrorDetails, keys: list[str]) -> str:
    value = error["input"]
    text = _format_value(value)
    if error["type"] == "extra_forbidden":
        siblings = _list_known_keys(keys[:-1])
        return f"unknown key. Known: {', '.join(siblings)}.{suggest_name(keys[-1], siblings)}"
    if error["type"] == "missing" and len(keys) == 1:
        return f"the table [{keys[0]}] is missing. Add it, with name and from."
    if error["type"] == "missing":
        return "this key is missing. Add it."
    if error["type"] == "string_pattern_mismatch":
        what = (
            "up to 20 lower-case letters, digits and _"
            if "refcode" in keys
            else "one line, without control characters"
        )
        return f"{text} is not allowed. Allowed: {what}."
    if error["type"] == "literal_error":
        allowed = error["ctx"]["expected"]
        names = re.findall(r"'([^']+)'", allowed)
        return (
            f"{text} is not allowed. Allowed: {', '.join(names)}.{suggest_name(str(value), names)}"
        )
    expected = _EXPECTED.get(error["type"], "").format_map(error.get("ctx", {}))
    problem = expected or error["msg"].removeprefix("Value error, ")
    end = "" if problem.endswith((".", "?")) else "."
    return f"{text} is invalid: {problem[0].lower()}{problem[1:]}{end}"


def _format_value(value: object) -> str:
    """Return *value* shortened, without secrets."""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else str(value)
    if "PRIVATE KEY" in text:
        return "a private key"
    text = _PASSWORD.sub(r"\1…@", text)
    return text if len(text) <= 60 else text[:59] + "…"


def _list_known_keys(keys: list[str]) -> list[str]:
    model: Any = Config  # Any: a model class, or part of an annotation
    for key in filterfalse(str.isdigit, keys):
        found = next((f for n, f in model.model_fields.items() if key in (n, f.alias)), None)
        kinds = getattr(found.annotation, "__args__", (found.annotation,)) if found else ()
        model = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)
        if model is None:
            return list(AppealTable.model_fields) if keys == ["appeal"] else []
    return [field.alias or name for name, field in model.model_fields.items()]


def _find_line(text: str, keys: tuple[str, ...]) -> int | None:
    """Return the number of the line that sets *keys*: `key =` below its `[table]`, or the table's header."""
    table: tuple[str, ...] = ()
    entries: Counter[tuple[str, ...]] = Counter()
    header = None
    for number, line in enumerate(
        _MULTILINE_STRING.sub(_keep_line_ends, text).split("\n"), start=1
    ):
        if match := re.match(r"\s*+(\[\[?)\s*+([^\[\]]++)\]", line):
            table = _split_key(match[2].strip())
            if match[1] == "[[":
                entries[table] += 1
                table = (*table, str(entries[table] - 1))
            if table == keys[: len(table)] and len(table) == len(keys):
                return number
            header = number if table == keys[:-1] else header
        elif match := re.match(r"""\s*+([\w."'\s-]++)=""", line):
            key = (*table, *_split_key(match[1].strip()))
            if key == keys[: len(key)]:
                return number
    return header


_MULTILINE_STRING = re.compile(r"(\"{3}|'{3}).*?\1", re.DOTALL)


def _keep_line_ends(match: re.Match[str]) -> str:
    return "\n" * match[0].count("\n")


def _split_key(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip(" \"'") for part in dotted.split("."))
