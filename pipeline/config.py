"""
What a project has settled: `handbill.toml`, or `[tool.handbill]` in a `pyproject.toml`.

Every mistake of a file is shown at once, each with its key, its line where one can be found, what was given, what is
allowed and the nearest known name.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import ErrorDetails

from pipeline.errors import ConfigError, nearest

FILE = "handbill.toml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """
    What the rest of the program knows and a configuration is checked against.

    Args:
        parse_address: Raises `ValueError` for what is no email address.
    """

    senders: Collection[str]
    themes: Collection[str]
    parse_address: Callable[[str], object]


def _known(info: ValidationInfo) -> Known:
    known = info.context
    assert isinstance(known, Known), "every validation here is given what is known"
    return known


def _address(value: str, info: ValidationInfo) -> str:
    _known(info).parse_address(value)
    return value


def _https(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("it must be an https:// address")
    return value


def _zone(value: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError('it must be a time zone like "Europe/London"') from None
    return value


def _language(value: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse(value.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise ValueError('it must be a language tag like "en" or "pt-BR"') from None
    return value


def _currency(value: str) -> str:
    from babel.numbers import is_currency

    if not is_currency(value):
        raise ValueError('it must be a currency code like "EUR"')
    return value


def _mailto(value: str, info: ValidationInfo) -> str:
    if not value.startswith("mailto:"):
        raise ValueError('it must begin with "mailto:"')
    _known(info).parse_address(value.removeprefix("mailto:").partition("?")[0])
    return value


def _with_token(value: str) -> str:
    if value.count("{token}") != 1:
        raise ValueError("it must hold {token} once, where the reader's own code goes")
    return _https(value)


def _sender(value: str, info: ValidationInfo) -> str:
    return _one_of(value, _known(info).senders)


def _theme(value: str, info: ValidationInfo) -> str:
    return _one_of(value, _known(info).themes)


def _one_of(value: str, known: Collection[str]) -> str:
    if value not in known:
        raise ValueError(f"it is not known. Known: {', '.join(known)}.{nearest(value, known)}")
    return value


def _position(value: str) -> str:
    if not re.fullmatch(r"start|end|after:[1-9][0-9]{0,2}", value):
        raise ValueError('it must be "start", "end" or "after:N", N a number of paragraphs')
    return value


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _deadline(value: object) -> object:
    """Take a quoted date for the date it is; a day stays a day, for it ends later than it begins."""
    if value is None or isinstance(value, date):
        return value
    for kind in (date, datetime):
        with suppress(TypeError, ValueError):
            return kind.fromisoformat(value)  # type: ignore[arg-type]  # what it refuses is no date
    raise ValueError("it must be a day, 2026-12-31, or a moment, 2026-12-31T18:00:00")


Address = Annotated[str, AfterValidator(_address)]
HttpsUrl = Annotated[str, AfterValidator(_https)]
Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]
Amount = Annotated[Decimal, Field(gt=0, max_digits=12)]
At = Annotated[str, AfterValidator(_position)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class PublicationTable(_Table):
    """`[publication]`."""

    name: Annotated[Line, Field(min_length=1)]
    from_: Annotated[Address, Field(alias="from")]
    reply_to: Address | None = None
    postal_address: str = ""
    website: HttpsUrl | None = None
    language: Annotated[str, AfterValidator(_language)] = "en"
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    unsubscribe: Annotated[str, AfterValidator(_mailto)] | None = None
    unsubscribe_url: Annotated[str, AfterValidator(_with_token)] | None = None


class AppealTable(_Table):
    """`[appeal]`."""

    heading: Line = ""
    text: str = ""
    bullets: tuple[Line, ...] = ()
    button: Line = "Donate"
    url: HttpsUrl | None = None
    amounts: tuple[Amount, ...] = ()
    monthly: tuple[Amount, ...] = ()
    currency: Annotated[str, AfterValidator(_currency)] = "USD"
    refcode: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")] | None = None
    match: Line = ""
    deadline: Annotated[datetime | date | None, BeforeValidator(_deadline)] = None
    after_deadline: str = ""
    disclosure: str = ""
    position: Annotated[tuple[At, ...], BeforeValidator(_listed)] = ("end",)
    source: Literal["config", "article", "both"] = "config"


class NotesTable(_Table):
    """`[notes]`."""

    anchors: Literal["mail", "web", "none"] = "mail"


class SenderTable(_Table):
    """`[sender]`."""

    default: Annotated[str, AfterValidator(_sender)] = "outbox"


class SenderOptions(BaseModel):
    """`[senders.NAME]`: the kind, and options only that kind knows."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str

    @property
    def options(self) -> Mapping[str, Any]:  # Any: whatever the sender of that kind takes
        """Everything but the kind."""
        return self.model_extra or {}


class ThemeTable(_Table):
    """`[theme]`."""

    name: Annotated[str, AfterValidator(_theme)] = "default"


class Config(_Table):
    """A whole configuration."""

    publication: PublicationTable
    appeal: AppealTable | None = None
    notes: NotesTable = NotesTable()
    sender: SenderTable = SenderTable.model_construct()
    senders: dict[str, SenderOptions] = {}
    theme: ThemeTable = ThemeTable.model_construct()


