"""Build an issue from an article, and a publication from the configuration."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from pipeline.config import AppealTable, PublicationTable
from pipeline.editing.appeal_source import choose_appeals
from pipeline.editing.preheader import choose_preheader
from pipeline.errors import ConfigError
from pipeline.markup import remove_invisible, slugify
from pipeline.models.address import Address, parse_address
from pipeline.models.article import Article
from pipeline.models.article_text import plain_text
from pipeline.models.issue import Issue, NoteAnchors
from pipeline.models.publication import Publication
from pipeline.models.reference_code import identify_issue
from pipeline.no_reply import refuses_replies


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
    identity = identify_issue(article)
    return Issue(
        article=replace(
            article,
            dropped=(*article.dropped, *chosen.dropped),
            warnings=(*article.warnings, *chosen.warnings),
        ),
        publication=publication,
        subject=remove_invisible(subject or front_matter.subject or article.title or ""),
        preheader=choose_preheader(article),
        language=_choose_language(article, publication),
        appeals=chosen.appeals,
        identity=identity,
        slug="-".join(filter(None, (slugify(article.title or ""), identity.code))) or "issue",
        note_anchors=NoteAnchors(anchors),
    )


def build_publication(
    table: PublicationTable,
    *,
    inbound_address: str | None = None,
    archive_url: str | None = None,
    has_open_lists: bool = False,
) -> Publication:
    """
    Return the publication of a validated configuration.

    A mailbox that nobody named for it, and so perhaps nobody reads, is used only where there is no URL.

    Args:
        inbound_address: Where `handbill inbound` reads what arrives, for every token after a +.
        archive_url: Where everybody finds the issues that were sent, None without such a place.
        has_open_lists: Whether people can subscribe with the public service.
    """
    unsubscribe_url = table.unsubscribe_url
    if unsubscribe_url is None and table.public_url:
        unsubscribe_url = f"{table.public_url}/u/{{token}}"
    subscribe_url = table.subscribe_url
    if subscribe_url is None and table.public_url and has_open_lists:
        subscribe_url = f"{table.public_url}/subscribe"
    welcomes_replies = table.welcomes_replies
    if welcomes_replies is None:
        welcomes_replies = not refuses_replies(table.reply_to or table.from_)
    return Publication(
        name=table.name,
        sender=_build_sender(table),
        reply_to=parse_address(table.reply_to) if table.reply_to else None,
        postal_address=table.postal_address.strip(),
        website=table.website,
        past_issues=table.past_issues or archive_url,
        subscribe_url=subscribe_url,
        welcomes_replies=welcomes_replies,
        language=table.language,
        timezone=table.timezone,
        public_url=table.public_url,
        unsubscribe=table.unsubscribe
        or _build_token_mailto(inbound_address)
        or (None if unsubscribe_url else _build_mailto(table)),
        unsubscribe_by_hand=table.unsubscribe_by_hand,
        unsubscribe_url=unsubscribe_url,
    )


def _build_sender(table: PublicationTable) -> Address:
    address = parse_address(table.from_)
    return address if address.name else replace(address, name=table.name)


def _build_token_mailto(address: str | None) -> str | None:
    if address is None:
        return None
    local, _, domain = parse_address(address).email.rpartition("@")
    return f"mailto:{local}+{{token}}@{domain}?subject=unsubscribe"


def _build_mailto(table: PublicationTable) -> str:
    address = parse_address(table.reply_to or table.from_)
    return f"mailto:{address.email}?subject=unsubscribe"


def _choose_language(article: Article, publication: Publication) -> str:
    """
    Return the article's language, in the publication's region, else the publication's.

    Text never gets a language that is written in the other direction.
    """
    from babel import Locale, UnknownLocaleError

    language = (article.language or "").replace("_", "-")
    try:
        Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return _find_script_language(article, publication) or publication.language
    is_regional = publication.language.lower().startswith(f"{language.lower()}-")
    return publication.language if is_regional else language


def _find_script_language(article: Article, publication: Publication) -> str | None:
    """
    Return a language written in the direction of *article* if most of it runs against the publication's, else None.

    Of a text from left to right nothing is known but that; English stands for all of them.
    """
    from babel import Locale

    text = f"{article.title or ''} {plain_text(article.blocks)}"
    letters = sum(map(str.isalpha, text))
    own = Locale.parse(publication.language, sep="-")
    if own.text_direction == "rtl":
        left = sum(unicodedata.bidirectional(character) == "L" for character in text)
        return "en" if 2 * left > letters else None
    hebrew, arabic = len(_HEBREW.findall(text)), len(_ARABIC.findall(text))
    if 2 * (hebrew + arabic) <= letters:
        return None
    if hebrew > arabic:
        return "he"
    return next((tag for tag, marks in _ONLY_IN if marks.search(text)), "ar")


_HEBREW = re.compile("[\u05d0-\u05ea]")
_ARABIC = re.compile("[\u0620-\u06ff\u0750-\u077f]")
#: Characters that Arabic does not have: Urdu's retroflex ones first, since Urdu has those of Persian too.
_ONLY_IN = (("ur", re.compile("[ٹڈڑےں]")), ("fa", re.compile("[پچژگ]")))
