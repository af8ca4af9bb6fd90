"""Finished HTML on its way through a template."""

from __future__ import annotations

from collections.abc import Callable


class Html:
    """
    Finished HTML that MJML must not see: printed, it becomes a stand-in.

    Templates print it and ask whether there is any; to change its words they would have to know its markup.
    """

    __slots__ = ("_hold", "_html", "is_printed")

    def __init__(self, html: str, hold: Callable[[str], str]) -> None:
        self._html = html
        self._hold = hold
        self.is_printed = False

    def __str__(self) -> str:
        self.is_printed = True
        return self._hold(self._html)

    def __bool__(self) -> bool:
        return bool(self._html)
