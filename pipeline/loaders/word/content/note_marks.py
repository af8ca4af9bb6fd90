"""Remove a note's own mark, and notes that nobody cites."""

from __future__ import annotations

from pipeline.loaders.word.elements import NOTE_REFERENCES, Element, W, get_text, is_deleted, remove
from pipeline.loaders.word.normalized import Normalized
from pipeline.loaders.word.package import WordPackage

#: What may stand beside a number as a note's own mark.
_MAX_MARK = 4


def remove_marks(package: WordPackage, kinds: list[str], result: Normalized) -> None:
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
    for candidate in (run, next(run.itersiblings(f"{W}r"), None)):
        if candidate is None:
            break
        texts = reference.itersiblings() if candidate is run else candidate.iterchildren()
        for text in texts:
            if text.tag != f"{W}t":
                continue
            content = text.text or ""
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


def remove_uncited_notes(package: WordPackage, kinds: list[str], result: Normalized) -> None:
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
