"""`handbill archive correct`: a corrected edition on the page of an issue."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from pipeline.cli.archive.issues import print_issue, render_page_edition
from pipeline.cli.shared.command import argument, command, option
from pipeline.cli.shared.options import SourceOptions, json_option, source_options
from pipeline.cli.shared.output import print_message
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.models.archived_issue import ArchivedIssue
    from pipeline.models.edition import Edition
    from pipeline.project import Project

_MAX_NOTE_CHARACTERS = 500


@command()
@argument("issue")
@source_options
@option(
    "--note",
    metavar="TEXT",
    required=True,
    help="What was corrected, in one line; readers see it.",
)
@option("--dry-run", is_flag=True, help="Check SOURCE, and change nothing.")
@json_option
@project_option
@click.pass_context
def correct(
    context: click.Context,
    issue: str,
    source: SourceOptions,
    note: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """
    Show SOURCE, the corrected article, on the page of ISSUE.

    The page and the feeds say when it was corrected, and your words. Both editions are kept.

    \b
    Example:
        handbill archive correct k7qz rain-gauges.md --note "It was 41 gauges, not 14."
    """
    from pipeline.project.archive import open_archive

    words = " ".join(note.split())
    if len(words) > _MAX_NOTE_CHARACTERS:
        raise click.UsageError(
            f"--note has {len(words):,} characters. Use at most {_MAX_NOTE_CHARACTERS}; the article has room for more."
        )
    project = open_project(context)
    with open_archive(project) as archive:
        known = archive.find_issue(issue)
        edition = _render(project, source, known, archive.read_edition(known.digest))
        if dry_run:
            print_message("Dry run: nothing was changed.")
            return
        corrected = archive.correct(known.slug, edition, words)
    print_issue(project, corrected, as_json=as_json)
    print_message("Nothing was sent. To tell those who received it, and only them:")
    print_message(f"    handbill send SOURCE --list NAME --segment 'received = \"{known.slug}\"'")


def _render(
    project: Project, source: SourceOptions, known: ArchivedIssue, before: Edition
) -> Edition:
    """Return the corrected edition of *known*, which keeps its address and its reference codes."""
    from pipeline.models.issue_document import IssueDocument

    issue = project.edit(source.load(project))
    document = IssueDocument.from_text(before.document)
    url = project.config.archive.url
    if url is None:
        raise ConfigError(
            'The archive has no address. Set [archive] url = "https://…" in the configuration: handbill docs archive'
        )
    return render_page_edition(
        project,
        replace(
            issue,
            slug=known.slug,
            page_url=f"{url}/{known.slug}/",
            identity=document.identity,
        ),
    )
