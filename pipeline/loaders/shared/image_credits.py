"""The credit of a picture, at the end of its caption or on a line of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Words that name a credit.
_LABEL = (
    r"(?:photos?|photographs?|photography|photographer|photo credits?|image credits?|picture credits?|images?"
    r"|pictures?|credits?|illustrations?|graphics?|bild(?:er|quelle|nachweis)?|fotos?|fotograf(?:in)?|grafik"
    r"|crédits?(?: photos?)?|photographie|dessin|infographie|visuel|crédito|fotografías?|imagen|imágenes"
    r"|ilustración|imagem|imagens|fotografia|immagine|beeld|afbeelding|zdjęci[ea]|fot)"
)
#: These name a source of many kinds: of a picture only below something short, in brackets.
_WEAK_LABEL = r"(?:sources?|quelle|fuente|fonte|bron|źródło)"
_WEAK_LONGEST = 25
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
#: A name: no sentence ends in it, but initials and shortened words do.
_NAME = (
    r"(?:[^\s.!?…()\[\]][^.!?…()\[\]]{0,80}"
    r"(?:(?<=\b[A-Z])\.[^.!?…()\[\]]{0,60}|\.(?=[a-z])[^.!?…()\[\]]{0,60}){0,3})"
)
#: What parts a caption from its credit.
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
#: Without one of these no form fits: one look instead of nine.
_HINT = re.compile(
    rf"[:©(]|courtesy|photo|foto|bild|grafik|image|picture|illustration|(?-i:{_AGENCY})", re.I
)
#: How far from the end of a chunk a credit is sought.
_REACH = 160


@dataclass(frozen=True, kw_only=True, slots=True)
class Credit:
    """Where a credit begins, the word that names it, and whose it is."""

    start: int
    label: str
    credit: str


def read_credit(text: str) -> Credit | None:
    """Return the credit *text* ends with, if any."""
    begin = max(0, len(text) - _REACH)
    if not _HINT.search(text, begin):
        return None
    found = [match for form in _FORMS if (match := form.search(text[begin:]))]
    if not found:
        return None
    best = min(found, key=lambda match: match.start())
    if re.match(_WEAK_LABEL, best["label"], re.I) and len(text.split()) > _WEAK_LONGEST:
        return None
    return Credit(start=begin + best.start(), label=best["label"], credit=best["name"].strip())


def read_credit_line(text: str) -> Credit | None:
    """Return the credit that *text* is, if it is nothing else."""
    credit = read_credit(text) if len(text) < 120 else None
    return credit if credit and credit.start == 0 else None
