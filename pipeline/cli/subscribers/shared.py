"""What the commands of `handbill subscribers` share."""

from __future__ import annotations

import click

list_option = click.option("--list", "list_name", metavar="NAME", help="Which list.")


def meanings(written: tuple[str, ...]) -> dict[str, str]:
    """Return `NAME=VALUE` options as a dictionary."""
    found = {}
    for item in written:
        name, sign, value = item.partition("=")
        if not (sign and name.strip()):
            raise click.UsageError(f'"{item}": write it as NAME=VALUE.')
        found[name.strip()] = value.strip()
    return found
