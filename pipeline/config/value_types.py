"""What a value in a configuration may be, and the sentence for one that may not."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, ValidationInfo

from pipeline.config.when import parse_condition
from pipeline.donation_links import PROCESSORS
from pipeline.errors import suggest_name


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownNames:
    """
    What the rest of the program knows and a configuration is checked against.

    Args:
        parse_address: Raises `ValueError` for what is no email address.
    """

    senders: Collection[str]
    themes: Collection[str]
    parse_address: Callable[[str], object]


def _known(info: ValidationInfo) -> KnownNames:
    known = info.context
    assert isinstance(known, KnownNames), "every validation here is given what is known"
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


def _span(value: str) -> str:
    if not re.fullmatch(r"(?:[0-9]{1,6}[smhdw])+", value):
        raise ValueError('it must be a span of time like "90s", "5m", "12h" or "2d"')
    return value


def _quiet(value: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise ValueError('it must be two times of the day, "22:00-07:00"')
    return value


def _store(value: str) -> str:
    """A password in a file of settings ends up in version control and in backups."""
    if urlsplit(value).password is not None:
        raise ValueError("write no password here: name the variable that holds it, password_env")
    return value


def _domain(value: str) -> str:
    from idna import IDNAError, encode

    try:
        return encode(value, uts46=True).decode().lower()
    except IDNAError:
        raise ValueError('it must be a domain like "example.org"') from None


def _selector(value: str) -> str:
    if not re.fullmatch(r"(?=.{1,100}\Z)[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*", value):
        raise ValueError('it must be letters, digits, dots and dashes, like "letters-2026"')
    return value


def _variable(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        raise ValueError("it must be the name of a variable, not what it holds")
    return value


def _path(value: str) -> str:
    if "\0" in value or "-----BEGIN" in value:
        raise ValueError("it must be the path of a file, not what it holds")
    return value


def _sender(value: str, info: ValidationInfo) -> str:
    return _one_of(value, _known(info).senders)


def _senders(value: object, info: ValidationInfo) -> str | tuple[str, ...]:
    """Take a name, or the names of several in their order."""
    if isinstance(value, str):
        return _sender(value, info)
    if not isinstance(value, list | tuple) or not value:
        raise ValueError('it must be the name of a sender, or several in order: ["relay", "other"]')
    known = _known(info).senders
    for name in value:
        if name not in known:
            raise ValueError(
                f'"{name}" is not known. Known: {", ".join(known)}.{suggest_name(str(name), known)}'
            )
        if value.count(name) > 1:
            raise ValueError(f'"{name}" stands there twice')
    return tuple(value) if len(value) > 1 else str(value[0])


def _theme(value: str, info: ValidationInfo) -> str:
    return _one_of(value, _known(info).themes)


def _one_of(value: str, known: Collection[str]) -> str:
    if value not in known:
        raise ValueError(f"it is not known. Known: {', '.join(known)}.{suggest_name(value, known)}")
    return value


def _position(value: str) -> str:
    if not re.fullmatch(r"start|end|after:[1-9][0-9]{0,2}", value):
        raise ValueError('it must be "start", "end" or "after:N", N a number of paragraphs')
    return value


def _when(value: str) -> str:
    parse_condition(value)
    return value


def _processor(value: str) -> str:
    return _one_of(value, PROCESSORS)


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
Raised = Annotated[Decimal, Field(ge=0, max_digits=12)]
Times = Annotated[Decimal, Field(gt=1, le=100, max_digits=6)]
Zone = Annotated[str, AfterValidator(_zone)]
Language = Annotated[str, AfterValidator(_language)]
Currency = Annotated[str, AfterValidator(_currency)]
Mailto = Annotated[str, AfterValidator(_mailto)]
UrlWithToken = Annotated[str, AfterValidator(_with_token)]
Refcode = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]
Deadline = Annotated[datetime | date, BeforeValidator(_deadline)]
Place = Annotated[str, AfterValidator(_position)]
Positions = Annotated[tuple[Place, ...], BeforeValidator(_listed)]
ProcessorName = Annotated[str, AfterValidator(_processor)]
When = Annotated[str, AfterValidator(_when)]
Quiet = Annotated[str, AfterValidator(_quiet)]
Count = Annotated[int, Field(gt=0)]
Percent = Annotated[int, Field(ge=0, le=100)]
Span = Annotated[str, AfterValidator(_span)]
StoreUrl = Annotated[str, AfterValidator(_store)]
Domain = Annotated[str, AfterValidator(_domain)]
Selector = Annotated[str, AfterValidator(_selector)]
Variable = Annotated[str, AfterValidator(_variable)]
FilePath = Annotated[str, Field(min_length=1), AfterValidator(_path)]
SenderNames = Annotated[str | tuple[str, ...], PlainValidator(_senders)]
ThemeName = Annotated[str, AfterValidator(_theme)]
