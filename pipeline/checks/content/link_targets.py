"""Where links lead: malformed, unsafe, private and insecure URLs, tracking parameters, and missing anchors."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pipeline.checks.findings import error, join_first, shorten, warning
from pipeline.checks.html.html_part import HtmlPart, quote_context
from pipeline.models.finding import Finding
from pipeline.net.address_filter import check_public, parse_ip
from pipeline.tracking_parameters import is_tracking_parameter

_UNSAFE_SCHEMES = ("javascript", "vbscript", "data", "file", "blob", "about")
_LOCAL_HOST = re.compile(
    r"(.*\.)?(localhost|local|localdomain|internal|intranet|lan|corp|home\.arpa|test|invalid)"
)
_HOST = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.?"
)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNESCAPED = re.compile(r"[\s<>\"\\^`{|}]|[^\x21-\x7e]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")


def check_link_targets(part: HtmlPart) -> Iterator[Finding]:
    """Yield what is wrong with the URLs of links."""
    for link in part.links:
        yield from _check_url(link)
    yield from _check_insecure(part.links)
    website = part.variant.edition.publication.website
    yield from _check_tracking(part.links, own_host=get_host(website) if website else "")


def get_host(url: str) -> str:
    """Return the host of *url* in lower case and without `www.`, "" if it has none."""
    parts = _split(url)
    return ((parts.hostname if parts else "") or "").lower().removeprefix("www.")


def _check_url(link: Any) -> Iterator[Finding]:  # Any: lxml has no types
    href = link.get("href").strip()
    if href.startswith("#"):
        return  # see check_anchors()
    if problem := _find_syntax_error(href):
        yield error(
            code="link.malformed",
            where=quote_context(link),
            message=f"The link {problem}, so it does not work: {shorten(href) or '(empty)'}.",
            hint="Write the complete URL, https://….",
        )
        return
    scheme = href.partition(":")[0].lower()
    if scheme in _UNSAFE_SCHEMES:
        yield error(
            code="link.unsafe",
            where=quote_context(link),
            message=f"Email clients do not open {scheme}: links and may flag the message as dangerous.",
            hint="Link to a web page, https://….",
        )
    elif scheme in ("http", "https") and (kind := _describe_private(_split(href))):
        yield warning(
            code="link.private-host",
            where=quote_context(link),
            message=f"The link leads to {kind}, which readers cannot reach: {shorten(href)}.",
            hint="Write the public URL.",
        )


def _find_syntax_error(href: str) -> str | None:
    """Return what is wrong with the syntax of *href*, or None."""
    if not href:
        return "has no URL"
    if _UNESCAPED.search(href):
        return "contains an unescaped character"
    if _STRAY_PERCENT.search(href):
        return "contains a % that must be written as %25"
    scheme, colon, rest = href.partition(":")
    if not colon or not _SCHEME.fullmatch(scheme):
        return "is not a complete URL"
    if scheme.lower() == "mailto":
        has_address = re.match(r"[^@?]+@[^@?]+\.?[^@?]*", unquote(rest))
        return None if has_address else "has no email address"
    if scheme.lower() not in ("http", "https"):
        return None
    parts = _split(href)
    if parts is None or not parts.hostname:
        return "has no host"
    if parse_ip(parts.hostname) is None and not _HOST.fullmatch(parts.hostname.lower()):
        return "has an invalid host"
    return None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # raises ValueError if it is invalid
        return parts
    except ValueError:
        return None


def _describe_private(parts: SplitResult | None) -> str | None:
    host = (parts.hostname or "").lower() if parts else ""
    address = parse_ip(host)
    if address is not None:
        kind = check_public(address)
        return f"an address that is {kind}" if kind else None
    if "." not in host.rstrip(".") or _LOCAL_HOST.fullmatch(host.rstrip(".")):
        return "a host in a local network"
    return None


def _check_insecure(links: list[Any]) -> Iterator[Finding]:
    hrefs = dict.fromkeys(link.get("href") for link in links)
    insecure = [href for href in hrefs if href.lower().startswith("http:")]
    if insecure:
        yield warning(
            code="link.insecure",
            where=join_first([shorten(href) for href in insecure]),
            message="Anybody on the network can read and change an http: page, and browsers warn readers about it.",
            hint="Write https:// if the site supports it, as nearly all do.",
        )


def _check_tracking(links: list[Any], *, own_host: str) -> Iterator[Finding]:
    """Yield the tracking parameters by host; the publication may use them for its own site and appeals."""
    names_by_host: dict[str, list[str]] = {}
    for link in links:
        parts = _split(link.get("href"))
        if parts is None or not parts.query or parts.scheme not in ("http", "https"):
            continue
        host = get_host(link.get("href"))
        if host == own_host or _is_in_appeal(link):
            continue
        parameters = parse_qsl(parts.query, keep_blank_values=True)
        if names := [name for name, _ in parameters if is_tracking_parameter(name)]:
            names_by_host.setdefault(host, []).extend(names)
    for host, names in names_by_host.items():
        yield warning(
            code="link.tracking",
            where=f"links to {host}",
            message=f"The links contain tracking parameters by which others follow your readers: "
            f"{join_first(sorted(set(names)), limit=5)}.",
            hint="Remove them from the URL; it leads to the same page without them.",
        )


def _is_in_appeal(link: Any) -> bool:
    nodes = (link, *link.iterancestors("td", "div", "table"))
    classes = " ".join(node.get("class") or "" for node in nodes)
    return "appeal" in classes


def check_anchors(part: HtmlPart) -> Iterator[Finding]:
    """Yield references and links without a target, and anchors that occur twice."""
    document = part.document
    notes = set(document.xpath('//*[@role="doc-endnotes"]//li/@id'))
    for link in document.xpath('//a[@role="doc-noteref"][starts-with(@href, "#")]'):
        if link.get("href")[1:] not in notes:
            yield error(
                code="note.missing",
                where=quote_context(link),
                message=f"The note for reference {link.text_content()} does not exist: readers who tap it get nowhere.",
                hint="Write the note, or remove the reference.",
            )
    anchors = Counter(map(str, document.xpath("//@id")))
    for name, count in anchors.items():
        if count > 1:
            yield warning(
                code="anchor.duplicate",
                where=f"#{name}",
                message=f"{count} places have this anchor; links always lead to the first.",
                hint="Give the headings different anchors.",
            )
    for link in document.xpath('//a[starts-with(@href, "#")][not(@role="doc-noteref")]'):
        if unquote(link.get("href")[1:]) not in anchors:
            yield warning(
                code="anchor.missing",
                where=quote_context(link),
                message=f"The link to {link.get('href')} has no target in the newsletter, so nothing happens.",
                hint="Link to a heading of this article, or to a web page.",
            )
