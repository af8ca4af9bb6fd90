"""Front matter: what it gives the article and its issue, what is listed, and how mistakes are told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult
from pipeline.loaders.shared.completeness import find_unplaced_words
from pipeline.loaders.shared.dates import read_date
from pipeline.loaders.shared.front_matter import ParsedFrontMatter, read_front_matter
from pipeline.models.article import Article, Dropped, Figure, Text


def take(text: str) -> ParsedFrontMatter:
    """Return what the front matter of *text* says, of which no word may be unaccounted for."""
    matter, rest = read_front_matter(text, "article.md")
    article = Article(
        title=matter.title,
        subtitle=matter.subtitle,
        byline=matter.byline,
        published=matter.published,
        language=matter.language,
        canonical_url=matter.canonical_url,
        lead_image=matter.lead_image,
        dropped=matter.dropped,
    )
    front = text.removesuffix(rest) if rest else text
    assert [] == find_unplaced_words(
        LoadResult(article=article, visible_text=front, markup=matter.markup)
    )
    return matter


def yaml(lines: str) -> ParsedFrontMatter:
    return take(f"---\n{lines}\n---\n")


def toml(lines: str) -> ParsedFrontMatter:
    return take(f"+++\n{lines}\n+++\n")


def error(text: str) -> str:
    with pytest.raises(LoadError) as caught:
        take(text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_all_keys() -> None:
    """Every known key goes to its place."""
    matter = yaml(
        "title: The bell\nsubtitle: And its rope\nauthors: [Ada Quill, Ben Dow]\ndate: 2026-05-01\n"
        "lang: en_GB\nsubject: Hello {{ name }}\npreheader: How to call\ncanonical: https://example.org/bell\n"
        "image: {src: bell.jpg, alt: A bell, caption: At ebb, credit: Cora}\n"
        "appeal:\n  heading: Keep it\n  amounts: [10, 7.5]\n  monthly: true"
    )
    assert ("The bell", "And its rope", "Ada Quill, Ben Dow") == (
        matter.title,
        matter.subtitle,
        matter.byline,
    )
    assert (date(2026, 5, 1), "en-GB", "https://example.org/bell") == (
        matter.published,
        matter.language,
        matter.canonical_url,
    )
    image = Figure(src="bell.jpg", alt="A bell", caption=(Text(text="At ebb"),), credit="Cora")
    assert image == matter.lead_image
    issue = matter.for_issue
    assert ("Hello {{ name }}", "How to call") == (issue.subject, issue.preheader)
    assert {"heading": "Keep it", "amounts": [10, 7.5], "monthly": True} == issue.appeal


def test_what_the_issue_takes_is_listed() -> None:
    """Subject, preheader and appeal are not in the article, so they are listed as left out."""
    matter = yaml("subject: A\npreheader: B\nappeal: {heading: C, amounts: [1, 2]}")
    assert (
        Dropped(reason="front-matter.subject", text="A"),
        Dropped(reason="front-matter.preheader", text="B"),
        Dropped(reason="front-matter.appeal", text="appeal.heading: C"),
        Dropped(reason="front-matter.appeal", text="appeal.amounts: 1, 2"),
    ) == matter.dropped


def test_unknown_keys_are_listed_flat() -> None:
    """Whatever else stands there is listed with its path."""
    matter = toml(
        'tags = ["a", "b"]\ndraft = false\nweight = 1_000\n[extra]\nteam = "the harbour team"\n'
        '[[extra.crew]]\nname = "Ada"\n[[extra.crew]]\nname = "Ben"'
    )
    assert {
        "tags: a, b",
        "draft: false",
        "weight: 1000",
        "extra.team: the harbour team",
        "extra.crew.1.name: Ada",
        "extra.crew.2.name: Ben",
    } == {entry.text for entry in matter.dropped}
    assert {"front-matter.unknown"} == {entry.reason for entry in matter.dropped}


@pytest.mark.parametrize(
    ("lines", "byline"),
    [
        ("author: Ada Quill", "Ada Quill"),
        ("author: {name: Ada Quill, email: ada@example.org}", "Ada Quill"),
        ("authors:\n- name: Ada\n- Ben", "Ada, Ben"),
        ("byline: By Ada\nauthor: Ben", "By Ada"),
        ("author:", None),
        ("author: []", None),
    ],
)
def test_bylines(lines: str, byline: str | None) -> None:
    """An author is a name, a group with a name, or a list of these; the first of several keys counts."""
    assert byline == yaml(lines).byline


def test_text_stays_as_written() -> None:
    """A title that YAML would read as a number or a truth value stays what was written."""
    assert ["1984", "No", "12:30", "007"] == [
        yaml(f"title: {written}").title for written in ("1984", "No", "12:30", "007")
    ]
    spelled = yaml('title: "Caf\\u00e9 “au\n  lait”\\_\\_x"').title or ""
    assert "Café “au lait”  x" == spelled.replace("\u00a0", " ")
    assert "7.5" == toml("title = 7.5").title


def test_folded_texts_are_one_line() -> None:
    """A subject over several lines is one line."""
    assert "one two three" == yaml("subject: >\n  one\n  two\n\n  three").for_issue.subject


ZONE = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-05-01", date(2026, 5, 1)),
        ("2026-05-01 10:30:00 +0200", datetime(2026, 5, 1, 10, 30, tzinfo=ZONE)),
        ("2026-05-01T10:30:00Z", datetime(2026, 5, 1, 10, 30, tzinfo=UTC)),
        ("2026-05-01T10:30", datetime(2026, 5, 1, 10, 30)),  # noqa: DTZ001 as written
        ("May 1, 2026", date(2026, 5, 1)),
        ("Friday, May 1st, 2026", date(2026, 5, 1)),
        ("1 May 2026", date(2026, 5, 1)),
        ("the 2nd of Sept. 2026", date(2026, 9, 2)),
        ("2026/05/01", date(2026, 5, 1)),
        ("1.5.2026", date(2026, 5, 1)),
        ("Fri, 01 May 2026 10:30:00 +0200", datetime(2026, 5, 1, 10, 30, tzinfo=ZONE)),
        ("05/01/2026", None),
        ("May 2026", None),
        ("2026-02-31", None),
        ("Feb 31, 2026", None),
        ("Smarch 1, 2026", None),
        ("soon", None),
    ],
)
def test_dates(written: str, expected: date | None) -> None:
    """Dates are read in the forms people write; what may mean two days is not guessed."""
    assert expected == read_date(written)
    if expected is not None:
        assert expected == yaml(f"date: {written}").published


def test_a_date_nobody_can_read() -> None:
    """Such a date is listed, and told with its line."""
    matter = yaml("title: T\ndate: next Friday")
    assert (Dropped(reason="front-matter.date", text="date: next Friday"),) == matter.dropped
    (warning,) = matter.warnings
    assert "date.unreadable" == warning.code
    assert warning.message.startswith("article.md:3: ")


def test_what_cannot_be_used_is_listed() -> None:
    """A language, address or picture that is none is listed and told, and the load goes on."""
    matter = yaml("language: English\ncanonical_url: bell.html\nimage: data:image/png;base64,AA")
    assert (None, None, None) == (matter.language, matter.canonical_url, matter.lead_image)
    assert ["language.unreadable", "link.unsafe", "image.unsafe"] == [
        w.code for w in matter.warnings
    ]
    assert 3 == len(matter.dropped)


def test_titles_as_pandoc_writes_them() -> None:
    """Up to three lines that begin with a percent sign are title, authors and date."""
    matter, rest = read_front_matter(
        "% The bell\n  and its rope\n% Ada Quill; Ben Dow\n% 1 May 2026\n\nText", "a.md"
    )
    assert ("The bell and its rope", "Ada Quill, Ben Dow", date(2026, 5, 1)) == (
        matter.title,
        matter.byline,
        matter.published,
    )
    assert "Text" == rest.strip()


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nText\n\n---\n\nmore",
        "---\n\nText",
        "----\na: b\n----\n",
        "Text\n---\na: b\n---",
        "--- \nText without an end",
        "+++\nText without an end",
        "+ ++\n",
        "% a line and no more\ntext",
        "",
        "---",
    ],
)
def test_what_is_no_front_matter(text: str) -> None:
    """A line across the page, and signs elsewhere, are text."""
    assert (ParsedFrontMatter(), text) == read_front_matter(text, "article.md")


def test_empty_front_matter() -> None:
    """An empty block says nothing."""
    assert (ParsedFrontMatter(), "x") == read_front_matter("---\n---\nx", "article.md")
    assert (ParsedFrontMatter(), "x") == read_front_matter("+++\n+++\nx", "article.md")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "---\ntitle: The bell\n\nText",
            "article.md:1: the front matter that begins with --- never ends",
        ),
        (
            '+++\ntitle = "The bell"\n',
            "article.md:1: the front matter that begins with +++ never ends",
        ),
        ("---\na: b\ntitle: [x\n---\n", "article.md:4: the front matter is not valid YAML"),
        ("---\na: b\ntitle: x: y\n---\n", "article.md:3: the front matter is not valid YAML"),
        (
            "---\na: !!python/object:os.x y\n---\n",
            "article.md:2: the front matter is not valid YAML",
        ),
        ("---\na: *nothing\n---\n", "article.md:2: the front matter is not valid YAML"),
        ("+++\na = 1\ntitle = x\n+++\n", "article.md:3: the front matter is not valid TOML"),
        ("---\na: 1\nb: 2\na: 3\n---\n", 'article.md:4: the front matter says "a" twice'),
        ("---\nx: {a: 1, a: 2}\n---\n", 'article.md:2: the front matter says "a" twice'),
        ("+++\na = 1\na = 2\n+++\n", "article.md:3: the front matter is not valid TOML"),
        ("---\n- a\n- b\n---\n", "article.md:2: the front matter holds no"),
        ("---\njust words\n---\n", "article.md:2: the front matter holds no"),
        (
            "---\nsubject: {{ name }}\n---\n",
            "article.md:2: a key of the front matter is no plain word",
        ),
        ("---\na: b\ntitle: [x]\n---\n", 'article.md:3: the front matter\'s "title" is a list'),
        (
            "---\ntitle: {x: y}\n---\n",
            'article.md:2: the front matter\'s "title" is a group of keys',
        ),
        (
            "+++\na = 1\nsubject = ['x']\n+++\n",
            'article.md:3: the front matter\'s "subject" is a list',
        ),
        ("---\nimage: [a.png]\n---\n", 'article.md:2: the front matter\'s "image" is a list'),
        (
            "---\nappeal: false\n---\n",
            'article.md:2: the front matter\'s "appeal" is no group of keys',
        ),
        ("---\na: &x [*x]\n---\n", "nested too deeply or repeats itself"),
        (f"---\na: {'[' * 5000}\n---\n", "nested too deeply or repeats itself"),
        (f"+++\na = {'[' * 5000}\n+++\n", "nested too deeply or repeats itself"),
        (f"+++\na = {'[' * 60 + ']' * 60}\n+++\n", "nested too deeply or repeats itself"),
        (f"---\na: {'x' * 70_000}\n---\n", "longer than 64 kB"),
    ],
)
def test_mistakes(text: str, told: str) -> None:
    """A mistake is told in one sentence with file and line, and what to do."""
    message = error(text)
    assert told in message
    assert 2 <= message.count(". ") + message.endswith(".")


def test_aliases_cannot_grow_without_end() -> None:
    """A few lines that stand for billions of values are refused at once."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 12)]
    assert "repeats itself" in error("---\n" + "\n".join(lines) + "\n---\n")


