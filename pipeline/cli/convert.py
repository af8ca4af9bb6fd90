"""`handbill convert`: write any source as Markdown, to correct it by hand."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.options import SourceOptions, source_options
from pipeline.cli.shared.output import pluralize, print_document, print_message, write_files
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import LoadError


@command()
@option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; default: standard output.",
)
@option("--overwrite", is_flag=True, help="Replace FILE if it exists.")
@source_options
@project_option
@click.pass_context
def convert(
    context: click.Context, source: SourceOptions, output: Path | None, overwrite: bool
) -> None:
    """
    Write SOURCE as Markdown, to correct it by hand.

    The file has the title, author and other details at its top, the notes at its end, the appeal between
    two marked lines, and everything that was left out as a comment. Pictures contained in SOURCE are written to
    NAME.files/.

    \b
    Example:
        handbill convert seeds/pasted-article.txt -o article.md
    """
    from pipeline.loaders.markdown.writer import convert_article

    if output and output.exists() and not overwrite:
        raise LoadError(f"{output}: already exists. Choose another name, or add --overwrite.")
    article = source.load(open_project(context))
    path = Path(source.source)
    folder = (path if path.is_dir() else path.parent) if path.exists() else None
    target = output or Path("article.md")
    conversion = convert_article(article, source_folder=folder, output=target)
    label = click.style("warning", fg="yellow", bold=True)
    for warning in article.warnings:
        print_message(f"{label} {warning.code}: {warning.message}")
    if conversion.differences:
        print_message(
            f"{label} The Markdown says something else than SOURCE: "
            f"{', '.join(conversion.differences)}. Compare the two."
        )
    if output is None:
        print_document(conversion.text)
        if conversion.files:
            count = pluralize(len(conversion.files), "picture")
            print_message(
                f"{count} in SOURCE not written. Add -o FILE to write the text and its pictures."
            )
        return
    files = {output.name: conversion.text.encode(), **conversion.files}
    try:
        write_files(output.parent, files)
    except OSError as error:
        raise LoadError(
            f"{error.filename2 or output}: cannot write ({error.strerror}). Choose another file with -o."
        ) from error
    print_message(f"Wrote {output}. Correct it there; then: handbill check {output}")
