"""
A notice: a short message of the public service, such as the question whether to subscribe, in the project's theme.

It has a title, a paragraph, a button, and what is below it. It has no appeal and no unsubscribe link: it is sent once,
because somebody asked for it. It does not print the address, which is what a visitor typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pipeline.markup import escape_html
from pipeline.models.article import Article
from pipeline.models.edition import Edition, LiteralText
from pipeline.models.issue import Issue
from pipeline.models.publication import Publication
from pipeline.rendering.html.article_html import ArticleHtmlWriter
from pipeline.rendering.html.fragments import FragmentBuilder
from pipeline.rendering.html.inline_html import InlineHtmlWriter
from pipeline.rendering.images.email_image import prepare_logo
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.placeholder_stash import PlaceholderStash
from pipeline.rendering.size_policy import RenderOptions
from pipeline.rendering.theme import Theme
from pipeline.rendering.theme.appeal_context import ButtonContext
from pipeline.rendering.theme.mjml import compile_email
from pipeline.rendering.theme.template_context import BodyPart, EmailContext, EmailContextBuilder


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """
    A notice; its texts are names of interface texts.

    Args:
        title: The subject too.
        url: Where the button leads.
        below: A paragraph below the button.
        link: The label of a link below that, to *link_url*.
        reason: Why the recipient gets it, in the footer.
        values: What the texts have in braces.
    """

    title: str
    detail: str
    button: str
    url: str
    below: str | None = None
    link: str | None = None
    link_url: str = ""
    reason: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)


def render_notice(
    notice: Notice,
    publication: Publication,
    theme: Theme,
    translations: Translations,
    *,
    language: str,
) -> Edition:
    """
    Return *notice* as an edition.

    Raises:
        ThemeError: The theme is invalid.
        RenderError: The logo cannot be shown.
    """
    publication = replace(
        publication,
        unsubscribe=None,
        unsubscribe_url=None,
        public_url=None,
        past_issues=None,
        subscribe_url=None,
    )
    text = _NoticeText(notice, translations)
    title = text.format_text(notice.title)
    issue = Issue(
        article=Article(title=title, language=language),
        publication=publication,
        subject=title,
        language=language,
    )
    stash = PlaceholderStash(repr((issue, notice)))
    inline = InlineHtmlWriter(
        blocks=(),
        notes=(),
        stash=stash,
        translations=translations,
        images={},
        has_fields=False,
        note_anchors=issue.note_anchors,
        base_url=None,
        direction=translations.direction,
    )
    tokens, domain = theme.tokens, publication.sender.domain
    logo = None
    if theme.logo:
        logo = prepare_logo(
            theme.logo, name=publication.name, column_width=tokens.text_width_px, domain=domain
        )
    builder = EmailContextBuilder(
        issue, ArticleHtmlWriter(inline), lead_image_px=tokens.lead_image_px, logo=logo
    )
    fragments = FragmentBuilder(stash, translations.direction)
    email = _add_parts(builder.build(), notice, text, fragments)
    html = compile_email(email, theme, stash, RenderOptions())
    return Edition(
        publication=publication,
        title=title,
        language=language,
        direction=translations.direction,
        subject=(LiteralText(text=title),),
        html=stash.split(html),
        text=(LiteralText(text=_write_text(notice, text, publication)),),
        images=tuple(logo.inline_images) if logo else (),
        list_id=f"handbill.{domain}",
    )


@dataclass(frozen=True, slots=True)
class _NoticeText:
    """The texts of a notice, each with the values that it has braces for."""

    notice: Notice
    translations: Translations

    def format_text(self, name: str) -> str:
        return self.translations.format_text(name, **self.notice.values)

    def format_html(self, name: str) -> str:
        return self.translations.format_html(name, **self.notice.values)


def _add_parts(
    email: EmailContext, notice: Notice, text: _NoticeText, fragments: FragmentBuilder
) -> EmailContext:
    button = ButtonContext(
        label=fragments.from_html(text.format_html(notice.button)),
        url=fragments.from_url(notice.url),
    )
    below = f"<p>{text.format_html(notice.below)}</p>" if notice.below else ""
    if notice.link:
        label = text.format_html(notice.link)
        below += f'<p><a href="{escape_html(notice.link_url)}">{label}</a></p>'
    parts = [
        BodyPart(article=fragments.from_html(f"<p>{text.format_html(notice.detail)}</p>")),
        BodyPart(button=button),
    ]
    if below:
        parts.append(BodyPart(article=fragments.from_html(below)))
    reason = text.format_html(notice.reason) if notice.reason else ""
    return replace(
        email,
        parts=tuple(parts),
        subscription_reason=fragments.from_html(reason),
        sent_to=fragments.from_html(""),
    )


def _write_text(notice: Notice, text: _NoticeText, publication: Publication) -> str:
    lines = [
        text.format_text(notice.title),
        text.format_text(notice.detail),
        f"{text.format_text(notice.button)}:\n{notice.url}",
        text.format_text(notice.below) if notice.below else "",
        f"{text.format_text(notice.link)}:\n{notice.link_url}" if notice.link else "",
        f"-- \n{publication.name}\n{publication.postal_address}".rstrip(),
        text.format_text(notice.reason) if notice.reason else "",
    ]
    return "\n\n".join(filter(None, lines)) + "\n"
