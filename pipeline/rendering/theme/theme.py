"""
A theme: a folder with `theme.toml`, and what differs from the theme it extends.

A project overrides single files of a shipped theme with files of the same name in its own `templates/<theme>/`. A
template refers to a file of the theme it extends with that theme's name: `default/email.mjml.j2`. Templates are
trusted to write the email: they belong to the publication, not to an article. They run in Jinja's sandbox anyway,
since themes are passed on: one reads nothing but what it is given, and starts nothing.
"""

from __future__ import annotations

import hashlib
import re
import traceback
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ThemeError, suggest_name
from pipeline.rendering.images.email_image import Logo
from pipeline.rendering.theme.template_context import EmailContext
from pipeline.rendering.theme.tokens import EXTENDS_KEY, TOKENS_FILE, read_tokens, read_tokens_file

if TYPE_CHECKING:
    from pipeline.rendering.web.page_context import PageContext

EMAIL_TEMPLATE = "email.mjml.j2"
CSS_TEMPLATE = "prose.css.j2"
WEB_CSS_TEMPLATE = "web.css.j2"

#: The tags of MJML 4 that the compiler knows; it silently drops any other.
_MJML_TAGS = frozenset(
    {"mjml", "mj-head", "mj-body", "mj-raw", "mj-style", "mj-title", "mj-preview", "mj-font"}
    | {"mj-attributes", "mj-all", "mj-class", "mj-breakpoint", "mj-include"}
    | {"mj-section", "mj-column", "mj-group", "mj-wrapper", "mj-hero"}
    | {"mj-text", "mj-button", "mj-image", "mj-divider", "mj-spacer", "mj-table"}
    | {"mj-social", "mj-social-element", "mj-navbar", "mj-navbar-link"}
    | {"mj-accordion", "mj-accordion-element", "mj-accordion-title", "mj-accordion-text"}
    | {"mj-carousel", "mj-carousel-image"}
)


_VOID_TAGS = "area|base|br|col|hr|img|input|link|meta|source|wbr"


