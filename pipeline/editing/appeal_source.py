"""Choose between the appeal of the configuration and one found in the article, and say what is left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pipeline.config import AppealContentTable, AppealTable
from pipeline.editing.appeal_positions import build_configured_appeals
from pipeline.models.article import (
    Article,
    Block,
    Break,
    Dropped,
    FoundAppeal,
    Heading,
    Image,
    Link,
    List,
    LoadWarning,
    Paragraph,
    Text,
)
from pipeline.models.article_text import plain_text
from pipeline.models.issue import Appeal
from pipeline.models.publication import Publication
from pipeline.models.tree import walk


@dataclass(frozen=True, kw_only=True, slots=True)
class ChosenAppeals:
    """
    The appeals of an issue, and what became of the others.

    Args:
        dropped: The text of an appeal that another one replaces.
        warnings: What the editor should know about the choice.
    """

    appeals: tuple[Appeal, ...]
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[LoadWarning, ...] = ()


def choose_appeals(
    article: Article, publication: Publication, table: AppealTable | None
) -> ChosenAppeals:
    """
    Return the appeals of an issue.

    By default an appeal found in the article is used: as it is without `[appeal]`, and above the buttons of an
    `[appeal]` that has no text of its own or nowhere to lead. Only a complete `[appeal]` replaces it. `source` decides
    otherwise.

    Raises:
        ConfigError: The configured appeal is invalid.
    """
    found = _get_blocks(article.appeal) if article.appeal else ()
    muted = (Appeal(blocks=found, is_muted=True),) if found else ()
    if table is None:
        foreign = _find_foreign_links(found, article, publication, None)
        return ChosenAppeals(appeals=muted, warnings=foreign)
    source = _choose_source(table) if found else "config"
    if source == "config":
        replaced = _report_replaced(
            plain_text(found),
            "The appeal in the article is left out; readers see that of [appeal].",
        )
        return replace(replaced, appeals=build_configured_appeals(table, publication, ()))
    foreign = _find_foreign_links(found, article, publication, table)
    if source == "both":
        configured = build_configured_appeals(table, publication, ())
        return ChosenAppeals(appeals=configured + muted, warnings=foreign)
    replaced = _report_replaced(
        _get_text(table),
        "The text of [appeal] is left out; readers see the appeal in the article"
        + ("." if _has_url(table) else ", because [appeal] has no url."),
    )
    return ChosenAppeals(
        appeals=build_configured_appeals(table, publication, found),
        dropped=replaced.dropped,
        warnings=(*replaced.warnings, *foreign),
    )


#: In words: the longest opening line that is shown as a heading.
_MAX_HEADING = 8


def _get_blocks(appeal: FoundAppeal) -> tuple[Block, ...]:
    """Return the blocks of *appeal*: its opening line as a heading, and an ellipsis where it is cut off."""
    blocks = appeal.blocks
    if appeal.truncated:
        *others, last = blocks
        blocks = (*others, _add_ellipsis(last))
    first, *rest = blocks
    if rest and isinstance(first, Paragraph) and _is_heading(first, rest[0]):
        return (Heading(level=2, inlines=first.inlines), *rest)
    return blocks


def _is_heading(first: Paragraph, after: Block) -> bool:
    """Whether the first paragraph is a line above the text: "SUPPORT this paper."."""
    text = plain_text(first)
    is_line = len(text.split()) <= _MAX_HEADING and not text.rstrip().endswith((",", ":", "…"))
    has_only_text = not any(isinstance(node, Link | Break | Image) for node in walk(first))
    is_longer = isinstance(after, Paragraph) and len(plain_text(after).split()) > _MAX_HEADING
    return is_line and has_only_text and is_longer


def _add_ellipsis(block: Block) -> Block:
    if isinstance(block, Paragraph):
        if plain_text(block).rstrip().endswith(("…", "...")):
            return block
        return replace(block, inlines=(*block.inlines, Text(text="…")))
    if isinstance(block, List) and block.items and block.items[-1]:
        *items, (*others, last) = block.items
        return replace(block, items=(*items, (*others, _add_ellipsis(last))))
    return block


def _choose_source(table: AppealTable) -> str:
    if table.source != "auto":
        return table.source
    return "config" if _get_text(table) and _has_url(table) else "article"


def _list_contents(table: AppealTable) -> tuple[AppealContentTable, ...]:
    return (table, *table.positions, *table.variants)


def _has_url(table: AppealTable) -> bool:
    return any(content.url for content in _list_contents(table))


def _get_text(table: AppealTable) -> str:
    """Return the heading, text and bullets of *table*, of its first position or variant that has any."""
    for content in _list_contents(table):
        lines = (content.heading, content.text, *content.bullets)
        if text := "\n".join(filter(None, map(str.strip, lines))):
            return text
    return ""


def _report_replaced(text: str, message: str) -> ChosenAppeals:
    """Report *text* as left out, if there is any."""
    line = " ".join(text.split())
    if not line:
        return ChosenAppeals(appeals=())
    excerpt = line if len(line) <= 60 else f"{line[:60].rstrip()}…"
    message += (
        f' It begins “{excerpt}”. Choose with [appeal] source: "article", "config" or "both".'
    )
    return ChosenAppeals(
        appeals=(),
        dropped=(Dropped(reason="appeal.replaced", text=text.strip()),),
        warnings=(LoadWarning(code="appeal.replaced", message=message),),
    )


def _find_foreign_links(
    blocks: tuple[Block, ...],
    article: Article,
    publication: Publication,
    table: AppealTable | None,
) -> tuple[LoadWarning, ...]:
    """Warn of links in an appeal found in the article that lead to neither the publication nor the configured page."""
    urls = [publication.website, publication.unsubscribe_url, article.canonical_url]
    urls += [content.url for content in _list_contents(table)] if table else []
    own = {host for url in urls if url and (host := _get_host(url))}
    own |= {
        address.domain.lower() for address in (publication.sender, publication.reply_to) if address
    }
    hosts = dict.fromkeys(
        host
        for node in walk(blocks)
        if isinstance(node, Link) and (host := _get_host(node.href)) and not _is_in(host, own)
    )
    if not hosts:
        return ()
    message = (
        f"The appeal in the article links to {', '.join(hosts)}, which is neither your site nor that of [appeal] url: "
        "gifts may go to somebody else. Correct the link, or set [publication] website or [appeal] url if the site is "
        "yours."
    )
    return (LoadWarning(code="appeal.foreign-link", message=message),)


def _get_host(url: str) -> str:
    """Return the host of a web address without `www.`, "" for any other address."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    is_web = parts.scheme.lower() in ("http", "https")
    return host.lower().removeprefix("www.").rstrip(".") if is_web else ""


def _is_in(host: str, own: set[str]) -> bool:
    """Whether *host* is one of *own*, or one belongs to the other: give.tern.example and tern.example."""
    return any(
        host == each
        or host.endswith(f".{each}")
        or (each.count(".") > 1 and each.endswith(f".{host}"))
        for each in own
    )
