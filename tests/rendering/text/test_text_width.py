"""Plain text is wrapped by the width a screen shows."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
import wcwidth
from hypothesis import given
from hypothesis import strategies as st

from pipeline.markup import NARROW, count_columns
from pipeline.rendering.text.text_width import COLUMNS, wrap

TEXTS = st.text(
    st.one_of(
        st.sampled_from(" \naé日本語。「」ーא\u0301\u200d\ufe0f\U0001f469-/"),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    max_size=120,
)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("日本語", 6),
        ("한국어", 6),
        ("ｈａｌｆ", 8),
        ("ﾊﾝｶｸ", 4),
        ("שָׁלוֹם", 4),
        ("مَرْحَبًا", 5),
        ("so\u00adft", 4),
        ("a\u200bb\u200d\ufe0f", 2),
        ("\U0001f469", 2),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", 2),
        ("\U0001f44d\U0001f3fd", 2),
        ("❤\ufe0f", 2),
        ("\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea", 4),
        ("\u1112\u1161\u11ab", 2),
        ("“naïve” – £5…", 13),
        ("", 0),
    ],
)
def test_width_is_counted_in_columns(text: str, columns: int) -> None:
    """Wide characters take two columns, marks and invisible characters none."""
    assert columns == count_columns(text)


def test_narrow_characters_take_one_column() -> None:
    """What is counted without the table of widths is as wide as the table says."""
    narrow = [chr(number) for number in range(0x3000) if NARROW.fullmatch(chr(number))]

    assert 500 < len(narrow)
    assert {1} == set(map(wcwidth.width, narrow))


@given(TEXTS)
def test_wrapping_loses_nothing(text: str) -> None:
    """Except for white space the text stays the same; only line breaks and indents are added."""
    wrapped = wrap(text)

    def bare(words: str) -> str:
        return re.sub(r"\s", "", words)

    assert bare(text) == bare(wrapped)


@given(TEXTS, st.integers(10, 40))
def test_lines_fit_the_columns(text: str, columns: int) -> None:
    """A line is too long only if it cannot be broken."""
    for line in wrap(text, columns=columns).split("\n"):
        if count_columns(line) > columns:
            assert 1 == len(wrap(line, columns=1).split("\n"))


@given(TEXTS, st.integers(10, 40))
def test_lines_are_filled(text: str, columns: int) -> None:
    """No line ends early: the next word would not have fitted."""
    text = " ".join(text.split())
    lines = wrap(text, columns=columns).split("\n")
    for line, following in pairwise(lines):
        first = wrap(following, columns=1).split("\n")[0]
        assert (
            count_columns(line) + count_columns(first) + 1 > columns
            or count_columns(line) + count_columns(first) > columns - 1
        )


def test_wrapping_twice_changes_nothing() -> None:
    """Wrapped text stays as it is."""
    once = wrap("one two three " * 20)

    assert once == wrap(once)


def test_lines_have_their_indents() -> None:
    """The first line has one prefix, the others another; both count."""
    lines = wrap("word " * 30, first_indent="[1] ", indent="    ").split("\n")

    assert ["[1] ", "    ", "    "] == [line[:4] for line in lines]
    assert all(count_columns(line) <= COLUMNS for line in lines)


@pytest.mark.parametrize("sign", [*"。、」）ー！？ゝッょ々", "[12]"])
def test_no_line_starts_with_closing_punctuation(sign: str) -> None:
    """East Asian text breaks between any characters, but not before closing punctuation."""
    for length in range(20, 30):
        lines = wrap("字" * length + sign + "字" * 30, columns=44).split("\n")
        assert not any(line.startswith(sign) for line in lines)


def test_no_line_ends_with_opening_punctuation() -> None:
    """Nor after opening punctuation."""
    for length in range(20, 30):
        assert not any(
            line.endswith("「")
            for line in wrap("字" * length + "「" + "字" * 30, columns=44).split("\n")
        )


@pytest.mark.parametrize("word", ["2.", "17)", "-", "–", "—", "*", ">", "»", ":", "?"])
def test_no_line_starts_like_a_list_item(word: str) -> None:
    """A number with a full stop, a dash, a symbol after a space: each stays with the word before it."""
    for length in range(1, 40):
        lines = wrap(f"{'a' * length} bb {word} and so on", columns=44).split("\n")
        assert not any(line.startswith(word) for line in lines)


def test_first_word_of_a_paragraph_stays() -> None:
    """The first word may be anything, and a longer number is not a list item."""
    assert "2. is the number" == wrap("2. is the number")
    assert "it was in\n1961. Then" == wrap("it was in 1961. Then", columns=11)


def test_no_line_ends_with_an_opening_quote() -> None:
    """French has a space after «, Spanish none after ¿: both stay with what they open."""
    assert "un mot\n« deux »" == wrap("un mot « deux »", columns=8)


def test_lines_can_start_with_an_opening_bracket() -> None:
    """A bracket goes to the next line with what it opens."""
    assert "字字字字\n「字字」" == wrap("字字字字「字字」", columns=9)


def test_korean_breaks_at_spaces() -> None:
    """Korean words stay whole."""
    assert "나는 학교에\n갔습니다" == wrap("나는 학교에 갔습니다", columns=16)


def test_words_between_wide_characters_stay_whole() -> None:
    """A URL or Latin word between East Asian characters is not broken."""
    text = "字" * 30 + "<https://e.example.org/a-long-path/with/parts>" + "字" * 10

    assert "<https://e.example.org/a-long-path/with/parts>" in wrap(text)


def test_graphemes_are_not_split() -> None:
    """An emoji with several parts stays on one line, and so does a character with its accents."""
    for whole in (
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\U0001f44d\U0001f3fd",
        "か\u3099",
        "❤\ufe0f",
    ):
        for length in range(30, 40):
            assert whole in wrap("字" * length + whole + "字" * 10)
