"""A mail server on this machine that stores messages and delivers none."""

from __future__ import annotations

import os
import socket
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.files import write_atomically
from pipeline.web.preview.error_messages import describe_error

#: Larger messages are refused: no newsletter is that large, and they could fill the disk.
MAX_BYTES = 25 * 1024 * 1024
_MAX_TRACED = 50


class MailCatcher:
    """
    Accepts messages on the loopback address and writes each to a folder.

    Args:
        port: 0 for any free port.

    Raises:
        ConfigError: The port is in use.
    """

    def __init__(self, folder: Path, port: int) -> None:
        from aiosmtpd.controller import Controller

        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        #: The port it listens on.
        self.port = _find_free_port(port)
        self._controller = Controller(
            _Handler(folder),
            hostname="127.0.0.1",
            port=self.port,
            data_size_limit=MAX_BYTES,
            ident="handbill preview",
            enable_SMTPUTF8=True,
        )
        self._controller.start()

    def close(self) -> None:
        """Stop listening."""
        self._controller.stop()


def _find_free_port(port: int) -> int:
    """Return *port*, or any free one for 0; aiosmtpd itself cannot start on port 0."""
    try:
        with socket.create_server(("127.0.0.1", port)) as server:
            free: int = server.getsockname()[1]
    except OSError as error:
        raise ConfigError(
            f"Port {port} is in use ({error.strerror}). Choose another one: --catch 2525"
        ) from error
    return free


def _trace(envelope: Any) -> bytes:  # Any: aiosmtpd's
    """Return who sent it to whom, which its own headers need not say (RFC 5321, section 4.4; RFC 9228)."""
    lines = [f"Return-Path: <{envelope.mail_from or ''}>"]
    lines += [f"Delivered-To: {address}" for address in envelope.rcpt_tos[:_MAX_TRACED]]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")


class _Handler:
    """Writes each message to a file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # Any: aiosmtpd's
        time = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
        name = f"{time}-{os.getpid()}-{next(self._numbers):04}.eml"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # it may have been cleaned up
        content = _trace(envelope) + envelope.original_content
        write_atomically(self._folder / name, content, mode=0o600)
        return "250 2.0.0 Message caught; it will not be delivered"

    async def handle_exception(self, error: Exception) -> str:
        """Answer that the message was not caught and why; the next one is tried again."""
        return f"451 4.3.0 Not caught: {' '.join(describe_error(error).split())[:400]}"
