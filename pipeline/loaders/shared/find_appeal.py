"""
Find the donation appeal of an article and extract it.

An appeal begins at a heading or short line that asks for support ("Support our work", "Jetzt spenden"),
or at a closing paragraph that asks for money and mentions it twice. It ends at the end of the article, at the notes, or
at a heading about something else. It is extracted unchanged; where it is cut off, or where a script of the page left a
gap, a warning says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate

from pipeline.loaders.shared.appeal_phrases import (
    CALL_IN_SENTENCE,
    CAPITALIZED_CALL,
    DONATE_CALL,
    GIVE_IN_SENTENCE,
    MISSING_TEXT,
    MONEY_WORDS,
    NEEDS_MORE,
    NON_MONEY_GIFTS,
    QUOTED,
    SUPPORT_CALL,
)
from pipeline.models.article import (
    Block,
    FoundAppeal,
    Heading,
    Link,
    List,
    LoadWarning,
    Paragraph,
    Quote,
    Rule,
)
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk

#: An appeal begins after this share of the article's words, or after the notes.
_MIN_START = 0.6
#: One that continues to the very end may begin earlier, because some appeals are longer than the article.
_MIN_START_TO_END = 0.4
#: A paragraph without a heading begins an appeal only after this share.
_MIN_START_PARAGRAPH = 0.75
#: In words; a longer line does not begin an appeal by itself.
_MAX_OPENING = 12
#: In words; less text is a button, not an appeal.
_MIN_APPEAL = 6
#: In words, of a paragraph that begins an appeal.
_MAX_PARAGRAPH = 150
#: In blocks, of an appeal that begins with a paragraph.
_MAX_BLOCKS = 4
#: In words; without a full stop a longer line is an unfinished sentence, a shorter one a name or a button.
_MAX_SIGNATURE = 6
#: How many possible openings are tried.
_MAX_ATTEMPTS = 50
#: In characters; this much of an appeal shows whether it mentions money.
_MAX_SEARCHED = 5000

_OPENING_QUOTES = tuple('“„«"')
_CLOSING_QUOTES = tuple('”“»"')
#: The ends of a sentence, and what may follow them.
_SENTENCE_ENDS = tuple(".!?…:。！？")
_AFTER_SENTENCE = "\"'”’“»)]›"
#: An address on the web, or of email.
_ADDRESS = re.compile(r"https?://\S|\S@\S")

#: An opening single quotation mark; "‘90s" and "‘Twas" are apostrophes that a word processor turned.
_SINGLE_QUOTE = re.compile(r"(?<!\w)‘(?!\d|(?:twas|tis|em|n|til|cause)\b)(?=\w)", re.I)


def extract_appeal(
    blocks: tuple[Block, ...], *, notes_at: int | None = None
) -> tuple[tuple[Block, ...], FoundAppeal | None, tuple[LoadWarning, ...]]:
    """
    Return the blocks outside the appeal, the appeal if there is one, and warnings.

    *notes_at* is the index of the block before which the notes were, if known: an appeal does not cross them.
    """
    span = _find_appeal(blocks, notes_at)
    if span is None:
        return blocks, None, ()
    start, end = span
    extracted = _strip_rules(blocks[start:end])
    before = _strip_rules(
        blocks[:start]
    )  # a rule that separated the appeal from the text goes with it
    appeal, warnings = build_appeal(extracted)
    return (*before, *blocks[end:]), appeal, warnings


def build_appeal(blocks: tuple[Block, ...]) -> tuple[FoundAppeal, tuple[LoadWarning, ...]]:
    """Return *blocks* as an appeal, and warnings about what is missing in it."""
    appeal = FoundAppeal(blocks=blocks, truncated=_is_truncated(blocks))
    return appeal, tuple(_list_warnings(appeal))


def is_appeal_opening(text: str) -> bool:
    """Whether *text* is a short line that asks for support; what follows decides whether it is about money."""
    if len(text) > 160 or len(text.split()) >= _MAX_OPENING or NON_MONEY_GIFTS.search(text):
        return False
    if text[:1] in _OPENING_QUOTES and text[-1] not in _CLOSING_QUOTES:
        return False  # the article quotes somebody
    return SUPPORT_CALL.match(text) is not None or CAPITALIZED_CALL.search(text) is not None


def is_donate_button(text: str) -> bool:
    """Whether *text* is the label of a button such as "Donate now", and not an appeal by itself."""
    return len(text) < 40 and len(text.split()) <= 3 and DONATE_CALL.match(text) is not None


def _find_appeal(blocks: Sequence[Block], notes_at: int | None) -> tuple[int, int] | None:
    """Return the indexes at which the appeal begins and ends."""
    texts = [plain_text(block).strip() for block in blocks]
    sizes = [len(text.split()) for text in texts]
    total = sum(sizes) or 1
    attempts = 0
    for start, before in enumerate(accumulate(sizes, initial=0)):
        if start == len(blocks) or attempts == _MAX_ATTEMPTS:
            return None
        share = 1.0 if notes_at is not None and start >= notes_at else before / total
        if share < _MIN_START_TO_END or not isinstance(blocks[start], Heading | Paragraph):
            continue
        is_call = share >= _MIN_START_PARAGRAPH and _is_call_for_money(blocks[start], texts[start])
        if not is_call and not is_appeal_opening(texts[start]):
            continue
        attempts += 1
        end = _find_end(blocks, texts, start, notes_at)
        is_last = end in (len(blocks), notes_at)
        if is_call and is_last and end - start <= _MAX_BLOCKS:
            has_heading = start > 0 and isinstance(blocks[start - 1], Heading)
            return (start - 1 if has_heading else start), end
        if (share >= _MIN_START or is_last) and _mentions_money(texts[start:end]):
            return start, end
    return None


def _find_end(
    blocks: Sequence[Block], texts: Sequence[str], start: int, notes_at: int | None
) -> int:
    """Return the index at which an appeal ends: at the notes, a heading about something else, or a rule."""
    limit = len(blocks)
    if notes_at is not None and start < notes_at:
        limit = notes_at
    for index in range(start + 1, limit):
        if isinstance(blocks[index], Heading) and not _is_about_giving(texts[index]):
            return index
        if isinstance(blocks[index], Rule) and not any(
            map(MONEY_WORDS.search, texts[index + 1 : limit])
        ):
            return index
    return limit


def _is_about_giving(text: str) -> bool:
    is_call = CAPITALIZED_CALL.search(text) or SUPPORT_CALL.match(text)
    return bool(MONEY_WORDS.search(text) or is_call)


def _mentions_money(texts: Sequence[str]) -> bool:
    """Whether a section with the opening of an appeal is one: it is long enough and mentions money."""
    first, rest = texts[0], " ".join(texts[1:])[:_MAX_SEARCHED]
    words = {found.casefold() for found in MONEY_WORDS.findall(f"{first} {rest}")}
    is_explicit = DONATE_CALL.match(first) is not None or CAPITALIZED_CALL.search(first) is not None
    is_long_enough = len(f"{first} {rest}".split()) >= _MIN_APPEAL
    has_address = "://" in rest or "@" in rest
    is_money = len(words) >= (1 if is_explicit else 2) or (is_explicit and has_address)
    return is_long_enough and (is_money or _calls_for_gifts(rest))


def _calls_for_gifts(text: str) -> bool:
    """Whether *text* asks its reader for money, and does not only quote somebody who does."""
    spoken = QUOTED.sub(" ", text)
    return bool(GIVE_IN_SENTENCE.search(spoken)) and not NON_MONEY_GIFTS.search(spoken)


def _is_call_for_money(block: Block, text: str) -> bool:
    """Whether a paragraph asks for money inside a sentence and mentions it more than once."""
    if not CALL_IN_SENTENCE.search(text) or NON_MONEY_GIFTS.search(text):
        return False
    if len(text.split()) > _MAX_PARAGRAPH:
        return False
    has_link = any(isinstance(node, Link) for node in walk(block))
    words = {found.casefold() for found in MONEY_WORDS.findall(text)}
    return len(words) >= (1 if has_link else 2)


def _strip_rules(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Return *blocks* without rules at the end."""
    end = len(blocks)
    while end and isinstance(blocks[end - 1], Rule):
        end -= 1
    return blocks[:end]


