"""Build an issue from an article, and a publication from the configuration."""

from __future__ import annotations

from dataclasses import replace

from pipeline.config import AppealTable, PublicationTable
from pipeline.editing.appeal_source import choose_appeals
from pipeline.errors import ConfigError
from pipeline.models.address import Address, parse_address
from pipeline.models.article import Article
from pipeline.models.issue import Issue, NoteAnchors
from pipeline.models.publication import Publication


def edit(
    article: Article,
    publication: Publication,
    appeal: AppealTable | None,
    *,
    subject: str | None,
    anchors: str,
) -> Issue:
    """
    Return the issue made from *article*; its subject is "" if neither *subject* nor the article has one.

    Args:
        appeal: The `[appeal]` of the configuration, with the article's own keys.
        anchors: Where references lead, a value of `NoteAnchors`.

    Raises:
        ConfigError: The article's front matter lists attachments, or the appeal is invalid.
    """
    front_matter = article.front_matter
    if front_matter.has_attachments:
        raise ConfigError(
            f"{article.location}, front matter: attachments are not supported. Spam filters distrust them, and every "
            "recipient would get a copy. Put the file on the web, link to it, and remove the key."
        )
    chosen = choose_appeals(article, publication, appeal)
    return Issue(
        article=replace(
            article,
            dropped=(*article.dropped, *chosen.dropped),
            warnings=(*article.warnings, *chosen.warnings),
        ),
        publication=publication,
        subject=subject or front_matter.subject or article.title or "",
        preheader=front_matter.preheader or article.subtitle or "",
        language=_choose_language(article, publication),
        appeals=chosen.appeals,
        note_anchors=NoteAnchors(anchors),
    )


def build_publication(table: PublicationTable) -> Publication:
    """Return the publication of a validated configuration."""
    return Publication(
        name=table.name,
        sender=_build_sender(table),
        reply_to=parse_address(table.reply_to) if table.reply_to else None,
        postal_address=table.postal_address.strip(),
        website=table.website,
        language=table.language,
        timezone=table.timezone,
        unsubscribe=table.unsubscribe or _build_unsubscribe_url(table),
        unsubscribe_url=table.unsubscribe_url,
    )


def _build_sender(table: PublicationTable) -> Address:
    address = parse_address(table.from_)
    return address if address.name else replace(address, name=table.name)


def _build_unsubscribe_url(table: PublicationTable) -> str:
    address = parse_address(table.reply_to or table.from_)
    return f"mailto:{address.email}?subject=unsubscribe"


def _choose_language(article: Article, publication: Publication) -> str:
    from babel import Locale, UnknownLocaleError

    language = (article.language or "").replace("_", "-")
    try:
        Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return publication.language
    return language
