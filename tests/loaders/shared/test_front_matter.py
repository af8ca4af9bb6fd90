"""Front matter: the fields of the article and its issue, dropped values, and error messages."""

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


def read(text: str) -> ParsedFrontMatter:
    """Return the front matter of *text*, after checking that every word of it is placed, dropped or markup."""
    front_matter, rest = read_front_matter(text, "article.md")
    article = Article(
        title=front_matter.title,
        subtitle=front_matter.subtitle,
        byline=front_matter.byline,
        published=front_matter.published,
        language=front_matter.language,
        canonical_url=front_matter.canonical_url,
        lead_image=front_matter.lead_image,
        dropped=tuple(front_matter.report.dropped),
    )
    source = text.removesuffix(rest) if rest else text
    assert [] == find_unplaced_words(
        LoadResult(article=article, visible_text=source, markup=tuple(front_matter.report.markup))
    )
    return front_matter


_HEADS = {
    "MultiMarkdown": "Title: The Ferry Bell\nAuthor:  Wilmot Pask\nDate:   2026-09-27\n\nIt rings.",
    "MultiMarkdown, continued line": "title: The Ferry\n    Bell\nauthor: Wilmot Pask\ndate: 2026-09-27\n\nIt rings.",
    "Pelican": "Title: The Ferry Bell\nDate: 2026-09-27 10:20\nAuthors: Wilmot Pask\nSlug: bell\n\nIt rings.",
    "Hexo": "title: The Ferry Bell\nauthor: Wilmot Pask\ndate: 2026-09-27\n---\nIt rings.",
    "Hugo, JSON": '{\n  "title": "The Ferry Bell",\n  "author": "Wilmot Pask",\n  "date": "2026-09-27"\n}\n\nIt rings.',
    "Hexo, JSON": ';;;\n{"title": "The Ferry Bell", "author": "Wilmot Pask", "date": "2026-09-27"}\n;;;\nIt rings.',
    "blank lines": "\n \n\n---\ntitle: The Ferry Bell\nauthor: Wilmot Pask\ndate: 2026-09-27\n---\n\nIt rings.",
    "byte-order mark": "\ufeff---\ntitle: The Ferry Bell\nauthor: Wilmot Pask\ndate: 2026-09-27\n---\nIt rings.",
    "named language": "---toml\ntitle = 'The Ferry Bell'\nauthor = 'Wilmot Pask'\ndate = 2026-09-27\n---\nIt rings.",
    "Org": "#+TITLE: The Ferry Bell\n#+AUTHOR: Wilmot Pask\n#+DATE: 2026-09-27\n\nIt rings.",
    "reStructuredText": ":Title: The Ferry Bell\n:Author: Wilmot Pask\n:Date: 2026-09-27\n\nIt rings.",
    "Nikola": "<!--\n.. title: The Ferry Bell\n.. author: Wilmot Pask\n.. date: 2026-09-27\n-->\n\nIt rings.",
    "Pandoc": "% The Ferry Bell\n% Wilmot Pask\n% 2026-09-27\n\nIt rings.",
    "keys in capitals": "---\nTitle: The Ferry Bell\nAuthor: Wilmot Pask\npublishDate: 2026-09-27\n---\nIt rings.",
}


@pytest.mark.parametrize("name", _HEADS)
def test_every_form_of_metadata_is_read(name: str) -> None:
    """Title, author and date are read however a program writes metadata, and only the text is left."""
    front_matter, rest = read_front_matter(_HEADS[name], "article.md")

    assert ("The Ferry Bell", "Wilmot Pask") == (front_matter.title, front_matter.byline)
    assert "2026-09-27" == str(front_matter.published)[:10]
    assert "It rings." == rest.strip()


