"""Reading what comes back: kinds, recipients and classes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from pipeline.inbound import Feedback, InboundKind, read_message
from pipeline.models.event import BounceClass
from tests.support import require_corpus

DAEMON = "From: MAILER-DAEMON@relay.example.net\nReturn-Path: <>\nSubject: Undelivered Mail Returned to Sender\n"


def report(
    status: str, *, notice: str = "", original: str = "Message-ID: <tok@news.example.org>"
) -> bytes:
    """Return a delivery report (RFC 3464)."""
    return (
        f"{DAEMON}MIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\n{notice}\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; relay.example.net\n\n{status}\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{original}\n\n--b--\n"
    ).encode()


def block(diagnostic: str, *, status: str = "5.0.0", action: str = "failed") -> str:
    """Return the fields of one recipient."""
    return (
        f"Final-Recipient: rfc822; ada@example.com\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {diagnostic}\n"
    )


def test_a_report_names_recipient_code_and_class() -> None:
    """The server's own code counts before the status of the report."""
    content = report(block("550 5.1.1 <ada@example.com>: User unknown", status="5.0.0"))

    message = read_message(content)

    [found] = message.recipients
    assert InboundKind.BOUNCE is message.kind
    assert ("ada@example.com", "5.1.1", 550) == (found.address, found.status, found.code)
    assert BounceClass.GONE is found.bounce_class
    assert ("<tok@news.example.org>",) == message.original_ids


@pytest.mark.parametrize(
    ("diagnostic", "stage", "expected"),
    [
        ("550 No such user here", "RCPT TO", BounceClass.GONE),
        ("550 No such user here", "end of DATA", BounceClass.UNKNOWN),
        ("550 5.1.1 Benutzer unbekannt", "RCPT TO", BounceClass.GONE),
        ("550 5.1.1 IP address is on a blocklist", "RCPT TO", BounceClass.OURS),
        ("550 5.7.515 Access denied, sending domain does not meet the required level", "end of DATA", BounceClass.OURS),
        ("550 5.4.1 Recipient address rejected: Access denied", "RCPT TO", BounceClass.GONE),
        ("552 5.1.1 The account is over quota", "RCPT TO", BounceClass.FULL),
        ("550 5.2.1 The account is disabled", "RCPT TO", BounceClass.UNKNOWN),
        ("554 5.6.0 Message contains a virus", "end of DATA", BounceClass.CONTENT),
        ("Host or domain name not found", "", BounceClass.GONE),
        ("connect to mx.example.com: Connection timed out", "", BounceClass.ELSEWHERE),
        ("550 Rejected", "RCPT TO", BounceClass.UNKNOWN),
    ],
)  # fmt: skip
def test_the_command_that_was_refused_decides(
    diagnostic: str, stage: str, expected: BounceClass
) -> None:
    """“User unknown” after the whole message is a filter's word; what is refused because of us is nobody's fault."""
    reason = f" (in reply to {stage} command)" if stage else ""
    notice = f"<ada@example.com>: host mx.example.com said: {diagnostic}{reason}"

    message = read_message(report(block(diagnostic), notice=notice))

    assert [expected] == [each.bounce_class for each in message.recipients]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("delayed", InboundKind.OTHER),
        ("delivered", InboundKind.DELIVERED),
        ("relayed", InboundKind.DELIVERED),
        ("failed", InboundKind.BOUNCE),
    ],
)
def test_a_report_may_be_no_bounce(action: str, expected: InboundKind) -> None:
    """A warning of delay is nothing, and a confirmation is a delivery."""
    assert expected is read_message(report(block("250 ok", action=action, status="2.0.0"))).kind


def test_a_notice_in_words_is_read_by_address() -> None:
    """Without a report each address has what follows it, and the returned message says nothing."""
    content = (
        f"{DAEMON}\nHi. This is the qmail-send program.\nI wasn't able to deliver your message.\n\n"
        "<ada@example.com>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 no such user\n\n"
        "<bob@example.com>:\nRemote host said: 552 mailbox is full\n\n"
        "--- Below this line is a copy of the message.\n\nReturn-Path: <x@example.org>\n"
        "Message-ID: <tok@news.example.org>\n\n550 user unknown <eve@example.com>\n"
    )

    message = read_message(content.encode())

    assert {
        "ada@example.com": BounceClass.GONE,
        "bob@example.com": BounceClass.FULL,
    } == {each.address: each.bounce_class for each in message.recipients}
    assert "<tok@news.example.org>" in message.original_ids


