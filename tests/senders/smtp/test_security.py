"""The SMTP sender: certificates, encryption and passwords."""

from __future__ import annotations

import asyncio
import base64
import gc
import logging
import ssl
import sys
import threading
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from pipeline.errors import ConfigError, SendError
from pipeline.models.delivery import DeliveryState
from pipeline.models.message import Message
from pipeline.senders import Sender
from pipeline.senders.smtp import SmtpSender
from pipeline.testing import sample_message
from tests.senders.smtp.smtp_sink import DROP, PIPELINING, Script, Sink
from tests.senders.smtp.test_server_faults import COUNT, ODD, fail_at
from tests.senders.smtp.test_smtp_sender import SmtpContract, samples

SECRET = "pläin-sëcret-48151623"
MARK = "Ferry & Bell"


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    """Collect sockets that a test server left open when its client closed the connection in the handshake."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def serving(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def bundle(authority: trustme.CA, folder: Path) -> Path:
    path = folder / "authorities.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def sink_options(security: str, context: ssl.SSLContext) -> dict[str, Any]:
    """Return the options of a sink for *security*."""
    return {"tls": context} if security == "tls" else {"starttls": context}


def attempt(sink: Sink, **options: Any) -> SendError:
    """Send two messages and return the error."""
    with (
        SmtpSender(host="127.0.0.1", port=sink.port, pause_s=0.01, **options) as sender,
        pytest.raises(SendError) as caught,
    ):
        list(sender.send(samples(2)))
    assert [] == sink.begun
    assert not caught.value.uncertain
    return caught.value


class SecureContract(SmtpContract):
    """The contract, encrypted."""

    security = "starttls"

    @pytest.fixture(autouse=True)
    def trust(self, authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> None:
        self.context = serving(authority.issue_cert("127.0.0.1"))
        self.bundle = bundle(authority, tmp_path_factory.mktemp("trust"))

    def make_with(self, script: Script | None) -> Sender:
        sink = Sink(script, **sink_options(self.security, self.context)).__enter__()
        self.open.append(sink)
        return SmtpSender(
            host="127.0.0.1", port=sink.port, security=self.security, ca_file=self.bundle
        )

    def make_unreachable_sender(self, folder: Path) -> Sender:
        sender = self.make_with(None)
        self.open.pop().__exit__()
        return sender


class TestSmtpSenderWithStartTls(SecureContract):
    """Encrypted after the greeting."""


class TestSmtpSenderWithTls(SecureContract):
    """Encrypted from the first byte."""

    security = "tls"


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "DOT", "BODY"])
def test_a_dropped_connection_has_the_same_receipts_when_encrypted(
    authority: trustme.CA, tmp_path: Path, security: str, step: str
) -> None:
    """Only a lost reply to the end of a message makes it uncertain."""
    context = serving(authority.issue_cert("127.0.0.1"))
    body = (b"x" * 998 + b"\r\n") * (6_000 if step == "BODY" else 60)
    messages = [_longer(m, body) if m.recipient.email == ODD else m for m in samples(COUNT)]
    script = fail_at(step, DROP, times=1)
    with (
        Sink(script, **sink_options(security, context)) as sink,
        SmtpSender(
            host="127.0.0.1",
            port=sink.port,
            security=security,
            ca_file=bundle(authority, tmp_path),
            connections=1,
            pause_s=0.01,
        ) as sender,
    ):
        receipts = {receipt.sequence: receipt for receipt in sender.send(messages)}
    states = [receipts[number].state for number in range(1, COUNT + 1)]
    odd = DeliveryState.UNCERTAIN if step == "DOT" else DeliveryState.ACCEPTED
    assert [DeliveryState.ACCEPTED] * 2 + [odd] + [DeliveryState.ACCEPTED] * 3 == states
    assert 1 == sink.ended.count(ODD)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_expired_certificate_is_rejected(
    authority: trustme.CA, tmp_path: Path, security: str
) -> None:
    """Nothing is sent, and the error says why."""
    past = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 2, 1, tzinfo=UTC)
    expired = authority.issue_cert("127.0.0.1", not_before=past[0], not_after=past[1])
    with Sink(**sink_options(security, serving(expired))) as sink:
        error = attempt(sink, security=security, ca_file=bundle(authority, tmp_path))
    assert "certificate has expired. Nothing was sent." in str(error)
    assert not error.temporary


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_host_is_rejected(
    authority: trustme.CA, tmp_path: Path, security: str
) -> None:
    """It proves nothing."""
    other = serving(authority.issue_cert("other.example.org"))
    with Sink(**sink_options(security, other)) as sink:
        error = attempt(sink, security=security, ca_file=bundle(authority, tmp_path))
    assert "certificate is not valid for '127.0.0.1'" in str(error)
    assert not error.temporary


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_an_unknown_authority_is_rejected(
    authority: trustme.CA, security: str
) -> None:
    """The machine does not trust its issuer."""
    unknown = serving(authority.issue_cert("127.0.0.1"))
    with Sink(**sink_options(security, unknown)) as sink:
        error = attempt(sink, security=security)
    assert "no valid certificate" in str(error)
    assert "ca_file" in str(error)
    assert not error.temporary


@pytest.fixture
def password(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return options that log in."""
    monkeypatch.setenv("RELAY_PASSWORD", SECRET)
    return {"username": MARK, "password_env": "RELAY_PASSWORD"}


