"""
Providers without a sender here, through django-anymail; no Django project is needed.

Its backends take Django's messages, not MIME, so the content of the message is passed to them.
"""

from __future__ import annotations

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
from pipeline.senders.http import sender_options as options
from pipeline.senders.http.api_key import ApiKeys
from pipeline.senders.http.api_message import ApiMessage, parse_mailbox, read_api_message
from pipeline.senders.http.batch_results import MAX_UNCERTAIN_IN_A_ROW, no_response_error
from pipeline.senders.http.service_connection import explain_error, is_certificate_error
from pipeline.senders.http.service_response import ServiceResponse
from pipeline.senders.providers.anymail.anymail_backend import make_backend
from pipeline.senders.server_text import clean_server_id, clean_server_text

_SENDER = "The sender anymail"
_INSTALL = 'The sender "anymail" needs another package. Install it: pip install "handbill[anymail]"'
_ACCOUNT_STATUSES = {401, 402, 403, 404}

# Statuses of a recipient (anymail.dev/en/stable/sending/anymail_additions/).
_ACCEPTED = {"sent", "queued"}
_REFUSED = {"invalid", "rejected", "failed"}


@dataclass(kw_only=True, eq=False)
class AnymailSender(Sender):
    """
    Send through a backend of django-anymail.

    Args:
        backend: Its class, `"anymail.backends.mailersend.EmailBackend"`.
        settings: Its settings as documented, in lower case and without the provider's name.
        secrets_env: The settings that are keys: the name of each with the variable that holds it.
        timeout_s: How long to wait for a response.
    """

    accepts_mime: ClassVar[bool] = False
    rewritten_headers: ClassVar[frozenset[str]] = frozenset({"date", "message-id"})

    backend: str
    settings: Mapping[str, Any] = field(default_factory=dict)  # Any: each provider has its own
    secrets_env: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 60

    _backend: Any = field(default=None, init=False, repr=False)  # Any: Django has no types
    _keys: ApiKeys = field(init=False, repr=False)
    _tracking: dict[str, bool] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the options; imports nothing yet."""
        options.check_string(self.backend, option="backend", sender=_SENDER)
        self.timeout_s = options.parse_seconds(self.timeout_s, option="timeout_s", sender=_SENDER)
        for option in ("settings", "secrets_env"):
            if not isinstance(getattr(self, option), Mapping):
                raise ConfigError(f'{_SENDER}, {option}: use a table: {{ name = "value" }}.')
        for name, variable in self.secrets_env.items():
            options.check_variable(variable, option=f"secrets_env.{name}", sender=_SENDER)
        if "debug_api_requests" in self.settings:
            raise ConfigError(f"{_SENDER}: debug_api_requests would print your keys. Remove it.")
        if "api_url" in self.settings:
            options.parse_base_url(self.settings["api_url"], sender=_SENDER)
        if find_spec("anymail") is None:
            raise ConfigError(_INSTALL)
        self._keys = ApiKeys(self.backend)
        self._tracking = {"track_opens": False, "track_clicks": False}

    def send(self, messages: Iterable[Message]) -> Iterator[Receipt]:
        """Send *messages*; see `Sender.send()`."""
        uncertain_in_a_row = 0
        for message in messages:
            if message.needs_smtputf8:
                yield refuse_smtputf8(message)
                continue
            content = read_api_message(message, self.backend)
            self.check_lease()
            receipt = self._send_message(message, content)
            yield receipt
            is_uncertain = receipt.state is DeliveryState.UNCERTAIN
            uncertain_in_a_row = uncertain_in_a_row + 1 if is_uncertain else 0
            if uncertain_in_a_row >= MAX_UNCERTAIN_IN_A_ROW:
                raise no_response_error(self.backend)

    def close(self) -> None:
        """Close the connection and forget the keys."""
        backend, self._backend = self._backend, None
        self._keys.clear()
        if backend is not None:
            backend.close()

    def _send_message(self, message: Message, content: ApiMessage) -> Receipt:
        from anymail import exceptions

        backend = self._open_backend()
        while True:
            mail = self._build_mail(content)
            try:
                backend.send_messages([mail])
            except exceptions.AnymailUnsupportedFeature as error:
                if self._drop_tracking_options(str(error)):
                    continue
                raise UnsupportedFeature(self._describe(error)) from error
            except exceptions.AnymailRecipientsRefused as error:
                status = error.email_message.anymail_status
                return self._build_receipt(message, status, is_refused=True)
            except exceptions.AnymailAPIError as error:
                return self._read_error(message, error)
            except exceptions.AnymailError as error:
                raise SendError(self._describe(error)) from error
            return self._build_receipt(message, mail.anymail_status)

    def _open_backend(self) -> Any:  # Any: Django has no types
        if self._backend is None:
            keys = {
                name: self._keys.get(variable, option=f"secrets_env.{name}")
                for name, variable in self.secrets_env.items()
            }
            backend = make_backend(
                self.backend, {"requests_timeout": self.timeout_s, **self.settings, **keys}
            )
            backend.open()
            self._backend = backend
        return self._backend

    def _build_mail(self, content: ApiMessage) -> Any:  # Any: Django has no types
        from email.mime.image import MIMEImage

        from django.core.mail import EmailMultiAlternatives

        mail = EmailMultiAlternatives(
            content.subject,
            content.text,
            _format_address(parse_mailbox(content.sender)),
            [_format_address(parse_mailbox(content.to))],
            reply_to=[_format_address(parse_mailbox(content.reply_to))]
            if content.reply_to
            else None,
            headers=content.get_headers(self.backend),
        )
        if content.html:
            mail.attach_alternative(content.html, "text/html")
        for image in content.images:
            attachment = MIMEImage(image.content, image.media_type.partition("/")[2])
            attachment["Content-ID"] = f"<{image.content_id}>"
            attachment.add_header("Content-Disposition", "inline", filename=image.filename)
            mail.attach(attachment)
        for option, value in self._tracking.items():
            setattr(mail, option, value)
        return mail

    def _drop_tracking_options(self, error: str) -> bool:
        """Drop the tracking options named in *error*: a provider may not support turning tracking off per message."""
        unsupported = [option for option in self._tracking if option in error]
        for option in unsupported:
            del self._tracking[option]
        return bool(unsupported)

    def _build_receipt(
        self,
        message: Message,
        status: Any,  # Any: anymail has no types
        *,
        is_refused: bool = False,
    ) -> Receipt:
        """Return the receipt from anymail's *status*, which has one recipient."""
        recipient = next(iter(status.recipients.values()), None) if status.recipients else None
        name = str(getattr(recipient, "status", None) or "unknown")
        esp_response = getattr(status, "esp_response", None)
        response = _read_response(esp_response) if hasattr(esp_response, "status_code") else None
        is_client_error = response is not None and 400 <= response.status < 500
        if name in _ACCEPTED:
            state = DeliveryState.ACCEPTED
        elif is_refused or name in _REFUSED or is_client_error:
            state = DeliveryState.REFUSED
        else:
            state = DeliveryState.UNCERTAIN
        text = clean_server_text(self._keys.redact(name))
        if response is not None and state is not DeliveryState.ACCEPTED:
            text = f"{text}: {response.describe(redact=self._keys.redact)}"
        provider_id = getattr(recipient, "message_id", None)
        return Receipt(
            sequence=message.sequence,
            state=state,
            response=text,
            provider_id=clean_server_id(str(provider_id)) if provider_id else None,
        )

    def _read_error(self, message: Message, error: Any) -> Receipt:  # Any: anymail has no types
        """
        Return the receipt for a message that failed, from the provider's response.

        Raises:
            SendError: It was certainly not accepted, and no other message would be.
        """
        if error.response is None:
            return self._read_connection_error(message, error)
        response = _read_response(error.response)
        text = response.describe(redact=self._keys.redact)
        if response.status in _ACCOUNT_STATUSES or 300 <= response.status < 400:
            raise SendError(
                f"{self.backend}: the provider rejected this account: {text.rstrip('.')}. Check the API key, the plan, "
                "and that the sender's domain is verified there."
            ) from error
        if response.is_success or response.is_gateway_error:
            state = DeliveryState.UNCERTAIN
        else:
            state = DeliveryState.DEFERRED if response.is_temporary else DeliveryState.REFUSED
        return Receipt(
            sequence=message.sequence,
            state=state,
            response=text,
            retry_after=response.retry_after(datetime.now(UTC)),
        )

    def _read_connection_error(self, message: Message, error: Exception) -> Receipt:
        if is_certificate_error(error):
            raise SendError(
                f"{self.backend}: the provider has no trusted certificate. Nothing was sent. Check api_url, the clock "
                "of this machine and its proxy."
            ) from error
        if _never_connected(error):
            raise SendError(
                f"{self.backend}: cannot connect to the provider: {explain_error(error)}. Nothing was sent. "
                "Try again later.",
                temporary=True,
            ) from error
        return Receipt(
            sequence=message.sequence,
            state=DeliveryState.UNCERTAIN,
            response=f"did not respond: {explain_error(error)}",
        )

    def _describe(self, error: Exception) -> str:
        return f"{self.backend}: {clean_server_text(self._keys.redact(str(error)))}"


def _format_address(address: Address) -> str:
    """Return *address* as anymail parses it: the name in quotes, in any script."""
    if not address.name:
        return address.email
    name = address.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{address.email}>'


def _read_response(response: Any) -> ServiceResponse:  # Any: a response of `requests`
    return ServiceResponse(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=response.content,
    )


def _never_connected(error: Exception) -> bool:
    from urllib3 import exceptions

    from pipeline.net.explain_errors import list_causes

    never_sent = (exceptions.NewConnectionError, exceptions.ConnectTimeoutError)
    return any(isinstance(cause, never_sent) for cause in list_causes(error))