@pytest.mark.parametrize(
    ("sender", "subject", "text", "expected"),
    [
        ("Mailer-Daemon@mx.example.de", "Mail delivery failed: returning message to sender",
         "ada@example.com\n  SMTP error from remote mail server after RCPT TO:<ada@example.com>:\n"
         "  550 5.1.1 <ada@example.com>... User unknown", BounceClass.GONE),
        ("Mailer-Daemon@mx.example.de", "Mail delivery failed: returning message to sender",
         "ada@example.com\n  SMTP error from remote mail server after initial connection:\n"
         "  554 IP=192.0.2.9 - A problem occurred. Ask your postmaster for help.", BounceClass.OURS),
        ("mailer-daemon@googlemail.com", "Delivery Status Notification (Failure)",
         "** Adresse nicht gefunden **\n\nIhre Nachricht wurde nicht an ada@example.com zugestellt.\n\n"
         "550 5.1.1 The email account that you tried to reach does not exist. gsmtp", BounceClass.GONE),
        ("mailer-daemon@googlemail.com", "Delivery Status Notification (Failure)",
         "** Message blocked **\n\nYour message to ada@example.com has been blocked.\n\n550 5.7.26 Unauthenticated "
         "email from example.net is not accepted due to domain's DMARC policy. gsmtp", BounceClass.OURS),
        ("postmaster@outlook.example", "Undeliverable: News",
         "Your message to ada@example.com couldn't be delivered.\n\nRemote Server returned '550 5.7.708 Service "
         "unavailable. Access denied, traffic not accepted from this IP.'", BounceClass.OURS),
        ("MAILER-DAEMON@mx.example.fr", "Avis de non-remise",
         "<ada@example.com>: host mx said: 550 Adresse destinataire inconnue (in reply to RCPT TO command)",
         BounceClass.GONE),
        ("MAILER-DAEMON@mx.example.pl", "Nie dostarczono",
         "<ada@example.com>: host mx said: 550 5.1.1 Nie ma takiego konta (in reply to RCPT TO command)",
         BounceClass.GONE),
        ("MAILER-DAEMON@mx.example.es", "Mensaje devuelto",
         "<ada@example.com>: 552 5.2.2 El buzón del usuario está lleno", BounceClass.FULL),
        ("PostMaster@mx.example.cn", "系统退信", "ada@example.com\n退信原因：收件人邮箱空间已满", BounceClass.FULL),
        ("MAILER-DAEMON@mx.example.net", "Undelivered Mail Returned to Sender",
         "<ada@example.com>: host mx said: 550 5.2.1 This mailbox has been blocked due to inactivity "
         "(in reply to RCPT TO command)", BounceClass.UNKNOWN),
        ("MAILER-DAEMON@mx.example.net", "Undelivered Mail Returned to Sender",
         "<ada@example.com>: mail for example.com loops back to myself", BounceClass.ELSEWHERE),
    ],
)  # fmt: skip
def test_notices_of_many_systems(
    sender: str, subject: str, text: str, expected: BounceClass
) -> None:
    """Exim, Gmail, Exchange Online, Postfix and others, in several languages."""
    message = read_message(f"From: {sender}\nSubject: {subject}\n\n{text}\n".encode())
    assert (InboundKind.BOUNCE, [expected]) == (
        message.kind,
        [each.bounce_class for each in message.recipients],
    )


@pytest.mark.parametrize(
    "text",
    [
        "There was a temporary problem delivering your message to ada@example.com. Gmail will retry for 46 more hours.",
        "THIS IS A WARNING ONLY.\nYour message could not be delivered for more than 4 hours.\nIt will be retried.",
        "A message that you sent has not yet been delivered to one or more of its recipients.",
    ],
)
def test_a_warning_of_delay_is_no_bounce(text: str) -> None:
    """The server goes on trying."""
    content = f"From: mailer-daemon@example.com\nSubject: Delivery problem\n\n{text}\n"
    assert InboundKind.OTHER is read_message(content.encode()).kind


def test_pipelined_commands_in_a_transcript() -> None:
    """Where commands are sent together, a server that has no recipients left refused RCPT TO, not DATA."""
    content = (
        f"{DAEMON}\n   ----- Transcript of session follows -----\n... while talking to mx.example.com.:\n"
        ">>> DATA\n<<< 550 Invalid recipient\n<<< 503 need RCPT command\n"
        "   ----- The following addresses failed -----\n<ada@example.com>\n"
    )

    assert [BounceClass.GONE] == [e.bounce_class for e in read_message(content.encode()).recipients]


