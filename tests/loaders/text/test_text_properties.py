"""Properties of the text loader: any input becomes an article with every word once, or a `LoadError`."""

from __future__ import annotations

import time
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.shared.completeness import find_unplaced_words
from pipeline.loaders.text import TextLoader
from pipeline.models.article import NoteRef
from pipeline.models.tree import walk

#: Invisible characters: soft hyphen, zero-width space, word joiner, byte order mark.
INVISIBLE = str.maketrans("", "", "\u00ad\u200b\u2060\ufeff")
#: Fields of the JSON that hold text of the source.
TEXT_FIELDS = {"title", "subtitle", "byline", "text", "alt", "credit", "code", "attribution"}


def read(content: bytes) -> LoadResult:
    source = Source(content=content, media_type="text/plain", location="copy.txt")
    return TextLoader().read(source)


def count(text: str) -> Counter[str]:
    """Count sequences of characters, and digits one by one, by Unicode category: independently of the loader."""
    found: Counter[str] = Counter()
    word = ""
    for char in text.translate(INVISIBLE) + " ":
        kind = unicodedata.category(char)[0]
        if kind == "L":
            word += char
            continue
        found.update([word] if word else [])
        word = ""
        found.update([char] if kind == "N" else [])
    return found


def iter_texts(tree: Any) -> Iterator[str]:
    """Yield the texts in an article's JSON; labels, links and warnings only repeat them."""
    if isinstance(tree, list):
        for item in tree:
            yield from iter_texts(item)
    elif isinstance(tree, dict):
        for name, value in tree.items():
            if isinstance(value, str) and name in TEXT_FIELDS:
                yield value
            elif name != "warnings":
                yield from iter_texts(value) if not isinstance(value, str) else ()


def assert_complete(result: LoadResult, text: str) -> None:
    """Every word of *text* is placed once, and no other word is."""
    assert [] == find_unplaced_words(result)
    placed = Counter[str]()
    for piece in (*iter_texts(result.article.to_json()), *(mark.text for mark in result.markup)):
        placed += count(piece)
    expected = count(text)
    assert not expected - placed, "lost"
    assert not placed - expected, "invented"


def assert_consistent_notes(result: LoadResult) -> None:
    """Notes are numbered from 1, every reference has a note, and the status of each note is right."""
    article = result.article
    numbers = [note.number for note in article.notes]
    assert list(range(1, len(numbers) + 1)) == numbers
    tree = (article.blocks, article.appeal.blocks if article.appeal else (), article.notes)
    cited = {node.note for node in walk(tree) if isinstance(node, NoteRef)}
    assert cited <= set(numbers)
    assert {n.number for n in article.notes if n.status == "unreferenced"} == set(numbers) - cited


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_random_text(text: str) -> None:
    """Any text becomes an article with all its words, or is rejected with a message of one line."""
    try:
        result = read(text.encode())
    except LoadError as error:
        assert "\n" not in str(error)
        return
    assert_complete(result, text)
    assert_consistent_notes(result)


@given(st.binary(min_size=1))
def test_random_bytes(content: bytes) -> None:
    """Any bytes become an article, or are rejected with a message of one line."""
    try:
        result = read(content)
    except LoadError as error:
        assert "\n" not in str(error)
    else:
        assert [] == find_unplaced_words(result)


WORD = st.sampled_from(
    "the harbour wall stone Adler pier and of in on by for 1 2 3 12 1950 18 km € 5 % Mr. No. p. page May said"
    " Das Haus und die Brücke von Le môle de la El muro que September 3rd H2O m² “wall”"
    " „Haus“ «mot» (pier) it’s".split()
)
MARKER = st.builds(
    str.format,
    st.sampled_from(["{}", " {}", "[{}]", " [{}]", "({})", ".{}", ".[{}]", ". {}", "”{}", ",{}"]),
    st.integers(1, 6),
) | st.sampled_from(["*", "†", "¹", "²", "[a]", "**", "[1, 2]", "¹,²"])


@st.composite
def sentences(draw: st.DrawFn) -> str:
    words = draw(st.lists(WORD | st.builds(str.__add__, WORD, MARKER), min_size=1, max_size=18))
    return " ".join(words) + draw(st.sampled_from([".", "?", "", ":", ". ", "!"]))


