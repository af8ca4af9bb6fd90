"""
Write the tokens of Markdown as a DOM, the notes separately, and record the syntax.

Markdown and raw HTML share one DOM, because they may interleave: `<details>`, a paragraph of Markdown, `</details>`. A
reference is an element `note-ref`, which raw HTML cannot create.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from pipeline.loaders.markdown.appeal_syntax import APPEAL_START
from pipeline.loaders.markdown.attributes import parse_image_attributes
from pipeline.loaders.markdown.dom_builder import HIDDEN_ELEMENTS, DomBuilder
from pipeline.loaders.markdown.footnote_syntax import split_references
from pipeline.loaders.markdown.link_syntax import LinkRecorder
from pipeline.loaders.markdown.parser import ParsedMarkdown
from pipeline.loaders.shared.completeness import split_words
from pipeline.loaders.shared.html_nodes.inline_text import collapse_spaces
from pipeline.loaders.shared.html_nodes.load_report import LoadReport, quote_passages
from pipeline.loaders.shared.html_nodes.node_reader import TEXT_ATTRIBUTES, Element
from pipeline.loaders.shared.placeholders import Placeholders

#: The element of a reference; its attribute `note` names the note.
NOTE_REF = "note-ref"

_HTML_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_TABLE_OF_CONTENTS = re.compile(r"\{:\s*toc\b")
#: Elements that are removed if they contained nothing but the definition of a note.
_REMOVABLE = frozenset({"li", "ol", "ul", "dd", "dl", "blockquote"})
_SIZE = re.compile(r"\s{0,3}(?P<width>\d{1,5})(?:x(?P<height>\d{1,5}))?\s{0,3}")
_LANGUAGE = re.compile(r"[\s{.]*([^\s{},]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteDom:
    """The DOM of a note; *name* is how references cite it, *definition* its position, None for an inline note."""

    name: str
    label: str
    definition: int | None
    root: Element


def get_definition_name(position: int) -> str:
    """Return the name by which references cite the definition at *position*."""
    return f"definition-{position}"


class DomWriter:
    """
    Writes the tokens of one document; its notes and marked appeals are DOMs of their own, in source order.

    Tags that only another program can process have *placeholders*; they are left out.
    `may_have_notes` says whether raw HTML outside the notes has something that may be one or a reference to one.
    """

    def __init__(
        self, parsed: ParsedMarkdown, placeholders: Placeholders, report: LoadReport
    ) -> None:
        self.notes: list[NoteDom] = []
        self.appeal_roots: list[Element] = []
        self.may_have_notes = False
        #: The message and the passages of each code.
        self._marks: dict[str, tuple[str, dict[str, None]]] = {}
        self._emptied: list[Element] = []
        self._parsed = parsed
        self._placeholders = placeholders
        self._tag_pattern = placeholders.tag_pattern
        self._report = report
        self._builder = DomBuilder(report, self._write_html_text)
        self._outer: list[DomBuilder] = []
        self._links = LinkRecorder(parsed, report)

    def write(self) -> Element:
        """Return the DOM of everything outside the notes."""
        for token in self._parsed.tokens:
            self._write_block(token)
        self._links.record_definitions()
        self._collect_unknown_tags()
        self._warn_of_marks()
        self.may_have_notes = self._builder.may_have_notes
        root = self._builder.finish()
        for element in self._emptied:
            _remove_if_empty(element)
        return root

    def _write_block(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._report_marks(token)
                self._write_inlines(token.children or [])
            case "fence" | "code_block":
                self._write_code(token)
            case "html_block":
                self._builder.add_html_block(token.content)
            case "note_open":
                self._open_definition(token)
            case "note_close":
                self._close_part()
            case "appeal_open":
                self._report.add_markup("markdown.syntax", APPEAL_START)
                self._open_part(self.appeal_roots)
            case "appeal_close":
                self._close_part()
            case "attributes":
                self._write_attribute_line(token.content)
            case "left_out":
                self._report_left_out(token)
            case _:
                self._write_element(token)

    def _report_left_out(self, token: Token) -> None:
        """Report text of another kind of Markdown that is left out, or is syntax."""
        self._report.drop(token.meta["reason"], token.content)
        self._report.add_markup("markdown.syntax", token.info)
        self._report_warning(token)

    def _report_marks(self, token: Token) -> None:
        """Report the marks at the start and end of a paragraph."""
        self._report.add_markup("markdown.syntax", token.meta.get("markup", ""))
        reason, text = token.meta.get("left_out", ("", ""))
        self._report.drop(reason, text)
        self._report_warning(token)

    def _report_warning(self, token: Token) -> None:
        """Keep the warning of *token*: there is one of each kind."""
        if token.meta.get("warning"):
            code, message, passage = token.meta["warning"]
            self._marks.setdefault(code, (message, {}))[1].setdefault(passage)

    def _collect_unknown_tags(self) -> None:
        for name in self._builder.unknown_tags:
            message = (
                "{}: no element of HTML. The tags were left out, what is between them stays. "
                "To show one, write &lt; for the <."
            )
            self._marks.setdefault("markdown.unknown-tag", (message, {}))[1].setdefault(f"<{name}>")

    def _warn_of_marks(self) -> None:
        """Add a warning of each kind, which names the first places."""
        for code, (message, passages) in self._marks.items():
            self._report.warn(code, message.replace("{}", quote_passages(list(passages)), 1))

    def _write_element(self, token: Token) -> None:
        """Open, close or add the element of *token*."""
        if token.nesting < 0:
            self._builder.close_element()
            return
        attributes = self._read_attributes(token)
        if token.type == "heading_open":
            self._report.add_markup("markdown.attributes", token.meta.get("attributes", ""))
            attributes |= {"id": token.meta["anchor"]} if token.meta.get("anchor") else {}
        elif token.type == "list_item_open":
            self._report.add_markup("markdown.list-number", token.info)
        if token.nesting:
            self._builder.open_element(token.tag, **attributes)
        else:
            self._builder.add_element(token.tag, **attributes)

    def _read_attributes(self, token: Token) -> dict[str, str]:
        """Return the attributes of *token*, without a URL that only another program can fill in."""
        attributes = {name: str(value) for name, value in token.attrs.items() if value != ""}
        for name in ("href", "src"):
            if self._tag_pattern.search(attributes.get(name, "")):
                self._drop_template_tag(attributes.pop(name))
        return attributes

    def _write_text(self, builder: DomBuilder, text: str) -> None:
        """Write *text* without template tags."""
        end = 0
        for tag in self._tag_pattern.finditer(text):
            builder.add_text(text[end : tag.start()])
            builder.separate_words()
            self._drop_template_tag(tag[0])
            end = tag.end()
        builder.add_text(text[end:])

    def _drop_template_tag(self, source: str) -> None:
        if self._placeholders.is_comment(source):
            self._report.drop("markdown.comment", source)
            return
        self._report.drop("markdown.template", source)
        problem = "is left out: only the program it was written for can process it."
        self._report.warn("markdown.template", f"{source} {problem}")

    def _write_code(self, token: Token) -> None:
        self._report.add_markup("markdown.fence-info", token.info)
        self._report_warning(token)
        language = _LANGUAGE.match(token.info)
        self._builder.open_element("pre")
        attributes = {"class": f"language-{language[1]}"} if language else {}
        self._builder.open_element("code", **attributes)
        self._builder.add_text(token.content)
        self._builder.close_element()
        self._builder.close_element()

    def _write_attribute_line(self, source: str) -> None:
        """Record a line of attributes; kramdown's `{:toc}` makes the list before it a table of contents."""
        self._report.add_markup("markdown.attributes", source)
        before = self._builder.get_last_element() if _TABLE_OF_CONTENTS.match(source) else None
        if before is not None and before.tag in {"ol", "ul"} and not (before.tail or "").strip():
            self._report.drop("markdown.contents", " ".join(map(str, before.itertext())))
            for inner in before.iter():
                for name in TEXT_ATTRIBUTES.get(str(inner.tag), ()):
                    self._report.add_markup("markdown.contents", inner.get(name) or "")
            before.clear()

    def _open_definition(self, token: Token) -> None:
        self._emptied.append(self._builder.get_parent())
        position, label = token.meta["note"], token.meta["label"]
        self._report.add_markup("markdown.note-label", label)
        self._open_note(get_definition_name(position), label=label, definition=position)

    def _open_note(self, name: str, *, label: str = "", definition: int | None = None) -> None:
        roots: list[Element] = []
        self._open_part(roots)
        self.notes.append(NoteDom(name=name, label=label, definition=definition, root=roots[0]))

    def _open_part(self, roots: list[Element]) -> None:
        """Write what follows as a DOM of its own, and add it to *roots*."""
        self._outer.append(self._builder)
        self._builder = DomBuilder(self._report, self._write_html_text)
        roots.append(self._builder.root)

    def _close_part(self) -> None:
        self._collect_unknown_tags()
        self._builder.finish()
        self._builder = self._outer.pop()

    def _write_inlines(self, tokens: Sequence[Token]) -> None:
        last_end: dict[str, int] = {}
        for position, token in enumerate(tokens):
            tag = _HTML_TAG.match(token.content) if token.type == "html_inline" else None
            if tag and tag[1]:
                last_end[tag[2].lower()] = position
        for position, token in enumerate(tokens):
            if token.type != "html_inline":
                self._write_inline(token)
                continue
            tag = _HTML_TAG.match(token.content)
            name = tag[2].lower() if tag and not tag[1] else ""
            is_unclosed = name in HIDDEN_ELEMENTS and last_end.get(name, -1) < position
            self._builder.add_html(token.content, is_unclosed=is_unclosed)

    def _write_inline(self, token: Token) -> None:
        builder = self._builder
        match token.type:
            case "text":
                self._write_text(builder, token.content)
            case "text_special":
                self._write_escape(token)
            case "softbreak":
                builder.add_text("\n")
            case "code_inline":
                builder.open_element("code")
                builder.add_text(token.content)
                builder.close_element()
            case "image":
                self._write_image(token)
            case "note_ref":
                self._write_reference(builder, token.meta["label"], token.meta["note"])
            case "inline_note":
                self._write_inline_note(token)
            case "left_out":
                self._report_left_out(token)
                builder.separate_words()
            case "emoji":
                self._report.add_changed_words("markdown.emoji", [token.markup], [token.content])
                builder.add_text(token.content)
            case "attributes":
                self._write_inline_attributes(token.content)
            case _:
                if token.type == "link_open":
                    self._links.record_link(token)
                self._write_element(token)

    def _write_escape(self, token: Token) -> None:
        """Write an escaped character or a character reference; the latter may be part of a word."""
        is_word = token.info == "entity" and bool(split_words(token.content))
        if token.info == "entity":
            self._report.add_changed_words("markdown.entity", [token.markup], [token.content])
        if is_word:
            self._builder.separate_words()
        self._builder.add_text(token.content)
        if is_word:
            self._builder.separate_words()

    def _write_image(self, token: Token) -> None:
        """Write an image; the references in its alternative text follow it."""
        self._links.record_link(token)
        pieces, references = self._links.extract_alt_text(token.children or [])
        alt = collapse_spaces("".join(pieces))
        self._report.add_changed_words("text.joined", pieces, [alt])
        attributes = self._read_attributes(token)
        before, _, last = token.content.rpartition("|")
        size = _SIZE.fullmatch(last) if before and not before.endswith("\\") else None
        if size:  # `![A bell|300](bell.png)`, Obsidian's form
            self._report.add_markup("markdown.attributes", last)
            alt = alt.rpartition("|")[0].rstrip()
            attributes |= {name: side for name, side in size.groupdict().items() if side}
        self._builder.add_element("img", **(attributes | {"alt": alt}))
        for reference in references:
            self._write_inline(reference)

    def _write_inline_attributes(self, source: str) -> None:
        """Give the credit and the size in `{credit="Nell Oddy" width=600}` to the image before it."""
        image = self._builder.get_last_element()
        used = []
        if image is not None and image.tag == "img" and not image.tail:
            for name, value in parse_image_attributes(source).items():
                image.set(name, value)
                used += [value] if name == "credit" else []
        self._report.add_changed_words("markdown.attributes", [source], used)
        self._builder.separate_words()

    def _write_reference(self, builder: DomBuilder, label: str, position: int) -> None:
        self._report.add_markup("markdown.note-label", label)
        builder.add_element(NOTE_REF, note=get_definition_name(position))

    def _write_inline_note(self, token: Token) -> None:
        name = f"inline-{len(self.notes)}"
        self._builder.add_element(NOTE_REF, note=name)
        self._open_note(name)
        self._builder.open_element("p")
        self._write_inlines(token.children or [])
        self._builder.close_element()
        self._close_part()

    def _write_html_text(self, builder: DomBuilder, text: str) -> None:
        """Write text of raw HTML, with the references in it."""
        for piece, position in split_references(text, self._parsed.notes):
            if position is None:
                self._write_text(builder, piece)
            else:
                self._write_reference(builder, piece, position)


def _remove_if_empty(element: Element) -> None:
    """Remove *element*, which contained only the definition of a note, and what contains nothing but it."""
    parent = element.getparent()
    while parent is not None and element.tag in _REMOVABLE:
        if len(element) or (element.text or "").strip():
            return
        if (element.tail or "").strip():
            return
        parent.remove(element)
        element, parent = parent, parent.getparent()
