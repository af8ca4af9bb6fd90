"""
Fetch a web page.

1. The URL must be http or https, without a password.
2. The host's addresses are checked, and one of them is connected to (`pipeline.net`).
3. A redirect starts again at step 1.
4. The body is decompressed as it arrives, up to the limit.
5. Its media type is detected, and it is saved in the cache; if it has not changed, the cached bytes are used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from requests import PreparedRequest, Response

from pipeline.clock import Clock, SystemClock
from pipeline.errors import FetchError
from pipeline.loaders.fetch.cache import FetchedPage, find_latest, save_page
from pipeline.loaders.fetch.http_status import explain_status
from pipeline.loaders.fetch.media_type import detect_media_type, read_charset
from pipeline.net import body
from pipeline.net.address_filter import allow_all, check_public
from pipeline.net.client import REQUEST_ERRORS, Client, prepare, redirect_target, strip_fragment
from pipeline.net.deadline import Deadline
from pipeline.net.explain_errors import too_slow
from pipeline.net.fetch_problem import FetchProblem, redact_url
from pipeline.net.transport import WebSession, quiet_urllib3_logs

_ACCEPT = (
    "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,text/markdown,"
    "application/xml;q=0.9,text/plain;q=0.9,*/*;q=0.5"
)
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchResult:
    """
    A fetched page and what it is.

    *charset* is what the server declares; the page may declare another. If it *is_cached* the server said that the page
    has not changed.
    """

    page: FetchedPage
    media_type: str
    charset: str | None
    is_cached: bool = False

    @property
    def content(self) -> bytes:
        """The bytes, decompressed."""
        return self.page.content

    @property
    def url(self) -> str:
        """The final URL, after redirects; for resolving links. It may hold a token."""
        return self.page.url

    @property
    def address(self) -> str:
        """The final URL as it may appear in a message."""
        return redact_url(self.page.url)


@dataclass(frozen=True, kw_only=True, slots=True)
class PageFetcher(Client):
    """Fetches web pages."""

    clock: Clock = field(default_factory=SystemClock)

    def fetch(
        self,
        url: str,
        *,
        cache_folder: Path | None = None,
        media_type: str | None = None,
        extra_types: Collection[str] = (),
    ) -> FetchResult:
        """Fetch the page at *url*; see `fetch_url()`."""
        url = url.strip()
        cached = find_latest(cache_folder, url) if cache_folder else None
        with quiet_urllib3_logs(), Deadline(self.limits.total_s) as deadline:
            page, is_cached, where = self._follow(url, cached, deadline)
        with _fetch_errors_at(where, None, self):
            if not page.content.strip():
                raise FetchProblem("the page is empty. Check the address in a browser.")
            detected = media_type or detect_media_type(
                page.content_type, page.content, page.url, extra_types
            )
        if cache_folder:
            save_page(cache_folder, page)
        return FetchResult(
            page=page,
            media_type=detected,
            charset=read_charset(page.content_type),
            is_cached=is_cached,
        )

    def _follow(
        self, url: str, cached: FetchedPage | None, deadline: Deadline
    ) -> tuple[FetchedPage, bool, str]:
        """Return the page that *url* leads to, whether it is *cached*, and how to name its address."""
        hop, where = url, redact_url(url)
        with self.session(deadline, {"Accept": _ACCEPT}) as session:
            for _ in range(self.limits.redirects + 1):
                with _fetch_errors_at(where, deadline, self):
                    request = _request(session, hop, cached)
                    with self.send(session, request, deadline) as response:
                        leads_to = redirect_target(response)
                        if leads_to is None:
                            page, is_cached = self._page(url, request, response, cached)
                            if deadline.is_over:  # what ended was the connection, not the page
                                raise FetchProblem(too_slow(self.limits.total_s))
                            return page, is_cached, where
                hop, where = leads_to, _format_redirect(url, leads_to)
        raise FetchError(
            f"{redact_url(url)}: more than {self.limits.redirects} redirects. "
            "Open it in a browser and use the address it ends at."
        )

    def _page(
        self,
        requested_url: str,
        request: PreparedRequest,
        response: Response,
        cached: FetchedPage | None,
    ) -> tuple[FetchedPage, bool]:
        now = self.clock.now()
        if cached and response.status_code == 304 and _is_conditional(request):
            return replace(cached, fetched_at=now), True
        if reason := explain_status(response.status_code, response.headers):
            raise FetchProblem(reason)
        limit = self.limits.size_bytes
        declared = response.headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
            raise FetchProblem(body.too_large_message(limit))
        chunks = response.raw.stream(_CHUNK_BYTES, decode_content=False)
        page = FetchedPage(
            content=body.decompress(chunks, response.headers.get("content-encoding", ""), limit),
            requested_url=requested_url,
            url=strip_fragment(request),
            fetched_at=now,
            content_type=response.headers.get("content-type", ""),
            etag=response.headers.get("etag"),
            last_modified=response.headers.get("last-modified"),
        )
        return page, False


def fetch_url(
    url: str,
    *,
    allow_private: bool = False,
    cache_folder: Path | None = None,
    media_type: str | None = None,
    extra_types: Collection[str] = (),
    clock: Clock | None = None,
) -> FetchResult:
    """
    Fetch the page at *url*.

    Args:
        allow_private: Also fetch from this machine and its network.
        cache_folder: Where fetched pages are saved, and reused while they have not changed.
        media_type: Overrides what the server and the content say.
        extra_types: Further media types that a loader reads.

    Raises:
        FetchError: It cannot be fetched, or no loader reads it.
    """
    fetcher = PageFetcher(
        address_filter=allow_all if allow_private else check_public, clock=clock or SystemClock()
    )
    return fetcher.fetch(
        url, cache_folder=cache_folder, media_type=media_type, extra_types=extra_types
    )


def _request(session: WebSession, url: str, cached: FetchedPage | None) -> PreparedRequest:
    """Return the request for *url*, conditional if it is *cached*."""
    request = prepare(session, url)
    if cached and strip_fragment(request) == cached.url:
        validators = {"If-None-Match": cached.etag, "If-Modified-Since": cached.last_modified}
        request.headers.update({name: value for name, value in validators.items() if value})
    return request


def _is_conditional(request: PreparedRequest) -> bool:
    return "If-None-Match" in request.headers or "If-Modified-Since" in request.headers


def _format_redirect(requested: str, final: str) -> str:
    first, last = redact_url(requested), redact_url(final)
    return first if first == last else f"{first} (redirected to {last})"


@contextmanager
def _fetch_errors_at(where: str, deadline: Deadline | None, client: Client) -> Iterator[None]:
    """Turn errors of the block into one sentence about *where*; the client's own errors are not chained."""
    try:
        yield
    except REQUEST_ERRORS as error:
        raise FetchError(f"{where}: {client.explain(error, deadline)}") from None
