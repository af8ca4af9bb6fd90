"""`handbill inbound serve`: record what a mail server hands over by LMTP."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.output import EscapingFormatter, print_message, print_text
from pipeline.cli.shared.project_option import open_project, project_option

if TYPE_CHECKING:
    from pipeline.project import Project

_UNIT = """\
[Unit]
Description=Handbill LMTP service
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={program} --project {root} inbound serve {place}
WorkingDirectory={root}
Restart=always
RestartSec=2
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=full

[Install]
WantedBy=multi-user.target
"""


@command()
@option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    default=8025,
    show_default=True,
    help="Port to listen on, on this machine only; 0 picks a free one.",
)
@option(
    "--socket",
    "socket_path",
    metavar="PATH",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Listen on a socket in the file system instead of a port.",
)
@option("--print-unit", is_flag=True, help="Print a systemd unit for this service, and exit.")
@project_option
@click.pass_context
def serve(context: click.Context, port: int, socket_path: Path | None, print_unit: bool) -> None:
    """
    Record the messages that a mail server hands over by LMTP.

    Runs until stopped. A message that cannot be recorded now stays with the mail server, which tries again.

    \b
    Example:
        handbill inbound serve --port 8025
    """
    from pipeline.inbound.mailbox.lmtp_server import LmtpServer
    from pipeline.project.inbound import open_inbound

    project = open_project(context)
    if print_unit:
        print_text(_format_unit(project, port, socket_path), end="")
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(EscapingFormatter("%(asctime)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every command
    with open_inbound(project) as service:
        service.forward_replies()
        server = LmtpServer(service, port=port, socket_path=socket_path)
        print_text(f"lmtp:{server.address}")
        print_message("Press Ctrl-C to stop.")
        server.run()


def _format_unit(project: Project, port: int, socket_path: Path | None) -> str:
    place = f"--socket {socket_path.absolute()}" if socket_path else f"--port {port}"
    return _UNIT.format(program=Path(sys.argv[0]).resolve(), root=project.root, place=place)
