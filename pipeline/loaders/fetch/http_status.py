"""Explain HTTP statuses to somebody who wants the article."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import responses

_SAVE = "Save the page in a browser and load the file."
_CHALLENGE = f"the server asks for proof that you are human (a robot check). {_SAVE}"

_MEANINGS = {
    204: "the response is empty. Check the address in a browser.",
    205: "the response is empty. Check the address in a browser.",
    206: "only part of the page arrived. Try again.",
    304: "the server says the page has not changed, although it was not asked. Try again.",
    400: "the server does not understand the address (400). Check that it was copied whole.",
    401: f"the page asks for a login (401). Log in with a browser, then: {_SAVE[0].lower()}{_SAVE[1:]}",
    402: f"the page is for paying readers (402). {_SAVE}",
    403: f"the server refuses to show the page (403): it requires a login or blocks programs. {_SAVE}",
    404: "the page does not exist (404). Check the address in a browser.",
    406: f"the server has the page in no format that Handbill reads (406). {_SAVE}",
    407: "a proxy asks for a login (407). Use a network without one.",
    410: "the page was removed (410). Find a copy, save it and load the file.",
    451: "the page is blocked for legal reasons in your country (451). Load a copy from a file.",
}


def explain_status(status: int, headers: Mapping[str, str]) -> str | None:
    """
    Return why a response is not the requested page and what to do next, None if it is the page.

    Redirects with a target are handled elsewhere.
    """
    if headers.get("cf-mitigated", "").lower() == "challenge":
        return _CHALLENGE
    if headers.get("x-amzn-waf-action", "").lower() in ("challenge", "captcha"):
        return _CHALLENGE
    if status in _MEANINGS:
        return _MEANINGS[status]
    if status == 429:
        return f"the server received too many requests, or takes Handbill for a robot (429). {_retry_hint(headers)}"
    if status == 503:
        return f"the server is overloaded or blocks robots (503). {_retry_hint(headers)}"
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return (
            f"the server redirects without saying where ({status}). Check the address in a browser."
        )
    name = f"{status} {responses.get(status, '')}".rstrip()
    if status >= 500:
        return f"the server failed ({name}). {_retry_hint(headers)}"
    return f"the server answered {name}. Check the address in a browser."


def _retry_hint(headers: Mapping[str, str]) -> str:
    """Return the server's Retry-After as a sentence (RFC 9110 section 10.2.3)."""
    retry_after = headers.get("retry-after", "").strip()
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 9:
        return f"It asks to try again in {_format_duration(int(retry_after))}."
    try:
        time = parsedate_to_datetime(retry_after)
    except (ValueError, TypeError, IndexError, OverflowError):
        return "Try again later, or save the page in a browser and load the file."
    return f"It asks to try again after {_format_time(time)}."


def _format_duration(seconds: int) -> str:
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length or seconds == length:
            return _format_count(-(-seconds // length), unit)
    return _format_count(seconds, "second")


def _format_count(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _format_time(time: datetime) -> str:
    if time.tzinfo is not None:
        time = time.astimezone(UTC)
    return f"{time:%Y-%m-%d %H:%M} UTC"
