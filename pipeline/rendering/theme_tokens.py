"""
The tokens of a theme: its `theme.toml`, laid over those of the theme it builds on.

Each file need only say what is different from the files below it; together they must say everything.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from pipeline.color import MIN_LARGE_CONTRAST, MIN_TEXT_CONTRAST, contrast_ratio, parse_hex_color
from pipeline.errors import ThemeError, suggest_name

TOKENS = "theme.toml"
BUILDS_ON = "builds_on"

#: What must stand out from what, and how well.
_PAIRS = (
    ("ink", "paper", MIN_TEXT_CONTRAST),
    ("ink", "tint", MIN_TEXT_CONTRAST),
    ("quiet", "paper", MIN_TEXT_CONTRAST),
    ("quiet", "tint", MIN_TEXT_CONTRAST),
    ("quiet", "page", MIN_TEXT_CONTRAST),
    ("accent", "paper", MIN_TEXT_CONTRAST),
    ("accent", "tint", MIN_TEXT_CONTRAST),
    ("accent_ink", "accent", MIN_TEXT_CONTRAST),
    ("accent", "page", MIN_LARGE_CONTRAST),
    ("accent", "line", MIN_LARGE_CONTRAST),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Colours:
    """
    The colours of one scheme, each `#rrggbb`.

    Args:
        page: Around the letter.
        paper: The letter itself.
        ink: Its text.
        quiet: Dates, captions, the footer.
        line: Rules.
        accent: Links and buttons.
        accent_ink: Words on a button.
        tint: The ground of the ask, of code.
    """

    page: str
    paper: str
    ink: str
    quiet: str
    line: str
    accent: str
    accent_ink: str
    tint: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens(Colours):
    """
    The colours, fonts and measures of a theme. Its own colours are those of the light scheme; sizes are in pixels.

    Args:
        body: Fonts of the text, as CSS has it; *display* those of titles, *sans* of captions and buttons, *mono* of
            code.
        width_px: Of the letter, *padding_px* of its margins, *ask_padding_px* of the margins in the box of an ask.
        leading_px: From line to line of the text; *title_leading_px* in the title.
        lead_px: Width of the lead picture.
    """

    body: str
    display: str
    sans: str
    mono: str
    width_px: int
    padding_px: int
    ask_padding_px: int
    text_px: int
    leading_px: int
    title_px: int
    title_leading_px: int
    lead_px: int
    dark: Colours
    scripts: Mapping[str, Mapping[str, Any]] = field(repr=False)  # Any: checked against _KINDS

    @property
    def measure_px(self) -> int:
        """The width of a line of text."""
        return self.width_px - 2 * self.padding_px

    def for_script(self, script: str) -> Tokens:
        """Return the tokens as a letter in *script*, such as `Arab`, is set."""
        return replace(self, **self.scripts.get(script, {}))


_COLOURS = tuple(f.name for f in fields(Colours))
_KINDS: Mapping[str, type] = {
    f.name: int if f.name.endswith("_px") else str
    for f in fields(Tokens)
    if f.name not in ("dark", "scripts")
}
_OF_SCRIPTS = {name: kind for name, kind in _KINDS.items() if name not in _COLOURS}
_WORDS = {int: "a whole number of pixels", str: "a text"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """What a key is set to, and by which file."""

    value: Any  # Any: whatever TOML holds; checked against its kind
    path: Path


def read_file(path: Path) -> dict[str, Any]:  # Any: whatever TOML holds
    """
    Return the tokens that the file *path* holds.

    Raises:
        ThemeError: It cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ThemeError(
            f"{path}: the theme has no readable theme.toml ({error}). Copy one."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ThemeError(f"{path}: this is no TOML: {error}. Mend that line.") from error


def read_tokens(paths: Sequence[Path]) -> Tokens:
    """
    Return the tokens of the files *paths*, the first winning over the others.

    Raises:
        ThemeError: A file cannot be read, a key is unknown, missing or of the wrong kind, or colours do not stand out.
    """
    said: dict[str, _Said] = {}
    for path in reversed(paths):
        said |= {key: _Said(value=value, path=path) for key, value in _flat(read_file(path))}
    said.pop(BUILDS_ON, None)
    if wrong := [*_wrong(said, paths[0])]:
        raise ThemeError("\n".join(wrong))
    values = {key: one.value for key, one in said.items()}
    scripts: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        if key.startswith("scripts."):
            _, script, name = key.split(".", 2)
            scripts.setdefault(script, {})[name] = value
    tokens = Tokens(
        **{key: values[key] for key in _KINDS},
        dark=Colours(**{name: values[f"dark.{name}"] for name in _COLOURS}),
        scripts=scripts,
    )
    if pale := [*_pale(tokens, said)]:
        raise ThemeError("\n".join(pale))
    return tokens


def _flat(table: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Return the keys of *table* with those of the tables in it, dotted."""
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        name = f"{before}{key}"
        inside = isinstance(value, dict) and value
        found += _flat(value, f"{name}.") if inside else [(name, value)]
    return found


def _kind(key: str) -> type | None:
    """Return what *key* must be, null if it is not known."""
    before, _, name = key.rpartition(".")
    if before == "dark":
        return str if name in _COLOURS else None
    if re.fullmatch(r"scripts\.[A-Z][a-z]{3}", before):
        return _OF_SCRIPTS.get(name)
    return None if before else _KINDS.get(name)


def _is_a(kind: type, value: object) -> bool:
    """Whether *value* is of *kind* itself: true is no number of pixels."""
    return type(value) is kind


def _wrong(said: Mapping[str, _Said], first: Path) -> list[str]:
    known = [*_KINDS, *(f"dark.{name}" for name in _COLOURS)]
    found = []
    for key, one in said.items():
        kind, value = _kind(key), one.value
        if kind is None:
            meant = suggest_name(key.rpartition(".")[2], _KINDS)
            found.append(f"{one.path}, {key}: this key is not known.{meant}")
        elif not _is_a(kind, value):
            found.append(f"{one.path}, {key}: {_WORDS[kind]} is needed.")
        elif key.rpartition(".")[2] in _COLOURS:
            if not re.fullmatch("#[0-9a-fA-F]{6}", value):
                found.append(f"{one.path}, {key}: a colour is written like #23201b.")
        elif kind is str and re.search(r"[\"<>&;{}]", value):
            found.append(f"{one.path}, {key}: fonts are written like 'Times New Roman', serif.")
    found += [
        f"{first}, {key}: {_WORDS[_kind(key) or str]} is needed."
        for key in known
        if key not in said
    ]
    return found


def _pale(tokens: Tokens, said: Mapping[str, _Said]) -> list[str]:
    """Return what does not stand out well enough, in either scheme."""
    found = []
    for colours, before in ((tokens, ""), (tokens.dark, "dark.")):
        for front, ground, needed in _PAIRS:
            ratio = contrast_ratio(
                parse_hex_color(getattr(colours, front)), parse_hex_color(getattr(colours, ground))
            )
            if ratio < needed:
                found.append(
                    f"{said[before + front].path}, {before}{front}: its contrast with {before}{ground} is "
                    f"{ratio:.2f} to 1; {needed} is needed. Make one of them darker or lighter."
                )
    return found
