"""Requesting the links and images of a newsletter, on local servers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PIL import Image

from pipeline.checks import Severity
from pipeline.checks.online import RequestLimits, check_online, list_urls
from pipeline.models.edition import Edition, LiteralText, Pieces
from pipeline.models.finding import Finding
from pipeline.net.address_filter import allow_all
from pipeline.net.client import USER_AGENT, Client
from pipeline.net.deadline import Limits
from tests.checks.samples import SOUND, newsletter, with_html
from tests.loaders.fetch.servers import Answer, Handler, Site, here, only_one_is_public, running
from tests.rendering.sample_issues import PUBLICATION, make_issue

LIMITS = Limits(total_s=10, read_s=5)


@pytest.fixture
def site() -> Iterator[Site]:
    """A site that responds to HEAD as to GET."""
    with running(Site()) as found:
        yield found


def _with_links(*urls: str) -> Edition:
    return with_html("".join(f'<p><a href="{url}">Page {n}</a></p>' for n, url in enumerate(urls)))


def _check(edition: Edition, **options: object) -> list[Finding]:
    """Check *edition* without the publication's own site; every name is this machine."""
    client = Client(address_filter=allow_all, resolve=here, limits=LIMITS)
    limits = RequestLimits(sleep=lambda _: None, **options)  # type: ignore[arg-type]
    edition = replace(edition, publication=replace(edition.publication, website=None))
    edition = replace(edition, html=_without(edition, "https://tern.example.org"))
    return check_online(edition, client, limits)


def _without(edition: Edition, url: str) -> Pieces:
    return tuple(
        replace(piece, text=piece.text.replace(url, "mailto:x@e.example.org"))
        for piece in edition.html
        if isinstance(piece, LiteralText)
    )


def test_working_urls_are_not_reported(site: Site) -> None:
    """Links are requested with HEAD and without their fragment."""
    site.routes["/a"] = Answer()
    assert [] == _check(_with_links(site.url("/a#part"), site.url("/a")))
    assert [("HEAD", "/a")] == [(asked.method, asked.path) for asked in site.requests]
    assert USER_AGENT == site.requests[0].headers["User-Agent"]


@pytest.mark.parametrize(
    ("status", "code", "severity"),
    [
        (404, "link.unreachable", Severity.WARNING),
        (410, "link.unreachable", Severity.WARNING),
        (500, "link.unreachable", Severity.WARNING),
        (403, "link.doubtful", Severity.NOTE),
        (429, "link.doubtful", Severity.NOTE),
        (401, "link.doubtful", Severity.NOTE),
    ],
)
def test_broken_links_are_reported(site: Site, status: int, code: str, severity: Severity) -> None:
    """A missing page is a warning; a server that rejects programs is a note."""
    site.routes["/gone"] = Answer(status=status)
    (finding,) = _check(_with_links(site.url("/gone")))

    assert (code, severity) == (finding.code, finding.severity)
    assert 'the link "Page 0"' in finding.where


def test_head_is_retried_with_get(site: Site) -> None:
    """What HEAD does not find is requested with GET."""

    def only_get(handler: Handler) -> None:
        handler.send_response(200 if handler.command == "GET" else 405)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    site.routes["/a"] = only_get

    assert [] == _check(_with_links(site.url("/a")))
    assert ["HEAD", "GET"] == [asked.method for asked in site.requests]


@pytest.mark.parametrize(
    ("statuses", "is_reported"),
    [((301,), True), ((308, 301), True), ((302,), False), ((301, 302), False)],
)
def test_permanent_redirects_are_reported(
    site: Site, statuses: tuple[int, ...], is_reported: bool
) -> None:
    """Only if every redirect is permanent there is a new URL."""
    for number, status in enumerate(statuses):
        site.redirect(f"/{number}", f"/{number + 1}", status)
    site.routes[f"/{len(statuses)}"] = Answer()
    found = _check(_with_links(site.url("/0")))

    assert (["link.redirects-permanently"] if is_reported else []) == [f.code for f in found]
    assert all(Severity.NOTE is f.severity and f"/{len(statuses)}" in f.message for f in found)


