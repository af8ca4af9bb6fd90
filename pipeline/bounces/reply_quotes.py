"""The server's reply that a report or a notice quotes: its codes, its words, and the command it replied to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.bounces.classify import SmtpStage

_REPLY_CODE = re.compile(
    r"(?<![\d.])([45]\d\d)(?=[\s:#-])(?![ -]?(?:seconds|minutes|hours|days|bytes))"
)
_ENHANCED_CODE = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")

#: Which command a reply followed, in the words of the mail systems; the first that matches.
_STAGES = (
    (
        SmtpStage.DATA,
        r"in reply to (?:the )?(?:end of )?data|(?:after|at|following|during) (?:the )?(?:end of )?(?:data|\.)(?:\W"
        r"|$)"
        r"|(?:end of|final) data|smtp:data|\[data\]|\(data\)|smtp command\s+data|message body|^[ \t]*data[ \t]*$",
    ),
    (
        SmtpStage.RCPT,
        r"in reply to rcpt|(?:after|following|our) rcpt|(?:\S[ \[(]{1,3}|smtp command\s+)rcpt[ _]to\b|smtp:rcpt"
        r"|\brcpt command|does(?: not|n't) like recipient"
        r"|rejected (?:the )?recipient",
    ),
    (
        SmtpStage.MAIL,
        r"(?:in reply to|after|following|our) mail from|smtp:mail|does(?: not|n't) like sender|sender was rejected",
    ),
    (
        SmtpStage.CONNECT,
        r"initial connection|refused to talk|(?:after|to|our) (?:ehlo|helo)|greeting|my name was rejected",
    ),
)
_STAGE_PATTERNS = tuple(
    (stage, re.compile(pattern, re.IGNORECASE | re.MULTILINE)) for stage, pattern in _STAGES
)

#: Lines of a transcript as Sendmail and its kin write it: ">>> RCPT To:<…>", "<<< 550 …".
_SAID = re.compile(r"(?m)^[ \t]*(?:(?:Sent|Received)[ \t]*)?(>>>|<<<)[ \t]?(.*)$")
#: A rejection on one line or more (RFC 5321 §4.2.1).
_REPLY_LINES = re.compile(r"(?m)^(?:[45]\d\d-.*\n)*[45]\d\d(?:[ -].*)?$")
_NO_RECIPIENTS = re.compile(r"(?i)no valid recipients|need rcpt|^503\b", re.MULTILINE)
_COMMANDS = (
    ("rcpt", SmtpStage.RCPT),
    ("mail", SmtpStage.MAIL),
    ("data", SmtpStage.DATA),
    (".", SmtpStage.DATA),
    ("ehlo", SmtpStage.CONNECT),
    ("helo", SmtpStage.CONNECT),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class QuotedReply:
    """A reply of a server; what is not known is None."""

    text: str
    code: int | None
    enhanced_code: str | None
    stage: SmtpStage | None


def quote_reply(text: str, *, stage: SmtpStage | None = None) -> QuotedReply:
    """
    Return the reply in *text*.

    Args:
        stage: What it replied to, if *text* does not say it.
    """
    code = _REPLY_CODE.search(text)
    # Of several, the last is the server's own: those before it are the returning server's.
    enhanced = _ENHANCED_CODE.findall(text)
    return QuotedReply(
        text=text,
        code=int(code[1]) if code else None,
        enhanced_code=enhanced[-1] if enhanced else None,
        stage=find_stage(text) or stage,
    )


def quote_notice(text: str) -> QuotedReply:
    """Return the reply in *text*, which may have other sentences around it."""
    reply = quote_reply(text)
    begin = _REPLY_CODE.search(text) or _ENHANCED_CODE.search(text)
    if begin is None or text[: begin.start()].rstrip().endswith(("#", "(")):
        return reply
    quoted = re.split(r"\n[ \t]*\n", text[begin.start() :], maxsplit=1)[0]
    if text[: begin.start()].rstrip().endswith("["):
        quoted = quoted.partition("]")[0]
    return replace(reply, text=quoted)


def find_stage(text: str) -> SmtpStage | None:
    """Return the command that *text* says a server replied to."""
    return next((stage for stage, pattern in _STAGE_PATTERNS if pattern.search(text)), None)


def find_transcribed_reply(
    notice: str, address: str | None, code: int | None = None
) -> QuotedReply | None:
    """Return the rejection in a transcript (`>>>`, `<<<`) that names *address*, else has *code*, else the first."""
    replies = list(_read_transcript(notice))
    naming = [each for each in replies if address and address.lower() in each.text.lower()]
    coded = [each for each in naming or replies if each.code == code]
    return next(iter(coded or naming or replies), None)


def _read_transcript(notice: str) -> Iterator[QuotedReply]:
    command = ""
    lines: list[str] = []
    for found in _SAID.finditer(notice):
        side, said = found.groups()
        if side == "<<<":
            lines.append(said)
            continue
        yield from _read_replies(command, lines)
        command, lines = said, []
    yield from _read_replies(command, lines)


def _read_replies(command: str, lines: list[str]) -> Iterator[QuotedReply]:
    """Yield the rejections among the *lines* that a server wrote after *command*."""
    said = "\n".join(lines)
    stage = next((s for name, s in _COMMANDS if command.strip().lower().startswith(name)), None)
    if stage is SmtpStage.DATA and _NO_RECIPIENTS.search(said):
        stage = (
            SmtpStage.RCPT
        )  # commands were sent together (RFC 2920), and this is what the first was answered
    for found in _REPLY_LINES.finditer(said):
        reply = quote_reply(" ".join(found[0].split()))
        yield replace(reply, stage=stage if command else SmtpStage.CONNECT)