def test_a_removed_starttls_is_detected(password: dict[str, Any]) -> None:
    """An attacker hides STARTTLS: neither password nor message is sent."""
    with Sink(features=(*PIPELINING, "AUTH PLAIN LOGIN")) as sink:
        error = attempt(sink, security="starttls", **password)
    assert "does not support STARTTLS" in str(error)
    assert not error.temporary
    assert [] == [line for line in sink.commands if not line.upper().startswith("EHLO")]


def test_a_refused_starttls_stops_the_sender(
    authority: trustme.CA, password: dict[str, Any]
) -> None:
    """A server that offers STARTTLS and refuses it gets nothing."""
    context = serving(authority.issue_cert("127.0.0.1"))
    busy = "454 4.7.0 TLS not available"
    with Sink(lambda m: busy if m.step == "STARTTLS" else None, starttls=context) as sink:
        error = attempt(sink, security="starttls", **password)
    assert busy in str(error)
    assert error.temporary


def test_tls_to_a_port_without_tls_is_reported() -> None:
    """The error says which security matches which port."""
    with Sink() as sink:
        error = attempt(sink, security="tls")
    assert 'security = "tls" must match the port' in str(error)


def test_an_unreadable_ca_file_is_reported(tmp_path: Path) -> None:
    """The error names the file."""
    with Sink() as sink:
        error = attempt(sink, security="tls", ca_file=tmp_path / "none.pem")
    assert "none.pem: cannot read the certificates" in str(error)


def test_a_password_is_not_sent_without_encryption(password: dict[str, Any]) -> None:
    """Unless the relay is this machine."""
    with pytest.raises(ConfigError, match="without encryption"):
        SmtpSender(host="relay.example.org", security="none", **password)


