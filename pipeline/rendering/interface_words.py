"""
The words Handbill itself says in a mail, in the letter's language.

They come from gettext catalogues, `<language>.po`: the project's own in `locale/`, then those shipped, then English,
which stands here. Catalogues are read as they are written; nothing has to be compiled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from pipeline.errors import RenderError, suggest_name
from pipeline.files import find_shipped
from pipeline.markup import escape_html
from pipeline.models.finding import Finding, Severity
from pipeline.rendering.direction import isolated, isolated_text


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """
    Interface words; `{…}` is filled in by the renderer.

    Args:
        letters: What tells several places that cite one note apart, one after the other.
        labelled: How a label and what it names are joined in the text part.
        in_english: The names of those for which the letter's language has no words.
        direction: That of the letter.
    """

    notes: str = "Notes"
    note: str = "Note {number}"
    back: str = "Back\u00a0to\u00a0text"
    back_to: str = "Back to text {place}"
    letters: str = "abcdefghijklmnopqrstuvwxyz"
    read_online: str = "Read this online"
    notes_online: str = "Read the notes online"
    rest_online: str = "Read the rest online"
    picture: str = "Picture"
    labelled: str = "{label}: {text}"
    once: str = "Give once"
    monthly: str = "Give every month"
    a_month: str = "{amount} a month"
    donate: str = "Donate"
    until_day: str = "Until {date} ({zone})"
    until_time: str = "Until {date}, {time} ({zone})"
    zone: str = "{city} time"
    becomes: str = "{amount} becomes {total}."
    raised: str = "{raised} of {goal} raised"
    raised_all: str = "{raised} raised, more than the {goal} we asked for"
    charged_at_once: str = (
        "If your payment details are saved with {processor}, a tap on an amount gives it at once."
    )
    charged_at_once_somewhere: str = (
        "If your payment details are saved there, a tap on an amount gives it at once."
    )
    why: str = "You receive this letter because you signed up for {publication}."
    unsubscribe: str = "Unsubscribe"
    in_english: frozenset[str] = frozenset()
    direction: str = "ltr"

    def html(self, name: str, **values: str) -> str:
        """Return the word *name* as HTML, its values isolated and English in a letter of another language marked."""
        is_foreign = name in self.in_english
        around = "ltr" if is_foreign else self.direction
        said = {key: isolated(value, around) for key, value in values.items()}
        text = escape_html(getattr(self, name)).format(**said)
        return f'<span lang="en" dir="ltr">{text}</span>' if is_foreign else text

    def text(self, name: str, **values: str) -> str:
        """Return the word *name* as plain text, its values isolated."""
        around = "ltr" if name in self.in_english else self.direction
        said = {key: isolated_text(value, around) for key, value in values.items()}
        filled: str = getattr(self, name).format(**said)
        return filled

    def label(self, name: str, text: str) -> str:
        """Return *text* behind the word *name*; bare, for whatever touched an address would become part of it."""
        return self.labelled.format(label=getattr(self, name), text=text)


ENGLISH = Words()
_NAMES = tuple(f.name for f in fields(Words) if f.name not in ("in_english", "direction"))


def words_of(language: str, *, direction: str = "ltr", folders: Sequence[Path] = ()) -> Words:
    """
    Return the words of *language*, those nobody has translated in English.

    Args:
        language: A known language tag.
        folders: Where catalogues are looked for before the shipped ones.

    Raises:
        RenderError: A catalogue cannot be used.
    """
    found: dict[str, str] = {}
    for tag in _tags(language):
        for folder in (*folders, find_shipped("locale")):
            path = folder / f"{tag}.po"
            if path.is_file():
                found = {**_read(path, path.stat().st_mtime_ns), **found}
    is_english = language.lower().replace("_", "-").split("-")[0] == "en"
    missing = frozenset() if is_english else frozenset(set(_NAMES) - set(found))
    values: dict[str, Any] = dict(found)
    return replace(ENGLISH, **values, in_english=missing, direction=direction)


def missing_words(language: str, words: Words) -> Iterator[Finding]:
    """Yield a finding if some of *words* stand in English in a letter of another language."""
    missing = [name for name in _NAMES if name in words.in_english]
    if missing:
        which = f"for {', '.join(missing)}" if len(missing) < len(_NAMES) else "at all"
        yield Finding(
            code="language.no-words",
            severity=Severity.WARNING,
            where=f'the language "{language}"',
            message=f"Handbill has no words of its own in it {which}; English ones stand in their place.",
            hint=f"Translate them in locale/{language}.po of the project; docs/reference/languages.md says how.",
        )


@lru_cache(maxsize=64)
def _tags(language: str) -> tuple[str, ...]:
    """Return the tags under which *language* may be found, the nearest first: pt-AO, pt-PT, pt."""
    from babel import Locale
    from babel.core import get_global

    parents = get_global("parent_exceptions")
    given = language.replace("_", "-")
    tag, found = str(Locale.parse(language.replace("-", "_"))), [given]
    while tag:
        found.append(tag.replace("_", "-"))
        tag = parents.get(tag) or tag.rpartition("_")[0]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=64)
def _read(path: Path, _changed_at: int) -> dict[str, str]:
    """Return the words of one catalogue; it is read again when it has changed."""
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
    except (OSError, UnicodeError, LookupError, ValueError, PoFileError) as error:
        line = f":{error.lineno + 1}" if isinstance(error, PoFileError) else ""
        raise RenderError(
            f"{path}{line}: this is no message catalogue: {error}. Mend it; docs/reference/languages.md shows one."
        ) from error
    found = {}
    for message in catalogue:
        said = message.string
        if not message.id or not said or message.fuzzy or not isinstance(said, str):
            continue
        where = f"{path}:{message.lineno}" if message.lineno else str(path)
        for name in _names(message.context, message.id, where):
            _check(name, said, where)
            found[name] = said
    return found


def _names(context: str | None, english: object, where: str) -> list[str]:
    """Return which words a message translates: its context names one, else its English does."""
    if context in _NAMES:
        return [context]
    names = [] if context else [name for name in _NAMES if getattr(ENGLISH, name) == english]
    if not names:
        wanted = context or str(english)
        raise RenderError(
            f'{where}: Handbill does not say "{wanted}". docs/reference/languages.md lists what it says.'
            f"{suggest_name(wanted, _NAMES)}"
        )
    return names


def _check(name: str, said: str, where: str) -> None:
    """Refuse a translation that cannot be filled in as the English one is."""
    wanted = placeholders(getattr(ENGLISH, name))
    try:
        is_right = placeholders(said) == wanted
    except ValueError:
        is_right = False
    if not is_right:
        needed = " and ".join(f"{{{field}}}" for field in sorted(wanted)) or "no {…}"
        raise RenderError(f'{where}: the translation of "{name}" must hold {needed}. Mend it.')
    if name == "letters" and len(set(said)) < max(2, len(said)):
        raise RenderError(
            f'{where}: "letters" must hold several letters, none of them twice. Mend it.'
        )


def placeholders(text: str) -> set[str]:
    """
    Return the names of the `{…}` in *text*.

    Raises:
        ValueError: A brace stands alone, or more than a name stands between two.
    """
    found = set()
    for _, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(text)
        found.add(name)
    return found
