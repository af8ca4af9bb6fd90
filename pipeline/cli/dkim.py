"""`handbill dkim`: keys for DKIM signatures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from pipeline.cli.shared.command import SectionCommand, option
from pipeline.cli.shared.options import json_option
from pipeline.cli.shared.output import print_json, print_message, print_text
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.project import Project


@click.group()
def dkim() -> None:
    """
    Create DKIM keys.

    \b
    Example:
        handbill dkim keygen
    """


@dkim.command(cls=SectionCommand)
@option(
    "--type",
    "kind",
    type=click.Choice(["rsa", "ed25519"]),
    default="rsa",
    show_default=True,
    help="Type of key. All receivers support rsa; use ed25519 only as a second key.",
)
@option(
    "--bits",
    type=click.IntRange(1024, 4096),
    default=2048,
    show_default=True,
    help="Length of an RSA key.",
)
@option(
    "--domain",
    metavar="DOMAIN",
    help="Signing domain; default: that of [dkim], else of the From address.",
)
@option(
    "--selector",
    metavar="NAME",
    help='Selector, the name of the DNS record; default: that of [dkim], else "handbill".',
)
@option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write the key to; default: where [dkim] expects it.",
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
    Create a key and print the DNS record to publish for it.

    The key file is readable only by you; an existing file is never overwritten.

    \b
    Example:
        handbill dkim keygen
        handbill dkim keygen --type ed25519 --selector handbill-ed
    """
    from pipeline.config import DkimTable
    from pipeline.mail.dkim.keys import format_dkim_record, format_zone_line, generate_key, read_key
    from pipeline.project.signing import find_key_locations

    project = open_project(context)
    if not (project.is_configured or (domain and output)):
        raise ConfigError(
            "There is no project here to store a key in. Start one (handbill init my-newsletter), "
            "or give --domain and --output."
        )
    table = project.config.dkim or DkimTable()
    selector = _validate_option("selector", selector) if selector else table.selector
    domain = _validate_option("domain", domain) if domain else project.dkim.domain
    expected = {each.selector: each.path for each in find_key_locations(table, project.root)}
    path = output or _prepare_key_file(project, expected.get(selector), selector)
    pem = generate_key(kind, bits=bits)
    _write_key(path, pem)
    text = format_dkim_record(read_key(pem, selector=selector, source=str(path)))
    name = f"{selector}._domainkey.{domain}"
    if as_json:
        print_json({"file": str(path), "name": name, "type": "TXT", "text": text})
    else:
        print_text(format_zone_line(name, text))
    print_message(f"Key written to {path}. Keep it secret, and keep a backup.")
    print_message("Publish the record above in your domain's DNS, then run: handbill doctor")
    if not (project.config.dkim and expected.get(selector) == path.absolute()):
        _print_settings(project, selector, path)


def _validate_option(name: str, value: str) -> str:
    from pydantic import ValidationError

    from pipeline.config import DkimTable

    try:
        table = DkimTable.model_validate({name: value})
    except ValidationError as error:
        problem = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise click.UsageError(f"--{name} {value!r}: {problem}.") from error
    return str(getattr(table, name))


def _prepare_key_file(project: Project, expected: Path | None, selector: str) -> Path:
    """Return the file that `[dkim]` expects, else one in the project's state, whose folder is created."""
    from pipeline import state_dir

    if expected and expected.parent != project.root / state_dir.NAME:
        return expected
    folder = state_dir.create(project.root)
    return expected or folder / f"dkim-{selector}.pem"


def _write_key(path: Path, pem: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigError(
            f"{path}: a key already exists; nothing was changed. handbill doctor shows its record. "
            "For a new key choose another --selector."
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot write the key ({error.strerror}). Choose another file with -o."
        ) from error
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def _print_settings(project: Project, selector: str, path: Path) -> None:
    """Say what to add to the configuration."""
    header = "[[dkim.keys]]" if project.config.dkim else "[dkim]"
    try:
        key_file = path.absolute().relative_to(project.root)
    except ValueError:
        key_file = path.absolute()
    print_message(
        "Once the record is published, configure the key: "
        f'{header} selector = "{selector}", key_file = "{key_file}".'
    )