def test_a_redirect_loop_is_reported(site: Site) -> None:
    """An endless redirect is a broken link."""
    site.redirect("/a", "/a")

    assert ["link.unreachable"] == [f.code for f in _check(_with_links(site.url("/a")))]


def test_private_addresses_are_not_requested() -> None:
    """Neither by IP address nor by a name."""
    edition = _with_links("http://127.0.0.1:9/", "http://example.org:9/")
    found = check_online(
        replace(edition, html=_without(edition, "https://tern.example.org")),
        Client(resolve=here, limits=LIMITS),
        RequestLimits(sleep=lambda _: None),
    )

    assert ["link.unreachable", "link.unreachable"] == [finding.code for finding in found]
    assert all("only public addresses" in finding.message for finding in found)


def test_a_redirect_to_a_private_address_is_not_followed(site: Site) -> None:
    """Redirects of public pages are filtered too: by address and by scheme."""
    site.redirect("/a", "http://169.254.169.254/latest/meta-data")
    site.redirect("/b", "file:///etc/hostname")
    edition = _with_links(site.url("/a"), site.url("/b"))
    found = check_online(
        replace(edition, html=_without(edition, "https://tern.example.org")),
        Client(address_filter=only_one_is_public, resolve=here, limits=LIMITS),
        RequestLimits(sleep=lambda _: None),
    )

    assert ["link.unreachable", "link.unreachable"] == [finding.code for finding in found]
    assert "metadata" in found[0].message
    assert "only http:// and https://" in found[1].message


def test_a_refused_connection_is_reported() -> None:
    """The reason is one sentence."""
    (finding,) = _check(_with_links("http://127.0.0.1:9/a"))

    assert "refuses the connection" in finding.message


def test_requests_to_one_host_are_rate_limited(site: Site) -> None:
    """There is a pause between two requests to one host, but not before the first."""
    pauses: list[float] = []
    for name in ("/a", "/b", "/c"):
        site.routes[name] = Answer()
    client = Client(address_filter=allow_all, resolve=here, limits=LIMITS)
    edition = _with_links(*map(site.url, ("/a", "/b", "/c")))
    edition = replace(edition, html=_without(edition, "https://tern.example.org"))
    check_online(edition, client, RequestLimits(sleep=pauses.append, pause_s=1.5))

    assert [1.5, 1.5] == pauses


def test_the_number_of_requests_is_limited(site: Site) -> None:
    """The limit holds, and skipped URLs are reported."""
    urls = [site.url(f"/{number}") for number in range(5)]
    site.routes |= {f"/{number}": Answer() for number in range(5)}
    (finding,) = _check(_with_links(*urls), max_urls=3)

    assert ("link.not-checked", Severity.NOTE) == (finding.code, finding.severity)
    assert 3 == len(site.requests)
    assert finding.message.startswith("2 URLs")


def test_the_unsubscribe_url_is_never_requested() -> None:
    """Requesting it might unsubscribe somebody."""
    publication = replace(PUBLICATION, unsubscribe_url="https://tern.example.org/leave/{token}")
    found = [
        wanted.url for wanted in list_urls(newsletter(make_issue(SOUND, publication=publication)))
    ]

    assert found
    assert not [url for url in found if "leave" in url]


def _picture(width: int, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("L", (width, 2)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(_picture(600)), []),
        (Answer(_picture(200)), ["image.blurry"]),
        (Answer(_picture(600, "WEBP")), ["image.format"]),
        (Answer(status=404), ["image.unreachable"]),
    ],
)
def test_remote_images_are_checked(site: Site, answer: Answer, expected: list[str]) -> None:
    """A remote image must exist, with enough pixels and in a supported format."""
    site.routes["/a.png"] = answer
    edition = with_html(f'<p><img src="{site.url("/a.png")}" alt="A bell" width="300"></p>')

    assert expected == [finding.code for finding in _check(edition)]
