"""Make links of web addresses in running text, as GitHub does, and as plain text files have them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

_STOP = r"\s<>\"“”„«»‹›‘|\\^`{}\[\]⁰¹²³⁴-⁹"
_URL = re.compile(rf"(?<![\w@./])(?:https?://|www\.(?=\w))[^{_STOP}]{{3,}}", re.IGNORECASE)
_MORE = re.compile(rf"[^{_STOP}]*")
#: What ends a sentence or a bracket, not a URL.
_TAIL = ".,;:!?'’*_…~"


def link_bare_urls(state: StateCore) -> None:
    """Core rule: link the URLs in text that is not in a link."""
    for token in state.tokens:
        if token.type == "inline" and ("://" in token.content or "www." in token.content.lower()):
            token.children = list(_link(token.children or []))


def trim_url(text: str) -> str:
    """Return the URL that *text* begins with, without the punctuation after it."""
    url = text.rstrip(_TAIL)
    surplus = url.count(")") - url.count("(")
    while surplus > 0 and url.endswith(")"):
        url = url[:-1].rstrip(_TAIL)
        surplus -= 1
    return url


def _link(tokens: list[Token]) -> Iterator[Token]:
    depth = 0
    position = 0
    while position < len(tokens):
        token = tokens[position]
        position += 1
        tag = token.content[:3].lower() if token.type == "html_inline" else ""
        depth += (token.type == "link_open") - (token.type == "link_close")
        depth += (tag in {"<a ", "<a>"}) - (tag == "</a")
        if token.type != "text" or depth > 0:
            yield token
            continue
        end = 0
        for match in _URL.finditer(token.content):
            inside: list[Token] = [Token("text", "", 0, content=match[0])]
            if match.end() == len(token.content):
                position = _extend(tokens, position, inside)
            url = trim_url("".join(part.content for part in inside))
            if len(url) < len("www.x.y") or "." not in url:
                url = ""
            yield Token("text", "", 0, content=token.content[end : match.start()])
            yield from _build_link(url, inside)
            end = match.end()
        yield Token("text", "", 0, content=token.content[end:])


def _extend(tokens: list[Token], position: int, inside: list[Token]) -> int:
    """Add escaped characters of a URL, and what follows them, to *inside*; return the position after them."""
    while position < len(tokens) and _is_escaped(tokens[position]):
        inside.append(tokens[position])
        position += 1
        if position < len(tokens) and tokens[position].type == "text":
            more = _MORE.match(tokens[position].content)
            length = len(more[0]) if more else 0
            inside.append(Token("text", "", 0, content=tokens[position].content[:length]))
            rest = tokens[position].content[length:]
            tokens[position] = Token("text", "", 0, content=rest)
            if rest:
                break
            position += 1
    return position


def _is_escaped(token: Token) -> bool:
    return token.type == "text_special" and token.info == "escape" and token.content in "_~-.&=*#!+"


def _build_link(url: str, inside: list[Token]) -> Iterator[Token]:
    text = "".join(part.content for part in inside)
    if url:
        href = url if "://" in url[:9] else f"https://{url}"
        yield Token("link_open", "a", 1, attrs={"href": href}, markup="linkify")
        yield Token("text", "", 0, content=url)
        yield Token("link_close", "a", -1, markup="linkify")
    yield Token("text", "", 0, content=text[len(url) :])
