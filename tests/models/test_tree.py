"""Trees of dataclasses are visited, changed and serialized."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pipeline.models.article import Heading, Link, List, NoteRef, Paragraph, Text
from pipeline.models.edition import DeadlineChoice, Field, FieldContext, InlineImage, LiteralText
from pipeline.models.tree import map_nodes, to_json, walk

LINK = Link(href="/", inlines=(Text(text="b"),))
TREE = (
    Heading(level=2, inlines=(Text(text="a"),)),
    List(ordered=False, items=((Paragraph(inlines=(LINK, NoteRef(note=1))),),)),
)


def test_walk_yields_every_node_in_reading_order() -> None:
    """A node comes before what it contains, however deeply tuples are nested; strings and numbers are skipped."""
    assert ["heading", "text", "list", "paragraph", "link", "text", "note_ref"] == [
        node.type for node in walk(TREE)
    ]


def test_map_nodes_changes_nodes_and_values() -> None:
    """Each node and value can be replaced; what does not change stays the same object."""

    def change(value: Any) -> Any:
        return value.upper() if value == "b" else value

    heading, changed = map_nodes(TREE, change)

    assert heading is TREE[0]
    assert ["a", "B"] == [node.text for node in walk((heading, changed)) if node.type == "text"]


def test_to_json_writes_plain_values() -> None:
    """Dates are ISO 8601, enums their values, bytes their SHA-256; a class with a type has it first."""
    choice = DeadlineChoice(
        until=datetime(2026, 1, 1, tzinfo=UTC),
        before=(Field(name="n", fallback=None, context=FieldContext.TEXT),),
        after=(LiteralText(text="x"),),
    )
    image = InlineImage(content_id="a", media_type="image/png", content=b"", filename="a.png")

    assert {
        "until": "2026-01-01T00:00:00+00:00",
        "before": [{"name": "n", "fallback": None, "context": "text"}],
        "after": [{"text": "x"}],
    } == to_json(choice)
    assert to_json(image)["content"].startswith("e3b0c442")
    assert ["2026-01-01"] == to_json((date(2026, 1, 1),))
    assert ["type", "note"] == list(to_json(NoteRef(note=1)))
