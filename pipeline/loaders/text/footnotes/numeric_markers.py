"""
Evaluate whether a bare number is the marker of a note, by the characters and words next to it.

`… in the harbour.1` and `… wall,”2 he wrote` are markers; `18 months`, `page 3`, `2:1`, `May 4` and `$5` are not. In
between are positions where only the order of the numbers can decide.
"""

from __future__ import annotations

import re
from enum import IntEnum

from pipeline.loaders.shared.dates import MONTHS
from pipeline.loaders.text.footnotes.number_words import (
    ABBREVIATIONS,
    AMBIGUOUS_ABBREVIATIONS,
    COUNTED_WORDS,
    NUMBERED_NAMES,
    WORDS_AFTER_MARKERS,
    WORDS_BEFORE_NUMBERS,
)


class Confidence(IntEnum):
    """How likely a number is a marker; higher is more."""

    #: A number.
    NEVER = 0
    #: A marker only if it fills the gap between the markers before and after.
    POSSIBLE = 1
    #: Between a word and a comma or full stop.
    FAIR = 3
    #: Attached to a word, or between two sentences.
    LIKELY = 5
    #: Attached to the end of a sentence or a quotation, or the last character of a block, after its sentence.
    SURE = 8


class _Following(IntEnum):
    """What follows the number."""

    END = 0
    PUNCTUATION = 1
    CAPITAL = 2
    LOWER = 3
    OTHER = 4


#: The number of characters before and after a number that decide.
CONTEXT_BEFORE, CONTEXT_AFTER = 60, 30

_CLOSERS = "\"'”’“‘»«›)]"
_SENTENCE_ENDS = ".!?…。"
#: What follows the digits of a quantity: a unit, a fraction, a range, a score.
_QUANTITY = re.compile(
    r"[\w%‰°$€£¥@&#]|\s?[%‰°$€£¥]|[.,:/]\d|\s?[-–—−]\s?\d|[-–−]\w|\s?[x×*+=/<>^]\s?\d|\s\d|[’']\w"
    r"|\s(?:out )?(?:of|in|aus|von|sur|de|su) \d"
)
_NUMBER_BEFORE = re.compile(r"\d[\s.,:/’'–—-]?$|[$€£¥#№&@+=<>~^*_|\\/−-]\s?$|[§°]\s?$")
_OPENING = re.compile(r"(?:^|[\s(\[{])[\"'“„«‚‘‹]\s?$|[(\[{„‚¿¡]\s?$")
_YEAR_END = re.compile(r"\b(?:1[4-9]|20)\d\d\.$")
_LAST_WORD = re.compile(r"(?:[^\W\d_]+|[nN][°º])$")
_INITIAL = re.compile(r"(?:^|[\s(])[^\W\d_]$")
_NEXT_WORD = re.compile(r"\s+[\"“”„«‘'(\[¿¡]?\s?([^\W\d_]+)")
#: Names of months that are other words if not capitalized.
_AMBIGUOUS_MONTHS = {"may", "march", "set", "out", "mar"}


def evaluate_marker(before: str, after: str) -> Confidence:
    """
    Return how likely the number between *before* and *after* is a marker.

    `CONTEXT_BEFORE` characters before it and `CONTEXT_AFTER` after it are enough.
    """
    stripped = before.rstrip()
    if not stripped or _QUANTITY.match(after):
        return Confidence.NEVER
    following = _classify_following(after)
    if stripped == before and _YEAR_END.search(stripped):
        after_year = {_Following.END: Confidence.LIKELY, _Following.CAPITAL: Confidence.FAIR}
        return after_year.get(following, Confidence.NEVER)
    if _NUMBER_BEFORE.search(before) or _OPENING.search(before):
        return Confidence.NEVER
    is_attached = stripped == before
    return (
        _evaluate_attached(stripped, following)
        if is_attached
        else _evaluate_spaced(stripped, following, after)
    )


def _classify_following(after: str) -> _Following:
    if not after.strip():
        return _Following.END
    if after[0] in ".,;:!?…)]”’\"'»—–":
        return _Following.PUNCTUATION
    rest = after.lstrip()
    if rest == after:
        return _Following.OTHER
    first = rest.lstrip("\"“”„«‘'(¿¡ \xa0\u202f")[:1]
    if not first:
        return _Following.PUNCTUATION
    if not first.isalpha():
        return _Following.OTHER
    return _Following.LOWER if first.islower() else _Following.CAPITAL


