"""`handbill archive add`, `remove` and `show`: which issues are in the archive."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.shared.command import argument, command, option
from pipeline.cli.shared.options import SourceOptions, json_option, source_options
from pipeline.cli.shared.output import (
    pluralize,
    print_findings,
    print_json,
    print_message,
    print_text,
)
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import PipelineError
from pipeline.models.archived_issue import ArchivedIssue, Visibility

if TYPE_CHECKING:
    from pipeline.models.edition import Edition
    from pipeline.models.issue import Issue
    from pipeline.project import Project


@command()
@source_options
@option(
    "--date",
    metavar="DATE",
    help="Day it was published: 2026-11-30; default: the article's, or today.",
)
@option("--unlisted", is_flag=True, help="Leave it out of lists, feeds and search engines.")
@option("--public", is_flag=True, help="Show it to everybody, whatever the configuration says.")
@json_option
@project_option
@click.pass_context
def add(
    context: click.Context,
    source: SourceOptions,
    date: str | None,
    unlisted: bool,
    public: bool,
    as_json: bool,
) -> None:
    """
    Add SOURCE, an article or the slug of an issue, to the archive.

    \b
    Example:
        handbill archive add rain-gauges.md
    """
    from pipeline.project.archive import open_archive

    if unlisted and public:
        raise click.UsageError("Give either --unlisted or --public, not both.")
    visibility = Visibility.UNLISTED if unlisted else Visibility.PUBLIC if public else None
    project = open_project(context)
    with open_archive(project) as archive:
        known = {issue.slug for issue in archive.list_issues(with_removed=True)}
        if source.source in known:
            issue = archive.set_visibility(source.source, visibility)
        else:
            at = _parse_day(date, project) if date else None
            article = source.load(project)
            if at is None and article.published is not None:
                at = _parse_day(str(article.published)[:10], project)
            edition = render_page_edition(project, project.edit(article))
            issue = archive.add(edition, at=at, visibility=visibility)
    print_issue(project, issue, as_json=as_json)


@command()
@argument("issue")
@json_option
@project_option
@click.pass_context
def remove(context: click.Context, issue: str, as_json: bool) -> None:
    """
    Take ISSUE out of the archive.

    To bring it back: handbill archive add with its slug.

    \b
    Example:
        handbill archive remove rain-gauges-k7qz
    """
    from pipeline.project.archive import open_archive

    project = open_project(context)
    with open_archive(project) as archive:
        removed = archive.set_visibility(issue, Visibility.REMOVED)
    print_issue(project, removed, as_json=as_json)


@command()
@argument("issue", required=False)
@json_option
@project_option
@click.pass_context
def show(context: click.Context, issue: str | None, as_json: bool) -> None:
    """
    Show the issues in the archive, or ISSUE with its editions.

    \b
    Example:
        handbill archive show
    """
    from pipeline.project.archive import open_archive

    project = open_project(context)
    with open_archive(project) as archive:
        found = [archive.find_issue(issue)] if issue else archive.list_issues(with_removed=True)
    if as_json:
        print_json({"issues": [_to_json(project, each) for each in found]})
        return
    for each in found:
        print_issue(project, each)
        if issue:
            for number, digest in enumerate(each.digests, start=1):
                print_text(f"    edition {number}: {digest}")
    if not found:
        print_message(
            "The archive is empty: no issue was sent to a list yet. Add one by hand: handbill archive add"
        )


def render_page_edition(project: Project, issue: Issue) -> Edition:
    """
    Return the edition of *issue*, and print what was found while rendering it.

    Raises:
        PipelineError: Errors were found.
    """
    from pipeline.models.finding import Severity

    edition = project.render(issue)
    print_findings(edition.findings)
    errors = [each for each in edition.findings if each.severity is Severity.ERROR]
    if errors:
        raise PipelineError(
            f"{issue.article.location}: {pluralize(len(errors), 'error')}. Fix before publishing."
        )
    return edition


def _parse_day(text: str, project: Project) -> datetime:
    from zoneinfo import ZoneInfo

    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f'--date "{text}": not a date. Write it like 2026-11-30.') from None
    return day if day.tzinfo else day.replace(tzinfo=ZoneInfo(project.publication.timezone))


def print_issue(project: Project, issue: ArchivedIssue, *, as_json: bool = False) -> None:
    if as_json:
        print_json(_to_json(project, issue))
        return
    state = "" if issue.is_public else f"  ({issue.visibility.value})"
    print_text(f"{issue.published_at:%Y-%m-%d}  {issue.card.title}{state}")
    print_text(f"    {_build_url(project, issue)}")
    for each in issue.corrections:
        print_text(f"    corrected {each.at:%Y-%m-%d}: {each.note}")


def _build_url(project: Project, issue: ArchivedIssue) -> str:
    url = project.config.archive.url
    return f"{url}/{issue.slug}/" if url else issue.slug


def _to_json(project: Project, issue: ArchivedIssue) -> dict[str, Any]:  # Any: JSON
    return {
        "slug": issue.slug,
        "title": issue.card.title,
        "url": _build_url(project, issue),
        "published_at": issue.published_at.isoformat(),
        "visibility": issue.visibility.value,
        "digests": list(issue.digests),
        "corrections": [
            {"at": each.at.isoformat(), "note": each.note, "digest": each.digest}
            for each in issue.corrections
        ],
    }
