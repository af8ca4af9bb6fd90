"""Links: where they lead, as far as the mail itself tells, and whether their words say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pipeline.checks.content.link_texts import VAGUE_LINK_TEXTS
from pipeline.checks.findings import error, join_first, shorten, warning
from pipeline.checks.html.html_part import HtmlPart, find_block, quote_context
from pipeline.models.finding import Finding
from pipeline.net.address_filter import check_public, parse_ip

#: What others add to an address to know who came from where; some of it names a reader.
_TRACKING = re.compile(
    r"utm_(source|medium|campaign|term|content|id)|fbclid|gclid|dclid|msclkid|yclid|twclid|ttclid|igshid|igsh|"
    r"mc_[ce]id|mkt_tok|_hsenc|_hsmi|vero_id|oly_(anon|enc)_id|s_cid|ck_subscriber_id|bxid|spm"
)
_UNSAFE = ("javascript", "vbscript", "data", "file", "blob", "about")
_LOCAL = re.compile(
    r"(.*\.)?(localhost|local|localdomain|internal|intranet|lan|corp|home\.arpa|test|invalid)"
)
_HOST = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.?"
)
#: Words that name a host: with a scheme or www, or with an ending that files do not have.
_NAMES_HOST = re.compile(
    r"(?:https?://|(?=www\.)|(?=\S+\.(?:com|org|net|edu|gov|int|info|eu|uk|de|fr|es|nl|it|ch|at|be|pt|br|jp|in|il)\b))"
    r"((?:[\w-]+\.)+[a-z]{2,24})(?:[/?#:]\S*)?"
)
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def check_links(page: HtmlPart) -> Iterator[Finding]:
    """Yield what is wrong with the links of a letter."""
    links = [link for link in page.document.iter("a") if link.get("href") is not None]
    for link in links:
        yield from _address(link)
        yield from _words(link)
    yield from _insecure(links)
    yield from _tracked(links, _own_hosts(page))
    yield from _ambiguous(links)
    yield from _without_underline(page, links)


# Where they lead


def _address(link: Any) -> Iterator[Finding]:  # Any: lxml has no types
    href = link.get("href").strip()
    if href.startswith("#"):
        return  # anchors are looked at by themselves
    if reason := _malformed(href):
        yield error(
            code="link.malformed",
            where=quote_context(link),
            message=f"The link {reason}: {shorten(href) or 'nothing'}.",
            hint="Write the whole address, https://….",
        )
        return
    scheme = href.partition(":")[0].lower()
    if scheme in _UNSAFE:
        yield error(
            code="link.unsafe",
            where=quote_context(link),
            message=f"The link is of a kind that no mail program follows: {scheme}.",
            hint="Link to a web page, https://….",
        )
    elif scheme in ("http", "https") and (kind := _private(_split(href))):
        yield warning(
            code="link.private-host",
            where=quote_context(link),
            message=f"The link leads to {kind}, which readers cannot reach: {shorten(href)}.",
            hint="Write the public address.",
        )


def _malformed(href: str) -> str | None:
    """Return what is wrong with the form of *href*, or nothing."""
    if not href:
        return "leads nowhere"
    if re.search(r"[\s<>\"\\^`{|}]|[^\x21-\x7e]", href):
        return "holds a sign that must be escaped"
    if _ESCAPE.search(href):
        return "holds a % that escapes nothing"
    scheme, colon, rest = href.partition(":")
    if not colon or not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        return "is no whole address"
    if scheme.lower() == "mailto":
        return None if re.match(r"[^@?]+@[^@?]+\.?[^@?]*", unquote(rest)) else "names no mailbox"
    if scheme.lower() not in ("http", "https"):
        return None
    parts = _split(href)
    if parts is None or not parts.hostname:
        return "names no host"
    if parse_ip(parts.hostname) is None and not _HOST.fullmatch(parts.hostname.lower()):
        return "names a host that cannot be"
    return None


def _split(href: str) -> SplitResult | None:
    try:
        parts = urlsplit(href)
        parts.port  # noqa: B018  # read to be checked
        return parts
    except ValueError:
        return None


def _private(parts: SplitResult | None) -> str | None:
    host = (parts.hostname or "").lower() if parts else ""
    address = parse_ip(host)
    if address is not None:
        kind = check_public(address)
        return f"an address that is {kind}" if kind else None
    if "." not in host.rstrip(".") or _LOCAL.fullmatch(host.rstrip(".")):
        return "a host of one network only"
    return None


def _insecure(links: list[Any]) -> Iterator[Finding]:
    found = list(
        dict.fromkeys(h for link in links if (h := link.get("href")).lower().startswith("http:"))
    )
    if found:
        yield warning(
            code="link.insecure",
            where=join_first([shorten(href) for href in found]),
            message="http: can be read and changed by anyone on the way; some mail programs warn of it.",
            hint="Write https:// where the site has it, as nearly all do.",
        )


def _own_hosts(page: HtmlPart) -> set[str]:
    """The publication's own host: it may count its readers' visits by what it adds itself."""
    website = page.variant.edition.publication.website
    return {_host(website)} if website else set()


def _tracked(links: list[Any], own: set[str]) -> Iterator[Finding]:
    found: dict[str, list[str]] = {}
    for link in links:
        parts = _split(link.get("href"))
        if parts is None or not parts.query or parts.scheme not in ("http", "https"):
            continue
        if _is_own(link, own):
            continue
        names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
        left = [name for name in names if _TRACKING.fullmatch(name.lower())]
        if left:
            found.setdefault(_host(link.get("href")), []).extend(left)
    for host, names in found.items():
        yield warning(
            code="link.tracking",
            where=f"links to {host}",
            message=f"They still hold what others added to follow readers: {join_first(sorted(set(names)), limit=5)}.",
            hint="Take it out of the address; what stays leads to the same page.",
        )


def _is_own(link: Any, own: set[str]) -> bool:
    """Whether a link is the publication's own: to its site, or one of its asks."""
    if _host(link.get("href")) in own:
        return True
    classes = " ".join(
        node.get("class") or "" for node in (link, *link.iterancestors("td", "div", "table"))
    )
    return "ask" in classes or "appeal" in classes


