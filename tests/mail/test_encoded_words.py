"""Encoded-words (RFC 2047)."""

from __future__ import annotations

import re
import unicodedata
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mail.headers.encoded_words import encode_words
from tests.mail.samples import FAMILY, SCRIPTS

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300)
WORD = re.compile(rb"=\?utf-8\?[bq]\?[!->@-~]+\?=")


def decode_each(encoded: bytes) -> list[str]:
    """Decode every word on its own."""
    return [str(make_header(decode_header(line.decode()))) for line in encoded.split(b"\r\n ")]


def check(text: str, used: int = 9) -> list[str]:
    encoded = encode_words(text, used=used)
    first, *rest = encoded.split(b"\r\n ")
    assert used + len(first) <= 76
    for word in (first, *rest):
        assert WORD.fullmatch(word)
        assert len(word) <= 75
    assert text == str(make_header(decode_header(encoded.decode())))
    assert text == "".join(decode_each(encoded))
    return decode_each(encoded)


@given(TEXT, st.integers(1, 30))
def test_words_are_short_and_complete(text: str, used: int) -> None:
    """Each word has at most 75 characters, decode_each line 76, and decode_each word decodes on its own."""
    check(text, used)


@pytest.mark.parametrize("script", SCRIPTS)
def test_long_texts_in_all_scripts(script: str) -> None:
    """Ten thousand characters survive."""
    check((SCRIPTS[script] + " ") * (10_000 // len(SCRIPTS[script])))


@pytest.mark.parametrize(
    "cluster", [FAMILY, "क्षि", "e\u0301", "\U0001f1eb\U0001f1ee", "\U0001f44d\U0001f3fd"]
)
@pytest.mark.parametrize("before", range(12))
def test_grapheme_clusters_are_not_split(cluster: str, before: int) -> None:
    """No word ends inside a grapheme cluster, wherever the break falls."""
    text = "日" * before + cluster * 30
    for word in check(text):
        assert 0 == len(word.replace("日", "")) % len(cluster)


def test_long_clusters_are_split_between_characters() -> None:
    """A character with very many combining marks is still encoded."""
    pile = "a" + "\u0301" * 200
    words = check(pile)
    assert all(unicodedata.combining(character) for character in "".join(words)[1:])


def test_words_break_after_spaces() -> None:
    """Clients that show decode_each encoded-word separately still show whole words."""
    words = check("Überfahrten über den Fjord am frühen Morgen nach Süden und zurück nach Värö")
    assert all(word.endswith(" ") for word in words[:-1])


def test_the_shorter_encoding_is_chosen() -> None:
    """Mostly Latin text stays legible, other scripts take base64."""
    assert b"=?utf-8?q?Zo=C3=AB?=" == encode_words("Zoë", used=4)
    assert b"=?utf-8?b?5rih44GX6Ii5?=" == encode_words("渡し船", used=4)