def test_properties_below_the_title_are_metadata() -> None:
    """The properties that Notion writes below the title are read or listed, and the title stays."""
    text = "# The Ferry Bell\n\nCreated by: Wilmot Pask\nDate: September 27, 2026\nStatus: Ready\n\nIt rings."
    front_matter, rest = read_front_matter(text, "article.md")

    assert ("Wilmot Pask", date(2026, 9, 27)) == (front_matter.byline, front_matter.published)
    assert "# The Ferry Bell\n\nIt rings." == rest
    assert ["Status: Ready"] == [
        entry.text.replace("status", "Status") for entry in front_matter.report.dropped
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Note: the bell was stolen twice.\n\nIt rings.",
        "Date: it was a Sunday.\n\nIt rings.",
        "Ada: Did it ring?\nBen: It did.\n\nIt rings.",
        '{"key": "a piece of code"}\n\nIt rings.',
        "\n---\n\nIt rings.\n\n---\n",
        "# The Ferry Bell\n\nNote: it rings.\n",
    ],
)
def test_text_with_colons_is_no_metadata(text: str) -> None:
    """A paragraph that only looks a little like metadata stays."""
    assert text == read_front_matter(text, "article.md")[1]


@pytest.mark.parametrize(
    ("lines", "is_draft"),
    [
        ("draft: true", True),
        ("draft: 'yes'", True),
        ("draft: false", False),
        ("published: false", True),
        ("published: true", False),
        ("publish: false", True),
        ("status: Draft", True),
        ("status: ready", False),
    ],
)
def test_a_draft_is_known(lines: str, is_draft: bool) -> None:
    """Whether an article is a draft is read from the keys of Hugo, Jekyll, Obsidian and Pelican; the date stays."""
    front_matter = yaml(f"{lines}\ndate: 2026-11-03 09:00:00 -0800\n")

    assert is_draft is front_matter.for_issue.is_draft
    assert "2026-11-03" == str(front_matter.published)[:10]
    assert [] == front_matter.report.warnings


def test_a_relative_canonical_url_counts_from_where_it_was_fetched() -> None:
    """In fetched text a relative canonical URL is joined with the address of the text; in a file it is left out."""
    text = "---\ncanonical_url: /2026/bell\n---\n"
    fetched, _ = read_front_matter(text, "x", base_url="https://example.org/raw/bell.md")

    assert "https://example.org/2026/bell" == fetched.canonical_url
    assert None is read_front_matter(text, "article.md")[0].canonical_url


def yaml(lines: str) -> ParsedFrontMatter:
    return read(f"---\n{lines}\n---\n")


def toml(lines: str) -> ParsedFrontMatter:
    return read(f"+++\n{lines}\n+++\n")


def read_error(text: str) -> str:
    with pytest.raises(LoadError) as error_info:
        read(text)
    assert "\n" not in str(error_info.value)
    return str(error_info.value)


def test_known_keys() -> None:
    """Every known key is read."""
    front_matter = yaml(
        "title: The bell\nsubtitle: And its rope\nauthors: [Ada Quill, Ben Dow]\ndate: 2026-05-01\n"
        "lang: en_GB\nsubject: Hello {{ name }}\npreheader: How to call\ncanonical: https://example.org/bell\n"
        "image: {src: bell.jpg, alt: A bell, caption: At ebb, credit: Cora}\n"
        "appeal:\n  heading: Keep it\n  amounts: [10, 7.5]\n  monthly: true"
    )
    assert ("The bell", "And its rope", "Ada Quill, Ben Dow") == (
        front_matter.title,
        front_matter.subtitle,
        front_matter.byline,
    )
    assert (date(2026, 5, 1), "en-GB", "https://example.org/bell") == (
        front_matter.published,
        front_matter.language,
        front_matter.canonical_url,
    )
    image = Figure(src="bell.jpg", alt="A bell", caption=(Text(text="At ebb"),), credit="Cora")
    assert image == front_matter.lead_image
    issue = front_matter.for_issue
    assert ("Hello {{ name }}", "How to call") == (issue.subject, issue.preheader)
    assert {"heading": "Keep it", "amounts": [10, 7.5], "monthly": True} == issue.appeal


