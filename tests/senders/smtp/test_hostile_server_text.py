"""What an SMTP server says is cleaned before anybody reads or stores it."""

from __future__ import annotations

import pytest

from pipeline.errors import SendError
from pipeline.senders import open_sender
from pipeline.senders.server_text import clean_server_id, clean_server_text
from pipeline.testing import sample_message
from tests.senders.smtp.smtp_sink import DROP, Moment, Say, Sink

NOISE = b"\x1b]0;owned\x07\x00 \x9b31m \xff no"


@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL", "RCPT", "DOT", "AUTH", "STARTTLS"])
@pytest.mark.parametrize("code", [b"554", b"454", b"250", b"999"])
def test_no_control_character_leaves_the_sender(
    step: str, code: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Greeting, EHLO, STARTTLS, AUTH and replies: each is one printable line in the error or the receipt."""
    monkeypatch.setenv("RELAY_PASSWORD", "plum-jam-and-toast")

    def script(moment: Moment) -> Say | None:
        return Say(code + b" " + NOISE + b"\r\n") if moment.step == step else None

    options: dict[str, object] = {"security": "none"}
    features = ["PIPELINING"]
    if step == "AUTH":
        options |= {"username": "me", "password_env": "RELAY_PASSWORD"}
        features.append("AUTH PLAIN")
    if step == "STARTTLS":
        options = {}
        features.append("STARTTLS")
    if step == "STARTTLS" and code == b"250":
        return  # the server then speaks no TLS, see test_security
    texts: list[str] = []
    with (
        Sink(script, features=features) as sink,
        open_sender("smtp", host="127.0.0.1", port=sink.port, pause_s=0, **options) as sender,
    ):
        try:
            for receipt in sender.send([sample_message()]):
                texts += [receipt.response, receipt.provider_id or ""]
        except SendError as error:
            texts.append(str(error))
    assert texts and all(text.isprintable() for text in texts), texts


def test_mechanisms_are_cleaned(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of login mechanisms is quoted without control characters."""
    monkeypatch.setenv("RELAY_PASSWORD", "plum-jam-and-toast")
    with (
        Sink(features=["AUTH \x1b[31mNTLM"]) as sink,
        open_sender(
            "smtp",
            host="127.0.0.1",
            port=sink.port,
            security="none",
            username="me",
            password_env="RELAY_PASSWORD",
        ) as sender,
        pytest.raises(SendError, match="login mechanisms") as told,
    ):
        list(sender.send([sample_message()]))
    assert str(told.value).isprintable()


def test_a_closed_connection_is_one_line() -> None:
    """A server that closes in the middle of its greeting is quoted, if at all, without control characters."""
    with (
        Sink(lambda moment: DROP if moment.step == "CONNECT" else None) as sink,
        open_sender("smtp", host="127.0.0.1", port=sink.port, security="none", pause_s=0) as sender,
        pytest.raises(SendError) as told,
    ):
        list(sender.send([sample_message()]))
    assert str(told.value).isprintable()


def test_text_and_ids_are_cut() -> None:
    """Whatever is sent: a reply is one line of bounded length, an ID has at most 200 characters."""
    text = clean_server_text("a\r\n\tb\x00" + "x" * 100_000, limit=20)
    assert ("a b\\x00" + "x" * 12 + "…", 20) == (text, len(text))
    assert "\\x1b[0m\\ud800" == clean_server_id(" \x1b[0m\ud800 ")
    assert 200 == len(clean_server_id("\x00" * 500_000))
