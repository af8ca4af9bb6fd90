"""What a service answered."""

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

_WORDS_CHARACTERS = 300
#: A gateway says by these that it has no answer of the service behind it, which may have taken the messages: 502 and
#: 504 (RFC 9110 §15.6.3, §15.6.5); 520 and 524 are Cloudflare's.
_LOST_BEHIND_A_GATEWAY = {502, 504, 520, 524}
_LONGEST_WAIT = timedelta(days=7)


class Unreadable(ValueError):
    """An answer that is not of the form the service documents."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """
    The answer to one request.

    Args:
        headers: By lower-case name.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the service says that it did what was asked."""
        return 200 <= self.status < 300

    @property
    def is_for_later(self) -> bool:
        """Whether the service says that it took nothing and that another time may do."""
        return self.status in (408, 425, 429) or self.status >= 500

    @property
    def is_lost(self) -> bool:
        """Whether it comes from a gateway that does not know what the service did."""
        return self.status in _LOST_BEHIND_A_GATEWAY

    def json(self) -> Any:  # Any: each service has its own form
        """
        Return the body as JSON.

        Raises:
            Unreadable: It is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Unreadable("the answer is no JSON") from None

    def found(self, *path: str | int) -> str:
        """Return the text or number at *path* in the JSON, "" if there is none."""
        try:
            value = self.json()
            for step in path:
                value = value[step]
        except (Unreadable, KeyError, IndexError, TypeError):
            return ""
        return str(value) if isinstance(value, str | int) else ""

    def needed(self, *path: str | int) -> str:
        """
        Return the text or number at *path* in the JSON.

        Raises:
            Unreadable: There is none.
        """
        self.json()
        if value := self.found(*path):
            return value
        raise Unreadable(f"{path[-1]} was expected")

    def retry_after(self, now: datetime) -> timedelta | None:
        """Return for how long to wait, from seconds or from a date (RFC 9110 §10.2.3); null if it does not say."""
        value = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]*)?", value):
            return min(timedelta(seconds=float(value)), _LONGEST_WAIT)
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return min(max(until - now, timedelta()), _LONGEST_WAIT)

    def told(self, words: str = "", *, clean: Callable[[str], str] = str) -> str:
        """
        Return the status and *words*, or what can be read of the body, on one line.

        Args:
            clean: Takes secrets out; before anything is cut off, for half a key is too much.
        """
        words = " ".join((words or self._text()).split())
        words = clean("".join(c for c in words if c.isprintable()))
        if len(words) > _WORDS_CHARACTERS:
            words = words[:_WORDS_CHARACTERS] + "…"
        return f"{self.status} {words or _phrase(self.status)}".strip()

    def _text(self) -> str:
        text = self.body[:4096].decode("utf-8", "replace")
        if "<" in text and re.search(r"<(?:!doctype|html|head|body|title|h1)\b", text, re.I):
            title = re.search(r"<(title|h1)[^>]*>(.*?)</\1>", text, re.I | re.S)
            return unescape(re.sub(r"<[^>]*>", " ", title[2])) if title else ""
        return text


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
