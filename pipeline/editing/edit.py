"""From an article to an issue, and from a configuration to a publication."""

from __future__ import annotations

from dataclasses import replace

from pipeline.config import AppealTable, PublicationTable
from pipeline.editing.appeal_positions import appeals, foreign_links
from pipeline.errors import ConfigError
from pipeline.models.address import Address, parse_address
from pipeline.models.article import Article
from pipeline.models.issue import Issue, NoteAnchors
from pipeline.models.publication import Publication


def edit(
    article: Article,
    publication: Publication,
    table: AppealTable | None,
    *,
    subject: str | None,
    anchors: str,
) -> Issue:
    """
    Return the issue made of *article*; its subject is "" if nobody gave one and there is no title.

    Raises:
        ConfigError: The article's front matter asks for what is not done.
    """
    front = article.front_matter
    if front.has_attachments:
        raise ConfigError(
            f"{article.location}, front matter: attachments are not sent. Filters distrust them, and each would travel "
            "to every reader. Put the file on the web, link to it, and take the key out."
        )
    return Issue(
        article=replace(
            article, warnings=(*article.warnings, *foreign_links(article, publication, table))
        ),
        publication=publication,
        subject=subject or front.subject or article.title or "",
        preheader=front.preheader or article.subtitle or "",
        language=_language(article, publication),
        appeals=appeals(article, publication, table),
        note_anchors=NoteAnchors(anchors),
    )


def publication(table: PublicationTable) -> Publication:
    """Return the publication of a checked configuration."""
    return Publication(
        name=table.name,
        sender=_named(table),
        reply_to=parse_address(table.reply_to) if table.reply_to else None,
        postal_address=table.postal_address.strip(),
        website=table.website,
        language=table.language,
        timezone=table.timezone,
        unsubscribe=table.unsubscribe or _write_to_leave(table),
        unsubscribe_url=table.unsubscribe_url,
    )


def _named(table: PublicationTable) -> Address:
    address = parse_address(table.from_)
    return address if address.name else replace(address, name=table.name)


def _write_to_leave(table: PublicationTable) -> str:
    address = parse_address(table.reply_to or table.from_)
    return f"mailto:{address.email}?subject=unsubscribe"


def _language(article: Article, publication: Publication) -> str:
    from babel import Locale, UnknownLocaleError

    language = (article.language or "").replace("_", "-")
    try:
        Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return publication.language
    return language
