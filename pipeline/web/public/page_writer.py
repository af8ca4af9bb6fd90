"""Write the public pages, in the language of whoever opens them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Response, render_template
from markupsafe import Markup

from pipeline.errors import PipelineError
from pipeline.models.publication import Publication
from pipeline.project import Project
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.locales import get_script, parse_locale
from pipeline.rendering.theme.tokens import DesignTokens
from pipeline.rendering.translations import load_translations
from pipeline.web.public.page_style import PageStyle, build_security_policy

_LOGGER = logging.getLogger(__name__)
_HIDDEN = "••"
#: Of those that a browser asks for.
_MAX_LANGUAGES = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """
    A button that posts one field.

    Args:
        is_main: Whether it is what most people came for.
    """

    field: str
    value: str
    label: Markup
    is_main: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PageLink:
    """A link to another page."""

    url: str
    label: Markup


class PageWriter:
    """
    Writes pages for one publication.

    Args:
        catalogs: Folders of the project's own translations.
        tokens: The colors and fonts of the project's theme; None for those of the pages themselves.
    """

    def __init__(
        self,
        publication: Publication,
        *,
        catalogs: Sequence[Path] = (),
        tokens: DesignTokens | None = None,
    ) -> None:
        self.publication = publication
        self._style = PageStyle(tokens)
        self._catalogs = catalogs

    def in_language(self, language: str | None) -> PageTexts:
        """Return the texts in *language*; without a translation of the pages, in the publication's."""
        for tag in filter(None, (language, self.publication.language)):
            texts = self._load(tag)
            if texts is not None:
                return PageTexts(
                    texts, language=tag, publication=self.publication, style=self._style
                )
        english = load_translations("en", folders=self._catalogs)
        return PageTexts(english, language="en", publication=self.publication, style=self._style)

    def in_first_language(self, languages: Iterable[str]) -> PageTexts:
        """Return the texts in the first of *languages* that there is a translation for, else in the publication's."""
        for tag in islice(languages, _MAX_LANGUAGES):
            texts = self._load(tag)
            if texts is not None:
                language = str(parse_locale(tag)).replace("_", "-")
                return PageTexts(
                    texts, language=language, publication=self.publication, style=self._style
                )
        return self.in_language(None)

    def _load(self, language: str) -> Translations | None:
        from babel import UnknownLocaleError

        try:
            direction = parse_locale(language).text_direction
        except (UnknownLocaleError, ValueError):  # a language that an import took as it was
            return None
        texts = load_translations(language, direction=direction, folders=self._catalogs)
        return None if "page_question" in texts.untranslated else texts


def create_page_writer(project: Project) -> PageWriter:
    """Return the writer for the publication of *project*, with its own translations, in its theme."""
    tokens = None
    try:
        tokens = project.theme.tokens
    except PipelineError as error:  # no reason not to answer who unsubscribes
        _LOGGER.error("The pages are not in your theme: %s", error)
    return PageWriter(project.publication, catalogs=[project.root / "locale"], tokens=tokens)


class PageTexts:
    """The texts of one page, as HTML."""

    def __init__(
        self,
        translations: Translations,
        *,
        language: str,
        publication: Publication,
        style: PageStyle,
    ) -> None:
        self._style = style.write(get_script(language))
        self._translations = translations
        self._publication = publication
        self.language = language

    def text(self, name: str, **values: str) -> Markup:
        """Return the text `page_<name>` with its values."""
        return Markup(self._translations.format_html(f"page_{name}", **values))

    @property
    def translations(self) -> Translations:
        """All texts, also those of messages."""
        return self._translations

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return self._translations.direction

    def plain(self, name: str, **values: str) -> str:
        """Return the text *name* as plain text with its values."""
        return self._translations.format_text(name, **values)

    def html(self, name: str, **values: str) -> Markup:
        """Return the text *name* as HTML with its values."""
        return Markup(self._translations.format_html(name, **values))

    def format_date(self, at: datetime) -> str:
        """Return the day of *at* in the publication's time zone, in the page's language."""
        return self.format_day(at.astimezone(ZoneInfo(self._publication.timezone)).date())

    def format_day(self, day: date) -> str:
        """Return *day* in the page's language."""
        from babel.dates import format_date as babel_format_date

        return babel_format_date(day, format="long", locale=parse_locale(self.language))

    def render(
        self,
        title: Markup,
        *paragraphs: Markup,
        buttons: Sequence[Button] = (),
        links: Sequence[PageLink] = (),
        note: Markup | None = None,
        status: int = 200,
    ) -> Response:
        """
        Return a page.

        Args:
            links: Below the buttons.
            note: Below all that, small.
        """
        return self.render_template(
            "message.html",
            title,
            status=status,
            paragraphs=paragraphs,
            buttons=buttons,
            links=links,
            note=note,
        )

    def render_template(
        self, template: str, title: Markup, *, status: int = 200, script: str = "", **values: object
    ) -> Response:
        """
        Return the page that *template* makes of *values*.

        Args:
            script: The only one that the page may run.
        """
        contact = self._publication.reply_to or self._publication.sender
        html = render_template(
            template,
            publication=self._publication,
            contact=self.text("contact", address=contact.email),
            direction=self._translations.direction,
            language=self.language,
            style=Markup(self._style),
            script=Markup(script),
            title=title,
            **values,
        )
        policy = build_security_policy(self._style, script)
        headers = {"Content-Security-Policy": policy}
        return Response(html, status, mimetype="text/html", headers=headers)


def mask_address(email: str) -> str:
    """Return *email* with all but the first character of its local part hidden: a forwarded copy tells nothing more."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}{_HIDDEN}@{domain}"
