"""Replace the symbols of fonts (Wingdings, Webdings, Symbol) by the characters that look like them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from pipeline.loaders.word.elements import Element, W, make_run, replace_by
from pipeline.loaders.word.styles.style_sheet import StyleSheet

#: The private use area that symbol fonts are shown in: their code and 0xF000.
_SYMBOL_AREA = range(0xF000, 0xF100)
_PRIVATE_AREA = range(0xE000, 0xF900)


def replace_symbols(part: Element, styles: StyleSheet) -> list[str]:
    """Replace the symbols in *part*, and return font and code of those without a character, which are left out."""
    missing: list[str] = []
    for symbol in list(part.iter(f"{W}sym")):
        font = symbol.get(f"{W}font") or ""
        try:
            code = int(symbol.get(f"{W}char") or "0", 16)
        except ValueError:
            code = 0
        character = _find_character(font, code)
        if not character:
            missing.append(f"{font} {code:04X}".strip())
        replace_by(symbol, [make_run(character or "")[-1]])
    for text in part.iter(f"{W}t"):
        content = text.text or ""
        font = styles.find_font(text.getparent())
        is_symbol_font = font in _list_fonts()
        if not is_symbol_font and not any(ord(c) in _PRIVATE_AREA for c in content):
            continue
        pieces = []
        for character in content:
            if ord(character) not in _PRIVATE_AREA and (
                not is_symbol_font or character.isspace() or ord(character) > 0xFF
            ):
                pieces.append(character)
                continue
            found = _find_character(font, ord(character))
            if not found:
                missing.append(f"{font} {ord(character):04X}".strip())
            pieces.append(found or "")
        text.text = "".join(pieces)
    return missing


def _find_character(font: str, code: int) -> str | None:
    """Return the character that looks like *code* in *font*; a font that is no symbol font shows its own."""
    if font not in _list_fonts():
        return chr(code) if code >= 0x20 and code not in _PRIVATE_AREA else None
    if code in _SYMBOL_AREA:
        code -= _SYMBOL_AREA.start
    found = _get_table().get((font, code))
    return None if found is None else chr(found)


@cache
def _get_table() -> Mapping[tuple[str, int], int]:
    from mammoth.docx.dingbats import dingbats

    table: Mapping[tuple[str, int], int] = dingbats
    return table


@cache
def _list_fonts() -> frozenset[str]:
    return frozenset(font for font, _ in _get_table())
