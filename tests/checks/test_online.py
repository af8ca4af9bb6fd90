"""Asking the web after a letter's links and pictures, on real servers of this machine."""

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
from tests.checks.letters import SOUND, letter, with_html
from tests.loaders.fetch.servers import Answer, Handler, Site, here, only_one_is_public, running
from tests.rendering.letters import PUBLICATION, issue_of

LIMITS = Limits(total_s=10, read_s=5)


@pytest.fixture
def site() -> Iterator[Site]:
    """A site that answers HEAD as it answers GET."""
    with running(Site()) as found:
        yield found


def _linking(*urls: str) -> Edition:
    return with_html("".join(f'<p><a href="{url}">Page {n}</a></p>' for n, url in enumerate(urls)))


def _asked(edition: Edition, **options: object) -> list[Finding]:
    """Ask after *edition*, the publication's own site left out; every name is this machine."""
    client = Client(address_filter=allow_all, resolve=here, limits=LIMITS)
    manners = RequestLimits(sleep=lambda _: None, **options)  # type: ignore[arg-type]
    edition = replace(edition, publication=replace(edition.publication, website=None))
    edition = replace(edition, html=_without(edition, "https://tern.example.org"))
    return check_online(edition, client, manners)


def _without(edition: Edition, url: str) -> Pieces:
    return tuple(
        replace(piece, text=piece.text.replace(url, "mailto:x@e.example.org"))
        for piece in edition.html
        if isinstance(piece, LiteralText)
    )


def test_what_is_there_is_left_alone(site: Site) -> None:
    """A page and a picture that are there give no finding; the page is asked after by HEAD, its fragment left out."""
    site.routes["/a"] = Answer()
    assert [] == _asked(_linking(site.url("/a#part"), site.url("/a")))
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
def test_what_is_not_there_is_told(site: Site, status: int, code: str, severity: Severity) -> None:
    """A page that is gone is a warning; one that lets no programs in is only a note."""
    site.routes["/gone"] = Answer(status=status)
    (finding,) = _asked(_linking(site.url("/gone")))

    assert (code, severity) == (finding.code, finding.severity)
    assert 'the link "Page 0"' in finding.where


def test_a_server_that_knows_no_head_is_asked_again(site: Site) -> None:
    """What HEAD does not find is asked after by GET before it is called gone."""

    def only_get(handler: Handler) -> None:
        handler.send_response(200 if handler.command == "GET" else 405)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    site.routes["/a"] = only_get

    assert [] == _asked(_linking(site.url("/a")))
    assert ["HEAD", "GET"] == [asked.method for asked in site.requests]


@pytest.mark.parametrize(
    ("statuses", "is_told"),
    [((301,), True), ((308, 301), True), ((302,), False), ((301, 302), False)],
)
def test_a_page_that_moved_for_good_is_told(
    site: Site, statuses: tuple[int, ...], is_told: bool
) -> None:
    """Only where every step is for good is there a new address to write."""
    for number, status in enumerate(statuses):
        site.redirect(f"/{number}", f"/{number + 1}", status)
    site.routes[f"/{len(statuses)}"] = Answer()
    found = _asked(_linking(site.url("/0")))

    assert (["link.redirects-permanently"] if is_told else []) == [f.code for f in found]
    assert all(Severity.NOTE is f.severity and f"/{len(statuses)}" in f.message for f in found)


def test_a_circle_is_told(site: Site) -> None:
    """A redirect that never ends leads to nothing."""
    site.redirect("/a", "/a")

    assert ["link.unreachable"] == [f.code for f in _asked(_linking(site.url("/a")))]


def test_private_addresses_are_not_asked() -> None:
    """What only this machine can reach is not asked after, by its number or behind a name."""
    edition = _linking("http://127.0.0.1:9/", "http://example.org:9/")
    found = check_online(
        replace(edition, html=_without(edition, "https://tern.example.org")),
        Client(resolve=here, limits=LIMITS),
        RequestLimits(sleep=lambda _: None),
    )

    assert ["link.unreachable", "link.unreachable"] == [finding.code for finding in found]
    assert all("only public addresses" in finding.message for finding in found)


def test_a_redirect_to_a_private_address_is_not_followed(site: Site) -> None:
    """Whoever a public page sends elsewhere is guarded there too: by number, and by a scheme of another kind."""
    site.redirect("/a", "http://169.254.169.254/latest/meta-data")
    site.redirect("/b", "file:///etc/hostname")
    edition = _linking(site.url("/a"), site.url("/b"))
    found = check_online(
        replace(edition, html=_without(edition, "https://tern.example.org")),
        Client(address_filter=only_one_is_public, resolve=here, limits=LIMITS),
        RequestLimits(sleep=lambda _: None),
    )

    assert ["link.unreachable", "link.unreachable"] == [finding.code for finding in found]
    assert "metadata" in found[0].message
    assert "only http:// and https://" in found[1].message


def test_a_host_that_does_not_answer_is_told() -> None:
    """A refused connection is told as a sentence."""
    (finding,) = _asked(_linking("http://127.0.0.1:9/a"))

    assert "refuses the connection" in finding.message


def test_nobody_is_hurried(site: Site) -> None:
    """Between two requests to one host there is a pause, before the first there is none."""
    pauses: list[float] = []
    for name in ("/a", "/b", "/c"):
        site.routes[name] = Answer()
    client = Client(address_filter=allow_all, resolve=here, limits=LIMITS)
    edition = _linking(*map(site.url, ("/a", "/b", "/c")))
    edition = replace(edition, html=_without(edition, "https://tern.example.org"))
    check_online(edition, client, RequestLimits(sleep=pauses.append, pause_s=1.5))

    assert [1.5, 1.5] == pauses


def test_there_is_an_end(site: Site) -> None:
    """No more addresses are asked after than so many, and what is left out is told."""
    urls = [site.url(f"/{number}") for number in range(5)]
    site.routes |= {f"/{number}": Answer() for number in range(5)}
    (finding,) = _asked(_linking(*urls), max_urls=3)

    assert ("link.not-asked", Severity.NOTE) == (finding.code, finding.severity)
    assert 3 == len(site.requests)
    assert finding.message.startswith("2 URLs")


def test_a_letter_never_leaves_the_list() -> None:
    """The address by which a reader leaves is not asked after: asking may be leaving."""
    publication = replace(PUBLICATION, unsubscribe_url="https://tern.example.org/leave/{token}")
    found = [wanted.url for wanted in list_urls(letter(issue_of(SOUND, publication=publication)))]

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
def test_pictures_are_looked_at(site: Site, answer: Answer, expected: list[str]) -> None:
    """A remote picture is there, has pixels enough and a format that all programs show."""
    site.routes["/a.png"] = answer
    edition = with_html(f'<p><img src="{site.url("/a.png")}" alt="A bell" width="300"></p>')

    assert expected == [finding.code for finding in _asked(edition)]
