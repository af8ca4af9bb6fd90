"""
What a theme's template receives: the letter, every part of it finished HTML that only needs its place.

These classes are the contract with themes; `docs/reference/themes.md` lists them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from babel import Locale
from babel.core import get_global
from babel.dates import format_date

from pipeline.markup import escape_html, is_field_name
from pipeline.models.edition import FieldContext
from pipeline.models.issue import Appeal, Issue, Position
from pipeline.rendering.appeal import AppealBlock, Setting, in_order, set_block, stretches
from pipeline.rendering.article_html import Prose
from pipeline.rendering.direction import has_italics, isolated
from pipeline.rendering.html import Html
from pipeline.rendering.interface_words import Words
from pipeline.rendering.logo import Shown
from pipeline.rendering.safe_links import safe_href
from pipeline.rendering.shell_tokens import StandIns


@dataclass(frozen=True, kw_only=True, slots=True)
class LogoBlock:
    """The logo: its address, that of the one for the dark scheme, the words for both, the size of both."""

    url: Html
    dark_url: Html
    alt: Html
    width_px: int
    height_px: int | None


@dataclass(frozen=True, slots=True)
class Fields:
    """
    What a template prints for a value of the reader's: `{{ letter.field("name", "friend") }}`.

    It is escaped for the place it is meant for: a call for text, `attribute()` for a quoted attribute, `url()` for a
    part of an address.
    """

    stand_ins: StandIns

    def __call__(self, name: str, fallback: str | None = None) -> str:
        """Return the field for a place between tags."""
        return self._field(name, fallback, FieldContext.HTML_TEXT)

    def attribute(self, name: str, fallback: str | None = None) -> str:
        """Return the field for a quoted attribute that is no address."""
        return self._field(name, fallback, FieldContext.HTML_ATTRIBUTE)

    def url(self, name: str, fallback: str | None = None) -> str:
        """Return the field for a part of an address, percent-encoded."""
        return self._field(name, fallback, FieldContext.HTML_URL)

    def _field(self, name: str, fallback: str | None, place: FieldContext) -> str:
        if not is_field_name(name):
            raise ValueError(f'"{name}" is no name of a field; letters, digits and _ are')
        return self.stand_ins.field(name, fallback, place)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """
    A stretch of the article, an appeal between two of them, or a mark; one of the three is set.

    Args:
        mark: Tells wordings of an appeal apart, of which each reader gets one; print it where it stands, alone.
    """

    prose: Html | None = None
    appeal: AppealBlock | None = None
    mark: Html | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """
    One letter, ready to be set.

    Args:
        script: Of the language, as ISO 15924 has it: `Latn`, `Arab`, `Jpan`.
        start: "left", or "right" in a right-to-left script; *end* is the other.
        italic: "italic", or "normal" in a script that knows no italics, nor letters set apart.
        logo: To be shown for the publication's name, null if there is none.
        lead_image: The lead image with its caption, as prose.
        parts: The text and the asks, in reading order.
        endnotes: All notes with their heading, as prose.
        preheader: What inboxes show after the subject.
        field: Prints a value of the reader's.
        unsubscribe_url: Where the footer's link leads; empty if the publication names no way to leave.
        web_url: The article on the web; empty if there is none.
    """

    language: str
    direction: str
    script: str
    start: str
    end: str
    italic: str
    publication: Html
    website: Html
    logo: LogoBlock | None
    title: Html
    subtitle: Html
    byline: Html
    date: Html
    preheader: Html
    lead_image: Html
    parts: tuple[Part, ...]
    endnotes: Html
    why: Html
    unsubscribe: Html
    unsubscribe_url: Html
    postal_lines: tuple[Html, ...]
    web: Html
    web_url: Html
    once: Html
    every_month: Html
    field: Fields


@dataclass(kw_only=True)
class Typesetter:
    """
    Makes the letter of one issue.

    Args:
        lead_px: The width of the lead image.
    """

    issue: Issue
    prose: Prose
    stand_ins: StandIns
    words: Words
    direction: str
    lead_px: int
    logo: Shown | None = None
    logo_alt: str = ""

    def letter(self) -> Letter:
        """Return the letter; the text is written before the notes, which link back into it."""
        article, publication = self.issue.article, self.issue.publication
        byline = article.byline or ""
        lead = self.prose.lead(article.lead_image, self.lead_px) if article.lead_image else ""
        parts = tuple(self._all_parts())
        unsubscribe_url = unsubscribe_href(self.issue, self.stand_ins)
        is_ltr = self.direction == "ltr"
        return Letter(
            language=self.issue.language,
            direction=self.direction,
            script=script_of(self.issue.language),
            start="left" if is_ltr else "right",
            end="right" if is_ltr else "left",
            italic="italic" if has_italics(self.issue.language) else "normal",
            publication=self._isolated(publication.name),
            website=self._href(publication.website),
            logo=self._logo(self.logo) if self.logo else None,
            title=self._html(self.prose.text(article.title or "")),
            subtitle=self._html(self.prose.text(article.subtitle or "")),
            byline=self._html(
                isolated(byline, self.direction, html=self.prose.text(byline)) if byline else ""
            ),
            date=self._said(written_date(article.published, self.issue.language)),
            preheader=self._html(
                self.stand_ins.with_fields(
                    self.issue.preheader,
                    escape_html,
                    FieldContext.HTML_TEXT,
                    has_fields=may_hold_fields(self.issue, self.issue.preheader),
                )
            ),
            lead_image=self._html(lead),
            parts=parts,
            endnotes=self._html(self.prose.endnotes() if article.notes else ""),
            why=self._word("why", publication=publication.name),
            unsubscribe=self._word("unsubscribe"),
            unsubscribe_url=self._html(unsubscribe_url),
            postal_lines=tuple(
                self._isolated(line) for line in publication.postal_address.splitlines()
            ),
            web=self._word("read_online"),
            web_url=self._href(article.canonical_url),
            once=self._word("once"),
            every_month=self._word("monthly"),
            field=Fields(self.stand_ins),
        )

    def _logo(self, logo: Shown) -> LogoBlock:
        return LogoBlock(
            url=self._said(logo.picture.url),
            dark_url=self._said(logo.dark.url if logo.dark else ""),
            alt=self._said(self.logo_alt or self.issue.publication.name),
            width_px=logo.width_px,
            height_px=logo.height_px,
        )

    def _all_parts(self) -> list[Part]:
        parts: list[Part] = []
        for blocks, appeals in stretches(self.issue):
            if blocks:
                parts.append(Part(prose=self._html(self.prose.blocks(blocks))))
            for appeal, position in appeals:
                parts += self._wordings(appeal, position)
        return parts

    def _wordings(self, appeal: Appeal, position: Position) -> Iterator[Part]:
        setting = Setting.of(self.issue, self.words)
        for piece in in_order(appeal, position, setting, self.stand_ins):
            if isinstance(piece, str):
                yield Part(mark=self._html(f"<!--{piece}-->"))
                continue
            if piece.heading:
                self.prose.level_above = 2
            yield Part(
                appeal=set_block(
                    piece,
                    html=self._html,
                    with_fields=self._with_fields,
                    href=self._href,
                    prose=self.prose.blocks,
                )
            )

    def _html(self, html: str) -> Html:
        return Html(html, self.stand_ins.hold)

    def _said(self, text: str) -> Html:
        """Words without fields."""
        return self._html(escape_html(text))

    def _word(self, name: str, **values: str) -> Html:
        """One of Handbill's own words."""
        return self._html(self.words.html(name, **values))

    def _isolated(self, text: str) -> Html:
        """Words without fields that stand beside others, such as a name before a date."""
        return self._html(isolated(text, self.direction))

    def _with_fields(self, text: str) -> str:
        """Return words of the publication's own as HTML, isolated, for an ask may be in another language."""
        html = self.stand_ins.with_fields(text, escape_html, FieldContext.HTML_TEXT)
        return isolated(text, self.direction, html=html)

    def _href(self, url: str | None) -> Html:
        return self._html(escape_html(safe_href(url) or "") if url else "")


