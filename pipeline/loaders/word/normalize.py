"""
Prepare a document for mammoth, which reads only part of what Word writes; what is left out is listed.

1. Of alternatives for other versions of Word, one is kept; wrappers that mammoth does not know are opened.
2. Fields become what they show (`fields`); ruby text follows its base in brackets; formulas become text (`formulas`).
3. Hidden text is removed; symbols of special fonts become characters (`symbols`); a note's own mark goes.
4. Paragraphs get their role from their style, lists their numbers (`numbering`), contents are left out.
5. Subtitle, author and date at the beginning are lifted out; notes cited there move to the text.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pipeline.loaders.word.fields import NoteIndex, resolve_fields
from pipeline.loaders.word.formulas import write_formulas
from pipeline.loaders.word.markup import (
    MC,
    NOTE_REFERENCES,
    Element,
    R,
    V,
    W,
    copy_properties,
    get_text,
    get_value,
    is_blank,
    is_deleted,
    make_run,
    remove,
    replace_by,
)
from pipeline.loaders.word.numbering import ListNumber, Numbering
from pipeline.loaders.word.package import WordPackage, list_kinds
from pipeline.loaders.word.style_names import Role
from pipeline.loaders.word.styles import StyleSheet
from pipeline.loaders.word.symbols import replace_symbols
from pipeline.models.article import Dropped, LoadWarning

#: Around the number of a list item, until the HTML is written.
NUMBER_START, NUMBER_END = "\ue0f0", "\ue0f1"
#: The styles that mammoth's style map names; see `STYLE_MAP`.
_STYLE_IDS = {role: f"Handbill-{role.value}" for role in Role}
STYLE_MAP = "\n".join(
    [
        f"p.{_STYLE_IDS[Role.TITLE]} => h1.title:fresh",
        *(f"p.Handbill-heading{n} => h{min(n, 6)}:fresh" for n in range(1, 10)),
        f"p.{_STYLE_IDS[Role.QUOTE]} => blockquote > p:fresh",
        f"p.{_STYLE_IDS[Role.CODE]} => pre:separator('\\n')",
        f"p.{_STYLE_IDS[Role.CAPTION]} => p.caption:fresh",
        f"p.{_STYLE_IDS[Role.TERM]} => dl > dt:fresh",
        f"p.{_STYLE_IDS[Role.DEFINITION]} => dl > dd:fresh",
        "r.Handbill-code => code",
    ]
)
_WRAPPERS = tuple(W + name for name in ("dir", "bdo", "smartTag", "customXml"))
_WPS_TEXT = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}txbx"
_CHECKBOX = "{http://schemas.microsoft.com/office/word/2010/wordml}checkbox"
_GRAPHICS = {
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart": "chart",
    "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds": "diagram",
}
_HEADER_ROLES = {Role.TITLE, Role.SUBTITLE, Role.AUTHOR, Role.DATE}
#: What may stand beside a number as a note's own mark.
_MAX_MARK = 4


@dataclass
class Normalized:
    """What was found in a document besides its text."""

    subtitle: str = ""
    authors: list[str] = field(default_factory=list)
    date: str = ""
    dropped: list[Dropped] = field(default_factory=list)
    warnings: list[LoadWarning] = field(default_factory=list)
    #: Text that is not in the parts any more.
    removed: list[str] = field(default_factory=list)

    def drop(self, reason: str, text: str) -> None:
        """List *text* as left out."""
        self.removed.append(text)
        if text.strip():
            self.dropped.append(Dropped(reason=reason, text=" ".join(text.split())))

    def warn(self, code: str, message: str) -> None:
        """Add a warning."""
        self.warnings.append(LoadWarning(code=code, message=message))


def normalize(package: WordPackage) -> Normalized:
    """Change the parts of *package* so that mammoth reads all of them."""
    result = Normalized()
    styles = StyleSheet(package.parts.get("styles"))
    numbering = Numbering(package.parts.get("numbering"))
    kinds = list_kinds(package.parts)
    notes = NoteIndex(package.parts["document"])
    contents: list[Element] = []
    for kind in kinds:
        part = package.parts[kind]
        _open_wrappers(part)
        resolved = resolve_fields(part, package.relationships[kind], notes)
        result.removed += resolved.removed
        contents += resolved.contents
        _write_ruby(part)
    _count_formulas(package, kinds, result)
    _remove_hidden(package, kinds, styles, result)
    _replace_symbols(package, kinds, styles, result)
    _remove_marks(package, kinds, result)
    _remove_uncited_notes(package, kinds, result)
    _report_missing_parts(package, result)
    for kind in kinds:
        _set_styles(package.parts[kind], styles, numbering, contents, result)
    _extract_header(package.parts["document"], result)
    return result


def _open_wrappers(part: Element) -> None:
    for alternatives in list(part.iter(f"{MC}AlternateContent")):
        fallback = alternatives.find(f"{MC}Fallback")
        choice = alternatives.find(f"{MC}Choice")
        is_empty = fallback is None or len(fallback) == 0
        chosen = choice if is_empty else fallback
        replace_by(alternatives, [] if chosen is None else list(chosen))
    for box in list(part.iter(_WPS_TEXT)):
        drawing = next(box.iterancestors(f"{W}drawing"), None)
        content = box.find(f"{W}txbxContent")
        if drawing is None or content is None:
            continue
        picture = drawing.makeelement(f"{W}pict")
        shape = picture.makeelement(f"{V}shape")
        text_box = picture.makeelement(f"{V}textbox")
        picture.append(shape)
        shape.append(text_box)
        text_box.append(content)
        drawing.getparent().insert(drawing.getparent().index(drawing) + 1, picture)
    for wrapper in reversed(list(part.iter(*_WRAPPERS))):
        replace_by(wrapper, [child for child in wrapper if not str(child.tag).endswith("Pr")])
    for checkbox in list(part.iter(_CHECKBOX)):  # its character stays
        remove(checkbox)


def _write_ruby(part: Element) -> None:
    """Write ruby text in brackets after its base."""
    for ruby in reversed(list(part.iter(f"{W}ruby"))):
        run = ruby.getparent()
        base, above = ruby.find(f"{W}rubyBase"), ruby.find(f"{W}rt")
        runs = [] if base is None else list(base)
        if above is not None and get_text(above):
            runs.append(make_run(f"({get_text(above)})"))
        if run.tag != f"{W}r":
            replace_by(ruby, runs)
            continue
        position = run.index(ruby)
        after = run.makeelement(f"{W}r")
        copy_properties(run, after)
        after.extend(list(run)[position + 1 :])
        remove(ruby)
        replace_by(run, [run, *runs, after])


def _count_formulas(package: WordPackage, kinds: list[str], result: Normalized) -> None:
    count = sum(write_formulas(package.parts[kind]) for kind in kinds)
    if count:
        result.warn(
            "word.formulas",
            f"{count} formula(s) are written on one line, such as a²+b or (x+1)/2. Check that they read well.",
        )


def _remove_hidden(
    package: WordPackage, kinds: list[str], styles: StyleSheet, result: Normalized
) -> None:
    count = 0
    for kind in kinds:
        for run in list(package.parts[kind].iter(f"{W}r")):
            if run.getparent() is None or is_deleted(run) or not styles.is_hidden(run):
                continue
            text = get_text(run)
            count += bool(text.strip())
            result.drop("word.hidden", text)
            remove(run)
    if count:
        result.warn("word.hidden", f"{count} piece(s) of hidden text were left out.")


def _replace_symbols(
    package: WordPackage, kinds: list[str], styles: StyleSheet, result: Normalized
) -> None:
    before = "".join(get_text(package.parts[kind]) for kind in kinds)
    missing = [sign for kind in kinds for sign in replace_symbols(package.parts[kind], styles)]
    after = "".join(get_text(package.parts[kind]) for kind in kinds)
    result.removed.append("".join((Counter(before) - Counter(after)).elements()))
    if missing:
        signs = ", ".join(dict.fromkeys(missing))
        result.dropped.append(Dropped(reason="word.symbols", text=signs))
        result.warn(
            "word.symbols",
            f"{len(missing)} symbol(s) of special fonts have no character in email and were left out: {signs[:200]}. "
            "Put a character or a picture in their place.",
        )


def _remove_marks(package: WordPackage, kinds: list[str], result: Normalized) -> None:
    """Remove a note's own mark, such as a star, from the text and the note: notes are numbered."""
    marks: dict[tuple[str, str], str] = {}
    for kind in kinds:
        for reference in package.parts[kind].iter(*NOTE_REFERENCES):
            if reference.get(f"{W}customMarkFollows") in {None, "0", "false"}:
                continue
            mark = _remove_mark(reference)
            marks[NOTE_REFERENCES[reference.tag], reference.get(f"{W}id") or ""] = mark
            result.drop("word.note-mark", mark)
    for note_kind in ("footnote", "endnote"):
        part = package.parts.get(f"{note_kind}s")
        for note in [] if part is None else part.iter(f"{W}{note_kind}"):
            mark = marks.get((note_kind, note.get(f"{W}id") or ""), "")
            if mark and (text := next(note.iter(f"{W}t"), None)) is not None:
                content = (text.text or "").lstrip()
                if content.startswith(mark):
                    text.text = content[len(mark) :]
                    result.drop("word.note-mark", mark)


