"""
Find the donation appeal of an article and lift it out.

It begins at a heading or a short line that asks, "Support our work", "Jetzt spenden", "Faites un don", or at a closing
paragraph that asks and says so twice; it goes on to the end, to the notes, or to a heading that does not ask. It is
moved whole, word for word; where it breaks off or where a page's script left a hole, that is told and not repaired.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate

from pipeline.loaders.shared.appeal_phrases import (
    ASKS,
    ASKS_SURELY,
    GAP,
    LOUD,
    MONEY,
    OTHER_GIFTS,
    PLEADS,
)
from pipeline.models.article import (
    Block,
    FoundAppeal,
    Heading,
    Link,
    List,
    LoadWarning,
    Paragraph,
    Rule,
)
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk

#: An appeal stands in the last part of an article, from this share of its words on, or after the notes.
_LATE = 0.6
#: One that goes on to the very end may begin earlier: appeals are sometimes longer than the article.
_LATE_TO_END = 0.4
#: A paragraph that asks without a heading is an appeal only as one of the last.
_LAST = 0.75
#: Longer lines do not begin an appeal by themselves, in words.
_SHORT = 12
#: Fewer words are a button, not an appeal.
_LEAST = 6
_LONGEST_PLEA = 150
#: An appeal that begins with a paragraph is no longer than this many blocks.
_SHORT_APPEAL = 4
#: Without a full stop so many words are a name or a button; more are a sentence that breaks off.
_LONGEST_SIGNATURE = 6
#: So many lines are tried as the beginning.
_MOST_TRIED = 50
#: In so many signs an appeal says what it is for.
_ENOUGH = 5000

#: A block ends well with a sentence, an address or a number.
_ENDS = re.compile(r"[.!?…:。！？][\"'”’“»)\]›]*$|https?://\S+$|\S+@\S+$|\d[\d\s]*$")


def lift_appeal(
    blocks: tuple[Block, ...], *, notes_at: int | None = None
) -> tuple[tuple[Block, ...], FoundAppeal | None, tuple[LoadWarning, ...]]:
    """
    Return the blocks outside the appeal, the appeal if there is one, and what a person should look at.

    Args:
        blocks: The body, its notes lifted out; references to them may stand in it.
        notes_at: Before which block the notes stood, if the source shows it: an appeal does not go on past them.
    """
    span = _find(blocks, notes_at)
    if span is None:
        return blocks, None, ()
    start, end = span
    lifted = _without_rules(blocks[start:end])
    before = _without_rules(blocks[:start])  # a line that parted it from the text goes with it
    appeal = FoundAppeal(blocks=lifted, truncated=_is_truncated(lifted))
    return (*before, *blocks[end:]), appeal, tuple(_warnings(appeal))


def begins_appeal(text: str) -> bool:
    """Whether *text* is a short line that asks for support; whether it means money, what follows must show."""
    if len(text) > 160 or len(text.split()) >= _SHORT or OTHER_GIFTS.search(text):
        return False
    return ASKS.match(text) is not None or LOUD.search(text) is not None


def is_button(text: str) -> bool:
    """Whether *text* is the words on a button, "Donate now", and by itself no appeal."""
    return len(text) < 40 and len(text.split()) <= 3 and ASKS_SURELY.match(text) is not None


def _find(blocks: Sequence[Block], notes_at: int | None) -> tuple[int, int] | None:
    """Return where the appeal begins and ends."""
    texts = [plain_text(block).strip() for block in blocks]
    sizes = [len(text.split()) for text in texts]
    total = sum(sizes) or 1
    tried = 0
    for start, before in enumerate(accumulate(sizes, initial=0)):
        if start == len(blocks) or tried == _MOST_TRIED:
            return None
        share = 1.0 if notes_at is not None and start >= notes_at else before / total
        if share < _LATE_TO_END or not isinstance(blocks[start], Heading | Paragraph):
            continue
        is_plea = _pleads(blocks[start], texts[start]) and share >= _LAST
        if not is_plea and not begins_appeal(texts[start]):
            continue
        tried += 1
        end = _end(blocks, texts, start, notes_at)
        is_last = end in (len(blocks), notes_at)
        if is_plea and is_last and end - start <= _SHORT_APPEAL:
            has_own_heading = start > 0 and isinstance(blocks[start - 1], Heading)
            return (start - 1 if has_own_heading else start), end
        if (share >= _LATE or is_last) and _asks_for_money(texts[start:end]):
            return start, end
    return None


def _end(blocks: Sequence[Block], texts: Sequence[str], start: int, notes_at: int | None) -> int:
    """Return where an appeal ends: at the notes, at a heading that does not ask, at a line across the page."""
    limit = len(blocks)
    if notes_at is not None and start < notes_at:
        limit = notes_at
    for at in range(start + 1, limit):
        if isinstance(blocks[at], Heading) and not _speaks_of_giving(texts[at]):
            return at
        if isinstance(blocks[at], Rule) and not any(map(MONEY.search, texts[at + 1 : limit])):
            return at
    return limit


def _speaks_of_giving(text: str) -> bool:
    return any(pattern.search(text) for pattern in (MONEY, LOUD)) or ASKS.match(text) is not None


def _asks_for_money(texts: Sequence[str]) -> bool:
    """Whether a section that begins by asking is an appeal: it has words of its own, and they speak of money."""
    first, rest = texts[0], " ".join(texts[1:])[:_ENOUGH]
    words = Counter(found.casefold() for found in MONEY.findall(f"{first} {rest}"))
    is_sure = ASKS_SURELY.match(first) is not None or LOUD.search(first) is not None
    has_words = len(f"{first} {rest}".split()) >= _LEAST
    has_address = "://" in rest or "@" in rest
    is_meant = len(words) >= (1 if is_sure else 2) or (is_sure and has_address)
    return has_words and is_meant


def _pleads(block: Block, text: str) -> bool:
    """Whether a paragraph asks for money in the middle of its sentences, and says so more than once."""
    if not PLEADS.search(text) or OTHER_GIFTS.search(text) or len(text.split()) > _LONGEST_PLEA:
        return False
    has_link = any(isinstance(node, Link) for node in walk(block))
    words = {found.casefold() for found in MONEY.findall(text)}
    return len(words) >= (1 if has_link else 2)


def _without_rules(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return *blocks* without lines across the page at their end."""
    end = len(blocks)
    while end and isinstance(blocks[end - 1], Rule):
        end -= 1
    return blocks[:end]


