"""Place the pictures, recordings and files that an entry names beside its text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from pipeline.loaders.feed.author_names import find_mailboxes, read_author_name
from pipeline.loaders.feed.parsed_feed import Attachment, AttachmentKind
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.safe_urls import resolve_web_url
from pipeline.models.article import Embed, Figure, Image, Link, Text
from pipeline.models.tree import walk

#: What image services add to the name of a file: `mill-300x200.jpg`, `mill-scaled.jpg`.
_SIZE = re.compile(r"-(?:\d{2,5}x\d{2,5}|scaled)(?=\.\w{2,5}$)")


def place_attachments(
    attachments: Sequence[Attachment], tree: object, base_url: str | None, report: LoadReport
) -> tuple[Figure | None, tuple[Embed, ...]]:
    """
    Return the lead image among *attachments*, and a link to each recording or file.

    What *tree*, the text of the entry, shows already is not repeated; it and further pictures are listed in *report*.
    """
    shown = {get_file_name(url) for url in _list_urls(tree)}
    images: list[tuple[str, Attachment]] = []
    embeds: list[Embed] = []
    for attachment in attachments:
        url = resolve_web_url(attachment.url, base_url)
        if url is None:
            report.drop_url(attachment.url, "picture or file of the entry")
            _drop_texts(attachment, report)
        elif get_file_name(url) in shown:
            report.drop("feed.attachment-repeated", attachment.url)
            _drop_texts(attachment, report)
        elif attachment.kind is AttachmentKind.IMAGE and url.startswith("https:"):
            images.append((url, attachment))
        elif attachment.kind is AttachmentKind.IMAGE:  # emails must not load images over http
            report.drop("feed.attachment", attachment.url)
            _drop_texts(attachment, report)
        else:
            shown.add(get_file_name(url))
            embeds.append(Embed(href=url, title=attachment.title or attachment.description or None))
            report.drop("feed.attachment", attachment.description if attachment.title else "")
            report.drop("feed.attachment", attachment.credit)
    lead = max(images, key=lambda pair: pair[1].width, default=None)
    for _, attachment in images:
        if lead is None or attachment is not lead[1]:
            report.drop("feed.attachment", attachment.url)
            _drop_texts(attachment, report)
    return (_to_figure(*lead, report) if lead else None), tuple(embeds)


def get_file_name(url: str) -> str:
    """Return the name of the file at *url*, without a size: image services change everything before it."""
    path = unquote(unquote(urlsplit(url).path)).rstrip("/")
    return _SIZE.sub("", path.rpartition("/")[2]).lower()


def _to_figure(url: str, image: Attachment, report: LoadReport) -> Figure:
    caption = image.description or image.title
    credit = read_author_name(image.credit)
    report.drop("feed.author-address", " ".join(find_mailboxes(image.credit)))
    report.add_changed_words("feed.author", [image.credit], [credit, *find_mailboxes(image.credit)])
    return Figure(
        src=url,
        alt=image.title or image.description,
        caption=(Text(text=caption),) if caption else (),
        credit=credit or None,
        width=image.width or None,
    )


def _list_urls(tree: object) -> list[str]:
    urls = []
    for node in walk(tree):
        match node:
            case Figure(src=str(src)) | Image(src=src):
                urls.append(src)
            case Embed(href=href) | Link(href=href):
                urls.append(href)
    return urls


def _drop_texts(attachment: Attachment, report: LoadReport) -> None:
    for text in (attachment.title, attachment.description, attachment.credit):
        report.drop("feed.attachment", text)
