"""`handbill dkim`: the keys that messages are signed with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from pipeline.cli.options import json_option, open_project, project_option
from pipeline.cli.output import print_json, say
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.config import DkimTable
    from pipeline.project import Project


@click.group()
def dkim() -> None:
    """
    Make the keys that messages are signed with.

    \b
    Example:
        handbill dkim keygen
    """


@dkim.command()
@click.option(
    "--type",
    "kind",
    type=click.Choice(["rsa", "ed25519"]),
    default="rsa",
    show_default=True,
    help="Every receiver knows rsa; ed25519 is for a second key beside it.",
)
@click.option(
    "--bits",
    type=click.IntRange(1024, 4096),
    default=2048,
    show_default=True,
    help="Length of an RSA key.",
)
@click.option(
    "--domain",
    help="Whose signature it is; by default that of [dkim], else the domain of From.",
)
@click.option(
    "--selector",
    help='What the record is called; by default that of [dkim], else "handbill".',
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write the key to; by default where [dkim] looks for it.",
)
@json_option
@project_option
@click.pass_context
def keygen(
    context: click.Context,
    kind: Literal["rsa", "ed25519"],
    bits: int,
    domain: str | None,
    selector: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """
    Make a key, and print the DNS record to publish for it.

    The key is written to a file that only you may read, and never over another one.

    \b
    Example:
        handbill dkim keygen
        handbill dkim keygen --type ed25519 --selector handbill-ed
    """
    from pipeline.config import DkimTable
    from pipeline.mail.dkim.keys import format_dkim_record, format_zone_line, generate_key, read_key

    project = open_project(context)
    if not (project.is_configured or (domain and output)):
        raise ConfigError(
            "There is no project here to keep a key in. Start one (handbill init my-letter), "
            "or give --domain and --output."
        )
    table = project.config.dkim or DkimTable()
    selector = _checked("selector", selector) if selector else table.selector
    domain = _checked("domain", domain) if domain else project.dkim.domain
    path = output or _path(project, table, selector)
    pem = generate_key(kind, bits=bits)
    _write(path, pem)
    text = format_dkim_record(read_key(pem, selector=selector, source=str(path)))
    name = f"{selector}._domainkey.{domain}"
    if as_json:
        print_json({"file": str(path), "name": name, "type": "TXT", "text": text})
    else:
        click.echo(format_zone_line(name, text))
    say(f"The key is in {path}. Keep it secret, and keep a copy where you keep your passwords.")
    say("Publish the record above where the names of your domain are kept; then: handbill doctor")
    _say_settings(project, table, selector, path)


def _checked(option: str, value: str) -> str:
    from pydantic import ValidationError

    from pipeline.config import DkimTable

    try:
        table = DkimTable.model_validate({option: value})
    except ValidationError as error:
        words = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise click.UsageError(f"--{option} {value!r}: {words}.") from error
    return str(getattr(table, option))


def _path(project: Project, table: DkimTable, selector: str) -> Path:
    """Return where `[dkim]` looks for the key of *selector*, else a file in the project's state."""
    from pipeline import state_dir
    from pipeline.project.signing import find_key_locations

    for place in find_key_locations(table, project.root):
        if place.selector == selector and place.path:
            if place.path.parent == project.root / state_dir.NAME:
                state_dir.create(project.root)
            return place.path
    return state_dir.create(project.root) / f"dkim-{selector}.pem"


def _write(path: Path, pem: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigError(
            f"{path}: a key is there already; nothing was changed. handbill doctor shows its record. "
            "For a new one choose another --selector."
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path}: the key cannot be written ({error.strerror}). Choose another file with -o."
        ) from error
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def _say_settings(project: Project, table: DkimTable, selector: str, path: Path) -> None:
    """Say what to write into the configuration, unless it says so already."""
    from pipeline.project.signing import find_key_locations

    known = {place.selector: place.path for place in find_key_locations(table, project.root)}
    if project.config.dkim and known.get(selector) == path.absolute():
        return
    head = "[[dkim.keys]]" if project.config.dkim else "[dkim]"
    try:
        shown = path.absolute().relative_to(project.root)
    except ValueError:
        shown = path.absolute()
    say(
        f'Once the record is published, sign with it: {head} selector = "{selector}", key_file = "{shown}".'
    )
