"""Live articles: changes, errors, deleted and restored files, and the kinds of sources."""

from __future__ import annotations

import re
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
from pipeline.web.preview.messages.view_as import ViewAs
from pipeline.web.preview.session import PreviewSession, get_rendering
from pipeline.web.preview.sources.live_article import LiveArticle
from tests.browser import Browser
from tests.loaders.fetch.servers import Answer, Site, running
from tests.loaders.test_word import _docx
from tests.support import ROOT
from tests.web.previews import ARTICLE, CONFIG, Preview, make_project, run_preview, wait_for_version

if TYPE_CHECKING:
    from playwright.sync_api import Page


def get_article(preview: Preview) -> LiveArticle:
    """Return the article the preview was started with."""
    article = preview.server.session.get_document(preview.article_path.rpartition("/")[2])
    assert isinstance(article, LiveArticle)
    return article


def wait_until(
    article: LiveArticle, action: Callable[[], object], condition: Callable[[LiveArticle], bool]
) -> LiveArticle:
    """Do *action* and wait until *condition* holds; fail if it does not after ten changes."""
    action()
    for _ in range(10):
        if condition(article):
            return article
        article.wait_for_change(article.revision, timeout_s=5)
    raise AssertionError(f"the condition was never met; the last error was: {article.error}")


def get_html(article: LiveArticle) -> str:
    """Return the HTML for most recipients."""
    session = PreviewSession(
        open_project=lambda: get_rendering(article).project,
        load=lambda project, source: project.load(source),
    )
    return session.get_message(article, ViewAs()).html


def test_deleted_article_is_restored(tmp_path: Path) -> None:
    """A missing article is an error and its last rendering stays; once the file exists again, it is rendered."""
    with run_preview(make_project(tmp_path / "lantern")) as preview:
        article, file = get_article(preview), preview.folder / "tide.md"

        wait_until(article, file.unlink, lambda a: a.error is not None)
        assert "tide.md" in str(article.error)
        assert article.rendering is not None
        again = ARTICLE.replace("Nobody winds it.", "A boy winds it.")
        wait_until(article, lambda: preview.save(again), lambda a: a.error is None)
        assert "A boy winds it." in get_html(article)


def test_replaced_and_missing_images(tmp_path: Path) -> None:
    """A replaced image is shown; a missing one is left out and named until the file exists."""
    with run_preview(make_project(tmp_path / "lantern")) as preview:
        article, clock = get_article(preview), preview.folder / "clock.png"

        def read_image(article: LiveArticle) -> bytes:
            return get_rendering(article).edition.images[0].content

        before = read_image(article)
        wait_until(
            article,
            lambda: Image.new("RGB", (640, 360), "#334455").save(clock),
            lambda a: a.error is None and read_image(a) != before,
        )
        wait_until(
            article,
            lambda: preview.save(ARTICLE.replace("clock.png", "dial.png")),
            lambda a: not get_rendering(a).edition.images,
        )
        assert article.error is None
        assert "dial.png" in [finding.where for finding in get_rendering(article).edition.findings]
        wait_until(
            article,
            lambda: shutil.copy(clock, preview.folder / "dial.png"),
            lambda a: bool(get_rendering(a).edition.images),
        )


def test_error_in_a_theme_names_the_line(tmp_path: Path) -> None:
    """An error in a theme of the project names file and line, and disappears when it is fixed."""
    folder = make_project(tmp_path / "lantern")
    theme = folder / "templates" / "default"
    theme.mkdir(parents=True)
    shipped = (ROOT / "templates" / "default" / "appeal.mjml.j2").read_text(encoding="utf-8")
    file = theme / "appeal.mjml.j2"
    file.write_text(shipped, encoding="utf-8")
    with run_preview(folder) as preview:
        article = get_article(preview)
        assert article.error is None

        broken = "{% if %}\n" + shipped
        wait_until(
            article, lambda: file.write_text(broken, encoding="utf-8"), lambda a: bool(a.error)
        )
        assert "appeal.mjml.j2" in str(article.error)
        assert "1" in str(article.error).partition("appeal.mjml.j2")[2][:12]
        wait_until(
            article, lambda: file.write_text(shipped, encoding="utf-8"), lambda a: not a.error
        )


def test_configuration_error_on_new_pages(tmp_path: Path, browser: Browser) -> None:
    """The article opens with its last rendering; the index page shows the error with file and line."""
    with run_preview(make_project(tmp_path / "lantern")) as preview:
        article = get_article(preview)
        broken = CONFIG.replace("Europe/London", "Mars/Olympus")
        wait_until(article, lambda: preview.save(broken, "handbill.toml"), lambda a: bool(a.error))

        def work(page: Page) -> tuple[str, str]:
            message = wait_for_version(page).inner_text("#error")
            page.goto(f"{preview.origin}/articles")
            return message, page.inner_text("main")

        for message in browser.at(preview.url, work):
            assert "handbill.toml:5, [publication] timezone" in message


