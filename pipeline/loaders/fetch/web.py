"""
Fetch a page of the web.

1. The URL must be http or https, and hold no password.
2. A hop: the host's addresses are checked and one of them is spoken to (`pipeline.net`).
3. A redirect is the next hop, from step 1 on.
4. The body is decompressed as it comes, up to the limit.
5. Its kind is settled (`media`), and it is kept (`keep`); unchanged since the last time, the kept bytes are used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from requests import PreparedRequest, Response

from pipeline.clock import Clock, SystemClock
from pipeline.errors import FetchError
from pipeline.loaders.fetch import media_type as media
from pipeline.loaders.fetch.cache import Page, keep, latest
from pipeline.loaders.fetch.http_status import refusal
from pipeline.net import body
from pipeline.net.address_filter import refuse_nothing, refuse_private
from pipeline.net.client import TROUBLES, Client, bare, prepare, target
from pipeline.net.deadline import Deadline
from pipeline.net.explain_errors import too_slow
from pipeline.net.fetch_problem import Obstacle, shown
from pipeline.net.transport import WebSession, discreet_logs

_ACCEPT = (
    "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,text/markdown,"
    "application/xml;q=0.9,text/plain;q=0.9,*/*;q=0.5"
)
_PIECE = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """
    A page as it was fetched.

    Args:
        media_type: What it is; one of those in `media`, or what the caller said.
        charset: What the server declares, if it can be decoded here; what the page itself says may differ.
        was_kept: The server said that nothing has changed since the last time, so the bytes are those kept then.
    """

    page: Page
    media_type: str
    charset: str | None
    was_kept: bool = False

    @property
    def content(self) -> bytes:
        """The bytes, decompressed."""
        return self.page.content

    @property
    def url(self) -> str:
        """Where it was found, after redirects; for resolving its links. It may hold a token."""
        return self.page.url

    @property
    def address(self) -> str:
        """Where it was found, as it may stand in a message."""
        return shown(self.page.url)


@dataclass(frozen=True, kw_only=True, slots=True)
class Web(Client):
    """How pages of the web are read."""

    clock: Clock = field(default_factory=SystemClock)

    def fetch(
        self,
        url: str,
        *,
        keep_in: Path | None = None,
        media_type: str | None = None,
        also_read: Collection[str] = (),
    ) -> Fetched:
        """Fetch the page at *url*; see `fetch_url()`."""
        url = url.strip()
        kept = latest(keep_in, url) if keep_in else None
        with discreet_logs(), Deadline(self.limits.total_s) as deadline:
            page, was_kept, where = self._follow(url, kept, deadline)
        with _told_of(where, None, self):
            if not page.content.strip():
                raise Obstacle("the page is empty. Check the address in a browser.")
            settled = media_type or media.settle(
                page.content_type, page.content, page.url, also_read
            )
        if keep_in:
            keep(keep_in, page)
        return Fetched(
            page=page,
            media_type=settled,
            charset=media.read_charset(page.content_type),
            was_kept=was_kept,
        )

    def _follow(self, url: str, kept: Page | None, deadline: Deadline) -> tuple[Page, bool, str]:
        """Return the page that *url* leads to, whether it is *kept*, and how to name the place."""
        hop, where = url, shown(url)
        with self.session(deadline, {"Accept": _ACCEPT}) as session:
            for _ in range(self.limits.redirects + 1):
                with _told_of(where, deadline, self):
                    request = _request(session, hop, kept)
                    with self.answer(session, request, deadline) as response:
                        leads_to = target(response)
                        if leads_to is None:
                            page, was_kept = self._page(url, request, response, kept)
                            if deadline.is_over:  # what ended was the connection, not the page
                                raise Obstacle(too_slow(self.limits.total_s))
                            return page, was_kept, where
                hop, where = leads_to, _way(url, leads_to)
        raise FetchError(
            f"{shown(url)}: more than {self.limits.redirects} redirects. "
            "Open it in a browser and use the address it ends at."
        )

    def _page(
        self, asked: str, request: PreparedRequest, response: Response, kept: Page | None
    ) -> tuple[Page, bool]:
        now = self.clock.now()
        if kept and response.status_code == 304 and _is_conditional(request):
            return replace(kept, at=now), True
        if reason := refusal(response.status_code, response.headers):
            raise Obstacle(reason)
        limit = self.limits.size_bytes
        declared = response.headers.get("content-length", "")
        if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
            raise Obstacle(body.too_large(limit))
        pieces = response.raw.stream(_PIECE, decode_content=False)
        page = Page(
            content=body.decoded(pieces, response.headers.get("content-encoding", ""), limit),
            asked=asked,
            url=bare(request),
            at=now,
            content_type=response.headers.get("content-type", ""),
            etag=response.headers.get("etag"),
            last_modified=response.headers.get("last-modified"),
        )
        return page, False


def fetch_url(
    url: str,
    *,
    allow_private: bool = False,
    keep_in: Path | None = None,
    media_type: str | None = None,
    also_read: Collection[str] = (),
    clock: Clock | None = None,
) -> Fetched:
    """
    Fetch the page at *url*.

    Args:
        allow_private: Read from this machine and its network too.
        keep_in: The folder in which what was fetched is kept, and from which it is taken if it has not changed.
        media_type: What the caller says it is; by default the server's word and the bytes decide.
        also_read: Media types that somebody reads beside those in `media`.

    Raises:
        FetchError: It cannot be fetched, or nobody reads what it is.
    """
    web = Web(
        refuses=refuse_nothing if allow_private else refuse_private, clock=clock or SystemClock()
    )
    return web.fetch(url, keep_in=keep_in, media_type=media_type, also_read=also_read)


def _request(session: WebSession, url: str, kept: Page | None) -> PreparedRequest:
    """Return the request for *url*, conditional if it was *kept*."""
    request = prepare(session, url)
    if kept and bare(request) == kept.url:
        marks = {"If-None-Match": kept.etag, "If-Modified-Since": kept.last_modified}
        request.headers.update({name: mark for name, mark in marks.items() if mark})
    return request


def _is_conditional(request: PreparedRequest) -> bool:
    return "If-None-Match" in request.headers or "If-Modified-Since" in request.headers


def _way(asked: str, found: str) -> str:
    first, last = shown(asked), shown(found)
    return first if first == last else f"{first} (redirected to {last})"


@contextmanager
def _told_of(where: str, deadline: Deadline | None, client: Client) -> Iterator[None]:
    """Tell whatever goes wrong inside as one sentence about *where*; the client's own errors are not chained."""
    try:
        yield
    except TROUBLES as error:
        raise FetchError(f"{where}: {client.reason(error, deadline)}") from None