def _is_truncated(blocks: Sequence[Block]) -> bool:
    """
    Whether the last block is cut off: an open quote or bracket, or no end where there should be one.

    List items and the label of a button need no full stop, but they end neither in a comma nor in a word that needs
    another one; a URL or an email address may end a block.
    """
    last = blocks[-1] if blocks else None
    while isinstance(last, Quote) and last.blocks:
        last = last.blocks[-1]
    lines = _list_lines(last) if last is not None else []
    if not lines:
        return False
    text = lines[-1]
    if (
        _has_open_pair(text)
        or MISSING_TEXT.search(text)
        or NEEDS_MORE.search(text)
        or text[-1] == ":"
    ):
        return True
    if _is_finished(text):
        return False
    if isinstance(last, List):
        finished = sum(map(_is_finished, lines[:-1]))
        return len(lines) > 1 and finished * 2 > len(lines) - 1
    return isinstance(last, Paragraph) and len(text.split()) > _MAX_SIGNATURE


def _has_open_pair(text: str) -> bool:
    """Whether a quotation mark or bracket in *text* is not closed."""
    if text.count('"') % 2 or len(_SINGLE_QUOTE.findall(text)) > text.count("’"):
        return True
    quotes = ("„", "“”") if "„" in text else ("“", "”")
    return any(
        text.count(opener) > sum(text.count(closer) for closer in closers)
        for opener, closers in (quotes, ("«", "»"), ("(", ")"), ("[", "]"))
    )


def _list_warnings(appeal: FoundAppeal) -> Iterator[LoadWarning]:
    lines = [line for block in appeal.blocks for line in _list_lines(block)]
    if appeal.truncated:
        yield LoadWarning(
            code="appeal.truncated",
            message=f"The donation appeal is cut off: “…{lines[-1][-60:]}”. Complete it in the source.",
        )
    for line in lines:
        if found := MISSING_TEXT.search(line):
            excerpt = line[max(0, found.end() - 60) : found.end()].strip()
            yield LoadWarning(
                code="appeal.gap",
                message=f"Words seem to be missing in the donation appeal after “{excerpt}”.",
            )


def _list_lines(block: Block) -> list[str]:
    """Return the lines of a block that are not blank: list items, lines of a paragraph."""
    return [line for raw in plain_text(block).splitlines() if (line := raw.strip())]


def _is_finished(text: str) -> bool:
    """Whether *text* ends as a finished block does: with a sentence, a URL, an email address or a number."""
    words = text.split()
    if text.rstrip(_AFTER_SENTENCE).endswith(_SENTENCE_ENDS) or not words:
        return bool(words)
    return words[-1][-1].isdecimal() or _ADDRESS.search(words[-1]) is not None
