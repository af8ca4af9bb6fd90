"""Find what styles say: the role of a paragraph, its list, hidden text, fonts and emphasis."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.loaders.word.elements import (
    Element,
    W,
    find_properties,
    get_style_value,
    get_value,
    is_on,
)
from pipeline.loaders.word.styles.style_names import Role, find_role, is_code_style

#: The longest chain of styles based on each other.
_MAX_CHAIN = 20


class StyleSheet:
    """The styles of one document; *root* is its part `styles`, None without one."""

    def __init__(self, root: Element | None) -> None:
        styles = [] if root is None else list(root.iter(f"{W}style"))
        self._styles: dict[str, Element] = {s.get(f"{W}styleId") or "": s for s in styles}
        self._defaults = {
            s.get(f"{W}type"): s.get(f"{W}styleId") for s in styles if is_on(s.get(f"{W}default"))
        }
        self._switches: dict[tuple[str | None, str], bool] = {}
        self._document = None if root is None else root.find(f"{W}docDefaults/{W}rPrDefault")

    def find_role(self, paragraph: Element) -> tuple[Role, int] | None:
        """Return the role of *paragraph*, and the level if it is a heading: of its style, or one that is based on."""
        style_id = get_value(paragraph, "pPr/pStyle")
        if style_id is not None and style_id not in self._styles:
            return find_role(style_id)
        for style in self._iter_chain(style_id):
            found = find_role(get_style_value(style, "name") or style.get(f"{W}styleId") or "")
            if found:
                return found
            level = get_style_value(style, "pPr/outlineLvl")
            if level and level.isdigit() and int(level) < 9:
                return Role.HEADING, int(level) + 1
        level = get_value(paragraph, "pPr/outlineLvl")
        if level and level.isdigit() and int(level) < 9:
            return Role.HEADING, int(level) + 1
        return None

    def find_list(self, paragraph: Element) -> tuple[str, str | None] | None:
        """Return the ids of the list and the level of *paragraph*, the level None if it is that of its style."""
        list_id = get_value(paragraph, "pPr/numPr/numId")
        level = get_value(paragraph, "pPr/numPr/ilvl")
        for style in self._iter_chain(get_value(paragraph, "pPr/pStyle")):
            list_id = list_id or get_style_value(style, "pPr/numPr/numId")
            level = level or get_style_value(style, "pPr/numPr/ilvl")
        return None if list_id in {None, "", "0"} else (str(list_id), level)

    def is_hidden(self, run: Element) -> bool:
        """Whether *run* is hidden text, by itself or by the styles of its characters and paragraph."""
        if is_on(get_value(run, "rPr/webHidden")) or is_on(get_value(run, "rPr/specVanish")):
            return True
        direct = is_on(get_value(run, "rPr/vanish"))
        if direct is not None:
            return direct
        paragraph = next(run.iterancestors(f"{W}p"), None)
        by_run = self._read_switch(get_value(run, "rPr/rStyle"), "vanish")
        by_paragraph = self._read_switch(self._get_style_id(paragraph), "vanish")
        # a property that both set is switched off again (ECMA-376 part 1 §17.7.3)
        return by_run != by_paragraph or bool(is_on(get_style_value(self._document, "rPr/vanish")))

    def find_font(self, run: Element) -> str:
        """Return the font of *run*, "" if it is not known."""
        properties = find_properties(run, "rPr")
        own = None if properties is None else properties.find(f"{W}rFonts")
        fonts = [] if own is None else [own]
        paragraph = next(run.iterancestors(f"{W}p"), None)
        for style_id in (get_value(run, "rPr/rStyle"), self._get_style_id(paragraph)):
            fonts += [
                found
                for style in self._iter_chain(style_id)
                if (found := style.find(f"{W}rPr/{W}rFonts")) is not None
            ]
        for font in fonts:
            for name in ("hAnsi", "ascii", "cs"):
                if value := font.get(f"{W}{name}"):
                    return str(value)
        return ""

    def find_run_style(self, run: Element, name: str) -> str | None:
        """Return the value of the property *name* in the character style of *run*."""
        for style in self._iter_chain(get_value(run, "rPr/rStyle")):
            value = get_style_value(style, f"rPr/{name}")
            if value is not None:
                return value
        return None

    def is_code(self, run: Element) -> bool:
        """Whether the character style of *run* is one for code."""
        style_id = get_value(run, "rPr/rStyle") or ""
        names = [get_style_value(style, "name") or "" for style in self._iter_chain(style_id)]
        return any(map(is_code_style, names or [style_id]))

    def _get_style_id(self, paragraph: Element | None) -> str | None:
        style_id = None if paragraph is None else get_value(paragraph, "pPr/pStyle")
        return style_id or self._defaults.get("paragraph")

    def _read_switch(self, style_id: str | None, name: str) -> bool:
        key = (style_id, name)
        if key not in self._switches:
            self._switches[key] = self._find_switch(style_id, name)
        return self._switches[key]

    def _find_switch(self, style_id: str | None, name: str) -> bool:
        for style in self._iter_chain(style_id):
            value = is_on(get_style_value(style, f"rPr/{name}"))
            if value is not None:
                return value
        return False

    def _iter_chain(self, style_id: str | None) -> Iterator[Element]:
        """Yield the style with *style_id* and those that it is based on."""
        for _ in range(_MAX_CHAIN):
            style = self._styles.get(style_id or "")
            if style is None:
                return
            yield style
            style_id = get_style_value(style, "basedOn")
