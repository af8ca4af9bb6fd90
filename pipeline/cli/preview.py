"""`handbill preview`: show the email in a browser while the article is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.options import SourceOptions, optional_source_options
from pipeline.cli.shared.output import print_message, print_text
from pipeline.cli.shared.project_option import open_project, project_option

if TYPE_CHECKING:
    from pipeline.models.article import Article
    from pipeline.net.client import Client
    from pipeline.project import Project
    from pipeline.web.preview.session import PreviewSession


@command()
@option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Port to listen on, on this machine only; 0 picks a free one.",
)
@option("--no-browser", is_flag=True, help="Do not open a browser.")
@option(
    "--catch",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="Also catch mail that other programs send to this port; 0 picks a free one.",
)
@optional_source_options
@project_option
@click.pass_context
def preview(
    context: click.Context, source: SourceOptions, port: int, no_browser: bool, catch: int | None
) -> None:
    """
    Preview SOURCE in a browser.

    The page is updated whenever SOURCE is saved. Without SOURCE, it lists all articles of the project.

    \b
    Example:
        handbill preview seeds/rain-gauges.md
    """
    import webbrowser
    from contextlib import ExitStack, closing, suppress
    from dataclasses import replace
    from signal import SIGTERM, default_int_handler, signal
    from tempfile import TemporaryDirectory
    from threading import Thread

    from pipeline.web.preview.access import keep_token
    from pipeline.web.preview.server import PreviewServer, open_in_background
    from pipeline.web.preview.session import PreviewSession
    from pipeline.web.preview.sources.mail_catcher import MailCatcher

    def load(project: Project, path: str) -> Article:
        return replace(source, source=path).load(project)

    def open_article() -> None:
        with suppress(Exception):  # the page opens it again and shows the error
            session.open_article(source.source)

    project = open_project(context)  # reports an invalid configuration before the server starts
    folders = {"outbox": project.senders.find_outbox_folder()}
    with ExitStack() as stack:
        catcher = None
        if catch is not None:
            folders["caught"] = Path(
                stack.enter_context(TemporaryDirectory(prefix="handbill-caught-"))
            )
            catcher = stack.enter_context(closing(MailCatcher(folders["caught"], catch)))
        session = PreviewSession(
            open_project=lambda: open_project(context),
            load=load,
            client=_open_unguarded_client() if source.allow_private else None,
            sources=[source.source] if source.source else [],
            folders=folders.values(),
        )
        if source.source:
            stack.callback(session.close)
            if _is_editable(source):  # rendered while the browser starts
                Thread(target=open_article, daemon=True).start()
            else:
                _require_article(session, source.source)
        token = keep_token(project.root) if project.is_configured else None
        server = PreviewServer(
            session, source=source.source or None, port=port, folders=folders, token=token
        )
        if catcher:
            print_message(
                f"Catching mail sent to 127.0.0.1:{catcher.port}; none of it is delivered."
            )
        print_text(server.guard.url)
        print_message("Press Ctrl-C to stop. Only this machine can open the preview.")
        if not no_browser:
            open_in_background(server.guard.url, webbrowser.open)
        signal(SIGTERM, default_int_handler)
        server.run()


def _is_editable(source: SourceOptions) -> bool:
    """
    Whether SOURCE is a file or folder, whose errors are fixed while the page is open.

    Raises:
        LoadError: It is a file that no loader reads.
        UsageError: It is the standard input, which cannot be read again.
    """
    from pipeline.loaders.formats import find_loader_for_file

    if source.source == "-":
        raise click.UsageError(
            "The preview reads SOURCE again after each change, so it cannot be “-”. Save it as a file."
        )
    path = Path(source.source)
    if path.is_file() and source.format is None:
        find_loader_for_file(source.source)
    return path.exists()


def _require_article(session: PreviewSession, source: str) -> None:
    """Open an article that no change to a file will fix: an address, or a file that does not exist."""
    from pipeline.errors import LoadError

    document = session.get_document(session.open_article(source))
    if document.error is not None:
        raise LoadError(document.error)


def _open_unguarded_client() -> Client:
    """Return a client that may request private network addresses."""
    from pipeline.checks.online import LIMITS
    from pipeline.net.address_filter import allow_all
    from pipeline.net.client import Client

    return Client(address_filter=allow_all, limits=LIMITS)
