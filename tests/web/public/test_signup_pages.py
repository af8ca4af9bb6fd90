"""How the sign-up pages look: languages, directions, narrow windows, dark mode, screen readers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Literal

import pytest
from sqlalchemy import select

from pipeline.subscribers.signups.tables import signups
from pipeline.web.public.public_server import PublicServer
from tests.browser import Browser, overflow, violations
from tests.web.public.signup_site import link_path, open_site
from tests.web.public.test_pages import RULES

if TYPE_CHECKING:
    from playwright.sync_api import Page

_ADDRESS = f"ana@{'long-name.' * 6}example.org"


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("he", "light")])
def test_sign_up_is_accessible_and_fits_a_narrow_window(
    browser: Browser, tmp_path: Path, language: str, scheme: Literal["light", "dark"]
) -> None:
    """From the lists to the subscription, with a mistake on the way; the browser proves its work where asked."""
    needs_proof = language == "en"
    config = f"[signup]\nproof_of_work = {str(needs_proof).lower()}\n"
    with open_site(tmp_path, config=config) as site:
        server = PublicServer(site.client.application, port=0)
        thread = Thread(target=server.run, daemon=True)
        thread.start()

        def walk(page: Page) -> list[object]:
            found: list[object] = []

            def check() -> None:
                page.wait_for_load_state()
                found.extend([*violations(page, RULES), overflow(page)])

            page.set_extra_http_headers({"Accept-Language": language})
            page.reload()
            check()
            page.click("h2 a >> nth=0")
            check()
            page.fill("#address", "ana@gmial.com")
            site.clock.advance(timedelta(seconds=5))
            page.click("button.main")
            check()
            page.fill("#address", _ADDRESS)
            page.click("button.main")
            page.wait_for_selector(".signup", state="detached")
            check()
            path = link_path(site.send()[_ADDRESS])
            for button in ("button[value=decline]", "button[value=confirm]", ""):
                if button != "button[value=confirm]":
                    page.goto(server.url + path)
                check()
                if button:
                    page.click(button)
            found.extend(page.asked_elsewhere)  # type: ignore[attr-defined]
            page.set_extra_http_headers({})
            return found

        found = browser.at(f"{server.url}/subscribe", walk, width_px=320, scheme=scheme)
        with site.ledger.store.reading() as connection:
            (row,) = connection.execute(select(signups)).all()
        server.stop()
        thread.join()
    assert [0] * 7 == found
    assert (True, True) == (row.is_proven, row.confirmed_at is not None)
