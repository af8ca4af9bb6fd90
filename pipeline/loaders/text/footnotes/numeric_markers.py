"""
Is a bare number the marker of a note? Judged by the signs and words beside it.

`… in the harbour.1` and `… wall,”2 he wrote` are markers; `18 months`, `page 3`, `2:1`, `May 4` and `$5` are not. In
between lie places where only the order of the numbers can decide.
"""

from __future__ import annotations

import re
from enum import IntEnum

from pipeline.loaders.shared.dates import MONTHS
from pipeline.loaders.text.footnotes.number_words import (
    ABBREVIATIONS,
    ALSO_WORDS,
    BEFORE_NUMBER,
    COUNTED,
    NAMED_BY_NUMBER,
    UNCOUNTED,
)


class Weight(IntEnum):
    """How much a place speaks for a marker; higher is more."""

    #: A number.
    NEVER = 0
    #: A marker only if its neighbours are found and it fills the gap between them.
    POSSIBLE = 1
    #: A word, a number, then a comma or a full stop.
    FAIR = 3
    #: Glued to a word, or between two sentences.
    LIKELY = 5
    #: Glued to the end of a sentence or a quote, or the last sign of a block after its sentence.
    SURE = 8


class _After(IntEnum):
    """What follows the number."""

    END = 0
    PUNCTUATION = 1
    CAPITAL = 2
    LOWER = 3
    OTHER = 4


#: How much of the text before and after a number is looked at.
BEFORE, AFTER = 60, 30

_CLOSERS = "\"'”’“‘»«›)]"
_STOPS = ".!?…。"
#: What makes a number of the digits before it: a unit, a fraction, a range, a score.
_MEASURED = re.compile(
    r"[\w%‰°$€£¥@&#]|\s?[%‰°$€£¥]|[.,:/]\d|\s?[-–—−]\s?\d|[-–−]\w|\s?[x×*+=/<>^]\s?\d|\s\d|[’']\w"
    r"|\s(?:out )?(?:of|in|aus|von|sur|de|su) \d"
)
_NUMERIC = re.compile(r"\d[\s.,:/’'–—-]?$|[$€£¥#№&@+=<>~^*_|\\/−-]\s?$|[§°]\s?$")
_OPENER = re.compile(r"(?:^|[\s(\[{])[\"'“„«‚‘‹]\s?$|[(\[{„‚¿¡]\s?$")
_YEAR_STOP = re.compile(r"\b(?:1[4-9]|20)\d\d\.$")
_LAST_WORD = re.compile(r"(?:[^\W\d_]+|[nN][°º])$")
_INITIAL = re.compile(r"(?:^|[\s(])[^\W\d_]$")
_NEXT_WORD = re.compile(r"\s+[\"“”„«‘'(\[¿¡]?\s?([^\W\d_]+)")
#: Month names that are words as well where they bear no capital.
_SMALL_WORDS = {"may", "march", "set", "out", "mar"}


def weigh(before: str, after: str) -> Weight:
    """
    Return how much speaks for a marker between *before* and *after*, the text on both sides of a number.

    Some signs on either side are enough: `BEFORE` and `AFTER`.
    """
    core = before.rstrip()
    if not core or _MEASURED.match(after):
        return Weight.NEVER
    follows = _follows(after)
    if core == before and _YEAR_STOP.search(core):
        return {_After.END: Weight.LIKELY, _After.CAPITAL: Weight.FAIR}.get(follows, Weight.NEVER)
    if _NUMERIC.search(before) or _OPENER.search(before):
        return Weight.NEVER
    return _glued(core, follows) if core == before else _spaced(core, follows, after)


def _follows(after: str) -> _After:
    if not after.strip():
        return _After.END
    if after[0] in ".,;:!?…)]”’\"'»—–":
        return _After.PUNCTUATION
    rest = after.lstrip()
    if rest == after:
        return _After.OTHER
    first = rest.lstrip("\"“”„«‘'(¿¡ \xa0\u202f")[:1]
    if not first:
        return _After.PUNCTUATION
    if not first.isalpha():
        return _After.OTHER
    return _After.LOWER if first.islower() else _After.CAPITAL


