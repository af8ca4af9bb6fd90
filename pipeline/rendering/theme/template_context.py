"""
What a theme's template receives: the email, each part of it as finished HTML.

These classes are the contract with themes; docs/reference/themes.md lists them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.markup import escape_html, is_field_name
from pipeline.models.edition import ADDRESS_FIELD, FieldContext
from pipeline.models.issue import Appeal, Issue, Position
from pipeline.rendering.appeal.appeal_text import AppealFormatter
from pipeline.rendering.appeal.placement import order_variants, split_at_appeals
from pipeline.rendering.html.article_html import ArticleHtmlWriter
from pipeline.rendering.html.fragments import FragmentBuilder, HtmlFragment
from pipeline.rendering.images.email_image import PreparedLogo
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.issue_values import (
    build_preferences_url,
    build_unsubscribe_url,
    can_have_fields,
)
from pipeline.rendering.locales import (
    format_publication_date,
    get_script,
    has_italics,
    isolate_html,
)
from pipeline.rendering.part_language import find_configured_language, find_part_language
from pipeline.rendering.placeholder_stash import PlaceholderStash
from pipeline.rendering.theme.appeal_context import (
    AppealContext,
    AppealContextBuilder,
    ButtonContext,
)

#: The most that an inbox shows after the subject, on a wide screen.
_PREHEADER_CHARACTERS = 150
#: Spaces of which no client makes one (goodemailcode.com, preheader), two characters wide.
_PREHEADER_FILLER = "\u2007\ufeff\u034f "


@dataclass(frozen=True, kw_only=True, slots=True)
class LogoContext:
    """
    The logo: the URLs of the light and the dark image, and the alt text and size of both.

    Args:
        with_name: The name stands below it; else it replaces the name.
    """

    url: HtmlFragment
    dark_url: HtmlFragment
    alt: HtmlFragment
    width_px: int
    height_px: int | None
    with_name: bool


@dataclass(frozen=True, slots=True)
class FieldPrinter:
    """
    Prints a field of the recipient: `{{ email.field("name", "friend") }}`.

    The value is escaped for its place: a call for text, `attribute()` for a quoted attribute, `url()` for a part of
    a URL.
    """

    stash: PlaceholderStash

    def __call__(self, name: str, fallback: str | None = None) -> str:
        """Return the field for text between tags."""
        return self._print(name, fallback, FieldContext.HTML_TEXT)

    def attribute(self, name: str, fallback: str | None = None) -> str:
        """Return the field for a quoted attribute that is not a URL."""
        return self._print(name, fallback, FieldContext.HTML_ATTRIBUTE)

    def url(self, name: str, fallback: str | None = None) -> str:
        """Return the field for a part of a URL, percent-encoded."""
        return self._print(name, fallback, FieldContext.HTML_URL)

    def _print(self, name: str, fallback: str | None, context: FieldContext) -> str:
        if not is_field_name(name):
            raise ValueError(f'"{name}" is not a valid field name; use letters, digits and _')
        return self.stash.add_field(name, fallback, context)


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyPart:
    """
    A run of the article, an appeal after it, a marker, or a button; one of them is set.

    Args:
        button: Of a message that asks for something, see `pipeline.rendering.service_notice`; no issue has one.
        marker: Separates the variants of an appeal, of which each recipient gets one; print it alone, in its place.
    """

    article: HtmlFragment | None = None
    appeal: AppealContext | None = None
    marker: HtmlFragment | None = None
    button: ButtonContext | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailContext:
    """
    One email, ready for a template.

    Args:
        script: Of the language, its ISO 15924 code: `Latn`, `Arab`, `Jpan`.
        start: "left", or "right" in a right-to-left script; *end* is the opposite.
        italic: "italic", or "normal" in a script without italics, which needs no extra spacing either.
        title_characters: How long the title is; in `theme`, the sizes of a long title are smaller.
        logo: Replaces the publication's name or stands above it, None without one.
        document_title: The title, or else the publication's name, as text only.
        lead_image: The lead image with its caption, as article HTML.
        parts: The article and the appeals, in reading order.
        endnotes: All notes with their heading, as article HTML.
        preheader: What inboxes show after the subject, followed by spaces that keep the article's first words out.
        field: Prints a field of the recipient.
        sent_to: "Sent to", and the recipient's address.
        unsubscribe_url: Empty if the publication has none.
        preferences_url: Empty without `public_url`.
        has_tables: The article, a note or an appeal has a table.
        has_highlights: Text of the article, a note or an appeal is highlighted.
        stacking_px: The widest window in which the rows of a table are stacked; 0 if those of none are.
        past_issues_url: Empty unless the publication names it; *subscribe_url* and *replies_welcome* likewise.
        web_url: The issue's page in the archive, else the article on the web; empty if it has neither.
    """

    language: str
    direction: str
    script: str
    start: str
    end: str
    italic: str
    publication: HtmlFragment
    website: HtmlFragment
    logo: LogoContext | None
    document_title: HtmlFragment
    title: HtmlFragment
    title_characters: int
    subtitle: HtmlFragment
    byline: HtmlFragment
    date: HtmlFragment
    preheader: HtmlFragment
    lead_image: HtmlFragment
    parts: tuple[BodyPart, ...]
    endnotes: HtmlFragment
    subscription_reason: HtmlFragment
    sent_to: HtmlFragment
    unsubscribe: HtmlFragment
    unsubscribe_url: HtmlFragment
    preferences: HtmlFragment
    preferences_url: HtmlFragment
    past_issues: HtmlFragment
    past_issues_url: HtmlFragment
    forwarded: HtmlFragment
    subscribe: HtmlFragment
    subscribe_url: HtmlFragment
    replies_welcome: HtmlFragment
    postal_lines: tuple[HtmlFragment, ...]
    read_online: HtmlFragment
    web_url: HtmlFragment
    has_tables: bool
    has_highlights: bool
    stacking_px: int
    field: FieldPrinter


class EmailContextBuilder:
    """
    Builds the context of one issue.

    Args:
        lead_image_px: The width of the lead image.
    """

    def __init__(
        self,
        issue: Issue,
        article: ArticleHtmlWriter,
        *,
        lead_image_px: int,
        logo: PreparedLogo | None = None,
    ) -> None:
        self._issue = issue
        self._article = article
        self._stash = article.inline.stash
        self._translations: Translations = article.inline.translations
        self._direction = article.inline.direction
        publication = issue.publication
        own = find_configured_language(
            (publication.name, publication.postal_address), issue.language, publication.language
        )
        self._fragments = FragmentBuilder(self._stash, self._direction, language=own)
        self._appeals = AppealContextBuilder(self._fragments, article)
        self._lead_image_px = lead_image_px
        self._logo = logo

    def build(self) -> EmailContext:
        """Return the context; the article is written before the notes, which link back to it."""
        issue, fragments = self._issue, self._fragments
        article, publication, language = issue.article, issue.publication, issue.language
        lead_image = ""
        if article.lead_image:
            lead_image = self._article.write_lead_image(article.lead_image, self._lead_image_px)
        parts = tuple(self._build_parts())
        endnotes = self._article.write_endnotes() if article.notes else ""
        unsubscribe_url = build_unsubscribe_url(issue, self._stash)
        is_ltr = self._direction == "ltr"
        return EmailContext(
            language=language,
            direction=self._direction,
            script=get_script(language),
            start="left" if is_ltr else "right",
            end="right" if is_ltr else "left",
            italic="italic" if has_italics(language) else "normal",
            publication=fragments.from_name(publication.name),
            website=fragments.from_url(publication.website),
            logo=self._build_logo(self._logo) if self._logo else None,
            document_title=fragments.from_html(
                self._article.inline.write_text(article.title or "")
                or escape_html(publication.name)
            ),
            title=self._from_article(article.title or ""),
            title_characters=len(article.title or ""),
            subtitle=self._from_article(article.subtitle or ""),
            byline=self._build_byline(article.byline or ""),
            date=fragments.from_text(format_publication_date(article.published, language)),
            preheader=self._build_preheader(),
            lead_image=fragments.from_html(lead_image),
            parts=parts,
            endnotes=fragments.from_html(endnotes),
            subscription_reason=self._translate(
                "subscription_reason", publication=publication.name
            ),
            sent_to=self._translate(
                "sent_to",
                address=self._stash.add_field(ADDRESS_FIELD, None, FieldContext.HTML_TEXT),
            ),
            unsubscribe=self._translate("unsubscribe"),
            unsubscribe_url=fragments.from_html(unsubscribe_url),
            preferences=self._translate("preferences"),
            preferences_url=fragments.from_html(build_preferences_url(issue, self._stash)),
            past_issues=self._translate("past_issues"),
            past_issues_url=fragments.from_url(publication.past_issues),
            forwarded=self._translate("forwarded"),
            subscribe=self._translate("subscribe"),
            subscribe_url=fragments.from_url(publication.subscribe_url),
            replies_welcome=fragments.from_html(
                self._translations.format_html("replies_welcome")
                if publication.welcomes_replies
                else ""
            ),
            postal_lines=tuple(map(fragments.from_name, publication.postal_address.splitlines())),
            read_online=self._translate("read_online"),
            web_url=fragments.from_url(issue.web_url),
            has_tables=self._article.tables.has_tables,
            has_highlights=self._article.inline.has_highlights,
            stacking_px=self._article.tables.stacking_px,
            field=FieldPrinter(self._stash),
        )

    def _build_logo(self, logo: PreparedLogo) -> LogoContext:
        return LogoContext(
            url=self._fragments.from_text(logo.image.url),
            dark_url=self._fragments.from_text(logo.dark.url if logo.dark else ""),
            alt=self._fragments.from_text(logo.alt),
            width_px=logo.width_px,
            height_px=logo.height_px,
            with_name=logo.with_name,
        )

    def _build_byline(self, byline: str) -> HtmlFragment:
        html = self._article.inline.write_text(byline)
        return self._fragments.from_html(
            isolate_html(byline, self._direction, html=html) if byline else ""
        )

    def _build_preheader(self) -> HtmlFragment:
        preheader = self._issue.preheader
        if not preheader:
            return self._fragments.from_html("")
        html = self._stash.replace_fields(
            preheader,
            escape_html,
            FieldContext.HTML_TEXT,
            has_fields=can_have_fields(self._issue, preheader),
        )
        missing = max(_PREHEADER_CHARACTERS - len(preheader), 0)
        return self._fragments.from_html(html + _PREHEADER_FILLER * (missing // 2 + 5))

    def _build_parts(self) -> Iterator[BodyPart]:
        for blocks, appeals in split_at_appeals(self._issue):
            if blocks:
                html = self._article.write_blocks(blocks)
                yield BodyPart(article=self._fragments.from_html(html))
            for appeal, position in appeals:
                yield from self._build_appeal(appeal, position)

    def _build_appeal(self, appeal: Appeal, position: Position) -> Iterator[BodyPart]:
        formatter = AppealFormatter.from_issue(self._issue, self._translations)
        for item in order_variants(appeal, position, formatter, self._stash):
            if isinstance(item, str):
                yield BodyPart(marker=self._fragments.from_html(f"<!--{item}-->"))
                continue
            if item.heading:
                self._article.last_level = 2
            yield BodyPart(appeal=self._appeals.build(item))

    def _from_article(self, text: str) -> HtmlFragment:
        html = self._article.inline.write_text(text)
        language = find_part_language(text, self._issue.language)
        return self._fragments.from_html(
            isolate_html(text, self._direction, html=html, language=language, is_block=True)
            if text
            else ""
        )

    def _translate(self, name: str, **values: str) -> HtmlFragment:
        return self._fragments.from_html(self._translations.format_html(name, **values))
