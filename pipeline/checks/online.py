"""
Request the links and remote images of a newsletter: `handbill check --online`.

Considerate of the servers: each URL once and without downloading pages, one request at a time for each host with a
pause in between, and a limit for all. Never the unsubscribe URL. Requests are filtered as those of the loaders are
(`pipeline.net`), since the links of an article are untrusted.
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

#: Status codes of servers that reject programs or require a login: readers may see the page.
_INCONCLUSIVE = frozenset(
    {401, 402, 403, 405, 406, 407, 408, 418, 421, 423, 425, 429, 451, 503, 999}
)
#: Status codes for HEAD from servers that only support GET.
_RETRY_WITH_GET = frozenset({400, 403, 404, 405, 406, 410, 429, 500, 501, 502, 503})
_PERMANENT_REDIRECTS = frozenset({301, 308})
_CHUNK_BYTES = 64 * 1024
#: The limits for one URL.
LIMITS = Limits(size_bytes=8 * 1024 * 1024, connect_s=10, read_s=15, total_s=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestLimits:
    """
    How many requests are made, and how fast.

    Args:
        max_urls: If there are more URLs, only the first are requested.
        pause_s: Between two requests to one host.
        max_hosts: How many hosts are requested at the same time.
        sleep: Waits for a number of seconds.
    """

    max_urls: int = 200
    pause_s: float = 1.0
    max_hosts: int = 6
    sleep: Callable[[float], None] = field(default=time.sleep)


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedUrl:
    """
    The URL of a link or a remote image.

    Args:
        display_px: How wide the image is shown, None if unknown.
    """

    url: str
    where: str
    is_image: bool = False
    display_px: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class UrlStatus:
    """
    The result of requesting a URL.

    Args:
        status_code: The last one; None without a response.
        reason: Why there was no response.
        moved_to: Where permanent redirects lead; None without, or if one was temporary.
        content: The bytes of an image.
    """

    status_code: int | None = None
    reason: str = ""
    moved_to: str | None = None
    content: bytes = b""


def check_online(
    edition: Edition, client: Client, limits: RequestLimits | None = None
) -> list[Finding]:
    """Request the links and images of *edition* and return the findings."""
    limits = limits or RequestLimits()
    urls = list(list_urls(edition))
    results = request_urls(urls, client, limits)
    findings = [finding for url, status in results for finding in check_url_status(url, status)]
    if skipped := urls[limits.max_urls :]:
        findings.append(
            note(
                code="link.not-checked",
                where=join_first([shorten(url.url) for url in skipped]),
                message=f"{len(skipped)} URLs were not requested; the limit is {limits.max_urls}.",
                hint="Open the others in a browser.",
            )
        )
    return list(dict.fromkeys(findings))


def request_urls(
    urls: list[CheckedUrl], client: Client, limits: RequestLimits
) -> list[tuple[CheckedUrl, UrlStatus]]:
    """Request the first of *urls*, as many as *limits* allow; return them with their results, in order."""
    urls = urls[: limits.max_urls]
    results: dict[str, UrlStatus] = {}
    with quiet_urllib3_logs(), ThreadPoolExecutor(max_workers=limits.max_hosts) as pool:
        for group in pool.map(lambda urls: _request_host(urls, client, limits), _group_hosts(urls)):
            results |= group
    return [(url, results[url.url]) for url in urls]


def list_urls(edition: Edition) -> Iterator[CheckedUrl]:
    """Yield every http URL in any variant of *edition*, once and without fragment; not the unsubscribe URL."""
    unsubscribe_url = (edition.publication.unsubscribe_url or "").partition("{")[0]
    seen = set()
    for variant in list_variants(edition):
        for url in _find_urls(HtmlPart(variant=variant).document):
            is_http = urlsplit(url.url).scheme.lower() in ("http", "https")
            is_unsubscribe = bool(unsubscribe_url) and url.url.startswith(unsubscribe_url)
            if is_http and not is_unsubscribe and url.url not in seen:
                seen.add(url.url)
                yield url


def _find_urls(document: Any) -> Iterator[CheckedUrl]:  # Any: lxml has no types
    for node in document.iter("img", "a"):
        if node.tag == "img":
            yield CheckedUrl(
                url=node.get("src") or "",
                where=describe_image(node),
                is_image=True,
                display_px=read_width_px(node),
            )
        elif node.get("href"):
            text = shorten(node.text_content(), 40)
            url = urldefrag(node.get("href").strip()).url
            yield CheckedUrl(url=url, where=f'the link "{text}" to {shorten(url, 90)}')


def _group_hosts(urls: Iterable[CheckedUrl]) -> list[list[CheckedUrl]]:
    groups: dict[str, list[CheckedUrl]] = {}
    for url in urls:
        groups.setdefault(urlsplit(url.url).netloc.lower(), []).append(url)
    return list(groups.values())


def _request_host(
    urls: list[CheckedUrl], client: Client, limits: RequestLimits
) -> dict[str, UrlStatus]:
    results: dict[str, UrlStatus] = {}
    for index, url in enumerate(urls):
        if index:
            limits.sleep(limits.pause_s)
        results[url.url] = request_url(url, client, limits)
    return results


def request_url(url: CheckedUrl, client: Client, limits: RequestLimits) -> UrlStatus:
    """Request one URL: with HEAD, or with GET if the server does not support HEAD; images are downloaded."""
    if url.is_image:
        return _follow_redirects(url, "GET", client)
    status = _follow_redirects(url, "HEAD", client)
    was_cut_off = status.reason.startswith("the connection broke off")
    if status.status_code not in _RETRY_WITH_GET and not was_cut_off:
        return status
    limits.sleep(limits.pause_s)
    return _follow_redirects(url, "GET", client)


def _follow_redirects(checked: CheckedUrl, method: str, client: Client) -> UrlStatus:
    url, is_permanent = checked.url, True
    with Deadline(client.limits.total_s) as deadline:
        try:
            with client.session(deadline, {"Accept": "*/*"}) as session:
                for redirects in range(client.limits.redirects + 1):
                    request = prepare(session, url, method)
                    with client.send(session, request, deadline) as response:
                        next_url = redirect_target(response)
                        if next_url is None:
                            return UrlStatus(
                                status_code=response.status_code,
                                moved_to=url if redirects and is_permanent else None,
                                content=_read_image(response, checked, client),
                            )
                        is_permanent &= response.status_code in _PERMANENT_REDIRECTS
                    url = next_url
        except REQUEST_ERRORS as error:
            return UrlStatus(reason=client.explain(error, deadline))
    return UrlStatus(reason=f"it redirects more than {client.limits.redirects} times.")


def _read_image(response: Any, checked: CheckedUrl, client: Client) -> bytes:
    if not checked.is_image or response.status_code != 200:
        return b""
    chunks = response.raw.stream(_CHUNK_BYTES, decode_content=False)
    coding = response.headers.get("content-encoding", "")
    return body.decompress(chunks, coding, client.limits.size_bytes)


def check_url_status(url: CheckedUrl, status: UrlStatus) -> Iterator[Finding]:
    """Yield what an editor should know about the result of a request, nothing if all is well."""
    code = status.status_code
    if code in _INCONCLUSIVE:
        yield note(
            code="link.doubtful",
            where=url.where,
            message=f"The server responds with {code}: it rejects automated requests or requires a login. "
            "Readers may see the page or not.",
            hint="Open it in a browser to check.",
        )
    elif code is None or code >= 400:
        yield _describe_unreachable(url, status)
    elif status.moved_to and not url.is_image:
        yield note(
            code="link.redirects-permanently",
            where=url.where,
            message=f"The page has moved permanently to {shorten(status.moved_to, 100)}; the old URL may stop working.",
            hint="Use the new URL.",
        )
    if status.content:
        yield from check_image_file(status.content, where=url.where, display_px=url.display_px)


def _describe_unreachable(url: CheckedUrl, status: UrlStatus) -> Finding:
    reasons = {
        None: status.reason,
        404: "the page does not exist (404).",
        410: "the page was removed (410).",
    }
    reason = reasons.get(status.status_code, f"the server fails ({status.status_code}).")
    if url.is_image:
        return warning(
            code="image.unreachable",
            where=url.where,
            message=f"Readers will not see this image: {reason}",
            hint="Fix its URL, or put the file next to the article; then it is sent inside the message.",
        )
    return warning(
        code="link.unreachable",
        where=url.where,
        message=f"The link does not work: {reason}",
        hint="Fix the URL, or link to an archived copy.",
    )
