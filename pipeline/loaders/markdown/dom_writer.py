"""
Write Markdown's tokens as a DOM, notes apart, and mark the syntax on the way.

One DOM for both, Markdown and the raw HTML in it, because the two may interleave: `<details>`, a paragraph of Markdown,
`</details>`. A reference is an element `note-ref`, a name that raw HTML cannot bring in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from pipeline.loaders.markdown.dom_builder import HIDING, DomBuilder
from pipeline.loaders.markdown.footnote_syntax import split_references
from pipeline.loaders.markdown.link_syntax import Addresses
from pipeline.loaders.markdown.parser import ParsedMarkdown
from pipeline.loaders.shared.completeness import split_words
from pipeline.loaders.shared.html_nodes import TEXT_ATTRIBUTES, Element, LoadReport, collapse_spaces

#: The element that stands for a reference; its attribute `note` names what it cites.
NOTE_REF = "note-ref"

_HTML_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_CONTENTS = re.compile(r"\{:\s*toc\b")
_LANGUAGE = re.compile(r"[\s{.]*([^\s{},]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteDom:
    """A note's DOM; *name* is what references call it, *definition* its place in the table, null if it has no label."""

    name: str
    label: str
    definition: int | None
    root: Element


def definition_name(place: int) -> str:
    """Return what references call the definition at *place*."""
    return f"definition-{place}"


