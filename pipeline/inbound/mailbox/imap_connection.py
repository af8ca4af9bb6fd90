"""A connection to a mailbox: what is asked of IMAP (RFC 3501), with errors that say what to do."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigError, MailboxError
from pipeline.inbound.mailbox.imap_settings import ImapSettings
from pipeline.inbound.record_message import MAX_MESSAGE_BYTES
from pipeline.senders.base import is_loopback
from pipeline.senders.redact import redact
from pipeline.senders.server_text import clean_server_text

if TYPE_CHECKING:
    from imapclient import IMAPClient

log = logging.getLogger(__name__)

_TIMEOUT_S = 60
_ATTEMPTS = 5
_INSTALL = 'Reading a mailbox needs another package. Install it: pip install "handbill[imap]"'


@contextmanager
def open_mailbox(settings: ImapSettings) -> Iterator[ImapMailbox]:
    """
    Log in, select the folder, and yield the mailbox.

    Raises:
        MailboxError: It cannot be reached, is not secure, rejects the login, or goes away while it is read.
        ConfigError: The package for it is missing.
    """
    try:
        from imapclient.exceptions import IMAPClientError, LoginError
    except ImportError as error:
        raise ConfigError(_INSTALL) from error
    secret = ""
    try:
        client = _connect(settings)
        try:
            secret = settings.read_secret()
            log_in = client.oauth2_login if settings.is_token else client.login
            log_in(settings.username, secret)
            yield ImapMailbox(client, settings)
        finally:
            with suppress(Exception):  # it is closing anyway
                client.logout()
    except LoginError as error:
        raise MailboxError(
            f"{settings.name}: the login was rejected ({_clean(error, secret)}). Check username and {settings.source}. "
            'Gmail and Microsoft 365 need auth = "xoauth2": handbill docs bounces'
        ) from error
    except ssl.SSLError as error:
        raise MailboxError(
            f"{settings.name}: the connection is not secure ({getattr(error, 'verify_message', '') or error.reason}). "
            "Check host, port and security, or set ca_file for a private authority."
        ) from error
    except IMAPClientError as error:
        raise MailboxError(f"{settings.name}: {_clean(error, secret)}.", temporary=True) from error
    except OSError as error:
        raise MailboxError(
            f"{settings.name}: cannot be reached ({error.strerror or error}). Check host and port.",
            temporary=True,
        ) from error


def _connect(settings: ImapSettings) -> IMAPClient:
    from imapclient import IMAPClient

    if settings.security == "none" and not is_loopback(settings.host):
        raise MailboxError(
            f'{settings.name}: security = "none" would send the password in the clear. Use "tls" or "starttls".'
        )
    context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    is_tls = settings.security == "tls"
    client = IMAPClient(
        settings.host,
        settings.port,
        ssl=is_tls,
        ssl_context=context if is_tls else None,
        timeout=_TIMEOUT_S,
        use_uid=True,
    )
    if settings.security == "starttls":
        client.starttls(context)
    return client


def _clean(error: Exception, secret: str) -> str:
    return clean_server_text(redact(str(error), *([secret] if secret else [])), limit=300).rstrip(
        "."
    )


class ImapMailbox:
    """
    The open folder of a mailbox.

    Attributes:
        uid_validity: UIDs mean the same messages as long as this stays the same (RFC 3501 §2.3.1.1).
    """

    def __init__(self, client: IMAPClient, settings: ImapSettings) -> None:
        self._client = client
        self._settings = settings
        selected: dict[bytes, Any] = client.select_folder(settings.folder)
        self.uid_validity = int(selected[b"UIDVALIDITY"])
        self._done_folder: str | None = None

    def list_uids(self, first: int) -> list[int]:
        """Return the UIDs from *first* on, in order, without what somebody is about to delete."""
        # "N:*" names the last message too, if N is beyond it (RFC 3501 §6.4.8).
        found = self._client.search(["UNDELETED", "UID", f"{first}:*"])
        return sorted(int(uid) for uid in found if uid >= first)

    def read(self, uid: int) -> bytes | None:
        """Return a message, unread as before, up to `MAX_MESSAGE_BYTES`; None if it is no longer there."""
        found = self._client.fetch([uid], [f"BODY.PEEK[]<0.{MAX_MESSAGE_BYTES}>"]).get(uid)
        content = found.get(b"BODY[]<0>") if found else None
        return content if isinstance(content, bytes) else None

    def move(self, uids: Sequence[int]) -> None:
        """Move messages to the folder for those that are done; another reader may have moved them."""
        from imapclient.exceptions import IMAPClientError

        for attempt in range(_ATTEMPTS):
            uids = self._find_remaining(uids)
            if not uids:
                return
            try:
                self._move(uids, self._find_done_folder())
            except IMAPClientError:  # such as EXPUNGEISSUED (RFC 5530): another reader was faster
                if attempt + 1 == _ATTEMPTS:
                    raise
            else:
                return

    def _find_remaining(self, uids: Sequence[int]) -> list[int]:
        if not uids:
            return []
        self._client.noop()
        found = self._client.search(["UNDELETED", "UID", ",".join(map(str, uids))])
        return [int(uid) for uid in found]

    def _move(self, uids: Sequence[int], folder: str) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move(uids, folder)
            return
        self._client.copy(uids, folder)
        self._client.delete_messages(uids)  # the flag; what is marked by others is left alone
        if self._client.has_capability("UIDPLUS"):
            self._client.expunge(uids)

    def _find_done_folder(self) -> str:
        """Return the full name of the folder, made if it does not exist; some servers put all below INBOX."""
        if self._done_folder is None:
            name = self._settings.done_folder
            prefix = self._find_prefix()
            if prefix and not name.startswith(prefix):
                name = f"{prefix}{name}"
            self._make_folder(name)
            self._done_folder = name
        return self._done_folder

    def _make_folder(self, name: str) -> None:
        from imapclient.exceptions import IMAPClientError

        if self._client.folder_exists(name):
            return
        try:
            self._client.create_folder(name)
            self._client.subscribe_folder(name)
        except IMAPClientError:
            if not self._client.folder_exists(name):  # else another reader was faster
                raise

    def _find_prefix(self) -> str:
        if not self._client.has_capability("NAMESPACE"):
            return ""
        personal = self._client.namespace().personal
        return str(personal[0][0]) if personal else ""
