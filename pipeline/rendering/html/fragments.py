"""Finished HTML passed through a template."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.markup import escape_html
from pipeline.models.edition import FieldContext
from pipeline.rendering.locales import isolate_html
from pipeline.rendering.placeholder_stash import PlaceholderStash
from pipeline.rendering.safe_links import to_safe_url


class HtmlFragment:
    """
    Finished HTML that MJML must not see: a template that prints it writes a placeholder.

    Templates can print it and test whether it is empty; filters would only see the placeholder.
    """

    __slots__ = ("_html", "_stash", "is_printed")

    def __init__(self, html: str, stash: Callable[[str], str]) -> None:
        self._html = html
        self._stash = stash
        self.is_printed = False

    def __str__(self) -> str:
        self.is_printed = True
        return self._stash(self._html)

    def __bool__(self) -> bool:
        return bool(self._html)


class FragmentBuilder:
    """
    Builds the fragments of one email or page.

    Args:
        direction: Of the email, `ltr` or `rtl`.
        finish: Returns what a template prints for finished HTML; default: a placeholder.
        language: Of the publication's own names, None if it is that of the email.
    """

    def __init__(
        self,
        stash: PlaceholderStash,
        direction: str,
        *,
        finish: Callable[[str], str] | None = None,
        language: str | None = None,
    ) -> None:
        self.stash = stash
        self.direction = direction
        self.language = language
        self._finish = finish or stash.stash_html

    def from_html(self, html: str) -> HtmlFragment:
        """Return *html* as a fragment."""
        return HtmlFragment(html, self._finish)

    def from_text(self, text: str) -> HtmlFragment:
        """Return *text*, which has no fields, escaped."""
        return self.from_html(escape_html(text))

    def from_name(self, text: str) -> HtmlFragment:
        """Return *text*, which has no fields, escaped and isolated from the text next to it, such as a date."""
        return self.from_html(isolate_html(text, self.direction, language=self.language))

    def from_url(self, url: str | None) -> HtmlFragment:
        """Return *url* for an attribute; empty without a safe one."""
        return self.from_html(escape_html(to_safe_url(url) or "") if url else "")

    def replace_fields(
        self, text: str, *, language: str | None = None, is_block: bool = False
    ) -> str:
        """
        Return the publication's own *text* as HTML, isolated, because an appeal may be in another language.

        Args:
            language: Of *text*, None if it is that of the email.
            is_block: It is all of a paragraph.
        """
        html = self.stash.replace_fields(text, escape_html, FieldContext.HTML_TEXT)
        return isolate_html(text, self.direction, html=html, language=language, is_block=is_block)
