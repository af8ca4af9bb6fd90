"""`handbill preview`: see it while it is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import Given, open_project, optional_article_options, project_option
from pipeline.cli.outbox import outbox_folder
from pipeline.cli.output import say

if TYPE_CHECKING:
    from pipeline.models.issue import Issue
    from pipeline.net.client import Client
    from pipeline.project import Project


@click.command()
@optional_article_options
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Where to answer, on this machine alone; 0 takes any free port.",
)
@click.option(
    "--no-browser",
    is_flag=True,
    help="Print the address and open no browser.",
)
@click.option(
    "--catch",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Also catch mail other programs send to this port of this machine; 0 takes any free one.",
)
@project_option
@click.pass_context
def preview(
    context: click.Context, given: Given, port: int, no_browser: bool, catch: int | None
) -> None:
    """
    Show SOURCE as its readers will see it, and again whenever it is saved; without SOURCE, all articles.

    \b
    Example:
        handbill preview seeds/rain-gauges.md
    """
    import webbrowser
    from contextlib import ExitStack, closing
    from dataclasses import replace
    from signal import SIGTERM, default_int_handler, signal
    from tempfile import TemporaryDirectory
    from threading import Thread

    from pipeline.web.preview.server import PreviewServer, when_ready
    from pipeline.web.preview.session import PreviewSession
    from pipeline.web.preview.sources.mail_catcher import MailCatcher

    def load(project: Project, source: str) -> Issue:
        return project.edit(replace(given, source=source).load(project))

    project = open_project(context)  # what is wrong with the configuration is told here
    desk = PreviewSession(
        open_project=lambda: open_project(context),
        load=load,
        client=_reckless_client() if given.allow_private else None,
    )
    rooms = {"outbox": outbox_folder(project)}
    with ExitStack() as stack:
        if catch is not None:
            rooms["caught"] = Path(
                stack.enter_context(TemporaryDirectory(prefix="handbill-caught-"))
            )
            catcher = stack.enter_context(closing(MailCatcher(rooms["caught"], catch)))
            say(f"Mail sent to 127.0.0.1:{catcher.port} is caught and goes nowhere.")
        if given.source:  # rendered while the browser starts
            Thread(target=desk.open, args=(given.source,), daemon=True).start()
        server = PreviewServer(desk, source=given.source or None, port=port, rooms=rooms)
        click.echo(server.guard.url)
        say("Ctrl-C ends the preview. It answers on this machine only.")
        if not no_browser:
            when_ready(server.guard.url, webbrowser.open)
        signal(SIGTERM, default_int_handler)
        server.run()


def _reckless_client() -> Client:
    """Return a client that speaks to this machine and its network too."""
    from pipeline.checks.online import LIMITS
    from pipeline.net.address_filter import allow_all
    from pipeline.net.client import Client

    return Client(address_filter=allow_all, limits=LIMITS)
