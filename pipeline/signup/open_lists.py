"""The lists that anybody may join, as configured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenList:
    """
    A list that anybody may join.

    Args:
        title: Its name as visitors read it.
        description: Paragraphs, separated by empty lines; may be empty.
    """

    name: str
    title: str
    description: str = ""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The paragraphs of the description, each on one line."""
        found = (" ".join(each.split()) for each in self.description.split("\n\n"))
        return tuple(filter(None, found))


class OpenLists:
    """
    The lists that anybody may join, in the order of the configuration.

    Args:
        titles: The titles of all lists, also those that are not open, by name.
    """

    def __init__(self, lists: tuple[OpenList, ...], *, titles: Mapping[str, str]) -> None:
        self.lists = lists
        self._titles = titles

    def find(self, name: str) -> OpenList | None:
        """Return the list *name*; None if not anybody may join it."""
        return next((each for each in self.lists if each.name == name), None)

    def get_title(self, name: str) -> str:
        """Return how visitors read the name of the list *name*."""
        return self._titles.get(name) or name
