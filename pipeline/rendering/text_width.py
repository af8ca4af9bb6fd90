"""Set plain text to a width, counted as a terminal would: wide letters take two columns, combining marks none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator

COLUMNS = 72

# Letters and signs of one column each, which is most of the text in Latin letters.
_NARROW = re.compile("[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]*")
# Words that a line must not begin with: it would look like an item or a quote, or the sign belongs to the word before.
_NEVER_FIRST = re.compile(r"\d{1,3}[.)]|[-–—*+>#•]|[»:;!?%]+")
_NEVER_LAST = re.compile(r"[«¿¡]+")
# Small letters that no line of Japanese begins with (JIS X 4051); repetitions and long vowels are told by category.
_SMALL_KANA = frozenset("ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ")
_OPENING = ("Ps", "Pi")
_JOINER = "\u200d"
_EMOJI_FOLLOWS = "\ufe0f"


def width(text: str) -> int:
    """Return how many columns *text* takes (Unicode Standard Annex #11; ambiguous letters count as one)."""
    return len(text) if _NARROW.fullmatch(text) else sum(map(_columns, clusters(text)))


def clusters(text: str) -> Iterator[str]:
    """Yield what a reader takes for one sign: a letter with its marks, an emoji with all it is made of."""
    cluster = ""
    for letter in text:
        if cluster and not _continues(cluster, letter):
            yield cluster
            cluster = ""
        cluster += letter
    if cluster:
        yield cluster


def wrap(
    text: str,
    *,
    columns: int = COLUMNS,
    first: str = "",
    rest: str = "",
    measure: Callable[[str], int] = width,
) -> str:
    """
    Set *text* to lines of at most *columns*.

    Breaks at spaces, and between East Asian letters where their rules allow it. A word that is longer than a line
    stays whole, so that an address can be clicked. No line but the first begins with what would look like an item or
    a quote, such as `2.`. Line ends in *text* are kept.

    Args:
        first: What the first line begins with.
        rest: What the others begin with.
        measure: Returns how many columns a word takes.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        _fill(paragraph, lines, columns, first if not lines else rest, rest, measure)
    return "\n".join(line.rstrip() for line in lines)


def _fill(
    paragraph: str,
    lines: list[str],
    columns: int,
    first: str,
    rest: str,
    measure: Callable[[str], int],
) -> None:
    line, used, is_empty = first, width(first), True
    for word, spaced in _words(paragraph):
        needed = measure(word) + (1 if spaced and not is_empty else 0)
        if not is_empty and used + needed > columns:
            lines.append(line)
            line, used, is_empty = rest, width(rest), True
            needed = measure(word)
        line += (" " if spaced and not is_empty else "") + word
        used, is_empty = used + needed, False
    lines.append(line)


def _words(paragraph: str) -> list[tuple[str, bool]]:
    """Return what must not be broken, and whether a space stood before it."""
    found: list[tuple[str, bool]] = []
    before = ""
    for word in filter(None, paragraph.split(" ")):
        is_plain = word.isascii() or _NARROW.fullmatch(word)
        pieces = [word] if is_plain else _east_asian_pieces(word)
        if found and (_NEVER_FIRST.fullmatch(word) or _NEVER_LAST.fullmatch(before)):
            joined, spaced = found.pop()
            found.append((f"{joined} {pieces.pop(0)}", spaced))
            found += [(piece, False) for piece in pieces]
        else:
            found += [(piece, index == 0) for index, piece in enumerate(pieces)]
        before = word
    return found


def _east_asian_pieces(word: str) -> list[str]:
    pieces: list[str] = []
    before = at = 0
    for cluster in clusters(word):
        if pieces and (
            not (_is_east_asian(cluster) or _is_east_asian(word[before:at]))
            or _is_never_first(cluster, word[at:])
            or unicodedata.category(word[at - 1]) in _OPENING
        ):
            pieces[-1] += cluster
        else:
            pieces.append(cluster)
        before, at = at, at + len(cluster)
    return pieces


def _is_never_first(cluster: str, rest: str) -> bool:
    """Whether no line may begin with *cluster*, of which and what follows *rest* is."""
    kind = unicodedata.category(cluster[0])
    return (
        (kind[0] in "PM" and kind not in _OPENING)
        or kind in ("Lm", "Sk")
        or cluster[0] in _SMALL_KANA
        or bool(re.match(r"\[\d+\]", rest))  # a reference
    )


def _is_east_asian(cluster: str) -> bool:
    """Whether a line may break beside *cluster*; Korean breaks at its spaces."""
    return _columns(cluster) == 2 and not "\uac00" <= cluster[0] <= "\ud7a3"


def _continues(cluster: str, letter: str) -> bool:
    """Whether *letter* belongs to *cluster* (Unicode Standard Annex #29, what of it plain text meets)."""
    kind = unicodedata.category(letter)
    return (
        kind in ("Mn", "Me", "Cf")
        or (kind == "So" and cluster[-1] == _JOINER)
        or (kind == "Sk" and letter >= "\U0001f3fb")  # a tone of skin
        or "\u1160" <= letter <= "\u11ff"  # the vowel or the end of a Korean syllable
        or (_is_regional(letter) and len(cluster) == 1 and _is_regional(cluster))  # a flag
    )


def _is_regional(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _columns(cluster: str) -> int:
    if unicodedata.category(cluster[0]) in ("Mn", "Me", "Cf"):
        return 0
    is_wide = unicodedata.east_asian_width(cluster[0]) in "WF"
    is_emoji = _EMOJI_FOLLOWS in cluster and not cluster[0].isalpha()
    is_flag = len(cluster) > 1 and _is_regional(cluster[0])
    return 2 if is_wide or is_emoji or is_flag else 1