class Theme:
    """
    A theme, ready to render emails.

    Args:
        name: For error messages.
        folders: Searched for its files in this order; each has the name of the theme it is part of.
        logo: The publication's logo, shown in the header.

    Raises:
        ThemeError: A file is missing or invalid.
    """

    def __init__(self, name: str, folders: Sequence[Path], *, logo: Logo | None = None) -> None:
        from jinja2 import (
            ChoiceLoader,
            FileSystemLoader,
            PrefixLoader,
            StrictUndefined,
        )
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        if not folders:
            raise ThemeError(f'No theme is called "{name}". Make a folder templates/{name}.')
        self.name = name
        self.logo = logo
        self.folders = tuple(folders)
        # Files of an extended theme are found below its name too: a project may override them as well.
        self.tokens = read_tokens(
            [folder / TOKENS_FILE for folder in folders if (folder / TOKENS_FILE).is_file()]
            or [folders[-1] / TOKENS_FILE]
        )
        names = dict.fromkeys(folder.name for folder in folders)
        self._environment = ImmutableSandboxedEnvironment(
            loader=ChoiceLoader(
                [
                    FileSystemLoader([str(folder) for folder in folders]),
                    PrefixLoader(
                        {part: FileSystemLoader(self._find_folders(part)) for part in names}
                    ),
                ]
            ),
            undefined=StrictUndefined,
            autoescape=False,  # the article's text is already escaped, see HtmlFragment
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=False,
        )

    @classmethod
    def find(cls, name: str, roots: Sequence[Path], *, logo: Logo | None = None) -> Theme:
        """
        Return the theme *name* and those it extends, found in *roots*, of which earlier ones win.

        Raises:
            ThemeError: No theme has this name, or it extends itself.
        """
        folders: list[Path] = []
        chain: list[str] = []
        current: str | None = name
        while current:
            if current in chain:
                raise ThemeError(
                    f"{folders[-1] / TOKENS_FILE}, {EXTENDS_KEY}: {' extends '.join([*chain, current])}. "
                    "Remove the key from one of them."
                )
            found = [root / current for root in roots if (root / current).is_dir()]
            if not found and chain:
                known = sorted(
                    {path.name for root in roots if root.is_dir() for path in root.iterdir()}
                )
                raise ThemeError(
                    f'{folders[-1] / TOKENS_FILE}, {EXTENDS_KEY}: no theme is called "{current}".'
                    f"{suggest_name(current, known)}"
                )
            chain.append(current)
            folders += found
            current = _find_extended_theme(found)
        return cls(name, folders, logo=logo)

    def render_mjml(self, email: EmailContext) -> str:
        """Return *email* as MJML, without tags that the compiler does not know."""
        mjml = self._render(EMAIL_TEMPLATE, email.script, email=email)
        for match in re.finditer(r"<(mj[a-z-]*)", mjml):
            if match[1] not in _MJML_TAGS:
                where = self._find_source_line(mjml, match.start())
                raise ThemeError(
                    f"{where}: <{match[1]}> is not an MJML tag and would be dropped."
                    f"{suggest_name(match[1], _MJML_TAGS)}"
                )
        return mjml

    def render_css(self, email: EmailContext) -> str:
        """Return the style sheet for the article's HTML."""
        return self._render(CSS_TEMPLATE, email.script, email=email)

    def render_page(self, template: str, *, page: PageContext, **values: object) -> str:
        """Return the web page that *template* makes of *page* and *values*."""
        return self._render(template, page.script, page=page, **values)

    def render_web_css(self, page: PageContext) -> str:
        """Return the style sheet of *page*."""
        return self._render(WEB_CSS_TEMPLATE, page.script, page=page)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all of its files, 64 hexadecimal digits."""
        digest = hashlib.sha256()
        for path in (*self._list_templates(), *(folder / TOKENS_FILE for folder in self.folders)):
            content = path.read_bytes() if path.is_file() else b""
            digest.update(f"{path.name} {len(content)} ".encode() + content)
        return digest.hexdigest()

    def explain_mjml_error(self, mjml: str, reason: str) -> ThemeError:
        """Return the error for *mjml* that the compiler rejects, with its line if a parser can find it."""
        from lxml import etree

        try:
            etree.fromstring(
                _to_xml(mjml).encode(), etree.XMLParser(resolve_entities=False, huge_tree=False)
            )
        except etree.XMLSyntaxError as error:
            line = _find_unclosed_tag(mjml, error) or error.lineno or 1
            position = sum(len(text) + 1 for text in mjml.split("\n")[: line - 1])
            # its line numbers are those of the rendered text, which nobody sees
            message = re.sub(r" line \d+|, line.*", "", str(error.msg))
            return ThemeError(
                f"{self._find_source_line(mjml, position)}: malformed MJML: {message}. Correct that line."
            )
        located = re.search(r" at position (\d+):\d+$", reason)
        if located is None:
            return ThemeError(f"{self._find_file(EMAIL_TEMPLATE)}: cannot compile MJML: {reason}.")
        position = len(mjml.encode()[: int(located[1])].decode(errors="ignore"))
        message = reason[: located.start()]
        return ThemeError(
            f"{self._find_source_line(mjml, position)}: cannot compile MJML: {message}."
        )

    def _render(self, name: str, script: str, **values: object) -> str:
        import jinja2

        try:
            template = self._environment.get_template(name)
            tokens = self.tokens.for_script(script)
            if isinstance(email := values.get("email"), EmailContext):
                tokens = tokens.for_title(email.title_characters)
            return template.render(theme=tokens, **values)
        except jinja2.TemplateNotFound as error:
            raise ThemeError(
                f"{self.folders[0] / (error.name or name)}: file not found. Copy it from another theme."
            ) from error
        except UnicodeDecodeError as error:
            raise ThemeError(f"{self._find_undecodable_file()}: not saved as UTF-8.") from error
        except jinja2.TemplateSyntaxError as error:
            raise ThemeError(
                f"{error.filename or name}:{error.lineno}: {error.message}. Correct that line."
            ) from error
        except (
            Exception
        ) as error:  # a template may call anything: name its line, whatever it raised
            message = re.sub(r"(?<![\w.])'?(?:\w++\.)++(\w++) object'? has", r"\1 has", str(error))
            raise ThemeError(
                f"{_find_template_line(error, self._find_file(name))}: {message}. Correct that line."
            ) from error

    def _find_source_line(self, rendered: str, position: int) -> str:
        """Return `file:line` of the template line that most likely wrote the line of *rendered* at *position*."""
        from difflib import SequenceMatcher

        line_start = rendered.rfind("\n", 0, position) + 1
        failed_line = rendered[line_start:].partition("\n")[0].strip()
        best, where = 0.0, str(self._find_file(EMAIL_TEMPLATE))
        for path in self._list_templates():
            lines = path.read_text(encoding="utf-8").splitlines()
            for number, line in enumerate(lines, start=1):
                score = SequenceMatcher(None, failed_line, line.strip(), autojunk=False).ratio()
                if score > best:
                    best, where = score, f"{path}:{number}"
        return where

    def _list_templates(self) -> Iterator[Path]:
        """Yield the template files, overriding ones first."""
        for folder in self.folders:
            yield from sorted(folder.rglob("*.j2"))

    def _find_undecodable_file(self) -> Path:
        for path in self._list_templates():
            try:
                path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                return path
        return self._find_file(EMAIL_TEMPLATE)

    def _find_file(self, name: str) -> Path:
        found = (folder / name for folder in self.folders if (folder / name).is_file())
        return next(found, self.folders[-1] / name)

    def _find_folders(self, part: str) -> list[str]:
        """Return the folders to search for a file of the theme *part*: its own, then those of themes it extends."""
        names = [folder.name for folder in self.folders]
        return [str(folder) for folder in self.folders[names.index(part) :]]


def _find_extended_theme(folders: Sequence[Path]) -> str | None:
    """Return the name of the theme that the one in *folders* extends."""
    for folder in folders:
        if (folder / TOKENS_FILE).is_file():
            name = read_tokens_file(folder / TOKENS_FILE).get(EXTENDS_KEY)
            if isinstance(name, str):
                return name
    return None


def _find_unclosed_tag(mjml: str, error: SyntaxError) -> int | None:
    """Return the line of the tag that is never closed, if that is what the parser complains about."""
    mismatch = re.search(r"mismatch: \S+ line (\d+) and ([\w-]+)", str(error.msg))
    if mismatch is None:
        return None
    before = "\n".join(mjml.split("\n")[: (error.lineno or 1) - 1])
    opened = re.findall(rf"<{mismatch[2]}\b(?![^<>]*/>)", before)
    return int(mismatch[1]) if len(opened) > before.count(f"</{mismatch[2]}>") else None


def _to_xml(mjml: str) -> str:
    """Return *mjml*, line by line, without what MJML allows and XML does not."""
    closed = re.sub(rf"<({_VOID_TAGS})\b((?:\"[^\"]*+\"|[^\"<>/]|/(?!>))*+)/?>", r"<\1\2/>", mjml)
    return re.sub(r"&(?![a-z]+;|#)|&(?!amp;|lt;|gt;|quot;|apos;)[A-Za-z0-9]+;", " ", closed)


def _find_template_line(error: Exception, default: Path) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    found = [frame for frame in frames if frame.filename.endswith(".j2")]
    return f"{found[-1].filename}:{found[-1].lineno}" if found else str(default)