def _host(href: str) -> str:
    parts = _split(href)
    return ((parts.hostname if parts else "") or "").lower().removeprefix("www.")


# What they say


def said(link: Any) -> str:
    """Return the words of *link*, those for its pictures among them."""
    pictures = " ".join(filter(None, (picture.get("alt") for picture in link.iter("img"))))
    return " ".join(f"{link.text_content()} {pictures}".split())


def _is_reference(link: Any) -> bool:
    return link.get("role") in ("doc-noteref", "doc-backlink") or link.get("href", "").startswith(
        "#"
    )


def _words(link: Any) -> Iterator[Finding]:
    words = said(link)
    if not words and not (link.get("aria-label") or "").strip():
        if link.find(".//img") is None:  # a picture without words is told of by itself
            yield warning(
                code="link.empty-text",
                where=shorten(link.get("href")),
                message="Nobody can read where this link leads: it has no words.",
                hint="Give the link words.",
            )
    elif not _is_reference(link) and _is_generic(words):
        yield warning(
            code="link.generic-text",
            where=quote_context(link),
            message=f'"{shorten(words)}" does not say where the link leads; screen readers list links by their words.',
            hint="Link the words that name what is there.",
        )
    elif named := _other_host(link, words):
        yield warning(
            code="link.mismatch",
            where=quote_context(link),
            message=f"It says {shorten(named)} and leads to {_host(link.get('href'))}, as letters of swindlers do.",
            hint="Let the words name the host the link leads to.",
        )


def _other_host(link: Any, words: str) -> str | None:
    """Return the host that the words of *link* name, if it is not where it leads."""
    named = _NAMES_HOST.fullmatch(words)
    if named is None or not link.get("href").startswith("http"):
        return None
    return None if _is_same_site(named[1].lower(), _host(link.get("href"))) else named[1]


def _is_generic(words: str) -> bool:
    bare = re.sub(r"[^\w\s']+", " ", words.replace("’", "'"))
    return (
        " ".join(bare.split()).casefold() in VAGUE_LINK_TEXTS
        or _kept_marks(words) in VAGUE_LINK_TEXTS
    )


def _kept_marks(words: str) -> str:
    """Fold *words* of a script whose vowel signs are no letters to the pattern above."""
    return words.strip(" \t.,:;!?…›»→>←<«‹[]()。、").casefold()


def _is_same_site(one: str, other: str) -> bool:
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _ambiguous(links: list[Any]) -> Iterator[Finding]:
    """Yield words that lead to different pages; a query apart, which tells only where a reader came from."""
    targets: dict[str, dict[str, None]] = {}
    for link in links:
        words = said(link).casefold()
        if words and not _is_reference(link) and not _is_generic(words):
            targets.setdefault(words, {})[link.get("href").partition("?")[0].rstrip("/")] = None
    found = {words: list(pages) for words, pages in targets.items() if len(pages) > 1}
    for words, pages in list(found.items())[:1]:
        yield warning(
            code="link.same-text",
            where="links " + join_first([f'"{shorten(each)}"' for each in found]),
            message=f'Links that say "{shorten(words)}" lead to different pages: '
            f"{join_first([shorten(p) for p in pages])}.",
            hint="Let the words tell them apart.",
        )


def _without_underline(page: HtmlPart, links: list[Any]) -> Iterator[Finding]:
    found = [link for link in links if _stands_in_text(link) and _is_plain(page, link)]
    if found:
        yield warning(
            code="link.not-underlined",
            where=quote_context(found[0]),
            message=f"Links within the text are told by their colour alone ({len(found)} of them).",
            hint="Set text-decoration: underline for links in the theme.",
        )


def _stands_in_text(link: Any) -> bool:
    if link.getparent().tag == "sup" or not said(link):
        return False
    block = find_block(link)
    linked = {inner for other in block.iter("a") if other.get("href") for inner in other.iter()}
    around = [
        text
        for text in block.xpath(".//text()")
        if (text.getparent().getparent() if text.is_tail else text.getparent()) not in linked
    ]
    return re.search(r"\w{2}", "".join(around)) is not None


def _is_plain(page: HtmlPart, link: Any) -> bool:
    own = page.light.own(link)
    decoration = own.get("text-decoration", own.get("text-decoration-line", "underline"))
    is_bare = "underline" not in decoration and decoration not in ("inherit",)
    is_marked = own.get("border-bottom") or own.get("background-color") or own.get("background")
    inside = any(
        "underline" in page.light.own(node).get("text-decoration", "") for node in link.iter()
    )
    return is_bare and not is_marked and not inside
