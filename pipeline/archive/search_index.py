"""
Search the text of issues: an index in memory (SQLite FTS5), whichever database the project has.

Each edition is read once. Words are found by their beginning, whatever their case and accents; text without spaces
between its words, as in Japanese, is found by its characters.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from threading import Lock

from pipeline.errors import ConfigError
from pipeline.models.archived_issue import ArchivedIssue
from pipeline.models.article_text import plain_text
from pipeline.models.edition import Edition
from pipeline.models.issue_document import IssueDocument

#: Of what somebody typed.
MAX_QUERY_CHARACTERS = 200
_MAX_WORDS = 12
_MAX_RESULTS = 50
#: Scripts without spaces between words: kana, Han, Thai, Lao, Khmer.
_UNSPACED = re.compile("([\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff])")
_WORD = re.compile(r"\w+")
#: A hit in the title counts ten times as much as one in the text, one in the description three times.
_QUERY = (
    "SELECT slug FROM issues WHERE issues MATCH ? ORDER BY bm25(issues, 0, 10, 3, 1), rowid LIMIT ?"
)


class SearchIndex:
    """
    The index of the issues that everybody may find.

    Args:
        read_edition: Returns the edition with a digest.

    Raises:
        ConfigError: This Python's SQLite has no full-text search.
    """

    def __init__(self, read_edition: Callable[[str], Edition]) -> None:
        self._read_edition = read_edition
        self._lock = Lock()
        self._digests: dict[str, str] = {}
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        try:
            self._connection.execute(
                "CREATE VIRTUAL TABLE issues USING fts5("
                "slug UNINDEXED, title, description, text, tokenize = 'unicode61 remove_diacritics 2')"
            )
        except sqlite3.OperationalError as error:
            raise ConfigError(
                f"[archive] search: SQLite {sqlite3.sqlite_version} of this Python has no full-text search ({error}). "
                "Set search = false, or use another Python."
            ) from error

    def find(self, query: str, issues: Sequence[ArchivedIssue]) -> list[ArchivedIssue]:
        """Return those of *issues* that have all words of *query*, the best first, at most fifty."""
        expression = _to_expression(query[:MAX_QUERY_CHARACTERS])
        if not expression:
            return []
        by_slug = {issue.slug: issue for issue in issues}
        with self._lock:
            self._update(by_slug)
            rows = self._connection.execute(_QUERY, (expression, _MAX_RESULTS)).fetchall()
        return [by_slug[slug] for (slug,) in rows]

    def _update(self, by_slug: dict[str, ArchivedIssue]) -> None:
        """Add issues that are new or were corrected, and remove the others."""
        for slug in [slug for slug in self._digests if slug not in by_slug]:
            self._remove(slug)
        for slug, issue in by_slug.items():
            if self._digests.get(slug) == issue.digest:
                continue
            self._remove(slug)
            document = IssueDocument.from_text(self._read_edition(issue.digest).document)
            article = document.article
            text = f"{article.byline or ''}\n{plain_text((*article.blocks, *article.notes))}"
            values = (document.title, document.description, document.fill_plain(text))
            self._connection.execute(
                "INSERT INTO issues VALUES (?, ?, ?, ?)", (slug, *map(_space_out, values))
            )
            self._digests[slug] = issue.digest

    def _remove(self, slug: str) -> None:
        if self._digests.pop(slug, None) is not None:
            self._connection.execute("DELETE FROM issues WHERE slug = ?", (slug,))


def _space_out(text: str) -> str:
    """Return *text* with spaces around each character of a script without spaces."""
    return _UNSPACED.sub(r" \1 ", text)


def _to_expression(query: str) -> str:
    """Return *query* as FTS5 has it: every word as a phrase in quotes, found by its beginning; "" without words."""
    words = _WORD.findall(query)[:_MAX_WORDS]
    return " ".join(f'"{" ".join(_space_out(word).split())}"*' for word in words)
