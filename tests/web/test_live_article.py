"""What an article is made of changes, breaks, goes away and comes back; and where articles come from."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from pipeline.config import DEFAULT_CONFIG
from pipeline.project import Project
from pipeline.web.preview.session import PreviewSession, ViewAs, picture_of
from pipeline.web.preview.sources.live_article import LiveArticle
from tests.browser import Browser
from tests.loaders.fetch.servers import Answer, Site, running
from tests.loaders.test_word import _docx
from tests.support import ROOT
from tests.web.previews import ARTICLE, CONFIG, Preview, make_project, previewing, shown

if TYPE_CHECKING:
    from playwright.sync_api import Page


def opened(preview: Preview) -> LiveArticle:
    """Return the article the preview was started with."""
    found = preview.server._desk.opened(preview.letter.rpartition("/")[2])
    assert isinstance(found, LiveArticle)
    return found


def after(
    studio: LiveArticle, act: Callable[[], object], holds: Callable[[LiveArticle], bool]
) -> LiveArticle:
    """Do *act* and wait until *holds*; fail if ten pieces of news do not bring it."""
    act()
    for _ in range(10):
        if holds(studio):
            return studio
        studio.wait(studio.news, timeout_s=5)
    raise AssertionError(f"it never came; the last word was: {studio.error}")


def letter_of(studio: LiveArticle) -> str:
    """Return the letter as most readers get it."""
    desk = PreviewSession(open_project=lambda: picture_of(studio).project, load=lambda *_: None)  # type: ignore[arg-type]
    return desk.show(studio, ViewAs()).html


def test_an_article_that_was_deleted_comes_back(tmp_path: Path) -> None:
    """While it is away that is told and the last picture stays; once it is there again, so is its picture."""
    with previewing(make_project(tmp_path / "lantern")) as preview:
        studio, article = opened(preview), preview.folder / "tide.md"

        after(studio, article.unlink, lambda s: s.error is not None)
        assert "tide.md" in str(studio.error)
        assert studio.picture is not None
        again = ARTICLE.replace("Nobody winds it.", "A boy winds it.")
        after(studio, lambda: preview.save(again), lambda s: s.error is None)
        assert "A boy winds it." in letter_of(studio)


def test_a_picture_that_is_replaced_or_missing_is_noticed(tmp_path: Path) -> None:
    """A new picture of the same name is shown; one that is missing is told, and found when it comes."""
    with previewing(make_project(tmp_path / "lantern")) as preview:
        studio, clock = opened(preview), preview.folder / "clock.png"

        def shown_bytes(s: LiveArticle) -> bytes:
            return picture_of(s).edition.images[0].content

        before = shown_bytes(studio)
        after(
            studio,
            lambda: Image.new("RGB", (640, 360), "#334455").save(clock),
            lambda s: s.error is None and shown_bytes(s) != before,
        )
        after(
            studio,
            lambda: preview.save(ARTICLE.replace("clock.png", "dial.png")),
            lambda s: s.error is not None,
        )
        assert "dial.png" in str(studio.error)
        after(
            studio,
            lambda: shutil.copy(clock, preview.folder / "dial.png"),
            lambda s: s.error is None,
        )


def test_a_broken_theme_is_told_with_its_line(tmp_path: Path) -> None:
    """A mistake in a theme of the project names file and line, and goes when it is mended; words likewise."""
    folder = make_project(tmp_path / "lantern")
    theme = folder / "templates" / "default"
    theme.mkdir(parents=True)
    shipped = (ROOT / "templates" / "default" / "appeal.mjml.j2").read_text(encoding="utf-8")
    file = theme / "appeal.mjml.j2"
    file.write_text(shipped, encoding="utf-8")
    with previewing(folder) as preview:
        studio = opened(preview)
        assert studio.error is None

        broken = "{% if %}\n" + shipped
        after(studio, lambda: file.write_text(broken, encoding="utf-8"), lambda s: bool(s.error))
        assert "appeal.mjml.j2" in str(studio.error)
        assert "1" in str(studio.error).partition("appeal.mjml.j2")[2][:12]
        after(studio, lambda: file.write_text(shipped, encoding="utf-8"), lambda s: not s.error)


def test_a_page_opened_meanwhile_tells_a_broken_configuration(
    tmp_path: Path, browser: Browser
) -> None:
    """The letter opens with its last picture; the index says on a page what is wrong, with file and line."""
    with previewing(make_project(tmp_path / "lantern")) as preview:
        studio = opened(preview)
        broken = CONFIG.replace("Europe/London", "Mars/Olympus")
        after(studio, lambda: preview.save(broken, "handbill.toml"), lambda s: bool(s.error))

        def work(page: Page) -> tuple[str, str]:
            seen = shown(page).inner_text("#mistake")
            page.goto(f"{preview.origin}/articles")
            return seen, page.inner_text("main")

        for words in browser.at(preview.url, work):
            assert "handbill.toml:5, [publication] timezone" in words


def test_a_folder_is_one_article(tmp_path: Path) -> None:
    """A folder with an article in it is opened whole, and watched."""
    folder = make_project(tmp_path / "lantern")
    own = folder / "tide"
    own.mkdir()
    (folder / "tide.md").rename(own / "index.md")
    (folder / "clock.png").rename(own / "clock.png")
    with previewing(folder, "tide") as preview:
        studio = preview.server._desk.opened(preview.server._desk.open(str(own)))
        assert isinstance(studio, LiveArticle)
        assert studio.error is None

        after(
            studio,
            lambda: (own / "index.md").write_text(ARTICLE.replace("Nobody winds", "A boy winds")),
            lambda s: "A boy winds" in letter_of(s),
        )


def test_without_a_project_built_in_defaults_hold(tmp_path: Path) -> None:
    """An article outside any project is shown; nothing can be sent to a list, which is told in a sentence."""
    folder = make_project(tmp_path / "lantern")
    (folder / "handbill.toml").unlink()

    def open_project() -> Project:
        return Project(root=folder, config=DEFAULT_CONFIG, is_configured=False)

    with previewing(folder, open_project=open_project) as preview:
        state = preview.call(f"{preview.letter}/state")
        assert (True, None) == (state["is_shown"], state["error"])
        assert "needs a project" in preview.call(f"{preview.letter}/lists")["error"]
        assert {"versions": []} == preview.call(f"{preview.letter}/versions")


def test_a_word_file_is_shown(tmp_path: Path) -> None:
    """A Word file is opened like any other; it has no lines to jump to."""
    folder = make_project(tmp_path / "lantern")
    made = _docx(tmp_path, "<w:p><w:r><w:t>The clock has one hand.</w:t></w:r></w:p>", title="Tide")
    shutil.copy(made, folder / "letter.docx")
    with previewing(folder, "letter.docx") as preview:
        path = f"/studio/{preview.server._desk.open(str(folder / 'letter.docx'))}"
        assert preview.call(f"{path}/state")["is_shown"]
        assert {"lines": None} == preview.call(f"{path}/source")


def test_a_page_on_the_web_is_shown(tmp_path: Path) -> None:
    """An address is fetched once, and there is nothing to watch."""
    words = "<p>The clock on the quay has one hand, and it shows the water.</p>" * 5
    with running(Site()) as site:
        site.routes["/tide"] = Answer(
            headers={"Content-Type": "text/html"},
            body=f"<title>Tide</title><article><h1>Tide</h1>{words}</article>".encode(),
        )
        desk = PreviewSession(
            open_project=lambda: Project.open(make_project(tmp_path / "lantern")),
            load=lambda project, source: project.edit(project.load(source, allow_private=True)),
        )
        name = desk.open(site.url("/tide").replace("https:", "http:"))
        studio: Any = desk.opened(name)  # Any: a studio
        asked = len(site.requests)
        desk.close()
    assert studio.error is None
    assert 1 == asked
    assert "one hand" in letter_of(studio)


def test_each_language_is_shown_and_an_unknown_one_told(tmp_path: Path) -> None:
    """Every language there are words for makes a letter with its pictures, not only the article's own."""
    with previewing(make_project(tmp_path / "lantern")) as preview:
        languages = preview.call(f"{preview.letter}/state")["languages"]
        seen = [preview.call(f"{preview.letter}/state?language={each}") for each in languages]
        unknown = preview.call(f"{preview.letter}/state?language=tlh")
    assert {"en", "fr", "ar", "ja"} <= set(languages)
    assert all(state["is_shown"] and len(state["panels"]["images"]) == 1 for state in seen)
    assert len({state["html"] for state in seen}) == len(languages)
    assert unknown.get("error") or unknown["is_shown"]


def test_ctrl_c_ends_it_and_a_taken_port_is_told(tmp_path: Path) -> None:
    """The command prints its address at once and ends without a traceback; a second one on its port says what to do."""
    folder = make_project(tmp_path / "lantern")

    def start(port: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "pipeline",
                "preview",
                "tide.md",
                "--port",
                port,
                "--no-browser",
            ],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # a shell that runs the tests in the background has them ignore Ctrl-C
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    with start("0") as first:
        assert first.stdout is not None
        port = first.stdout.readline().partition("127.0.0.1:")[2].partition("/")[0]
        with start(port) as second:
            _, told = second.communicate(timeout=60)
        first.send_signal(signal.SIGINT)
        _, last = first.communicate(timeout=60)
    assert (1, True) == (second.returncode, "is taken" in told)
    assert "--port 0" in told
    assert (0, False) == (first.returncode, "Traceback" in last + told)
