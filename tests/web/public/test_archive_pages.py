"""The archive as served: the pages of issues that were sent to lists, the same as those exported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import cli
from tests.web.public.newsroom import PEOPLE, Newsroom, open_newsroom, read_messages

SETTINGS = """
[archive]
url = "https://news.harbour.example.org/issues"
search = true
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def newsroom(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Newsroom]:
    """A newsroom that has sent one issue to a list."""
    store_url = None
    if request.param == "postgresql":
        store_url = request.getfixturevalue("postgres").create_database()
    folder = tmp_path_factory.mktemp("archive")
    with open_newsroom(folder, settings=SETTINGS, store_url=store_url) as opened:
        yield opened


def find_page(newsroom: Newsroom) -> str:
    """Return the path of the page that "Read online" in the email leads to."""
    body = newsroom.messages[PEOPLE[0]].get_body(("html",))
    assert body
    urls = set(
        re.findall(r'href="https://news\.harbour\.example\.org(/issues/[^"#]+)', body.get_content())
    )
    (path,) = urls
    return str(path)


def list_paths(folder: Path) -> dict[str, bytes]:
    """Return the exported files by the path they are served at."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")
    return {
        f"/issues/{path.relative_to(folder)}".removesuffix("index.html"): path.read_bytes()
        for path in files
    }


def test_served_and_exported_bytes_are_equal(newsroom: Newsroom, tmp_path: Path) -> None:
    """Every exported file is served with exactly its bytes; the page of the issue is among them."""
    root = str(newsroom.project.root)
    assert 0 == cli.run(["--project", root, "archive", "build", str(tmp_path / "public")])
    exported = list_paths(tmp_path / "public")

    served = {path: newsroom.client.get(path).data for path in exported}

    assert exported == served
    assert find_page(newsroom) in served
    assert {"/issues/", "/issues/feed.atom", "/issues/feed.json"} <= set(served)


def test_no_byte_is_about_a_recipient(newsroom: Newsroom, tmp_path: Path) -> None:
    """No token, address or personal link of any message is in any file of the archive."""
    root = str(newsroom.project.root)
    assert 0 == cli.run(["--project", root, "archive", "build", str(tmp_path / "public")])
    content = b"\n".join(list_paths(tmp_path / "public").values()).decode()
    tokens = {
        token
        for message in newsroom.messages.values()
        for token in re.findall(
            r"/[upc]/([A-Za-z0-9_-]{16,})|bounce\+([a-z0-9]+)@", message.as_string()
        )
        for token in token
        if token
    }

    assert len(tokens) >= len(PEOPLE)
    assert [] == [word for word in (*tokens, *PEOPLE) if word in content]
    assert not re.search(r"/u/|/p/|\{\{|\{token\}|hb[0-9a-f]{16}", content)


def test_page_is_fetched_once(newsroom: Newsroom) -> None:
    """A browser that has the page is told so, without its bytes; a HEAD request has none either."""
    path = find_page(newsroom)
    first = newsroom.client.get(path)
    again = newsroom.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    head = newsroom.client.head(path)

    assert (200, 304, 200) == (first.status_code, again.status_code, head.status_code)
    assert (b"", b"") == (again.data, head.data)
    assert first.headers["ETag"] == head.headers["ETag"]
    assert "all" == first.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in first.headers


def test_other_paths(newsroom: Newsroom) -> None:
    """A path without its last slash leads on; one that is not in the archive is not found; nothing can be posted."""
    path = find_page(newsroom)

    answer = newsroom.client.get(path.rstrip("/"))

    assert (308, path.rstrip("/").rpartition("/")[2] + "/") == (
        answer.status_code,
        answer.headers["Location"].rpartition("/issues/")[2],
    )
    assert 404 == newsroom.client.get("/issues/nothing/").status_code
    assert 404 == newsroom.client.get("/issues/../handbill.toml").status_code
    assert 405 == newsroom.client.post(path).status_code


def test_search_answers_without_a_script(newsroom: Newsroom) -> None:
    """The search finds the issue by a word of its text, and escapes what it repeats."""
    form = newsroom.client.get("/issues/search/")
    found = newsroom.client.get("/issues/search/?q=SEVEN")
    nothing = newsroom.client.get("/issues/search/", query_string={"q": '<script>"'})

    assert '<form role="search" action="./" method="get">' in form.text
    assert f'href="../{find_page(newsroom).removeprefix("/issues/")}"' in found.text
    assert "&lt;script&gt;&quot;" in nothing.text
    assert "<script>" not in nothing.text
    assert {"noindex"} == {each.headers["X-Robots-Tag"] for each in (form, found, nothing)}
    assert {"no-store"} == {each.headers["Cache-Control"] for each in (form, found, nothing)}


def test_removed_issue_is_gone(newsroom: Newsroom) -> None:
    """An issue that is taken out is no longer served; brought back, it is there again."""
    path = find_page(newsroom)
    root, slug = str(newsroom.project.root), path.strip("/").rpartition("/")[2]
    fresh = newsroom.fresh_client

    assert 0 == cli.run(["--project", root, "archive", "remove", slug])
    gone = fresh().get(path).status_code
    assert 0 == cli.run(["--project", root, "archive", "add", slug])

    assert (404, 200) == (gone, fresh().get(path).status_code)


def test_correction_reaches_the_page_and_only_those_who_received_the_issue(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    """The page says what was corrected; an email about it goes to who got the issue and is still a subscriber."""
    path, root = find_page(newsroom), newsroom.project.root
    slug = path.strip("/").rpartition("/")[2]
    corrected = root / "timetable.md"
    corrected.write_text(
        corrected.read_text(encoding="utf-8").replace("at seven", "at eight"), encoding="utf-8"
    )
    note = root / "note.md"
    note.write_text("---\ntitle: We were wrong\n---\n\nIt is eight.\n", encoding="utf-8")
    people = tmp_path / "new.csv"
    people.write_text("email\neva@example.org\n", encoding="utf-8")
    newsroom.client.post(newsroom.path(PEOPLE[1]), data={"List-Unsubscribe": "One-Click"})
    project = ["--project", str(root)]
    assert 0 == cli.run([*project, "subscribers", "import", str(people), "--list", "weekly"])

    words = ("correct", slug[-4:], str(corrected), "--note", "Eight,  not seven.")
    assert 0 == cli.run([*project, "archive", *words])
    page = newsroom.fresh_client().get(path).text
    feed = newsroom.fresh_client().get("/issues/feed.atom").text
    for message in newsroom.folder.glob("*.eml"):
        message.unlink()
    segment = f'received = "{slug}"'
    sent = ("send", str(note), "--list", "weekly", "--sender", "relay", "--segment", segment)
    assert 0 == cli.run([*project, *sent, "--yes"])

    assert "leaves at eight" in page
    assert "Eight, not seven." in page
    assert re.search(r"Corrected on [^<]+\.", page)
    assert "leaves at eight" in feed
    assert {PEOPLE[0], *PEOPLE[2:]} == set(read_messages(newsroom.folder))
    assert "we-were-wrong" not in newsroom.fresh_client().get("/issues/feed.atom").text
    assert 0 == cli.run([*project, "archive", "show", slug])
