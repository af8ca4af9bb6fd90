"""Turn cards that stand for a link, of Ghost, Notion, Substack or WordPress, into that link."""

from __future__ import annotations

import re

from lxml import etree

from pipeline.loaders.html import dom
from pipeline.loaders.html.dom import Element
from pipeline.loaders.shared.html_nodes.load_report import LoadReport

_CARD = re.compile(
    r"(?:^|\s)(?:kg-bookmark-card|kg-bookmark-container|bookmark|embedded-post|digest-post-embed|wp-block-bookmark"
    r"|link-preview|link-card|linkcard)(?:\s|$)"
)
_TITLE = re.compile(
    r"(?:^|\s)(?:kg-bookmark-title|bookmark-title|embedded-post-title|digest-post-title|link-preview-title|linkcard-title"
    r"|link-card-title)(?:\s|$)"
)


def replace_link_cards(body: Element, report: LoadReport) -> None:
    """Replace each card by a paragraph with its title as the link; its description and pictures are left out."""
    for card in list(body.iter("a", "div", "figure")):
        if card.getparent() is None or not _CARD.search(card.get("class") or ""):
            continue
        titles = (e for e in card.iter() if _TITLE.search(e.get("class") or ""))
        title = next(titles, None)
        links = card.iter("a")
        href = next((link.get("href") for link in links if link.get("href")), None)
        if title is None or not href or not dom.get_text(title) or _is_inside_replaced(card, body):
            continue
        text = dom.get_text(title)
        rest = dom.get_visible_text(card).replace(text, "", 1)
        report.add_changed_words("text.joined", map(str, title.itertext()), [text])
        report.drop("embed.card", rest)
        paragraph = etree.Element("p")
        link = etree.SubElement(paragraph, "a", href=href)
        link.text = text
        dom.detach(card).append(paragraph)


def _is_inside_replaced(card: Element, body: Element) -> bool:
    return card is not body and not any(ancestor is body for ancestor in card.iterancestors())
