"""
Services that have no sender of their own here, by django-anymail; no Django project is needed.

Its backends take Django's messages, not MIME: what stands in the composed message is read back for them.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any, ClassVar

from pipeline.errors import ConfigError, SendError, UnsupportedFeature
from pipeline.models.address import Address
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.base import Sender, refuse_smtputf8
from pipeline.senders.http.api_key import read_secret
from pipeline.senders.http.message_parts import Letter, mailbox, read_letter
from pipeline.senders.http.response import Answer
from pipeline.senders.http.sender_options import check_variable, check_word, seconds, service_url
from pipeline.senders.http.service_connection import causes, is_untrusted, reason
from pipeline.senders.providers.anymail_backend import make_backend
from pipeline.senders.redact import blot

_OF = "The sender anymail"
_INSTALL = 'The sender "anymail" needs a package more. Install it: pip install "handbill[anymail]"'
_CLOSED = {401, 402, 403, 404}
_LOST_IN_A_ROW = 2

# What a service says of a message, in anymail's words (anymail.dev/en/stable/sending/anymail_additions/).
_ACCEPTED = {"sent", "queued"}
_REFUSED = {"invalid", "rejected", "failed"}


@dataclass(kw_only=True, eq=False)
class AnymailSender(Sender):
    """
    Send by a backend of django-anymail.

    Args:
        backend: Its class, `"anymail.backends.mailersend.EmailBackend"`.
        settings: What its documentation lists as settings, in lower case and without the service's name.
        secrets_env: Those settings that are keys: the name of each with the variable that holds it.
        timeout_s: For how long an answer is waited for.
    """

    accepts_mime: ClassVar[bool] = False
    rewritten_headers: ClassVar[frozenset[str]] = frozenset({"date", "message-id"})

    backend: str
    settings: Mapping[str, Any] = field(default_factory=dict)  # Any: each service has its own
    secrets_env: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 60

    _open: Any = field(default=None, init=False, repr=False)  # Any: Django has no types
    _keys: tuple[str, ...] = field(default=(), init=False, repr=False)
    _flags: dict[str, bool] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the options; nothing is imported yet."""
        check_word(self.backend, option="backend", of=_OF)
        self.timeout_s = seconds(self.timeout_s, option="timeout_s", of=_OF)
        for option in ("settings", "secrets_env"):
            if not isinstance(getattr(self, option), Mapping):
                raise ConfigError(f'{_OF}, {option}: write it as a table: {{ name = "value" }}.')
        for name, variable in self.secrets_env.items():
            check_variable(variable, option=f"secrets_env.{name}", of=_OF)
        if "debug_api_requests" in self.settings:
            raise ConfigError(f"{_OF}: debug_api_requests would print your keys. Take it out.")
        if "api_url" in self.settings:
            service_url(self.settings["api_url"], of=_OF)
        if find_spec("anymail") is None:
            raise ConfigError(_INSTALL)
        self._flags = {"track_opens": False, "track_clicks": False}

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Hand *messages* over; see `Sender.send()`."""
        lost_in_a_row = 0
        for message in messages:
            if message.needs_smtputf8:
                yield refuse_smtputf8(message)
                continue
            letter = read_letter(message, self.backend)
            self.check_lease()
            receipt = self._hand_over(message, letter)
            yield receipt
            is_lost = receipt.state is DeliveryState.UNCERTAIN
            lost_in_a_row = lost_in_a_row + 1 if is_lost else 0
            if lost_in_a_row >= _LOST_IN_A_ROW:
                raise SendError(
                    f"{self.backend} did not answer {lost_in_a_row} times in a row. Look into the service's log, and "
                    "go on once it does.",
                    temporary=True,
                )

    def close(self) -> None:
        """Let go of the connection and forget the keys."""
        opened, self._open, self._keys = self._open, None, ()
        if opened is not None:
            opened.close()

    def _hand_over(self, message: Message, letter: Letter) -> Receipt:
        from anymail import exceptions

        backend = self._backend()
        while True:
            mail = self._mail(letter)
            try:
                backend.send_messages([mail])
            except exceptions.AnymailUnsupportedFeature as error:
                if self._drops_flag(str(error)):
                    continue
                raise UnsupportedFeature(self._told(error)) from error
            except exceptions.AnymailRecipientsRefused as error:
                return self._receipt(message, error.email_message.anymail_status, refused=True)
            except exceptions.AnymailAPIError as error:
                return self._failed(message, error)
            except exceptions.AnymailError as error:
                raise SendError(self._told(error)) from error
            return self._receipt(message, mail.anymail_status)

    def _backend(self) -> Any:  # Any: Django has no types
        if self._open is None:
            keys = {
                name: read_secret(env=variable, option=f"secrets_env.{name}", of=self.backend)
                for name, variable in self.secrets_env.items()
            }
            self._keys = tuple(keys.values())
            opened = make_backend(
                self.backend, {"requests_timeout": self.timeout_s, **self.settings, **keys}
            )
            opened.open()
            self._open = opened
        return self._open

    def _mail(self, letter: Letter) -> Any:  # Any: Django has no types
        from email.mime.image import MIMEImage

        from django.core.mail import EmailMultiAlternatives

        mail = EmailMultiAlternatives(
            letter.subject,
            letter.text,
            _written(mailbox(letter.sender)),
            [_written(mailbox(letter.to))],
            reply_to=[_written(mailbox(letter.reply_to))] if letter.reply_to else None,
            headers=letter.header_map(self.backend),
        )
        if letter.html:
            mail.attach_alternative(letter.html, "text/html")
        for image in letter.images:
            part = MIMEImage(base64.b64decode(image.base64), image.media_type.partition("/")[2])
            part["Content-ID"] = f"<{image.content_id}>"
            part.add_header("Content-Disposition", "inline", filename=image.filename)
            mail.attach(part)
        for flag, value in self._flags.items():
            setattr(mail, flag, value)
        return mail

    def _drops_flag(self, words: str) -> bool:
        """Whether all that the service cannot do is to turn a tracking off that it does not do per message."""
        named = [flag for flag in self._flags if flag in words]
        for flag in named:
            del self._flags[flag]
        return bool(named)

    def _receipt(self, message: Message, status: Any, *, refused: bool = False) -> Receipt:
        """Return the receipt of *status*, which is anymail's, for the one recipient there is."""
        found = next(iter(status.recipients.values()), None) if status.recipients else None
        word = str(getattr(found, "status", None) or "unknown")
        response = getattr(status, "esp_response", None)
        answer = _answer(response) if hasattr(response, "status_code") else None
        is_refusal = (
            answer is not None and 400 <= answer.status < 500
        )  # though anymail found no words for it
        if word in _ACCEPTED:
            state = DeliveryState.ACCEPTED
        elif refused or word in _REFUSED or is_refusal:
            state = DeliveryState.REFUSED
        else:
            state = DeliveryState.UNCERTAIN
        provider_id = getattr(found, "message_id", None)
        words = word
        if answer is not None and state is not DeliveryState.ACCEPTED:
            words = f"{word}: {answer.told(clean=self._clean)}"
        return Receipt(
            sequence=message.sequence,
            state=state,
            response=blot(words, *self._keys),
            provider_id=str(provider_id) if provider_id else None,
        )

    def _clean(self, words: str) -> str:
        return blot(words, *self._keys)

    def _failed(self, message: Message, error: Any) -> Receipt:  # Any: anymail has no types
        """
        Return the receipt for a message whose handing over failed, by what the service answered.

        Raises:
            SendError: It was certainly not taken, and no other would be.
        """
        if error.response is None:
            return self._unanswered(message, error)
        answer = _answer(error.response)
        words = answer.told(clean=self._clean)
        if answer.status in _CLOSED or 300 <= answer.status < 400:
            raise SendError(
                f"{self.backend}: the service does not let this sender in: {words.rstrip('.')}. Check its key, its "
                "plan and whether the sender's domain is verified there."
            ) from error
        if answer.is_success or answer.is_lost:
            state = DeliveryState.UNCERTAIN
        else:
            state = DeliveryState.DEFERRED if answer.is_for_later else DeliveryState.REFUSED
        return Receipt(
            sequence=message.sequence,
            state=state,
            response=words,
            retry_after=answer.retry_after(datetime.now(UTC)),
        )

    def _unanswered(self, message: Message, error: Exception) -> Receipt:
        if is_untrusted(error):
            raise SendError(
                f"{self.backend}: its service has no certificate that can be trusted. Nothing was sent. Check api_url, "
                "the clock of this machine and its proxy."
            ) from error
        if _never_connected(error):
            raise SendError(
                f"{self.backend}: its service cannot be reached: {reason(error)}. Nothing was sent. Try again later.",
                temporary=True,
            ) from error
        return Receipt(
            sequence=message.sequence,
            state=DeliveryState.UNCERTAIN,
            response=f"did not answer: {reason(error)}",
        )

    def _told(self, error: Exception) -> str:
        words = " ".join(blot(str(error), *self._keys).split())
        return f"{self.backend}: {words[:500]}"


def _written(address: Address) -> str:
    """Return *address* as anymail reads it: the name in quotes, in any script."""
    if not address.name:
        return address.email
    name = address.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{address.email}>'


def _answer(response: Any) -> Answer:  # Any: what `requests` returned to anymail
    return Answer(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=response.content,
    )


def _never_connected(error: Exception) -> bool:
    from urllib3 import exceptions

    never = (exceptions.NewConnectionError, exceptions.ConnectTimeoutError)
    return any(isinstance(cause, never) for cause in causes(error))
