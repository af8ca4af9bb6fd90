"""The language of a part of an email that is in another language than the rest: for `lang` (WCAG 3.1.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.detect_language import detect_language, has_words_of
from pipeline.rendering.locales import get_script

#: A shorter text in Latin script is not attributed to another language.
_MIN_LATIN_WORDS = 8
#: Characters of other scripts than Latin.
_NOT_LATIN = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")
_LETTER = re.compile(r"[^\W\d_]")


def get_base(language: str) -> str:
    """Return the language of a tag without its region: `en` of `en-GB`."""
    return language.replace("_", "-").partition("-")[0].lower()


def find_part_language(text: str, language: str) -> str | None:
    """Return the language of *text*, None if it may be *language*, that of the text around it, or is uncertain."""
    if not _NOT_LATIN.search(text) and (
        len(text.split()) < _MIN_LATIN_WORDS or has_words_of(text, language)
    ):
        return None
    found = detect_language(text, is_part=True)
    if found is None or not found.contradicts(language):
        return None
    has_same_script = _fits_script(text, "en") and get_script(language) == "Latn"
    return None if has_same_script and not found.is_clear else found.language


def find_configured_language(texts: Iterable[str], language: str, publication: str) -> str | None:
    """
    Return the language of *texts* from the configuration, None if it is *language*, that of the email.

    Args:
        publication: The language of the publication, in which they are unless they look otherwise.
    """
    text = " ".join(filter(None, texts))
    if not _LETTER.search(text):
        return None
    if found := detect_language(text):
        if not found.contradicts(language):
            return None
        return found.language if found.contradicts(publication) else publication
    is_same = get_base(publication) == get_base(language)
    return None if is_same or not _fits_script(text, publication) else publication


def _fits_script(text: str, language: str) -> bool:
    """Whether most of *text* is in the script of *language*, as far as Latin differs from others."""
    others, letters = len(_NOT_LATIN.findall(text)), len(_LETTER.findall(text))
    return (2 * others > letters) == (get_script(language) != "Latn")
