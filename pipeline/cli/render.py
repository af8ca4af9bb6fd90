"""`handbill render`: write the email to files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.options import SourceOptions, json_option, source_options
from pipeline.cli.shared.output import print_findings, print_json, print_text, write_files
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import RenderError

if TYPE_CHECKING:
    from pipeline.models.edition import Edition


@command()
@option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="the current folder",
    help="Folder to write to.",
)
@source_options
@json_option
@project_option
@click.pass_context
def render(context: click.Context, source: SourceOptions, output: Path, as_json: bool) -> None:
    """
    Write SOURCE as NAME.html, NAME.txt and NAME.eml.

    Local images are written to NAME.files/, so that a browser shows them; NAME.eml contains them.

    \b
    Example:
        handbill render seeds/rain-gauges.md -o outbox
    """
    from pipeline.checks import check
    from pipeline.checks.finding_report import prepare_report

    project = open_project(context)
    article = source.load(project)
    edition = project.render(project.edit(article))
    name = _name_files(source.source, edition.title)
    sample = project.compose_sample(edition)
    files = {
        f"{name}.html": _link_images(sample.html, edition, f"{name}.files").encode(),
        f"{name}.txt": sample.text.encode(),
        f"{name}.eml": sample.message.content,
        **{f"{name}.files/{image.filename}": image.content for image in edition.images},
    }
    try:
        write_files(output, files)
    except OSError as error:
        raise RenderError(
            f"{error.filename2 or output}: cannot write ({error.strerror}). Choose another folder with -o."
        ) from error
    findings = check(
        edition, message=sample.message, known_fields=project.storage.find_known_fields(edition)
    )
    print_findings(
        prepare_report(
            [*project.check_signing(), *project.goals.check(edition), *findings], article
        )
    )
    suffixes = {"html": "html", "text": "txt", "eml": "eml"}
    paths = {key: output / f"{name}.{suffix}" for key, suffix in suffixes.items()}
    if as_json:
        print_json(
            {
                **{key: str(path) for key, path in paths.items()},
                "bytes": {key: path.stat().st_size for key, path in paths.items()},
                "fields": edition.field_names,
            }
        )
    else:
        for path in paths.values():
            print_text(path)


def _name_files(source: str, title: str) -> str:
    from pipeline.markup import slugify

    return (Path(source).stem if source != "-" else slugify(title)) or "newsletter"


def _link_images(html: str, edition: Edition, folder: str) -> str:
    for image in edition.images:
        html = html.replace(f"cid:{image.content_id}", quote(f"{folder}/{image.filename}"))
    return html
