"""The direction and the language of parts of an article, where they are not those of the text around them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline.models.article_text import plain_text
from pipeline.rendering.html.inline_html import InlineHtmlWriter
from pipeline.rendering.locales import RIGHT_TO_LEFT, find_main_direction
from pipeline.rendering.part_language import find_part_language


@dataclass(frozen=True, slots=True)
class TextSetting:
    """The direction and the language of a part of the article; "" for those of the text around it."""

    direction: str
    language: str

    def format(self) -> str:
        """Return the attributes that set it."""
        language = f' lang="{self.language}"' if self.language else ""
        return language + (f' dir="{self.direction}"' if self.direction else "")


class TextSettings:
    """
    Finds the setting of each part of an article while it is written.

    Attributes:
        around: The setting of what is being written.
    """

    def __init__(self, inline: InlineHtmlWriter) -> None:
        self.around = TextSetting(inline.direction, inline.language)
        self._note_links = inline.note_links
        text = plain_text((*inline.blocks, *inline.notes))
        self._is_mixed = inline.direction == "rtl" or bool(RIGHT_TO_LEFT.search(text))

    def find_change(self, node: object) -> TextSetting | None:
        """Return direction and language of *node*, text or a part of the tree, as far as those around it differ."""
        text = node if isinstance(node, str) else plain_text(node)
        direction = find_main_direction(text) if self._is_mixed else None
        language = find_part_language(text, self.around.language)
        if direction in (None, self.around.direction):
            direction = None
        if direction is None and language is None:
            return None
        return TextSetting(direction or "", language or "")

    @contextmanager
    def apply(self, change: TextSetting) -> Iterator[None]:
        """Write what follows as text set as *change* says."""
        before = self.around
        self.around = TextSetting(
            change.direction or before.direction, change.language or before.language
        )
        self._note_links.direction = self.around.direction
        yield
        self.around = before
        self._note_links.direction = before.direction
