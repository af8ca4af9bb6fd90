"""
Decide what each column of a file contains, from its name and its values.

1. What the command line says of a column.
2. What says whether somebody may be sent to (`consent_columns`): understood whole, or the import stops.
3. What tells where somebody was: ignored.
4. The address, the name, tags, dates: the best column of each kind counts, the others become attributes.
5. Every other column is an attribute.

All problems of a file are reported together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pipeline.errors import ConfigError, shorten_value, suggest_name
from pipeline.subscribers.imports.columns import column_names
from pipeline.subscribers.imports.columns.column import RESERVED_NAMES, Column
from pipeline.subscribers.imports.columns.column_names import (
    ImportColumn,
    rank_consent_date,
    rank_email,
)
from pipeline.subscribers.imports.columns.column_survey import ColumnSurvey
from pipeline.subscribers.imports.columns.consent_columns import (
    ConsentColumn,
    classify,
    counts_something,
    is_of_another_channel,
)
from pipeline.subscribers.imports.columns.consent_values import (
    Standing,
    are_states,
    is_blank,
    is_state_word,
    normalize_name,
    parse_standing,
    parse_yes_no,
    says_left,
    uses_initials,
)
from pipeline.subscribers.imports.rows.import_dates import find_day_first, is_date

#: Names of columns that hold a state if all of their values do.
_TYPE_NAMES = frozenset("type subscriber_type member_type contact_type kind subscription".split())

_SINGLE = (
    ImportColumn.NAME,
    ImportColumn.FIRST_NAME,
    ImportColumn.LAST_NAME,
    ImportColumn.LANGUAGE,
    ImportColumn.ZONE,
    ImportColumn.LISTS,
    ImportColumn.UNSUBSCRIBED_LISTS,
)
#: What --column may say of a column, besides the name of an attribute.
_MEANINGS: Mapping[str, ImportColumn | ConsentColumn] = {
    **{
        each.value: each
        for each in ImportColumn
        if each not in (ImportColumn.STATE, ImportColumn.ATTRIBUTE, ImportColumn.POSITION)
    },
    **{each.value: each for each in ConsentColumn if each is not ConsentColumn.UNCLEAR},
}


def classify_headings(
    headings: Sequence[str], columns: Mapping[str, str]
) -> list[ConsentColumn | None]:
    """Return what each column says about consent, by its name or by *columns*, what the command line says."""
    kinds: list[ConsentColumn | None] = []
    for heading in headings:
        if heading in columns:
            meaning = _MEANINGS.get(normalize_name(columns[heading]))
            kinds.append(meaning if isinstance(meaning, ConsentColumn) else None)
        else:
            kinds.append(classify(heading))
    return kinds


def resolve_columns(
    headings: Sequence[str],
    surveys: Sequence[ColumnSurvey],
    columns: Mapping[str, str],
    place: str,
) -> list[Column]:
    """
    Return what each column contains.

    Args:
        surveys: What was found in each column.
        columns: What the command line says of some columns, by heading.
        place: File and line of the header, for messages.

    Raises:
        ConfigError: A column cannot be understood, or none contains addresses; the message names all problems.
    """
    problems = [
        f'{place}: no column "{shorten_value(heading)}".{suggest_name(heading, headings)}'
        for heading in columns
        if heading not in headings
    ]
    kinds = classify_headings(headings, columns)
    found = [
        _resolve_column(heading, survey, kind, columns.get(heading), headings, problems, place)
        for heading, survey, kind in zip(headings, surveys, kinds, strict=True)
    ]
    found = _choose_email(found, surveys, problems, place)
    found = _keep_best(found)
    found = _name_attributes(found, problems, place)
    if problems:
        raise ConfigError("\n".join(problems))
    return found


def _resolve_column(
    heading: str,
    survey: ColumnSurvey,
    kind: ConsentColumn | None,
    given: str | None,
    headings: Sequence[str],
    problems: list[str],
    place: str,
) -> Column:
    if given is not None:
        return _resolve_given(heading, survey, given, problems, place)
    name = normalize_name(heading)
    if not name:
        return Column(heading=heading, meaning=ImportColumn.IGNORE)
    if column_names.is_position(heading) or _is_guessed(name, headings):
        return Column(heading=heading, meaning=ImportColumn.POSITION)
    if name in column_names.STATE_OR_PLACE and _is_place_here(survey, headings):
        return Column(heading=heading, meaning=ImportColumn.ATTRIBUTE, name="region")
    rank = rank_consent_date(heading)
    if kind is ConsentColumn.SUBSCRIBED and _are_dates(survey):
        rank = 0  # the date of an opt-in under a name of its own
    if rank is not None and not _are_answers(survey):
        return _date_column(heading, survey, rank)
    if rank is not None and kind is None and rank < len(_ANSWER_KINDS):
        kind = _ANSWER_KINDS[rank]
        survey.unknown.update({value: None for value in survey.values if not _is_answer(value)})
    if kind is None and _holds_states(name, survey):
        kind = ConsentColumn.STATE
    if survey.has_addresses or (counts_something(heading) and _are_counts(survey)):
        kind = None
    if kind is not None:
        if kind is ConsentColumn.UNCLEAR or survey.unknown:
            problems.append(_explain_unknown(heading, survey, kind, place))
        return _consent_column(heading, survey, kind)
    meaning = column_names.recognize_name(heading)
    is_about_emails = meaning is not ImportColumn.UNSUBSCRIBED_LISTS and not is_of_another_channel(
        heading
    )
    if survey.left and is_about_emails:
        problems.append(_explain_left(heading, survey, place))
    if meaning is not None:
        return Column(heading=heading, meaning=meaning, name=name)
    return Column(heading=heading, meaning=ImportColumn.ATTRIBUTE, name=name)


#: What yes and no mean in a column whose name could be a date of consent, by the rank of that name.
_ANSWER_KINDS = (ConsentColumn.SUBSCRIBED, ConsentColumn.SUBSCRIBED, ConsentColumn.CONFIRMED)
#: The rank of dates of confirmation: who has none, and no other date of consent, is unconfirmed.
_CONFIRMATION_RANK = 2


def _resolve_given(
    heading: str, survey: ColumnSurvey, given: str, problems: list[str], place: str
) -> Column:
    meaning = ImportColumn.IGNORE if given.strip() == "-" else _MEANINGS.get(normalize_name(given))
    if isinstance(meaning, ConsentColumn):
        if survey.unknown:
            problems.append(_explain_unknown_value(heading, survey, meaning, place))
        column = _consent_column(heading, survey, meaning)
        return replace(column, is_given=True)
    if meaning is ImportColumn.CONSENT_AT:
        return replace(_date_column(heading, survey, -1), is_given=True)
    if meaning is not None:
        return Column(heading=heading, meaning=meaning, is_given=True)
    name = normalize_name(given)
    return Column(heading=heading, meaning=ImportColumn.ATTRIBUTE, name=name, is_given=True)


def _consent_column(heading: str, survey: ColumnSurvey, kind: ConsentColumn) -> Column:
    return Column(
        heading=heading,
        meaning=ImportColumn.STATE,
        consent=kind,
        uses_initials=kind is ConsentColumn.STATE and uses_initials(survey.values),
        day_first=find_day_first(survey.values),
    )


def _date_column(heading: str, survey: ColumnSurvey, rank: int) -> Column:
    return Column(
        heading=heading,
        meaning=ImportColumn.CONSENT_AT,
        rank=rank,
        consent=ConsentColumn.CONFIRMED if rank == _CONFIRMATION_RANK else None,
        day_first=find_day_first(survey.values),
    )


def _is_guessed(name: str, headings: Sequence[str]) -> bool:
    """Whether a system guessed this column from the IP addresses that are in the file too."""
    if name not in column_names.GUESSED_BY_IP:
        return False
    return not column_names.SHOWS_GUESSING.isdisjoint(map(normalize_name, headings))


def _is_place_here(survey: ColumnSurvey, headings: Sequence[str]) -> bool:
    """Whether a column called "State" holds regions: no value is a word for a state of a subscriber."""
    words = [value for value in survey.values if not is_blank(value)]
    if any(is_state_word(value) and len(value) > 2 for value in words):
        return False
    names = map(normalize_name, headings)
    return not column_names.ADDRESS_WORDS.isdisjoint(names) or all(
        re.fullmatch(r"[A-Z]{2,3}", value) for value in words
    )


def _are_dates(survey: ColumnSurvey) -> bool:
    values = [value for value in survey.values if not is_blank(value)]
    return bool(values) and all(map(is_date, values))


def _is_answer(value: str) -> bool:
    return is_blank(value) or parse_yes_no(value) is not None or is_state_word(value)


def _are_answers(survey: ColumnSurvey) -> bool:
    """Whether a column that could be a date holds yes and no, or states."""
    return any(
        not is_blank(value) and not is_date(value) and _is_answer(value) for value in survey.values
    )


def _are_counts(survey: ColumnSurvey) -> bool:
    """Whether the values count something, as bounces: whole numbers, one of them above 1."""
    numbers = [int(value) for value in survey.values if re.fullmatch(r"\d{1,6}", value)]
    return len(numbers) == len(survey.values) and max(numbers, default=0) > 1


def _holds_states(name: str, survey: ColumnSurvey) -> bool:
    values = [value for value in survey.values if not is_blank(value)]
    return (
        name in _TYPE_NAMES
        and are_states(values)
        and any(
            (parse_standing(value) or Standing.CONFIRMED) > Standing.CONFIRMED for value in values
        )
    )


def _quote_values(values: Iterable[str]) -> str:
    return ", ".join(f'"{shorten_value(value)}"' for value in values)


def _explain_unknown(heading: str, survey: ColumnSurvey, kind: ConsentColumn, place: str) -> str:
    shown = list(survey.unknown) or list(survey.values)[:5]
    values = f": {_quote_values(shown)}" if shown else ""
    title = shorten_value(heading)
    example = normalize_name(heading)[:40] or "note"
    name = f"{example}_" if example in RESERVED_NAMES else example
    return (
        f'{place}: the column "{title}" looks like consent, but it is not clear what it says{values}. '
        f'If yes means subscribed: --column "{title}=subscribed" (or unsubscribed, suppressed, confirmed, state). '
        f'If it says nothing about emails: --column "{title}={name}" keeps it, --column "{title}=-" ignores it.'
    )


def _explain_unknown_value(
    heading: str, survey: ColumnSurvey, kind: ConsentColumn, place: str
) -> str:
    forms = (
        "confirmed, unconfirmed, unsubscribed or suppressed"
        if kind is ConsentColumn.STATE
        else "yes or no, or a date"
    )
    return (
        f'{place}: the column "{shorten_value(heading)}" has values that are not known: '
        f"{_quote_values(survey.unknown)}. Write them as {forms}."
    )


def _explain_left(heading: str, survey: ColumnSurvey, place: str) -> str:
    title = shorten_value(heading)
    name = normalize_name(heading)[:40]
    keep = name if name not in RESERVED_NAMES or name == "tags" else f"{name}_"
    return (
        f'{place}: the column "{title}" says that somebody left: {_quote_values(survey.left)}. '
        f'If it is their state: --column "{title}=state". '
        f'If it says nothing about emails: --column "{title}={keep}" keeps it, --column "{title}=-" ignores it.'
    )


def _choose_email(
    found: Sequence[Column], surveys: Sequence[ColumnSurvey], problems: list[str], place: str
) -> list[Column]:
    """Return the columns with one for the address: the one given for, the one with the best name, or with addresses."""
    given = [each for each in found if each.meaning is ImportColumn.EMAIL]
    if len(given) > 1:
        titles = ", ".join(f'"{shorten_value(each.heading)}"' for each in given)
        problems.append(f"{place}: --column names several columns as email: {titles}. Name one.")
        return list(found)
    chosen = given or _rank_emails(found, surveys, problems, place)
    if not chosen:
        if not any(rank_email(each.heading) is not None for each in found) or not problems:
            titles = ", ".join(shorten_value(each.heading) for each in found[:12])
            problems.append(
                f"{place}: no column contains email addresses: {shorten_value(titles)}. "
                'Rename one to "email", or choose one: --column "Contact=email"'
            )
        return list(found)
    email = replace(chosen[0], meaning=ImportColumn.EMAIL)
    return [email if each is chosen[0] else each for each in found]


def _rank_emails(
    found: Sequence[Column], surveys: Sequence[ColumnSurvey], problems: list[str], place: str
) -> list[Column]:
    ranks: dict[int, list[tuple[Column, ColumnSurvey]]] = {}
    others = []
    for column, survey in zip(found, surveys, strict=True):
        if column.is_given or column.meaning in (ImportColumn.STATE, ImportColumn.TAGS):
            continue
        rank = rank_email(column.heading)
        if rank is not None and (column_names.is_email_certain(rank) or survey.has_addresses):
            ranks.setdefault(rank, []).append((column, survey))
        elif survey.has_addresses:
            others.append((column, survey))
    best = ranks[min(ranks)] if ranks else others
    filled = [pair for pair in best if pair[1].has_addresses] or best
    if len(filled) < 2 or all(pair[1].values == filled[0][1].values for pair in filled):
        return [column for column, _ in filled[:1]]
    titles = [shorten_value(column.heading) for column, _ in filled]
    problems.append(
        f"{place}: several columns contain email addresses: {', '.join(f'{chr(34)}{t}{chr(34)}' for t in titles)}. "
        f'Choose the one to send to, for example: --column "{titles[0]}=email"; the others become attributes.'
    )
    return []


def _keep_best(found: Sequence[Column]) -> list[Column]:
    """Return the columns with one of each kind; one given for counts before one recognized, else the first one."""
    taken: dict[ImportColumn, Column] = {}
    for column in sorted(found, key=lambda each: not each.is_given):
        if column.meaning in _SINGLE:
            taken.setdefault(column.meaning, column)
    return [
        replace(each, meaning=ImportColumn.ATTRIBUTE, name=normalize_name(each.heading))
        if each.meaning in _SINGLE and taken[each.meaning] is not each
        else each
        for each in found
    ]


def _name_attributes(found: Sequence[Column], problems: list[str], place: str) -> list[Column]:
    """Return the columns with a name of its own for each attribute."""
    taken: set[str] = set()
    named = []
    for column in found:
        if column.meaning is not ImportColumn.ATTRIBUTE:
            named.append(column)
            continue
        name = column.name
        if name in RESERVED_NAMES and not column.is_given and _is_demoted(column):
            name = f"other_{name}"
        if name in RESERVED_NAMES or not name:
            title = shorten_value(column.heading)
            problems.append(
                f'{place}: the column "{title}" would become the attribute "{name}", a name that Handbill uses itself. '
                f'Give it another one: --column "{title}=their_{name}", or ignore it: --column "{title}=-"'
            )
        free, number = name, 2
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        taken.add(free)
        named.append(replace(column, name=free))
    return named


def _is_demoted(column: Column) -> bool:
    """Whether this was a second column of a kind of which there can be one."""
    return (
        rank_email(column.heading) is not None
        or column_names.recognize_name(column.heading) in _SINGLE
    )


def says_left_by_name(file_name: str) -> str | None:
    """Return the word in *file_name* which says that its subscribers left, as in `unsubscribed_audience.csv`."""
    words = normalize_name(file_name.rpartition(".")[0] or file_name)
    for word in re.split(r"[_0-9]+", words):
        if says_left(word) or word in _FILE_WORDS:
            return word
    return None


_FILE_WORDS = frozenset(
    "nonsubscribed bounces bounce unsubscribes unsubs complaints suppression suppressions blocklist blacklist "
    "optouts "
    "optout cleaned abmeldungen abgemeldete desabonnes desinscrits bajas rebotes".split()
)
