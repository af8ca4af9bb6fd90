"""A provider's response to one request."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from html import unescape
from http import HTTPStatus
from typing import Any

_MAX_CHARACTERS = 300
#: A gateway uses these when it has no response from the service behind it, which may have accepted the messages: 502
#: and 504 (RFC 9110 §15.6.3, §15.6.5); 520 and 524 are Cloudflare's.
_GATEWAY_ERRORS = {502, 504, 520, 524}
_MAX_RETRY_AFTER = timedelta(days=7)


class UnexpectedResponse(ValueError):
    """A response that does not have the documented structure."""


#: What reading a response of another structure than documented raises; `UnexpectedResponse` is a ValueError.
UNEXPECTED_STRUCTURE = (AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceResponse:
    """
    The response to one request.

    Args:
        headers: By lower-case name.
        is_known_request: The request was repeated, and the service says that it received the first one.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_known_request: bool = False

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def is_temporary(self) -> bool:
        """Whether the request failed and may succeed later."""
        return is_temporary_status(self.status)

    @property
    def is_gateway_error(self) -> bool:
        """Whether it comes from a gateway that does not know what the service did."""
        return self.status in _GATEWAY_ERRORS

    def json(self) -> Any:  # Any: each provider has its own structure
        """
        Return the body parsed as JSON.

        Raises:
            UnexpectedResponse: The body is not JSON.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise UnexpectedResponse("the body is not JSON") from None

    def get(self, *path: str | int) -> str:
        """Return the string or number at *path* in the JSON, or ""."""
        try:
            value = self.json()
            for step in path:
                value = value[step]
        except (UnexpectedResponse, KeyError, IndexError, TypeError):
            return ""
        return to_text(value)

    def require(self, *path: str | int) -> str:
        """
        Return the string or number at *path* in the JSON.

        Raises:
            UnexpectedResponse: It is missing.
        """
        self.json()
        if value := self.get(*path):
            return value
        raise UnexpectedResponse(f"{path[-1]} is missing")

    def retry_after(self, now: datetime) -> timedelta | None:
        """Return how long to wait, from seconds or a date (RFC 9110 §10.2.3); None without such a header."""
        value = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]*)?", value):
            return min(timedelta(seconds=float(value)), _MAX_RETRY_AFTER)
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return min(max(until - now, timedelta()), _MAX_RETRY_AFTER)

    def describe(self, message: str = "", *, redact: Callable[[str], str] = str) -> str:
        """
        Return the status and *message*, by default the text of the body, on one line.

        Args:
            redact: Removes secrets; applied before the text is shortened, since half a key is too much.
        """
        text = " ".join((message or self._body_text()).split())
        text = redact("".join(c for c in text if c.isprintable()))
        if len(text) > _MAX_CHARACTERS:
            text = text[:_MAX_CHARACTERS] + "…"
        return f"{self.status} {text or _reason_phrase(self.status)}".strip()

    def _body_text(self) -> str:
        text = self.body[:4096].decode("utf-8", "replace")
        if "<" in text and re.search(r"<(?:!doctype|html|head|body|title|h1)\b", text, re.I):
            title = re.search(r"<(title|h1)\b[^<>]*+>((?:(?!<\1\b).)*?)</\1>", text, re.I | re.S)
            return unescape(re.sub(r"<[^<>]*+>", " ", title[2])) if title else ""
        return text


def to_text(value: Any) -> str:  # Any: a part of the JSON
    """Return *value* if it is a string or a number, "" if it is anything else: True and None are no text."""
    return (
        str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    )


def require_id(value: Any) -> str:  # Any: a part of the JSON
    """
    Return the ID of a message, which proves that the service accepted it.

    Raises:
        UnexpectedResponse: *value* is no ID: None, False, 0, a list, spaces.
    """
    text = to_text(value).strip("<>").strip()
    if text and text != "0":
        return text
    raise UnexpectedResponse("the id is missing")


def is_temporary_status(status: int) -> bool:
    """Whether a request that failed with *status* may succeed later."""
    return status in (408, 425, 429) or status >= 500


def _reason_phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
