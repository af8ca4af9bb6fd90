"""Account for what stands around the words of links and pictures: addresses, titles, labels and definitions."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.token import Token

from pipeline.loaders.markdown.parser import ParsedMarkdown
from pipeline.loaders.shared.html_nodes import LoadReport


class Addresses:
    """The addresses of one document and the syntax around them; what stays in the tree is not marked."""

    def __init__(self, parsed: ParsedMarkdown, report: LoadReport) -> None:
        self._parsed = parsed
        self._report = report
        self._used_labels: set[str] = set()

    def mark_tail(self, token: Token) -> None:
        """Mark what stands behind the words of a link or picture, but for the address and title that stay."""
        tail = token.meta.get("tail", "")
        label = token.meta.get("label")
        if label is None:
            shown = [str(value) for value in token.attrs.values()]
            self._report.add_changed_words("markdown.link-syntax", [tail], shown)
        else:
            self._used_labels.add(label)
            self._report.add_markup("markdown.link-label", tail)

    def mark_definitions(self) -> None:
        for definition in self._parsed.definitions:
            shown: list[str] = []
            if definition.label in self._used_labels:
                reference = self._parsed.references[str(definition.label)]
                shown = [reference["href"], reference["title"]]
            self._report.add_changed_words("markdown.link-definition", [definition.source], shown)

    def words_of(self, tokens: Sequence[Token]) -> tuple[list[str], list[Token]]:
        """Return the words of *tokens* without their markup, and the references among them."""
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
                self._leave(token)
                inner, more = self.words_of(token.children or [])
                pieces += inner
                references += more
            elif token.type == "link_open":
                self._leave(token)
            else:
                self._report.add_changed_words("markdown.entity", [token.markup], [token.content])
                pieces.append(token.content)
        return pieces, references

    def _leave(self, token: Token) -> None:
        """Leave out the address of a link or picture within alternative words, its own words stay."""
        self.mark_tail(token)
        if token.markup != "autolink":
            self._report.add_markup(
                "markdown.markup-in-alt", " ".join(map(str, token.attrs.values()))
            )