def feedback(kind: str) -> bytes:
    """Return a feedback report (RFC 5965) with only the header of our message, its recipient hidden."""
    return (
        "From: fbl@provider.example\nSubject: report\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nThis is a report.\n"
        f"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: X/1\nVersion: 1\n\n"
        "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <tok@news.example.org>\nTo: redacted\n\n--b--\n"
    ).encode()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("abuse", Feedback.ABUSE),
        ("fraud", Feedback.ABUSE),
        ("virus", Feedback.ABUSE),
        ("opt-out", Feedback.OPT_OUT),
        ("auth-failure", Feedback.AUTH_FAILURE),
    ],
)
def test_a_complaint_with_headers_only(kind: str, expected: Feedback) -> None:
    """A complaint is heard, and leads to the message by its Message-ID though the recipient is hidden."""
    message = read_message(feedback(kind))

    assert (InboundKind.COMPLAINT, expected) == (message.kind, message.feedback)
    assert ("<tok@news.example.org>",) == message.original_ids


def test_a_withdrawn_complaint_is_none() -> None:
    """“Not spam” is no complaint."""
    assert InboundKind.OTHER is read_message(feedback("not-spam")).kind


def mail(subject: str, text: str, **fields: str) -> bytes:
    """Return a message that a person or a program wrote."""
    message = EmailMessage()
    message["From"], message["To"] = "Ada <ada@example.com>", "editor@example.org"
    message["Subject"] = subject
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


@pytest.mark.parametrize(
    ("subject", "text", "fields"),
    [
        ("Automatic reply: The Rain", "I am away.", {}),
        ("Re: The Rain", "Ich bin nicht da.", {"Auto_Submitted": "auto-replied"}),
        ("Abwesenheitsnotiz", "Bis 1. Mai nicht erreichbar.", {}),
        ("Réponse automatique : La pluie", "Je suis absent.", {}),
        ("Re: The Rain", "Back on Monday.", {"Precedence": "auto_reply"}),
        ("Re: The Rain", "Back on Monday.", {"X_Autoreply": "yes"}),
        ("Out of office", "My message could not be delivered by pigeon. Unsubscribe me from it.", {}),
        ("不在のお知らせ", "不在にしております。", {}),
    ],
)  # fmt: skip
def test_automatic_replies(subject: str, text: str, fields: dict[str, str]) -> None:
    """A program's answer is no bounce, no reply, and no request."""
    assert InboundKind.AUTO_REPLY is read_message(mail(subject, text, **fields)).kind


@pytest.mark.parametrize(
    "text",
    [
        "Please remove me from your list.",
        "take me off this mailing list, thanks",
        "I no longer want to receive these emails.",
        "Bitte tragen Sie mich aus dem Verteiler aus und löschen Sie meine Adresse.",
        "Ich möchte den Newsletter abbestellen.",
        "Merci de me désinscrire.",
        "Je ne souhaite plus recevoir vos messages",
        "Quiero darme de baja de la lista.",
        "Por favor no quiero recibir más correos",
        "Por favor, removam-me da lista.",
        "Não quero mais receber este boletim",
        "Vi prego di cancellarmi dalla lista",
        "Non desidero più ricevere la newsletter",
        "Graag uitschrijven voor de nieuwsbrief",
        "Haal mij van de lijst alstublieft",
        "Proszę mnie wypisać z listy",
        "Nie chcę otrzymywać tych wiadomości",
        "Jag vill avregistrera mig från nyhetsbrevet",
        "Пожалуйста, отпишите меня от рассылки",
        "配信停止をお願いします。",
        "メールはもう送らないでください",
        "يرجى إلغاء اشتراكي في النشرة",
        "الرجاء إلغاء الاشتراك",
        "נא להסיר אותי מרשימת התפוצה",
        "कृपया मुझे इस सूची से हटा दें",
        "कृपया मेरी सदस्यता रद्द करें",
    ],
)
def test_a_request_in_words(text: str) -> None:
    """Who asks in their own language to be taken off is proposed to a person."""
    quoted = "\n\nOn Mon, 2 Nov 2026, News wrote:\n> The rain gauge\n> Unsubscribe: https://example.org/u"

    message = read_message(
        mail("Re: The Rain", text + quoted, In_Reply_To="<tok@news.example.org>")
    )

    assert (InboundKind.UNSUBSCRIBE, True) == (message.kind, message.is_in_words)


