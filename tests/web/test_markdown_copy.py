"""Save an article as Markdown from the preview."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.loaders import load
from tests.browser import Browser
from tests.web.previews import frame, make_project, run_preview, wait_for_version

if TYPE_CHECKING:
    from playwright.sync_api import Page

TEXT = """\
The Tide Clock

By Nell Oddy

The clock on the quay has one hand, and it shows the water and not the hour.[1] Nobody winds it at all.

A float does the work, and the harbour master takes the credit for it every single day of the year.

[1] There was a second one until 1911.
"""


def test_save_as_markdown(tmp_path: Path, browser: Browser) -> None:
    """A text is saved beside its source without replacing a file; the page says where and opens it."""
    folder = make_project(tmp_path / "lantern")
    (folder / "quay.txt").write_text(TEXT, encoding="utf-8")
    (folder / "quay.md").write_text("mine", encoding="utf-8")
    with run_preview(folder, "quay.txt") as preview:

        def work(page: Page) -> tuple[str, str, bool]:
            wait_for_version(page)
            page.click("#menu-button")
            page.click("#markdown")
            before = page.inner_text("dialog")
            page.click("#markdown-save")
            page.get_by_text("Saved as Markdown").wait_for()
            after = page.inner_text("dialog")
            page.get_by_text("Preview the Markdown file").click()
            page.wait_for_url("**/preview/*")
            frame(wait_for_version(page)).get_by_text("Nobody winds it at all.").wait_for()
            return before, after, page.locator("#markdown").is_visible()

        before, after, is_offered = browser.at(preview.url, work)
    written = (folder / "quay-2.md").read_text(encoding="utf-8")
    assert "No file is replaced." in before
    assert str(folder / "quay-2.md") in after
    assert "title: The Tide Clock" in written
    assert "[^1]: There was a second one until 1911." in written
    assert "mine" == (folder / "quay.md").read_text(encoding="utf-8")
    assert TEXT == (folder / "quay.txt").read_text(encoding="utf-8")
    assert not is_offered


def test_saving_twice(tmp_path: Path) -> None:
    """A second copy gets a name of its own."""
    folder = make_project(tmp_path / "lantern")
    (folder / "quay.txt").write_text(TEXT, encoding="utf-8")
    with run_preview(folder, "quay.txt") as preview:
        path = f"/preview/{preview.server.session.open_article(str(folder / 'quay.txt'))}"
        first = preview.call(f"{path}/markdown", {})
        second = preview.call(f"{path}/markdown", {})

    assert [str(folder / "quay.md"), str(folder / "quay-2.md")] == [first["path"], second["path"]]


def test_the_copy_has_the_appeal_of_the_article(tmp_path: Path) -> None:
    """What the configuration puts in its place is not in the copy; the article's own stands there as a block."""
    folder = make_project(tmp_path / "lantern")  # with an appeal in its configuration
    donate = "\nDonate now\nPlease donate to keep the clock: https://quay.example.org/give\n"
    (folder / "quay.txt").write_text(TEXT + donate, encoding="utf-8")
    with run_preview(folder, "quay.txt") as preview:
        path = f"/preview/{preview.server.session.open_article(str(folder / 'quay.txt'))}"
        preview.call(f"{path}/markdown", {})
    written = (folder / "quay.md").read_text(encoding="utf-8")
    again = load(str(folder / "quay.md"))

    assert "::: appeal" in written
    assert "appeal.replaced" not in written
    assert again.appeal == load(str(folder / "quay.txt")).appeal
