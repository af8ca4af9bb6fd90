"""The mail catcher of the preview."""

from __future__ import annotations

import smtplib
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.web.preview.sources.mail_catcher import MailCatcher


def test_messages_are_stored(tmp_path: Path) -> None:
    """A message sent to the port becomes a file in the folder."""
    with (
        closing(MailCatcher(tmp_path, 0)) as catcher,
        smtplib.SMTP("127.0.0.1", catcher.port) as client,
    ):
        client.sendmail("a@example.org", ["b@example.org"], b"Subject: Tides\r\n\r\nText.\r\n")

    (file,) = tmp_path.glob("*.eml")
    assert b"Subject: Tides" in file.read_bytes()


def test_port_in_use(tmp_path: Path) -> None:
    """The error names the port and the option."""
    with (
        closing(MailCatcher(tmp_path, 0)) as catcher,
        pytest.raises(ConfigError, match=rf"Port {catcher.port} is in use.*--catch"),
    ):
        MailCatcher(tmp_path, catcher.port)
