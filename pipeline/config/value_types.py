"""Types of values in a configuration, and the messages for invalid ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainValidator,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from pipeline.donation_links import PROCESSORS
from pipeline.errors import suggest_name
from pipeline.time_zones import check_time_zone

_CONDITION = re.compile(
    r"""\s*+ (?P<field>[A-Za-z][A-Za-z0-9_]*) \s*+
        (?: = \s*+ (?P<value>"[^"\n]*+")
          | in\b \s*+ \( \s*+ (?P<values>"[^"\n]*+" (?: \s*+,\s*+ "[^"\n]*+" )*+) \s*+ (?: ,\s*+ )? \) )
        \s*+""",
    re.VERBOSE,
)


def parse_condition(text: str) -> tuple[str, tuple[str, ...]]:
    """
    Return the field of a condition and the values that fulfil it: `country in ("GB", "IE")`.

    Raises:
        ValueError: *text* is not a condition.
    """
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise ValueError(
            """it must be a field and its value, 'donor = "monthly"', or several, 'country in ("GB", "IE")'"""
        )
    values = re.findall(r'"([^"]*)"', match["value"] or match["values"])
    return match["field"], tuple(values)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownNames:
    """
    The names a configuration may refer to.

    Args:
        parse_address: Raises `ValueError` for an invalid email address.
    """

    senders: Collection[str]
    themes: Collection[str]
    parse_address: Callable[[str], object]


class ConfigTable(BaseModel):
    """A table of the configuration; unknown keys are errors. Built when first used: most commands use few tables."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, defer_build=True)


def _matching(pattern: str, message: str) -> AfterValidator:
    """Require the whole of a value to match *pattern*, else raise `ValueError` with *message*."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(message)
        return value

    return AfterValidator(check)


def _get_known_names(info: ValidationInfo) -> KnownNames:
    known = info.context
    assert isinstance(known, KnownNames), "validation needs the known names as its context"
    return known


def _check_address(value: str, info: ValidationInfo) -> str:
    _get_known_names(info).parse_address(value)
    return value


def _check_https(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("it must be an https:// address")
    return value


def _check_public_url(value: str) -> str:
    """Return the address without a slash at its end."""
    parts = urlsplit(_check_https(value))
    if parts.query or parts.fragment or "{" in value:
        raise ValueError(
            'it must be an address to which paths are added: "https://news.example.org"'
        )
    return value.rstrip("/")


def _check_language(value: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        Locale.parse(value.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        raise ValueError('it must be a language tag like "en" or "pt-BR"') from None
    return value


def _check_currency(value: str) -> str:
    from babel.numbers import is_currency

    if not is_currency(value):
        raise ValueError('it must be a currency code like "EUR"')
    return value


def _check_mailto(value: str, info: ValidationInfo) -> str:
    if not value.startswith("mailto:"):
        raise ValueError('it must begin with "mailto:"')
    _get_known_names(info).parse_address(value.removeprefix("mailto:").partition("?")[0])
    return value


def _check_unsubscribe_url(value: str) -> str:
    if value.count("{token}") != 1:
        raise ValueError(
            "it must contain {token} exactly once, where each recipient's own code is inserted"
        )
    return _check_https(value)


def _check_store_url(value: str) -> str:
    """Reject a password: it would end up in version control and in backups."""
    if urlsplit(value).password is not None:
        raise ValueError(
            "do not write the password here; set password_env to the name of the variable that contains it"
        )
    return value


def _normalize_domain(value: str) -> str:
    from idna import IDNAError, encode

    try:
        return encode(value, uts46=True).decode().lower()
    except IDNAError:
        raise ValueError('it must be a domain like "example.org"') from None


def _check_path(value: str) -> str:
    if "\0" in value or "-----BEGIN" in value:
        raise ValueError("it must be the path of a file, not its content")
    return value


def _check_senders(value: object, info: ValidationInfo) -> str | tuple[str, ...]:
    """Accept one name, or a list of names in order."""
    known = _get_known_names(info).senders
    if isinstance(value, str):
        return _check_choice(value, known)
    if not isinstance(value, list | tuple) or not value:
        raise ValueError('it must be the name of a sender, or a list of names: ["relay", "other"]')
    for name in value:
        if name not in known:
            raise ValueError(
                f'"{name}" is unknown. Known: {", ".join(known)}.{suggest_name(str(name), known)}'
            )
        if value.count(name) > 1:
            raise ValueError(f'"{name}" is listed twice')
    return tuple(value) if len(value) > 1 else str(value[0])


def _check_choice(value: str, known: Collection[str]) -> str:
    if value not in known:
        raise ValueError(f"unknown name. Known: {', '.join(known)}.{suggest_name(value, known)}")
    return value


def _check_condition(value: str) -> str:
    parse_condition(value)
    return value


def _to_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _parse_deadline(value: object) -> object:
    """Accept a date in quotes; a day stays a day, because a deadline ends with the day."""
    if value is None or isinstance(value, date):
        return value
    for kind in (date, datetime):
        with suppress(TypeError, ValueError):
            return kind.fromisoformat(value)  # type: ignore[arg-type]  # anything else is not a date
    raise ValueError("it must be a date or a date and time: 2026-12-31 or 2026-12-31T18:00:00")


EmailAddress = Annotated[str, AfterValidator(_check_address)]
HttpsUrl = Annotated[str, AfterValidator(_check_https)]
PublicUrl = Annotated[str, AfterValidator(_check_public_url)]
SingleLine = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]
Amount = Annotated[Decimal, Field(gt=0, max_digits=12)]
NonNegativeAmount = Annotated[Decimal, Field(ge=0, max_digits=12)]


class _OrGifts:
    """Lets a number be the word "gifts" instead; what is neither is one error, where a union would report two."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> Any:  # Any: pydantic's schema
        return handler.generate_schema(
            Annotated[NonNegativeAmount | None, WrapValidator(_accept_gifts)]
        )


