"""The recipient: a subscriber as frozen for one campaign."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.models.address import Address

#: How many draws there are: from 0 to one less.
DRAWS = 10_000
_SPLIT = "split:"


def is_split_name(name: str) -> bool:
    """Whether *name* is that of a split."""
    return name.startswith(_SPLIT)


def split_name(code: str) -> str:
    """Return the name of the split whose first variant is *code*; no field can be called that."""
    return f"{_SPLIT}{code}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """
    One recipient of one campaign.

    Args:
        values: The values of fields, by name; `name` defaults to the display name of the address.
        token: Opaque, identifies this recipient to the unsubscribe page; "" if the publication has none.
        preferences_token: The same for the preferences page.
        digest: The keyed hash of the mailbox, which fixes its draws; "" for nobody in particular.
    """

    address: Address
    values: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    preferences_token: str = ""
    digest: str = ""

    def value(self, name: str) -> str:
        """Return the value of the field *name*, or the draw of the split *name*; "" without one."""
        if name == "name":
            return self.values.get("name") or self.address.name
        if name == "recipient_address":
            return self.address.email
        if name == "unsubscribe_token":
            return self.token
        if name == "preferences_token":
            return self.preferences_token
        value = self.values.get(name, "")
        if is_split_name(name) and not (value.isascii() and value.isdigit()):
            return self._draw(name)
        return value

    def _draw(self, name: str) -> str:
        """Return a number below `DRAWS` that is always the same for this mailbox, and for another *name* another."""
        if not self.digest:
            return ""
        content = hashlib.sha256(f"{self.digest} {name}".encode()).digest()
        return str(int.from_bytes(content[:8]) % DRAWS)