def _remove_mark(reference: Element) -> str:
    """Remove the mark after *reference*, in its run or the next, and return it."""
    run = reference.getparent()
    following = [run, *run.itersiblings(f"{W}r")][:2]
    for candidate in following:
        for text in candidate.iterchildren(f"{W}t"):
            content = text.text or ""
            if candidate is run and run.index(text) < run.index(reference):
                continue
            mark = content.strip() if candidate is run else _leading_mark(content)
            if mark and len(mark) <= _MAX_MARK:
                text.text = content.replace(mark, "", 1)
                return mark
            if content.strip():
                return ""
    return ""


def _leading_mark(text: str) -> str:
    """Return the symbols that *text* begins with."""
    end = next((n for n, c in enumerate(text) if c.isalnum() or c.isspace()), len(text))
    return text[:end]


def _remove_uncited_notes(package: WordPackage, kinds: list[str], result: Normalized) -> None:
    """Remove notes whose reference is hidden or deleted; Word does not show them either."""
    cited = {
        (NOTE_REFERENCES[reference.tag], reference.get(f"{W}id"))
        for kind in kinds
        for reference in package.parts[kind].iter(*NOTE_REFERENCES)
        if not is_deleted(reference)
    }
    for kind in ("footnote", "endnote"):
        part = package.parts.get(f"{kind}s")
        for note in [] if part is None else list(part.iter(f"{W}{kind}")):
            if (kind, note.get(f"{W}id")) not in cited:
                result.drop("word.uncited-note", get_text(note))
                remove(note)


