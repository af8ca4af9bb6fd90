"""
Resolve Word's fields (ECMA-376 part 1 §17.16): their results stay, links become links, cited notes references.

A field is `w:fldSimple`, or runs from `begin` over its code, `separate` and its result to `end`, which may be in a
tracked deletion. Fields nest, also in the code of another one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pipeline.loaders.word.elements import (
    NOTE_REFERENCES,
    Element,
    R,
    W,
    copy_properties,
    find_paragraph,
    get_text,
    is_deleted,
    make_run,
    remove,
    replace_by,
)
from pipeline.loaders.word.package import Relationships

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\\\S)|(\S+)')
#: Switches of HYPERLINK that are followed by a value.
_SWITCHES_WITH_VALUE = frozenset({"\\l", "\\o", "\\t"})
#: Fields that list the document's headings, with page numbers.
_CONTENTS_FIELDS = frozenset({"TOC", "INDEX", "TOA"})
_NOTE_FIELDS = frozenset({"NOTEREF", "FTNREF", "REF"})
#: Fields inside each other beyond this are damage.
_MAX_DEPTH = 10
_FIELD_PARTS = (f"{W}fldChar", f"{W}instrText", f"{W}delInstrText")


@dataclass
class _Field:
    """A field: the words of its code, and the runs of its result."""

    begin: Element
    code: list[str] = field(default_factory=list)
    code_runs: list[Element] = field(default_factory=list)
    runs: list[Element] = field(default_factory=list)
    is_in_result: bool = False
    is_closed: bool = False

    @property
    def code_words(self) -> list[str]:
        """The words of the code, the first is the kind of field in capitals."""
        words = split_code("".join(self.code))
        return [words[0].upper(), *words[1:]] if words else []


@dataclass
class ResolvedFields:
    """What fields were: paragraphs of contents, and texts that were left out."""

    contents: list[Element] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def split_code(code: str) -> list[str]:
    """Return the words of a field's code; those in quotation marks without them."""
    return [
        match[1].replace("\\\\", "\\").replace('\\"', '"') if match[1] is not None else match[0]
        for match in _TOKEN.finditer(code)
    ]


def read_link(words: list[str]) -> tuple[str | None, str | None]:
    """Return URL and anchor of a HYPERLINK field; its screen tip and target frame are of no use in an email."""
    url = anchor = None
    rest = iter(words[1:])
    for word in rest:
        if word.lower() in _SWITCHES_WITH_VALUE:
            value = next(rest, "")
            anchor = value if word.lower() == "\\l" else anchor
        elif word == "\\*":
            next(rest, "")
        elif not word.startswith("\\") and url is None:
            url = word
    return url or None, anchor or None


def resolve_fields(part: Element, relationships: Relationships, notes: NoteIndex) -> ResolvedFields:
    """Replace all fields in *part* by what they show."""
    resolved = ResolvedFields()
    _resolve_simple(part, relationships, notes, resolved)
    _split_runs(part)
    for found in _collect(part, resolved):
        _resolve(found.code_words, _list_runs(found), relationships, notes, resolved)
        if _is_kind(found.code_words, "FORMCHECKBOX"):
            _write_checkbox(found)
    for element in list(part.iter(*_FIELD_PARTS)):
        remove(element)
    return resolved


class NoteIndex:
    """The notes cited in a document: their numbers in reading order, and the bookmarks around references."""

    def __init__(self, body: Element) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._by_bookmark: dict[str, tuple[str, str]] = {}
        open_bookmarks: dict[str, str] = {}
        for element in body.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd", *NOTE_REFERENCES):
            id = element.get(f"{W}id") or ""
            if element.tag == f"{W}bookmarkStart":
                open_bookmarks[id] = element.get(f"{W}name") or ""
            elif element.tag == f"{W}bookmarkEnd":
                open_bookmarks.pop(id, None)
            elif not is_deleted(element):
                key = (NOTE_REFERENCES[element.tag], id)
                self._numbers.setdefault(key, len(self._numbers) + 1)
                for name in open_bookmarks.values():
                    self._by_bookmark.setdefault(name, key)

    def find(self, bookmark: str) -> tuple[str, str, int] | None:
        """Return kind, id and number of the note whose reference is in *bookmark*."""
        key = self._by_bookmark.get(bookmark)
        return None if key is None else (*key, self._numbers[key])


def _resolve_simple(
    part: Element, relationships: Relationships, notes: NoteIndex, resolved: ResolvedFields
) -> None:
    for simple in reversed(list(part.iter(f"{W}fldSimple"))):
        words = split_code(simple.get(f"{W}instr") or "")
        words = [words[0].upper(), *words[1:]] if words else []
        children = [child for child in simple if child.tag not in {f"{W}fldData", f"{W}fldPr"}]
        replace_by(simple, children)
        runs = [run for child in children for run in child.iter(f"{W}r")]
        _resolve(words, runs, relationships, notes, resolved)


