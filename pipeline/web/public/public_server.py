"""The server of the public web service: waitress, on the loopback address, behind a reverse proxy."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Flask

from pipeline.errors import ConfigError

HOST, PORT = "127.0.0.1", 8085
#: How long a request waits for another process that writes; proxies give up after a minute (nginx, proxy_read_timeout).
LOCK_TIMEOUT_S = 25.0
#: Requests at the same time; a request waits for the disk for most of its time, many for the same commit.
_THREADS = 32
#: No route takes more; a larger request is refused by its Content-Length, before it is read.
_MAX_REQUEST_BYTES = 10 << 20


class PublicServer:
    """
    Serves *app* until it is stopped.

    Args:
        port: 0 for any free port.
        proxy: The IP address of the reverse proxy. Only its X-Forwarded-For is believed.

    Raises:
        ConfigError: The port is in use, or *host* is no address of this machine.
    """

    def __init__(
        self, app: Flask, *, host: str = HOST, port: int = PORT, proxy: str = HOST
    ) -> None:
        self._server = _create_server(app, host, port, proxy)

    @property
    def url(self) -> str:
        """Where it listens."""
        host = self._server.effective_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._server.effective_port}"

    def run(self) -> None:
        """Serve until `stop()` or Ctrl-C; requests that came in are answered first."""
        with suppress(KeyboardInterrupt):
            self._server.run()
        self._server.task_dispatcher.shutdown(timeout=5)
        self._server.trigger.close()
        self._server.close()

    def stop(self) -> None:
        """Make `run()` return; from any thread."""
        self._server.trigger.pull_trigger(self._close_connections)

    def _close_connections(self) -> None:
        for channel in list(self._server._map.values()):
            if channel is not self._server.trigger:
                channel.close()
        self._server.trigger.del_channel()  # ends the loop; threads that still answer write to it


def _create_server(
    app: Flask, host: str, port: int, proxy: str
) -> Any:  # Any: waitress has no types
    from waitress.server import create_server

    try:
        return create_server(
            app,
            host=host,
            port=port,
            threads=_THREADS,
            max_request_body_size=_MAX_REQUEST_BYTES,
            ident=None,
            trusted_proxy=proxy,
            trusted_proxy_headers={"x-forwarded-for"},
            clear_untrusted_proxy_headers=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(
            f"{host}, port {port}: cannot listen ({reason}). Choose another: --host 127.0.0.1 --port 8086"
        ) from error
