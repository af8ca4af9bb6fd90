"""The article that rendering is measured with: 2,000 words and 30 notes, the same each time."""

from __future__ import annotations

from random import Random

WORDS = 2_000
NOTES = 30

_VOCABULARY = (
    "harbour lantern keeper tide ferry bell rope stone water winter letter council bread oven salt "
    "road gauge rain quay island market ledger window morning captain sailor barrel timber the the the "
    "a of and to in was had from with by when who it they said wrote found kept carried slowly often "
    "“naïve” it’s – never six hundred yards"
).split()


def article(words: int = WORDS, notes: int = NOTES) -> str:
    """Return the article as Markdown; the notes' own words are not counted."""
    draw = Random(1791)
    every, lines = words // notes - 3, _front_matter()  # three words in each are set below
    for number in range(1, notes + 1):
        if number % 6 == 3:
            lines += [f"## {_sentence(draw, 5).rstrip('.')}", ""]
        first, second = _sentence(draw, every // 2), _sentence(draw, every - every // 2)
        lines += [f"{first}[^n{number}] See *{_sentence(draw, 2)}* {second}", ""]
    lines += [f"[^n{number}]: {_note(draw, number)}" for number in range(1, notes + 1)]
    return "\n".join(lines) + "\n"


def _front_matter() -> list[str]:
    return ["---", "title: The Measured Letter", "author: Ada Byron", "date: 2026-03-02", "---", ""]


def _sentence(draw: Random, words: int) -> str:
    return " ".join(draw.choices(_VOCABULARY, k=words)).capitalize() + "."


def _note(draw: Random, number: int) -> str:
    link = f"[{_sentence(draw, 3).rstrip('.')}](https://example.org/works/{number}?page={number})"
    return f"{_sentence(draw, 12)} {link}, p. {number}."
