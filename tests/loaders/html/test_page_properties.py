"""Whatever a page contains, no word is missing, none is invented, and the loader does not crash."""

# ruff: noqa: E501 - each page is on one line
from __future__ import annotations

import time
from collections import Counter
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import LoadError
from pipeline.loaders.base import LoadResult, Source
from pipeline.loaders.html import HtmlLoader
from pipeline.loaders.html.read_page import read_fragment
from pipeline.loaders.shared.completeness import find_unplaced_words, split_words
from pipeline.models.article import Article
from pipeline.models.tree import walk
from tests.loaders.html.footnote_dialects import DIALECTS, Draft

INVISIBLE = {"script", "style", "template", "head"}
VOID = {"br", "hr", "img", "input", "meta", "link"}

DRAFT = Draft(
    title="The bell of the old harbour",
    paragraphs=(
        ("The rope hung low.", 0, " Nobody rang.", 1, " The tide came."),
        ("Again the bell.", 0),
        ("So it ended.",),
    ),
    notes=(
        ("Ledger of the quay.", "Second leaf."),
        ("Told by the ferryman.",),
        ("Nobody cites this.",),
    ),
)
PAGES = [dialect.write(DRAFT) for dialect in DIALECTS]


class VisibleWords(HTMLParser):
    """Counts the visible words with another parser than the loader's."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.depth = 0
        self.words: Counter[str] = Counter()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.depth += tag in INVISIBLE
        if not self.depth and tag == "img":
            self.words.update(split_words(dict(attrs).get("alt") or ""))

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag in INVISIBLE and self.depth > 0

    def handle_data(self, data: str) -> None:
        if not self.depth:
            self.words.update(split_words(data))


def read(content: bytes) -> LoadResult:
    """Load a page."""
    return HtmlLoader().read(Source(content=content, media_type="text/html", location="page.html"))


def count_words(result: LoadResult) -> Counter[str]:
    """Count the words in the article, in dropped text and in markup, without URLs."""
    article = result.article
    texts = [
        article.title,
        article.subtitle,
        article.byline,
        article.published.isoformat() if article.published else "",
    ]
    for node in walk(
        (article.blocks, article.notes, article.appeal.blocks if article.appeal else ())
    ):
        texts += [
            getattr(node, name, None) for name in ("text", "code", "alt", "credit", "attribution")
        ]
        texts += [node.title] if getattr(node, "type", "") in {"embed", "link"} else []
    texts += [dropped.text for dropped in article.dropped] + [
        markup.text for markup in result.markup
    ]
    return Counter(word for text in texts if text for word in split_words(text))


texts = st.text(st.sampled_from("abc de. 12é"), max_size=12)
leaves = st.one_of(
    texts,
    texts.map(lambda alt: f'<img src="a.png" alt="{alt}">'),
    st.sampled_from(
        [
            "<br>",
            "<hr>",
            "<script>no</script>",
            "<style>no</style>",
            "<!-- no -->",
            '<a href="#fn1">1</a>',
            "<sup>2</sup>",
        ]
    ),
)
TAGS = (
    'p|div|ul|li|ol|table|tr|td|th|blockquote|section|aside|nav|article|main|header|footer|h1|h2|h3|sup|b|em|a href="/x"|a href="#fn1"|'
    'li id="fn1"|p id="fn1"|div class="footnotes"|div class="share"|figure|figcaption|pre|code|dl|dt|dd|span class="sidenote"|'
    'div hidden|form|button|time|p class="byline"|details|summary|small|q'
).split("|")
trees = st.recursive(
    leaves,
    lambda inner: st.tuples(st.sampled_from(TAGS), st.lists(inner, max_size=4)).map(
        lambda made: f"<{made[0]}>{''.join(made[1])}</{made[0].split()[0]}>"
    ),
    max_leaves=25,
)


@settings(max_examples=100)
@given(st.lists(trees, min_size=1, max_size=5).map("".join))
def test_no_word_is_missing(body: str) -> None:
    """Each word that another parser finds is in the article, in dropped text or in markup."""
    html = f"<html><head><title>T</title></head><body><p>start</p>{body}</body></html>"
    result = read(html.encode())
    assert [] == find_unplaced_words(result)
    missing = VisibleWords(html).words - count_words(result)
    assert Counter() == missing


@settings(max_examples=60)
@given(st.sampled_from(PAGES), st.data())
def test_no_word_is_missing_with_notes(page: str, data: st.DataObject) -> None:
    """The same holds for pages with notes, wherever markup is inserted."""
    index = data.draw(
        st.sampled_from(
            [i for i, char in enumerate(page) if char == "<" and i > page.index("<main")]
        )
    )
    html = page[:index] + data.draw(trees) + page[index:]
    result = read(html.encode())
    assert [] == find_unplaced_words(result)


@settings(max_examples=100)
@given(st.sampled_from(PAGES), st.data())
def test_broken_pages_do_not_crash_the_loader(page: str, data: st.DataObject) -> None:
    """Truncated, duplicated and corrupted pages load without missing words or raise an error, within seconds."""
    content = bytearray(page.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(content)))
        end = min(len(content), start + data.draw(st.integers(0, 80)))
        piece = data.draw(
            st.sampled_from(
                [
                    b"",
                    bytes(content[start:end]) * 2,
                    b"<table>",
                    b"</p></div>",
                    b"<svg>",
                    b"\xff\x00",
                    b'"',
                ]
            )
        )
        content[start:end] = piece
    started = time.thread_time()
    try:
        assert [] == find_unplaced_words(read(bytes(content)))
    except LoadError as error:
        assert str(error).endswith(".")
    assert (
        2 > time.thread_time() - started
    )  # CPU time of this thread, whatever else the machine does


@settings(max_examples=100)
@given(st.binary(max_size=400))
def test_random_bytes_do_not_crash_the_loader(content: bytes) -> None:
    """Any bytes are loaded as a page or rejected."""
    try:
        article: Article = read(content).article
    except LoadError as error:
        assert str(error).startswith("page.html: ")
    else:
        assert article.blocks or article.notes


@settings(max_examples=60)
@given(trees)
def test_no_word_is_missing_in_fragments(html: str) -> None:
    """Words of a fragment are counted like those of a page."""
    try:
        result = read_fragment(
            f"<p>start</p>{html}", base_url="https://lantern.example.org/", location="feed.xml"
        )
    except LoadError:
        return
    assert [] == find_unplaced_words(result)
    assert Counter() == VisibleWords(html).words - count_words(result)
