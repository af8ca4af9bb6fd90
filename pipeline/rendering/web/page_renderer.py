"""Render the pages of an archive: of an issue, and of a list of issues."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.errors import RenderError
from pipeline.markup import escape_html
from pipeline.models.archived_issue import ArchivedIssue, list_files, to_file_name
from pipeline.models.edition import Edition, InlineImage
from pipeline.models.issue_document import IssueDocument
from pipeline.models.publication import Publication
from pipeline.rendering.html.note_links import NoteForm
from pipeline.rendering.images.email_image import PreparedLogo, prepare_logo
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.locales import (
    format_publication_date,
    get_script,
    has_italics,
    isolate_html,
    parse_locale,
)
from pipeline.rendering.theme.appeal_context import AppealContextBuilder
from pipeline.rendering.theme.theme import Theme
from pipeline.rendering.translations import load_translations
from pipeline.rendering.web.issue_content import IssueContent
from pipeline.rendering.web.issue_head import describe_issue
from pipeline.rendering.web.page_context import (
    CorrectionContext,
    IssueContext,
    ListContext,
    ListedIssue,
    PageContext,
    PagePart,
    SearchContext,
    SiteLink,
    SiteLogo,
)
from pipeline.rendering.web.page_head import ATOM_TYPE, JSON_FEED_TYPE, HeadInfo, write_head

#: Where files are, below the archive's URL.
FILES = "files"
ATOM_FEED, JSON_FEED, SEARCH = "feed.atom", "feed.json", "search/"

#: The styles that `isolate_html()` writes.
_ISOLATED_STYLE = re.compile(
    r' style="(?P<line>display:block;text-align:(?:left|right))?;?(?P<upright>font-style:normal)?"'
)


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueList:
    """
    A list of issues to render.

    Args:
        path: Of its page below the archive's URL, `""` or `2026/`.
        heading: Plain text; "" on the first page.
        years: Linked below.
        query: What was searched for; None where nothing is.
    """

    path: str
    heading: str
    issues: tuple[ArchivedIssue, ...]
    years: tuple[int, ...] = ()
    query: str | None = None


class PageRenderer:
    """
    Renders the pages of one archive; the same arguments give the same bytes.

    Args:
        url: The archive's, without a slash at its end.
        has_search: Whether a service answers the search.
        subscribe_url: Where people subscribe, None without such a page.
        catalogs: Folders of the project's own translations.
    """

    def __init__(
        self,
        theme: Theme,
        publication: Publication,
        *,
        url: str,
        has_search: bool = False,
        subscribe_url: str | None = None,
        catalogs: Sequence[Path] = (),
    ) -> None:
        self._theme = theme
        self.publication = publication
        self.url = url
        self.has_search = has_search
        self.subscribe_url = subscribe_url
        self.catalogs = catalogs

    # Pages

    def render_issue(
        self,
        issue: ArchivedIssue,
        edition: Edition,
        document: IssueDocument,
        *,
        at: datetime,
        newer: ArchivedIssue | None = None,
        older: ArchivedIssue | None = None,
    ) -> bytes:
        """
        Return the page of *issue*.

        Args:
            document: That of *edition*, with its goal brought up to date.
            at: What is true of the appeal then is shown.

        Raises:
            RenderError: A template omits a part.
        """
        names = {image.content_id: to_file_name(image) for image in list_files(edition)}
        page_url = f"{self.url}/{issue.slug}/"
        content = IssueContent(
            document,
            edition,
            form=NoteForm.PAGE,
            find_image=lambda content_id: f"../{FILES}/{names[content_id]}",
            page_url=page_url,
            at=at,
            catalogs=self.catalogs,
        )
        texts = content.translations
        context = self._build_issue(issue, content, texts)
        context = replace(
            context,
            newer=self._link_neighbor(newer, texts.format_html("page_newer")),
            older=self._link_neighbor(older, texts.format_html("page_older")),
            neighbors_label=escape_html(f"{texts.page_newer} / {texts.page_older}"),
        )
        head = describe_issue(
            issue,
            document,
            content,
            publication=self.publication,
            url=self.url,
            feeds=self._list_feeds(),
        )
        page = self._build_page(head, texts, language=edition.language, root="../")
        html = self._theme.render_page("web.html.j2", page=page, issue=context)
        if any(part and not part.is_printed for part in context.required):
            raise RenderError(
                f"The theme {self._theme.name} omits a part of a page. Its web.html.j2 must print the title, the "
                "lead image, every part of issue.parts, the endnotes and the popovers."
            )
        return _use_classes(html).encode()

    def render_list(self, found: IssueList) -> bytes:
        """Return the page of a list."""
        language = self.publication.language
        root = "../" * found.path.count("/") or "./"
        texts = self._texts
        search = None
        message = "" if found.issues else texts.format_html("page_archive_empty")
        if found.query is not None:
            search = SearchContext(
                url="./",
                label=texts.format_html("page_search_label"),
                button=texts.format_html("page_search"),
                query=escape_html(found.query),
            )
            if not found.query:
                message = ""
            elif not found.issues:
                message = texts.format_html("page_search_none", query=found.query)
        context = ListContext(
            heading=escape_html(found.heading),
            issues=tuple(self._list_issue(each, root) for each in found.issues),
            years=tuple(SiteLink(label=str(year), url=f"{root}{year}/") for year in found.years),
            years_label=escape_html(texts.page_archive),
            search=search,
            message=message,
        )
        heading = found.heading if found.query is None else texts.page_search
        context = replace(context, heading=escape_html(heading))
        head = HeadInfo(
            title=heading or self.publication.name,
            site_name=self.publication.name,
            canonical_url=f"{self.url}/{found.path}",
            page_url=f"{self.url}/{found.path}",
            feeds=self._list_feeds(),
            language=language,
            is_listed=found.query is None,
        )
        page = self._build_page(head, texts, language=language, root=root)
        html = self._theme.render_page("web_list.html.j2", page=page, list=context)
        return _use_classes(html).encode()

    def list_logo_files(self) -> tuple[InlineImage, ...]:
        """Return the files of the logo."""
        return self._logo.inline_images if self._logo else ()

    # Parts

    @cached_property
    def _texts(self) -> Translations:
        language = self.publication.language
        direction = parse_locale(language).text_direction
        return load_translations(language, direction=direction, folders=self.catalogs)

    @cached_property
    def _logo(self) -> PreparedLogo | None:
        if self._theme.logo is None:
            return None
        domain = self.publication.sender.domain
        return prepare_logo(
            self._theme.logo,
            name=self.publication.name,
            column_width=self._theme.tokens.text_width_px,
            domain=domain,
        )

    def _list_feeds(self) -> Mapping[str, str]:
        return {
            ATOM_TYPE: f"{self.url}/{ATOM_FEED}",
            JSON_FEED_TYPE: f"{self.url}/{JSON_FEED}",
        }

    def _build_page(
        self, info: HeadInfo, texts: Translations, *, language: str, root: str
    ) -> PageContext:
        script = get_script(language)
        publication, direction = self.publication, texts.direction
        page = PageContext(
            head="",
            language=language,
            direction=direction,
            script=script,
            italic="italic" if has_italics(language) else "normal",
            name=isolate_html(publication.name, direction),
            name_text=escape_html(publication.name),
            home_url=root,
            logo=self._build_logo(root),
            navigation=tuple(self._list_links(texts, root)),
            website=escape_html(publication.website or ""),
            postal_lines=tuple(
                isolate_html(line, direction) for line in publication.postal_address.splitlines()
            ),
        )
        return replace(page, head=write_head(info, self._theme.render_web_css(page)))

    def _list_links(self, texts: Translations, root: str) -> Iterator[SiteLink]:
        yield SiteLink(label=texts.format_html("page_archive"), url=root)
        if self.has_search:
            yield SiteLink(label=texts.format_html("page_search"), url=f"{root}{SEARCH}")
        yield SiteLink(label="RSS", url=f"{root}{ATOM_FEED}")
        if self.subscribe_url:
            label = texts.format_html("page_signup_button")
            yield SiteLink(label=label, url=escape_html(self.subscribe_url))

    def _build_logo(self, root: str) -> SiteLogo | None:
        logo = self._logo
        if logo is None:
            return None

        def find(image: Any) -> str:  # Any: an image of the logo, or None
            if image is None:
                return ""
            file = image.inline
            return escape_html(f"{root}{FILES}/{to_file_name(file)}" if file else image.url)

        return SiteLogo(
            url=find(logo.image),
            dark_url=find(logo.dark),
            alt=escape_html(logo.alt),
            width_px=logo.width_px,
            height_px=logo.height_px,
            with_name=logo.with_name,
        )

    def _build_issue(
        self, issue: ArchivedIssue, content: IssueContent, texts: Translations
    ) -> IssueContext:
        article, fragments = content.issue.article, content.fragments
        appeals = AppealContextBuilder(fragments, content.article)
        lead_image = content.write_lead_image()
        parts = tuple(
            PagePart(appeal=appeals.build(part.appeal))
            if part.appeal
            else PagePart(article=fragments.from_html(part.html))
            for part in content.list_parts()
        )
        byline = article.byline or ""
        day = self.find_day(issue)
        return IssueContext(
            title=fragments.from_html(content.write_text(article.title or "")),
            subtitle=fragments.from_html(content.write_text(article.subtitle or "")),
            byline=fragments.from_html(
                isolate_html(byline, texts.direction, html=content.write_text(byline))
            ),
            date=escape_html(format_publication_date(day, content.issue.language)),
            iso_date=day.isoformat(),
            lead_image=fragments.from_html(lead_image),
            parts=parts,
            endnotes=fragments.from_html(content.write_endnotes()),
            popovers=fragments.from_html(content.write_popovers()),
            corrections=tuple(self._list_corrections(issue, content.issue.language, texts)),
            newer=None,
            older=None,
        )

    def _list_corrections(
        self, issue: ArchivedIssue, language: str, texts: Translations
    ) -> Iterator[CorrectionContext]:
        for each in issue.corrections:
            day = format_publication_date(self._to_local_day(each.at), language)
            yield CorrectionContext(
                label=texts.format_html("page_corrected", date=day),
                note=isolate_html(each.note, texts.direction),
            )

    def _link_neighbor(self, issue: ArchivedIssue | None, text: str) -> SiteLink | None:
        if issue is None:
            return None
        direction = issue.card.direction
        html = f'<bdi lang="{issue.card.language}" dir="{direction}">{escape_html(issue.card.title)}</bdi>'
        return SiteLink(label=html, url=f"../{issue.slug}/", text=text)

    def _list_issue(self, issue: ArchivedIssue, root: str) -> ListedIssue:
        card = issue.card
        day = self.find_day(issue)
        return ListedIssue(
            title=escape_html(card.title),
            url=f"{root}{issue.slug}/",
            description=escape_html(card.description),
            byline=escape_html(card.byline),
            date=escape_html(format_publication_date(day, card.language)),
            iso_date=day.isoformat(),
            language=card.language,
            direction=card.direction,
        )

    def find_day(self, issue: ArchivedIssue) -> date:
        """Return the day of *issue*: the article's own, or when it was sent in the publication's time zone."""
        own = issue.card.published
        if own is None:
            return self._to_local_day(issue.published_at)
        return own.date() if isinstance(own, datetime) else own

    def _to_local_day(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.publication.timezone)).date()


def _use_classes(html: str) -> str:
    """Return *html* with the inline styles of isolated text as classes: emails need styles, pages forbid them."""
    return _ISOLATED_STYLE.sub(_replace_style, html)


def _replace_style(match: re.Match[str]) -> str:
    names = [match["line"] and "own-line", match["upright"] and "upright"]
    return f' class="{" ".join(filter(None, names))}"'