class DomWriter:
    """
    Writes the tokens of one document.

    Args:
        template_tag: Matches the stand-in of a tag that another program would obey; it is left out.

    Attributes:
        notes: All notes, in source order.
        has_raw_places: Whether raw HTML outside them brought something that may be a note or a reference to one.
    """

    def __init__(
        self, parsed: ParsedMarkdown, template_tag: re.Pattern[str], report: LoadReport
    ) -> None:
        self.notes: list[NoteDom] = []
        self.has_raw_places = False
        self._parsed = parsed
        self._template_tag = template_tag
        self._report = report
        self._builder = DomBuilder(report, self._take_words)
        self._outer: list[DomBuilder] = []
        self._addresses = Addresses(parsed, report)

    def write(self) -> Element:
        """Return the DOM of everything outside the notes."""
        for token in self._parsed.tokens:
            self._block(token)
        self._addresses.mark_definitions()
        self.has_raw_places = self._builder.has_raw_places
        return self._builder.finish()

    def _block(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._inlines(token.children or [])
            case "fence" | "code_block":
                self._code(token)
            case "html_block":
                self._builder.raw_block(token.content)
            case "note_open":
                self._open_note(token)
            case "note_close":
                self._close_note()
            case "attributes":
                self._block_attributes(token.content)
            case _:
                self._element(token)

    def _element(self, token: Token) -> None:
        """Open, close or add the element that the library names in *token*."""
        if token.nesting < 0:
            self._builder.close()
            return
        attributes = self._attributes(token)
        if token.type == "heading_open":
            self._report.add_markup("markdown.attributes", token.meta.get("attributes", ""))
            attributes |= {"id": token.meta["anchor"]} if token.meta.get("anchor") else {}
        elif token.type == "list_item_open":
            self._report.add_markup("markdown.list-number", token.info)
        if token.nesting:
            self._builder.open(token.tag, **attributes)
        else:
            self._builder.leaf(token.tag, **attributes)

    def _attributes(self, token: Token) -> dict[str, str]:
        """Return the attributes of *token*, without an address that only another program can know."""
        attributes = {name: str(value) for name, value in token.attrs.items() if value != ""}
        for name in ("href", "src"):
            if self._template_tag.search(attributes.get(name, "")):
                self._drop_template(attributes.pop(name))
        return attributes

    def _write(self, builder: DomBuilder, text: str) -> None:
        """Write *text* without template tags."""
        end = 0
        for tag in self._template_tag.finditer(text):
            builder.text(text[end : tag.start()])
            builder.part()
            self._drop_template(tag[0])
            end = tag.end()
        builder.text(text[end:])

    def _drop_template(self, written: str) -> None:
        self._report.drop("markdown.template", written)
        self._report.warn(
            "markdown.template",
            f"{written} was left out: only the program that wrote it can obey it.",
        )

    def _code(self, token: Token) -> None:
        self._report.add_markup("markdown.fence-info", token.info)
        language = _LANGUAGE.match(token.info)
        self._builder.open("pre")
        self._builder.open("code", **({"class": f"language-{language[1]}"} if language else {}))
        self._builder.text(token.content)
        self._builder.close()
        self._builder.close()

    def _block_attributes(self, written: str) -> None:
        """Mark a line of attributes; kramdown's `{:toc}` makes a table of contents of the list before it."""
        self._report.add_markup("markdown.attributes", written)
        before = self._builder.last() if _CONTENTS.match(written) else None
        if before is not None and before.tag in {"ol", "ul"} and not (before.tail or "").strip():
            self._report.drop("markdown.contents", " ".join(map(str, before.itertext())))
            for inner in before.iter():
                for name in TEXT_ATTRIBUTES.get(str(inner.tag), ()):
                    self._report.add_markup("markdown.contents", inner.get(name) or "")
            before.clear()

    def _open_note(self, token: Token) -> None:
        place, label = token.meta["note"], token.meta["label"]
        self._report.add_markup("markdown.note-label", label)
        builder = DomBuilder(self._report, self._take_words)
        self._add_note(builder, definition_name(place), label=label, definition=place)
        self._outer.append(self._builder)
        self._builder = builder

    def _close_note(self) -> None:
        self._builder.finish()
        self._builder = self._outer.pop()

    def _add_note(
        self, builder: DomBuilder, name: str, *, label: str, definition: int | None
    ) -> None:
        self.notes.append(NoteDom(name=name, label=label, definition=definition, root=builder.root))

    def _inlines(self, tokens: Sequence[Token]) -> None:
        last_end: dict[str, int] = {}
        for place, token in enumerate(tokens):
            tag = _HTML_TAG.match(token.content) if token.type == "html_inline" else None
            if tag and tag[1]:
                last_end[tag[2].lower()] = place
        for place, token in enumerate(tokens):
            if token.type != "html_inline":
                self._inline(token)
                continue
            tag = _HTML_TAG.match(token.content)
            name = tag[2].lower() if tag and not tag[1] else ""
            is_alone = name in HIDING and last_end.get(name, -1) < place
            self._builder.raw(token.content, is_alone=is_alone)

    def _inline(self, token: Token) -> None:
        builder = self._builder
        match token.type:
            case "text":
                self._write(builder, token.content)
            case "text_special":
                self._special(token)
            case "softbreak":
                builder.text("\n")
            case "code_inline":
                builder.open("code")
                builder.text(token.content)
                builder.close()
            case "image":
                self._image(token)
            case "note_ref":
                self._reference(token.meta["label"], token.meta["note"])
            case "inline_note":
                self._inline_note(token)
            case "attributes":
                self._report.add_markup("markdown.attributes", token.content)
                builder.part()
            case _:
                if token.type == "link_open":
                    self._addresses.mark_tail(token)
                self._element(token)

    def _special(self, token: Token) -> None:
        """Write an escaped sign, or a character reference: a letter of the latter does not part a word."""
        builder = self._builder
        if token.info != "entity":
            builder.text(token.content)
            return
        self._report.add_changed_words("markdown.entity", [token.markup], [token.content])
        is_in_word = bool(split_words(token.content))
        if is_in_word:
            builder.part()
        builder.text(token.content)
        if is_in_word:
            builder.part()

    def _image(self, token: Token) -> None:
        """Write a picture; the references in its words follow it."""
        self._addresses.mark_tail(token)
        pieces, references = self._addresses.words_of(token.children or [])
        alt = collapse_spaces("".join(pieces))
        self._report.add_changed_words("text.joined", pieces, [alt])
        attributes = self._attributes(token)
        self._builder.leaf("img", **(attributes | {"alt": alt}))
        for reference in references:
            self._inline(reference)

    def _reference(self, label: str, place: int) -> None:
        self._report.add_markup("markdown.note-label", label)
        self._builder.leaf(NOTE_REF, note=definition_name(place))

    def _inline_note(self, token: Token) -> None:
        name = f"inline-{len(self.notes)}"
        self._builder.leaf(NOTE_REF, note=name)
        builder = DomBuilder(self._report, self._take_words)
        self._add_note(builder, name, label="", definition=None)
        outer, self._builder = self._builder, builder
        builder.open("p")
        self._inlines(token.children or [])
        builder.close()
        builder.finish()
        self._builder = outer

    def _take_words(self, builder: DomBuilder, text: str) -> None:
        """Write words of raw HTML: a reference in them is one as well."""
        for piece, place in split_references(text, self._parsed.notes):
            if place is None:
                self._write(builder, piece)
            else:
                self._report.add_markup("markdown.note-label", piece)
                builder.leaf(NOTE_REF, note=definition_name(place))
