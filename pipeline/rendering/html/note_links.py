"""
Links between the references and the endnotes.

Email clients differ in what they can jump to (caniemail, html-anchor-links): some only to an empty `<a name>`, some
only to an `id`, some nowhere. So both are written, and every note can be read without a jump.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import Enum

from pipeline.markup import escape_html
from pipeline.models.article import NoteRef
from pipeline.models.issue import NoteAnchors
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.locales import RIGHT_TO_LEFT_MARK
from pipeline.rendering.safe_links import to_safe_url

#: The end of a reference that another one follows. With its space the numbers keep the order of the text around them;
#: "1,2" would be one left-to-right number.
BETWEEN_REFERENCES = ",\u00a0</sup>"


#: Keeps a reference on the line of its word (U+2060, word joiner; Unicode Standard Annex 14, class WJ).
_WORD_JOINER = "\u2060"
#: The arrow of a back link, with the selector that keeps clients from drawing it as an emoji.
_BACK = {"ltr": "\u21a9\ufe0e", "rtl": "\u21aa\ufe0e"}


class NoteForm(Enum):
    """Where references and notes are shown."""

    #: In an email, by `NoteAnchors`.
    EMAIL = "email"
    #: On a page: a link to the note, and a button that opens it beside the reference (HTML, popover attribute).
    PAGE = "page"
    #: In a note that is open beside its reference: a link only.
    POPOVER = "popover"
    #: In a feed: links to the page, in the form that feed readers show as popovers (`sup > a[href*="#fn"]`).
    FEED = "feed"


class NoteLinks:
    """
    The references and back links of one email, page or feed entry, counted as they are written.

    Args:
        references: Every reference that will be written, in any order.
        anchors: Where the references of an email lead; WEB needs *web_url*.
        web_url: Where the notes are on the web.

    Attributes:
        direction: Of the text that is being written.
    """

    def __init__(
        self,
        references: Iterable[NoteRef],
        *,
        anchors: NoteAnchors,
        web_url: str | None,
        translations: Translations,
        form: NoteForm = NoteForm.EMAIL,
    ) -> None:
        has_no_target = anchors is NoteAnchors.WEB and not web_url
        self._anchors = NoteAnchors.MAIL if has_no_target else anchors
        self._web_url = (web_url or "").partition("#")[0]
        self._form = form
        self._translations = translations
        self.direction = translations.direction
        self._total = Counter(reference.note for reference in references)
        self._written: Counter[int] = Counter()

    def format_reference(self, number: int) -> str:
        """Write a reference to the note *number*."""
        mark = _WORD_JOINER
        if self.direction == "rtl":
            mark += RIGHT_TO_LEFT_MARK
        self._written[number] += 1
        label = escape_html(self._translations.note.format(number=number))
        if self._form is not NoteForm.EMAIL:
            return mark + self._format_web_reference(number, label)
        if self._anchors is NoteAnchors.NONE:
            return f"{mark}<sup>{number}</sup>"
        if self._anchors is NoteAnchors.WEB:
            href = escape_html(to_safe_url(f"{self._web_url}#fn{number}") or "")
            link = f'<a href="{href}" role="doc-noteref" aria-label="{label}">{number}</a>'
            return f"{mark}<sup>{link}</sup>"
        name = _reference_id(number, self._written[number])
        return (
            f'{mark}<a name="{name}"></a><sup><a id="{name}" href="#fn{number}" role="doc-noteref"'
            f' aria-label="{label}">{number}</a></sup>'
        )

    def _format_web_reference(self, number: int, label: str) -> str:
        """
        Write a reference outside emails.

        The button lies over the link: it is for the pointer only. By keyboard and in a screen reader the link leads to
        the note, and its back link to where one was.
        """
        page = escape_html(self._web_url) if self._form is NoteForm.FEED else ""
        link = f'<a href="{page}#fn{number}" role="doc-noteref" aria-label="{label}">{number}</a>'
        if self._form is NoteForm.POPOVER:
            return f"<sup>{link}</sup>"
        name = _reference_id(number, self._written[number])
        if self._form is NoteForm.FEED:
            return f'<sup id="{name}">{link}</sup>'
        button = (
            f'<button type="button" popovertarget="note{number}" tabindex="-1" aria-hidden="true">'
            "</button>"
        )
        return f'<sup id="{name}" class="reference">{link}{button}</sup>'

    def format_web_link(self) -> str:
        """Write a link to the notes on the web, for clients that cannot jump; "" without a web version."""
        href = to_safe_url(self._web_url)
        if self._anchors is NoteAnchors.NONE or not href:
            return ""
        label = self._translations.format_html("notes_online")
        return f'<p><a class="back" href="{escape_html(href)}">{label}</a></p>\n'

    def format_back_links(self, number: int) -> str:
        """Write the back links from the note *number* to each of its references."""
        count = self._total[number]
        if self._anchors is not NoteAnchors.MAIL or not count:
            return ""
        return "".join(
            f" {self._format_back_link(number, index, is_only=count == 1)}"
            for index in range(1, count + 1)
        )

    def _format_back_link(self, number: int, index: int, *, is_only: bool) -> str:
        suffix = "" if is_only else _to_suffix(index, self._translations.alphabet)
        reference = f"{number} {suffix}".rstrip()  # apart: the name says what is seen, and no “6a”
        label = self._translations.back_to.format(reference=reference)
        page = escape_html(self._web_url) if self._form is NoteForm.FEED else ""
        arrow = f"{_BACK[self._translations.direction]}{escape_html(suffix)}"
        name, text = f' aria-label="{escape_html(label)}"', arrow
        if (
            self._form is NoteForm.PAGE
        ):  # WCAG 2.5.3: a label must have what is seen, and an arrow is no word
            name = ""
            text = f'<span class="hidden">{escape_html(label)}</span><span aria-hidden="true">{arrow}</span>'
        href = f"{page}#{_reference_id(number, index)}"
        return f'<a class="back jump" href="{href}" role="doc-backlink"{name}>{text}</a>'


def _reference_id(number: int, index: int) -> str:
    return f"fnref{number}" if index == 1 else f"fnref{number}-{index}"


def _to_suffix(count: int, alphabet: str) -> str:
    """Return a, b, … z, aa, ab, … for *count*, in the characters of *alphabet*."""
    suffix = ""
    while count:
        count, rest = divmod(count - 1, len(alphabet))
        suffix = alphabet[rest] + suffix
    return suffix
