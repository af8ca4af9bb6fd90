"""The mail servers of recipients, in one: they answer by the local part of the address."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage, Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

from aiosmtpd.controller import Controller

#: What becomes of a message: the reply to RCPT, or that to the end of DATA, else what is sent later.
AT_RCPT = {
    "gone": "550 5.1.1 User unknown",
    "full": "552 5.2.2 The mailbox is full",
    "delayed": "451 4.2.0 Greylisted, try again later",
}
AT_DATA = {
    "blocked": "550 5.7.515 Access denied, sending domain does not meet the required authentication level"
}
LATER = ("away", "spam", "silent")
FATES = (*AT_RCPT, *AT_DATA, *LATER, "fine")


@contextmanager
def run_far_end(relay_port: list[int]) -> Iterator[int]:
    """
    Yield the port of the servers.

    Args:
        relay_port: Where they send what they answer later; may be filled after they started.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    server = Controller(_FarEnd(relay_port), hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    server.start()
    try:
        yield port
    finally:
        server.stop()


class _FarEnd:
    def __init__(self, relay_port: list[int]) -> None:
        self._relay_port = relay_port

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:  # Any: aiosmtpd's
        fate = address.partition(".")[0]
        if fate in AT_RCPT:
            return AT_RCPT[fate]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # Any: as above
        recipient = envelope.rcpt_tos[0]
        fate = recipient.partition(".")[0]
        if fate in AT_DATA:
            return AT_DATA[fate]
        if fate in LATER:
            original = message_from_bytes(envelope.content, policy=policy.default)
            answer = _ANSWERS[fate](original, recipient)
            with smtplib.SMTP("127.0.0.1", self._relay_port[0]) as client:
                client.sendmail("", [envelope.mail_from], answer.as_bytes())
        return "250 OK"


def _be_away(original: EmailMessage, recipient: str) -> Message:
    """Return what an autoresponder writes (RFC 3834)."""
    answer = MIMEText("I am away until Monday.")
    answer["From"], answer["To"] = recipient, "bounce@news.example.net"
    answer["Subject"] = f"Auto: {original['Subject']}"
    answer["Auto-Submitted"] = "auto-replied"
    answer["In-Reply-To"] = original["Message-ID"]
    return answer


def _complain(original: EmailMessage, _recipient: str) -> Message:
    """Return a feedback report with nothing but the header, the recipient hidden (RFC 5965)."""
    fields = message_from_string(
        "Content-Type: message/feedback-report\n\n"
        "Feedback-Type: abuse\nUser-Agent: FarEnd/1\nVersion: 1\n"
    )
    del original["To"]
    original["To"] = "redacted@example.org"
    return _join("feedback-report", "fbl@example.org", fields, original)


def _return_later(original: EmailMessage, recipient: str) -> Message:
    """Return the delivery report of a server that had accepted the message (RFC 3464)."""
    status = message_from_string(
        "Content-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 RESOLVER.ADR.RecipNotFound; not found\n"
    )
    return _join("delivery-status", "postmaster@example.org", status, original)


def _join(kind: str, sender: str, report: Message, original: EmailMessage) -> Message:
    answer = MIMEMultipart("report", None, [MIMEText("A report."), report, MIMEMessage(original)])
    answer.set_param("report-type", kind)
    answer["From"], answer["To"] = sender, "bounce@news.example.net"
    answer["Subject"] = "A report about your message"
    return answer


_ANSWERS = {"away": _be_away, "spam": _complain, "silent": _return_later}
