"""
Chrome: what a page puts around its article. It is left out, each piece by a named rule.

At the edges, before the title and after the last paragraph, whole lines are known by their words, and a run of short
lines by its length. Within the article only what names itself goes: an advertisement's mark, "Read also: …".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence

from pipeline.loaders.text import web_phrases
from pipeline.loaders.text.chunks import (
    BULLET,
    HORIZONTAL_RULE,
    Chunk,
    FigureText,
    Item,
    RemovedSpan,
)
from pipeline.loaders.text.footnotes.labels import read_label
from pipeline.models.article import Dropped

#: So many short lines in a row at an edge are a menu.
_SHORT_RUN = 4
_SHORT_WORDS = 4
#: Where in the words of the text what "Related" and "3 comments" head can begin.
_LATE = 0.6

_TRIM = " \t\xa0.…:›»▾▼>+×•·|"
_CRUMB = re.compile(r"\s?[>›»→/|]\s?")
_TAGS = re.compile(
    r"(?:tags?|filed under|topics|keywords|themen|schlagwörter|schlagworte|sujets|mots-clés|temas|etiquetas"
    r"|archivado en|tópicos|argomenti|tagi|trefwoorden)\s?:\s?\S.{0,200}",
    re.I,
)
#: Where an encyclopedia's reader may edit a section.
_EDIT = re.compile(
    r"\s?\[\s?(?:edit|edit source|bearbeiten|quelltext bearbeiten|modifier|modifier le code|editar|editar código"
    r"|modifica|modifica wikitesto|bewerken|edytuj|redigera|\s\|\s){1,3}\s?\]$",
    re.I,
)
_WORDS = {
    "boilerplate.menu": web_phrases.MENU | web_phrases.HOME,
    "boilerplate.cookies": web_phrases.CONSENT,
    "boilerplate.share": web_phrases.SHARE,
    "boilerplate.footer": web_phrases.FOOTER,
    "boilerplate.advertisement": web_phrases.ADVERTISEMENT,
}
_REASON_OF = {line: reason for reason, lines in _WORDS.items() for line in lines}
_GUTENBERG_START = re.compile(r"\*{3}\s?START OF (?:TH(?:E|IS) )?PROJECT GUTENBERG", re.I)
_GUTENBERG_END = re.compile(
    r"\*{3}\s?END OF (?:TH(?:E|IS) )?PROJECT GUTENBERG|End of (?:the )?Project Gutenberg", re.I
)


def remove_gutenberg_notices(chunks: Sequence[Chunk]) -> tuple[Sequence[Chunk], list[Dropped]]:
    """Return *chunks* without the notice and the licence of Project Gutenberg, and these."""
    starts = [at + 1 for at, chunk in enumerate(chunks) if _GUTENBERG_START.match(chunk.text)]
    start = starts[0] if starts else 0
    ends = [
        at for at, chunk in enumerate(chunks) if at >= start and _GUTENBERG_END.match(chunk.text)
    ]
    end = ends[0] if ends else len(chunks)
    left_out = [*chunks[:start], *chunks[end:]]
    dropped = [Dropped(reason="boilerplate.gutenberg", text=chunk.text) for chunk in left_out]
    return chunks[start:end], dropped


def cut_edit_links(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Return *chunks*, the "[edit]" behind headings cut."""
    result = []
    for chunk in chunks:
        found = _EDIT.search(chunk.text, max(0, len(chunk.text) - 60))
        cut = found and RemovedSpan(
            start=found.start(), end=len(chunk.text), rule="boilerplate.edit-link"
        )
        result.append(chunk.with_cuts([cut]) if cut else chunk)
    return result


def edge_reason(text: str) -> str | None:
    """Return the rule by which *text*, a line at an edge of the page, is chrome."""
    if len(text) > 900:
        return None
    named = named_reason(text)
    if named:
        return named
    known = _REASON_OF.get(_key(text))
    if known:
        return known
    if web_phrases.SHARE_ON.fullmatch(text):
        return "boilerplate.share"
    if web_phrases.COPYRIGHT.match(text):
        return "boilerplate.copyright"
    if web_phrases.COOKIE.match(text):
        return "boilerplate.cookies"
    if len(text) > 120:
        return None
    if web_phrases.READING_TIME.fullmatch(text):
        return "boilerplate.reading-time"
    if web_phrases.TAGLINE.match(text):
        return "boilerplate.tagline"
    if _TAGS.fullmatch(text):
        return "boilerplate.tags"
    return "boilerplate.breadcrumb" if is_breadcrumb(text) else None


def named_reason(text: str) -> str | None:
    """Return the rule by which *text* is chrome wherever it stands."""
    if len(text) > 160:
        return None
    if web_phrases.SKIP.match(text) and len(text.split()) <= 7:
        return "boilerplate.skip-link"
    if _key(text) in web_phrases.ADVERTISEMENT:
        return "boilerplate.advertisement"
    if web_phrases.READ_ALSO.match(text):
        return "boilerplate.read-also"
    if web_phrases.SUBSCRIBE.match(text) and len(text.split()) <= 14:
        return "boilerplate.subscribe"
    return None


