"""Values of an issue that both the HTML and the text part need."""

from __future__ import annotations

from pipeline.markup import escape_html, remove_invisible
from pipeline.models.article import Figure, NoteRef
from pipeline.models.article_text import plain_text
from pipeline.models.edition import FieldContext
from pipeline.models.issue import Issue
from pipeline.models.tree import walk
from pipeline.rendering.placeholder_stash import PlaceholderStash
from pipeline.rendering.safe_links import to_safe_url


def can_have_fields(issue: Issue, line: str) -> bool:
    """Whether *line*, the subject or preheader, may have fields: not if it comes from an article that must not."""
    article, front_matter = issue.article, issue.article.front_matter
    if article.has_fields or "{{" not in line:
        return True
    lines = (article.title, article.subtitle, front_matter.subject, front_matter.preheader)
    if line in lines or line in (remove_invisible(each or "") for each in lines):
        return False
    return line.rstrip("…") not in remove_invisible(plain_text(article.blocks))


def build_unsubscribe_url(
    issue: Issue, stash: PlaceholderStash, context: FieldContext = FieldContext.HTML_URL
) -> str:
    """Return the unsubscribe URL, escaped for HTML unless *context* is `TEXT_URL`."""
    publication = issue.publication
    before, found, after = (publication.unsubscribe_url or publication.unsubscribe or "").partition(
        "{token}"
    )
    token = stash.add_field("unsubscribe_token", None, context) if found else ""
    url = to_safe_url(f"{before}{token}{after}") or ""
    return escape_html(url) if context is FieldContext.HTML_URL else url


def build_preferences_url(
    issue: Issue, stash: PlaceholderStash, context: FieldContext = FieldContext.HTML_URL
) -> str:
    """Return the URL of the preferences page, escaped for HTML unless *context* is `TEXT_URL`; "" without one."""
    before, _, after = (issue.publication.preferences_url or "").partition("{token}")
    if not before:
        return ""
    url = to_safe_url(f"{before}{stash.add_field('preferences_token', None, context)}{after}") or ""
    return escape_html(url) if context is FieldContext.HTML_URL else url


def has_references(figure: Figure) -> bool:
    """Whether the caption of *figure* refers to a note, which must not lose its reference."""
    return any(isinstance(node, NoteRef) for node in walk(figure.caption))
