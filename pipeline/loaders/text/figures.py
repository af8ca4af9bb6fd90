"""
Find figures in copied text, where an alternative text, a caption or a credit is all that is left of them.

1. An alternative text followed by a caption with the same words.
2. A caption that ends in a credit, or is followed by a line with the credit.
3. A label: `[Illustration: …]`, "Image caption, …".
4. A short fragment with more space around it than paragraphs have: an image lost in copying.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.loaders.shared.image_credits import Credit, read_credit, read_credit_line
from pipeline.loaders.text.boilerplate.match_lines import match_edge_boilerplate
from pipeline.loaders.text.chunks import (
    BULLET,
    RULE,
    Chunk,
    FigureText,
    Item,
    usual_blank_lines,
)
from pipeline.loaders.text.footnotes.labels import read_label

#: Captions are not longer than this.
_MAX_CAPTION_WORDS = 60
#: Without a credit a longer caption is a paragraph that was copied twice.
_MAX_UNCREDITED_WORDS = 25
#: The share of words that an alternative text and its caption have in common.
_MIN_SIMILARITY = 0.8
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_WORD = re.compile(r"[^\W_]+")

_BRACKETED = re.compile(
    r"\[\s?(illustrations?|image|picture|photo(?:graph)?|figure|bild|abbildung|foto|photographie|ilustración|imagen"
    r"|fotografía|immagine|afbeelding|ilustracja)\s?(?::\s?|\])",
    re.I,
)
#: Labels on the BBC's pages.
_SOURCE_OR_CAPTION = re.compile(r"(image (?:source|caption)),\s+(?=\S)", re.I)
#: How alternative texts begin.
_IMAGE_DESCRIPTION = re.compile(
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


def find_figures(chunks: Sequence[Chunk]) -> list[Item]:
    """Return *chunks* with the parts of each figure combined into one item."""
    prose = next((i for i, chunk in enumerate(chunks) if _is_text(chunk)), None)
    text_start = len(chunks) if prose is None else prose
    text_end = max((i for i, chunk in enumerate(chunks) if _is_text(chunk)), default=0)
    isolated = _find_isolated_fragments(chunks, text_start)
    items: list[Item] = []
    i = 0
    while i < len(chunks):
        figure, count = _read_figure(
            chunks, i, is_in_text=text_start < i, is_isolated=i in isolated
        )
        if (
            figure
            and i > text_end
            and any(_is_copyright(one.text) for one in chunks[i : i + count])
        ):
            figure, count = None, 1
        items.append(figure or chunks[i])
        i += count
    return items


def _is_text(chunk: Chunk) -> bool:
    """Whether a chunk is a paragraph, and no notice of the page."""
    return chunk.is_prose and match_edge_boilerplate(chunk.text) is None


def _read_figure(
    chunks: Sequence[Chunk], i: int, *, is_in_text: bool, is_isolated: bool
) -> tuple[FigureText | None, int]:
    """Return the figure that begins at chunk *i*, else None, and the number of chunks it takes."""
    chunk = chunks[i]
    after = chunks[i + 1] if i + 1 < len(chunks) else None
    if labelled := _read_labelled(chunk, after):
        return labelled
    if chunk.word_count > _MAX_CAPTION_WORDS or _starts_item(chunk):
        return None, 1
    is_trail = not is_in_text and match_edge_boilerplate(chunk.text) is not None
    if (
        after
        and not is_trail
        and (figure := _pair_with_caption(chunk, after, is_in_text=is_in_text))
    ):
        third = chunks[i + 2] if i + 2 < len(chunks) else None
        if not figure.credit and third and (credit_line := read_credit_line(third.text)):
            return replace(figure, credit=credit_line.credit, label=credit_line.label), 3
        return figure, 2
    credit = None if _is_copyright(chunk.text) else read_credit(chunk.text)
    if credit and not any(span.notes and span.end > credit.start for span in chunk.removed):
        return _split_credit(chunk, credit), 1
    if after and (credit_line := _find_credit_below(chunk, after, is_in_text)):
        return FigureText(caption=chunk, credit=credit_line.credit, label=credit_line.label), 2
    if is_in_text and after and _is_fragment(chunk) and (is_isolated or _describes_image(chunk)):
        return FigureText(caption=chunk), 1
    return None, 1


def _is_copyright(text: str) -> bool:
    """Whether a line is the notice of a whole page, with the year: "© 2024 The Harbour Gazette"."""
    return match_edge_boilerplate(text) == "boilerplate.copyright" and bool(_YEAR.search(text))


def _read_labelled(chunk: Chunk, after: Chunk | None) -> tuple[FigureText, int] | None:
    """Read `[Illustration: …]`, and labelled lines with an image source and an image caption."""
    text = chunk.text
    if text[0] == "[" and (match := _BRACKETED.match(text)) and text.endswith("]"):
        caption = chunk.slice(match.end(), len(text) - 1) if match.end() < len(text) else None
        has_words = caption is not None and caption.text.strip()
        return FigureText(caption=caption if has_words else None, label=match[1]), 1
    first = _SOURCE_OR_CAPTION.match(text)
    if not first:
        return None
    second = _SOURCE_OR_CAPTION.match(after.text) if after else None
    pieces = {first[1].lower(): chunk.slice(first.end())}
    labels = [first[1]]
    if after and second and second[1].lower() not in pieces:
        pieces[second[1].lower()] = after.slice(second.end())
        labels.append(second[1])
    source = pieces.get("image source")
    return FigureText(
        caption=pieces.get("image caption"),
        credit=source.visible_text if source else None,
        label=" ".join(labels),
    ), len(labels)


def _pair_with_caption(chunk: Chunk, after: Chunk, *, is_in_text: bool) -> FigureText | None:
    """Return the figure whose alternative text is *chunk* and whose caption is *after*."""
    if after.word_count > _MAX_CAPTION_WORDS or chunk.word_count < 2 or chunk.cites_notes:
        return None  # no alternative text cites a note
    words = _distinct_words(chunk)
    if len(words & _distinct_words(after)) < _MIN_SIMILARITY * len(words):
        return None
    credit = read_credit(after.text)
    caption = after.slice(0, credit.start) if credit else after
    if not _are_similar(chunk, caption, has_credit=credit is not None):
        return None
    if credit is None and (not is_in_text or chunk.word_count > _MAX_UNCREDITED_WORDS):
        return None
    return FigureText(
        alt=chunk.visible_text,
        caption=caption,
        credit=credit.credit if credit else None,
        label=credit.label if credit else "",
    )


def _distinct_words(chunk: Chunk) -> set[str]:
    return set(_WORD.findall(chunk.visible_text.lower()))


def _are_similar(one: Chunk, other: Chunk, *, has_credit: bool) -> bool:
    """Whether two chunks say the same; without a credit they must be long and hold the same numbers."""
    words, other_words = _distinct_words(one), _distinct_words(other)
    if not words or not other_words:
        return False
    if words == other_words:
        return has_credit or len(words) >= 4
    if min(len(words), len(other_words)) < 5:
        return False
    have_same_numbers = all(word.isalpha() for word in words ^ other_words)
    are_similar = len(words & other_words) >= _MIN_SIMILARITY * max(len(words), len(other_words))
    return are_similar and (has_credit or have_same_numbers)


def _split_credit(chunk: Chunk, credit: Credit) -> FigureText:
    caption = chunk.slice(0, credit.start)
    return FigureText(
        caption=caption if caption.text.strip() else None, credit=credit.credit, label=credit.label
    )


def _find_credit_below(chunk: Chunk, after: Chunk, is_in_text: bool) -> Credit | None:
    """Return the credit on its own line below a caption, which is short and not a title at the top."""
    is_caption = chunk.word_count <= 30 and (
        is_in_text or chunk.word_count >= 8 or chunk.ends_sentence
    )
    if not is_caption or _BRACKETED.match(after.text):
        return None
    return read_credit_line(after.text)


def _is_fragment(chunk: Chunk) -> bool:
    is_open = chunk.visible_text.endswith((":", ",", ";"))
    return 1 < chunk.word_count <= 25 and not chunk.ends_sentence and not is_open


def _describes_image(chunk: Chunk) -> bool:
    return chunk.word_count > 3 and _IMAGE_DESCRIPTION.match(chunk.text) is not None


def _find_isolated_fragments(chunks: Sequence[Chunk], text_start: int) -> set[int]:
    """
    Return the fragments followed, but not preceded, by more blank lines than usual: the space of a lost image.

    Several of them may be headings with space below, unless captions on the same page are spaced like that too.
    """
    blank_lines = usual_blank_lines(chunks)
    isolated: set[int] = set()
    has_spaced_captions = False
    for i in range(text_start + 1, len(chunks) - 1):
        chunk, after = chunks[i], chunks[i + 1]
        if (
            not after.blank_lines > blank_lines >= chunk.blank_lines
            or chunk.word_count > _MAX_CAPTION_WORDS
        ):
            continue
        if _pair_with_caption(chunk, after, is_in_text=True):
            has_spaced_captions = True
        elif after.is_prose and _is_fragment(chunk):
            isolated.add(i)
    return isolated if has_spaced_captions or len(isolated) == 1 else set()


def _starts_item(chunk: Chunk) -> bool:
    text = chunk.text
    return bool(chunk.is_verse or BULLET.match(text) or read_label(text) or RULE.match(text))
