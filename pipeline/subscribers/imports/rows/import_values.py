"""Clean the cells of a subscriber file: what spreadsheets and copying add to addresses, numbers and tags."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping

from pipeline.subscribers.spreadsheet_cells import unescape_formulas

#: `="00123"`, by which exports make a spreadsheet keep leading zeros.
_TEXT_FORMULA = re.compile(r'=\s?(?:T\()?"((?:[^"]|"")*)"\)?')
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
#: Characters that nobody sees: zero width, direction marks, soft hyphens, byte order marks.
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_AROUND_ADDRESS = " \t\u00a0\u2007\u202f\u3000;,:.'\"`´‘’‚‛“”„‟«»‹›<>()[]{}"
_ADDRESS_PREFIX = re.compile(r"(?:mailto|smtp|e-?mail)\s?:", re.IGNORECASE)
_MARKDOWN_LINK = re.compile(r"\[([^\]\s]{1,320})\]\(mailto:[^)\s]{1,320}\)", re.IGNORECASE)


def clean_cell(cell: str) -> str:
    """Return the value of *cell*: without white space around it, apostrophes that mark text, and `="…"`."""
    text = cell.strip()
    if text[:1] == "=" and (found := _TEXT_FORMULA.fullmatch(text)):
        return found[1].replace('""', '"').strip()
    return unescape_formulas(text) if "'" in text else text


def remove_control_characters(text: str) -> str:
    """Return *text* with a space for each run of control characters and line breaks."""
    return _CONTROLS.sub(" ", text).strip() if _CONTROLS.search(text) else text.strip()


def clean_address(text: str) -> str:
    """Return the address in *text* without what copying put around it: `mailto:`, quotes, brackets, direction marks."""
    if text.isascii() and text[:1].isalnum() and text[-1:].isalnum() and ":" not in text:
        return text
    text = _INVISIBLE.sub("", text).strip()
    if link := _MARKDOWN_LINK.fullmatch(text):
        text = link[1]
    if "<" in text and not text.startswith("<"):  # Name <address>
        return text.rstrip(_AROUND_ADDRESS.replace(">", ""))
    text = text.strip(_AROUND_ADDRESS)
    if prefix := _ADDRESS_PREFIX.match(text):
        text = text[prefix.end() :].strip(_AROUND_ADDRESS).partition("?")[0]
    return text


def split_tags(text: str) -> list[str]:
    """
    Return the tags in *text*, separated by commas or semicolons; a tag with commas stands in quotes.

    Also reads JSON (`["a", "b"]`) and arrays of PostgreSQL (`{a,"b, c"}`).
    """
    text = text.strip()
    if text[:1] == "[" and text[-1:] == "]":
        try:
            found = json.loads(text)
        except ValueError:
            text = text[1:-1]
        else:
            return [str(tag) for tag in found if isinstance(tag, str | int | float)]
    elif text[:1] == "{" and text[-1:] == "}":
        text = text[1:-1]
    if '"' not in text:
        return re.split(r"[,;]", text)
    delimiter = ";" if re.search(r'"\s?;', text) else ","
    try:
        return next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return text.split(",")


def parse_tags(text: str) -> tuple[str, ...]:
    """Return the tags in *text*, each once, cleaned."""
    tags = (remove_control_characters(tag).strip() for tag in split_tags(text))
    return tuple(dict.fromkeys(filter(None, tags)))


def join_tags(tags: Iterable[str]) -> str:
    """Return *tags* as one text that `split_tags()` reads again."""
    found = list(tags)
    if any(re.search(r'[,;"\[\]{}]', tag) for tag in found):
        return ",".join('"' + tag.replace('"', '""') + '"' for tag in found)
    return ", ".join(found)


def parse_json_attributes(text: str) -> Mapping[str, str] | None:
    """Return the values in a JSON object by name, None if *text* is not an object."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {
        str(name): _format_json(value) for name, value in found.items() if value not in (None, "")
    }


def _format_json(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