#: What holds outside any project: enough to see a mail in the outbox.
NO_PROJECT = Config.model_construct(
    publication=PublicationTable.model_construct(
        name="Handbill",
        from_="Handbill <letters@handbill.example>",
        postal_address="Street and number, postcode, town",  # as `init` writes it: a warning
    )
)


def find_root(start: Path) -> Path | None:
    """
    Return the nearest folder from *start* upward that holds a configuration.

    Raises:
        ConfigError: One folder holds two.
    """
    for folder in (start, *start.parents):
        own = (folder / FILE).is_file()
        shared = _tool_table(folder / "pyproject.toml") is not None
        if own and shared:
            raise ConfigError(
                f"{folder}: both {FILE} and pyproject.toml ([tool.handbill]) are there. Keep one of them."
            )
        if own or shared:
            return folder
    return None


def read_config(root: Path, known: Known) -> Config:
    """
    Read the configuration in the folder *root*.

    Raises:
        ConfigError: It cannot be used; all its mistakes are named, one line each.
    """
    path = root / FILE
    if path.is_file():
        return _validate(_toml(path), known, path, prefix=())
    path = root / "pyproject.toml"
    return _validate(_tool_table(path) or {}, known, path, prefix=("tool", "handbill"))


def read_appeal(
    base: AppealTable | None, overrides: Mapping[str, Any], known: Known, where: str
) -> AppealTable:
    """
    Return *base* with the keys of an article's front matter laid over it.

    Raises:
        ConfigError: *overrides* cannot be used; *where* names the article.
    """
    below = base.model_dump(exclude_unset=True, by_alias=True) if base else {}
    try:
        return AppealTable.model_validate({**below, **overrides}, context=known)
    except ValidationError as error:
        raise ConfigError(_sentences(error.errors(), where, above=("appeal",))) from error


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path}: this is no TOML: {error}. Mend that line, then try again."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: it is not saved as UTF-8. Save it as UTF-8.") from error
    except OSError as error:
        raise ConfigError(
            f"{path}: it cannot be read ({error.strerror}). Check its permissions."
        ) from error


def _tool_table(path: Path) -> dict[str, Any] | None:
    if not path.is_file() or b"handbill" not in path.read_bytes():
        return None
    tools = _toml(path).get("tool")
    table = tools.get("handbill") if isinstance(tools, dict) else None
    return table if isinstance(table, dict) else None


def _validate(
    table: dict[str, Any], known: Known, path: Path, *, prefix: tuple[str, ...]
) -> Config:
    own = table.get("senders")
    names = [*known.senders, *(own if isinstance(own, dict) else ())]
    known = Known(
        senders=list(dict.fromkeys(names)), themes=known.themes, parse_address=known.parse_address
    )
    try:
        return Config.model_validate(table, context=known)
    except ValidationError as error:
        text = path.read_text(encoding="utf-8-sig")
        raise ConfigError(_sentences(error.errors(), str(path), prefix, text=text)) from error


def _sentences(
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


#: What stands for pydantic's own words, by its type of mistake.
_NEEDED = {
    "string_type": "a text in quotes is needed",
    "string_too_short": "it must not be empty",
    "tuple_type": "a list is needed, in [ ]",
    "model_type": "a table is needed",
    "dict_type": "tables are needed, one for each name",
    "decimal_type": "a number is needed",
    "decimal_parsing": "a number is needed",
    "greater_than": "a number above 0 is needed",
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
        return f"this key is not known. Known: {', '.join(siblings)}.{nearest(keys[-1], siblings)}"
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
        return f"{shown} was given; allowed: {', '.join(names)}.{nearest(str(given), names)}"
    words = _NEEDED.get(mistake["type"]) or mistake["msg"].removeprefix("Value error, ")
    return f"{shown} was given; {words[0].lower()}{words[1:]}{'' if words.endswith(('.', '?')) else '.'}"


def _shown(given: object) -> str:
    shown = str(given)
    if isinstance(given, str | bool):
        shown = json.dumps(given, ensure_ascii=False)
    return shown if len(shown) <= 60 else shown[:59] + "…"


def _siblings(keys: list[str]) -> list[str]:
    model: Any = Config  # Any: a model class, or what stands in its annotations
    for key in keys:
        found = next((f for n, f in model.model_fields.items() if key in (n, f.alias)), None)
        kinds = getattr(found.annotation, "__args__", (found.annotation,)) if found else ()
        model = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)
        if model is None:
            return list(AppealTable.model_fields) if keys == ["appeal"] else []
    return [field.alias or name for name, field in model.model_fields.items()]


def _line_of(text: str, keys: tuple[str, ...]) -> int | None:
    """Return the line that sets *keys*: `key =` below its `[table]`, or the table's own header."""
    table: tuple[str, ...] = ()
    header = None
    for number, line in enumerate(_MANY_LINES.sub(_blank, text).split("\n"), start=1):
        if match := re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]", line):
            table = _parts(match[1])
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
