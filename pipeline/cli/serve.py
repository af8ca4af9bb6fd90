"""`handbill serve`: the public web service."""

from __future__ import annotations

import ipaddress
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import click

from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.output import EscapingFormatter, print_message, print_text
from pipeline.cli.shared.project_option import open_project, project_option

if TYPE_CHECKING:
    from pipeline.project import Project

_UNIT = """\
[Unit]
Description=Handbill public web service
After=network-online.target
Wants=network-online.target

[Service]
ExecStart={program} --project {root} serve --host {host} --port {port} --proxy {proxy}
WorkingDirectory={root}
Restart=always
RestartSec=2
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=full

[Install]
WantedBy=multi-user.target
"""


def _parse_ip(_: click.Context, parameter: click.Parameter, text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise click.UsageError(
            f'{parameter.opts[0]} "{text}": not an IP address. Write it like 127.0.0.1.'
        ) from None


@command()
@option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    callback=_parse_ip,
    show_default=True,
    help="IP address to listen on; a reverse proxy on this machine needs no other.",
)
@option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    default=8085,
    show_default=True,
    help="Port to listen on; 0 picks a free one.",
)
@option(
    "--proxy",
    metavar="ADDRESS",
    default="127.0.0.1",
    callback=_parse_ip,
    show_default=True,
    help="IP address of the reverse proxy; only its X-Forwarded-For is believed.",
)
@option("--print-unit", is_flag=True, help="Print a systemd unit for this service, and exit.")
@project_option
@click.pass_context
def serve(context: click.Context, host: str, port: int, proxy: str, print_unit: bool) -> None:
    """
    Answer the links of your newsletters, and webhooks.

    Runs until stopped, behind a reverse proxy: handbill docs serve

    \b
    Example:
        handbill serve --port 8085
    """
    from signal import SIGTERM, default_int_handler, signal

    from pipeline.project.gift_webhooks import open_gift_webhooks
    from pipeline.project.signups import read_open_lists
    from pipeline.web.public.gift_webhook_routes import GiftWebhookRoutes
    from pipeline.web.public.mailing.message_loop import MessageLoop
    from pipeline.web.public.mailing.open_mailers import open_mailers
    from pipeline.web.public.public_app import create_app
    from pipeline.web.public.public_server import LOCK_TIMEOUT_S, PublicServer
    from pipeline.web.public.request_metrics import RequestMetrics
    from pipeline.web.public.webhook_routes import WebhookRoutes

    project = open_project(context)
    if print_unit:
        print_text(_format_unit(project, host, port, proxy), end="")
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(EscapingFormatter("%(asctime)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with project.open_events(lock_timeout_s=LOCK_TIMEOUT_S) as ledger:
        metrics = RequestMetrics()
        webhooks, problems = project.senders.open_webhooks()
        routes = WebhookRoutes(webhooks, ledger, metrics=metrics, clock=project.clock)
        gift_webhooks, gift_problems = open_gift_webhooks(project.config, project.root)
        gifts = project.create_gift_store(ledger.store)
        gift_routes = GiftWebhookRoutes(gift_webhooks, gifts, metrics=metrics, clock=project.clock)
        loop = MessageLoop([mailer.send_waiting for mailer in open_mailers(project, ledger)])
        app = create_app(
            project,
            ledger,
            metrics=metrics,
            on_request=loop.wake,
            blueprints=[routes.create_blueprint(), gift_routes.create_blueprint()],
        )
        server = PublicServer(app, host=host, port=port, proxy=proxy)
        print_text(server.url)
        for problem in (*problems, *gift_problems):
            print_message(problem)
        base = project.publication.public_url or server.url
        for name in webhooks:
            print_message(f"Webhook of the sender {name}: {base}/webhooks/{quote(name)}")
        for name in gift_webhooks:
            print_message(f"Webhook of gifts by {name}: {base}/webhooks/gifts/{name}")
        if read_open_lists(project.config).lists:
            print_message(f"Sign-up: {base}/subscribe")
        elif any(table.signup for table in project.config.lists.values()):
            print_message("Sign-up is closed: [publication] public_url is missing.")
        print_message("Press Ctrl-C to stop.")
        signal(SIGTERM, default_int_handler)
        with loop:
            server.run()


def _format_unit(project: Project, host: str, port: int, proxy: str) -> str:
    program = Path(sys.argv[0]).resolve()
    return _UNIT.format(program=program, root=project.root, host=host, port=port, proxy=proxy)
