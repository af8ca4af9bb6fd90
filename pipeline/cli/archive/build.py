"""`handbill archive build`: the archive as files for any static host."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.shared.command import argument, command, option
from pipeline.cli.shared.options import json_option
from pipeline.cli.shared.output import pluralize, print_json, print_message
from pipeline.cli.shared.project_option import open_project, project_option


@command()
@argument("directory", type=click.Path(path_type=Path, file_okay=False))
@option("--everything", is_flag=True, help="Write files again that have not changed.")
@json_option
@project_option
@click.pass_context
def build(context: click.Context, directory: Path, everything: bool, as_json: bool) -> None:
    """
    Write the archive to DIRECTORY, for any static host.

    Only what changed since the last time is written.

    \b
    Example:
        handbill archive build public/
    """
    from pipeline.archive.static_export import export_site
    from pipeline.project.archive import create_site, open_archive

    project = open_project(context)
    with open_archive(project) as archive:
        resources = create_site(project, archive).list_resources(at=project.clock.now())
        report = export_site(resources, directory, everything=everything)
    if as_json:
        print_json(report.to_json())
    print_message(
        f"{directory}: {pluralize(report.written, 'file')} written, {report.unchanged:,} unchanged, "
        f"{report.removed:,} removed."
    )
