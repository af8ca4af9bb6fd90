"""HTML escaping, fields in text, and file names."""

from __future__ import annotations

import html
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import markup
from pipeline.markup import (
    FieldTag,
    escape_html,
    remove_invisible,
    slugify,
    split_fields,
    split_graphemes,
)


@given(st.text())
def test_escaping_is_reversible(text: str) -> None:
    """Escaped text can be unescaped, except for forbidden characters."""
    escaped = escape_html(text)
    forbidden = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]"

    assert not re.search(f'[<>"]|{forbidden}', escaped)
    assert re.sub(forbidden, "\ufffd", text) == unescaped(escaped)


def unescaped(text: str) -> str:
    return (
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    )


def test_escaping_agrees_with_the_standard_library() -> None:
    """Python's own unescaping gives the text back."""
    assert "a & b < c > \"d\" 'e' &amp;" == html.unescape(
        escape_html("a & b < c > \"d\" 'e' &amp;")
    )


@pytest.mark.parametrize(
    ("written", "name", "fallback"),
    [
        ("{{ name }}", "name", None),
        ("{{name}}", "name", None),
        ("{{  first_name2\t}}", "first_name2", None),
        ('{{ name | "friend" }}', "name", "friend"),
        ('{{name|"friend"}}', "name", "friend"),
        ("{{ name | “friend” }}", "name", "friend"),
        ('{{ name | "" }}', "name", ""),
        ('{{ name | "dear friend, it\'s <you>" }}', "name", "dear friend, it's <you>"),
        ('{{ name |\n"x" }}', "name", "x"),
    ],
)
def test_fields(written: str, name: str, fallback: str | None) -> None:
    """A name of letters, digits and underscores, optionally with a fallback in straight or curly quotes."""
    assert ["a ", FieldTag(name, fallback, written), " b"] == list(split_fields(f"a {written} b"))


@pytest.mark.parametrize(
    "words",
    ["", "{{ }}", "{{ 7*7 }}", "{{ first name }}", "{{ name | friend }}", "{{ name | 'friend' }}", "{ name }",
     "{{ na-me }}", "{{ 2name }}", '{{ name | "a"b" }}', '{{ name | "{x}" }}', "{% name %}", "{{ name }", "{{ näme }}"],
)  # fmt: skip
def test_other_braces_stay_text(words: str) -> None:
    """Anything else in braces is text."""
    assert ([words] if words else []) == list(split_fields(words))


@given(
    st.lists(
        st.one_of(
            st.sampled_from(["{{ a }}", '{{ b | "c" }}', "{{", "}}", '"', "|", " "]),
            st.text(max_size=4),
        )
    )
)
def test_splitting_loses_nothing(parts: list[str]) -> None:
    """The parts put together are the text; no two strings are adjacent, and none is empty."""
    text = "".join(parts)
    pieces = list(split_fields(text))

    assert text == "".join(p if isinstance(p, str) else p.source for p in pieces)
    assert "" not in pieces
    assert not any(isinstance(a, str) and isinstance(b, str) for a, b in pairwise(pieces))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Ferry Bell", "the-ferry-bell"),
        ("  Déjà vu: über & <all>! ", "deja-vu-uber-all"),
        ("日本語", ""),
        ("---", ""),
        ("a" * 70, "a" * 60),
        ("x" * 59 + " yz", "x" * 59),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_slugs(text: str, expected: str) -> None:
    """Lower-case ASCII, at most sixty characters, without hyphens at the ends."""
    assert expected == slugify(text)


@pytest.mark.parametrize(
    ("text", "graphemes"),
    [
        ("नमस्ते", ["न", "म", "स्ते"]),
        ("e\u0301a", ["e\u0301", "a"]),
        (
            "\U0001f468\u200d\U0001f469\u200d\U0001f467!",
            ["\U0001f468\u200d\U0001f469\u200d\U0001f467", "!"],
        ),
        (
            "\U0001f1eb\U0001f1f7\U0001f1e9\U0001f1ea",
            ["\U0001f1eb\U0001f1f7", "\U0001f1e9\U0001f1ea"],
        ),
    ],
)
def test_graphemes_are_split_as_in_unicode(text: str, graphemes: list[str]) -> None:
    """A Devanagari conjunct, a character with its accent, a family and a flag are one grapheme each (UAX #29)."""
    assert graphemes == list(split_graphemes(text))


@given(
    st.text(
        st.sampled_from(
            "aZ é\u0928\u00ad\u034f\u1160\u17b4\u200b\u200c\u200d\u2028\u202e\u2060\ufeff"
        )
        | st.sampled_from("\n\t\x00\x7f\x85\xa0\ufff9\U000e0061\U0001f3f4\U0001d173")
    )
)
def test_tidy_text_is_recognized(text: str) -> None:
    """What is returned at once, because nothing in it is invisible, is what all steps would return."""
    found = remove_invisible(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(markup, "_UNTIDY", re.compile(""))
        assert remove_invisible(text) == found
