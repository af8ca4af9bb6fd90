"""
Render: from an issue to an edition, once for all its readers.

1. Pictures are looked at; local ones will travel in the message.
2. The article, its notes and its asks are written as HTML, fields and choices as stand-ins.
3. The theme's shell is compiled around them and the article's styles are inlined.
4. The text part is written from the same tree.
5. Both are cut into pieces at their fields and choices.
6. A letter that is too long is set again as the policy of its size says (`sizing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from pipeline.errors import RenderError
from pipeline.models.article import Article, Block
from pipeline.models.edition import Edition, FieldContext, InlineImage, Pieces
from pipeline.models.finding import Finding, Severity
from pipeline.models.issue import Issue
from pipeline.rendering.appeal import notices
from pipeline.rendering.article_html import Prose
from pipeline.rendering.direction import has_italics
from pipeline.rendering.images import Picture, collect
from pipeline.rendering.interface_words import Words, missing_words, words_of
from pipeline.rendering.layout import Layout
from pipeline.rendering.lines import one_line
from pipeline.rendering.logo import Logo, Shown, show
from pipeline.rendering.mjml import TOO_DEEP, compile_letter
from pipeline.rendering.shell_tokens import StandIns
from pipeline.rendering.size_policy import fit
from pipeline.rendering.template_context import Typesetter, may_hold_fields
from pipeline.rendering.text_part import text_letter
from pipeline.rendering.theme import Theme

__all__ = ["Logo", "Theme", "render"]


def render(
    issue: Issue,
    theme: Theme,
    *,
    read_image: Callable[[str], bytes] | None = None,
    catalogues: Sequence[Path] = (),
) -> Edition:
    """
    Return the edition of *issue*, set in *theme*. The same issue, theme and pictures give the same bytes.

    Args:
        read_image: Returns the bytes of a local picture by its `src`; by default any local picture is an error.
        catalogues: Folders of message catalogues, `de.po`, whose words win over the shipped ones.

    Raises:
        ThemeError: The theme cannot be used.
        RenderError: A picture cannot be read or shown, a catalogue cannot be used, or the article is nested too
            deeply.
    """
    try:
        return _render(issue, theme, read_image or _no_picture, catalogues)
    except RecursionError as error:
        raise RenderError(TOO_DEEP) from error


def _render(
    issue: Issue,
    theme: Theme,
    read_image: Callable[[str], bytes],
    catalogues: Sequence[Path],
) -> Edition:
    from babel import Locale, UnknownLocaleError

    try:
        direction = Locale.parse(issue.language.replace("-", "_")).text_direction
    except (UnknownLocaleError, ValueError) as error:
        raise RenderError(
            f'The language "{issue.language}" is not known. Write a tag like "en" or "pt-BR".'
        ) from error
    words = words_of(issue.language, direction=direction, folders=catalogues)
    return fit(
        issue,
        words,
        lambda fitted, layout: _set(fitted, theme, read_image, words, direction, layout),
    )


def _set(
    issue: Issue,
    theme: Theme,
    read_image: Callable[[str], bytes],
    words: Words,
    direction: str,
    layout: Layout,
) -> Edition:
    article, publication = issue.article, issue.publication
    stand_ins = StandIns(repr(issue))
    domain = publication.sender.domain
    shown = _shown(issue)
    pictures = collect(
        (shown, () if layout.notes_online else article.notes),
        read_image,
        measure=theme.tokens.measure_px,
        domain=domain,
    )
    prose = Prose(
        shown=shown,
        notes=article.notes,
        stand_ins=stand_ins,
        words=words,
        pictures=pictures,
        has_fields=article.has_fields,
        note_anchors=issue.note_anchors,
        base_url=article.canonical_url,
        direction=direction,
        has_italics=has_italics(issue.language),
        notes_online=layout.notes_online,
    )
    logo = show(theme.logo, measure=theme.tokens.measure_px, domain=domain) if theme.logo else None
    letter = Typesetter(
        issue=issue,
        prose=prose,
        stand_ins=stand_ins,
        words=words,
        direction=direction,
        lead_px=theme.tokens.lead_px,
        logo=logo,
        logo_alt=theme.logo.alt if theme.logo else "",
    ).letter()
    html = compile_letter(letter, theme, stand_ins, layout)
    return Edition(
        publication=publication,
        title=article.title or "",
        language=issue.language,
        direction=direction,
        subject=_subject(issue, stand_ins),
        html=stand_ins.split(html),
        text=stand_ins.split(text_letter(issue, stand_ins, words)),
        images=_images(pictures.values(), logo),
        list_id=f"handbill.{domain}",
        findings=tuple(
            dict.fromkeys(
                [
                    *_told(article),
                    *missing_words(issue.language, words),
                    *prose.findings,
                    *notices(issue),
                ]
            )
        ),
    )


def _images(pictures: Iterable[Picture], logo: Shown | None) -> tuple[InlineImage, ...]:
    """Return what travels in the message, each picture once."""
    inline = [picture.inline for picture in pictures if picture.inline]
    inline += logo.images if logo else ()
    return tuple({image.content_id: image for image in inline}.values())


def _shown(issue: Issue) -> tuple[Block, ...]:
    lead = (issue.article.lead_image,) if issue.article.lead_image else ()
    asked = (
        block
        for appeal in issue.appeals
        for _ in appeal.positions
        for one in (appeal, *(variant.appeal for variant in appeal.variants))
        for block in one.blocks
    )
    return (*lead, *issue.article.blocks, *asked)


def _subject(issue: Issue, stand_ins: StandIns) -> Pieces:
    has_fields = may_hold_fields(issue, issue.subject)
    line = one_line(issue.subject)
    return stand_ins.split(
        stand_ins.with_fields(line, str, FieldContext.HEADER, has_fields=has_fields)
    )


def _told(article: Article) -> Iterator[Finding]:
    """Yield what the loader warned of, as findings."""
    for warning in article.warnings:
        yield Finding(
            code=warning.code,
            severity=Severity.WARNING,
            where=article.location,
            message=warning.message,
            hint="Look at that place in the article; mend it there if it is not as you meant it.",
        )


def _no_picture(src: str) -> bytes:
    raise RenderError(f"{src}: local pictures need the article's file. Load it from its folder.")