class Inbox:
    """Keeps messages, and whether their sender had logged in."""

    def __init__(self) -> None:
        self.mails: list[tuple[bytes, bool]] = []
        self.mechanisms: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a mail."""
        assert isinstance(envelope.original_content, bytes)
        self.mails.append((envelope.original_content, bool(session.authenticated)))
        return "250 2.0.0 Ok"

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        """Let in who shows the token; tell others what is wrong, as Google does."""
        self.mechanisms.append("XOAUTH2")
        if base64.b64decode(args[1]).decode() == f"user={MARK}\1auth=Bearer {SECRET}\1\1":
            return AuthResult(success=True, auth_data=MARK)
        await server.push("334 eyJzdGF0dXMiOiI0MDEifQ==")
        assert b"\r\n" == await server._reader.readline()
        return AuthResult(success=False, handled=False, message="535 5.7.8 No")

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        """Accept the right password."""
        self.mechanisms.append(mechanism)
        assert isinstance(data, LoginPassword)
        is_known = (data.login, data.password) == (MARK.encode(), SECRET.encode())
        return AuthResult(success=is_known, handled=False)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def relay(inbox: Inbox, authority: trustme.CA) -> Iterator[Relay]:
    """Run a server that accepts the right password, after STARTTLS only."""
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    with Relay(inbox, serving(authority.issue_cert("127.0.0.1"))) as relay:
        yield relay


class Relay:
    """aiosmtpd in a thread; its own controller gives up when the machine is slow."""

    def __init__(self, inbox: Inbox, context: ssl.SSLContext) -> None:
        self._inbox, self._context = inbox, context
        self._protocols: list[SMTP] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await self._loop.create_server(self._protocol, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for protocol in self._protocols:
            if isinstance(protocol.transport, asyncio.WriteTransport):
                protocol.transport.abort()
        for _ in range(5):
            await asyncio.sleep(0)  # what was closed is told so

    def _protocol(self) -> SMTP:
        protocol = SMTP(
            self._inbox,
            hostname="relay.example.org",
            tls_context=self._context,
            authenticator=self._inbox.authenticate,
            auth_required=True,
            loop=self._loop,
        )
        self._protocols.append(protocol)
        return protocol


def log_in(
    relay: Relay, authority: trustme.CA, folder: Path, **options: Any
) -> list[DeliveryState]:
    trust = bundle(authority, folder)
    with SmtpSender(
        host="127.0.0.1", port=relay.port, ca_file=trust, connections=1, **options
    ) as way:
        return [receipt.state for receipt in way.send(samples(3))]


@pytest.mark.parametrize(
    ("auth", "used"), [(None, "PLAIN"), ("plain", "PLAIN"), ("login", "LOGIN")]
)
def test_login_with_a_password(
    relay: Relay,
    inbox: Inbox,
    authority: trustme.CA,
    tmp_path: Path,
    password: dict[str, Any],
    auth: str | None,
    used: str,
) -> None:
    """PLAIN if the server supports it, or the configured mechanism; a password may contain any characters."""
    states = log_in(relay, authority, tmp_path, auth=auth, **password)
    assert [DeliveryState.ACCEPTED] * 3 == states
    assert [(m.content, True) for m in samples(3)] == inbox.mails
    assert [used] == inbox.mechanisms


def test_login_with_a_password_from_a_file(
    relay: Relay, inbox: Inbox, authority: trustme.CA, tmp_path: Path
) -> None:
    """Its final line end is not part of the password."""
    (tmp_path / "password").write_text(f"{SECRET}\n", encoding="utf-8")
    file = tmp_path / "password"
    file.chmod(0o600)
    states = log_in(relay, authority, tmp_path, username=MARK, password_file=file)
    assert [DeliveryState.ACCEPTED] * 3 == states


def test_a_password_file_open_to_others_is_refused(
    relay: Relay, inbox: Inbox, authority: trustme.CA, tmp_path: Path
) -> None:
    """As a DKIM key is; the command that helps is named, and nothing is sent."""
    file = tmp_path / "password"
    file.write_text(SECRET, encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(SendError, match="chmod 600") as caught:
        log_in(relay, authority, tmp_path, username=MARK, password_file=file)
    assert SECRET not in str(caught.value)
    assert [] == inbox.mails


@pytest.mark.parametrize("source", ["token_env", "token_command"])
def test_login_with_a_token(
    relay: Relay,
    inbox: Inbox,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
) -> None:
    """XOAUTH2, with the token from a variable or printed by a command."""
    monkeypatch.setenv("RELAY_TOKEN", SECRET)
    printing = [sys.executable, "-c", "import os; print(os.environ['RELAY_TOKEN'])"]
    given = "RELAY_TOKEN" if source == "token_env" else printing
    monkeypatch.setenv("PYTHONUTF8", "1")
    options: dict[str, Any] = {"username": MARK, "auth": "xoauth2", source: given}
    assert [DeliveryState.ACCEPTED] * 3 == log_in(relay, authority, tmp_path, **options)
    assert ["XOAUTH2"] == inbox.mechanisms


@pytest.mark.parametrize("auth", ["plain", "login", "xoauth2"])
def test_a_wrong_secret_is_reported_and_not_leaked(
    relay: Relay,
    inbox: Inbox,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    auth: str,
) -> None:
    """The error says where the secret came from; neither it nor its cause contains it."""
    monkeypatch.setenv("RELAY_SECRET", "wrong-48151623")
    option = "token_env" if auth == "xoauth2" else "password_env"
    options: dict[str, Any] = {"username": MARK, "auth": auth, option: "RELAY_SECRET"}
    with pytest.raises(SendError, match="rejected the login: 535") as caught:
        log_in(relay, authority, tmp_path, **options)
    assert f"{option} RELAY_SECRET" in str(caught.value)
    assert not caught.value.temporary
    assert [] == inbox.mails
    assert "48151623" not in repr(_chain(caught.value))


@pytest.mark.parametrize("form", ["{}", "{!r}"])
def test_a_repeated_password_is_redacted(password: dict[str, Any], form: str) -> None:
    """The server's reply is shown without the secret, as it is or encoded."""
    encoded = base64.b64encode(SECRET.encode()).decode()
    expected = f"535 5.7.8 {form.format(SECRET)} or {encoded} is wrong"
    script = lambda m: expected if m.step == "AUTH" else None  # noqa: E731
    with Sink(script, features=("AUTH PLAIN",)) as sink:
        error = attempt(sink, security="none", **password)
    assert SECRET not in str(error) and encoded not in str(error)
    assert "is wrong" in str(error)


