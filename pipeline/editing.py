"""
Edit: from an article to an issue.

What the configuration says, what the article's author asks for and what the caller gives meet here; nothing is read
from the world.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pipeline.address import Address, parse_address
from pipeline.article import Article, Link, Warning, walk
from pipeline.config import AppealTable, PublicationTable
from pipeline.errors import ConfigError
from pipeline.issue import Appeal, AskAmount, Frequency, Issue, NoteAnchors, Position
from pipeline.publication import Publication


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
            f"{article.address}, front matter: attachments are not sent. Filters distrust them, and each would travel "
            "to every reader. Put the file on the web, link to it, and take the key out."
        )
    appeals = _appeals(article, publication, table)
    return Issue(
        article=replace(
            article, warnings=(*article.warnings, *_foreign_links(article, publication, table))
        ),
        publication=publication,
        subject=subject or front.subject or article.title or "",
        preheader=front.preheader or article.subtitle or "",
        language=_language(article, publication),
        appeals=appeals,
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


# The ask


def _appeals(
    article: Article, publication: Publication, table: AppealTable | None
) -> tuple[Appeal, ...]:
    """A configured appeal wins; one found in the text stands in for it, quietly, unless `source` says otherwise."""
    configured = _appeal(table, publication) if table else None
    found = article.appeal.blocks if article.appeal else ()
    if configured is None or table is None:
        return (Appeal(blocks=found, is_quiet=True),) if found else ()
    if not found or table.source == "config":
        return (configured,)
    in_its_words = replace(configured, heading="", text="", bullets=(), blocks=found)
    if table.source == "article":
        return (in_its_words,)
    quiet = Appeal(blocks=found, is_quiet=True)
    return (configured, quiet)


def _appeal(table: AppealTable, publication: Publication) -> Appeal:
    once = [_ask(amount, table.currency, Frequency.ONCE) for amount in table.amounts]
    monthly = [_ask(amount, table.currency, Frequency.MONTHLY) for amount in table.monthly]
    return Appeal(
        heading=table.heading,
        text=table.text.strip(),
        bullets=table.bullets,
        button=table.button,
        url=table.url,
        amounts=(*once, *monthly),
        currency=table.currency,
        refcode=table.refcode,
        match=table.match,
        deadline=_instant(table.deadline, publication.timezone),
        after_deadline=table.after_deadline.strip(),
        disclosure=table.disclosure.strip(),
        positions=tuple(map(_position, dict.fromkeys(table.position))),
    )


def _ask(amount: Decimal, currency: str, frequency: Frequency) -> AskAmount:
    from babel.numbers import get_currency_precision

    minor = amount.scaleb(get_currency_precision(currency))
    if minor != minor.to_integral():
        raise ConfigError(
            f"[appeal] amounts: {amount} is no amount of {currency}. Leave out the last digits."
        )
    return AskAmount(minor=int(minor), frequency=frequency)


def _position(written: str) -> Position:
    if written == "end":
        return Position()
    return Position(after=0 if written == "start" else int(written.removeprefix("after:")))


def _instant(deadline: date | datetime | None, timezone: str) -> datetime | None:
    """Return the first instant after *deadline*: a day ends at its last midnight, local to the publication."""
    if deadline is None:
        return None
    zone = ZoneInfo(timezone)
    if not isinstance(deadline, datetime):
        return datetime.combine(deadline + timedelta(days=1), time(), tzinfo=zone)
    return deadline if deadline.tzinfo else deadline.replace(tzinfo=zone)


def _foreign_links(
    article: Article, publication: Publication, table: AppealTable | None
) -> list[Warning]:
    """Warn of donation links in a found appeal that lead to somebody else."""
    if article.appeal is None:
        return []
    own = {
        _host(url)
        for url in (publication.website, article.canonical_url, table.url if table else None)
        if url
    }
    hosts = {
        _host(node.href)
        for node in walk(article.appeal.blocks)
        if isinstance(node, Link) and node.href.startswith(("http:", "https:"))
    }
    return [
        Warning(
            code="appeal.foreign-link",
            message=f"The appeal in the article links to {host}, which is neither the publication's nor the appeal's.",
        )
        for host in sorted(hosts - own)
    ]


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
