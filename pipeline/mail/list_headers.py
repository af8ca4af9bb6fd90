"""
Headers that say which list a mail belongs to and how to leave it (RFC 2369, RFC 2919, RFC 8058).

They are folded at commas only and hold no encoded-words: receivers read their URLs octet by octet.
"""

from __future__ import annotations

import re

from pipeline.errors import ComposeError
from pipeline.mail.field_values import clean, percent_encoded
from pipeline.mail.headers import LINE_CHARACTERS, ascii_phrase, field
from pipeline.models.edition import Edition
from pipeline.models.publication import Publication

_TOKEN = "{token}"
_LIST_ID = re.compile(r"(?=.{1,255}\Z)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")  # RFC 2919 §2
_URL = re.compile(r"(?:https://[^/]|mailto:)[!#-;=?-~]+")  # no space, quote or angle bracket
URL_CHARACTERS = 960  # with the header's name its line stays under 998 (RFC 5322 §2.1.1)


def list_id(edition: Edition) -> bytes:
    """
    Return List-Id, with the publication's name if that is ASCII and fits on a line.

    Raises:
        ComposeError: The id is none.
    """
    if not _LIST_ID.fullmatch(edition.list_id):
        raise ComposeError(
            f"{edition.list_id!r} is not a list id (RFC 2919). Write it as news.example.org."
        )
    identifier = f"<{edition.list_id}>".encode()
    name = clean(edition.publication.name).strip()
    phrase = ascii_phrase(name, room=LINE_CHARACTERS - len("List-Id:  ") - len(identifier))
    return field("List-Id", phrase + b" " + identifier if phrase else identifier)


def unsubscribe_urls(publication: Publication) -> tuple[str, ...]:
    """
    Return the URLs for leaving, which may hold `{token}`: https first, since some programs read only the first.

    Raises:
        ComposeError: One of them cannot stand in a header.
    """
    wanted = ((publication.unsubscribe_url, "https://"), (publication.unsubscribe, "mailto:"))
    return tuple(_checked(url, scheme) for url, scheme in wanted if url)


def list_unsubscribe(urls: tuple[str, ...], token: str, *, is_signed: bool) -> bytes:
    """
    Return List-Unsubscribe, and List-Unsubscribe-Post where it may stand; nothing if there is no URL for this reader.

    Args:
        urls: As `unsubscribe_urls()` returns them; one with `{token}` is left out for a reader without a token.
        is_signed: Whether a DKIM signature will cover both fields.

    Raises:
        ComposeError: A URL is too long for a line.
    """
    ours = [f"<{_with_token(url, token)}>" for url in urls if token or _TOKEN not in url]
    if not ours:
        return b""
    if len(max(ours, key=len)) > URL_CHARACTERS:
        raise ComposeError(
            f"The address for leaving is longer than {URL_CHARACTERS} characters, too long for a line of a header. "
            "Shorten unsubscribe_url or the token."
        )
    on_one_line = ", ".join(ours)
    fits = len("List-Unsubscribe: ") + len(on_one_line) <= LINE_CHARACTERS
    found = field("List-Unsubscribe", (on_one_line if fits else ",\r\n ".join(ours)).encode())
    if not is_one_click(urls, token, is_signed=is_signed):
        return found
    return found + field("List-Unsubscribe-Post", b"List-Unsubscribe=One-Click")


def is_one_click(urls: tuple[str, ...], token: str, *, is_signed: bool) -> bool:
    """
    Whether a receiver may unsubscribe this reader by one POST (RFC 8058 §3.1 and §4).

    It takes an https URL that names the reader by a token nobody can guess, and a DKIM signature over both fields.
    """
    names_reader = any(url.startswith("https://") and _TOKEN in url for url in urls)
    return is_signed and bool(token) and names_reader


def _with_token(url: str, token: str) -> str:
    return url.replace(_TOKEN, percent_encoded(token))


def _checked(url: str, scheme: str) -> str:
    if url.startswith(scheme) and _URL.fullmatch(url):
        return url.replace(
            ",", "%2C"
        )  # a comma would end the URL for those who split before they parse
    raise ComposeError(
        f"{url!r} cannot stand in List-Unsubscribe: it must begin with {scheme} and be ASCII, without spaces, quotes "
        "and angle brackets. Write an international host as xn--… and percent-encode the rest."
    )
