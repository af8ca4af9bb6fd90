"""
The token in a form: which list it is for, when it was shown, and with which words.

It is signed, so that a form can be posted only between `MIN_AGE` and `MAX_AGE` after it was shown.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from pipeline.clock import Clock

#: Nobody types an address faster.
MIN_AGE = timedelta(seconds=3)
#: A form that was left open longer is shown again.
MAX_AGE = timedelta(hours=1)
_TAG_BYTES = 16
_MAX_CHARACTERS = 2000


class FormAge(Enum):
    """Whether a form may be posted now."""

    TOO_YOUNG = "too young"
    RIGHT = "right"
    TOO_OLD = "too old"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignupForm:
    """
    A form that was shown.

    Args:
        key: Identifies it; the proof of work is over it.
        page: The address of the page that it is on.
        page_digest: Of the words that were shown.
    """

    key: str
    list_name: str
    page: str
    page_digest: str
    opened_at: datetime
    age: FormAge


class FormTokens:
    """
    Makes and reads the tokens of forms.

    Args:
        secret: The project's secret.
    """

    def __init__(self, secret: bytes, *, clock: Clock) -> None:
        self._key = hmac.digest(secret, b"sign-up form", "sha256")
        self._clock = clock

    def make(self, list_name: str, *, page: str, page_digest: str) -> tuple[str, str]:
        """Return the token of a form that is shown now, and its key."""
        opened_at = self._clock.now().timestamp()
        key = secrets.token_hex(8)
        content = json.dumps(
            [key, list_name, page, page_digest, opened_at], separators=(",", ":")
        ).encode()
        token = base64.urlsafe_b64encode(self._make_tag(content) + content).decode().rstrip("=")
        return token, key

    def read(self, token: str) -> SignupForm | None:
        """Return the form of *token*; None if it was not made here."""
        if len(token) > _MAX_CHARACTERS:
            return None
        try:
            decoded = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            return None
        tag, content = decoded[:_TAG_BYTES], decoded[_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._make_tag(content)):
            return None
        key, list_name, page, page_digest, opened_at = json.loads(content)
        shown = datetime.fromtimestamp(opened_at, UTC)
        return SignupForm(
            key=key,
            list_name=list_name,
            page=page,
            page_digest=page_digest,
            opened_at=shown,
            age=self._find_age(shown),
        )

    def _find_age(self, opened_at: datetime) -> FormAge:
        age = self._clock.now() - opened_at
        if age < MIN_AGE:
            return FormAge.TOO_YOUNG
        return FormAge.RIGHT if age <= MAX_AGE else FormAge.TOO_OLD

    def _make_tag(self, content: bytes) -> bytes:
        return hmac.digest(self._key, content, "sha256")[:_TAG_BYTES]
