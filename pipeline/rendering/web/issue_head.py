"""What the head of an issue's page says of it, to search engines, feed readers and whoever shares its link."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.models.archived_issue import ArchivedIssue
from pipeline.models.issue_document import IssueDocument
from pipeline.models.publication import Publication
from pipeline.rendering.web.issue_content import IssueContent
from pipeline.rendering.web.page_head import HeadInfo


def describe_issue(
    issue: ArchivedIssue,
    document: IssueDocument,
    content: IssueContent,
    *,
    publication: Publication,
    url: str,
    feeds: Mapping[str, str],
) -> HeadInfo:
    """
    Return what is said of *issue*, whose document is *document* and is shown as *content*.

    Args:
        url: Of the archive.
        feeds: The address of each feed, by media type.
    """
    article, name = document.article, publication.name
    page_url = f"{url}/{issue.slug}/"
    language = content.issue.language
    image_url = find_image_url(content, f"{url}/")
    published, modified = format_time(issue.published_at), format_time(issue.updated_at)
    properties: dict[str, Any] = {  # Any: JSON
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": document.title,
        "description": document.description,
        "datePublished": published,
        "dateModified": modified,
        "inLanguage": language,
        "isAccessibleForFree": True,
        "mainEntityOfPage": page_url,
        "publisher": {"@type": "Organization", "name": name},
    }
    if article.byline:
        byline = document.fill_plain(article.byline)
        properties["author"] = {"@type": "Person", "name": byline}
    if image_url:
        properties["image"] = image_url
    if issue.corrections:
        properties["correction"] = [each.note for each in issue.corrections]
    return HeadInfo(
        title=document.title or name,
        site_name=name,
        description=document.description,
        canonical_url=article.canonical_url or page_url,
        page_url=page_url,
        feeds=feeds,
        kind="article",
        language=language,
        image_url=image_url,
        published=published,
        modified=modified if issue.corrections else "",
        properties=properties,
        is_listed=issue.is_public,
    )


def find_image_url(content: IssueContent, base: str) -> str:
    """Return the URL of the lead image, or else of the first one; "" without any."""
    lead = content.issue.article.lead_image
    lead_image = content.images.get(lead.src) if lead and lead.src else None
    image = lead_image or next(iter(content.images.values()), None)
    if image is None:
        return ""
    return base + image.url.removeprefix("../") if image.url.startswith("../") else image.url


def format_time(at: datetime) -> str:
    """Return *at* as RFC 3339 has it, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