def is_breadcrumb(text: str) -> bool:
    """Whether *text* is a path through the page: "Home > News > Harbour"."""
    crumbs = [crumb.strip() for crumb in _CRUMB.split(text) if crumb.strip()]
    if len(crumbs) < 2 or any(len(crumb.split()) > 8 for crumb in crumbs[1:]):
        return False
    return crumbs[0].casefold() in web_phrases.HOME


def is_short(item: Item) -> bool:
    """Whether an item is as short as the lines of a menu are."""
    if isinstance(item, FigureText):
        return False
    is_item = BULLET.match(item.text) or read_label(item.text) or HORIZONTAL_RULE.match(item.text)
    return item.size < _SHORT_WORDS and not item.ends_sentence and not item.is_verse and not is_item


def runs_of_short(
    items: Sequence[Item], start: int, end: int, breaks: Container[int] = ()
) -> list[list[int]]:
    """Return the places from *start* to *end* in runs of short lines, run by run; *breaks* belong to none."""
    runs: list[list[int]] = []
    run: list[int] = []
    for at in range(start, end + 1):
        if at < end and at not in breaks and is_short(items[at]):
            run.append(at)
            continue
        if len(run) >= _SHORT_RUN:
            runs.append(run)
        run = []
    return runs


def drop_chrome(
    items: Sequence[Item], is_appeal_opening: Callable[[str], bool]
) -> tuple[list[Item], list[Dropped]]:
    """
    Return *items*, head matter aside, without chrome, and what was left out.

    *is_appeal_opening* tells whether a line asks for donations; no section of chrome goes on past it.
    """
    end = _end_of_text(items)
    reasons = dict(_sections(items, is_appeal_opening)) if end else {}
    reasons = dict(_named(items)) | reasons
    if end:
        reasons = dict(_tail(items, end, is_appeal_opening)) | reasons
    kept = [item for at, item in enumerate(items) if at not in reasons]
    dropped = [Dropped(reason=reasons[at], text=_text_of(items[at])) for at in sorted(reasons)]
    return kept, dropped


def _named(items: Sequence[Item]) -> Iterator[tuple[int, str]]:
    """Yield what names itself; below a line "Read also" the title it leads to goes with it."""
    for at, item in enumerate(items):
        if not isinstance(item, Chunk):
            continue
        if reason := named_reason(item.text):
            yield at, reason
        elif web_phrases.READ_ALSO_ABOVE.fullmatch(item.text):
            after = items[at + 1] if at + 1 < len(items) else None
            yield at, "boilerplate.read-also"
            if isinstance(after, Chunk) and after.size <= 20 and not after.ends_sentence:
                yield at + 1, "boilerplate.read-also"


def _text_of(item: Item) -> str:
    """Return all words of an item."""
    if isinstance(item, Chunk):
        return item.text
    caption = item.caption.text if item.caption else ""
    return " ".join(part for part in (item.alt, caption, item.label, item.credit) if part)


def _end_of_text(items: Sequence[Item]) -> int:
    """Return where the text ends: after its last paragraph, or where the notes stood; 0 if it has no paragraph."""
    end = 0
    for at, item in enumerate(items):
        if isinstance(item, Chunk):
            if item.is_after_notes and end:
                break
            if item.is_prose and not edge_reason(item.text):
                end = at + 1
    return end


def _sections(
    items: Sequence[Item], is_appeal_opening: Callable[[str], bool]
) -> Iterator[tuple[int, str]]:
    """Yield "Related", "Most read" and comments with what follows them, up to the notes, an appeal or the end."""
    total = sum(item.size for item in items if isinstance(item, Chunk))
    before, reason, was_after_notes = 0, "", False
    for at, item in enumerate(items):
        if isinstance(item, Chunk):
            if item.is_after_notes and not was_after_notes:
                was_after_notes, reason = True, ""
            is_late = was_after_notes or before >= total * _LATE
            if is_appeal_opening(item.text) or (
                reason == "boilerplate.related" and item.size >= 60
            ):
                reason = ""
            elif is_late and len(item.text) < 80 and not _has_prose_at(items, at + 1):
                reason = _section(item.text) or reason
            before += item.size
        if reason:
            known = edge_reason(item.text) if isinstance(item, Chunk) else None
            yield at, known or reason


def _section(text: str) -> str:
    if web_phrases.COMMENTS.fullmatch(text):
        return "boilerplate.comments"
    return "boilerplate.related" if web_phrases.RELATED.fullmatch(text) else ""


def _tail(
    items: Sequence[Item], end: int, is_appeal_opening: Callable[[str], bool]
) -> Iterator[tuple[int, str]]:
    """Yield what is known, and runs of short lines, from *end* on."""
    short = {at for run in runs_of_short(items, end, len(items)) for at in run}
    is_asking = False
    for at in range(end, len(items)):
        item = items[at]
        if isinstance(item, FigureText):
            continue
        is_asking = is_asking or (is_appeal_opening(item.text) and at not in short)
        reason = edge_reason(item.text)
        if reason:
            yield at, reason
        elif at in short and not is_asking:
            yield at, "boilerplate.short-lines"


def _has_prose_at(items: Sequence[Item], at: int) -> bool:
    """Whether a long paragraph stands at a place."""
    item = items[at] if at < len(items) else None
    return isinstance(item, Chunk) and item.is_prose and item.size >= 25


def _key(text: str) -> str:
    return " ".join(text.strip(_TRIM).casefold().split()) if len(text) < 80 else ""
