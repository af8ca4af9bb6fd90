"""Find the credit of an image, at the end of its caption or on a separate line."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Labels of credits.
_LABEL = (
    r"(?:photos?|photographs?|photography|photographer|photo credits?|image credits?|picture credits?|images?"
    r"|pictures?|credits?|illustrations?|graphics?|bild(?:er|quelle|nachweis)?|fotos?|fotograf(?:in)?|grafik"
    r"|crédits?(?: photos?)?|photographie|dessin|infographie|visuel|crédito|fotografías?|imagen|imágenes"
    r"|ilustración|imagem|imagens|fotografia|immagine|beeld|afbeelding|zdjęci[ea]|fot)"
)
#: Labels of any source; of an image only after a short caption, in brackets.
_WEAK_LABEL = r"(?:sources?|quelle|fuente|fonte|bron|źródło)"
#: In words, of a caption before a weak label.
_MAX_WEAK_CAPTION = 25
_BY = (
    r"(?:(?:photos?|photographs?|pictures?|images?|illustrations?) by|(?:foto|bild|grafik) von"
    r"|fotografía de|foto di|foto van)"
)
_AGENCY = (
    r"(?:AP|AFP|Reuters|REUTERS|dpa|DPA|EPA|epa|ANP|EFE|ANSA|PAP|PA|Getty|Keystone|KEYSTONE|imago|IMAGO|Belga"
    r"|Lusa|LUSA|TT|NTB|Ritzau|Scanpix|Shutterstock|Alamy|Unsplash|Pixabay|iStock|Bloomberg|Xinhua|Magnum|APA|ddp"
    r"|SIPA|Sipa|Europa Press|ullstein bild|akg-images|Wikimedia|Associated Press|Agence France-Presse"
    r"|Press Association|picture[- ]alliance)"
)
#: A name: it contains no end of a sentence except after initials and abbreviations.
_NAME = (
    r"(?:[^\s.!?…()\[\]][^.!?…()\[\]]{0,80}"
    r"(?:(?<=\b[A-Z])\.[^.!?…()\[\]]{0,60}|\.(?=[a-z])[^.!?…()\[\]]{0,60}){0,3})"
)
#: What separates a caption from its credit.
_BREAK = r"(?:^|\s{2,}|(?<=[.!?…”\"»’)\]])\s|\s[–—|/•·-]\s|[,;]\s)"
_FORMS = (
    # Photo: Jane Doe
    re.compile(
        rf"(?:{_BREAK}|\s(?=(?-i:[A-ZÀ-Þ])))(?P<label>{_LABEL}\.?\s?:)\s{{0,2}}(?P<name>{_NAME})\.?$",
        re.I,
    ),
    # (Photo: Jane Doe)
    re.compile(rf"\s?[(\[](?P<label>{_LABEL}\.?\s?:)\s?(?P<name>{_NAME})\.?[)\]]\.?$", re.I),
    # (Source: Harbour Board)
    re.compile(rf"\s?[(\[](?P<label>{_WEAK_LABEL}\s?:)\s?(?P<name>{_NAME})\.?[)\]]\.?$", re.I),
    # Photo by Jane Doe
    re.compile(rf"(?:{_BREAK}|\s?\()(?P<label>{_BY}) (?P<name>{_NAME})\)?\.?$", re.I),
    # Courtesy of the Harbour Archive
    re.compile(rf"(?:{_BREAK}|\s?\()(?P<label>)(?P<name>courtesy (?:of )?{_NAME})\)?\.?$", re.I),
    # © Jane Doe
    re.compile(
        rf"(?:^|\s|(?<=[.!?…])|\()(?P<label>(?:{_LABEL})?\s?(?:©|\(c\)))\s?(?P<name>(?!\d{{4}}\b){_NAME})\)?\.?$",
        re.I,
    ),
    # (AP Photo/Jane Doe), (Jane Doe/Reuters), (Getty Images)
    re.compile(
        rf"\s?\((?P<label>)(?P<name>{_AGENCY}(?: [Pp]hotos?| Images| Pictures)(?:\s?/[^()]{{1,60}})?"
        rf"|{_AGENCY}\s?/\s?[A-ZÀ-Þ][^()]{{2,60}}|[A-ZÀ-Þ][^()/,]{{2,60}}\s?[/,]\s?{_AGENCY}\b[^()]{{0,40}})\)\.?$"
    ),
    # Jane Doe/Getty Images
    re.compile(
        rf"(?:^|\s{{2,}}|(?<=[.!?…”\"»’)\]])\s|\s[–—|•·]\s)"
        rf"(?P<label>)(?P<name>(?:[^\s.!?/|,()][^.!?/|,()]{{0,40}}\s?[/|]\s?)?{_AGENCY}"
        r"(?: Images| Photos?| Pictures| Commons| via [A-Z][^.!?()]{1,30})?(?:\s?[/|]\s?[^.!?()]{1,40})?)$"
    ),
    # Harbour in winter (Reuters)
    re.compile(rf"(?<=[^\s.!?…”])\s\((?P<label>)(?P<name>{_AGENCY})\)$"),
)
#: Every form contains one of these: one search instead of nine.
_HINT = re.compile(
    rf"[:©(]|courtesy|photo|foto|bild|grafik|image|picture|illustration|(?-i:{_AGENCY})", re.I
)
#: In characters from the end of the text.
_MAX_CREDIT = 160


@dataclass(frozen=True, kw_only=True, slots=True)
class Credit:
    """The index at which a credit begins, its label, and the name in it."""

    start: int
    label: str
    credit: str


def read_credit(text: str) -> Credit | None:
    """Return the credit at the end of *text*, if any."""
    start = max(0, len(text) - _MAX_CREDIT)
    if not _HINT.search(text, start):
        return None
    found = [match for form in _FORMS if (match := form.search(text[start:]))]
    if not found:
        return None
    best = min(found, key=lambda match: match.start())
    if re.match(_WEAK_LABEL, best["label"], re.I) and len(text.split()) > _MAX_WEAK_CAPTION:
        return None
    return Credit(start=start + best.start(), label=best["label"], credit=best["name"].strip())


def read_credit_line(text: str) -> Credit | None:
    """Return the credit if *text* contains nothing else."""
    credit = read_credit(text) if len(text) < 120 else None
    return credit if credit and credit.start == 0 else None
