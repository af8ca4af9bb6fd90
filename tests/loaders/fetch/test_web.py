"""A page of the web is fetched as a browser would, within limits, or refused with one sentence."""

from __future__ import annotations

import gzip
import logging
import socket
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pipeline import __version__
from pipeline.errors import FetchError
from pipeline.loaders.fetch.web import PageFetcher, fetch_url
from pipeline.net.address_filter import Address, allow_all, check_public
from pipeline.net.deadline import Limits
from tests.loaders.fetch.servers import (
    PAGE,
    Answer,
    Handler,
    Site,
    fetch_here,
    here,
    only_one_is_public,
    running,
)


@pytest.fixture
def site() -> Iterator[Site]:
    with running(Site()) as site:
        yield site


def web(**limits: float) -> PageFetcher:
    return PageFetcher(address_filter=allow_all, resolve=here, limits=Limits(**limits))  # type: ignore[arg-type]


def refusal(url: str, fetcher: PageFetcher | None = None) -> str:
    """Return the sentence with which *url* is refused."""
    with pytest.raises(FetchError) as caught:
        (fetcher or web()).fetch(url)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def gzipped(content: bytes) -> bytes:
    """Return *content* packed, without the time of day: each process must give a test the same name."""
    return gzip.compress(content, mtime=0)


