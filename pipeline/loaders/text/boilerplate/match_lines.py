"""
Match boilerplate by its words: the menus, buttons, notices and links around an article, each by a named rule.

At the edges, before the title and after the last paragraph, many words are enough. Inside the article only explicit
labels are: "Advertisement", "Read also: …".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.loaders.text.boilerplate import web_phrases
from pipeline.loaders.text.boilerplate.language_links import is_language_links
from pipeline.loaders.text.chunks import Chunk, RemovedSpan
from pipeline.models.article import Dropped

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
    if len(crumbs) < 2 or any(len(crumb.split()) > 8 for crumb in crumbs[1:-1]):
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
    ("boilerplate.languages", is_language_links),
    ("boilerplate.breadcrumb", _is_breadcrumb),
)


def _normalize(text: str) -> str:
    return " ".join(text.strip(_TRIM).casefold().split()) if len(text) < 80 else ""