def test_fields_of_the_issue_are_listed_as_dropped() -> None:
    """Subject, preheader and appeal are not part of the article, so they are listed as dropped."""
    front_matter = yaml("subject: A\npreheader: B\nappeal: {heading: C, amounts: [1, 2]}")
    assert [
        Dropped(reason="front-matter.subject", text="A"),
        Dropped(reason="front-matter.preheader", text="B"),
        Dropped(reason="front-matter.appeal", text="appeal.heading: C"),
        Dropped(reason="front-matter.appeal", text="appeal.amounts: 1, 2"),
    ] == front_matter.report.dropped


def test_unknown_keys_are_listed_with_their_path() -> None:
    """All other values are listed with their path."""
    front_matter = toml(
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
    } == {entry.text for entry in front_matter.report.dropped}
    assert {"front-matter.unknown", "front-matter.draft"} == {
        entry.reason for entry in front_matter.report.dropped
    }


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
def test_authors(lines: str, byline: str | None) -> None:
    """An author is a name, a group with a name, or a list of both; the first of several keys counts."""
    assert byline == yaml(lines).byline


def test_text_stays_as_written() -> None:
    """A title that YAML reads as a number or boolean stays as written."""
    assert ["1984", "No", "12:30", "007"] == [
        yaml(f"title: {text}").title for text in ("1984", "No", "12:30", "007")
    ]
    spelled = yaml('title: "Caf\\u00e9 “au\n  lait”\\_\\_x"').title or ""
    assert "Café “au lait”  x" == spelled.replace("\u00a0", " ")
    assert "7.5" == toml("title = 7.5").title


def test_multiline_text_becomes_one_line() -> None:
    """A subject over several lines becomes one line."""
    assert "one two three" == yaml("subject: >\n  one\n  two\n\n  three").for_issue.subject


ZONE = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("text", "expected"),
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
def test_dates(text: str, expected: date | None) -> None:
    """Dates are read in all usual forms; ambiguous ones are not guessed."""
    assert expected == read_date(text)
    if expected is not None:
        assert expected == yaml(f"date: {text}").published


def test_unreadable_date() -> None:
    """An unreadable date is dropped, and the warning names its line."""
    front_matter = yaml("title: T\ndate: next Friday")
    assert [
        Dropped(reason="front-matter.date", text="date: next Friday")
    ] == front_matter.report.dropped
    (warning,) = front_matter.report.warnings
    assert "date.unreadable" == warning.code
    assert warning.message.startswith("article.md:3: ")


def test_invalid_values_are_dropped_with_a_warning() -> None:
    """An invalid language, URL or image is dropped with a warning, and loading continues."""
    front_matter = yaml(
        "language: English\ncanonical_url: bell.html\nimage: data:image/png;base64,AA"
    )
    assert (None, None, None) == (
        front_matter.language,
        front_matter.canonical_url,
        front_matter.lead_image,
    )
    assert ["language.unreadable", "link.unsafe", "image.unsafe"] == [
        w.code for w in front_matter.report.warnings
    ]
    assert 3 == len(front_matter.report.dropped)


