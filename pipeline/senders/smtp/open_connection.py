"""Open a connection to a relay: connect, encrypt and log in."""

from __future__ import annotations

import smtplib
import socket
import ssl
from contextlib import suppress

from pipeline.errors import SendError
from pipeline.senders.base import is_loopback
from pipeline.senders.server_text import clean_server_text
from pipeline.senders.smtp.authentication import log_in
from pipeline.senders.smtp.protocol.transaction import ServerFeatures
from pipeline.senders.smtp.settings import RelaySettings


def open_connection(settings: RelaySettings) -> tuple[socket.socket, ServerFeatures]:
    """
    Return a connection that is ready for messages, and the extensions of the server.

    Raises:
        SendError: Connecting failed, the connection is not secure, or the server rejected it. Temporary unless somebody
            has to change something.
    """
    smtp = _LoginClient(settings)
    try:
        smtp.open()
        _start_tls(smtp, settings)
        if settings.credentials:
            _require_encryption(smtp, settings)
            log_in(smtp, settings.credentials, str(settings))
        return smtp.detach_socket(), _read_features(smtp)
    except ssl.SSLCertVerificationError as error:
        raise SendError(
            f"{settings} has no valid certificate: {_certificate_error(error)}. Nothing was sent. "
            "Check the host name, or set ca_file for a private authority."
        ) from error
    except ssl.SSLError as error:
        raise SendError(
            f"TLS with {settings} failed ({error.reason or error}). Nothing was sent. "
            f'security = "{settings.security}" must match the port: usually "starttls" for 587 and "tls" for 465.'
        ) from error
    except smtplib.SMTPResponseException as error:
        text = clean_server_text(_decode(error.smtp_error), limit=300)
        raise SendError(
            f"{settings} rejected the connection: {error.smtp_code} {text}.",
            temporary=error.smtp_code < 500,
        ) from error
    except smtplib.SMTPException as error:
        raise SendError(
            f"{settings} closed the connection before a message could be sent: "
            f"{clean_server_text(str(error), limit=300)}.",
            temporary=True,
        ) from error
    except socket.gaierror as error:
        raise SendError(
            f"Cannot resolve {settings.host} ({error.strerror}). Check the host name and the network.",
            temporary=True,
        ) from error
    except OSError as error:
        raise SendError(
            f"Cannot connect to {settings}: {error.strerror or error}. Check host and port, and whether the network "
            "allows outgoing mail.",
            temporary=True,
        ) from error
    finally:
        smtp.close_quietly()


class _LoginClient(smtplib.SMTP):
    """smtplib's client, with a timeout for each stage and a socket that can be detached."""

    def __init__(self, settings: RelaySettings) -> None:
        super().__init__(timeout=settings.timeouts.connect, local_hostname="[127.0.0.1]")
        self._settings = settings
        self._context: ssl.SSLContext | None = None

    def open(self) -> None:
        """Connect and send EHLO."""
        settings = self._settings
        code, text = self.connect(settings.host, settings.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, text)
        self.local_hostname = settings.local_hostname or _default_hostname(self._get_sock())
        self.send_ehlo()

    def send_ehlo(self) -> None:
        """Send EHLO, or HELO to a server without EHLO."""
        code, _ = self.ehlo()
        if not 200 <= code < 300:
            code, text = self.helo()
            if not 200 <= code < 300:
                raise smtplib.SMTPHeloError(code, text)

    def start_tls(self) -> None:
        """Encrypt the connection, and send EHLO again (RFC 3207 §4.2)."""
        code, text = self.starttls(context=self.get_context())
        if code != 220:
            raise smtplib.SMTPResponseException(code, text)
        self.send_ehlo()

    def get_context(self) -> ssl.SSLContext:
        """Return the TLS context: it trusts the machine's certificates, or those in *ca_file*."""
        if self._context is None:
            path = self._settings.ca_file
            try:
                self._context = ssl.create_default_context(cafile=path)
            except OSError as error:
                raise SendError(
                    f"{path}: cannot read the certificates ({error.strerror or error}). Check ca_file."
                ) from error
        return self._context

    def peer_address(self) -> str:
        """Return the server's IP address."""
        return str(self._get_sock().getpeername()[0])

    def detach_socket(self) -> socket.socket:
        """Return the socket; closing the client no longer closes it."""
        sock = self._get_sock()
        self.sock = None
        if self.file:
            self.file.close()
            self.file = None
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def close_quietly(self) -> None:
        """Close the socket unless it was detached; ignore errors."""
        with suppress(OSError):
            self.close()

    def _get_sock(self) -> socket.socket:
        assert self.sock, "connected"
        return self.sock

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connect; called by smtplib."""
        sock = socket.create_connection((host, port), timeout)
        sock.settimeout(self._settings.timeouts.greeting)
        self._host = host  # what starttls() checks the certificate against
        if self._settings.security != "tls":
            return sock
        try:
            return self.get_context().wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise


def _start_tls(smtp: _LoginClient, settings: RelaySettings) -> None:
    if settings.security != "starttls":
        return
    if not smtp.has_extn("starttls"):
        raise SendError(
            f'{settings} does not support STARTTLS, but security = "starttls" requires it: an attacker may have '
            'removed it. Nothing was sent. Try security = "tls" and port 465, or another network.'
        )
    smtp.start_tls()


def _require_encryption(smtp: _LoginClient, settings: RelaySettings) -> None:
    if settings.security == "none" and not is_loopback(smtp.peer_address()):
        raise SendError(
            f"{settings} is another machine and the connection is not encrypted, so the password was not sent. "
            'Set security = "starttls" or "tls".'
        )


def _read_features(smtp: smtplib.SMTP) -> ServerFeatures:
    size = smtp.esmtp_features.get("size")
    return ServerFeatures(
        pipelining=smtp.has_extn("pipelining"),
        size=None if size is None else int(size) if size.isascii() and size.isdigit() else 0,
        eight_bit=smtp.has_extn("8bitmime"),
        smtputf8=smtp.has_extn("smtputf8"),
        dsn=smtp.has_extn("dsn"),
    )


def _default_hostname(sock: socket.socket) -> str:
    """Return this machine's name if it has a domain, else its address (RFC 5321 §4.1.4); no DNS lookup is made."""
    name = socket.gethostname()
    if "." in name.strip(".") and name.isascii():
        return name
    address = str(sock.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _certificate_error(error: ssl.SSLCertVerificationError) -> str:
    return error.verify_message.rstrip(".") or str(error)


def _decode(text: bytes | str) -> str:
    return text if isinstance(text, str) else text.decode("utf-8", "replace")
