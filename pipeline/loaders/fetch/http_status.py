"""What a server's status means for a person who wants the article."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

_SAVE = "Save the page in a browser and load the file."
_CHALLENGE = f"the server lets only people in and asks for proof (a robot check). {_SAVE}"

_MEANINGS = {
    204: "the answer is empty. Check the address in a browser.",
    205: "the answer is empty. Check the address in a browser.",
    206: "only a part of the page came. Try again.",
    304: "the server says the page has not changed, though it was not asked that. Try again.",
    400: "the server does not understand the address (400). Check that it was copied whole.",
    401: f"the page asks for a login (401). Log in with a browser, then: {_SAVE[0].lower()}{_SAVE[1:]}",
    402: f"the page is for paying readers (402). {_SAVE}",
    403: f"the server refuses to show the page (403): it wants a login, or lets no programs in. {_SAVE}",
    404: "there is no such page (404). Check the address in a browser.",
    406: f"the server has the page in no form that is read here (406). {_SAVE}",
    407: "a proxy on the way asks for a login (407). Load from a network without one.",
    410: "the page is gone for good (410). Look for a copy, save it and load the file.",
    451: "the page is withheld for legal reasons where you are (451). Load a copy you may use from a file.",
}


def refusal(status: int, headers: Mapping[str, str]) -> str | None:
    """
    Return why an answer is not the page that was asked for and what to try next, or nothing if it is.

    Redirects that lead somewhere are no matter of this function.
    """
    if headers.get("cf-mitigated", "").lower() == "challenge":
        return _CHALLENGE
    if headers.get("x-amzn-waf-action", "").lower() in ("challenge", "captcha"):
        return _CHALLENGE
    if status in _MEANINGS:
        return _MEANINGS[status]
    if status == 429:
        return f"the server has had enough requests, or takes this for a robot (429). {_later(headers)}"
    if status == 503:
        return f"the server is overloaded, or keeps robots out (503). {_later(headers)}"
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"the server sends elsewhere without saying where ({status}). Check the address in a browser."
    if status >= 500:
        return f"the server failed ({_named(status)}). {_later(headers)}"
    return f"the server answered {_named(status)}. Check the address in a browser."


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _later(headers: Mapping[str, str]) -> str:
    """Return the server's Retry-After as an advice (RFC 9110 section 10.2.3)."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit() and len(said) < 9:
        return f"It asks to try again in {_duration(int(said))}."
    try:
        instant = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError, OverflowError):
        return "Try again later, or save the page in a browser and load the file."
    return f"It asks to try again after {_shown_instant(instant)}."


def _duration(seconds: int) -> str:
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length or seconds == length:
            return _counted(-(-seconds // length), unit)
    return _counted(seconds, "second")


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _shown_instant(instant: datetime) -> str:
    if instant.tzinfo is not None:
        instant = instant.astimezone(UTC)
    return f"{instant:%Y-%m-%d %H:%M} UTC"