def _is_truncated(blocks: Sequence[Block]) -> bool:
    """
    Whether the last block breaks off: an open quote or bracket, or no end where there should be one.

    Items of a list and the words of a button need no full stop; a link or an address ends a block well.
    """
    last = blocks[-1] if blocks else None
    lines = _lines(last) if last is not None else []
    if not lines:
        return False
    text = lines[-1]
    if _is_open(text) or GAP.search(text):
        return True
    if _ENDS.search(text):
        return False
    if isinstance(last, List):
        return len(lines) > 1 and all(_ENDS.search(line) for line in lines[:-1])
    return isinstance(last, Paragraph) and len(text.split()) > _LONGEST_SIGNATURE


def _is_open(text: str) -> bool:
    if text.count('"') % 2:
        return True
    is_german = "„" in text
    pairs = (("„", "“”"),) if is_german else (("“", "”"),)
    return any(
        text.count(opener) > sum(text.count(closer) for closer in closers)
        for opener, closers in (*pairs, ("«", "»"), ("(", ")"), ("[", "]"))
    )


def _warnings(appeal: FoundAppeal) -> Iterator[LoadWarning]:
    lines = [line for block in appeal.blocks for line in _lines(block)]
    if appeal.truncated:
        yield LoadWarning(
            code="appeal.truncated",
            message=f"The donation appeal breaks off: “…{lines[-1][-60:]}”. Complete it in the source.",
        )
    for line in lines:
        if found := GAP.search(line):
            shown = line[max(0, found.end() - 60) : found.end()].strip()
            yield LoadWarning(
                code="appeal.gap",
                message=f"Words seem to be missing in the donation appeal after “{shown}”.",
            )


def _lines(block: Block) -> list[str]:
    """Return the lines of a block that have words: items of a list, lines of a paragraph."""
    return [line for raw in plain_text(block).splitlines() if (line := raw.strip())]
