"""
List headers: which list a message belongs to and how to unsubscribe (RFC 2369, RFC 2919, RFC 8058).

They are folded at commas only and contain no encoded-words: mailbox providers read their URLs byte by byte.
"""

from __future__ import annotations

import re

from pipeline.errors import ComposeError
from pipeline.mail.field_values import clean_value, percent_encode
from pipeline.mail.headers.header_fields import LINE_CHARACTERS, format_ascii_phrase, format_field
from pipeline.models.edition import Edition
from pipeline.models.publication import Publication

MAX_URL_CHARACTERS = 960  # with the field name its line stays below 998 (RFC 5322 §2.1.1)

_TOKEN = "{token}"
_LIST_ID = re.compile(r"(?=.{1,255}\Z)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")  # RFC 2919 §2
_URL = re.compile(r"(?:https://[^/]|mailto:)[!#-;=?-~]+")  # no space, quote or angle bracket


def format_list_id(edition: Edition) -> bytes:
    """
    Return List-Id, with the publication's name if that is ASCII and fits on the line.

    Raises:
        ComposeError: The list id is invalid.
    """
    if not _LIST_ID.fullmatch(edition.list_id):
        raise ComposeError(
            f"{edition.list_id!r} is not a list id (RFC 2919). Write it as news.example.org."
        )
    identifier = f"<{edition.list_id}>".encode()
    name = clean_value(edition.publication.name).strip()
    limit = LINE_CHARACTERS - len("List-Id:  ") - len(identifier)
    phrase = format_ascii_phrase(name, max_characters=limit)
    return format_field("List-Id", phrase + b" " + identifier if phrase else identifier)


def list_unsubscribe_urls(publication: Publication) -> tuple[str, ...]:
    """
    Return the unsubscribe URLs, which may contain `{token}`: https first, since some clients read only the first.

    Raises:
        ComposeError: One of them cannot be written to a header.
    """
    urls = ((publication.unsubscribe_url, "https://"), (publication.unsubscribe, "mailto:"))
    return tuple(_check_url(url, scheme) for url, scheme in urls if url)


def has_token_place(url: str) -> bool:
    """Whether *url* is another for each recipient."""
    return _TOKEN in url


def format_list_unsubscribe(urls: tuple[str, ...], token: str, *, is_signed: bool) -> bytes:
    """
    Return List-Unsubscribe, and List-Unsubscribe-Post where it is allowed; b"" without a URL for this recipient.

    Args:
        urls: As `list_unsubscribe_urls()` returns them; those with `{token}` are skipped if *token* is empty.
        is_signed: Whether a DKIM signature will cover both fields.

    Raises:
        ComposeError: A URL is too long for a line.
    """
    filled = [
        f"<{url.replace(_TOKEN, percent_encode(token))}>"
        for url in urls
        if token or not has_token_place(url)
    ]
    if not filled:
        return b""
    if len(max(filled, key=len)) > MAX_URL_CHARACTERS:
        raise ComposeError(
            f"The unsubscribe URL is longer than {MAX_URL_CHARACTERS} characters, too long for a header. "
            "Shorten unsubscribe_url or the token."
        )
    one_line = ", ".join(filled)
    fits = len("List-Unsubscribe: ") + len(one_line) <= LINE_CHARACTERS
    value = one_line if fits else ",\r\n ".join(filled)
    header = format_field("List-Unsubscribe", value.encode())
    if supports_one_click(urls, token, is_signed=is_signed):
        header += format_field("List-Unsubscribe-Post", b"List-Unsubscribe=One-Click")
    return header


def supports_one_click(urls: tuple[str, ...], token: str, *, is_signed: bool) -> bool:
    """
    Whether a mailbox provider may unsubscribe this recipient with one POST (RFC 8058 §3.1 and §4).

    That takes an https URL with an unguessable token for the recipient, and a DKIM signature over both fields.
    """
    if not (is_signed and token):
        return False
    return any(url.startswith("https://") and has_token_place(url) for url in urls)


def _check_url(url: str, scheme: str) -> str:
    if url.startswith(scheme) and _URL.fullmatch(url):
        return url.replace(",", "%2C")  # some parsers split the field at commas first
    raise ComposeError(
        f"{url!r} cannot be used in List-Unsubscribe: it must start with {scheme} and be ASCII, without spaces, "
        "quotes and angle brackets. Write an international host as xn--… and percent-encode the rest."
    )
