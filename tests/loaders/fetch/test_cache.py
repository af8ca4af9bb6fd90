"""What was fetched is kept whole, and need not be fetched again while it is unchanged."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from pipeline.errors import FetchError
from pipeline.loaders.fetch.cache import find_latest
from pipeline.loaders.fetch.web import FetchResult, PageFetcher
from pipeline.net.address_filter import allow_all
from pipeline.testing import ManualClock
from tests.loaders.fetch.servers import PAGE, Answer, Handler, Site, fetch_here, here, running

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DIGEST = sha256(PAGE).hexdigest()


@pytest.fixture
def site() -> Iterator[Site]:
    with running(Site()) as site:
        yield site


def marked(site: Site, etag: str = '"one"', body: bytes = PAGE) -> None:
    """Let the site's page answer 304 to whoever knows its mark."""

    def answer(handler: Handler) -> None:
        is_known = handler.headers["If-None-Match"] == etag
        handler.send_response(304 if is_known else 200)
        handler.send_header("ETag", etag)
        if not is_known:
            handler.send_header("Content-Type", "text/html; charset=utf-8")
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if not is_known:
            handler.wfile.write(body)

    site.routes["/"] = answer


def fetch(site: Site, folder: Path, path: str = "/", at: datetime = NOW) -> FetchResult:
    web = PageFetcher(address_filter=allow_all, resolve=here, clock=ManualClock(at))
    return web.fetch(site.url(path), cache_folder=folder)


def test_bytes_and_record_are_cached(site: Site, tmp_path: Path) -> None:
    """The bytes lie under their digest, and beside them where they came from, for the owner only."""
    marked(site)
    site.redirect("/a", "/")
    folder = tmp_path / ".handbill" / "fetched"

    fetch(site, folder, "/a")

    record = next(folder.glob("*.json"))
    assert PAGE == (folder / DIGEST).read_bytes()
    assert record.name.startswith(DIGEST)
    assert {
        "requested_url": site.url("/a"),
        "url": site.url("/"),
        "fetched_at": "2026-11-23T09:00:00+00:00",
        "content_type": "text/html; charset=utf-8",
        "etag": '"one"',
        "last_modified": None,
        "sha256": DIGEST,
        "size_bytes": len(PAGE),
    } == json.loads(record.read_text())
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)


def test_an_unchanged_page_is_read_from_the_cache(site: Site, tmp_path: Path) -> None:
    """The server is request with the page's mark, behind a redirect too, and its word is enough."""
    marked(site)
    site.redirect("/a", "/")
    first = fetch(site, tmp_path, "/a")
    later = NOW + timedelta(days=1)

    second = fetch(site, tmp_path, "/a", at=later)

    assert (False, True) == (first.is_cached, second.is_cached)
    assert (PAGE, "text/html", "utf-8") == (second.content, second.media_type, second.charset)
    assert [None, None, None, '"one"'] == [
        request.headers["If-None-Match"] for request in site.requests
    ]
    kept = find_latest(tmp_path, site.url("/a"))
    assert kept is not None
    assert later == kept.fetched_at


def test_the_date_is_a_mark_too(site: Site, tmp_path: Path) -> None:
    """A server without ETag is request by the date it gave."""
    date = "Mon, 23 Nov 2026 08:00:00 GMT"
    site.routes["/"] = Answer(headers={"Content-Type": "text/html", "Last-Modified": date})

    fetch(site, tmp_path)
    fetch(site, tmp_path)

    assert date == site.requests[1].headers["If-Modified-Since"]


def test_a_changed_page_is_cached_beside_the_old(site: Site, tmp_path: Path) -> None:
    """What was loaded earlier can still be shown, and the newest counts."""
    marked(site)
    fetch(site, tmp_path)
    marked(site, '"two"', b"<p>It stopped.</p>")

    second = fetch(site, tmp_path, at=NOW + timedelta(hours=1))

    assert b"<p>It stopped.</p>" == second.content
    assert PAGE == (tmp_path / DIGEST).read_bytes()
    assert 2 == len(list(tmp_path.glob("*.json")))
    kept = find_latest(tmp_path, site.url("/"))
    assert kept is not None
    assert second.content == kept.content


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / DIGEST).write_bytes(b"changed"),
        lambda folder: (folder / DIGEST).unlink(),
        lambda folder: next(folder.glob("*.json")).write_text("{"),
        lambda folder: next(folder.glob("*.json")).write_text("[]"),
        lambda folder: next(folder.glob("*.json")).write_bytes(b"\xff"),
    ],
)
def test_what_is_damaged_is_fetched_again(site: Site, tmp_path: Path, damage: object) -> None:
    """Kept bytes count only if they are what they were."""
    marked(site)
    fetch(site, tmp_path)
    damage(tmp_path)  # type: ignore[operator]

    again = fetch(site, tmp_path)

    assert (PAGE, False) == (again.content, again.is_cached)


def test_damaged_cached_bytes_are_replaced(site: Site, tmp_path: Path) -> None:
    """A fetch puts the right bytes under their digest again."""
    marked(site)
    fetch(site, tmp_path)
    (tmp_path / DIGEST).write_bytes(b"changed")

    fetch(site, tmp_path)

    assert PAGE == (tmp_path / DIGEST).read_bytes()


def test_a_refused_page_is_not_cached(site: Site, tmp_path: Path) -> None:
    """An error page or a foreign format leaves nothing behind."""
    site.routes["/pdf"] = Answer(b"%PDF", headers={"Content-Type": "application/pdf"})
    for path in ("/gone", "/pdf"):
        with pytest.raises(FetchError):
            fetch_here(site.url(path), cache_folder=tmp_path)

    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_reported(site: Site, tmp_path: Path) -> None:
    """The folder is named."""
    (tmp_path / "file").write_text("")

    with pytest.raises(FetchError, match="the fetched page cannot be saved there"):
        fetch_here(site.url("/"), cache_folder=tmp_path / "file" / "fetched")
