"""
Render: from an issue to an edition, once for all recipients.

1. Images are loaded and converted; local ones will be attached inline, and those that cannot be shown are left out.
2. The article, its notes and its appeals are written as HTML, with placeholders for fields and choices.
3. The theme's template is compiled around them, and the article's styles are inlined.
4. The text part is written from the same tree.
5. Both are split into pieces at their fields and choices.
6. An email that is too long is rendered again as its size policy says (`size_policy`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import RenderError
from pipeline.markup import remove_invisible
from pipeline.models.article import Article, Block
from pipeline.models.edition import Edition, FieldContext, InlineImage, Pieces
from pipeline.models.finding import Finding, Severity
from pipeline.models.issue import Issue
from pipeline.models.issue_document import DocumentImage, IssueDocument
from pipeline.rendering.appeal.appeal_findings import find_appeal_problems
from pipeline.rendering.appeal.button_codes import list_reference_codes
from pipeline.rendering.html.article_html import ArticleHtmlWriter
from pipeline.rendering.html.inline_html import InlineHtmlWriter
from pipeline.rendering.images.convert_image import ImageCache
from pipeline.rendering.images.email_image import (
    EmailImage,
    Logo,
    PreparedLogo,
    collect_images,
    prepare_logo,
)
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.issue_values import can_have_fields
from pipeline.rendering.locales import parse_locale
from pipeline.rendering.placeholder_stash import PlaceholderStash
from pipeline.rendering.size_policy import RenderOptions, render_within_limit
from pipeline.rendering.text.text_part import write_text_part
from pipeline.rendering.theme import Theme
from pipeline.rendering.theme.mjml import TOO_DEEP, compile_email
from pipeline.rendering.theme.template_context import EmailContextBuilder
from pipeline.rendering.translations import find_untranslated, load_translations
from pipeline.rendering.warning_hints import get_warning_hint

__all__ = ["Logo", "Theme", "render"]


def render(
    issue: Issue,
    theme: Theme,
    *,
    read_image: Callable[[str], bytes] | None = None,
    image_cache: ImageCache | None = None,
    catalogs: Sequence[Path] = (),
) -> Edition:
    """
    Return the edition of *issue*, rendered with *theme*. The same issue, theme and images give the same bytes.

    Args:
        read_image: Returns the bytes of a local image by its `src`; by default any local image is an error.
        image_cache: Keeps images that had to be scaled down or converted.
        catalogs: Folders of gettext catalogs, `de.po`, which override the shipped ones.

    Raises:
        ThemeError: The theme is invalid.
        RenderError: The logo cannot be shown, a catalog is invalid, or the article is nested too deeply.
    """
    try:
        direction = _get_direction(issue.language)
        translations = load_translations(issue.language, direction=direction, folders=catalogs)
        renderer = _Renderer(theme, read_image or _reject_local_image, translations, image_cache)
        return render_within_limit(issue, translations, renderer.render)
    except RecursionError as error:
        raise RenderError(TOO_DEEP) from error


def _get_direction(language: str) -> str:
    from babel import UnknownLocaleError

    try:
        return parse_locale(language).text_direction
    except (UnknownLocaleError, ValueError) as error:
        raise RenderError(
            f'The language "{language}" is unknown. Use a tag such as "en" or "pt-BR".'
        ) from error


@dataclass(frozen=True, slots=True)
class _Renderer:
    theme: Theme
    read_image: Callable[[str], bytes]
    translations: Translations
    image_cache: ImageCache | None = None

    def render(self, issue: Issue, options: RenderOptions) -> Edition:
        article, publication = issue.article, issue.publication
        tokens, domain = self.theme.tokens, publication.sender.domain
        stash = PlaceholderStash(repr(issue))
        blocks = _list_blocks(issue)
        notes = () if options.has_notes_online else article.notes
        collected = collect_images(
            (blocks, notes),
            self.read_image,
            column_width=tokens.text_width_px,
            domain=domain,
            lead=article.lead_image,
            lead_width=tokens.lead_image_px,
            cache=self.image_cache,
        )
        images = collected.images
        logo = None
        if self.theme.logo:
            logo = prepare_logo(
                self.theme.logo,
                name=publication.name,
                column_width=tokens.text_width_px,
                domain=domain,
            )
        inline = InlineHtmlWriter(
            blocks=blocks,
            notes=article.notes,
            stash=stash,
            translations=self.translations,
            images=images,
            has_fields=article.has_fields,
            note_anchors=issue.note_anchors,
            base_url=article.canonical_url,
            web_url=issue.web_url,
            direction=self.translations.direction,
            language=issue.language,
        )
        email = EmailContextBuilder(
            issue,
            ArticleHtmlWriter(
                inline,
                has_notes_online=options.has_notes_online,
                width_px=tokens.text_width_px,
                page_px=tokens.width_px,
            ),
            lead_image_px=tokens.lead_image_px,
            logo=logo,
        ).build()
        html = compile_email(email, self.theme, stash, options)
        findings = (
            *_find_draft(article),
            *_convert_warnings(article),
            *find_untranslated(issue.language, self.translations),
            *collected.findings,
            *inline.findings,
            *find_appeal_problems(issue),
        )
        document = IssueDocument.from_issue(issue, tuple(_list_document_images(images)))
        return Edition(
            publication=publication,
            title=article.title or "",
            language=issue.language,
            direction=self.translations.direction,
            subject=_render_subject(issue, stash),
            html=stash.split(html),
            text=stash.split(write_text_part(issue, stash, self.translations, collected.missing)),
            images=_list_inline_images(images.values(), logo),
            codes=tuple(list_reference_codes(issue)),
            list_id=f"handbill.{domain}",
            findings=tuple(dict.fromkeys(findings)),
            document=document.to_text(),
        )


def _list_document_images(images: Mapping[str, EmailImage]) -> Iterator[DocumentImage]:
    for src, image in images.items():
        yield DocumentImage(src=src, url=image.url, width=image.width, height=image.height)


def _list_inline_images(
    images: Iterable[EmailImage], logo: PreparedLogo | None
) -> tuple[InlineImage, ...]:
    """Return the images to attach, each once."""
    inline = [image.inline for image in images if image.inline]
    inline += logo.inline_images if logo else ()
    return tuple({image.content_id: image for image in inline}.values())


def _list_blocks(issue: Issue) -> tuple[Block, ...]:
    """Return all blocks of the article and of its appeals."""
    lead_image = (issue.article.lead_image,) if issue.article.lead_image else ()
    in_appeals = (
        block
        for appeal in issue.appeals
        for _ in appeal.positions
        for variant in (appeal, *(variant.appeal for variant in appeal.variants))
        for block in variant.blocks
    )
    return (*lead_image, *issue.article.blocks, *in_appeals)


def _render_subject(issue: Issue, stash: PlaceholderStash) -> Pieces:
    has_fields = can_have_fields(issue, issue.subject)
    line = remove_invisible(issue.subject)
    return stash.split(stash.replace_fields(line, str, FieldContext.HEADER, has_fields=has_fields))


def _find_draft(article: Article) -> Iterator[Finding]:
    if article.front_matter.is_draft:
        yield Finding(
            code="article.draft",
            severity=Severity.ERROR,
            where=article.location,
            message="The front matter says that the article is a draft.",
            hint="When it is ready, remove draft: true, published: false or status: draft.",
        )


def _convert_warnings(article: Article) -> Iterator[Finding]:
    """Yield the loader's warnings as findings."""
    for warning in article.warnings:
        yield Finding(
            code=warning.code,
            severity=Severity.WARNING,
            where=article.location,
            message=warning.message,
            hint=get_warning_hint(warning.code),
            line=warning.line,
        )


def _reject_local_image(src: str) -> bytes:
    raise RenderError(f"{src}: local images need the article's file. Load it from its folder.")
