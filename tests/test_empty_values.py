"""No command takes an empty value for an option or argument."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.cli.shared.command import FilledArgument, SectionOption


def _find_commands(group: click.Group = cli) -> list[click.Command]:
    found: list[click.Command] = [group]
    for command in group.commands.values():
        found += _find_commands(command) if isinstance(command, click.Group) else [command]
    return found


def _find_parameters() -> list[object]:
    """Return every option with a value and every argument of every command."""
    return [
        pytest.param(command, parameter, id=f"{command.name} {parameter.opts[0]}")
        for command in _find_commands()
        for parameter in command.params
        if isinstance(parameter, click.Argument)
        or (isinstance(parameter, click.Option) and not parameter.is_flag)
    ]


@pytest.mark.parametrize(("command", "parameter"), _find_parameters())
@pytest.mark.parametrize("value", ["", " \t", "\u200b\u00a0"], ids=["empty", "space", "invisible"])
def test_empty_value_is_an_error(
    command: click.Command, parameter: click.Parameter, value: str
) -> None:
    """An empty value, or one in which nothing can be seen, is an error that names the parameter."""
    assert isinstance(parameter, SectionOption | FilledArgument)
    words = [parameter.opts[-1]] if isinstance(parameter, click.Option) else []
    if isinstance(parameter, click.Argument):
        arguments = [each for each in command.params if isinstance(each, click.Argument)]
        words = ["given"] * arguments.index(parameter)
    with pytest.raises(click.BadParameter, match="the value is empty") as caught:
        command.make_context(command.name, [*words, value])
    assert parameter is caught.value.param


@pytest.mark.parametrize("variable", ["HANDBILL_PROJECT", "HANDBILL_SENDER"])
def test_empty_variable_is_an_error(variable: str) -> None:
    """A variable that is set but empty is an error that names it; an option on the command line wins over it."""
    send = cli.commands["send"]
    variables = {variable: " "}
    done = CliRunner().invoke(send, ["article.md"], env=variables)
    assert (2, True) == (done.exit_code, f"{variable} is set but empty" in done.output)
    option = {"HANDBILL_PROJECT": "--project", "HANDBILL_SENDER": "--sender"}[variable]
    done = CliRunner().invoke(send, ["article.md", option, "x"], env=variables)
    assert "is set but empty" not in done.output


@pytest.mark.parametrize("pair", ["donor=", "=monthly", "donor", "donor= "])
def test_pair_without_name_or_value_is_an_error(pair: str) -> None:
    """`NAME=VALUE` needs both."""
    arguments = ["subscribers", "add", "a@example.org", "--list", "weekly", "--attribute", pair]
    done = CliRunner().invoke(cli, arguments)
    assert (2, True) == (done.exit_code, "write it as NAME=VALUE" in done.output)