class TestWorking:
    def test_a_page_is_fetched(self, site: Site) -> None:
        """Bytes, kind, charset and place come back."""
        site.routes["/a"] = Answer(
            b"<p>caf\xe9</p>", headers={"Content-Type": "text/html; charset=ISO-8859-1"}
        )

        fetched = fetch_url(site.url("/a"), allow_private=True)

        assert b"<p>caf\xe9</p>" == fetched.content
        assert ("text/html", "iso-8859-1") == (fetched.media_type, fetched.charset)
        assert site.url("/a") == fetched.url == fetched.address

    def test_what_is_sent(
        self, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """The request names this program, and holds nothing from the environment or an earlier fetch."""
        netrc = tmp_path / "netrc"
        netrc.write_text("default login me password secret\n")
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
        site.routes["/"] = Answer(headers={"Content-Type": "text/html", "Set-Cookie": "a=b"})

        fetch_here(site.url("/"))
        fetch_here(site.url("/"))

        sent = site.requests[-1].headers
        assert f"Handbill/{__version__}" == sent["User-Agent"]
        assert sent["Accept-Encoding"].startswith("gzip, deflate")
        assert [None, None] == [sent["Authorization"], sent["Cookie"]]

    def test_a_name_remains_in_the_request(self, site: Site) -> None:
        """The connection leads to the address that was checked, and the server still hears the name."""
        fetch_here(site.url("/", host="news.example.org"))

        assert f"news.example.org:{site.server_port}" == site.requests[0].headers["Host"]

    def test_a_name_in_another_script_is_requested_in_ascii(self, site: Site) -> None:
        """IDN hosts are resolved in the form the name service knows."""
        request = []

        def resolve(host: str) -> Sequence[str]:
            request.append(host)
            return ["127.0.0.1"]

        PageFetcher(address_filter=allow_all, resolve=resolve).fetch(
            site.url("/", host="bücher.example")
        )

        assert ["xn--bcher-kva.example"] == request

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_redirects_are_followed(self, site: Site, status: int) -> None:
        """Each kind of redirect leads on, relative ones too, and the last address is told."""
        site.redirect("/a", "b/c?x=1#top", status)
        site.redirect("/b/c", site.url("/", host="other.example"), status)

        fetched = fetch_here(site.url("/a"))

        assert site.url("/", host="other.example") == fetched.url
        assert site.url("/a") == fetched.page.requested_url
        assert ["/a", "/b/c?x=1", "/"] == [request.path for request in site.requests]

    def test_a_redirect_may_need_its_cookie(self, site: Site) -> None:
        """Sites that set a cookie and redirect back are read, as in a browser."""

        def gate(handler: Handler) -> None:
            if handler.headers["Cookie"] == "seen=1":
                site.routes["/gate"] = Answer()
                return handler.do_GET()
            handler.send_response(302)
            handler.send_header("Set-Cookie", "seen=1")
            handler.send_header("Location", "/gate")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return None

        site.routes["/gate"] = gate

        assert PAGE == fetch_here(site.url("/gate")).content

    def test_a_redirect_to_characters_beyond_ascii_is_followed(self, site: Site) -> None:
        """Servers write raw UTF-8 into Location."""
        site.redirect("/a", "/caf\u00e9".encode().decode("latin-1"))
        site.routes["/caf%C3%A9"] = Answer()

        assert PAGE == fetch_here(site.url("/a")).content

    @pytest.mark.parametrize(
        ("coding", "packed"),
        [
            ("gzip", gzipped(PAGE)),
            ("x-gzip", gzipped(PAGE)),
            ("gzip", gzipped(PAGE[:20]) + gzipped(PAGE[20:])),
            ("gzip", gzipped(PAGE) + b"\0\0 trailing"),
            ("deflate", zlib.compress(PAGE)),
            ("deflate", zlib.compress(PAGE)[2:-4]),
            ("gzip, deflate", zlib.compress(gzipped(PAGE))),
            ("identity", PAGE),
            ("UTF-8", PAGE),
        ],
    )
    def test_compressions_are_undone(self, site: Site, coding: str, packed: bytes) -> None:
        """Whatever browsers undo is undone, in one piece and byte by byte."""
        headers = {"Content-Type": "text/html", "Content-Encoding": coding}
        site.routes["/whole"] = Answer(packed, headers=headers)
        site.routes["/bytes"] = Answer(headers=headers, chunks=[bytes([b]) for b in packed])

        assert PAGE == fetch_here(site.url("/whole")).content
        assert PAGE == fetch_here(site.url("/bytes")).content

    def test_brotli_is_undone_where_its_library_is(self, site: Site) -> None:
        """Brotli is request for and undone if it can be."""
        brotli = pytest.importorskip("brotli")
        site.routes["/"] = Answer(
            brotli.compress(PAGE),
            headers={"Content-Type": "text/html", "Content-Encoding": "br"},
        )

        assert PAGE == fetch_here(site.url("/")).content
        assert "br" in site.requests[0].headers["Accept-Encoding"]

    def test_the_next_address_is_tried(self, site: Site) -> None:
        """A name with a dead address and a live one is read."""
        fetcher = PageFetcher(address_filter=allow_all, resolve=lambda host: ["::1", "127.0.0.1"])

        assert PAGE == fetcher.fetch(site.url("/", host="two.example")).content


class TestPrivate:
    """Nothing that is not public is spoken to."""

    @pytest.mark.parametrize(
        "host",
        [
            "127.0.0.1",
            "2130706433",
            "0177.0.0.1",
            "0x7f.1",
            "127.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "169.254.169.254",
            "0.0.0.0",
            "localhost",
            "127.0.0.1.",
        ],
    )
    def test_hosts_are_refused(self, site: Site, host: str) -> None:
        """Addresses in every spelling are refused before anything is sent, and the way out is named."""
        with pytest.raises(FetchError, match=r"only public addresses are allowed.*--allow-private"):
            fetch_url(site.url("/", host=host))

        assert [] == site.requests

    def test_a_name_for_a_private_address_is_refused(self, site: Site) -> None:
        """What counts is where a name leads."""
        said = refusal(site.url("/", host="news.example.org"), PageFetcher(resolve=here))

        assert (
            'the host "news.example.org" has the address 127.0.0.1, which is this machine' in said
        )
        assert [] == site.requests

    def test_a_name_with_one_private_address_is_refused_whole(self, site: Site) -> None:
        """Public and private together is how an attack looks; the public one is not tried."""
        fetcher = PageFetcher(resolve=lambda host: ["93.184.215.14", "10.0.0.7"])

        assert "10.0.0.7, which is private" in refusal("http://mixed.example/", fetcher)

    @pytest.mark.parametrize(
        "target",
        [
            "http://127.0.0.2/",
            "http://169.254.169.254/latest/meta-data/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.2]/",
            "http://2130706434/",
            "http://inside.example/",
            "//10.0.0.1/",
        ],
    )
    def test_a_redirect_to_a_private_address_is_refused(self, site: Site, target: str) -> None:
        """An allowed page cannot lead to one that is not."""
        site.redirect("/a", target)
        fetcher = PageFetcher(
            address_filter=only_one_is_public, resolve=lambda host: ["192.168.0.9"]
        )

        said = refusal(site.url("/a"), fetcher)

        assert said.startswith(f"{site.url('/a')} (redirected to http")
        assert "only public addresses are allowed" in said

    def test_each_hop_is_resolved_once_and_not_again(self, site: Site) -> None:
        """A name server that changes its answer changes nothing: what was checked is what is connected to."""
        answers = iter([["127.0.0.1"], ["127.0.0.2"]])
        fetcher = PageFetcher(address_filter=only_one_is_public, resolve=lambda host: next(answers))

        assert PAGE == fetcher.fetch(site.url("/", host="turning.example")).content
        assert "127.0.0.2, which is this machine" in refusal(
            site.url("/", host="turning.example"), fetcher
        )
        assert 1 == len(site.requests)

    def test_a_redirect_to_the_same_name_is_checked_again(self, site: Site) -> None:
        """The second hop to a name is no less checked than the first."""
        site.redirect("/a", "/")
        answers = iter([["127.0.0.1"], ["10.0.0.1"]])
        fetcher = PageFetcher(address_filter=only_one_is_public, resolve=lambda host: next(answers))

        assert "10.0.0.1, which is private" in refusal(
            site.url("/a", host="turning.example"), fetcher
        )

    def test_the_peer_is_checked_after_connecting(self, site: Site) -> None:
        """What the socket says about its other end is request about too."""
        request: list[Address] = []

        def address_filter(address: Address) -> str | None:
            request.append(address)
            return "not what it was" if len(request) > 1 else None

        said = refusal(site.url("/"), PageFetcher(address_filter=address_filter, resolve=here))

        assert "127.0.0.1 is not what it was" in said
        assert [] == site.requests


class TestRefusals:
    """Whatever goes wrong is one sentence: what, where, what next."""

    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("ftp://a.example/x", "only http:// and https://"),
            ("file:///etc/passwd", "only http:// and https://"),
            ("gopher://127.0.0.1:70/", "only http:// and https://"),
            ("http://me:word@a.example/", "http://a.example/: the address contains a user name"),
            ("http://me@a.example/", "the address contains a user name"),
            ("http://", "this is not a web address"),
            ("http://[::1/", "this is not a web address"),
            ("http://a.example:99999999/", "this is not a web address"),
            ("http://*.example/", "this is not a web address"),
            ("http://①②⑦.⓪.⓪.①/", "this is not a web address"),
        ],
    )
    def test_what_is_no_address_is_refused(self, url: str, expected: str) -> None:
        """Other schemes, passwords and broken addresses are refused, and no password is shown."""
        said = refusal(url)

        assert expected in said
        assert "word@" not in said

    def test_a_redirect_may_not_change_the_scheme_or_bring_a_password(self, site: Site) -> None:
        """Each hop must be a plain web address."""
        site.redirect("/a", "file:///etc/passwd")
        site.redirect("/b", site.url("/").replace("//", "//me:word@"))

        assert "only http:// and https://" in refusal(site.url("/a"))
        assert "user name or a password" in refusal(site.url("/b"))

    @pytest.mark.parametrize(
        ("status", "headers", "expected"),
        [
            (204, {}, "the response is empty"),
            (206, {}, "only part"),
            (302, {}, "without saying where (302)"),
            (304, {}, "it was not asked"),
            (400, {}, "copied whole"),
            (401, {}, "asks for a login (401)"),
            (402, {}, "paying readers (402)"),
            (403, {}, "it requires a login or blocks programs"),
            (403, {"cf-mitigated": "challenge"}, "robot check"),
            (202, {"x-amzn-waf-action": "challenge"}, "robot check"),
            (404, {}, "the page does not exist (404)"),
            (410, {}, "the page was removed (410)"),
            (418, {}, "418 I'm a Teapot"),
            (429, {}, "takes Handbill for a robot (429). Try again later"),
            (429, {"Retry-After": "120"}, "try again in 2 minutes"),
            (451, {}, "legal reasons"),
            (500, {}, "500 Internal Server Error"),
            (
                503,
                {"Retry-After": "Tue, 01 Dec 2026 09:00:00 GMT"},
                "blocks robots (503). It asks to try again after 2026-12-01 09:00 UTC",
            ),
            (503, {"Retry-After": "soon"}, "Try again later"),
            (599, {}, "the server failed (599)"),
        ],
    )
    def test_statuses_are_explained(
        self, site: Site, status: int, headers: dict[str, str], expected: str
    ) -> None:
        """Each status says what it means for a reader, and what the server asks."""
        body = b"" if status in (204, 304) else b"no"
        site.routes["/a"] = Answer(body, status, headers)

        said = refusal(site.url("/a"))

        assert said.startswith(f"{site.url('/a')}: ")
        assert expected in said

    def test_an_unknown_host_is_reported(self) -> None:
        """A name nobody knows, and a name server that is silent, are two things."""

        def unknown(host: str) -> Sequence[str]:
            raise socket.gaierror(socket.EAI_NONAME, "no")

        def silent(host: str) -> Sequence[str]:
            raise socket.gaierror(socket.EAI_AGAIN, "no")

        assert 'the host "a.example" does not exist' in refusal(
            "http://a.example/", PageFetcher(resolve=unknown)
        )
        assert "the DNS server does not answer" in refusal(
            "http://a.example/", PageFetcher(resolve=silent)
        )
        assert "does not exist" in refusal(
            "http://a.example/", PageFetcher(resolve=lambda host: [])
        )

    def test_a_closed_port_is_reported(self) -> None:
        """Nobody listening is told with the place."""
        with socket.socket() as bound:  # but it does not listen
            bound.bind(("127.0.0.1", 0))
            port = bound.getsockname()[1]

            said = refusal(f"http://127.0.0.1:{port}/")

        assert f"127.0.0.1:{port} refuses the connection" in said

    def test_too_many_redirects_are_refused(self, site: Site) -> None:
        """A circle ends after as many hops as are allowed."""
        site.redirect("/a", "/a")

        assert "more than 5 redirects" in refusal(site.url("/a"))
        assert 6 == len(site.requests)

    def test_the_body_of_a_redirect_is_not_read(self, site: Site) -> None:
        """A redirect cannot make us unpack anything."""
        bomb = gzip.compress(bytes(5_000_000))
        site.routes["/a"] = Answer(
            bomb, 302, {"Location": "/", "Content-Encoding": "gzip", "Content-Length": "1"}
        )

        assert PAGE == web(size_bytes=1000).fetch(site.url("/a")).content

    def test_a_page_that_is_too_large_is_refused(self, site: Site) -> None:
        """Declared or not, more than the limit is refused; just the limit is not."""
        plain = {"Content-Type": "text/plain"}
        site.routes["/declared"] = Answer(b"x" * 1001, headers=plain)
        site.routes["/chunked"] = Answer(headers=plain, chunks=[b"x" * 500] * 3)
        site.routes["/just"] = Answer(b"x" * 1000, headers=plain)

        assert "larger than 1000 bytes" in refusal(site.url("/declared"), web(size_bytes=1000))
        assert "larger than 1000 bytes" in refusal(site.url("/chunked"), web(size_bytes=1000))
        assert 1000 == len(web(size_bytes=1000).fetch(site.url("/just")).content)
        assert "larger than 20 MB" in refusal(
            site.url("/huge"), self._huge(site, {"Content-Length": "99999999999"})
        )

    def _huge(self, site: Site, headers: dict[str, str]) -> PageFetcher:
        site.routes["/huge"] = Answer(b"x", headers=headers)
        return web()

    @pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip"])
    def test_a_bomb_is_stopped(self, site: Site, coding: str) -> None:
        """A few kilobytes that stand for a gigabyte are unpacked up to the limit and no further."""
        packer = zlib.compressobj(9, wbits=31 if coding.startswith("gzip") else 15)
        packed = b"".join(packer.compress(bytes(2**20)) for _ in range(256)) + packer.flush()
        if "," in coding:
            packed = gzip.compress(packed)
        site.routes["/a"] = Answer(packed, headers={"Content-Encoding": coding})

        assert "larger than 1 MB" in refusal(site.url("/a"), web(size_bytes=2**20))

    @pytest.mark.parametrize(
        ("body", "headers", "expected"),
        [
            (gzipped(PAGE)[:-9], {"Content-Encoding": "gzip"}, "damaged or incomplete"),
            (b"not gzip", {"Content-Encoding": "gzip"}, "damaged or incomplete"),
            (b"not zlib", {"Content-Encoding": "deflate"}, "damaged or incomplete"),
            (PAGE, {"Content-Encoding": "compress"}, 'compressed as "compress"'),
            (PAGE, {"Content-Encoding": "gzip,gzip,gzip,gzip"}, "compressed more than three times"),
            (PAGE, {"Content-Length": "5000"}, "broke off before the page was whole"),
            (b"", {"Content-Type": "text/html"}, "the page is empty"),
            (b" \n", {"Content-Type": "text/html"}, "the page is empty"),
            (b"", {"Content-Encoding": "gzip"}, "the page is empty"),
            (
                b"%PDF-1.7",
                {"Content-Type": "application/pdf"},
                'it is "application/pdf". Handbill reads',
            ),
        ],
    )
    def test_what_cannot_be_read_is_reported(
        self, site: Site, body: bytes, headers: dict[str, str], expected: str
    ) -> None:
        """Damage, truncation, emptiness and foreign formats each have their sentence."""

        def answer(handler: Handler) -> None:
            handler.send_response(200)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)
            handler.close_connection = True

        site.routes["/a"] = answer

        assert expected in refusal(site.url("/a"))

    def test_a_chunked_page_that_is_cut_off_is_refused(self, site: Site) -> None:
        """Without its last chunk a page is not whole."""

        def answer(handler: Handler) -> None:
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            handler.wfile.write(b"4\r\nrain\r\n")
            handler.close_connection = True

        site.routes["/a"] = answer

        assert "broke off" in refusal(site.url("/a"))


