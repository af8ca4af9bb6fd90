"""
Handbill's own interface text in an email, in the email's language, and on the public pages, in the subscriber's.

It comes from gettext catalogs, `<language>.po`: the project's own in `locale/`, then the shipped ones, then English,
which is defined here. Catalogs are read as they are; nothing has to be compiled.
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
from pipeline.rendering.locales import isolate_html, isolate_text, parse_locale


@dataclass(frozen=True, kw_only=True, slots=True)
class Translations:
    """
    The interface texts of one email, and those of the public pages (`page_…`); the renderer fills in `{…}`.

    Args:
        alphabet: The characters that number the back links of a note.
        labelled: How a label and its text are joined in the text part.
        untranslated: The names of the texts that have no translation and stay English.
        direction: Of the email, `ltr` or `rtl`.
    """

    notes: str = "Notes"
    note: str = "Note {number}"
    back: str = "Back\u00a0to\u00a0text"
    back_to: str = "Back to reference {reference}"
    alphabet: str = "abcdefghijklmnopqrstuvwxyz"
    read_online: str = "Read online"
    notes_online: str = "Read the notes online"
    continue_online: str = "Continue reading online"
    image: str = "Image"
    labelled: str = "{label}: {text}"
    give_once: str = "Give once"
    give_monthly: str = "Give monthly"
    monthly_amount: str = "{amount} a month"
    donate: str = "Donate"
    until_date: str = "Until {date} ({zone})"
    until_time: str = "Until {date}, {time} ({zone})"
    city_time: str = "{city} time"
    match_example: str = "{amount} becomes {total}."
    goal_progress: str = "{raised} of {goal} raised"
    goal_exceeded: str = "{raised} raised, more than our goal of {goal}"
    immediate_charge: str = (
        "If {processor} has saved your payment details, tapping an amount donates it immediately."
    )
    immediate_charge_unnamed: str = (
        "If your payment details are saved, tapping an amount donates it immediately."
    )
    subscription_reason: str = (
        "You're receiving this email because you signed up for {publication}."
    )
    unsubscribe: str = "Unsubscribe"
    page_question: str = "Unsubscribe from {newsletter}?"
    page_sent_to: str = "It is sent to {address}."
    page_forwarded: str = (
        "Not your address? Then somebody forwarded this newsletter to you; there is nothing to do."
    )
    page_leave_list: str = "Unsubscribe from {newsletter}"
    page_leave_all: str = "Unsubscribe from everything"
    page_left_list: str = "You have unsubscribed from {newsletter}"
    page_left_all: str = "You have unsubscribed from everything"
    page_left_detail: str = (
        "This takes effect at once for {address}. An issue already on its way may still arrive."
    )
    page_way_back: str = (
        "Was it not you, or have you changed your mind? You can undo it until {date}."
    )
    page_undo: str = "That was not me. Subscribe me again"
    page_back: str = "You are subscribed again"
    page_back_detail: str = "{newsletter} goes to {address} as before."
    page_test: str = "This was a test"
    page_test_detail: str = "This link is from a test message or a preview. Nothing has changed."
    page_unknown: str = "Nobody receives email through this link any more"
    page_unknown_detail: str = (
        "If you still receive our newsletter, use the link in the latest issue."
    )
    page_not_understood: str = "Nothing has changed"
    page_not_understood_detail: str = (
        "Open the link in the newsletter, then press a button on the page."
    )
    page_busy: str = "One moment, please"
    page_busy_detail: str = "Too many requests came from your network. Try again in a minute."
    page_error: str = "Something went wrong"
    page_error_detail: str = "Nothing has changed. Try again in a few minutes."
    page_contact: str = "Questions? Write to {address}."
    untranslated: frozenset[str] = frozenset()
    direction: str = "ltr"

    def format_html(self, name: str, **values: str) -> str:
        """Return the text *name* as HTML with its values isolated, marked as English if it is not translated."""
        is_english = name in self.untranslated
        direction = "ltr" if is_english else self.direction
        isolated = {key: isolate_html(value, direction) for key, value in values.items()}
        html = escape_html(getattr(self, name)).format(**isolated)
        return f'<span lang="en" dir="ltr">{html}</span>' if is_english else html

    def format_text(self, name: str, **values: str) -> str:
        """Return the text *name* as plain text with its values isolated."""
        direction = "ltr" if name in self.untranslated else self.direction
        isolated = {key: isolate_text(value, direction) for key, value in values.items()}
        text: str = getattr(self, name).format(**isolated)
        return text

    def add_label(self, name: str, text: str) -> str:
        """Return *text* with the label *name*; not isolated, because the characters would become part of a URL."""
        return self.labelled.format(label=getattr(self, name), text=text)


ENGLISH = Translations()
_NAMES = tuple(f.name for f in fields(Translations) if f.name not in ("untranslated", "direction"))
_EMAIL_NAMES = tuple(name for name in _NAMES if not name.startswith("page_"))


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