def _glued(core: str, follows: _After) -> Weight:
    """Weigh a number that stands directly behind a word or a sign."""
    last = core[-1]
    if last in _STOPS:
        best = Weight.LIKELY if follows is _After.LOWER else Weight.SURE
        return _unless_abbreviated(core, best)
    if last in _CLOSERS or last in ",;":
        return Weight.SURE
    if last == ":":
        return Weight.LIKELY
    word = _last_word(core)
    if len(word) < 3:
        return Weight.NEVER
    if word[1:].islower() or word.lower() == word.upper():
        return Weight.LIKELY
    return Weight.POSSIBLE if word.isupper() else Weight.NEVER


def _spaced(core: str, follows: _After, after: str) -> Weight:
    """Weigh a number with a space before it."""
    if _counts(follows, after):
        return Weight.NEVER
    last = core[-1]
    is_closed = last in _CLOSERS
    inner = core.rstrip(_CLOSERS + " \xa0\u202f")
    if inner and inner[-1] in _STOPS:
        return _between_sentences(inner, follows, is_closed=is_closed)
    if is_closed:
        return _by_words(follows, after, Weight.LIKELY)
    if last in ",;:":
        is_end = follows in (_After.END, _After.CAPITAL)
        return Weight.POSSIBLE if is_end else _by_words(follows, after, Weight.NEVER)
    if follows is _After.CAPITAL or _names_a_number(_last_word(core)):
        return Weight.NEVER
    return _by_words(follows, after, Weight.FAIR)


def _counts(follows: _After, after: str) -> bool:
    """Whether the next word is one that a number counts: `18 months`, `3 Millionen`, `4 May`."""
    if follows not in (_After.LOWER, _After.CAPITAL):
        return False
    found = _NEXT_WORD.match(after)
    word = found[1].lower() if found else ""
    is_month = word in MONTHS and not (follows is _After.LOWER and word in _SMALL_WORDS)
    return is_month or word in COUNTED


def _between_sentences(inner: str, follows: _After, *, is_closed: bool) -> Weight:
    best = {_After.END: Weight.SURE, _After.CAPITAL: Weight.LIKELY}.get(follows, Weight.NEVER)
    return best if is_closed else _unless_abbreviated(inner, best)


def _by_words(follows: _After, after: str, best: Weight) -> Weight:
    """Return *best* before punctuation, less before a word that no number counts, nothing before any other."""
    if follows is _After.PUNCTUATION:
        return best
    if follows in (_After.END, _After.CAPITAL):
        return best if best is Weight.LIKELY else Weight.POSSIBLE
    found = _NEXT_WORD.match(after)
    if found and found[1].lower() in UNCOUNTED:
        return Weight.FAIR if best is Weight.LIKELY else Weight.POSSIBLE
    return Weight.NEVER


def _unless_abbreviated(core: str, best: Weight) -> Weight:
    """Return *best*, or less if the full stop at the end of *core* stands for letters: `No.`, `p.`, `J.`; not `U.S.`"""
    stem = core.removesuffix(".")
    if stem == core:
        return best
    word = _last_word(stem)
    if word in ALSO_WORDS:
        return min(best, Weight.FAIR)
    is_short = _INITIAL.search(stem[-2:]) or (len(word) > 1 and word.lower() in ABBREVIATIONS)
    return Weight.NEVER if is_short else best


def _names_a_number(word: str) -> bool:
    small = word.lower()
    is_name = word[:1].isupper() and small in NAMED_BY_NUMBER
    return len(word) < 2 or small in BEFORE_NUMBER or small in MONTHS or is_name


def _last_word(core: str) -> str:
    found = _LAST_WORD.search(core[-30:])
    return found[0] if found else ""
