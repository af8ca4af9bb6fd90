"""
References and the ways back from the notes.

Mail programs differ in what they can jump to (caniemail, html-anchor-links): some only to an empty `<a name>`, some
only to an `id`, some nowhere. So both are there, and every note can be read without a jump.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipeline.markup import escape_html
from pipeline.models.article import NoteRef
from pipeline.models.issue import NoteAnchors
from pipeline.rendering.direction import RIGHT_TO_LEFT_MARK
from pipeline.rendering.interface_words import Words
from pipeline.rendering.safe_links import safe_href

#: The end of a reference that another one follows. With its space the numbers keep the order of the text around them;
#: "1,2" would be one number, from left to right.
BETWEEN_REFERENCES = ",\u00a0</sup>"


class References:
    """
    The references of one letter, counted as they are written.

    Args:
        cited: Every reference that will be written, in any order.
        anchors: Where references lead; without *base_url* the web version is not there to lead to.
    """

    def __init__(
        self,
        cited: Iterable[NoteRef],
        *,
        anchors: NoteAnchors,
        base_url: str | None,
        words: Words,
    ) -> None:
        is_nowhere = anchors is NoteAnchors.WEB and not base_url
        self._anchors = NoteAnchors.MAIL if is_nowhere else anchors
        self._page = (base_url or "").partition("#")[0]
        self._words = words
        self._cited = Counter(reference.note for reference in cited)
        self._written: Counter[int] = Counter()

    def reference(self, number: int) -> str:
        """Write one reference to the note *number*."""
        before = RIGHT_TO_LEFT_MARK if self._words.direction == "rtl" else ""
        return before + self._reference(number)

    def _reference(self, number: int) -> str:
        self._written[number] += 1
        label = escape_html(self._words.note.format(number=number))
        if self._anchors is NoteAnchors.NONE:
            return f"<sup>{number}</sup>"
        if self._anchors is NoteAnchors.WEB:
            href = escape_html(safe_href(f"{self._page}#fn{number}") or "")
            return (
                f'<sup><a href="{href}" role="doc-noteref" aria-label="{label}">{number}</a></sup>'
            )
        name = _name(number, self._written[number])
        return (
            f'<a name="{name}"></a><sup><a id="{name}" href="#fn{number}" role="doc-noteref"'
            f' aria-label="{label}">{number}</a></sup>'
        )

    def online(self) -> str:
        """Write the way to the notes on the web, for programs that cannot jump; nothing without a web version."""
        href = safe_href(self._page)
        if self._anchors is NoteAnchors.NONE or not href:
            return ""
        words = self._words.html("notes_online")
        return f'<p><a class="back" href="{escape_html(href)}">{words}</a></p>\n'

    def way_back(self, number: int) -> str:
        """Write the way back from the note *number* to each place it is cited from."""
        count = self._cited[number]
        if self._anchors is not NoteAnchors.MAIL or not count:
            return ""
        words = self._words.html("back")
        if count == 1:
            return f' <a class="back" href="#{_name(number, 1)}" role="doc-backlink">{words}</a>'
        links = " ".join(self._way_back_to(number, place) for place in range(1, count + 1))
        return f' <span class="back">{words}\u00a0</span>{links}'

    def _way_back_to(self, number: int, place: int) -> str:
        letters = _letters(place, self._words.letters)
        label = escape_html(self._words.back_to.format(place=letters))
        return (
            f'<a class="back" href="#{_name(number, place)}" role="doc-backlink"'
            f' aria-label="{label}">{escape_html(letters)}</a>'
        )


def _name(number: int, place: int) -> str:
    return f"fnref{number}" if place == 1 else f"fnref{number}-{place}"


def _letters(count: int, alphabet: str) -> str:
    """Return a, b, … z, aa, ab, … in the letters of *alphabet*."""
    letters = ""
    while count:
        count, rest = divmod(count - 1, len(alphabet))
        letters = alphabet[rest] + letters
    return letters
