"""The preview's web server, on the loopback address."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.web.preview.access import AccessGuard
from pipeline.web.preview.app import MAX_REQUEST_BYTES, create_app
from pipeline.web.preview.request_parser import create_channel_class
from pipeline.web.preview.session import PreviewSession

PORT = 8765
#: More than the streams of events, which keep one busy each.
_THREADS = 16
#: An idle connection is closed after this time.
_IDLE_S = 30


class PreviewServer:
    """
    Serves the preview on 127.0.0.1.

    Args:
        source: The article to show first; None for the index of the project.
        port: 0 for any free port.
        folders: Folders of messages to list, by name.
        token: The key, as `access.keep_token()` returns it; None for one that ends with the server.

    Raises:
        ConfigError: The port is in use.
    """

    def __init__(
        self,
        session: PreviewSession,
        *,
        source: str | None,
        port: int = PORT,
        folders: Mapping[str, Path] | None = None,
        token: str | None = None,
    ) -> None:
        self.session = session
        self._server = _create_server(lambda *request: self._app(*request), port)
        port = self._server.effective_port
        self.guard = AccessGuard(port=port, token=token) if token else AccessGuard(port=port)
        self._server.channel_class = create_channel_class(self.guard)
        self._app = create_app(session, self.guard, source=source, folders=folders)

    def run(self) -> None:
        """Serve until `stop()` is called or Ctrl-C is pressed."""
        with suppress(KeyboardInterrupt):
            self._server.run()
        self.session.close()
        self._server.task_dispatcher.shutdown(timeout=2)
        self._server.close()

    def start(self) -> None:
        """Serve in a background thread."""
        self._thread = threading.Thread(target=self.run, name="preview-server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop what `start()` started: close all connections and the port, and wait for the thread."""
        self.session.close()
        # In the serving thread, so that nothing else uses the sockets; its loop ends when none is left.
        # By then it may have run, woken by something else, and the trigger be closed.
        with suppress(OSError):
            self._server.trigger.pull_trigger(self._close_connections)
        self._thread.join()

    def _close_connections(self) -> None:
        for channel in list(self._server._map.values()):
            if channel is not self._server.trigger:
                channel.close()
        self._server.trigger.close()


def open_in_background(url: str, open_browser: Callable[[str], object]) -> None:
    """Call *open_browser* with *url* in a thread; the port accepts connections already."""

    def run() -> None:
        with suppress(Exception):  # the address is printed too
            open_browser(url)

    threading.Thread(target=run, name="open-browser", daemon=True).start()


def _create_server(app: Callable[..., Any], port: int) -> Any:  # Any: waitress has no types
    from waitress.server import create_server

    if not os.environ.get("HANDBILL_DEBUG"):  # its log is about waitress, not about newsletters
        logging.getLogger("waitress").setLevel(logging.CRITICAL)
    try:
        return create_server(
            app,
            host="127.0.0.1",
            port=port,
            threads=_THREADS,
            ident=None,
            max_request_body_size=MAX_REQUEST_BYTES,
            connection_limit=500,
            channel_timeout=_IDLE_S,
            cleanup_interval=_IDLE_S // 3,
            channel_request_lookahead=1,  # so that it notices that a page was closed
            asyncore_use_poll=True,  # select() is limited to 1,024 files
        )
    except OSError as error:
        raise ConfigError(
            f"Port {port} is in use ({error.strerror}). If another preview is running, stop it; "
            "or choose any free port: --port 0"
        ) from error