scalars = st.one_of(
    st.text(max_size=20),
    st.integers(),
    st.booleans(),
    st.none(),
    st.floats(allow_nan=False),
    st.dates(),
    st.sampled_from(["2026-05-01", "May 1, 2026", "{{ name }}", "yes", "~", "1_0", "0x1F"]),
)
keys = st.sampled_from(
    "title subtitle byline author authors date published lang language subject preheader canonical image appeal tags"
    " extra src alt caption credit name heading".split()
) | st.text(min_size=1, max_size=8)


@given(
    content=st.dictionaries(
        keys,
        st.recursive(
            scalars,
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
            max_leaves=8,
        ),
        max_size=6,
    )
)
def test_any_yaml_is_accounted_for(content: dict[str, Any]) -> None:
    """Whatever a mapping holds, each word of it is placed, listed or marked, or the mistake is told."""
    import yaml as writer

    try:
        take(f"---\n{writer.safe_dump(content, allow_unicode=True, sort_keys=False)}---\n")
    except LoadError as told:
        assert str(told).startswith("article.md:")


@given(text=st.text(alphabet=st.sampled_from("ab :-[]{}&*!|>'\"%@`#,?=+.\n\t~<1é"), max_size=60))
@pytest.mark.parametrize("sign", ["---", "+++"])
def test_any_text_between_the_lines(sign: str, text: str) -> None:
    """Whatever stands between the lines, it is read, left alone or refused in a sentence."""
    try:
        take(f"{sign}\n{text}\n{sign}\n")
    except LoadError as told:
        assert str(told).startswith("article.md:")
