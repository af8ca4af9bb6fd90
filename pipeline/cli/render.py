"""`handbill render`: the mail as files to look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import article_options, json_option, open_project, project_option
from pipeline.cli.output import print_json, say_findings
from pipeline.errors import RenderError

if TYPE_CHECKING:
    from pipeline.edition import Edition


@click.command()
@article_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    show_default="the current folder",
    envvar="HANDBILL_OUTPUT",
    show_envvar=True,
    help="Folder to write to.",
)
@json_option
@project_option
@click.pass_context
def render(
    context: click.Context,
    source: str,
    format: str | None,
    title: str | None,
    keep_unplaced: bool,
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
    article = project.load(source, format=format, title=title, keep_unplaced=keep_unplaced)
    edition = project.render(project.edit(article))
    name = _name(source, edition.title)
    sample = project.sample(edition)
    paths = {kind: output / f"{name}.{kind}" for kind in ("html", "txt", "eml")}
    html = _beside(sample.html, edition, f"{name}.files")
    try:
        _write(paths["html"], html.encode())
        _write(paths["txt"], sample.text.encode())
        _write(paths["eml"], sample.message.content)
        for image in edition.images:
            _write(output / f"{name}.files" / image.filename, image.content)
    except OSError as error:
        raise RenderError(
            f"{error.filename or output}: it cannot be written ({error.strerror}). Choose another folder with -o."
        ) from error
    say_findings(check(edition, message=sample.message))
    keys = {"html": paths["html"], "text": paths["txt"], "eml": paths["eml"]}
    if as_json:
        sizes = {key: path.stat().st_size for key, path in keys.items()}
        print_json({**{key: str(path) for key, path in keys.items()}, "bytes": sizes})
    else:
        for path in keys.values():
            click.echo(path)


def _name(source: str, title: str) -> str:
    from pipeline.markup import slug

    return (Path(source).stem if source != "-" else slug(title)) or "letter"


def _beside(html: str, edition: Edition, folder: str) -> str:
    from urllib.parse import quote

    for image in edition.images:
        html = html.replace(f"cid:{image.content_id}", quote(f"{folder}/{image.filename}"))
    return html


def _write(path: Path, content: bytes) -> None:
    from pipeline.files import write_whole

    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)
