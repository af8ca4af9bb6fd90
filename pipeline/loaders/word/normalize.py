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

from pipeline.loaders.word.content.fields import NoteIndex, resolve_fields
from pipeline.loaders.word.content.formulas import write_formulas
from pipeline.loaders.word.content.missing_parts import report_missing_parts
from pipeline.loaders.word.content.note_marks import remove_marks, remove_uncited_notes
from pipeline.loaders.word.content.symbols import replace_symbols
from pipeline.loaders.word.content.wrappers import open_wrappers, write_ruby
from pipeline.loaders.word.elements import Element, W, get_text, is_deleted, remove
from pipeline.loaders.word.header.extract_header import extract_header
from pipeline.loaders.word.normalized import Normalized
from pipeline.loaders.word.package import WordPackage, list_kinds
from pipeline.loaders.word.styles.numbering import ListCounter
from pipeline.loaders.word.styles.paragraph_styles import set_styles
from pipeline.loaders.word.styles.style_sheet import StyleSheet
from pipeline.models.article import Dropped


def normalize(package: WordPackage) -> Normalized:
    """Change the parts of *package* so that mammoth reads all of them."""
    result = Normalized()
    styles = StyleSheet(package.parts.get("styles"))
    numbering = ListCounter(package.parts.get("numbering"))
    kinds = list_kinds(package.parts)
    notes = NoteIndex(package.parts["document"])
    contents: list[Element] = []
    for kind in kinds:
        part = package.parts[kind]
        open_wrappers(part)
        resolved = resolve_fields(part, package.relationships[kind], notes)
        result.removed += resolved.removed
        contents += resolved.contents
        write_ruby(part)
    _count_formulas(package, kinds, result)
    _remove_hidden(package, kinds, styles, result)
    _replace_symbols(package, kinds, styles, result)
    remove_marks(package, kinds, result)
    remove_uncited_notes(package, kinds, result)
    report_missing_parts(package, result)
    for kind in kinds:
        set_styles(package.parts[kind], styles, numbering, contents, result)
    extract_header(package.parts["document"], result)
    return result


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
