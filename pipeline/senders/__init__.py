"""
Send messages: by SMTP, through a provider's API, or to a folder.

Senders are chosen by name; `base` says what each of them promises.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, cast

from pipeline.errors import ConfigError, suggest_name
from pipeline.registry import Registry
from pipeline.senders.base import MAX_IN_FLIGHT, Sender

__all__ = ["MAX_IN_FLIGHT", "SENDERS", "Sender", "open_sender"]

SENDERS: Registry[Sender] = Registry(
    "sender",
    group="pipeline.senders",
    builtin={
        "outbox": "pipeline.senders.outbox.outbox_sender:OutboxSender",
        "smtp": "pipeline.senders.smtp:SmtpSender",
        "ses": "pipeline.senders.providers.ses.sender:SesSender",
        "mailgun": "pipeline.senders.providers.mailgun.sender:MailgunSender",
        "sparkpost": "pipeline.senders.providers.sparkpost.sender:SparkpostSender",
        "postmark": "pipeline.senders.providers.postmark.sender:PostmarkSender",
        "sendgrid": "pipeline.senders.providers.sendgrid.sender:SendgridSender",
        "resend": "pipeline.senders.providers.resend.sender:ResendSender",
        "brevo": "pipeline.senders.providers.brevo.sender:BrevoSender",
        "mailjet": "pipeline.senders.providers.mailjet.sender:MailjetSender",
        "anymail": "pipeline.senders.providers.anymail.sender:AnymailSender",
    },
)

_KEYWORDS = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def open_sender(kind: str, **options: Any) -> Sender:  # Any: each sender has its own options
    """
    Create the sender *kind*, to be used in a `with` block.

    Args:
        options: As in its table `[senders.NAME]`.

    Raises:
        UnknownName: No sender is called *kind*.
        ConfigError: An option is unknown, missing or invalid.
    """
    sender = SENDERS.get_class(kind)
    _check_options(kind, sender, options)
    return cast("Callable[..., Sender]", sender)(**options)


def _check_options(kind: str, sender: type[Sender], options: dict[str, Any]) -> None:
    parameters = list(inspect.signature(sender).parameters.values())
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    parameters = [parameter for parameter in parameters if parameter.kind in _KEYWORDS]
    known = [parameter.name for parameter in parameters]
    if unknown := [name for name in options if name not in known]:
        raise ConfigError(
            f'The sender "{kind}" does not know {_quote_names(unknown)}. '
            f"Known: {', '.join(known) or 'no options'}.{suggest_name(unknown[0], known)}"
        )
    required = [parameter.name for parameter in parameters if parameter.default is parameter.empty]
    if missing := [name for name in required if name not in options]:
        raise ConfigError(
            f'The sender "{kind}" needs {_quote_names(missing)}. Add it to its table [senders.NAME].'
        )


def _quote_names(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
