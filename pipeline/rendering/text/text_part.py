"""Write the text part: the whole email for recipients who read without HTML."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pipeline.markup import to_single_line
from pipeline.models.edition import ADDRESS_FIELD, FieldContext
from pipeline.models.issue import Issue
from pipeline.rendering.appeal.appeal_text import AppealFormatter
from pipeline.rendering.appeal.placement import order_variants, split_at_appeals
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.issue_values import (
    build_preferences_url,
    build_unsubscribe_url,
    can_have_fields,
)
from pipeline.rendering.locales import format_publication_date
from pipeline.rendering.placeholder_stash import PlaceholderStash
from pipeline.rendering.text.text_appeal import write_appeal
from pipeline.rendering.text.text_writer import TextWriter, has_bracketed_numbers


def write_text_part(
    issue: Issue,
    stash: PlaceholderStash,
    translations: Translations,
    missing_images: Collection[str] = (),
) -> str:
    """
    Return the text part, fields still as placeholders; every line ends in LF.

    Args:
        missing_images: Addresses of images that the HTML does not show either.
    """
    formatter = AppealFormatter.from_issue(issue, translations)
    writer = TextWriter(
        stash=stash,
        translations=translations,
        has_fields=issue.article.has_fields,
        base_url=issue.article.canonical_url,
        has_brackets=has_bracketed_numbers(issue.article),
        missing_images=missing_images,
    )
    lead_image = issue.article.lead_image
    parts = [
        _write_preheader(issue, writer),
        _write_header(issue, writer, translations),
        writer.write_blocks((lead_image,) if lead_image else ()),
    ]
    parts = [*map(_end_with_empty_line, parts)]
    for blocks, appeals in split_at_appeals(issue):
        parts.append(_end_with_empty_line(writer.write_blocks(blocks)))
        for appeal, position in appeals:
            parts += [
                item
                if isinstance(item, str)
                else _end_with_empty_line(write_appeal(item, writer, translations))
                for item in order_variants(appeal, position, formatter, stash)
            ]
    if notes := issue.article.notes:
        parts.append(_end_with_empty_line(writer.write_heading(translations.notes)))
        parts.append(_end_with_empty_line(writer.write_notes(notes)))
    return f"{''.join(parts)}{_write_footer(issue, writer, translations)}\n"


def _end_with_empty_line(text: str) -> str:
    """Return *text* and an empty line; an appeal that only some recipients see must bring its own."""
    return f"{text}\n\n" if text else ""


def _write_preheader(issue: Issue, writer: TextWriter) -> str:
    """Write the preheader; some clients show the first line of the text part in the inbox (K-9, GMX)."""
    has_fields = can_have_fields(issue, issue.preheader)
    line = to_single_line(issue.preheader)
    return writer.wrap(
        writer.stash.replace_fields(line, str, FieldContext.TEXT, has_fields=has_fields)
    )


def _write_header(issue: Issue, writer: TextWriter, translations: Translations) -> str:
    article = issue.article
    web_url = issue.web_url
    title = ""
    if article.title:
        title = writer.write_heading(writer.write_text(article.title), underline="=")
    date = format_publication_date(article.published, issue.language)
    byline = " · ".join(filter(None, (article.byline, date)))
    is_told = to_single_line(article.subtitle or "") == to_single_line(issue.preheader)
    lines = (
        writer.wrap(issue.publication.name),
        title,
        writer.wrap(writer.write_text("" if is_told else article.subtitle or "")),
        "\n".join(
            filter(
                None,
                (
                    writer.wrap(writer.write_text(byline)),
                    translations.add_label("read_online", web_url) if web_url else "",
                ),
            )
        ),
    )
    return "\n\n".join(filter(None, lines))


def _write_footer(issue: Issue, writer: TextWriter, translations: Translations) -> str:
    publication = issue.publication
    unsubscribe_url = build_unsubscribe_url(issue, writer.stash, FieldContext.TEXT_URL)
    preferences_url = build_preferences_url(issue, writer.stash, FieldContext.TEXT_URL)
    web_url = issue.web_url
    lines = [
        "-- ",
        writer.wrap(translations.format_text("subscription_reason", publication=publication.name)),
        writer.wrap(
            translations.format_text(
                "sent_to", address=writer.stash.add_field(ADDRESS_FIELD, None, FieldContext.TEXT)
            )
        ),
        translations.add_label("unsubscribe", unsubscribe_url) if unsubscribe_url else "",
        translations.add_label("preferences", preferences_url) if preferences_url else "",
        translations.add_label("read_online", web_url) if web_url else "",
        *_list_own_lines(issue, writer, translations),
    ]
    address = "\n".join(filter(None, map(str.strip, publication.postal_address.splitlines())))
    return "\n\n".join(filter(None, ("\n".join(filter(None, lines)), address)))


def _list_own_lines(issue: Issue, writer: TextWriter, translations: Translations) -> Iterator[str]:
    """Yield the lines of the footer that a publication asks for."""
    publication = issue.publication
    if publication.welcomes_replies:
        yield writer.wrap(translations.format_text("replies_welcome"))
    if publication.subscribe_url:
        yield writer.wrap(translations.format_text("forwarded"))
        yield translations.add_label("subscribe", publication.subscribe_url)
    if publication.past_issues:
        yield translations.add_label("past_issues", publication.past_issues)
