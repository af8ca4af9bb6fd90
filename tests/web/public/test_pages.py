"""How the pages read and look: languages, directions, narrow windows, dark mode, screen readers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pipeline.models.address import Address
from pipeline.preferences.confirmations import ConfirmationStore
from pipeline.recipient_tokens import TokenPurpose
from tests.browser import Browser, overflow, violations
from tests.web.public.newsroom import PEOPLE, Newsroom, open_newsroom, preferences_path

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = (
    *("color-contrast", "document-title", "html-has-lang", "html-lang-valid", "valid-lang"),
    *("landmark-one-main", "region", "page-has-heading-one", "heading-order", "button-name"),
    *("meta-viewport", "target-size", "duplicate-id", "list", "bypass", "label", "listitem"),
    *("form-field-multiple-labels", "landmark-unique", "aria-allowed-role"),
)
LANGUAGES = ("de", "he", "tlh", "ja")


@pytest.fixture(scope="module")
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with open_newsroom(tmp_path_factory.mktemp("pages"), languages=LANGUAGES) as opened:
        yield opened


def test_pages_are_in_the_subscribers_language(newsroom: Newsroom) -> None:
    """A language without a translation gets the publication's; right to left is set so."""
    pages = [newsroom.client.get(newsroom.path(person)).text for person in PEOPLE]
    assert "weekly abbestellen?" in pages[0]
    assert '<html lang="he" dir="rtl">' in pages[1]
    assert '<html lang="en" dir="ltr">' in pages[2]
    assert "配信を停止" in pages[3]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("person", PEOPLE[:2])
def test_pages_are_accessible_and_fit_a_narrow_window(
    browser: Browser, newsroom: Newsroom, person: str, scheme: str
) -> None:
    """Asking, having left, being back: axe finds nothing, nothing overflows, nothing else is fetched."""

    def walk(page: Page) -> list[object]:
        found: list[object] = []
        for button in ("button.main", "button[value=undo]", ""):
            found += [*violations(page, RULES), overflow(page)]
            if button:
                page.click(button)
                page.wait_for_load_state()
        found += page.asked_elsewhere  # type: ignore[attr-defined]
        return found

    found = browser.at(
        newsroom.local_url(person),
        walk,
        width_px=320,
        scheme=scheme,  # type: ignore[arg-type]
    )
    assert [0, 0, 0] == found
    assert {} == newsroom.off_lists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("person", PEOPLE[:2])
def test_preferences_are_accessible_and_fit_a_narrow_window(
    browser: Browser, newsroom: Newsroom, person: str, scheme: str
) -> None:
    """As it opens, with a list left, paused, and after a mistake: axe finds nothing, nothing overflows."""

    def walk(page: Page) -> list[object]:
        found: list[object] = []
        for button in ("unsubscribe", "resubscribe", "pause", "resume", ""):
            found += [*violations(page, RULES), overflow(page)]
            if button:
                page.click(f"button[value={button}] >> nth=0")
                page.wait_for_load_state()
        found += page.asked_elsewhere  # type: ignore[attr-defined]
        return found

    found = browser.at(
        newsroom.server.url + preferences_path(newsroom, person),
        walk,
        width_px=320,
        scheme=scheme,  # type: ignore[arg-type]
    )
    assert [0] * 5 == found
    assert {} == newsroom.off_lists()


@pytest.mark.parametrize("kind", ["address", "data"])
@pytest.mark.parametrize("person", PEOPLE[:2])
def test_pages_of_links_in_messages_are_accessible(
    browser: Browser, newsroom: Newsroom, person: str, kind: str
) -> None:
    """What is stored, and the question whether to use another address, fit a narrow window."""
    target = newsroom.ledger.find_target(
        preferences_path(newsroom, person).removeprefix("/p/"), TokenPurpose.PREFERENCES
    )
    assert target
    store = ConfirmationStore(newsroom.ledger, clock=newsroom.project.clock)
    if kind == "data":
        store.request_data(target)
    else:
        long = f"{person.partition('@')[0]}.{'w' * 40}@{'long-name.' * 4}example.net"
        store.request_address(target, Address(email=long))
    (waiting,) = store.claim_unsent()
    url = f"{newsroom.server.url}/c/{store.make_token(waiting)}"

    def view(page: Page) -> list[object]:
        return [*violations(page, RULES), overflow(page), *page.asked_elsewhere]  # type: ignore[attr-defined]

    assert [0] == browser.at(url, view, width_px=320, scheme="dark")


@pytest.mark.parametrize("path", ["/u/nonsense", "/elsewhere"])
def test_error_pages_are_accessible_too(browser: Browser, newsroom: Newsroom, path: str) -> None:
    """An unknown link, and no link at all."""
    found = browser.at(newsroom.server.url + path, lambda page: violations(page, RULES))
    assert [] == found
