"""
A theme: a folder with `theme.toml`, and what is different from the theme it builds on.

A project overrides single files of a shipped theme by putting a file of that name into `templates/<theme>/` of its
own. A template finds a file of the theme it builds on under that theme's name: `default/letter.mjml.j2`. Templates are
trusted: they are the publication's, not an article's.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.errors import ThemeError, suggest_name
from pipeline.rendering.logo import Logo
from pipeline.rendering.template_context import Letter
from pipeline.rendering.theme_tokens import BUILDS_ON, TOKENS, read_file, read_tokens

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


class Theme:
    """
    A theme ready to set letters.

    Args:
        name: For messages.
        folders: Where its files are looked for, in this order; each is named like the theme it is part of.
        logo: The publication's own, shown in the masthead.

    Raises:
        ThemeError: A file is missing or broken.
    """

    def __init__(self, name: str, folders: Sequence[Path], *, logo: Logo | None = None) -> None:
        from jinja2 import (
            ChoiceLoader,
            Environment,
            FileSystemLoader,
            PrefixLoader,
            StrictUndefined,
        )

        if not folders:
            raise ThemeError(f"{name}: there is no such theme. Make a folder templates/{name}.")
        self.name = name
        self.logo = logo
        self.folders = tuple(folders)
        # Every file, a theme's own below its name too: that of the theme it builds on may be overridden as well.
        self.tokens = read_tokens(
            [folder / TOKENS for folder in folders if (folder / TOKENS).is_file()]
            or [folders[-1] / TOKENS]
        )
        parts = dict.fromkeys(folder.name for folder in folders)
        self._environment = Environment(
            loader=ChoiceLoader(
                [
                    FileSystemLoader([str(folder) for folder in folders]),
                    PrefixLoader({part: FileSystemLoader(self._of(part)) for part in parts}),
                ]
            ),
            undefined=StrictUndefined,
            autoescape=False,  # what an article says arrives escaped, as Html
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )

    @classmethod
    def named(cls, name: str, roots: Sequence[Path], *, logo: Logo | None = None) -> Theme:
        """
        Return the theme *name* with those it builds on; its folders lie in *roots*, the first winning.

        Raises:
            ThemeError: There is no such theme, or it builds on itself.
        """
        folders: list[Path] = []
        chain: list[str] = []
        wanted: str | None = name
        while wanted:
            if wanted in chain:
                raise ThemeError(
                    f"{folders[-1] / TOKENS}, {BUILDS_ON}: {' builds on '.join([*chain, wanted])}. "
                    "Let one of them stand by itself."
                )
            found = [root / wanted for root in roots if (root / wanted).is_dir()]
            if not found and chain:
                known = sorted(
                    {path.name for root in roots if root.is_dir() for path in root.iterdir()}
                )
                raise ThemeError(
                    f'{folders[-1] / TOKENS}, {BUILDS_ON}: there is no theme "{wanted}".{suggest_name(wanted, known)}'
                )
            chain.append(wanted)
            folders += found
            wanted = _foundation(found)
        return cls(name, folders, logo=logo)

    def mjml(self, letter: Letter) -> str:
        """Return *letter* as MJML, tags the compiler would not know refused."""
        mjml = self._render(LETTER, letter)
        for match in re.finditer(r"<(mj[a-z-]*)", mjml):
            if match[1] not in _TAGS:
                place = self._place(mjml, match.start())
                raise ThemeError(
                    f"{place}: <{match[1]}> is no tag of MJML and would vanish.{suggest_name(match[1], _TAGS)}"
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
            words = re.sub(
                r" line \d+|, line.*", "", str(error.msg)
            )  # of a text nobody has a file of
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
            return template.render(letter=letter, theme=self.tokens.for_script(letter.script))
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
            words = re.sub(r"'?[\w.]+\.(\w+) object'? has", r"\1 has", str(error))
            raise ThemeError(
                f"{_line_in_template(error, self._file(name))}: {words}. Mend that line."
            ) from error

    def _place(self, rendered: str, at: int) -> str:
        """Return `file:line` of the template line that most probably wrote the rendered line at *at*."""
        from difflib import SequenceMatcher

        wanted = rendered[rendered.rfind("\n", 0, at) + 1 :].partition("\n")[0].strip()
        best, place = 0.0, str(self._file(LETTER))
        for path in self._files():
            lines = path.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, start=1):
                score = SequenceMatcher(None, wanted, line.strip(), autojunk=False).ratio()
                if score > best:
                    best, place = score, f"{path}:{number}"
        return place

    def _files(self) -> Iterator[Path]:
        """Yield the template files, those that are laid over others first."""
        for folder in self.folders:
            yield from sorted(folder.rglob("*.j2"))

    def _undecodable(self) -> Path:
        for path in self._files():
            try:
                path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                return path
        return self._file(LETTER)

    def _file(self, name: str) -> Path:
        found = (folder / name for folder in self.folders if (folder / name).is_file())
        return next(found, self.folders[-1] / name)

    def _of(self, part: str) -> list[str]:
        """Return the folders where a file of the theme *part* is looked for: its own, then those it builds on."""
        names = [folder.name for folder in self.folders]
        return [str(folder) for folder in self.folders[names.index(part) :]]


def _foundation(folders: Sequence[Path]) -> str | None:
    """Return the name of the theme that the one in *folders* builds on."""
    for folder in folders:
        if (folder / TOKENS).is_file():
            said = read_file(folder / TOKENS).get(BUILDS_ON)
            if isinstance(said, str):
                return said
    return None


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