@pytest.mark.parametrize(
    "text",
    [
        "A fine piece about gauges.\n\n> To unsubscribe, click here",
        "Please do not remove me from the list, I love it.",
        "Mir hat der Text über die Verteilung des Regens gefallen.",
        "Merci pour cet article !\n\nLe lun. 2 nov. 2026, News a écrit :\n> se désinscrire",
        "We measured rain for forty years. " * 40 + "They had to take me off the roof.",
    ],
)
def test_a_reply_is_for_the_editor(text: str) -> None:
    """Words in what a reply quotes, and in a long message, are no request."""
    content = mail("Re: The Rain", text, In_Reply_To="<tok@news.example.org>")

    assert InboundKind.REPLY is read_message(content).kind


def test_an_empty_message_to_the_unsubscribe_address() -> None:
    """Apple Mail writes to the unsubscribe address, without a subject."""
    content = b"From: ada@example.com\nTo: unsubscribe+abc@example.org\n\n"

    message = read_message(content)

    assert (InboundKind.UNSUBSCRIBE, False) == (message.kind, message.is_in_words)
    assert ("unsubscribe+abc@example.org",) == message.delivered_to


def test_other_messages() -> None:
    """A message of its own, a read receipt and nothing at all are neither bounce nor complaint."""
    receipt = (
        b"From: ada@example.com\nSubject: Read: The Rain\nContent-Type: multipart/report; "
        b'report-type=disposition-notification; boundary="b"\n\n--b\n\nYour message was read.\n'
        b"--b\nContent-Type: message/disposition-notification\n\nDisposition: manual; displayed\n\n--b--\n"
    )

    kinds = [read_message(each).kind for each in (mail("An invitation", "Come!"), receipt, b"")]

    assert [InboundKind.OTHER, InboundKind.OTHER, InboundKind.UNKNOWN] == kinds


def _nested(levels: int) -> bytes:
    head = b"From: a@example.com\nContent-Type: multipart/mixed; boundary=b0\n\n"
    parts = (
        b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n, n + 1)
        for n in range(levels)
    )
    return head + b"".join(parts) + b"x\n" * 20_000


HOSTILE = {
    "30 MB": b"From: MAILER-DAEMON@x\nSubject: failure notice\n\n"
    + b"550 user unknown a@b.c\n" * 1_300_000,
    "nested": _nested(58),
    "nested deep": _nested(5000),
    "nested messages": b"From: a@example.com\n" + b"Content-Type: message/rfc822\n\n" * 50_000,
    "parameters": b"Content-Type: text/plain;" + b'";' * 1_000_000 + b"\n\nx",
    "blanks": b"From: MAILER-DAEMON@x\nSubject: failure notice\n\n" + b" " * 2_000_000,
    "empty lines": b"From: MAILER-DAEMON@x\nSubject: failure notice\n\n"
    + b" \n" * 1_000_000
    + b"x",
    "8-bit header": b"From: \xff\xfe <a@example.com>\nSubject: \xe9\xe8\n\n\xff",
    "styles": b"From: x\nContent-Type: text/html\n\n" + b"<style>" * 280_000,
    "charset": b"Content-Type: text/plain; charset=zip\n\nx",
    "no boundary": b"Content-Type: multipart/report\n\n--x\nContent-Type: message/delivery-status\n\nAction: x\n",
    "recipients": report("Final-Recipient: rfc822; a@example.com\n" * 60_000),
    "JSON": b'From: x\n\n{"notificationType":' + b"[" * 500_000,
    "every byte": bytes(range(256)) * 8000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_are_read_in_bounded_time(name: str) -> None:
    """Nothing that arrives fails, or takes longer than the slowest of honest messages by far."""
    began = time.process_time()

    read_message(HOSTILE[name])

    assert time.process_time() - began < 10


def test_the_corpus_of_bounces() -> None:
    """The public collection of bounces is judged within the bars of its script."""
    folder = require_corpus()
    command = [sys.executable, str(folder / "score_bounces.py"), "--command"]
    program = Path(sys.executable).parent / "handbill"

    done = subprocess.run(
        [*command, f"{program} inbound read --json"],
        capture_output=True,
        text=True,
        env=os.environ,
        check=False,
    )

    assert 0 == done.returncode, done.stdout + done.stderr
