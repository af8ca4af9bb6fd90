"""
A notice of non-delivery in words: where it ends, whom it names, and what the server said about each.

Only about half of all bounces have a delivery report that a program can read; the others are text, and each mail system
writes its own. What they share: the notice stands before the message it returns, a line begins with each address that
failed, and the server's reply follows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.inbound.reading.foreign_header import find_addresses

#: More addresses are not read: our messages have one recipient each.
_MAX_SEGMENTS = 50
_MAX_SEGMENT_CHARACTERS = 4_000

#: What stands between a notice and the message it returns.
_ORIGINAL = re.compile(
    r"(?im)^[ \t>|]*(?:[-=*_]{2,}[ ]*)?(?:"
    r"this is a copy of (?:the|your) message|(?:here is |below is |included is |enclosed is "
    r"|attached is )?(?:a )?copy of the"
    r" (?:original )?(?:message|mail)|below this line is a copy|(?:the )?(?:header of the )?original message(?: is)?"
    r"(?: follow\w*|:| ?[-=]|\s*$)|original mail\b|message (?:headers?|text) follows?|unsent message follows"
    r"|returned message|message header follow|end of message|urspr[üu]ngliche nachricht|message d'origine"
    r").*$"
    r"|^(?:received|return-path|dkim-signature|x-[a-z]+-smtp-source|x-received|arc-seal): ?\S.*$"
)

_EMAIL = r"[^\s@<>,;:\"()\[\]]{1,128}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?"
#: A line that begins with an address, as a list of those that failed has them.
_ADDRESS_LINE = re.compile(
    rf"(?im)^[ \t]*+(?:[*•·-][ \t]++)?(?:(?:recipient(?: address)?|original-recipient|final-recipient"
    rf"|>>>)[ \t]*+:?[ \t]*+"
    rf"(?:rfc822;[ \t]*+)?)?[<\"'(]{{0,2}}({_EMAIL})[>\"')]{{0,2}}(?=[\s,.:;(]|$)"
)
#: An address within a sentence about who was not reached.
_NAMED = re.compile(
    rf"(?i)(?:\bto|\bfor|address(?:es)?|recipients?(?: \(s\))?|user|mailbox|account)\W{{1,4}}(?:the )?"
    rf"(?:following (?:address|recipient)\w*\W{{1,4}})?[<\"'(]?({_EMAIL})"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeEntry:
    """What a notice says about one address; None if it names none."""

    address: str | None
    text: str


def split_notice(text: str) -> tuple[str, str]:
    """Return the notice and the returned message, "" without one."""
    for found in _ORIGINAL.finditer(text):
        if text[: found.start()].strip():
            return text[: found.start()], text[found.start() :]
    return text, ""


def list_entries(notice: str, failed: list[str]) -> list[NoticeEntry]:
    """
    Return what *notice* says about each address it names at the beginning of a line.

    Args:
        failed: The addresses that its header names (X-Failed-Recipients).
    """
    lines = list(_ADDRESS_LINE.finditer(notice))[:_MAX_SEGMENTS]
    segments: dict[str, str] = {}
    for index, found in enumerate(lines):
        end = lines[index + 1].start() if index + 1 < len(lines) else len(notice)
        text = notice[found.start() : end][:_MAX_SEGMENT_CHARACTERS]
        address = found[1].rstrip(".")
        # A reply that is wrapped before an address continues what was said about it.
        before = segments.get(address.lower(), "")
        segments[address.lower()] = (before + text)[:_MAX_SEGMENT_CHARACTERS]
    if segments:
        return [NoticeEntry(address=address, text=text) for address, text in segments.items()]
    named = failed or [found[1].rstrip(".") for found in _NAMED.finditer(notice)][:1]
    named = named or find_addresses(notice)[:1]
    addresses = list(dict.fromkeys(each.lower() for each in named))[:_MAX_SEGMENTS]
    return [
        NoticeEntry(address=each, text=notice[-_MAX_SEGMENT_CHARACTERS:])
        for each in addresses or [None]
    ]
