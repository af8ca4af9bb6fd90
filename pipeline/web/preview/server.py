"""Start the preview on this machine, and end it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.web.preview.access import AccessGuard
from pipeline.web.preview.app import make_app
from pipeline.web.preview.session import PreviewSession

PORT = 8765
#: Each open page holds one thread for its events.
_THREADS = 32


class PreviewServer:
    """
    The preview, answering on the loopback address alone.

    Args:
        port: 0 takes any free one.
        rooms: Folders of messages to look into, by name.

    Raises:
        ConfigError: The port is taken.
    """

    def __init__(
        self,
        desk: PreviewSession,
        *,
        source: str | None,
        port: int = PORT,
        rooms: Mapping[str, Path] | None = None,
    ) -> None:
        self._desk = desk
        self._server = _listen(lambda *asked: self._app(*asked), port)
        self.guard = AccessGuard(port=self._server.effective_port)
        self._app = make_app(desk, self.guard, source=source, rooms=rooms)

    def run(self) -> None:
        """Answer until `stop()` is called or somebody presses Ctrl-C."""
        with suppress(KeyboardInterrupt):
            self._server.run()
        self._desk.close()
        self._server.task_dispatcher.shutdown(timeout=2)
        self._server.close()

    def start(self) -> None:
        """Answer in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="serving", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End what `start()` began: let all who wait go, close the port, and wait for that."""
        self._desk.close()
        # In the thread that serves, where nobody else is using the sockets; its loop ends when none is left.
        self._server.trigger.pull_trigger(self._hang_up)
        self._thread.join()

    def _hang_up(self) -> None:
        for channel in list(self._server._map.values()):
            if channel is not self._server.trigger:
                channel.close()
        self._server.trigger.close()


def when_ready(url: str, do: Callable[[str], object]) -> None:
    """Call *do* with *url* once the server answers; it listens already, so that is now."""
    threading.Thread(target=do, args=(url,), name="opening", daemon=True).start()


def _listen(app: Callable[..., Any], port: int) -> Any:  # Any: waitress has no types
    from waitress.server import create_server

    try:
        return create_server(app, host="127.0.0.1", port=port, threads=_THREADS, ident=None)
    except OSError as error:
        raise ConfigError(
            f"Port {port} is taken ({error.strerror}). Is a preview open already? Else name another: --port 0"
        ) from error
