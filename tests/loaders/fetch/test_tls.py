"""A secure page is read only from the host its certificate names."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from pipeline.errors import FetchError
from pipeline.loaders.fetch.web import PageFetcher
from pipeline.net.address_filter import allow_all
from tests.loaders.fetch.servers import PAGE, Site, here, running

NAME = "news.example.org"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@contextmanager
def secure(certificate: trustme.LeafCert, heard: list[str | None] | None = None) -> Iterator[Site]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if heard is not None:
        context.sni_callback = lambda _, name, __: heard.append(name)
    with running(Site(tls=context)) as site:
        yield site


def trusting(authority: trustme.CA, folder: Path) -> PageFetcher:
    bundle = folder / "authorities.pem"
    authority.cert_pem.write_to_path(str(bundle))
    return PageFetcher(address_filter=allow_all, resolve=here, ca_bundle=bundle)


def refusal(url: str, web: PageFetcher) -> str:
    with pytest.raises(FetchError) as caught:
        web.fetch(url)
    return str(caught.value)


def test_the_named_host_is_read(authority: trustme.CA, tmp_path: Path) -> None:
    """The handshake and the certificate go by the name, though the connection goes to an address."""
    heard: list[str | None] = []
    with secure(authority.issue_cert(NAME), heard) as site:
        fetched = trusting(authority, tmp_path).fetch(site.url("/", host=NAME))

    assert PAGE == fetched.content
    assert [NAME] == heard
    assert f"{NAME}:{site.server_port}" == site.requests[0].headers["Host"]


def test_an_address_can_be_named_by_a_certificate(authority: trustme.CA, tmp_path: Path) -> None:
    """A certificate for an address is good for that address."""
    with secure(authority.issue_cert("127.0.0.1")) as site:
        assert PAGE == trusting(authority, tmp_path).fetch(site.url("/")).content


def test_another_host_is_refused(authority: trustme.CA, tmp_path: Path) -> None:
    """A certificate for another name is refused, and nothing is request for."""
    with secure(authority.issue_cert("other.example.org")) as site:
        said = refusal(site.url("/", host=NAME), trusting(authority, tmp_path))

    assert f"https://{NAME}:{site.server_port}/: its certificate is for another host" in said
    assert [] == site.requests


def test_an_expired_certificate_is_refused(authority: trustme.CA, tmp_path: Path) -> None:
    """A certificate past its day is refused."""
    certificate = authority.issue_cert(NAME, not_after=datetime(2020, 1, 1, tzinfo=UTC))
    with secure(certificate) as site:
        said = refusal(site.url("/", host=NAME), trusting(authority, tmp_path))

    assert "its certificate has expired" in said


def test_an_unknown_authority_is_refused(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the shipped authorities count by default, whatever the environment says."""
    bundle = tmp_path / "authorities.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with secure(authority.issue_cert(NAME)) as site:
        said = refusal(
            site.url("/", host=NAME), PageFetcher(address_filter=allow_all, resolve=here)
        )

    assert "signed by an authority nobody here knows" in said


def test_what_speaks_no_tls_is_refused(authority: trustme.CA, tmp_path: Path) -> None:
    """https to a server that speaks http is told as such."""
    with running(Site()) as site:
        url = site.url("/", host=NAME).replace("http:", "https:")
        said = refusal(url, trusting(authority, tmp_path))

    assert "no secure connection can be made (TLS)" in said


def test_a_handshake_that_never_ends_is_cut_off(authority: trustme.CA, tmp_path: Path) -> None:
    """The time counts during the handshake too."""
    import socket
    from dataclasses import replace

    from pipeline.net.deadline import Limits

    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"https://{NAME}:{server.getsockname()[1]}/"
        web = replace(trusting(authority, tmp_path), limits=Limits(total_s=0.15))
        said = refusal(url, web)

    assert "the page was not whole after 0.15 seconds" in said
