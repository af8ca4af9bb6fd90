"""The recipient: a subscriber as frozen for one campaign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.models.address import Address


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """
    One recipient of one campaign.

    Args:
        values: The values of fields, by name; `name` defaults to the display name of the address.
        token: Opaque, identifies this recipient to the unsubscribe page; "" if the publication has none.
        preferences_token: The same for the preferences page.
    """

    address: Address
    values: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    preferences_token: str = ""

    def value(self, name: str) -> str:
        """Return the value of the field *name*, "" without one."""
        if name == "name":
            return self.values.get("name") or self.address.name
        if name == "unsubscribe_token":
            return self.token
        if name == "preferences_token":
            return self.preferences_token
        return self.values.get(name, "")
