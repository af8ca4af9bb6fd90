"""
Handbill's own interface text in an email, in the email's language, and on the public pages, in the subscriber's.

It comes from gettext catalogs, `<language>.po`: the project's own in `locale/`, then the shipped ones, then English,
which `interface_texts` defines. Catalogs are read as they are; nothing has to be compiled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

from pipeline.errors import RenderError, suggest_name
from pipeline.files import find_shipped
from pipeline.models.finding import Finding, Severity
from pipeline.rendering.interface_texts import ENGLISH, Translations
from pipeline.rendering.locales import parse_locale

_NAMES = tuple(f.name for f in fields(Translations) if f.name not in ("untranslated", "direction"))
_EMAIL_NAMES = tuple(name for name in _NAMES if not name.startswith(("page_", "message_")))


def load_translations(
    language: str, *, direction: str = "ltr", folders: Sequence[Path] = ()
) -> Translations:
    """
    Return the texts in *language*, in English where no catalog translates them.

    Args:
        language: A known language tag.
        folders: Folders searched for catalogs before the shipped ones.

    Raises:
        RenderError: A catalog is invalid.
    """
    found: dict[str, str] = {}
    for tag in _find_parent_tags(language):
        for folder in (*folders, find_shipped("locale")):
            path = folder / f"{tag}.po"
            if path.is_file():
                found = {**_read_catalog(path, path.stat().st_mtime_ns), **found}
    is_english = language.lower().replace("_", "-").split("-")[0] == "en"
    untranslated = frozenset() if is_english else frozenset(set(_NAMES) - set(found))
    values: dict[str, Any] = dict(found)
    return replace(ENGLISH, **values, untranslated=untranslated, direction=direction)


def find_untranslated(language: str, translations: Translations) -> Iterator[Finding]:
    """Yield a finding if some of *translations* are English in an email of another language."""
    missing = [name for name in _EMAIL_NAMES if name in translations.untranslated]
    if missing:
        which = f": {', '.join(missing)}" if len(missing) < len(_EMAIL_NAMES) else ""
        yield Finding(
            code="language.untranslated",
            severity=Severity.WARNING,
            where=f'the language "{language}"',
            message=f"Interface texts are not translated and stay English{which}.",
            hint=f"Translate them in the project's locale/{language}.po; see: handbill docs languages",
        )


@lru_cache(maxsize=64)
def _find_parent_tags(language: str) -> tuple[str, ...]:
    """Return the tags to search for *language*, the most specific first: pt-AO, pt-PT, pt."""
    from babel.core import get_global

    parents = get_global("parent_exceptions")
    tag, found = str(parse_locale(language)), [language.replace("_", "-")]
    while tag:
        found.append(tag.replace("_", "-"))
        tag = parents.get(tag) or tag.rpartition("_")[0]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=64)
def _read_catalog(path: Path, _modified_ns: int) -> dict[str, str]:
    """Return the texts of one catalog; it is read again when it has changed."""
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            catalog = read_po(file, abort_invalid=True)
    except (OSError, UnicodeError, LookupError, ValueError, PoFileError) as error:
        line = f":{error.lineno + 1}" if isinstance(error, PoFileError) else ""
        raise RenderError(
            f"{path}{line}: not a valid gettext catalog: {error}. For an example: handbill docs languages"
        ) from error
    found = {}
    for message in catalog:
        translation = message.string
        if not message.id or not translation or message.fuzzy or not isinstance(translation, str):
            continue
        where = f"{path}:{message.lineno}" if message.lineno else str(path)
        for name in _find_names(message.context, message.id, where):
            _check_translation(name, translation, where)
            found[name] = translation
    return found


def _find_names(context: str | None, english: object, where: str) -> list[str]:
    """Return the names of the texts that a catalog entry translates: its context, or those with its English text."""
    if context in _NAMES:
        return [context]
    names = [] if context else [name for name in _NAMES if getattr(ENGLISH, name) == english]
    if not names:
        wanted = context or str(english)
        raise RenderError(
            f'{where}: Handbill has no text "{wanted}". List all texts: handbill docs languages'
            f"{suggest_name(wanted, _NAMES)}"
        )
    return names


def _check_translation(name: str, translation: str, where: str) -> None:
    """Reject a translation with other placeholders than the English text."""
    expected = find_placeholders(getattr(ENGLISH, name))
    try:
        is_valid = find_placeholders(translation) == expected
    except ValueError:
        is_valid = False
    if not is_valid:
        needed = " and ".join(f"{{{field}}}" for field in sorted(expected)) or "no {…}"
        raise RenderError(
            f'{where}: the translation of "{name}" must contain {needed}. Correct it.'
        )
    if name == "alphabet" and len(set(translation)) < max(2, len(translation)):
        raise RenderError(
            f'{where}: "alphabet" must contain several characters, none of them twice. Correct it.'
        )


def find_placeholders(text: str) -> set[str]:
    """
    Return the names of the `{…}` in *text*.

    Raises:
        ValueError: A brace is unmatched, or encloses more than a name.
    """
    found = set()
    for _, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(text)
        found.add(name)
    return found
