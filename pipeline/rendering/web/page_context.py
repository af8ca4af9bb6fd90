"""
What a theme's web templates receive: the site, and the page of an issue or a list of issues.

These classes are the contract with themes; docs/reference/themes.md lists them. All their texts are finished HTML.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.rendering.html.fragments import HtmlFragment
from pipeline.rendering.theme.appeal_context import AppealContext


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteLink:
    """A link with its label."""

    label: str
    url: str
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteLogo:
    """
    The logo: the URLs of the light and the dark image, "" without a dark one, and the alt text and size of both.

    Args:
        with_name: The name stands below it; else it replaces the name.
    """

    url: str
    dark_url: str
    alt: str
    width_px: int
    height_px: int | None
    with_name: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PageContext:
    """
    What every page has.

    Args:
        script: Of the language, its ISO 15924 code: `Latn`, `Arab`, `Jpan`.
        italic: "italic", or "normal" in a script without italics, which needs no extra spacing either.
        head: The end of the head: title, style sheet, feeds, canonical URL, and what other sites read. Print it.
        name: The publication's, linked to *home_url*, the list of all issues.
        name_text: The same without markup, for an attribute.
        navigation: Links for the header.
        postal_lines: The lines of the postal address.
    """

    head: str
    language: str
    direction: str
    script: str
    italic: str
    name: str
    name_text: str
    home_url: str
    logo: SiteLogo | None
    navigation: tuple[SiteLink, ...]
    website: str
    postal_lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PagePart:
    """A run of the article, or the appeal after it; one of the two is set."""

    article: HtmlFragment | None = None
    appeal: AppealContext | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectionContext:
    """A correction: "Corrected on 30 November 2026", and what was corrected."""

    label: str
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueContext:
    """
    The page of an issue.

    Args:
        date: In the issue's language; *iso_date* is for machines, "" without one.
        parts: The article and the appeals, in reading order.
        popovers: Every note once more, to be opened beside its reference; print them at the end.
        newer: The issue after this one, and *older* the one before, None at the end.
        neighbors_label: What a screen reader calls the links to both.
    """

    title: HtmlFragment
    subtitle: HtmlFragment
    byline: HtmlFragment
    date: str
    iso_date: str
    lead_image: HtmlFragment
    parts: tuple[PagePart, ...]
    endnotes: HtmlFragment
    popovers: HtmlFragment
    corrections: tuple[CorrectionContext, ...]
    newer: SiteLink | None
    older: SiteLink | None
    neighbors_label: str = ""

    @property
    def required(self) -> tuple[HtmlFragment, ...]:
        """What a template must print."""
        articles = tuple(part.article for part in self.parts if part.article)
        appeals = (part.appeal for part in self.parts if part.appeal)
        in_appeals = tuple(html for appeal in appeals for html in appeal.required)
        return (self.title, self.lead_image, *articles, *in_appeals, self.endnotes, self.popovers)


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedIssue:
    """An issue in a list; its own language and direction are set where they are not the page's."""

    title: str
    url: str
    description: str
    byline: str
    date: str
    iso_date: str
    language: str
    direction: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListContext:
    """
    A list of issues.

    Args:
        heading: The name of the list; "" on the first page, which is the publication's own.
        years: A link to the list of each year; *years_label* is what a screen reader calls them.
        search: The search form, None elsewhere: *query* is what was searched for.
        message: What to say where there is nothing to list.
    """

    heading: str
    issues: tuple[ListedIssue, ...]
    years: tuple[SiteLink, ...] = ()
    years_label: str = ""
    search: SearchContext | None = None
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchContext:
    """The search form: where it leads, its label, its button, and what was searched for."""

    url: str
    label: str
    button: str
    query: str