def _report_missing_parts(package: WordPackage, result: Normalized) -> None:
    """Tell of inserted files, charts and diagrams, whose text is in parts that are not read."""
    body = package.parts["document"]
    relations = package.relationships["document"]
    chunks = list(body.iter(f"{W}altChunk", f"{W}subDoc"))
    for chunk in chunks:
        name = relations.find_target(chunk.get(f"{R}id") or "") or "a file"
        result.drop("word.inserted-file", f"{name}: {_read_chunk(package, name)}")
    if chunks:
        result.warn(
            "word.inserted-file",
            f"{len(chunks)} file(s) inserted into the document were left out. "
            "Open it in Word and save it again: Word then makes them part of the text.",
        )
    graphics = [
        label
        for tag, label in _GRAPHICS.items()
        for graphic in body.iter(tag)
        if not is_deleted(graphic)
    ]
    if graphics:
        counts = ", ".join(
            f"{graphics.count(label)} {label}(s)" for label in dict.fromkeys(graphics)
        )
        result.warn(
            "word.graphics",
            f"{counts} were left out. In Word, copy each one and paste it as a picture.",
        )


def _read_chunk(package: WordPackage, name: str) -> str:
    """Return the beginning of the text of an inserted file in HTML or plain text."""
    from pipeline.loaders.html.dom import get_fragment_text

    content = package.read_part(name) if name.lower().endswith((".htm", ".html", ".txt")) else None
    text = (content or b"").decode("utf-8", "replace")[:20_000]
    return get_fragment_text(text)[:2_000] if text.strip() else ""