def _split_runs(part: Element) -> None:
    """Put each part of a field into a run of its own."""
    for run in list(part.iter(f"{W}r")):
        inner = [child for child in run if child.tag != f"{W}rPr"]
        if len(inner) < 2 or not any(child.tag in _FIELD_PARTS for child in inner):
            continue
        pieces = []
        for child in inner:
            piece = run.makeelement(f"{W}r")
            copy_properties(run, piece)
            piece.append(child)
            pieces.append(piece)
        replace_by(run, pieces)


def _collect(part: Element, resolved: ResolvedFields) -> list[_Field]:
    """Return the fields of *part*, the inner ones first; what is in the code of a field is removed from the text."""
    open_fields: list[_Field] = []
    found: list[_Field] = []
    for run in part.iter(f"{W}r"):
        parts = [child for child in run if child.tag in _FIELD_PARTS]
        if not parts:
            for outer in open_fields[-_MAX_DEPTH:]:
                if outer.is_in_result:
                    outer.runs.append(run)
                elif not is_deleted(run):
                    outer.code.append(get_text(run))
                    outer.code_runs.append(run)
            continue
        for element in parts:
            kind = element.get(f"{W}fldCharType")
            if element.tag != f"{W}fldChar":
                if open_fields and element.tag == f"{W}instrText":
                    open_fields[-1].code.append(element.text or "")
            elif kind == "begin":
                open_fields.append(_Field(begin=element))
            elif kind == "separate" and open_fields:
                open_fields[-1].is_in_result = True
            elif kind == "end" and open_fields:
                last = open_fields.pop()
                last.is_closed = True
                found.append(last)
    for inner in found:
        paragraph = find_paragraph(inner.begin)
        for (
            run
        ) in inner.code_runs:  # in another paragraph the field is broken, and the text is text
            if run.getparent() is not None and find_paragraph(run) is paragraph:
                resolved.removed.append(get_text(run))
                remove(run)
    return [*found, *reversed(open_fields)]


def _list_runs(found: _Field) -> list[Element]:
    """Return the runs of the result; of a field without an end only those in its own paragraph."""
    runs = [run for run in found.runs if run.getparent() is not None]
    if found.is_closed:
        return runs
    paragraph = find_paragraph(found.begin)
    return [run for run in runs if find_paragraph(run) is paragraph]


def _resolve(
    words: list[str],
    runs: list[Element],
    relationships: Relationships,
    notes: NoteIndex,
    resolved: ResolvedFields,
) -> None:
    runs = [run for run in runs if not is_deleted(run)]
    if not words or not runs:
        return
    kind = words[0]
    if kind == "HYPERLINK":
        url, anchor = read_link(words)
        if url or anchor:
            _wrap_links(runs, url, anchor, relationships)
    elif kind in _CONTENTS_FIELDS:
        paragraphs = {id(p): p for run in runs if (p := find_paragraph(run)) is not None}
        resolved.contents += paragraphs.values()
    elif kind in _NOTE_FIELDS and len(words) > 1:
        is_note = kind != "REF" or "\\f" in [word.lower() for word in words]
        note = notes.find(words[1]) if is_note else None
        if note:
            resolved.removed += [get_text(run) for run in runs]
            _cite_again(runs, note)


def _wrap_links(
    runs: list[Element], url: str | None, anchor: str | None, relationships: Relationships
) -> None:
    """Make links of *runs*, one of those that follow each other."""
    link: Element | None = None
    for run in runs:
        if next(run.iterancestors(f"{W}hyperlink"), None) is not None:
            continue
        if link is not None and run.getprevious() is link:
            link.append(run)
            continue
        link = run.makeelement(f"{W}hyperlink")
        if url:
            target = f"{url.partition('#')[0]}#{anchor}" if anchor else url
            link.set(f"{R}id", relationships.add_link(target))
        else:
            link.set(f"{W}anchor", anchor)
        replace_by(run, [link])
        link.append(run)


def _cite_again(runs: list[Element], note: tuple[str, str, int]) -> None:
    """Replace *runs* by a second reference to *note*, as mammoth writes the first."""
    kind, id, number = note
    first, *others = runs
    link = first.makeelement(f"{W}hyperlink")
    link.set(f"{W}anchor", f"{kind}-{id}")
    link.append(make_run(f"[{number}]", is_raised=True))
    replace_by(first, [link])
    for run in others:
        remove(run)


def _is_kind(words: list[str], kind: str) -> bool:
    return bool(words) and words[0] == kind


def _write_checkbox(found: _Field) -> None:
    """Write the box of an old form as a character; mammoth makes an input element of it, which emails cannot have."""
    box = found.begin.find(f"{W}ffData/{W}checkBox")
    state = None
    if box is not None:
        checked = box.find(f"{W}checked")
        state = box.find(f"{W}default") if checked is None else checked
    is_checked = state is not None and state.get(f"{W}val") not in {"0", "false"}
    run = found.begin.getparent()
    run.addprevious(make_run("☒" if is_checked else "☐"))