def test_pandoc_title_block() -> None:
    """Up to three lines that begin with a percent sign are title, authors and date."""
    front_matter, rest = read_front_matter(
        "% The bell\n  and its rope\n% Ada Quill; Ben Dow\n% 1 May 2026\n\nText", "a.md"
    )
    assert ("The bell and its rope", "Ada Quill, Ben Dow", date(2026, 5, 1)) == (
        front_matter.title,
        front_matter.byline,
        front_matter.published,
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
def test_text_without_front_matter(text: str) -> None:
    """A horizontal rule, and delimiters elsewhere, are text."""
    assert (ParsedFrontMatter(), text) == read_front_matter(text, "article.md")


def test_empty_front_matter() -> None:
    """An empty block has no fields."""
    assert (ParsedFrontMatter(), "x") == read_front_matter("---\n---\nx", "article.md")
    assert (ParsedFrontMatter(), "x") == read_front_matter("+++\n+++\nx", "article.md")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "---\ntitle: The bell\n\nText",
            "article.md:1: the front matter is not closed. End it with a line that contains only ---",
        ),
        (
            '+++\ntitle = "The bell"\n',
            "article.md:1: the front matter is not closed. End it with a line that contains only +++",
        ),
        ("---\na: b\ntitle: [x\n---\n", "article.md:4: invalid YAML in the front matter"),
        ("---\na: b\ntitle: x: y\n---\n", "article.md:3: invalid YAML in the front matter"),
        (
            "---\na: !!python/object:os.x y\n---\n",
            "article.md:2: invalid YAML in the front matter",
        ),
        ("---\na: *nothing\n---\n", "article.md:2: invalid YAML in the front matter"),
        ("+++\na = 1\ntitle = x\n+++\n", "article.md:3: invalid TOML in the front matter"),
        ("---\na: 1\nb: 2\na: 3\n---\n", 'article.md:4: "a" is set twice in the front matter'),
        ("---\nx: {a: 1, a: 2}\n---\n", 'article.md:2: "a" is set twice in the front matter'),
        ("+++\na = 1\na = 2\n+++\n", "article.md:3: invalid TOML in the front matter"),
        ("---\n- a\n- b\n---\n", "article.md:2: the front matter has no"),
        ("---\njust words\n---\n", "article.md:2: the front matter has no"),
        (
            "---\nsubject: {{ name }}\n---\n",
            "article.md:2: a key in the front matter is a list or group",
        ),
        (
            "---\na: b\ntitle: [x]\n---\n",
            'article.md:3: "title" in the front matter must be text, not a list',
        ),
        (
            "---\ntitle: {x: y}\n---\n",
            'article.md:2: "title" in the front matter must be text, not a group of keys',
        ),
        (
            "+++\na = 1\nsubject = ['x']\n+++\n",
            'article.md:3: "subject" in the front matter must be text, not a list',
        ),
        (
            "---\nimage: [a.png]\n---\n",
            'article.md:2: "image" in the front matter must be a URL, not a list',
        ),
        (
            "---\nappeal: false\n---\n",
            'article.md:2: "appeal" in the front matter must be a group of keys',
        ),
        ("---\na: &x [*x]\n---\n", "nested too deeply or has too many values"),
        (f"---\na: {'[' * 5000}\n---\n", "nested too deeply or has too many values"),
        (f"+++\na = {'[' * 5000}\n+++\n", "nested too deeply or has too many values"),
        (f"+++\na = {'[' * 60 + ']' * 60}\n+++\n", "nested too deeply or has too many values"),
        (f"---\na: {'x' * 70_000}\n---\n", "longer than 64 kB"),
    ],
)
def test_invalid_front_matter(text: str, expected: str) -> None:
    """An error names file and line, and says how to fix it, on one line."""
    message = read_error(text)
    assert expected in message
    assert 2 <= message.count(". ") + message.endswith(".")


def test_aliases_are_limited() -> None:
    """A few lines that stand for billions of values are rejected at once."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 12)]
    assert "too many values" in read_error("---\n" + "\n".join(lines) + "\n---\n")


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
def test_random_yaml(content: dict[str, Any]) -> None:
    """Every word of a random mapping is placed, dropped or markup, or the error names the file."""
    import yaml as writer

    try:
        read(f"---\n{writer.safe_dump(content, allow_unicode=True, sort_keys=False)}---\n")
    except LoadError as read_error:
        assert str(read_error).startswith("article.md:")


@given(text=st.text(alphabet=st.sampled_from("ab :-[]{}&*!|>'\"%@`#,?=+.\n\t~<1é"), max_size=60))
@pytest.mark.parametrize("delimiter", ["---", "+++"])
def test_random_text_between_delimiters(delimiter: str, text: str) -> None:
    """Random text between delimiters is read, left alone or rejected with a message."""
    try:
        read(f"{delimiter}\n{text}\n{delimiter}\n")
    except LoadError as read_error:
        assert str(read_error).startswith("article.md:")
