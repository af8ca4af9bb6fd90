"""
A theme: a folder with `theme.toml`, `letter.mjml.j2` and `prose.css.j2`.

A project overrides single files of a shipped theme by putting a file of that name into `templates/<theme>/` of its
own. Templates are trusted: they are the publication's, not an article's.
"""

from __future__ import annotations

import re
import tomllib
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.errors import ThemeError, nearest
from pipeline.rendering.letter import Letter

LETTER = "letter.mjml.j2"
PROSE = "prose.css.j2"

#: The tags of MJML 4 that the compiler knows; it shows nothing for any other, without a word.
_TAGS = frozenset(
    {"mjml", "mj-head", "mj-body", "mj-raw", "mj-style", "mj-title", "mj-preview", "mj-font"}
    | {"mj-attributes", "mj-all", "mj-class", "mj-breakpoint", "mj-include"}
    | {"mj-section", "mj-column", "mj-group", "mj-wrapper", "mj-hero"}
    | {"mj-text", "mj-button", "mj-image", "mj-divider", "mj-spacer", "mj-table"}
    | {"mj-social", "mj-social-element", "mj-navbar", "mj-navbar-link"}
    | {"mj-accordion", "mj-accordion-element", "mj-accordion-title", "mj-accordion-text"}
    | {"mj-carousel", "mj-carousel-image"}
)


_VOID = "area|base|br|col|hr|img|input|link|meta|source|wbr"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """
    The colours, fonts and measures of a theme, from its `theme.toml`.

    Colours are `#rrggbb`; widths and sizes are in pixels.
    """

    page: str
    paper: str
    ink: str
    quiet: str
    line: str
    accent: str
    accent_ink: str
    tint: str
    serif: str
    sans: str
    mono: str
    width_px: int
    padding_px: int
    text_px: int
    leading_px: int

    @property
    def measure_px(self) -> int:
        """The width of a line of text."""
        return self.width_px - 2 * self.padding_px