def may_hold_fields(issue: Issue, line: str) -> bool:
    """Whether *line*, the subject or preheader, may hold fields: not if an article that must not brought it."""
    article, front = issue.article, issue.article.front_matter
    brought = (article.title, article.subtitle, front.subject, front.preheader)
    return article.has_fields or line not in brought


def script_of(language: str) -> str:
    """Return the script *language* is written in, `Latn` if nobody knows."""
    locale = Locale.parse(language.replace("-", "_"))
    likely = get_global("likely_subtags").get(locale.language, "")
    return locale.script or next((part for part in likely.split("_") if len(part) == 4), "Latn")


def written_date(published: date | None, language: str) -> str:
    """Return *published* as a reader of *language* writes it."""
    if published is None:
        return ""
    day = published.date() if isinstance(published, datetime) else published
    return format_date(day, format="long", locale=Locale.parse(language.replace("-", "_")))


def unsubscribe_href(
    issue: Issue, stand_ins: StandIns, place: FieldContext = FieldContext.HTML_URL
) -> str:
    """Return where the unsubscribe link leads, for a double-quoted attribute or, with `TEXT_URL`, as it is."""
    publication = issue.publication
    if publication.unsubscribe_url:
        before, _, after = publication.unsubscribe_url.partition("{token}")
        token = stand_ins.field("unsubscribe_token", None, place)
        url = safe_href(f"{before}{token}{after}") or ""
    else:
        url = safe_href(publication.unsubscribe or "") or ""
    return escape_html(url) if place is FieldContext.HTML_URL else url
