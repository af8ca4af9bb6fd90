"""
A browser for the tests, started once for all of them.

    def test_it(browser: Browser) -> None:
        assert 0 == browser.in_page(html, lambda page: page.evaluate("document.links.length"), width_px=375)

It runs in a thread of its own: Playwright's loop would otherwise be the running loop of every test after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pipeline.files import find_static_file
from tests.support import require_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

T = TypeVar("T")
Scheme = Literal["light", "dark"]

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--in-process-gpu", "--disable-software-rasterizer", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--font-render-hinting=none", "--force-color-profile=srgb", "--disable-lcd-text"),
)
#: Debian's program itself. Its wrapper adds extensions and a GPU's rasterization, a fifth of the CPU without one.
_UNWRAPPED = Path("/usr/lib/chromium/chromium")
#: What a remote picture looks like here: nothing is loaded from anywhere.
_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="675"><rect width="1200" height="675" fill="#7d8f8a"/>'
    '<path d="M0 470 340 210 600 430 820 300 1200 560V675H0Z" fill="#4f6460"/></svg>'
)


class Browser:
    """Chromium, with nothing to reach but what it is given."""

    def __init__(self) -> None:
        path = str(_UNWRAPPED if _UNWRAPPED.is_file() else require_chromium())
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser")
        self._thread.submit(self._start, path).result()

    def _start(self, path: str) -> None:
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        self._page = self._browser.new_context().new_page()
        self._page.route("**/*", self._answer)

    def _answer(self, route: Route) -> None:
        if route.request.resource_type == "image" and self._has_pictures:
            route.fulfill(status=200, content_type="image/svg+xml", body=_PICTURE)
        else:
            route.abort()

    def in_page(
        self,
        html: str,
        work: Callable[[Page], T],
        *,
        width_px: int = 600,
        scheme: Scheme = "light",
        pictures: bool = True,
    ) -> T:
        """
        Return what *work* finds on the page of *html*.

        Args:
            pictures: False blocks them; true shows the same drawing for each remote one.
        """

        def run() -> T:
            self._has_pictures = pictures
            self._page.set_viewport_size({"width": width_px, "height": 900})
            self._page.emulate_media(color_scheme=scheme)
            # A new document: one that is only written again keeps the content security policy of the last.
            self._page.goto("about:blank")
            self._page.set_content(html, wait_until="load")
            return work(self._page)

        return self._thread.submit(run).result()

    def at(
        self,
        url: str,
        work: Callable[[Page], T],
        *,
        width_px: int = 1280,
        scheme: Scheme = "light",
        reachable: str = "http://127.0.0.1:",
    ) -> T:
        """
        Return what *work* finds at *url*, a server on this machine, with a browser's memory of its own.

        Whatever the page asks of other machines is noted in `page.asked_elsewhere` and goes nowhere.

        Args:
            reachable: The start of the address of another server on this machine; any certificate will do.
        """

        def run() -> T:
            context = self._browser.new_context(
                viewport={"width": width_px, "height": 800},
                color_scheme=scheme,
                ignore_https_errors=True,
            )
            context.grant_permissions(["clipboard-read", "clipboard-write"])
            elsewhere: list[str] = []

            def answer(route: Route) -> None:
                if route.request.url.startswith(("http://127.0.0.1:", reachable)):
                    route.continue_()
                    return
                elsewhere.append(route.request.url)
                route.abort()

            context.route("**/*", answer)
            page = context.new_page()
            page.set_default_timeout(20_000)
            page.asked_elsewhere = elsewhere  # type: ignore[attr-defined]
            try:
                page.goto(url)
                return work(page)
            finally:
                context.close()

        return self._thread.submit(run).result()

    def close(self) -> None:
        """End it."""
        self._thread.submit(self._browser.close).result()
        self._thread.submit(self._playwright.stop).result()
        self._thread.shutdown()


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    found: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return found


def violations(page: Page, rules: tuple[str, ...]) -> list[str]:
    """Return what axe finds against *rules*, a line for each element: the rule, the element, what is wrong."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(find_static_file("axe.min.js").read_text(encoding="utf-8") + ";0")
    found: list[dict[str, Any]] = page.evaluate(  # Any: axe's own report
        "rules => axe.run(document, {runOnly: {type: 'rule', values: rules}, resultTypes: ['violations'],"
        " preload: false, iframes: false})"
        ".then(report => report.violations)",
        list(rules),
    )
    return [
        f"{rule['id']}: {node['html'][:160]} {' '.join(node['failureSummary'].split())[:300]}"
        for rule in found
        for node in rule["nodes"]
    ]


def without_styles(html: str) -> str:
    """Return *html* as Gmail shows it to an account of another provider: every `<style>` gone."""
    return re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
