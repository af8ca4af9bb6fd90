"""The content of an issue as a page or a feed shows it, at a given time and for nobody in particular."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from pipeline.markup import escape_html
from pipeline.models.article import Block
from pipeline.models.edition import Edition, Field, FieldContext, LiteralText, flatten
from pipeline.models.issue import Appeal, Issue, Position
from pipeline.models.issue_document import DocumentImage, IssueDocument
from pipeline.rendering.appeal.appeal_text import AppealFormatter, AppealText
from pipeline.rendering.appeal.placement import split_at_appeals
from pipeline.rendering.html.fragments import FragmentBuilder
from pipeline.rendering.html.inline_html import InlineHtmlWriter
from pipeline.rendering.html.note_links import NoteForm
from pipeline.rendering.images.email_image import EmailImage
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.placeholder_stash import PlaceholderStash
from pipeline.rendering.translations import load_translations
from pipeline.rendering.web.web_article import WebArticleWriter


@dataclass(frozen=True, kw_only=True, slots=True)
class ContentPart:
    """A run of the article as HTML, or the appeal after it."""

    html: str = ""
    appeal: AppealText | None = None


class IssueContent:
    """
    Writes the content of one issue, for nobody in particular: fields are their fallbacks, or nothing.

    Args:
        document: As stored with *edition*, or with a goal brought up to date.
        find_image: Returns the URL of the file with a Content-ID.
        page_url: Where feed entries link to.
        at: What is true of an appeal then is shown.
        catalogs: Folders of the project's own translations.
    """

    def __init__(
        self,
        document: IssueDocument,
        edition: Edition,
        *,
        form: NoteForm,
        find_image: Callable[[str], str],
        page_url: str,
        at: datetime,
        catalogs: Sequence[Path] = (),
    ) -> None:
        self.issue = document.to_issue(edition.publication, language=edition.language)
        self.form = form
        self._at = at
        self._stash = PlaceholderStash(edition.digest)
        self.translations: Translations = load_translations(
            edition.language, direction=edition.direction, folders=catalogs
        )
        self._page_url = page_url
        self.images = {image.src: _to_image(image, find_image) for image in document.images}
        self.article = self._create_writer(form)
        self.fragments = FragmentBuilder(self._stash, edition.direction, finish=self.fill)

    def _create_writer(self, form: NoteForm) -> WebArticleWriter:
        article, language = self.issue.article, self.issue.language
        inline = InlineHtmlWriter(
            blocks=_list_blocks(self.issue),
            notes=article.notes,
            stash=self._stash,
            translations=self.translations,
            images=self.images,
            has_fields=article.has_fields,
            base_url=article.canonical_url,
            web_url=self._page_url,
            direction=self.translations.direction,
            language=language,
            form=form,
        )
        return WebArticleWriter(inline)

    # Its parts, to be called in reading order: references are counted as they are written

    def write_lead_image(self) -> str:
        """Return the lead image as HTML, "" without one."""
        lead = self.issue.article.lead_image
        return self.fill(self.article.write_lead_image(lead)) if lead else ""

    def list_parts(self) -> Iterator[ContentPart]:
        """Yield the article and its appeals in reading order."""
        formatter = AppealFormatter.from_issue(self.issue, self.translations)
        for blocks, appeals in split_at_appeals(self.issue):
            if blocks:
                yield ContentPart(html=self.fill(self.article.write_blocks(blocks)))
            for appeal, position in appeals:
                if text := _choose_appeal(appeal, position, formatter, self._at):
                    if text.heading:
                        self.article.last_level = 2
                    yield ContentPart(appeal=text)

    def write_article(self) -> str:
        """Return the whole article without its appeals, which are not the same tomorrow, as HTML."""
        return self.fill(self.article.write_blocks(self.issue.article.blocks))

    def write_endnotes(self) -> str:
        """Return the notes as HTML, "" without any."""
        return self.fill(self.article.write_endnotes()) if self.issue.article.notes else ""

    def write_popovers(self) -> str:
        """Return each note to be opened beside its reference, "" without any."""
        if not self.issue.article.notes:
            return ""
        return self.fill(self._create_writer(NoteForm.POPOVER).write_popovers())

    # Texts

    def write_text(self, text: str) -> str:
        """Return *text* of the article as HTML."""
        return self.fill(self.article.inline.write_text(text))

    def fill(self, html: str) -> str:
        """Return *html* with fields as their fallbacks."""
        pieces = flatten(self._stash.split(html))
        return "".join(
            each.text if isinstance(each, LiteralText) else _format_fallback(each)
            for each in pieces
        )


def _choose_appeal(
    appeal: Appeal, position: Position, formatter: AppealFormatter, at: datetime
) -> AppealText | None:
    """Return what *appeal* says at the time *at* to somebody of whom nothing is known, None for nothing."""
    if appeal.is_empty:
        return None
    if appeal.utm and appeal.utm.medium == "email":
        appeal = replace(appeal, utm=replace(appeal.utm, medium="web"))
    if appeal.deadline is not None and at >= appeal.deadline:
        return formatter.format_after_deadline(appeal)
    return formatter.format(appeal, position)


def _list_blocks(issue: Issue) -> tuple[Block, ...]:
    """Return all blocks that may be written, in reading order."""
    lead = (issue.article.lead_image,) if issue.article.lead_image else ()
    in_appeals = (
        block for appeal in issue.appeals for _ in appeal.positions for block in appeal.blocks
    )
    return (*lead, *issue.article.blocks, *in_appeals)


def _to_image(image: DocumentImage, find_image: Callable[[str], str]) -> EmailImage:
    url = find_image(image.url.removeprefix("cid:")) if image.url.startswith("cid:") else image.url
    width = image.width or 0
    return EmailImage(url=url, width=image.width, height=image.height, column_width=width)


def _format_fallback(field: Field) -> str:
    value = field.fallback or ""
    if field.context in (FieldContext.HTML_URL, FieldContext.TEXT_URL):
        return quote(value, safe="")
    return escape_html(value)