def _accept_gifts(value: object, validate: ValidatorFunctionWrapHandler) -> object:
    return value if value == "gifts" else validate(value)


Raised = Annotated[Decimal | Literal["gifts"] | None, _OrGifts()]
Multiplier = Annotated[Decimal, Field(gt=1, le=100, max_digits=6)]
TimeZone = Annotated[str, AfterValidator(check_time_zone)]
LanguageTag = Annotated[str, AfterValidator(_check_language)]
CurrencyCode = Annotated[str, AfterValidator(_check_currency)]
Mailto = Annotated[str, AfterValidator(_check_mailto)]
UnsubscribeUrl = Annotated[str, AfterValidator(_check_unsubscribe_url)]
Refcode = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,20}$")]
VariantName = Annotated[
    str,
    _matching(r"[a-z0-9_]{1,8}", 'it must be up to 8 small letters, digits and _, like "bread"'),
]
SharePercent = Annotated[int, Field(ge=1, le=99)]
Deadline = Annotated[datetime | date, BeforeValidator(_parse_deadline)]
AppealPosition = Annotated[
    str,
    _matching(
        r"start|end|after:[1-9][0-9]{0,2}",
        'it must be "start", "end" or "after:N" (after N paragraphs)',
    ),
]
Positions = Annotated[tuple[AppealPosition, ...], BeforeValidator(_to_tuple)]
ProcessorName = Annotated[str, AfterValidator(lambda value: _check_choice(value, PROCESSORS))]
Condition = Annotated[str, AfterValidator(_check_condition)]
QuietHours = Annotated[
    str,
    _matching(
        r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]",
        'it must be a time range like "22:00-07:00"',
    ),
]
PositiveInt = Annotated[int, Field(gt=0)]
Percent = Annotated[int, Field(ge=0, le=100)]
Duration = Annotated[
    str,
    _matching(r"(?:[0-9]{1,6}[smhdw])+", 'it must be a duration like "90s", "5m", "12h" or "2d"'),
]
StoreUrl = Annotated[str, AfterValidator(_check_store_url)]
DomainName = Annotated[str, AfterValidator(_normalize_domain)]
Selector = Annotated[
    str,
    _matching(
        r"(?=.{1,100}\Z)[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*",
        'it must consist of letters, digits, dots and dashes, like "news-2026"',
    ),
]
VariableName = Annotated[
    str,
    _matching(
        r"[A-Za-z_][A-Za-z0-9_]*",
        "it must be the name of an environment variable, not its value",
    ),
]
FilePath = Annotated[str, Field(min_length=1), AfterValidator(_check_path)]
SenderNames = Annotated[str | tuple[str, ...], PlainValidator(_check_senders)]
ThemeName = Annotated[
    str, AfterValidator(lambda value, info: _check_choice(value, _get_known_names(info).themes))
]
