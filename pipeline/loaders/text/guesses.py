"""Tell in one warning what the loader had to guess about a pasted page: its title, its byline, its start and end."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import takewhile

from pipeline.loaders.shared.find_appeal import is_appeal_opening, is_donate_button
from pipeline.loaders.text.boilerplate.edge_lines import is_field
from pipeline.loaders.text.chunks import BULLET, RULE, Chunk, FigureText, Item
from pipeline.loaders.text.inline_markup import collapse_spaces
from pipeline.models.article import LoadWarning

#: In words, of what is quoted.
_EXCERPT = 8
#: In words: the longest sentence and button of a box that looks like part of the page.
_MAX_BOX_SENTENCE = 16
_MAX_BOX_BUTTON = 3
#: In words.
_MAX_COLUMN_NAME = 5
_SENTENCE_END = re.compile(r"[.!?…:][\"'”’»)]?$")
#: A mark of a note at the end of a word or of a sentence, and at the beginning of a line.
_REFERENCE = re.compile(r"(?<=[\w.,;:!?”’»])([*†‡§])(?=\s|$)")
_NOTE = re.compile(r"([*†‡§])\s")


def warn_of_guesses(guesses: Sequence[str], location: str) -> Iterator[LoadWarning]:
    """Yield one warning that names *guesses*, each such as 'the title “Low water”', if there are any."""
    if not guesses:
        return
    *first, last = guesses
    listed = f"{', '.join(first)} and {last}" if first else last
    yield LoadWarning(
        code="source.guessed",
        message=(
            f"The page around this text was left out, and {listed} {'are guesses' if first else 'is a guess'}. "
            "If that is wrong, write the article to a file and correct it there: "
            f"handbill convert {shlex.quote(location)} -o FILE.md"
        ),
    )


def quote(label: str, text: str) -> str:
    """Return *label* and the first words of *text* in quotation marks."""
    words = collapse_spaces(text).split()
    rest = " …" if len(words) > _EXCERPT else ""
    return f"{label} “{' '.join(words[:_EXCERPT])}{rest}”"


def find_start(items: Sequence[Item], *, is_doubtful: bool) -> str | None:
    """
    Return the first words of the text if lines stand above its first paragraph that may belong to the page.

    *is_doubtful* tells that a line above it was left out that may be a heading.
    """
    lines = list(takewhile(lambda item: isinstance(item, FigureText) or not item.is_prose, items))
    if len(lines) == len(items):
        return None
    chunks = [line for line in lines if isinstance(line, Chunk) and not RULE.match(line.text)]
    if unfinished := [chunk for chunk in chunks if not chunk.ends_sentence]:
        return unfinished[0].visible_text
    first = items[len(lines)]
    return first.visible_text if is_doubtful and isinstance(first, Chunk) else None


def find_end(items: Sequence[Item]) -> str | None:
    """Return the line below the last paragraph that may belong to the page; appeals and figures do not."""
    last = max((i for i, item in enumerate(items) if _is_text(item)), default=None)
    if last is None:
        return None
    for item in items[last + 1 :]:
        if not isinstance(item, Chunk) or RULE.match(item.text) or item.is_list_item:
            continue
        is_link = "://" in item.text  # where an appeal leads
        if not (item.ends_sentence or is_link or _is_appeal(item)):
            return item.visible_text
    return _find_short_section(items[:last], items[last])


def _find_short_section(above: Sequence[Item], last: Item) -> str | None:
    """Return the heading of a last section that is one short sentence, or has two headings, as a box of a page has."""
    lines = takewhile(_is_heading, reversed(above))
    headings = [line for line in lines if isinstance(line, Chunk)]
    if not headings or not isinstance(last, Chunk) or _is_appeal(last):
        return None
    is_short = last.word_count <= _MAX_BOX_SENTENCE and not last.cites_notes
    return headings[-1].visible_text if is_short or len(headings) > 1 else None


def _is_heading(item: Item) -> bool:
    return isinstance(item, Chunk) and not (
        item.is_prose or item.ends_sentence or item.is_list_item or _is_appeal(item)
    )


def find_field(items: Sequence[Item]) -> str | None:
    """Return a line that names a field or a button of a newsletter box, and was taken for text."""
    return next(
        (
            item.visible_text
            for item in items
            if isinstance(item, Chunk)
            and not (item.is_prose or item.ends_sentence or item.is_list_item)
            and is_field(item.text)
        ),
        None,
    )


def find_box(items: Sequence[Item]) -> str | None:
    """Return the first line of a heading, a short sentence and a button, which may be a box of the page."""
    for i in range(len(items) - 2):
        heading, sentence, button = items[i : i + 3]
        if not (isinstance(heading, Chunk) and isinstance(sentence, Chunk)):
            continue
        if not isinstance(button, Chunk) or heading.ends_sentence or BULLET.match(heading.text):
            continue
        is_box = (
            sentence.ends_sentence
            and sentence.word_count <= _MAX_BOX_SENTENCE
            and button.word_count <= _MAX_BOX_BUTTON
            and not button.ends_sentence
        )
        if is_appeal_opening(heading.text):
            continue
        if is_box and not heading.is_prose and not heading.text.endswith(":"):
            return heading.visible_text
    return None


def may_be_title(subtitle: str | None, title: str | None) -> bool:
    """Whether *subtitle* may be the title, because *title* is as short as the name of a column: “Notes from Rome”."""
    if not subtitle or not title or _SENTENCE_END.search(subtitle) or _SENTENCE_END.search(title):
        return False
    words = len(title.split())
    return words == 1 or 2 <= len(subtitle.split()) <= words <= _MAX_COLUMN_NAME


def find_note(items: Sequence[Item]) -> str | None:
    """Return a line that begins with a mark which ends a word further up: a note that was taken for text."""
    marks: set[str] = set()
    lines = [item.text for item in items if isinstance(item, Chunk)]
    begins = [found[1] if (found := _NOTE.match(line)) else "" for line in lines]
    for number, line in enumerate(lines):
        mark = begins[number]
        is_list = mark in (*begins[number + 1 : number + 2], *begins[max(0, number - 1) : number])
        if mark and mark in marks and not is_list:
            return line
        marks.update(_REFERENCE.findall(line))
    return None


def _is_appeal(item: Item) -> bool:
    return isinstance(item, Chunk) and (is_appeal_opening(item.text) or is_donate_button(item.text))


def _is_text(item: Item) -> bool:
    return isinstance(item, Chunk) and not item.is_after_notes and item.is_prose
