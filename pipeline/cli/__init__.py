"""
The command line: parse, call, print.

Data goes to standard output, messages to standard error.
Exit codes: 0 success; 1 failure; 2 wrong usage; 130 interrupted.
Stages are imported inside the commands, so that `handbill --help` is fast.
"""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from pipeline._version import __version__
from pipeline.cli import (
    archive,
    campaigns,
    check,
    convert,
    dkim,
    docs,
    doctor,
    events,
    gifts,
    inbound,
    init,
    load,
    outbox,
    plugins,
    preview,
    render,
    schedule,
    send,
    serve,
    subscribers,
    worker,
)
from pipeline.cli.shared.output import EscapingFormatter, print_error, print_message
from pipeline.cli.shared.project_option import project_option
from pipeline.errors import PipelineError

_UNEXPECTED = (
    "unexpected error ({kind}: {message}). "
    "Run the command again with HANDBILL_DEBUG=1 to see the traceback, and please report it."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="handbill")
@project_option
def cli() -> None:
    """Publish long, footnoted articles as email newsletters."""


for command in (
    init.init,
    load.load,
    convert.convert,
    render.render,
    check.check,
    preview.preview,
    send.send,
    subscribers.subscribers,
    outbox.outbox,
    campaigns.campaigns,
    events.events,
    gifts.gifts,
    archive.archive,
    inbound.inbound,
    schedule.schedule,
    worker.worker,
    serve.serve,
    dkim.dkim,
    doctor.doctor,
    docs.docs,
    plugins.plugins,
):
    cli.add_command(command)


def main() -> NoReturn:
    """Run the command line and exit."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    exit_code = run()
    senders = sys.modules.get("pipeline.campaigns.delivery.sender_thread")
    if senders and senders.has_hanging_sender():
        sys.stdout.flush()
        senders.end_program(exit_code)
    sys.exit(exit_code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; default: the command of this process."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(EscapingFormatter("%(message)s"))
    output = sys.stdout
    try:
        return int(cli.main(arguments, prog_name="handbill", standalone_mode=False) or 0)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        print_error(error)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        print_message("Interrupted.")
        return 130
    except SystemExit as stop:
        if (
            sys.stdout is not output
        ):  # click does both when the reader of a pipe is gone: no failure
            return 0
        print_error(
            f"A plug-in ended the program (SystemExit: {stop}). See what was sent: handbill campaigns list"
        )
        return 1
    except PipelineError as error:
        print_error(str(error))
        return 1
    except OSError as error:
        hint = "Check its permissions and the free disk space."
        if error.errno == errno.ENAMETOOLONG:
            hint = "Use a shorter name."
        print_error(f"{error.filename or 'output'}: {error.strerror or error}. {hint}")
        return 1
    except Exception as error:  # no traceback reaches a user
        if os.environ.get("HANDBILL_DEBUG"):
            raise
        print_error(_UNEXPECTED.format(kind=type(error).__name__, message=error))
        return 1
