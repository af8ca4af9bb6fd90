"""
Remove boilerplate: the menus, buttons, notices and links around an article, each by a named rule.

At the edges, before the title and after the last paragraph, lines are recognized by their words, and runs of short
lines by their length. Inside the article only explicit labels are: "Advertisement", "Read also: …".
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from pipeline.loaders.shared.find_appeal import is_appeal_opening
from pipeline.loaders.text import web_phrases
from pipeline.loaders.text.chunks import BULLET, RULE, Chunk, FigureText, Item, RemovedSpan
from pipeline.loaders.text.footnotes.labels import read_label
from pipeline.models.article import Dropped

#: A run of this many short lines at an edge is a menu.
_MIN_SHORT_LINES = 4
_MAX_SHORT_WORDS = 4
#: "Related" and "3 comments" begin a section only after this share of the words.
_LATE = 0.6

_TRIM = " \t\xa0.…:›»▾▼>+×•·|"
_CRUMB = re.compile(r"\s?[>›»→/|]\s?")
_TAGS = re.compile(
    r"(?:tags?|filed under|topics|keywords|themen|schlagwörter|schlagworte|sujets|mots-clés|temas|etiquetas"
    r"|archivado en|tópicos|argomenti|tagi|trefwoorden)\s?:\s?\S.{0,200}",
    re.I,
)
#: The edit links of encyclopedias.
_EDIT = re.compile(
    r"\s?\[\s?(?:edit|edit source|bearbeiten|quelltext bearbeiten|modifier|modifier le code|editar|editar código"
    r"|modifica|modifica wikitesto|bewerken|edytuj|redigera|\s\|\s){1,3}\s?\]$",
    re.I,
)
_PHRASES = {
    "boilerplate.menu": web_phrases.MENU | web_phrases.HOME,
    "boilerplate.cookies": web_phrases.CONSENT,
    "boilerplate.share": web_phrases.SHARE,
    "boilerplate.footer": web_phrases.FOOTER,
    "boilerplate.advertisement": web_phrases.ADVERTISEMENT,
}
_REASONS = {line: reason for reason, lines in _PHRASES.items() for line in lines}
_GUTENBERG_START = re.compile(r"\*{3}\s?START OF (?:TH(?:E|IS) )?PROJECT GUTENBERG", re.I)
_GUTENBERG_END = re.compile(
    r"\*{3}\s?END OF (?:TH(?:E|IS) )?PROJECT GUTENBERG|End of (?:the )?Project Gutenberg", re.I
)


def remove_gutenberg_notices(chunks: Sequence[Chunk]) -> tuple[Sequence[Chunk], list[Dropped]]:
    """Return *chunks* without Project Gutenberg's notice and licence, and what was left out."""
    starts = [i + 1 for i, chunk in enumerate(chunks) if _GUTENBERG_START.match(chunk.text)]
    start = starts[0] if starts else 0
    ends = [i for i, chunk in enumerate(chunks) if i >= start and _GUTENBERG_END.match(chunk.text)]
    end = ends[0] if ends else len(chunks)
    outside = [*chunks[:start], *chunks[end:]]
    dropped = [Dropped(reason="boilerplate.gutenberg", text=chunk.text) for chunk in outside]
    return chunks[start:end], dropped


def remove_edit_links(chunks: Sequence[Chunk]) -> list[Chunk]:
    """Return *chunks* with the "[edit]" after headings removed."""
    result = []
    for chunk in chunks:
        end = len(chunk.text)
        if match := _EDIT.search(chunk.text, max(0, end - 60)):
            span = RemovedSpan(start=match.start(), end=end, rule="boilerplate.edit-link")
            chunk = chunk.remove([span])
        result.append(chunk)
    return result


def match_edge_boilerplate(text: str) -> str | None:
    """Return the rule by which *text*, a line at the edge of a page, is boilerplate; None if it is not."""
    if len(text) > 900:
        return None
    if reason := match_boilerplate(text) or _REASONS.get(_normalize(text)):
        return reason
    rules = _EDGE_RULES if len(text) <= 120 else _LONG_EDGE_RULES
    return next((reason for reason, match in rules if match(text)), None)


def match_boilerplate(text: str) -> str | None:
    """Return the rule by which *text* is boilerplate anywhere on a page; None if it is not."""
    if len(text) > 160:
        return None
    if web_phrases.SKIP.match(text) and len(text.split()) <= 7:
        return "boilerplate.skip-link"
    if _normalize(text) in web_phrases.ADVERTISEMENT:
        return "boilerplate.advertisement"
    if web_phrases.READ_ALSO.match(text):
        return "boilerplate.read-also"
    if web_phrases.SUBSCRIBE.match(text) and len(text.split()) <= 14:
        return "boilerplate.subscribe"
    return None


def _is_breadcrumb(text: str) -> bool:
    """Whether *text* is a breadcrumb trail: "Home > News > Harbour"."""
    crumbs = [crumb.strip() for crumb in _CRUMB.split(text) if crumb.strip()]
    if len(crumbs) < 2 or any(len(crumb.split()) > 8 for crumb in crumbs[1:]):
        return False
    return crumbs[0].casefold() in web_phrases.HOME


