"""
Pictures in copied text: what is left of them is an alternative text, a caption, a credit, in any mixture.

1. An alternative text and a caption that say the same: one picture.
2. A caption that ends in a credit, or a credit on a line of its own below it.
3. A label: `[Illustration: …]`, "Image caption, …".
4. A lone fragment set apart by more space than paragraphs are: a picture lost in copying.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.loaders.shared.image_credits import Credit, read_credit, read_credit_line
from pipeline.loaders.text.chunks import (
    BULLET,
    HORIZONTAL_RULE,
    Chunk,
    FigureText,
    Item,
    first_prose,
    usual_gap,
)
from pipeline.loaders.text.footnotes.labels import read_label

#: Captions are no longer than this, in words.
_LONGEST = 60
#: And without a credit: longer ones are a paragraph that was copied twice.
_LONGEST_BARE = 25
#: Shared words from which an alternative text and a caption are the same.
_ALIKE = 0.8
_WORD = re.compile(r"[^\W_]+")

_BRACKETED = re.compile(
    r"\[\s?(illustrations?|image|picture|photo(?:graph)?|figure|bild|abbildung|foto|photographie|ilustración|imagen"
    r"|fotografía|immagine|afbeelding|ilustracja)\s?(?::\s?|\])",
    re.I,
)
#: As the BBC's pages set them.
_LABELLED = re.compile(r"(image (?:source|caption)),\s+(?=\S)", re.I)
#: How alternative texts begin.
_DEPICTS = re.compile(
    r"(?:(?:an? )?(?:aerial |archive |file |black and white )?(?:maps?|photos?|photographs?|images?|pictures?"
    r"|charts?|graphs?|diagrams?|illustrations?|screenshots?|portraits?|drawings?|paintings?|infographics?)"
    r" (?:of|showing|with|from|shows)"
    r"|(?:une? )?(?:carte|photo|photographie|image|graphique|schéma|dessin|portrait|illustration)"
    r" (?:d[eu]|des|montrant|représentant)"
    r"|(?:eine? )?(?:karte|foto|bild|grafik|diagramm|zeichnung|aufnahme|porträt) (?:von|der|des|zeigt|mit|aus)"
    r"|(?:una? |um )?(?:mapa|foto|fotografía|fotografia|imagen|imagem|gráfico|dibujo|retrato) (?:de|del|da|do|que)"
    r"|(?:una? )?(?:cartina|mappa|foto|immagine|grafico|disegno) (?:di|del|della|che)"
    r"|(?:kaart|foto|afbeelding|grafiek) van)\b",
    re.I,
)


def find_pictures(chunks: Sequence[Chunk]) -> list[Item]:
    """Return *chunks* with what is left of pictures put together."""
    prose = first_prose(chunks)
    begin = len(chunks) if prose is None else prose
    apart = _lost_by_space(chunks, begin)
    items: list[Item] = []
    at = 0
    while at < len(chunks):
        picture, taken = _picture(chunks, at, is_in_text=at > begin, is_apart=at in apart)
        items.append(picture or chunks[at])
        at += taken
    return items


def _picture(
    chunks: Sequence[Chunk], at: int, *, is_in_text: bool, is_apart: bool
) -> tuple[FigureText | None, int]:
    """Return the picture that begins with a chunk, if one does, and how many chunks it takes."""
    chunk = chunks[at]
    after = chunks[at + 1] if at + 1 < len(chunks) else None
    if labelled := _labelled(chunk, after):
        return labelled
    if chunk.size > _LONGEST or _begins_item(chunk):
        return None, 1
    if after and (paired := _paired(chunk, after, is_in_text=is_in_text)):
        further = chunks[at + 2] if at + 2 < len(chunks) else None
        if not paired.credit and further and (alone := read_credit_line(further.text)):
            return replace(paired, credit=alone.credit, label=alone.label), 3
        return paired, 2
    if credit := read_credit(chunk.text):
        return _credited(chunk, credit), 1
    if after and (alone := _credit_below(chunk, after, is_in_text)):
        return FigureText(caption=chunk, credit=alone.credit, label=alone.label), 2
    if is_in_text and after and _is_fragment(chunk) and (is_apart or _depicts(chunk)):
        return FigureText(caption=chunk), 1
    return None, 1


def _labelled(chunk: Chunk, after: Chunk | None) -> tuple[FigureText, int] | None:
    """Read `[Illustration: …]`, and a source and a caption that name themselves."""
    text = chunk.text
    if text[0] == "[" and (found := _BRACKETED.match(text)) and text.endswith("]"):
        caption = chunk.part(found.end(), len(text) - 1) if found.end() < len(text) else None
        has_words = caption is not None and caption.text.strip()
        return FigureText(caption=caption if has_words else None, label=found[1]), 1
    first = _LABELLED.match(text)
    if not first:
        return None
    second = _LABELLED.match(after.text) if after else None
    pieces = {first[1].lower(): chunk.part(first.end())}
    labels = [first[1]]
    if after and second and second[1].lower() not in pieces:
        pieces[second[1].lower()] = after.part(second.end())
        labels.append(second[1])
    source = pieces.get("image source")
    return FigureText(
        caption=pieces.get("image caption"),
        credit=source.shown if source else None,
        label=" ".join(labels),
    ), len(labels)


def _paired(chunk: Chunk, after: Chunk, *, is_in_text: bool) -> FigureText | None:
    """Return the picture whose alternative text is *chunk* and whose caption is *after*."""
    if after.size > _LONGEST or chunk.size < 2 or any(cut.notes for cut in chunk.cuts):
        return None  # no alternative text cites a note
    ours = _words(chunk)
    if len(ours & _words(after)) < _ALIKE * len(ours):
        return None
    credit = read_credit(after.text)
    caption = after.part(0, credit.start) if credit else after
    if not _are_alike(chunk, caption, is_sure=credit is not None):
        return None
    if credit is None and (not is_in_text or chunk.size > _LONGEST_BARE):
        return None
    return FigureText(
        alt=chunk.shown,
        caption=caption,
        credit=credit.credit if credit else None,
        label=credit.label if credit else "",
    )


def _words(chunk: Chunk) -> set[str]:
    return set(_WORD.findall(chunk.shown.lower()))


def _are_alike(one: Chunk, other: Chunk, *, is_sure: bool) -> bool:
    """Whether two chunks say the same; without a credit to make it sure, at length and with the same numbers."""
    ours, theirs = _words(one), _words(other)
    if not ours or not theirs:
        return False
    if ours == theirs:
        return is_sure or len(ours) >= 4
    if min(len(ours), len(theirs)) < 5:
        return False
    have_same_numbers = all(word.isalpha() for word in ours ^ theirs)
    alike = len(ours & theirs) >= _ALIKE * max(len(ours), len(theirs))
    return alike and (is_sure or have_same_numbers)


def _credited(chunk: Chunk, credit: Credit) -> FigureText:
    caption = chunk.part(0, credit.start)
    return FigureText(
        caption=caption if caption.text.strip() else None, credit=credit.credit, label=credit.label
    )


def _credit_below(chunk: Chunk, after: Chunk, is_in_text: bool) -> Credit | None:
    """Return the credit that stands alone below a caption: something short, and not a title at the top."""
    is_caption = chunk.size <= 30 and (is_in_text or chunk.size >= 8 or chunk.ends_sentence)
    if not is_caption or _BRACKETED.match(after.text):
        return None
    return read_credit_line(after.text)


def _is_fragment(chunk: Chunk) -> bool:
    is_open = chunk.shown.endswith((":", ",", ";"))
    return 1 < chunk.size <= 25 and not chunk.ends_sentence and not is_open


def _depicts(chunk: Chunk) -> bool:
    return chunk.size > 3 and _DEPICTS.match(chunk.text) is not None


def _lost_by_space(chunks: Sequence[Chunk], begin: int) -> set[int]:
    """
    Return the fragments below which more space stands than usual, and not above: pictures took that space.

    If there are several, it may be how the page sets its headings, unless captions of the same page stand so too.
    """
    gap = usual_gap(chunks)
    apart: set[int] = set()
    is_usual = False
    for at in range(begin + 1, len(chunks) - 1):
        chunk, after = chunks[at], chunks[at + 1]
        if not after.gap > gap >= chunk.gap or chunk.size > _LONGEST:
            continue
        if _paired(chunk, after, is_in_text=True):
            is_usual = True
        elif after.is_prose and _is_fragment(chunk):
            apart.add(at)
    return apart if is_usual or len(apart) == 1 else set()


def _begins_item(chunk: Chunk) -> bool:
    text = chunk.text
    return bool(
        chunk.is_verse or BULLET.match(text) or read_label(text) or HORIZONTAL_RULE.match(text)
    )
