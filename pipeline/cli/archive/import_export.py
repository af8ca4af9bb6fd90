"""`handbill archive import`: the posts of another newsletter system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.shared.command import argument, command, option
from pipeline.cli.shared.options import json_option
from pipeline.cli.shared.output import pluralize, print_json, print_message, write_files
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.models.archived_issue import Visibility

if TYPE_CHECKING:
    from pipeline.project.import_archive import ArchiveImport

#: Failures, warnings and hosts printed; --json has all of them.
_PRINTED = 20
_LEFT_OUT = {
    "DRAFT": "not published",
    "PAGE": "of the site's own pages",
    "SUBSCRIBERS": "for subscribers only (add them with --include-paid)",
    "NO_DATE": "without a date",
}


@command(name="import")
@argument("file", type=click.Path(path_type=Path))
@option(
    "--site",
    metavar="URL",
    help="Address of the old site, for links and pictures in its posts: https://lantern.substack.com.",
)
@option("--unlisted", is_flag=True, help="Leave the posts out of lists, feeds and search engines.")
@option("--include-paid", is_flag=True, help="Import also posts that only subscribers could read.")
@option(
    "--redirects",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("redirects.csv"),
    show_default=True,
    help="Where to write old and new addresses; a file called _redirects gets the form of Netlify.",
)
@option("--dry-run", is_flag=True, help="Read FILE without saving anything.")
@json_option
@project_option
@click.pass_context
def import_(
    context: click.Context,
    file: Path,
    site: str | None,
    unlisted: bool,
    include_paid: bool,
    redirects: Path,
    dry_run: bool,
    as_json: bool,
) -> None:
    """
    Import past issues from another system's export.

    FILE is the export of Substack, Ghost, Buttondown, Mailchimp or WordPress as you downloaded it, or the folder it was
    unpacked to. Its posts are added to the archive; nobody is emailed. Posts that are in the archive
    already stay as they are, so a newer export can be imported again.

    \b
    Example:
        handbill archive import export.zip --site https://lantern.substack.com
    """
    from pipeline.project.archive import open_archive
    from pipeline.project.import_archive import ImportOptions, format_redirects, import_archive

    if site is not None and not site.startswith(("https://", "http://")):
        raise click.UsageError(f'--site "{site}": an address begins with https://.')
    project = open_project(context)
    options = ImportOptions(
        site=site,
        include_paid=include_paid,
        visibility=Visibility.UNLISTED if unlisted else None,
        dry_run=dry_run,
    )
    with open_archive(project) as archive:
        done = import_archive(project, archive, file, options)
    url = project.config.archive.url
    if done.redirects and url and not dry_run:
        table = format_redirects(done.redirects, url=url, name=redirects.name)
        write_files(redirects.parent, {redirects.name: table.encode()})
    if as_json:
        print_json(_to_json(done))
    _print_counts(done)
    _print_pictures(done)
    if dry_run:
        print_message("Dry run: nothing was saved.")
    elif done.redirects and url:
        print_message(
            f"{redirects}: the new page of {pluralize(len(done.redirects), 'old address', 'old addresses')}. "
            "Give it to whoever runs the old site."
        )
    elif done.redirects:
        print_message(
            'No table of redirects: the archive has no address yet. Set [archive] url = "https://…" and import again.'
        )
    if done.failures:
        context.exit(1)


def _print_counts(done: ArchiveImport) -> None:
    parts = [f"{pluralize(len(done.added), 'post')} imported"]
    if done.known:
        parts.append(f"{done.known:,} in the archive already")
    if done.failures:
        parts.append(f"{len(done.failures):,} failed")
    print_message(f"{done.system.value}: {', '.join(parts)}.")
    if done.left_out:
        reasons = [f"{count:,} {_LEFT_OUT[reason.name]}" for reason, count in done.left_out.items()]
        print_message(f"Left out: {', '.join(reasons)}.")
    for failure in done.failures[:_PRINTED]:
        print_message(f"{failure.post}: {failure.reason}")
    if len(done.failures) > _PRINTED:
        print_message(f"… and {len(done.failures) - _PRINTED:,} more; --json lists them all.")
    for warning, count in done.warnings.most_common(_PRINTED):
        print_message(f"{pluralize(count, 'post')}: {warning}")


def _print_pictures(done: ArchiveImport) -> None:
    count = sum(done.image_hosts.values())
    if count:
        hosts = ", ".join(host for host, _ in done.image_hosts.most_common(3))
        print_message(
            f"{pluralize(count, 'picture')} of the posts {'is' if count == 1 else 'are'} still at {hosts}, and gone "
            "when you close that account."
        )


def _to_json(done: ArchiveImport) -> dict[str, Any]:  # Any: JSON
    return {
        "system": done.system.value,
        "added": done.added,
        "known": done.known,
        "left_out": {reason.value: count for reason, count in done.left_out.items()},
        "failures": [{"post": each.post, "reason": each.reason} for each in done.failures],
        "redirects": done.redirects,
        "image_hosts": dict(done.image_hosts.most_common()),
        "warnings": dict(done.warnings.most_common()),
    }
