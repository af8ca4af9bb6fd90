"""`handbill render`: the mail as files to look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import Given, article_options, json_option, open_project, project_option
from pipeline.cli.output import print_json, say_findings, write_files
from pipeline.errors import RenderError

if TYPE_CHECKING:
    from pipeline.models.edition import Edition


@click.command()
@article_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="the current folder",
    help="Folder to write to.",
)
@json_option
@project_option
@click.pass_context
def render(
    context: click.Context,
    given: Given,
    output: Path,
    as_json: bool,
) -> None:
    """
    Write SOURCE as NAME.html, NAME.txt and NAME.eml.

    Local pictures are written to NAME.files/ beside them, so that a browser shows them; in NAME.eml they travel inside.

    \b
    Example:
        handbill render seeds/rain-gauges.md -o outbox
    """
    from pipeline.checks import check

    project = open_project(context)
    article = given.load(project)
    edition = project.render(project.edit(article))
    name = _name(given.source, edition.title)
    sample = project.compose_sample(edition)
    html = _beside(sample.html, edition, f"{name}.files")
    files = {
        f"{name}.html": html.encode(),
        f"{name}.txt": sample.text.encode(),
        f"{name}.eml": sample.message.content,
        **{f"{name}.files/{image.filename}": image.content for image in edition.images},
    }
    try:
        write_files(output, files)
    except OSError as error:
        raise RenderError(
            f"{error.filename2 or output}: it cannot be written ({error.strerror}). Choose another folder with -o."
        ) from error
    found = check(edition, message=sample.message, known_fields=project.find_known_fields(edition))
    say_findings([*project.check_signing(), *found])
    endings = {"html": "html", "text": "txt", "eml": "eml"}
    paths = {key: output / f"{name}.{ending}" for key, ending in endings.items()}
    if as_json:
        sizes = {key: path.stat().st_size for key, path in paths.items()}
        told = {"bytes": sizes, "fields": edition.field_names}
        print_json({key: str(path) for key, path in paths.items()} | told)
    else:
        for path in paths.values():
            click.echo(path)


def _name(source: str, title: str) -> str:
    from pipeline.markup import slug

    return (Path(source).stem if source != "-" else slug(title)) or "letter"


def _beside(html: str, edition: Edition, folder: str) -> str:
    from urllib.parse import quote

    for image in edition.images:
        html = html.replace(f"cid:{image.content_id}", quote(f"{folder}/{image.filename}"))
    return html
