"""Record the syntax of links and images: URLs, titles, labels and definitions."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

from pipeline.loaders.markdown.parser import ParsedMarkdown
from pipeline.loaders.shared.html_nodes.load_report import LoadReport


class LinkRecorder:
    """Records the syntax of links in one document, except URLs and titles that stay in the article."""

    def __init__(self, parsed: ParsedMarkdown, report: LoadReport) -> None:
        self._parsed = parsed
        self._report = report
        self._used_labels: set[str] = set()

    def record_link(self, token: Token) -> None:
        """Record what follows the text of a link or image, except the URL and title that stay."""
        tail = token.meta.get("tail", "")
        label = token.meta.get("label")
        if label is None:
            words = (token.attrs.get(name) for name in ("href", "src", "title"))
            in_article = [str(value) for value in words if value]
            self._report.add_changed_words("markdown.link-syntax", [tail], in_article)
        else:
            self._used_labels.add(label)
            self._report.add_markup("markdown.link-label", tail)

    def record_definitions(self) -> None:
        """Record the definitions of links."""
        for source, label in self._parsed.definitions:
            in_article: list[str] = []
            if label in self._used_labels:
                reference = self._parsed.references[str(label)]
                in_article = [reference["href"], reference["title"]]
            self._report.add_changed_words("markdown.link-definition", [source], in_article)

    def extract_alt_text(self, tokens: Sequence[Token]) -> tuple[list[str], list[Token]]:
        """Return the text of *tokens* without markup, and the references in it."""
        pieces: list[str] = []
        references: list[Token] = []
        for token in tokens:
            if token.type in {"note_ref", "inline_note"}:
                references.append(token)
            elif token.type in {"softbreak", "hardbreak"}:
                pieces.append(" ")
            elif token.type in {"html_inline", "attributes"}:
                self._report.add_markup("markdown.markup-in-alt", token.content)
            elif token.type == "image":
                self._record_dropped_url(token)
                inner, more = self.extract_alt_text(token.children or [])
                pieces += inner
                references += more
            elif token.type == "link_open":
                self._record_dropped_url(token)
            else:
                self._report.add_changed_words("markdown.entity", [token.markup], [token.content])
                pieces.append(token.content)
        return pieces, references

    def _record_dropped_url(self, token: Token) -> None:
        """Record the URL of a link or image inside an alternative text; only its text stays."""
        self.record_link(token)
        if token.markup != "autolink":
            self._report.add_markup(
                "markdown.markup-in-alt", " ".join(map(str, token.attrs.values()))
            )