class TestTime:
    """No server can hold us longer than the limits say."""

    def test_silence_is_cut_off(self, site: Site) -> None:
        """A server that accepts and says nothing is given up."""

        def silent(handler: Handler) -> None:
            site.closing.wait()

        site.routes["/a"] = silent

        assert "said nothing for 0.1 seconds" in refusal(site.url("/a"), web(read_s=0.1))

    @pytest.mark.parametrize("start", ["", "HTTP/1.1 200 OK\r\n\r\n"])
    def test_a_drip_is_cut_off(self, site: Site, start: str) -> None:
        """A server that sends a byte now and then, in the headers or after, ends when the time is up."""

        def drip(handler: Handler) -> None:
            handler.wfile.write(start.encode() or b"HTTP/1.1 200 OK\r\nX: ")
            while not site.closing.wait(0.02):
                handler.wfile.write(b"x")

        site.routes["/a"] = drip

        said = refusal(site.url("/a"), web(total_s=0.2))

        assert "the page was not whole after 0.2 seconds" in said

    def test_a_redirect_does_not_restart_the_deadline(self, site: Site) -> None:
        """The time counts from the first look-up to the last byte."""

        def slow(handler: Handler) -> None:
            site.closing.wait(0.06)
            handler.send_response(302)
            handler.send_header("Location", "/a")
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        site.routes["/a"] = slow

        assert "not whole after 0.15 seconds" in refusal(
            site.url("/a"), web(total_s=0.15, redirects=20)
        )

    def test_a_silent_name_service_is_cut_off(self, site: Site) -> None:
        """The system's look-up takes no timeout, so it is waited for no longer than the rest."""

        def stuck(host: str) -> Sequence[str]:
            site.closing.wait()
            return []

        fetcher = PageFetcher(resolve=stuck, limits=Limits(total_s=0.1))

        assert "not whole after 0.1 seconds" in refusal("http://a.example/", fetcher)

    def test_a_host_that_does_not_accept_is_cut_off(self) -> None:
        """A connection that is never made ends when its time is up."""
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            port = full.getsockname()[1]
            waiting = [socket.socket() for _ in range(4)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
            said = refusal(f"http://127.0.0.1:{port}/", web(connect_s=0.1, read_s=0.1))
            for one in waiting:
                one.close()

        assert "does not answer in time" in said or "said nothing" in said


class TestSecrets:
    """A token in a query reaches neither a message nor a log."""

    def test_messages_hold_no_query(self, site: Site) -> None:
        """Every message names the place without its query, and chains no error that quotes it."""
        site.routes["/empty"] = Answer(b"")
        site.redirect("/loop", "/loop?token=hunter2")
        for path in ("/empty", "/gone", "/loop"):
            with pytest.raises(FetchError) as caught:
                web().fetch(site.url(f"{path}?token=hunter2#hunter2"))
            assert f"{path}?…" in str(caught.value)
            assert "hunter2" not in str(caught.value)
            assert caught.value.__cause__ is None

    def test_logs_hold_no_query(self, site: Site, caplog: pytest.LogCaptureFixture) -> None:
        """The client's own log is kept discreet while a page is fetched."""
        caplog.set_level(logging.DEBUG)

        fetched = fetch_here(site.url("/?token=hunter2"))

        assert "GET /?… HTTP/1.1" in caplog.text
        assert "hunter2" not in caplog.text
        assert (True, False) == ("hunter2" in fetched.url, "hunter2" in fetched.address)


def test_the_default_is_to_refuse() -> None:
    """Whoever says nothing gets the strict rule."""
    assert check_public is PageFetcher().address_filter