def _set_styles(
    part: Element,
    styles: StyleSheet,
    numbering: Numbering,
    contents: list[Element],
    result: Normalized,
) -> None:
    in_fields = {id(paragraph) for paragraph in contents}
    for sdt in part.iter(f"{W}sdt"):
        gallery = get_value(sdt, "sdtPr/docPartObj/docPartGallery") or ""
        if gallery.lower() in {"table of contents", "bibliographies"} and gallery[0] in "Tt":
            in_fields.update(id(paragraph) for paragraph in sdt.iter(f"{W}p"))
    for run in part.iter(f"{W}r"):
        _set_run_style(run, styles)
    for paragraph in list(part.iter(f"{W}p")):
        found = styles.find_role(paragraph)
        role, level = found or (None, 0)
        if role is Role.CONTENTS or id(paragraph) in in_fields:
            result.drop("word.contents", get_text(paragraph))
            for child in list(paragraph):
                if child.tag != f"{W}pPr":
                    paragraph.remove(child)
            continue
        number = _count(paragraph, styles, numbering)
        if role is not None:
            name = f"Handbill-heading{level}" if role is Role.HEADING else _STYLE_IDS[role]
            _set_style(paragraph, name)
        if number is None or is_blank(paragraph):
            continue
        if role is None:
            _set_list_level(paragraph, number)
        elif number.is_ordered and number.label:
            _insert_run(paragraph, make_run(f"{number.label} "))
    _warn_about_numbers(result, part)


def _warn_about_numbers(result: Normalized, part: Element) -> None:
    odd = part.find(f".//{W}p[@handbill-number]")
    if odd is not None:
        label = odd.get("handbill-number")
        if not any(warning.code == "word.list-numbers" for warning in result.warnings):
            result.warn(
                "word.list-numbers",
                f"A list that is numbered “{label}” in Word is numbered 1, 2, 3 in the email. "
                "Check what refers to its numbers.",
            )
    for paragraph in part.iter(f"{W}p"):
        paragraph.attrib.pop("handbill-number", None)


def _count(paragraph: Element, styles: StyleSheet, numbering: Numbering) -> ListNumber | None:
    found = styles.find_list(paragraph)
    if found is None or is_blank(paragraph):
        return None
    return numbering.count(*found, get_value(paragraph, "pPr/pStyle"))


def _set_list_level(paragraph: Element, number: ListNumber) -> None:
    """Give *paragraph* a list of the right kind, and put its number where the HTML is numbered by it."""
    list_id = "handbill-ordered" if number.is_ordered else "handbill-bullets"
    properties = _get_properties(paragraph)
    before = properties.find(f"{W}numPr")
    if before is not None:
        properties.remove(before)
    group = properties.makeelement(f"{W}numPr")
    group.append(group.makeelement(f"{W}ilvl", {f"{W}val": str(min(number.level, 8))}))
    group.append(group.makeelement(f"{W}numId", {f"{W}val": list_id}))
    properties.append(group)
    if number.is_ordered:
        _insert_run(paragraph, make_run(f"{NUMBER_START}{number.number}{NUMBER_END}"))
        if number.level == 0 and not number.is_decimal:
            paragraph.set("handbill-number", number.label)


