"""The lines between title and text that say who, when and how long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from pipeline.loaders.shared.dates import find_date, is_date_line
from pipeline.loaders.text.web_phrases import READING_TIME
from pipeline.models.article import Dropped

_LABEL = re.compile(
    r"(?:(?:written|words|text|story|reported|reporting|posted|published) by|by|von|par|por|di|door|przez|av|af"
    r"|propos recueillis par|ein (?:gastbeitrag|kommentar|bericht|interview|essay) von|un texto de|(?:authors?"
    r"|autor(?:in|en|es|a|e|ka)?|auteurs?|autrice|text|texte|texto|testo|tekst|interview|entretien|entrevista|intervista)(?=\s?:))\s?:?\s+(?=\S)",
    re.I,
)
_INNER = re.compile(r"\s(?:by|von|par|por|di|door|przez)\s", re.I)
#: Between the parts of one line: "12 September 2024 • Jane Doe | Harbour desk".
_JOINT = re.compile(r"\s+[•·|–—-]\s+|\s{2,}|\t|\s?[•|]\s?")
#: A line that was to stand beside another: "| harbour.example".
_SIDE_LINE = re.compile(r"[|·]\s?\w")
#: A date may follow a name after a comma.
_COMMA_DATE = re.compile(r",\s(?=\S*\d|\S+\s\d)")
#: Words of a byline that bear no capital.
_SMALL = frozenset(
    "and und et y e i en with mit avec con com met de del della der den dem di da do dos das du des la le van von"
    " vom zu zur ten ter in im for für pour para the special to from bei och og".split()
)
#: No name begins with an article: "By the Sea", "Von der Mauer", "Par les champs".
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
    """What one line says beside the title; what is neither name nor date is left out by name."""

    byline: str | None = None
    published: date | None = None
    is_update: bool = False
    has_date: bool = False
    dropped: tuple[Dropped, ...] = ()


def read_head_line(text: str) -> HeaderLine | None:
    """Return what *text* says, or nothing if it is no such line."""
    if len(text) > 200:
        return None
    if _SIDE_LINE.match(text) and len(text.split()) <= 5:
        return HeaderLine(dropped=(Dropped(reason="head.line", text=text),))
    parts = [_read_part(part) for part in _parts(text)]
    strong = [line for line in parts if isinstance(line, HeaderLine)]
    weak = [part for part in parts if isinstance(part, str)]
    if not strong or any(len(part.split()) > 6 for part in weak):
        return None
    byline = next((line.byline for line in strong if line.byline), None)
    has_date = any(line.has_date for line in strong)
    if byline is None and has_date and weak and is_name(weak[0]):
        byline = weak.pop(0)
    days = [line for line in strong if line.published]
    days.sort(key=lambda line: line.is_update)
    return HeaderLine(
        byline=byline,
        published=days[0].published if days else None,
        is_update=bool(days and days[0].is_update),
        has_date=has_date,
        dropped=(
            *(one for line in strong for one in line.dropped),
            *(Dropped(reason="head.line", text=part) for part in weak),
            *_other_names(strong, byline),
        ),
    )


def is_name(text: str) -> bool:
    """Whether *text* is a person's name: two to five words, each with a capital but for the likes of "van"."""
    words = text.split()
    big = [word for word in words if word.lower() not in _SMALL]
    return (
        2 <= len(words) <= 5
        and len(big) >= 2
        and all(word[0].isupper() and word.rstrip(".,")[-1:].isalpha() for word in big)
        and words[0].lower() not in _ARTICLES
    )


def _parts(text: str) -> Iterator[str]:
    for part in _JOINT.split(text):
        if part.strip():
            pieces = (
                [part.strip()]
                if is_date_line(part.strip())
                else _COMMA_DATE.split(part.strip(), maxsplit=1)
            )
            is_dated = len(pieces) == 2 and is_date_line(pieces[1])
            yield from pieces if is_dated else [part.strip()]


def _read_part(text: str) -> HeaderLine | str:
    """Return what a part says, or the part itself if that is nothing known."""
    if READING_TIME.fullmatch(text):
        return HeaderLine(dropped=(Dropped(reason="boilerplate.reading-time", text=text),))
    if is_date_line(text):
        found = find_date(text)
        return HeaderLine(
            published=found.day if found else None,
            is_update=bool(found and found.is_update),
            has_date=True,
            dropped=(Dropped(reason="head.date", text=text),),
        )
    return _dated_byline(text) or text


def _dated_byline(text: str) -> HeaderLine | None:
    """Read "By Jane Doe" and "Publié le 12 septembre 2024 par Marie Durand"."""
    name = _name_after_label(text)
    if name is not None:
        label = text[: len(text) - len(name)].strip()
        return HeaderLine(byline=name, dropped=(Dropped(reason="head.byline-label", text=label),))
    inner = _INNER.search(text)
    name = _name_after_label(text[inner.start() + 1 :]) if inner else None
    if inner is None or name is None or not is_date_line(text[: inner.start()]):
        return None
    found = find_date(text)
    when = text[: len(text) - len(name)].strip()
    return HeaderLine(
        byline=name,
        published=found.day if found else None,
        is_update=bool(found and found.is_update),
        has_date=True,
        dropped=(Dropped(reason="head.date", text=when),),
    )


def _name_after_label(text: str) -> str | None:
    label = _LABEL.match(text)
    if not label:
        return None
    name = text[label.end() :]
    if _STAFF.match(name):
        return name
    words = _WORD.findall(name)
    if not words or len(words) > 14 or words[0].lower() in _ARTICLES or name[-1] in ".?!:":
        return None
    big = [word for word in words[:4] if word.lower() not in _SMALL]
    is_capital = words[0][0].isupper() and sum(word[0].isupper() for word in big) * 2 > len(big)
    return name if is_capital and len(words[0]) > 1 else None


def _other_names(lines: list[HeaderLine], byline: str | None) -> Iterator[Dropped]:
    """Yield the names of one line beside its first."""
    names = [line.byline for line in lines if line.byline]
    for name in names[1:] if names and names[0] == byline else names:
        yield Dropped(reason="head.byline", text=name)