PARAGRAPH = st.lists(sentences(), min_size=1, max_size=4).map(" ".join)
LABEL = st.builds(
    str.format,
    st.sampled_from(["{}. ", "[{}] ", "({}) ", "{} ", "{}) ", "{}", "[Footnote {}: ", "^ "]),
    st.integers(1, 6),
) | st.sampled_from(["* ", "*", "† ", "¹ ", "• ", "- ", "– ", ""])
BACK = st.sampled_from(["", "", " [back]", " ↩", " ↩︎", " [zurück]", " ^", "]"])
NOTE = st.builds(lambda label, text, back: label + text + back, LABEL, sentences(), BACK)
LINE = st.sampled_from(
    [
        "Skip to content",
        "Menu",
        "Home",
        "Aller au contenu",
        "Zum Inhalt springen",
        "Share",
        "Accueil > Ports",
        "OPINION",
        "By Jane Doe",
        "Von Jana Müller | 3. Mai 2021",
        "Publié le 3 mai 2021 à 10h par Marie Durand",
        "May 3, 2021",
        "03/04/2021",
        "5 min read",
        "The long wall of Port Adler",
        "The long wall:",
        "A pier at dawn.  Photo: Jane Doe",
        "A pier at dawn",
        "A pier at dawn and the wall behind it",
        "A pier at dawn and the wall behind it. (AP Photo/Jane Doe)",
        "Photo: AP",
        "© Jane Doe",
        "[Illustration: The pier]",
        "[Illustration]",
        "Image caption, The pier",
        "Image source, Getty Images",
        "Map of the harbour",
        "Notes",
        "FOOTNOTES:",
        "References[edit]",
        "* * *",
        "----",
        "Advertisement",
        "Read also: The pier",
        "Related articles",
        "3 comments",
        "© 2021 The Harbour Gazette",
        "Donate now",
        "Support our work",
        "Your gift of € 5 helps us to",
        "Jetzt spenden",
        "We live on donations: https://give.example/now_and_then.",
        "See https://a.example/x(1)_y, _The Pier_ and _that_.",
        "*** START OF THE PROJECT GUTENBERG EBOOK PIERS ***",
        "*** END OF THE PROJECT GUTENBERG EBOOK PIERS ***",
        "一座旧码头。它很长。",
    ]
)


def wrap(paragraph: str, width: int) -> str:
    lines, line = [], ""
    for word in paragraph.split():
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


@st.composite
def random_articles(draw: st.DrawFn) -> str:
    """Text as on web pages and in books, in plausible or random order."""
    head = draw(st.lists(LINE, max_size=6))
    body = draw(st.lists(PARAGRAPH | LINE | NOTE, min_size=1, max_size=12))
    tail = draw(st.lists(NOTE | LINE, max_size=10))
    if draw(st.booleans()):
        body = [wrap(paragraph, draw(st.integers(30, 80))) for paragraph in body]
    gaps = draw(st.sampled_from([["\n"], ["\n\n"], ["\n\n", "\n\n\n"], ["\n", "\n\n"]]))
    text = ""
    for piece in (*head, *body, *tail):
        indent = draw(st.sampled_from(["", "", "", "  ", "\xa0"]))
        text += indent + piece + draw(st.sampled_from(gaps))
    return text


@given(random_articles())
def test_random_articles(text: str) -> None:
    """Text made of typical parts becomes an article with every word once and its notes in order."""
    assume(any(char.isalnum() for char in text))
    result = read(text.encode())
    assert_complete(result, text)
    assert_consistent_notes(result)


TITLE = "The long wall of Port Adler"
PLAIN_PARAGRAPH = st.lists(
    st.sampled_from("the old harbour wall stands there until someone asks about it again".split()),
    min_size=14,
    max_size=30,
).map(lambda words: " ".join(words).capitalize())


@pytest.mark.parametrize(
    ("marker", "label"),
    [("[{}]", "[{}] "), (" [{}]", "{}. "), ("{}", "{}. "), (" {}", "{} "), ("({})", "({}) ")],
)
@given(
    paragraphs=st.lists(PLAIN_PARAGRAPH, min_size=2, max_size=8),
    back=st.sampled_from(["", " ↩", " [back]"]),
)
def test_round_trip_of_notes(marker: str, label: str, paragraphs: list[str], back: str) -> None:
    """An article with a note after each paragraph gets as many notes, each cited where it was."""
    body = [f"{text}.{marker.format(n)}" for n, text in enumerate(paragraphs, start=1)]
    notes = [f"{label.format(n)}Kept in box {n}0.{back}" for n in range(1, len(body) + 1)]
    result = read("\n\n".join([TITLE, *body, "Notes", *notes]).encode())
    assert TITLE == result.article.title
    cited = [
        [ref.note for ref in walk(b) if isinstance(ref, NoteRef)] for b in result.article.blocks
    ]
    assert [[n] for n in range(1, len(body) + 1)] == cited
    assert len(body) == len(result.article.notes)


@pytest.mark.parametrize("text", ["A bell.\n" * 20_001, "bells " * 333_334])
def test_too_long(text: str) -> None:
    """Text with more lines or characters than any email holds is refused in one sentence."""
    with pytest.raises(LoadError, match=r"copy\.txt: the text has .* Load one article at a time\."):
        read(text.encode())


def test_long_list_below_an_appeal() -> None:
    """Thousands of short lines below an appeal are read in a time that grows with their number, not its square."""
    prose = "The harbour wall stood there for ten years and more, and nobody in the town knew it."
    lines = "A line\n\n" * 8000
    start = time.process_time()
    read(f"The wall\n\n{prose}\n\nSupport us\n\nGive what you can today.\n\n{lines}".encode())

    assert time.process_time() - start < 20
