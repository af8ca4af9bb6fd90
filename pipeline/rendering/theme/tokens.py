"""
The design tokens of a theme: its `theme.toml`, merged over those of the theme it extends.

Each file needs only what differs from the files below it; together they must define everything.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from pipeline.color import MIN_LARGE_CONTRAST, MIN_TEXT_CONTRAST, contrast_ratio, parse_hex_color
from pipeline.errors import ThemeError, suggest_name

TOKENS_FILE = "theme.toml"
EXTENDS_KEY = "extends"

#: The color pairs whose contrast is checked, with the minimum.
_CONTRAST_PAIRS = (
    ("text", "surface", MIN_TEXT_CONTRAST),
    ("text", "panel", MIN_TEXT_CONTRAST),
    ("muted", "surface", MIN_TEXT_CONTRAST),
    ("muted", "panel", MIN_TEXT_CONTRAST),
    ("muted", "background", MIN_TEXT_CONTRAST),
    ("accent", "surface", MIN_TEXT_CONTRAST),
    ("accent", "panel", MIN_TEXT_CONTRAST),
    ("accent_text", "accent", MIN_TEXT_CONTRAST),
    ("accent", "background", MIN_LARGE_CONTRAST),
    ("accent", "border", MIN_LARGE_CONTRAST),
)

#: The share of its size in which a title is set, by the most characters that it has; then that of any longer one.
_TITLE_SHARES = ((60, 1.0), (120, 0.8))
_LONGEST_SHARE = 0.65
#: By how much a title is always larger than the text.
_MIN_TITLE_STEP_PX = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class ColorScheme:
    """
    The colors of one scheme, each `#rrggbb`.

    Args:
        background: Around the email.
        surface: The email itself.
        text: Its text.
        muted: Dates, captions, the footer.
        border: Lines between parts.
        accent: Links and buttons.
        accent_text: Text on a button.
        panel: Background of the appeal and of code.
    """

    background: str
    surface: str
    text: str
    muted: str
    border: str
    accent: str
    accent_text: str
    panel: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DesignTokens(ColorScheme):
    """
    The colors, fonts and sizes of a theme. Its own colors are those of the light scheme; sizes are in pixels.

    Args:
        body_font: Font stack of the text, as in CSS; *title_font* of titles, *sans_font* of captions and buttons,
            *mono_font* of code.
        width_px: Of the email; *padding_px* of its margins, *appeal_padding_px* of those inside an appeal.
        line_height_px: Of the text; *title_line_height_px* of the title.
        lead_image_px: Width of the lead image.
    """

    body_font: str
    title_font: str
    sans_font: str
    mono_font: str
    width_px: int
    padding_px: int
    appeal_padding_px: int
    font_size_px: int
    line_height_px: int
    title_font_size_px: int
    title_line_height_px: int
    lead_image_px: int
    dark: ColorScheme
    scripts: Mapping[str, Mapping[str, Any]] = field(repr=False)  # Any: checked against _TYPES

    @property
    def text_width_px(self) -> int:
        """The width of a line of text."""
        return self.width_px - 2 * self.padding_px

    def for_script(self, script: str) -> DesignTokens:
        """Return the tokens for an email in *script*, such as `Arab`."""
        return replace(self, **self.scripts.get(script, {}))

    def for_title(self, characters: int) -> DesignTokens:
        """Return the tokens for an email with a title of that many characters: a long title is set smaller."""
        share = next((share for most, share in _TITLE_SHARES if characters <= most), _LONGEST_SHARE)
        size = max(round(self.title_font_size_px * share), self.font_size_px + _MIN_TITLE_STEP_PX)
        if size >= self.title_font_size_px:
            return self
        leading = self.title_line_height_px / self.title_font_size_px
        return replace(self, title_font_size_px=size, title_line_height_px=round(size * leading))


_COLORS = tuple(f.name for f in fields(ColorScheme))
_TYPES: Mapping[str, type] = {
    f.name: int if f.name.endswith("_px") else str
    for f in fields(DesignTokens)
    if f.name not in ("dark", "scripts")
}
_SCRIPT_TYPES = {name: kind for name, kind in _TYPES.items() if name not in _COLORS}
_TYPE_NAMES = {int: "a whole number of pixels", str: "a string"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Setting:
    """The value of a key, and the file that sets it."""

    value: Any  # Any: whatever TOML holds; checked against its type
    path: Path


def read_tokens_file(path: Path) -> dict[str, Any]:  # Any: whatever TOML holds
    """
    Return the content of the file *path*.

    Raises:
        ThemeError: It cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ThemeError(
            f"{path}: cannot read the theme's theme.toml ({error}). Copy one from another theme."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ThemeError(f"{path}: invalid TOML: {error}. Correct that line.") from error


def read_tokens(paths: Sequence[Path]) -> DesignTokens:
    """
    Return the tokens in the files *paths*, of which earlier ones override later ones.

    Raises:
        ThemeError: A file cannot be read, a key is unknown, missing or of the wrong type, or contrast is too low.
    """
    settings: dict[str, _Setting] = {}
    for path in reversed(paths):
        flat = _flatten(read_tokens_file(path))
        settings |= {key: _Setting(value=value, path=path) for key, value in flat}
    settings.pop(EXTENDS_KEY, None)
    if problems := [*_find_problems(settings, paths[0])]:
        raise ThemeError("\n".join(problems))
    values = {key: _shorten(key, setting.value) for key, setting in settings.items()}
    scripts: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        if key.startswith("scripts."):
            _, script, name = key.split(".", 2)
            scripts.setdefault(script, {})[name] = value
    tokens = DesignTokens(
        **{key: values[key] for key in _TYPES},
        dark=ColorScheme(**{name: values[f"dark.{name}"] for name in _COLORS}),
        scripts=scripts,
    )
    if problems := [*_find_low_contrast(tokens, settings)]:
        raise ThemeError("\n".join(problems))
    return tokens


def _shorten(key: str, value: Any) -> Any:  # Any: as in the file
    """Return *value* without spaces between the fonts of a stack, which is in an email dozens of times."""
    return re.sub(r",\s+", ",", value) if key.endswith("_font") else value


def _flatten(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the keys of *table* and of the tables in it, dotted, with their values."""
    for key, value in table.items():
        if isinstance(value, dict) and value:
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _get_type(key: str) -> type | None:
    """Return the type of *key*, None if it is unknown."""
    prefix, _, name = key.rpartition(".")
    if prefix == "dark":
        return str if name in _COLORS else None
    if re.fullmatch(r"scripts\.[A-Z][a-z]{3}", prefix):
        return _SCRIPT_TYPES.get(name)
    return None if prefix else _TYPES.get(name)


def _is_exactly(kind: type, value: object) -> bool:
    """Whether *value* is of *kind* and not of a subclass: true is not a number of pixels."""
    return type(value) is kind


def _find_problems(settings: Mapping[str, _Setting], first: Path) -> Iterator[str]:
    for key, setting in settings.items():
        kind = _get_type(key)
        value: Any = setting.value  # Any: as in the file
        where = f"{setting.path}, {key}"
        if kind is None:
            yield f"{where}: unknown key.{suggest_name(key.rpartition('.')[2], _TYPES)}"
        elif not _is_exactly(kind, value):
            yield f"{where}: must be {_TYPE_NAMES[kind]}."
        elif key.rpartition(".")[2] in _COLORS:
            if not re.fullmatch("#[0-9a-fA-F]{6}", value):
                yield f"{where}: write the color as six hexadecimal digits, #23201b."
        elif kind is str and re.search(r"[\"<>&;{}]", value):
            yield f"{where}: write the fonts as in CSS: 'Times New Roman', serif."
    for key in (*_TYPES, *(f"dark.{name}" for name in _COLORS)):
        if key not in settings:
            yield f"{first}, {key}: missing; must be {_TYPE_NAMES[_get_type(key) or str]}."


def _find_low_contrast(tokens: DesignTokens, settings: Mapping[str, _Setting]) -> Iterator[str]:
    for colors, prefix in ((tokens, ""), (tokens.dark, "dark.")):
        for front, back, minimum in _CONTRAST_PAIRS:
            ratio = contrast_ratio(
                parse_hex_color(getattr(colors, front)), parse_hex_color(getattr(colors, back))
            )
            if ratio < minimum:
                yield (
                    f"{settings[prefix + front].path}, {prefix}{front}: its contrast with {prefix}{back} is "
                    f"{ratio:.2f} to 1, below {minimum}. Make one of them darker or lighter."
                )
