"""Fill in what is the same for all recipients and only known when a campaign starts, such as the sum raised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipeline.mail.field_values import ESCAPES, clean_value
from pipeline.models.edition import Edition, Field, LiteralText
from pipeline.models.tree import map_nodes


def fill_constants(edition: Edition, values: Mapping[str, str]) -> Edition:
    """Return *edition* with the fields that *values* names as literal text, escaped for their places."""
    if not values:
        return edition

    def fill(node: Any) -> Any:  # Any: a piece, or a value of one
        if isinstance(node, Field) and node.name in values:
            return LiteralText(text=ESCAPES[node.context](clean_value(values[node.name])))
        return node

    return replace(
        edition,
        subject=map_nodes(edition.subject, fill),
        html=map_nodes(edition.html, fill),
        text=map_nodes(edition.text, fill),
    )