class Theme:
    """
    A theme ready to set letters.

    Args:
        name: For messages.
        folders: Where its files are looked for, in this order.

    Raises:
        ThemeError: A file is missing or broken.
    """

    def __init__(self, name: str, folders: Sequence[Path]) -> None:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        if not folders:
            raise ThemeError(f"{name}: there is no such theme. Make a folder templates/{name}.")
        self.name = name
        self.folders = tuple(folders)
        self.tokens = self._read_tokens()
        self._environment = Environment(
            loader=FileSystemLoader([str(folder) for folder in folders]),
            undefined=StrictUndefined,
            autoescape=False,  # what an article says arrives escaped, as Html
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )

    def mjml(self, letter: Letter) -> str:
        """Return *letter* as MJML, tags the compiler would not know refused."""
        mjml = self._render(LETTER, letter)
        for match in re.finditer(r"<(mj[a-z-]*)", mjml):
            if match[1] not in _TAGS:
                place = self._place(mjml, match.start())
                raise ThemeError(
                    f"{place}: <{match[1]}> is no tag of MJML and would vanish.{nearest(match[1], _TAGS)}"
                )
        return mjml

    def css(self, letter: Letter) -> str:
        """Return the style sheet for the article's own HTML."""
        return self._render(PROSE, letter)

    def broken(self, mjml: str, reason: str) -> ThemeError:
        """Return the error for *mjml* that the compiler refused; names the line when a parser can find it."""
        from lxml import etree

        try:
            etree.fromstring(
                _strict(mjml).encode(), etree.XMLParser(resolve_entities=False, huge_tree=False)
            )
        except etree.XMLSyntaxError as error:
            line = _unclosed(mjml, error) or error.lineno or 1
            at = sum(len(text) + 1 for text in mjml.split("\n")[: line - 1])
            words = str(error.msg).partition(", line")[0]
            return ThemeError(
                f"{self._place(mjml, at)}: this is no well-formed MJML: {words}. Mend that line."
            )
        told = re.search(r" at position (\d+):\d+$", reason)
        if told is None:
            return ThemeError(f"{self._file(LETTER)}: MJML cannot compile it: {reason}.")
        at = len(mjml.encode()[: int(told[1])].decode(errors="ignore"))
        words = reason[: told.start()]
        return ThemeError(f"{self._place(mjml, at)}: MJML cannot compile it: {words}.")

    def _render(self, name: str, letter: Letter) -> str:
        import jinja2

        try:
            template = self._environment.get_template(name)
            return template.render(letter=letter, theme=self.tokens)
        except jinja2.TemplateNotFound as error:
            raise ThemeError(
                f"{self.folders[0] / (error.name or name)}: the theme has no such file. Copy it from another theme."
            ) from error
        except UnicodeDecodeError as error:
            raise ThemeError(
                f"{self._undecodable()}: it is not saved as UTF-8. Save it as UTF-8."
            ) from error
        except jinja2.TemplateSyntaxError as error:
            raise ThemeError(
                f"{error.filename or name}:{error.lineno}: {error.message}. Mend that line."
            ) from error
        except (
            Exception
        ) as error:  # a template may call anything: name its line, whatever it raised
            raise ThemeError(
                f"{_line_in_template(error, self._file(name))}: {error}. Mend that line."
            ) from error

    def _place(self, rendered: str, at: int) -> str:
        """Return `file:line` of the template line that most probably wrote the rendered line at *at*."""
        from difflib import SequenceMatcher

        wanted = rendered[rendered.rfind("\n", 0, at) + 1 :].partition("\n")[0].strip()
        best, place = 0.0, str(self._file(LETTER))
        for name in self._environment.list_templates(extensions=["j2"]):
            lines = self._file(name).read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, start=1):
                score = SequenceMatcher(None, wanted, line.strip(), autojunk=False).ratio()
                if score > best:
                    best, place = score, f"{self._file(name)}:{number}"
        return place

    def _undecodable(self) -> Path:
        for name in self._environment.list_templates():
            try:
                self._file(name).read_text(encoding="utf-8")
            except UnicodeDecodeError:
                return self._file(name)
        return self._file(LETTER)

    def _file(self, name: str) -> Path:
        found = (folder / name for folder in self.folders if (folder / name).is_file())
        return next(found, self.folders[-1] / name)

    def _read_tokens(self) -> Tokens:
        path = self._file("theme.toml")
        try:
            table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ThemeError(
                f"{path}: the theme has no readable theme.toml ({error}). Copy one."
            ) from error
        except tomllib.TOMLDecodeError as error:
            raise ThemeError(f"{path}: this is no TOML: {error}. Mend that line.") from error
        kinds = {f.name: int if f.name.endswith("_px") else str for f in fields(Tokens)}
        wrong = [
            f"{path}, {key}: this key is not known.{nearest(key, kinds)}"
            for key in table
            if key not in kinds
        ]
        wrong += [
            f"{path}, {key}: {'a whole number of pixels' if kind is int else 'a text'} is needed."
            for key, kind in kinds.items()
            if type(table.get(key)) is not kind
        ]
        if wrong:
            raise ThemeError("\n".join(wrong))
        return Tokens(**table)


def _unclosed(mjml: str, error: SyntaxError) -> int | None:
    """Return the line of the tag that was never closed, if that is what the parser stumbled over."""
    told = re.search(r"mismatch: \S+ line (\d+) and ([\w-]+)", str(error.msg))
    if told is None:
        return None
    before = "\n".join(mjml.split("\n")[: (error.lineno or 1) - 1])
    opened = re.findall(rf"<{told[2]}\b(?![^>]*/>)", before)
    return int(told[1]) if len(opened) > before.count(f"</{told[2]}>") else None


def _strict(mjml: str) -> str:
    """Return *mjml*, line by line, with what MJML allows and XML does not made harmless."""
    closed = re.sub(rf"<({_VOID})\b((?:\"[^\"]*\"|[^\">])*?)/?>", r"<\1\2/>", mjml)
    return re.sub(r"&(?![a-z]+;|#)|&(?!amp;|lt;|gt;|quot;|apos;)[A-Za-z0-9]+;", " ", closed)


def _line_in_template(error: Exception, default: Path) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    found = [frame for frame in frames if frame.filename.endswith(".j2")]
    return f"{found[-1].filename}:{found[-1].lineno}" if found else str(default)
