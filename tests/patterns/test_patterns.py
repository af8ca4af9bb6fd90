"""No regular expression needs more than linear time, whatever the text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace

import pytest

import pipeline
from pipeline.checks.html import css_features
from pipeline.inbound.reading import unsubscribe_phrases
from pipeline.rendering.theme import mjml
from tests.patterns.attacks import Attacks
from tests.patterns.collect import EVERY_USE, Found, collect
from tests.patterns.slow_patterns import find_slow

#: Values of local names in functions that make a pattern at run time.
STAND_INS: Mapping[str, Mapping[str, object]] = {
    "pipeline.checks.html.css_features: find_declaration_features": {
        "pattern": "|".join(pattern for pattern, _ in css_features._VALUE_PATTERNS),
        "p": "|".join(pattern for pattern, _ in css_features._PROPERTY_PATTERNS),
    },
    "pipeline.config.value_types: _matching": {
        "pattern": r"(?:[0-9]{1,6}[smhdw])+|[A-Za-z0-9]+(?:[.-][A-Za-z0-9]+)*"
    },
    "pipeline.loaders.fetch.paywall: _any_of": {"alternatives": ("what it returns is tested",)},
    "pipeline.loaders.html.main_content: _extract_blocks": {"nonce": "0f"},
    "pipeline.loaders.html.main_content: _select": {"name": "content"},
    "pipeline.loaders.html.structure.stylesheet: _find_word": {"words": "dotted|none"},
    "pipeline.loaders.shared.html_tokenizer: _find_raw_end": {"name": "script"},
    "pipeline.loaders.shared.placeholders: _match_any": {"joined": "ab"},
    "pipeline.rendering.placeholder_stash: __init__": {"self": SimpleNamespace(nonce="hb0f")},
    "pipeline.rendering.theme.mjml: compile_mjml": {"unneeded": "|".join(mjml._UNNEEDED)},
    "pipeline.rendering.theme.theme: _find_unclosed_tag": {"mismatch": ("", "", "mj-text")},
    "pipeline.subscribers.imports.columns.consent_columns: _pattern": {"words": "tested too"},
}
#: How patterns in tables are used.
TABLE_USES = {
    "pipeline.loaders.shared.front_matter.syntax: _KEY_LINES[…]": "match",
    "pipeline.loaders.shared.html_tokenizer: _SPECIAL_MARKUP[…]": "match",
    "pipeline.loaders.shared.image_credits: _FORMS[…]": "search",
    "pipeline.loaders.text.boilerplate.web_phrases: COOKIE": "match",
}
#: Patterns for short texts, with the number of characters that they are given.
MAX_CHARACTERS = {
    "pipeline.inbound.reading.unsubscribe_phrases: _ASKS": unsubscribe_phrases._MAX_CHARACTERS,
    "pipeline.loaders.html.footnotes.inline.repeated_notes: _EXCERPT": 40,
    "pipeline.loaders.shared.image_credits: _FORMS[…]": 160,
    "pipeline.loaders.text.footnotes.labels: _BACK_LINK_AT_END": 60,
    "pipeline.loaders.text.footnotes.numeric_markers: _LAST_WORD": 30,
}


def collect_all() -> tuple[Found, ...]:
    """Return every pattern of the package but those that are only given short texts."""
    collection = collect(pipeline, STAND_INS, TABLE_USES)
    assert [] == list(collection.unresolved)
    known = {pattern.where for pattern in collection.found}
    assert [] == [where for where in (*TABLE_USES, *MAX_CHARACTERS) if where not in known]
    return tuple(pattern for pattern in collection.found if pattern.where not in MAX_CHARACTERS)


@pytest.fixture(scope="module")
def patterns() -> tuple[Found, ...]:
    """Every pattern of the package."""
    return collect_all()


def test_all_are_found(patterns: tuple[Found, ...]) -> None:
    """Patterns in tables, classes and functions are found, each once."""
    assert 600 < len(patterns)
    assert len(patterns) == len({(p.pattern.pattern, p.pattern.flags) for p in patterns})


def test_time_is_linear(patterns: tuple[Found, ...]) -> None:
    """No text that repeats what a pattern looks for makes it slow; `python -m tests.patterns` tries many more."""
    assert [] == find_slow(patterns, most_attacks=30)


@pytest.mark.parametrize(
    ("pattern", "use"),
    [
        (r"\s+$", "search"),
        (r"a*b", "search"),
        (r"(a+)+b", "match"),
        (r"<!--.*?-->", "finditer"),
        (r"\[[^\]]*\]\(", "finditer"),
        (r"(\w+\s?)*:", "match"),
        (r":::\s*\s*!", "fullmatch"),
        (r"^\s*x", "search"),
        (rb"\s*=\s*;", "search"),
    ],
)
def test_slow_pattern_is_found(pattern: str | bytes, use: str) -> None:
    """Each kind of slow pattern is found, so that the test above means something."""
    flags = re.MULTILINE | re.DOTALL
    planted = Found(where="here", pattern=re.compile(pattern, flags), uses=frozenset({use}))
    assert ["here"] == [slow.where for slow in find_slow([planted], most_attacks=60)]


@pytest.mark.parametrize("pattern", [r"(?<!\s)\s++$", r"<!--.*?(?:-->|\Z)", r"\[[^\[\]]*\]\("])
def test_linear_pattern_is_not_found(pattern: str) -> None:
    """The usual forms of a linear pattern pass with every attack."""
    planted = Found(where="here", pattern=re.compile(pattern, re.DOTALL), uses=EVERY_USE)
    assert [] == find_slow([planted], thorough=True)


def test_attacks_repeat_parts_of_the_pattern() -> None:
    """Attacks are made of the characters of the pattern, behind what has to stand before them."""
    attacks = Attacks(re.compile(r"note:\s*[0-9]+!"))
    assert {("note:", " ", "\x00"), ("note: ", "1", "\x00")} <= {*attacks}
    assert "note:" + " " * 20 + "\x00" == attacks.build(("note:", " ", "\x00"), 20)
