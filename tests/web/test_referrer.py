"""Servers of pictures in a message never learn the address of the frame that shows it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

from pipeline.web.preview.messages.frame_page import remove_active_content
from tests.browser import Browser
from tests.loaders.fetch.servers import Answer, Site, running
from tests.web.previews import make_project, run_preview, wait_for_version

if TYPE_CHECKING:
    from playwright.sync_api import Page

HTML = """\
<!doctype html><html><head><meta name="referrer" content="unsafe-url"><meta NAME=Referrer content=always>
<meta http-equiv="referrer-policy" content="unsafe-url"><base href="{url}/base/">
<link rel="preload" as="image" href="{url}/preload.png" referrerpolicy="unsafe-url">
<style>body{{background:url({url}/style.png)}} @import url({url}/import.css);</style></head>
<body background="{url}/background.png"><h1>Tides</h1><meta name="referrer" content="unsafe-url">
<img src="{url}/plain.png"><img referrerpolicy="unsafe-url" src="{url}/unsafe.png">
<img/ReferrerPolicy="origin"/src="{url}/origin.png"><img alt="a > b" referrerpolicy='unsafe-url' src="{url}/quoted.png">
<img srcset="{url}/set.png 1x" referrerpolicy="no-referrer-when-downgrade">
<picture><source srcset="{url}/picture.png"><img referrerpolicy=unsafe-url src="{url}/fallback.png"></picture>
<video poster="{url}/poster.png" referrerpolicy="unsafe-url"></video>
<div style="width:9px;height:9px;background-image:url({url}/inline.png)"></div>
<svg><image href="{url}/svg.png" referrerpolicy="unsafe-url"/></svg>
<iframe referrerpolicy="unsafe-url" src="{url}/frame"></iframe>
<a ping="{url}/ping" referrerpolicy="unsafe-url" href="{url}/link" id="out">out</a>
<map name="m"><area referrerpolicy="unsafe-url" href="{url}/area"></map>
<scr<script></script>ipt></body></html>
"""
PICTURES = (
    "plain",
    "unsafe",
    "origin",
    "quoted",
    "set",
    "picture",
    "inline",
    "style",
)


def test_no_picture_server_learns_the_address(tmp_path: Path, browser: Browser) -> None:
    """Remote pictures are loaded if the user asks, however the message sets its referrer policy: without a Referer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    caught = tmp_path / "caught"
    caught.mkdir()
    with running(Site(context)) as site:
        for name in PICTURES:
            svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
            site.routes[f"/{name}.png"] = Answer(svg, headers={"Content-Type": "image/svg+xml"})
        message = EmailMessage()
        message["Subject"] = "Tides"
        message.set_content(HTML.format(url=site.url("").rstrip("/")), subtype="html")
        (caught / "1.eml").write_bytes(bytes(message))
        with run_preview(make_project(tmp_path / "lantern"), caught=caught) as preview:

            def work(page: Page) -> None:
                page.goto(f"{preview.origin}/folder/caught")
                page.click(".entries a")
                wait_for_version(page)
                page.click("#menu-button")
                with page.expect_response("**/inline.png"):
                    page.check("#remote-images")
                page.wait_for_load_state("networkidle", timeout=3_000)

            browser.at(preview.url, work, reachable=site.url(""))
    requested = {request.path.strip("/").removesuffix(".png") for request in site.requests}

    assert set(PICTURES) <= requested
    assert {None} == {request.headers["Referer"] for request in site.requests}
    assert not {"frame", "ping", "link", "area", "import.css"} & requested


def test_what_decides_it_is_removed_from_the_message(browser: Browser) -> None:
    """
    Without the sandbox of the frame, the message as it is overrides the policy of its page; cleaned, it does not.

    Chromium sends the address with pictures of styles whatever the policy is; against that only the opaque
    origin of the sandbox helps, as the test above shows.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    assert any(_collect_referrers(browser, context, lambda html: html))
    assert {None} == _collect_referrers(browser, context, remove_active_content)


def _collect_referrers(
    browser: Browser, context: ssl.SSLContext, prepare: Callable[[str], str]
) -> set[str | None]:
    """Return what a server of pictures learns from the prepared message, shown with the policy `no-referrer`."""
    with running(Site(context)) as site:
        picture = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
        for name in PICTURES:
            site.routes[f"/{name}.png"] = Answer(picture, headers={"Content-Type": "image/svg+xml"})
        html = prepare(HTML.format(url=site.url("").rstrip("/")))
        policy = {"Content-Type": "text/html", "Referrer-Policy": "no-referrer"}
        site.routes["/message"] = Answer(html.encode(), headers=policy)
        browser.at(
            site.url("/message"),
            lambda page: page.wait_for_load_state("networkidle", timeout=3_000),
            reachable=site.url(""),
        )
        in_elements = {f"/{name}.png" for name in PICTURES} - {"/style.png", "/inline.png"}
        pictures = [request for request in site.requests if request.path in in_elements]
    assert 3 < len(pictures)
    return {request.headers["Referer"] for request in pictures}