def test_a_username_may_be_a_secret(
    relay: Relay, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with Postmark: it is read from a variable and never shown."""
    monkeypatch.setenv("RELAY_NAME", MARK)
    monkeypatch.setenv("RELAY_PASSWORD", SECRET)
    options = {"username_env": "RELAY_NAME", "password_env": "RELAY_PASSWORD"}
    assert [DeliveryState.ACCEPTED] * 3 == log_in(relay, authority, tmp_path, **options)
    monkeypatch.setenv("RELAY_NAME", "wrong-48151623")
    with pytest.raises(SendError) as caught:
        log_in(relay, authority, tmp_path, **options)
    assert "48151623" not in repr(_chain(caught.value))


def test_only_the_program_of_a_command_is_displayed() -> None:
    """Its arguments may contain a secret."""
    for command in ("token --key 48151623", ["token", "--key", "48151623"]):
        sender = SmtpSender(host="a", username="u", auth="xoauth2", token_command=command)
        assert sender.settings.credentials
        assert "token_command token" == sender.settings.credentials.source
        assert "48151623" not in repr(sender.settings)


def test_a_temporary_login_error_is_temporary(password: dict[str, Any]) -> None:
    """454 is temporary."""
    script = lambda m: "454 4.7.0 Later" if m.step == "AUTH" else None  # noqa: E731
    with Sink(script, features=("AUTH PLAIN",)) as sink:
        assert attempt(sink, security="none", **password).temporary


def test_unsupported_login_mechanisms_are_reported(password: dict[str, Any]) -> None:
    """The error names those of the server."""
    with Sink(features=("AUTH CRAM-MD5 GSSAPI",)) as sink:
        error = attempt(sink, security="none", **password)
    assert "none of our login mechanisms, only: CRAM-MD5 GSSAPI" in str(error)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"password_env": "NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE is not set"),
        ({"password_file": "/nowhere/password"}, "/nowhere/password: cannot read the password"),
        ({"auth": "xoauth2", "token_command": "/nowhere/token"}, "cannot run /nowhere/token"),
        ({"auth": "xoauth2", "token_command": "false"}, r"false printed no token \(exit code 1\)"),
    ],
)
def test_a_missing_secret_is_reported(options: dict[str, Any], words: str) -> None:
    """The error names the variable, file or command."""
    with (
        Sink(features=("AUTH PLAIN XOAUTH2",)) as sink,
        SmtpSender(
            host="127.0.0.1", port=sink.port, security="none", username="a", **options
        ) as sender,
        pytest.raises(SendError, match=words),
    ):
        list(sender.send([sample_message()]))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, '"host" or "preset"'),
        ({"host": ""}, '"host" or "preset"'),
        ({"host": "a b"}, '"smtp", host:'),
        ({"host": "a", "port": 0x10000}, '"smtp", port:'),
        ({"host": "a", "port": "587"}, '"smtp", port:'),
        ({"host": "a", "security": "ssl"}, '"smtp", security:'),
        ({"host": "a", "connections": 0}, '"smtp", connections:'),
        ({"host": "a", "connections": True}, '"smtp", connections:'),
        ({"host": "a", "messages_per_connection": 1.5}, '"smtp", messages_per_connection:'),
        ({"host": "a", "idle_s": -1}, '"smtp", idle_s:'),
        ({"host": "a", "timeouts": {"dots": 1}}, 'timeout "dots".*Did you mean "dot"'),
        ({"host": "a", "timeouts": {"dot": "long"}}, "timeouts, .*'long'"),
        ({"host": "a", "username": "u"}, "needs either password_env or password_file"),
        ({"host": "a", "password_env": "P"}, "no username"),
        ({"host": "a", "auth": "plain"}, "no username"),
        (
            {"host": "a", "username": "u", "password_env": "P", "password_file": "f"},
            "Given: password_env, password_file",
        ),
        ({"host": "a", "username": "u", "auth": "xoauth2", "password_env": "P"}, "token_env or"),
        ({"host": "a", "auth": "cram-md5"}, '"smtp", auth:'),
        ({"preset": "postmrk"}, 'Did you mean "postmark"'),
        ({"preset": "ses"}, "region"),
        ({"preset": "ses", "region": "evil.example.org/"}, "region"),
        ({"preset": "mailgun", "region": "mars"}, "Known: us, eu"),
        ({"preset": "postmark", "region": "eu"}, "no regions"),
    ],
)
def test_invalid_options_are_rejected(options: dict[str, Any], words: str) -> None:
    """Before any connection is opened."""
    with pytest.raises(ConfigError, match=words):
        SmtpSender(**options)


@pytest.mark.parametrize(
    ("options", "where", "security"),
    [
        ({"host": "a"}, "a:587", "starttls"),
        ({"host": "a", "security": "tls"}, "a:465", "tls"),
        ({"host": "a", "security": "none"}, "a:25", "none"),
        ({"preset": "postmark"}, "smtp.postmarkapp.com:587", "starttls"),
        ({"preset": "ses", "region": "eu-west-1"}, "email-smtp.eu-west-1.amazonaws.com:465", "tls"),
        ({"preset": "mailgun", "region": "eu"}, "smtp.eu.mailgun.org:465", "tls"),
        ({"preset": "mailgun", "security": "starttls"}, "smtp.mailgun.org:587", "starttls"),
        ({"preset": "postmark", "port": 2525}, "smtp.postmarkapp.com:2525", "starttls"),
    ],
)
def test_host_and_port_follow_from_the_options(
    options: dict[str, Any], where: str, security: str
) -> None:
    """The port follows from the security unless it is set; other options override the preset."""
    settings = SmtpSender(**options).settings
    assert (where, security) == (str(settings), settings.security)


def _chain(error: BaseException | None) -> list[str]:
    told = []
    while error:
        told += [repr(error), str(error), repr(vars(error))]
        error = error.__cause__ or error.__context__
    return told


def _longer(message: Message, body: bytes) -> Message:
    from dataclasses import replace

    return replace(message, chunks=(message.content, body))