def _evaluate_attached(stripped: str, following: _Following) -> Confidence:
    """Evaluate a number directly after a word or a punctuation mark."""
    last = stripped[-1]
    if last in _SENTENCE_ENDS:
        best = Confidence.LIKELY if following is _Following.LOWER else Confidence.SURE
        return _limit_after_abbreviation(stripped, best)
    if last in _CLOSERS or last in ",;":
        return Confidence.SURE
    if last == ":":
        return Confidence.LIKELY
    word = _find_last_word(stripped)
    if len(word) < 3:
        return Confidence.NEVER
    if word[1:].islower() or word.lower() == word.upper():
        return Confidence.LIKELY
    return Confidence.POSSIBLE if word.isupper() else Confidence.NEVER


def _evaluate_spaced(stripped: str, following: _Following, after: str) -> Confidence:
    """Evaluate a number after a space."""
    if _is_quantity(following, after):
        return Confidence.NEVER
    last = stripped[-1]
    is_closed = last in _CLOSERS
    inner = stripped.rstrip(_CLOSERS + " \xa0\u202f")
    if inner and inner[-1] in _SENTENCE_ENDS:
        return _evaluate_between_sentences(inner, following, is_closed=is_closed)
    if is_closed:
        return _evaluate_by_next_word(following, after, Confidence.LIKELY)
    if last in ",;:":
        if following in (_Following.END, _Following.CAPITAL):
            return Confidence.POSSIBLE
        return _evaluate_by_next_word(following, after, Confidence.NEVER)
    if following is _Following.CAPITAL or _introduces_number(_find_last_word(stripped)):
        return Confidence.NEVER
    return _evaluate_by_next_word(following, after, Confidence.FAIR)


def _is_quantity(following: _Following, after: str) -> bool:
    """Whether the next word is one that a number counts: `18 months`, `3 Millionen`, `4 May`."""
    if following not in (_Following.LOWER, _Following.CAPITAL):
        return False
    match = _NEXT_WORD.match(after)
    word = match[1].lower() if match else ""
    is_month = word in MONTHS and not (following is _Following.LOWER and word in _AMBIGUOUS_MONTHS)
    return is_month or word in COUNTED_WORDS


def _evaluate_between_sentences(
    inner: str, following: _Following, *, is_closed: bool
) -> Confidence:
    after_stop = {_Following.END: Confidence.SURE, _Following.CAPITAL: Confidence.LIKELY}
    best = after_stop.get(following, Confidence.NEVER)
    return best if is_closed else _limit_after_abbreviation(inner, best)


def _evaluate_by_next_word(following: _Following, after: str, best: Confidence) -> Confidence:
    """Return *best* before punctuation, less before a word that no number counts, NEVER before any other."""
    if following is _Following.PUNCTUATION:
        return best
    if following in (_Following.END, _Following.CAPITAL):
        return best if best is Confidence.LIKELY else Confidence.POSSIBLE
    match = _NEXT_WORD.match(after)
    if match and match[1].lower() in WORDS_AFTER_MARKERS:
        return Confidence.FAIR if best is Confidence.LIKELY else Confidence.POSSIBLE
    return Confidence.NEVER


def _limit_after_abbreviation(stripped: str, best: Confidence) -> Confidence:
    """Return *best*, or less after an abbreviation: `No.`, `p.`, `J.`; but not `U.S.`"""
    stem = stripped.removesuffix(".")
    if stem == stripped:
        return best
    word = _find_last_word(stem)
    if word in AMBIGUOUS_ABBREVIATIONS:
        return min(best, Confidence.FAIR)
    is_short = _INITIAL.search(stem[-2:]) or (len(word) > 1 and word.lower() in ABBREVIATIONS)
    return Confidence.NEVER if is_short else best


def _introduces_number(word: str) -> bool:
    lower = word.lower()
    is_name = word[:1].isupper() and lower in NUMBERED_NAMES
    return len(word) < 2 or lower in WORDS_BEFORE_NUMBERS or lower in MONTHS or is_name


def _find_last_word(stripped: str) -> str:
    match = _LAST_WORD.search(stripped[-30:])
    return match[0] if match else ""
