"""Read the lines between title and text: byline, date and reading time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pipeline.loaders.shared.dates import find_date, is_date_line
from pipeline.loaders.text.boilerplate.web_phrases import READING_TIME
from pipeline.models.article import Dropped

_LABEL = re.compile(
    r"(?:(?:written|words|text|story|reported|reporting|posted|published) by|by|von|par|por|di|door|przez|av|af"
    r"|(?:une?|una|um|uma|an?|eine?) [^\W\d_]{3,20} (?:de|von|by|di|da|par|por)"
    r"|propos recueillis par|ein (?:gastbeitrag|kommentar|bericht|interview|essay) von|un texto de|(?:authors?"
    r"|autor(?:in|en|es|a|e|ka)?|auteurs?|autrice|text|texte|texto|testo|tekst|interview|entretien|entrevista|intervista)(?=\s?:))\s?:?\s+(?=\S)",
    re.I,
)
_INNER = re.compile(r"\s(?:by|von|par|por|di|door|przez)\s", re.I)
#: Separates the parts of a line: "12 September 2024 • Jane Doe | Harbour section".
_SEPARATOR = re.compile(r"\s+[•·|–—-]\s+|\s{2,}|\t|\s?[•|]\s?")
#: A line that belongs next to another: "| harbour.example".
_SIDE_LINE = re.compile(r"[|·]\s?\w")
_COMMA = re.compile(r",\s")
#: The most commas after which a date is looked for.
_MAX_COMMAS = 6
#: Words in a byline that are not capitalized.
_LOWER_CASE_WORDS = frozenset(
    "and und et y e i en with mit avec con com met de del della der den dem di da do dos das du des la le van von"
    " vom zu zur ten ter in im for für pour para the special to from bei och og".split()
)
#: Names do not begin with an article: "By the Sea", "Von der Mauer", "Par les champs".
_ARTICLES = frozenset(
    "the a an der die das dem den ein eine le la les un une el los las una il lo gli de het".split()
)
_STAFF = re.compile(
    r"(?:the |unserer |la |der )?"
    r"(?:editors?|editorial board|staff|newsroom|redaktion|rédaction|redacción|redazione|redactie)\b",
    re.I,
)
_WORD = re.compile(r"[^\W\d_][^\s,;/&]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class HeaderLine:
    """What one line below the title says; its other parts are listed as left out."""

    byline: str | None = None
    published: date | None = None
    is_update: bool = False
    has_date: bool = False
    dropped: tuple[Dropped, ...] = ()


def read_header_line(text: str) -> HeaderLine | None:
    """Return what *text* says, None if it has neither byline, date nor reading time."""
    if len(text) > 200:
        return None
    if _SIDE_LINE.match(text) and len(text.split()) <= 5:
        return HeaderLine(dropped=(Dropped(reason="header.line", text=text),))
    parts = [_read_part(part) for part in _split_parts(text)]
    known = [line for line in parts if isinstance(line, HeaderLine)]
    unknown = [part for part in parts if isinstance(part, str)]
    if not known or any(len(part.split()) > 6 for part in unknown):
        return None
    merged = merge_header_lines(known)
    if merged.byline is None and merged.has_date and unknown and is_person_name(unknown[0]):
        merged = replace(merged, byline=unknown.pop(0))
    rest = (Dropped(reason="header.line", text=part) for part in unknown)
    return replace(merged, dropped=(*merged.dropped, *rest))


def merge_header_lines(lines: Sequence[HeaderLine]) -> HeaderLine:
    """Return what *lines* say together: the first byline, and the first date that is not that of an update."""
    bylines = [line.byline for line in lines if line.byline]
    dated = sorted((line for line in lines if line.published), key=lambda line: line.is_update)
    others = (Dropped(reason="header.byline", text=name) for name in bylines[1:])
    return HeaderLine(
        byline=bylines[0] if bylines else None,
        published=dated[0].published if dated else None,
        is_update=bool(dated and dated[0].is_update),
        has_date=any(line.has_date for line in lines),
        dropped=(*(entry for line in lines for entry in line.dropped), *others),
    )


def is_person_name(text: str) -> bool:
    """Whether *text* is a name of two to five words, all capitalized but particles such as "van"."""
    words = text.split()
    capitalized = [word for word in words if word.lower() not in _LOWER_CASE_WORDS]
    return (
        2 <= len(words) <= 5
        and len(capitalized) >= 2
        and all(word[0].isupper() and word.rstrip(".,")[-1:].isalpha() for word in capitalized)
        and words[0].lower() not in _ARTICLES
    )


def _split_parts(text: str) -> Iterator[str]:
    for part in _SEPARATOR.split(text):
        if not (stripped := part.strip()):
            continue
        yield from _split_date(stripped)


def _split_date(text: str) -> Sequence[str]:
    """Return *text*, or what is before and after a comma if that is a date and nothing else."""
    if is_date_line(text):
        return [text]
    for comma in list(_COMMA.finditer(text))[:_MAX_COMMAS]:
        if is_date_line(text[comma.end() :]):
            return [text[: comma.start()], text[comma.end() :]]
    return [text]


def _read_part(text: str) -> HeaderLine | str:
    """Return what a part says, or the part itself if it is unknown."""
    if READING_TIME.fullmatch(text):
        return HeaderLine(dropped=(Dropped(reason="boilerplate.reading-time", text=text),))
    if is_date_line(text):
        return _read_date(text, text)
    return _read_byline(text) or text


def _read_byline(text: str) -> HeaderLine | None:
    """Read "By Jane Doe" and "Publié le 12 septembre 2024 par Marie Durand"."""
    name = _find_name_after_label(text)
    if name is not None:
        label = text[: len(text) - len(name)].strip()
        return HeaderLine(byline=name, dropped=(Dropped(reason="header.byline-label", text=label),))
    inner = _INNER.search(text)
    name = _find_name_after_label(text[inner.start() + 1 :]) if inner else None
    if inner is None or name is None or not is_date_line(text[: inner.start()]):
        return None
    return _read_date(text, text[: len(text) - len(name)].strip(), byline=name)


def _read_date(text: str, date_text: str, *, byline: str | None = None) -> HeaderLine:
    found = find_date(text)
    return HeaderLine(
        byline=byline,
        published=found.day if found else None,
        is_update=bool(found and found.is_update),
        has_date=True,
        dropped=(Dropped(reason="header.date", text=date_text),),
    )


def _find_name_after_label(text: str) -> str | None:
    label = _LABEL.match(text)
    if not label:
        return None
    name = text[label.end() :]
    if _STAFF.match(name):
        return name
    words = _WORD.findall(name)
    if not words or len(words) > 14 or words[0].lower() in _ARTICLES or name[-1] in ".?!:":
        return None
    capitalized = [word for word in words[:4] if word.lower() not in _LOWER_CASE_WORDS]
    upper_case = sum(word[0].isupper() for word in capitalized)
    is_name = words[0][0].isupper() and upper_case * 2 > len(capitalized)
    return name if is_name and len(words[0]) > 1 else None
