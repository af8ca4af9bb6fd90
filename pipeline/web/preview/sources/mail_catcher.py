"""Catch what other programs send: a mail server on this machine that hands nothing on."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.files import write_atomically

#: Larger messages are refused: nobody sends such letters, and somebody might fill the disk.
MOST_BYTES = 25 * 1024 * 1024


class MailCatcher:
    """
    A mail server on the loopback address that writes every message to a folder.

    Args:
        port: 0 takes any free one.

    Raises:
        ConfigError: The port is taken.
    """

    def __init__(self, folder: Path, port: int) -> None:
        from aiosmtpd.controller import Controller

        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._controller = Controller(
            _Handler(folder),
            hostname="127.0.0.1",
            port=port,
            data_size_limit=MOST_BYTES,
            ident="handbill preview",
            enable_SMTPUTF8=True,
        )
        try:
            self._controller.start()
        except OSError as error:
            raise ConfigError(
                f"Port {port} is taken ({error.strerror}). Name another: --catch 2525"
            ) from error

    @property
    def port(self) -> int:
        """Where it listens."""
        number: int = self._controller.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        return number

    def close(self) -> None:
        """Stop listening."""
        self._controller.stop()


class _Handler:
    """Writes each message whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # Any: aiosmtpd's
        stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
        name = f"{stamp}-{os.getpid()}-{next(self._numbers):04}.eml"
        write_atomically(self._folder / name, envelope.original_content, mode=0o600)
        return "250 2.0.0 Caught; it goes nowhere"
