"""
Ask the web after what a letter links to and shows: `handbill check --online`.

Politely: each address once, without reading pages; one request at a time for each host, and a pause between two; no
more than so many in all. Never an address by which somebody leaves the list. What is asked is guarded as fetching is
(`pipeline.net`): an article's links come from anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urlsplit

from pipeline.checks.content.image_quality import check_image_file, describe_image, read_width_px
from pipeline.checks.findings import join_first, note, shorten, warning
from pipeline.checks.html.html_part import HtmlPart
from pipeline.checks.variants import list_variants
from pipeline.models.edition import Edition
from pipeline.models.finding import Finding
from pipeline.net import body
from pipeline.net.client import REQUEST_ERRORS, Client, prepare, redirect_target
from pipeline.net.deadline import Deadline, Limits
from pipeline.net.transport import quiet_urllib3_logs

#: Answers of servers that let no programs in, or want a login: readers may see the page.
_DOUBTFUL = frozenset({401, 402, 403, 405, 406, 407, 408, 418, 421, 423, 425, 429, 451, 503, 999})
#: Answers to HEAD of servers that know only GET.
_ASK_AGAIN = frozenset({400, 403, 404, 405, 406, 410, 429, 500, 501, 502, 503})
_PERMANENT = frozenset({301, 308})
_PIECE = 64 * 1024
#: What one address may cost.
LIMITS = Limits(size_bytes=8 * 1024 * 1024, connect_s=10, read_s=15, total_s=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestLimits:
    """
    How the web is asked.

    Args:
        most: Addresses at most; of more, the first are asked after.
        pause_s: Between two requests to one host.
        hosts: Asked at the same time.
        wait: How a pause is made.
    """

    most: int = 200
    pause_s: float = 1.0
    hosts: int = 6
    wait: Callable[[float], None] = field(default=time.sleep)


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedUrl:
    """An address to ask after: a link's, or a picture's with how it is shown."""

    url: str
    where: str
    is_picture: bool = False
    width_px: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class UrlStatus:
    """
    What came of it.

    Args:
        status: The last one; null if there was none.
        reason: Why there was none.
        moved_to: Where it leads for good; null if it does not, or not only for good.
        content: The bytes of a picture.
    """

    status: int | None = None
    reason: str = ""
    moved_to: str | None = None
    content: bytes = b""


def check_online(
    edition: Edition, client: Client, manners: RequestLimits | None = None
) -> list[Finding]:
    """Return what the web says of the links and pictures of *edition*."""
    manners = manners or RequestLimits()
    asked = request_urls(edition, client, manners)
    findings = [finding for wanted, answer in asked for finding in check_url_status(wanted, answer)]
    left = list(list_urls(edition))[manners.most :]
    if left:
        findings.append(
            note(
                code="link.not-asked",
                where=join_first([shorten(each.url) for each in left]),
                message=f"{len(left)} addresses were not asked after; {manners.most} are enough.",
                hint="Open the rest in a browser.",
            )
        )
    return list(dict.fromkeys(findings))


def request_urls(
    edition: Edition, client: Client, manners: RequestLimits
) -> list[tuple[CheckedUrl, UrlStatus]]:
    """Ask the web after the links and pictures of *edition*; return them with what came of it, in their order."""
    asked = list(list_urls(edition))[: manners.most]
    found: dict[str, UrlStatus] = {}
    with quiet_urllib3_logs(), ThreadPoolExecutor(max_workers=manners.hosts) as pool:
        for some in pool.map(lambda group: _ask_host(group, client, manners), _by_host(asked)):
            found |= some
    return [(wanted, found[wanted.url]) for wanted in asked]


def list_urls(edition: Edition) -> Iterator[CheckedUrl]:
    """Yield every address that a letter links to or shows, in any wording, each once, without its fragment."""
    publication = edition.publication
    way_out = (publication.unsubscribe_url or "").partition("{")[0]
    seen = set()
    for variant in list_variants(edition):
        for wanted in _of_document(HtmlPart(variant=variant).document):
            is_web = urlsplit(wanted.url).scheme.lower() in ("http", "https")
            is_way_out = bool(way_out) and wanted.url.startswith(way_out)
            if is_web and not is_way_out and wanted.url not in seen:
                seen.add(wanted.url)
                yield wanted


def _of_document(document: Any) -> Iterator[CheckedUrl]:  # Any: lxml has no types
    for node in document.iter("img", "a"):
        if node.tag == "img":
            yield CheckedUrl(
                url=node.get("src") or "",
                where=describe_image(node),
                is_picture=True,
                width_px=read_width_px(node),
            )
        elif node.get("href"):
            words = shorten(node.text_content(), 40)
            url = urldefrag(node.get("href").strip()).url
            yield CheckedUrl(url=url, where=f'the link "{words}" to {shorten(url, 90)}')


def _by_host(wanted: Iterable[CheckedUrl]) -> list[list[CheckedUrl]]:
    groups: dict[str, list[CheckedUrl]] = {}
    for each in wanted:
        groups.setdefault(urlsplit(each.url).netloc.lower(), []).append(each)
    return list(groups.values())


def _ask_host(
    group: list[CheckedUrl], client: Client, manners: RequestLimits
) -> dict[str, UrlStatus]:
    request_urls: dict[str, UrlStatus] = {}
    for place, wanted in enumerate(group):
        if place:
            manners.wait(manners.pause_s)
        request_urls[wanted.url] = request_url(wanted, client, manners)
    return request_urls


def request_url(wanted: CheckedUrl, client: Client, manners: RequestLimits) -> UrlStatus:
    """Ask after one address: by HEAD, and by GET where that is not understood; a picture is read."""
    if wanted.is_picture:
        return _follow(wanted, "GET", client)
    answer = _follow(wanted, "HEAD", client)
    if answer.status is not None and answer.status not in _ASK_AGAIN:
        return answer
    if answer.status is None and not answer.reason.startswith("the connection broke off"):
        return answer
    manners.wait(manners.pause_s)
    return _follow(wanted, "GET", client)


def _follow(wanted: CheckedUrl, method: str, client: Client) -> UrlStatus:
    url, is_permanent = wanted.url, True
    with Deadline(client.limits.total_s) as deadline:
        try:
            with client.session(deadline, {"Accept": "*/*"}) as session:
                for hop in range(client.limits.redirects + 1):
                    request = prepare(session, url, method)
                    with client.send(session, request, deadline) as response:
                        leads_to = redirect_target(response)
                        if leads_to is None:
                            content = _content(response, wanted, client)
                            moved_to = url if hop and is_permanent else None
                            return UrlStatus(
                                status=response.status_code, moved_to=moved_to, content=content
                            )
                        is_permanent = is_permanent and response.status_code in _PERMANENT
                    url = leads_to
        except REQUEST_ERRORS as error:
            return UrlStatus(reason=client.explain(error, deadline))
    return UrlStatus(reason=f"it leads on more than {client.limits.redirects} times.")


def _content(response: Any, wanted: CheckedUrl, client: Client) -> bytes:
    if not wanted.is_picture or response.status_code != 200:
        return b""
    pieces = response.raw.stream(_PIECE, decode_content=False)
    coding = response.headers.get("content-encoding", "")
    return body.decompress(pieces, coding, client.limits.size_bytes)


# What is told


def check_url_status(wanted: CheckedUrl, answer: UrlStatus) -> Iterator[Finding]:
    """Yield what a person should know of *answer*, nothing if all is well."""
    if answer.status is None or (answer.status >= 400 and answer.status not in _DOUBTFUL):
        yield _unreachable(wanted, answer)
    elif answer.status in _DOUBTFUL:
        yield note(
            code="link.doubtful",
            where=wanted.where,
            message=f"The server answers {answer.status}: it lets no programs in, or wants a login.",
            hint="Open it in a browser.",
        )
    elif answer.moved_to and not wanted.is_picture:
        yield note(
            code="link.redirects-permanently",
            where=wanted.where,
            message=f"The page has moved for good, to {shorten(answer.moved_to, 100)}.",
            hint="Write the new address.",
        )
    if answer.content:
        yield from check_image_file(answer.content, where=wanted.where, width_px=wanted.width_px)


def _unreachable(wanted: CheckedUrl, answer: UrlStatus) -> Finding:
    reasons = {
        None: answer.reason,
        404: "there is no such page (404).",
        410: "the page is gone for good (410).",
    }
    reason = reasons.get(answer.status, f"the server fails ({answer.status}).")
    if wanted.is_picture:
        return warning(
            code="image.unreachable",
            where=wanted.where,
            message=f"Readers would not see it: {reason}",
            hint="Mend its address, or put the file beside the article; then it travels in the letter.",
        )
    return warning(
        code="link.unreachable",
        where=wanted.where,
        message=f"It leads to nothing: {reason}",
        hint="Mend the address, or link to a copy in an archive.",
    )
