"""Open a connection to a relay: everything before the first message."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress

from pipeline.errors import SendError
from pipeline.senders.smtp.authentication import authenticate
from pipeline.senders.smtp.settings import Settings, is_loopback
from pipeline.senders.smtp.transaction import Features


def connect(settings: Settings) -> tuple[socket.socket, Features]:
    """
    Return a connection over which messages can be sent, and what the server offers.

    Raises:
        SendError: There is no connection, it is not safe, or the server does not want us. It is temporary unless a
            person has to do something about it.
    """
    smtp = _Client(settings)
    try:
        smtp.open()
        _secure(smtp, settings)
        if settings.credentials:
            _expect_privacy(smtp, settings)
            authenticate(smtp, settings.credentials, str(settings))
        return smtp.release(), _features(smtp)
    except ssl.SSLCertVerificationError as error:
        raise SendError(
            f"{settings} shows a certificate that does not hold: {_reason(error)}. Nothing was sent. "
            "Check the host's name, or set ca_file for a private authority."
        ) from error
    except ssl.SSLError as error:
        raise SendError(
            f"{settings} does not speak TLS as it should ({error.reason or error}). Nothing was sent. "
            f'security = "{settings.security}" must fit the port: mostly "starttls" to 587 and "tls" to 465.'
        ) from error
    except smtplib.SMTPResponseException as error:
        words = " ".join(_text(error.smtp_error).split())[:300]
        raise SendError(
            f"{settings} does not want to talk: {error.smtp_code} {words}.",
            temporary=error.smtp_code < 500,
        ) from error
    except smtplib.SMTPException as error:
        raise SendError(
            f"{settings} broke off before a message could be sent: {error}.", temporary=True
        ) from error
    except socket.gaierror as error:
        raise SendError(
            f"{settings.host} has no address ({error.strerror}). Check the host's name and the network.",
            temporary=True,
        ) from error
    except OSError as error:
        raise SendError(
            f"{settings} cannot be reached: {error.strerror or error}. Check host and port, and whether the network "
            "lets mail out.",
            temporary=True,
        ) from error
    finally:
        smtp.drop()


class _Client(smtplib.SMTP):
    """smtplib's client, with a timeout for each stage, and a socket that can be taken from it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(timeout=settings.timeouts.connect, local_hostname="[127.0.0.1]")
        self._settings = settings
        self._context: ssl.SSLContext | None = None

    def open(self) -> None:
        """Connect, and say hello."""
        settings = self._settings
        code, words = self.connect(settings.host, settings.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        self.local_hostname = settings.local_hostname or _own_name(self._connected())
        self.hello()

    def hello(self) -> None:
        """Say EHLO, or HELO to a server that knows no better."""
        code, _ = self.ehlo()
        if not 200 <= code < 300:
            code, words = self.helo()
            if not 200 <= code < 300:
                raise smtplib.SMTPHeloError(code, words)

    def start_tls(self) -> None:
        """Go on encrypted, and forget what was said before (RFC 3207 §4.2)."""
        code, words = self.starttls(context=self.context())
        if code != 220:
            raise smtplib.SMTPResponseException(code, words)
        self.hello()

    def context(self) -> ssl.SSLContext:
        """Return the rules for certificates: those of the machine, or of *ca_file*."""
        if self._context is None:
            path = self._settings.ca_file
            try:
                self._context = ssl.create_default_context(cafile=path)
            except OSError as error:
                raise SendError(
                    f"{path}: the certificates cannot be read ({error.strerror or error}). Check ca_file."
                ) from error
        return self._context

    def peer(self) -> str:
        """Return the server's address."""
        return str(self._connected().getpeername()[0])

    def release(self) -> socket.socket:
        """Return the socket; it is no longer this client's."""
        sock = self._connected()
        self.sock = None
        if self.file:
            self.file.close()
            self.file = None
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def drop(self) -> None:
        """Close what was not released."""
        with suppress(OSError):
            self.close()

    def _connected(self) -> socket.socket:
        assert self.sock, "a greeting was read from it"
        return self.sock

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connect; called by smtplib."""
        sock = socket.create_connection((host, port), timeout)
        sock.settimeout(self._settings.timeouts.greeting)
        self._host = host  # what starttls() checks the certificate against
        if self._settings.security != "tls":
            return sock
        try:
            return self.context().wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise


def _secure(smtp: _Client, settings: Settings) -> None:
    if settings.security != "starttls":
        return
    if not smtp.has_extn("starttls"):
        raise SendError(
            f'{settings} offers no STARTTLS, and security = "starttls" wants it: somebody on the way may have taken '
            'it out. Nothing was sent. Try security = "tls" and port 465, or another network.'
        )
    smtp.start_tls()


def _expect_privacy(smtp: _Client, settings: Settings) -> None:
    if settings.security == "none" and not is_loopback(smtp.peer()):
        raise SendError(
            f"{settings} is not this machine, and the connection is not encrypted: the password was not sent. "
            'Set security = "starttls" or "tls".'
        )


def _features(smtp: smtplib.SMTP) -> Features:
    size = smtp.esmtp_features.get("size")
    return Features(
        pipelining=smtp.has_extn("pipelining"),
        size=None if size is None else int(size) if size.isascii() and size.isdigit() else 0,
        eight_bit=smtp.has_extn("8bitmime"),
        smtputf8=smtp.has_extn("smtputf8"),
    )


def _own_name(sock: socket.socket) -> str:
    """Return this machine's name if it has a domain, else its address (RFC 5321 §4.1.4): no name server is asked."""
    name = socket.gethostname()
    if "." in name.strip(".") and name.isascii():
        return name
    address = str(sock.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _reason(error: ssl.SSLCertVerificationError) -> str:
    return error.verify_message.rstrip(".") or str(error)


def _text(words: bytes | str) -> str:
    return words if isinstance(words, str) else words.decode("utf-8", "replace")