def _get_properties(paragraph: Element) -> Element:
    properties = paragraph.find(f"{W}pPr")
    if properties is None:
        properties = paragraph.makeelement(f"{W}pPr")
        paragraph.insert(0, properties)
    return properties


def _set_style(paragraph: Element, style_id: str) -> None:
    properties = _get_properties(paragraph)
    style = properties.find(f"{W}pStyle")
    if style is None:
        style = properties.makeelement(f"{W}pStyle")
        properties.insert(0, style)
    style.set(f"{W}val", style_id)


def _insert_run(paragraph: Element, run: Element) -> None:
    paragraph.insert(paragraph.index(_get_properties(paragraph)) + 1, run)


def _set_run_style(run: Element, styles: StyleSheet) -> None:
    """Write what the character style of *run* says where mammoth reads it."""
    if get_value(run, "rPr/rStyle") is None or next(run.iter(*NOTE_REFERENCES), None) is not None:
        return
    properties = run.find(f"{W}rPr")
    if run.find(f"{W}footnoteRef") is not None or run.find(f"{W}endnoteRef") is not None:
        return
    for name in ("b", "i", "strike", "vertAlign"):
        value = styles.find_run_style(run, name)
        if value is not None and properties.find(W + name) is None:
            properties.append(properties.makeelement(W + name, {f"{W}val": value or "1"}))
    if styles.is_code(run):
        properties.find(f"{W}rStyle").set(f"{W}val", "Handbill-code")


def _extract_header(body: Element, result: Normalized) -> None:
    """Take subtitle, author and date at the beginning out of the text; notes cited there move to its start."""
    references: list[Element] = []
    title: Element | None = None
    first: Element | None = None
    is_after_heading = False
    for paragraph in list(body.iter(f"{W}p")):
        if next(paragraph.iterancestors(f"{W}tbl", f"{W}txbxContent"), None) is not None:
            break
        if is_blank(paragraph):
            continue
        style = get_value(paragraph, "pPr/pStyle") or ""
        role = next((r for r, id in _STYLE_IDS.items() if id == style), None)
        is_heading = style == "Handbill-heading1" and title is None and not is_after_heading
        if role not in _HEADER_ROLES and not is_heading:
            first = paragraph
            break
        is_after_heading = is_after_heading or is_heading
        references += [
            run
            for run in paragraph.iter(f"{W}r")
            if next(run.iter(*NOTE_REFERENCES), None) is not None and not is_deleted(run)
        ]
        if is_heading or (role is Role.TITLE and title is None):
            title = paragraph
        elif role is Role.TITLE and title is not None:
            title.append(make_run(" "))
            title.extend([child for child in paragraph if child.tag != f"{W}pPr"])
            remove(paragraph)
        else:
            _extract_line(paragraph, role, result)
    if not references or first is None:
        return
    for run in reversed(references):
        remove(run)
        _insert_run(first, run)
    result.warn(
        "note.moved",
        "The title or a line below it cites a note, but cannot hold a reference: it moved to the start of the text.",
    )


def _extract_line(paragraph: Element, role: Role | None, result: Normalized) -> None:
    text = " ".join(_get_line(paragraph).split())
    result.removed.append(get_text(paragraph))
    if role is Role.AUTHOR:
        result.authors.append(text)
    elif role is Role.SUBTITLE:
        result.subtitle = f"{result.subtitle} {text}".strip()
    else:
        result.date = f"{result.date} {text}".strip()
    remove(paragraph)


def _get_line(paragraph: Element) -> str:
    """Return the text of *paragraph* with its line breaks as spaces."""
    pieces = []
    for node in paragraph.iter(f"{W}t", f"{W}br", f"{W}tab", f"{W}noBreakHyphen"):
        if is_deleted(node):
            continue
        if node.tag == f"{W}t":
            pieces.append(node.text or "")
        else:
            pieces.append("\u2011" if node.tag == f"{W}noBreakHyphen" else " ")
    return "".join(pieces)
