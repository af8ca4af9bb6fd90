"""
The command line: parse, call, print.

Data goes to standard output, words to standard error.
Exit 0: done; 1: the work failed; 2: wrong usage; 130: interrupted.
Stages are imported inside the commands, so that `handbill --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from pipeline._version import __version__
from pipeline.cli import (
    campaigns,
    check,
    dkim,
    doctor,
    init,
    load,
    outbox,
    plugins,
    preview,
    render,
    schedule,
    send,
    subscribers,
    worker,
)
from pipeline.cli.options import project_option
from pipeline.errors import PipelineError

_DEFECT = (
    "Error: something went wrong that Handbill did not foresee ({kind}: {words}). "
    "Set HANDBILL_DEBUG=1 and repeat the command to see where, and please report it."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="handbill")
@project_option
def cli() -> None:
    """Publish long, footnoted articles as email."""


for command in (
    init.init,
    load.load,
    render.render,
    check.check,
    preview.preview,
    send.send,
    subscribers.subscribers,
    outbox.outbox,
    campaigns.campaigns,
    schedule.schedule,
    worker.worker,
    dkim.dkim,
    doctor.doctor,
    plugins.plugins,
):
    cli.add_command(command)


def main() -> NoReturn:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(_run())


def _run() -> int:
    try:
        return int(cli.main(standalone_mode=False) or 0)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return 130
    except SystemExit:  # so click ends when nobody reads on, and that is no failure
        return 0
    except PipelineError as error:
        _say(str(error))
        return 1
    except OSError as error:
        _say(
            f"{error.filename or 'output'}: {error.strerror or error}. Make room or mend its permissions."
        )
        return 1
    except Exception as error:  # the last stop: no traceback reaches a user
        if os.environ.get("HANDBILL_DEBUG"):
            raise
        click.echo(_DEFECT.format(kind=type(error).__name__, words=error), err=True)
        return 1


def _say(words: str) -> None:
    for line in words.splitlines():
        click.echo(f"Error: {line}", err=True)
