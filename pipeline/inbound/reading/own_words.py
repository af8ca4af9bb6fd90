"""What the writer of a reply wrote: without quotations, the message below and the signature."""

from __future__ import annotations

import re

_MAX_CHARACTERS = 20_000

#: What introduces the message that a reply quotes, by mail program and language; all that follows is not the writer's.
_QUOTATION = re.compile(
    r"(?im)^[ \t]*(?:"
    r"-{2,}[ ]*(?:original message|urspr[üu]ngliche nachricht|message d'origine|mensaje original|messaggio originale"
    r"|oorspronkelijk bericht|mensagem original|wiadomo[śs][ćc] oryginalna|ursprungligt meddelande|forwarded message"
    r"|исходное сообщение|пересылаемое сообщение)"
    r"|_{10,}[ \t]*$"
    r"|(?:on|am|le|el|il|op|em|dnia|den|w dniu|в|\d{1,2}[./-]).{4,160}(?:wrote|schrieb|[ée]crit|escribi[óo]"
    r"|ha scritto|schreef"
    r"|escreveu|napisał\w*|skrev|пишет|написал\w*).{0,80}:[ \t]*$"
    r"|(?:from|von|de|da|van|od|från|от)[ ]?:[ ]?.{1,200}@.{1,200}$"
    r"|sent from my|von meinem|envoy[ée] de mon|enviado desde mi|inviato da|verstuurd vanaf|enviado do meu|wysłane z"
    r"|skickat från"
    r")"
)
_SIGNATURE = re.compile(r"(?m)^-- ?$")


def find_own_words(text: str) -> str:
    """Return what the writer of *text* added to what it quotes."""
    text = text[:_MAX_CHARACTERS]
    for pattern in (_QUOTATION, _SIGNATURE):
        found = pattern.search(text)
        if found and text[: found.start()].strip():
            text = text[: found.start()]
    lines = (line for line in text.split("\n") if not line.lstrip().startswith((">", "|")))
    return "\n".join(lines).strip()
