"""Bounces: the delivery report of a server (RFC 3464), or a notice in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.bounces.classify import Rejection, classify_bounce
from pipeline.bounces.reply_quotes import (
    QuotedReply,
    find_stage,
    find_transcribed_reply,
    quote_notice,
    quote_reply,
)
from pipeline.inbound.inbound_message import InboundKind, InboundRecipient
from pipeline.inbound.reading.auto_reply import is_auto_reply
from pipeline.inbound.reading.foreign_header import HeaderFields
from pipeline.inbound.reading.message_content import MimeContent
from pipeline.inbound.reading.notice import NoticeEntry, list_entries
from pipeline.inbound.reading.status_fields import RecipientStatus
from pipeline.models.event import BounceClass

_MAX_TEXT_CHARACTERS = 500
_MAX_STAGE_CHARACTERS = 8_000
_MAX_DELAY_CHARACTERS = 20_000
_DELIVERED = frozenset({"delivered", "relayed", "expanded"})

#: Who writes notices: mail systems, and addresses for nobody but them.
_DAEMON = re.compile(
    r"(?i)mailer-?daemon|mail[ .]?(?:delivery|system|administrator)|delivery (?:sub)?system|\bpost_?master\b"
    r"|system administrator|bounce|ndr administrator|mail ?gateway|microsoft exchange"
)
_SUBJECT = re.compile(
    r"(?i)undeliver|non-?deliver|not deliver|n[o']t be delivered|deliver\w{0,20} (?:status|fail|error|problem|report"
    r"|notif)"
    r"|(?:fail\w{0,20}|error|problem)\W+(?:in |of |sending |with )?(?:the |your )?(?:mail|message|delivery)"
    r"|returned mail"
    r"|returning"
    r"|failure notice|failure delivery|failed delivery|mail(?: \w{1,20})? (?:failed|failure|error)|mail system error"
    r"|returned to sender|bounced?\b|unzustellbar|nicht zustellbar|zustellung|non remis|non-?distribu|[ée]chec"
    r"|no se (?:pudo|puede|ha podido) entregar|devuelto|devolvid|mancat\w{1,20} (?:recapito|consegna)|non recapitat"
    r"|onbestelbaar|niet (?:bezorgd|afgeleverd)"
    r"|niedor[eę]cz|nie do(?:r[eę]cz|starcz)|не доставлен|недостав|kunde inte levereras"
    r"|配信(?:不能|エラー)|配送(?:エラー|失敗)|エラーメール|届けられません|退信|投递失败|無法傳遞"
)
_PHRASES = re.compile(
    r"(?i)(?:could|can|was|were|has|have|been)(?: not|n[o']t)(?: yet)?(?: be| been)? (?:delivered|reached|sent)"
    r"|did not reach|(?:unable|not able|wasn't able|failed|troubl\w{1,20}|error)[^.\n]{0,60}(?:to )?deliver"
    r"|undeliverable"
    r"|deliver[ey]\w{0,20}[^.\n]{0,60}(?:failed|failure|problem|delayed)|(?:permanent|fatal"
    r"|permanently)[^.\n]{0,30}(?:error|fail)"
    r"|returned (?:to sender|message|below|mail)|transcript of session|failed addresses|failure reasons?"
    r"|your message\W{1,40}to:"
    r"|(?:mail|message) (?:delivery )?(?:failed|failure)|(?:rejected|returned) by|was not accepted|rejected recipient"
    r"|no valid recipients|invalid (?:recipient|user address)|remote host said|did not like our|user unknown"
    r"|unknown user"
    r"|konnte nicht (?:zugestellt|ausgeliefert)|nicht zugestellt|n'a pas (?:pu être|été) (?:remis|distribu|livr)"
    r"|no (?:se )?(?:pudo|ha podido|puede) (?:ser )?(?:entreg|envia)|n[ãa]o (?:p[ôo]de|foi) (?:ser )?entreg"
    r"|non [èe] stato (?:possibile )?(?:recapita|consegna)|kon niet worden (?:bezorgd|afgeleverd)|nie (?:mogła"
    r"|został)\w{0,20} (?:zosta|dor)"
    r"|не (?:может быть|удалось|была?|было) достав|送信できません|送信に失敗|配信でき|配送でき|届けられ|无法(?:投递"
    r"|送达)|未能送达"
    r"|\bsaid: 5\d\d\b|\b5\d\d[ -]5\.\d{1,3}\.\d{1,3}\b"
)
_DELAY = re.compile(
    r"(?i)has not yet been delivered|delivery[^.\n]{0,60}has been delayed|warning message only|message is delayed"
    r"|will (?:continue|be retried|keep trying|retry)|delivery incomplete"
    r"|delivery attempts will continue|temporary failure report"
    r"|not yet been delivered"
)


def read_report(
    notice: str, found: Sequence[RecipientStatus]
) -> tuple[InboundKind, tuple[InboundRecipient, ...]]:
    """Return what a delivery report says: a bounce, a delivery, or neither, such as a warning of delay."""
    failed = [each for each in found if each.action in {"failed", "expired"}]
    if not failed and any(each.action in _DELIVERED for each in found):
        delivered = [each for each in found if each.action in _DELIVERED]
        return InboundKind.DELIVERED, tuple(_to_recipient(each) for each in delivered)
    if not failed and any(each.action == "delayed" for each in found):
        return InboundKind.OTHER, tuple(_to_recipient(each) for each in found)
    segments = {s.address: s for s in list_entries(notice, []) if s.address}
    return InboundKind.BOUNCE, tuple(
        _judge_status(each, segments, notice) for each in failed or found
    )


def is_mail_system(header: HeaderFields) -> bool:
    """Whether a mail system wrote the message, by its sender."""
    sender = f"{header.get('from')} {header.get('sender')}"
    return _DAEMON.search(sender) is not None or sender.strip() in {"<>", ""}


def is_bounce_notice(content: MimeContent, notice: str) -> bool:
    """Whether *notice* says that a message could not be delivered, by more than one of its signals."""
    if "x-failed-recipients" in content.header:
        return True
    if content.is_read_receipt:
        return False
    header = content.header
    is_daemon = is_mail_system(header)
    has_subject = _SUBJECT.search(header.get("subject")) is not None
    has_phrase = _PHRASES.search(notice) is not None
    returns_message = bool(content.original) and not is_auto_reply(header)
    if has_phrase:
        return is_daemon or has_subject or returns_message
    return is_daemon and has_subject


def is_delay_notice(notice: str) -> bool:
    """Whether a notice only warns that delivery takes longer."""
    return _DELAY.search(notice[:_MAX_DELAY_CHARACTERS]) is not None


def read_notice(content: MimeContent, notice: str) -> tuple[InboundRecipient, ...]:
    """Return the recipients that *notice* names, each with its class."""
    failed = content.header.list_addresses("x-failed-recipients")
    return tuple(_judge_segment(each, notice) for each in list_entries(notice, failed))


def _judge_segment(segment: NoticeEntry, notice: str) -> InboundRecipient:
    reply = find_transcribed_reply(notice, segment.address)
    if reply is not None:
        return _judge(segment.address, reply, status=None)
    found = _judge(segment.address, quote_notice(segment.text), status=None)
    # What the returning server says itself may stand around the reply, or above the address.
    for text in (segment.text, *([] if found.code else [notice])):
        if found.bounce_class not in {BounceClass.UNKNOWN, BounceClass.ELSEWHERE}:
            break
        other = _judge(segment.address, quote_reply(text), status=None)
        if other.bounce_class is not BounceClass.UNKNOWN:
            found = other
    return found


def _judge_status(
    found: RecipientStatus, segments: dict[str, NoticeEntry], notice: str
) -> InboundRecipient:
    """Return the class of a recipient in a report; the notice beside it says what was replied to, and often more."""
    segment = segments.get((found.address or "").lower())
    said = quote_notice(segment.text) if segment else None
    reply = quote_reply(found.diagnostic)
    transcribed = find_transcribed_reply(notice, found.address, reply.code)
    if sum(character.isalpha() for character in found.diagnostic) <= 3:
        return _judge(found.address, transcribed or said or reply, status=found.status)
    stage = reply.stage or (transcribed and transcribed.stage) or (said and said.stage)
    if stage is None and segment is None:
        stage = find_stage(notice[:_MAX_STAGE_CHARACTERS])
    if reply.enhanced_code is None and transcribed and transcribed.code == reply.code:
        reply = replace(
            reply,
            text=f"{reply.text} {transcribed.text}",
            enhanced_code=transcribed.enhanced_code,
        )
    return _judge(found.address, replace(reply, stage=stage or None), status=found.status)


def _judge(address: str | None, reply: QuotedReply, *, status: str | None) -> InboundRecipient:
    rejection = Rejection(
        text=reply.text,
        code=reply.code,
        enhanced_code=reply.enhanced_code,
        status=status,
        stage=reply.stage,
    )
    return InboundRecipient(
        address=address,
        status=reply.enhanced_code or status,
        code=reply.code,
        bounce_class=classify_bounce(rejection),
        text=_shorten(reply.text),
    )


def _to_recipient(found: RecipientStatus) -> InboundRecipient:
    return InboundRecipient(
        address=found.address, status=found.status, text=_shorten(found.diagnostic)
    )


def _shorten(text: str) -> str:
    return " ".join(text[: 4 * _MAX_TEXT_CHARACTERS].split())[:_MAX_TEXT_CHARACTERS]