def test_folder_as_article(tmp_path: Path) -> None:
    """A folder with an article is opened as one article, and watched."""
    folder = make_project(tmp_path / "lantern")
    article_folder = folder / "tide"
    article_folder.mkdir()
    (folder / "tide.md").rename(article_folder / "index.md")
    (folder / "clock.png").rename(article_folder / "clock.png")
    with run_preview(folder, "tide") as preview:
        article = preview.server.session.get_document(
            preview.server.session.open_article(str(article_folder))
        )
        assert isinstance(article, LiveArticle)
        assert article.error is None

        wait_until(
            article,
            lambda: (article_folder / "index.md").write_text(
                ARTICLE.replace("Nobody winds", "A boy winds")
            ),
            lambda a: "A boy winds" in get_html(a),
        )


def test_article_without_a_project(tmp_path: Path) -> None:
    """An article outside a project is shown with default settings; sending to a list is an error."""
    folder = make_project(tmp_path / "lantern")
    (folder / "handbill.toml").unlink()

    def open_project() -> Project:
        return Project(root=folder, config=DEFAULT_CONFIG, is_configured=False)

    with run_preview(folder, open_project=open_project) as preview:
        state = preview.call(f"{preview.article_path}/state")
        assert (True, None) == (state["is_rendered"], state["error"])
        assert "needs a project" in preview.call(f"{preview.article_path}/lists")["error"]
        assert {"versions": []} == preview.call(f"{preview.article_path}/versions")


def test_word_file(tmp_path: Path) -> None:
    """A Word file is opened like any other; it has no source lines."""
    folder = make_project(tmp_path / "lantern")
    word_file = _docx(
        tmp_path, "<w:p><w:r><w:t>The clock has one hand.</w:t></w:r></w:p>", title="Tide"
    )
    shutil.copy(word_file, folder / "letter.docx")
    with run_preview(folder, "letter.docx") as preview:
        path = f"/preview/{preview.server.session.open_article(str(folder / 'letter.docx'))}"
        assert preview.call(f"{path}/state")["is_rendered"]
        article: Any = preview.server.session.get_document(
            path.rpartition("/")[2]
        )  # Any: a LiveArticle
        wait_until(article, lambda: None, lambda _: article.rendering.findings is not None)
        findings = preview.call(f"{path}/state")["findings"]
    assert findings
    assert {"handbill.toml", ""} >= {place["file"] for each in findings for place in each["places"]}


def test_web_page(tmp_path: Path) -> None:
    """A web page is fetched once and not watched."""
    paragraphs = "<p>The clock on the quay has one hand, and it shows the water.</p>" * 5
    with running(Site()) as site:
        site.routes["/tide"] = Answer(
            headers={"Content-Type": "text/html"},
            body=f"<title>Tide</title><article><h1>Tide</h1>{paragraphs}</article>".encode(),
        )
        session = PreviewSession(
            open_project=lambda: Project.open(make_project(tmp_path / "lantern")),
            load=lambda project, source: project.load(source, allow_private=True),
        )
        document_id = session.open_article(site.url("/tide").replace("https:", "http:"))
        article: Any = session.get_document(document_id)  # Any: a LiveArticle
        requests = len(site.requests)
        session.close()
    assert article.error is None
    assert 1 == requests
    assert "one hand" in get_html(article)


def test_links_of_a_public_service(tmp_path: Path) -> None:
    """With public_url the links have tokens as long as those that are sent, for subscribers too, and lead to nobody."""
    config = CONFIG.partition("unsubscribe =")[0] + 'public_url = "https://letters.example.org"\n'
    with run_preview(make_project(tmp_path / "lantern", config=config)) as preview:
        state = preview.call(f"{preview.article_path}/state")
    found = re.findall(r"https://letters\.example\.org/(\w)/([\w.~-]+)", state["html"])

    assert {"u", "p"} == {kind for kind, _ in found}
    assert all(len(token) > 20 for _, token in found)


def test_languages_of_interface_texts(tmp_path: Path) -> None:
    """The message is rendered with its images in every language, not only in that of the article."""
    with run_preview(make_project(tmp_path / "lantern")) as preview:
        languages = preview.call(f"{preview.article_path}/state")["languages"]
        states = [
            preview.call(f"{preview.article_path}/state?language={each}") for each in languages
        ]
        unknown = preview.call(f"{preview.article_path}/state?language=tlh")
    assert {"en", "fr", "ar", "ja"} <= set(languages)
    assert all(state["is_rendered"] and len(state["panels"]["images"]) == 1 for state in states)
    assert len({state["html"] for state in states}) == len(languages)
    assert unknown.get("error") or unknown["is_rendered"]


def test_ctrl_c_and_a_port_in_use(tmp_path: Path) -> None:
    """The command prints the address and ends without a traceback; a second one on its port says what to do."""
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
            # a shell that runs tests in the background makes them ignore Ctrl-C
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    with start("0") as first:
        assert first.stdout is not None
        port = first.stdout.readline().partition("127.0.0.1:")[2].partition("/")[0]
        with start(port) as second:
            _, message = second.communicate(timeout=60)
        first.send_signal(signal.SIGINT)
        _, last = first.communicate(timeout=60)
    assert (1, True) == (second.returncode, "is in use" in message)
    assert "--port 0" in message
    assert (0, False) == (first.returncode, "Traceback" in last + message)