#: The rules for lines at an edge, in order; the first ones for longer texts too.
_LONG_EDGE_RULES = (
    ("boilerplate.share", web_phrases.SHARE_ON.fullmatch),
    ("boilerplate.copyright", web_phrases.COPYRIGHT.match),
    ("boilerplate.cookies", web_phrases.COOKIE.match),
)
_EDGE_RULES = (
    *_LONG_EDGE_RULES,
    ("boilerplate.reading-time", web_phrases.READING_TIME.fullmatch),
    ("boilerplate.tagline", web_phrases.TAGLINE.match),
    ("boilerplate.tags", _TAGS.fullmatch),
    ("boilerplate.breadcrumb", _is_breadcrumb),
)


def _is_short_line(item: Item) -> bool:
    """Whether an item is as short as a line of a menu."""
    if isinstance(item, FigureText):
        return False
    if BULLET.match(item.text) or read_label(item.text) or RULE.match(item.text):
        return False
    return item.word_count < _MAX_SHORT_WORDS and not item.ends_sentence and not item.is_verse


def find_short_line_runs(
    items: Sequence[Item], start: int, end: int, breaks: Container[int] = ()
) -> list[list[int]]:
    """Return the runs of short lines between *start* and *end*, as lists of indexes; *breaks* end a run."""
    runs: list[list[int]] = []
    run: list[int] = []
    for i in range(start, end + 1):
        if i < end and i not in breaks and _is_short_line(items[i]):
            run.append(i)
            continue
        if len(run) >= _MIN_SHORT_LINES:
            runs.append(run)
        run = []
    return runs


def remove_boilerplate(items: Sequence[Item]) -> tuple[list[Item], list[Dropped]]:
    """Return *items*, which follow the header block, without boilerplate, and what was left out."""
    end = _find_end_of_text(items)
    reasons = dict(_find_sections(items)) if end else {}
    reasons = dict(_find_marked(items)) | reasons
    if end:
        reasons = dict(_find_tail(items, end)) | reasons
    kept = [item for i, item in enumerate(items) if i not in reasons]
    dropped = [Dropped(reason=reasons[i], text=_join_text(items[i])) for i in sorted(reasons)]
    return kept, dropped


def _find_marked(items: Sequence[Item]) -> Iterator[tuple[int, str]]:
    """Yield items with an explicit label, and the linked title below a line "Read also"."""
    for i, item in enumerate(items):
        if not isinstance(item, Chunk):
            continue
        if reason := match_boilerplate(item.text):
            yield i, reason
        elif web_phrases.READ_ALSO_ABOVE.fullmatch(item.text):
            after = items[i + 1] if i + 1 < len(items) else None
            yield i, "boilerplate.read-also"
            if isinstance(after, Chunk) and after.word_count <= 20 and not after.ends_sentence:
                yield i + 1, "boilerplate.read-also"


def _join_text(item: Item) -> str:
    """Return all text of an item."""
    if isinstance(item, Chunk):
        return item.text
    caption = item.caption.text if item.caption else ""
    return " ".join(part for part in (item.alt, caption, item.label, item.credit) if part)


def _find_end_of_text(items: Sequence[Item]) -> int:
    """Return the end of the text: after its last paragraph, or where the notes were; 0 without a paragraph."""
    end = 0
    for i, item in enumerate(items):
        if isinstance(item, Chunk):
            if item.is_after_notes and end:
                break
            if item.is_prose and not match_edge_boilerplate(item.text):
                end = i + 1
    return end


def _find_sections(items: Sequence[Item]) -> Iterator[tuple[int, str]]:
    """Yield "Related", "Most read" and comments with what follows them, up to the notes, an appeal or the end."""
    total = sum(item.word_count for item in items if isinstance(item, Chunk))
    before, reason, was_after_notes = 0, "", False
    for i, item in enumerate(items):
        if isinstance(item, Chunk):
            if item.is_after_notes and not was_after_notes:
                was_after_notes, reason = True, ""
            is_late = was_after_notes or before >= total * _LATE
            is_article = reason == "boilerplate.related" and item.word_count >= 60
            if is_article or is_appeal_opening(item.text):
                reason = ""
            elif is_late and len(item.text) < 80 and not _is_long_paragraph(items, i + 1):
                reason = _match_section_heading(item.text) or reason
            before += item.word_count
        if reason:
            known = match_edge_boilerplate(item.text) if isinstance(item, Chunk) else None
            yield i, known or reason


def _match_section_heading(text: str) -> str:
    if web_phrases.COMMENTS.fullmatch(text):
        return "boilerplate.comments"
    return "boilerplate.related" if web_phrases.RELATED.fullmatch(text) else ""


def _find_tail(items: Sequence[Item], end: int) -> Iterator[tuple[int, str]]:
    """Yield known lines and runs of short lines from *end* on."""
    short = {i for run in find_short_line_runs(items, end, len(items)) for i in run}
    is_appeal = False
    for i in range(end, len(items)):
        item = items[i]
        if isinstance(item, FigureText):
            continue
        is_appeal = is_appeal or (is_appeal_opening(item.text) and i not in short)
        if reason := match_edge_boilerplate(item.text):
            yield i, reason
        elif i in short and not is_appeal:
            yield i, "boilerplate.short-lines"


def _is_long_paragraph(items: Sequence[Item], i: int) -> bool:
    """Whether item *i* is a long paragraph."""
    item = items[i] if i < len(items) else None
    return isinstance(item, Chunk) and item.is_prose and item.word_count >= 25


def _normalize(text: str) -> str:
    return " ".join(text.strip(_TRIM).casefold().split()) if len(text) < 80 else ""
