"""Feeds on the command line: hostile items mail nothing of this machine, and held entries wait for a decision."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.journey.command import Run
from tests.loaders.fetch.servers import Answer, Site, running

_SECRET = "The harbour trust is insolvent"
_RSS = '<rss version="2.0"><channel><title>Quay</title><link>https://quay.example.org/</link>{}</channel></rss>'
_TEXT = "The clock on the quay has one hand. "


def _follow(run: Run, project: Path) -> None:
    (project / "people.csv").write_text("email\nada@example.org\n")
    assert 0 == run("subscribers", "import", "people.csv", "--list", "weekly").exit_code
    (project / "feed.xml").write_text(_RSS.format("<item><guid>0</guid><title>Old</title></item>"))
    words = ("schedule", "--feed", "feed.xml", "--list", "weekly", "--every", "day 09:00")
    assert 0 == run(*words).exit_code


def _work(run: Run, project: Path) -> str:
    """Run a worker when the feed is due, and return what it says."""
    with closing(sqlite3.connect(project / ".handbill" / "handbill.db")) as file, file:
        file.execute("UPDATE feeds SET next_at = datetime('now', '-1 minute')")
    done = run("worker", "--once")
    assert 0 == done.exit_code
    return done.stderr


def _read_outbox(project: Path) -> str:
    return "".join(path.read_text() for path in (project / "outbox").rglob("*.eml"))


def test_hostile_items_mail_nothing_of_this_machine(run: Run, project: Path) -> None:
    """Links, guids, images and includes that name a file, a script or a private host are neither opened nor mailed."""
    (project / "minutes.txt").write_text(_SECRET)
    (project / "minutes.png").write_text(_SECRET)
    _follow(run, project)
    with running(Site()) as site:
        site.routes["/private"] = Answer(body=f"<p>{_SECRET}</p>".encode())
        paths = [
            "minutes.txt", f"{project}/minutes.txt", f"file://{project}/minutes.txt", "javascript:alert(1)",
            "data:text/html,insolvent", site.url("/private"), "http://[::ffff:127.0.0.1]/", "//localhost/minutes",
        ]  # fmt: skip
        items = []
        for number, path in enumerate(paths):
            image = (
                ""
                if path.startswith("http")
                else f"&lt;img src='{path.replace('.txt', '.png')}' alt='plan'&gt;"
            )
            include = (
                f"&lt;!--#include file='{path}'--&gt;&lt;object data='{path}'&gt;&lt;/object&gt;"
            )
            items.append(
                f"<item><guid>{path}</guid><link>{path}</link><title>Rain {number}</title>"
                f"<enclosure url='{path}' type='image/png'/>"
                f"<description>{number} {_TEXT} {image} {include}</description></item>"
            )
        for item in items:  # one a day: more at once would be held
            (project / "feed.xml").write_text(_RSS.format(item))
            _work(run, project)

        mailed = _read_outbox(project)
        assert site.requests == []
    assert all(f"Subject: Rain {number}" in mailed for number in range(len(paths)))
    assert "insolvent" not in mailed
    assert 'href=3D"file' not in mailed and 'src=3D"file' not in mailed
    assert "javascript:" not in mailed


def test_external_entities_of_a_feed_are_not_read(run: Run, project: Path) -> None:
    """A feed that includes a file by an XML entity or XInclude has nothing of it."""
    (project / "minutes.txt").write_text(_SECRET)
    text = f"""<!DOCTYPE rss [<!ENTITY m SYSTEM "file://{project}/minutes.txt">]>
    <rss version="2.0" xmlns:xi="http://www.w3.org/2001/XInclude" xmlns:media="http://search.yahoo.com/mrss/">
    <channel><title>t</title><item><title>Rain &m;</title><media:content url="https://example.org/a.png">
    <media:description>&m;</media:description></media:content><description>It rained. &m;
    <xi:include href="{project}/minutes.txt" parse="text"/></description></item></channel></rss>"""
    (project / "feed.xml").write_text(text)

    assert _SECRET not in run("load", "feed.xml", "--json").stdout


def test_held_entries_are_listed_and_decided(run: Run, project: Path) -> None:
    """The worker names the commands; they list what is held, send one entry, and leave out the rest."""
    item = "<item><guid>{0}/{1}</guid><link>{0}/{1}</link><title>Bell {1}</title>"
    item += f"<description>{{1}} {_TEXT * 30}</description></item>"
    hosts = "http://bell.example.org", "https://peal.example.org"
    old, new = (_RSS.format("".join(item.format(host, n) for n in range(4))) for host in hosts)
    _follow(run, project)
    words = ("schedule", "--feed", "feed.xml", "--list", "weekly")
    assert 0 == run(*words, "--stop").exit_code
    (project / "feed.xml").write_text(old)
    assert 0 == run(*words, "--every", "day 09:00").exit_code
    (project / "feed.xml").write_text(new)
    told = _work(run, project)
    assert "4 entries are held and not sent" in told
    assert f"handbill schedule --feed {project}/feed.xml --list weekly --held send" in told
    shown = run(*words, "--held", "show", "--json").json["entries"]
    assert ["Bell 0", "Bell 1", "Bell 2", "Bell 3"] == sorted(each["title"] for each in shown)
    assert "has the address of an earlier one" == shown[0]["hold"]
    sent = run(*words, "--held", "send", "--entry", f"{hosts[1]}/2")
    assert (0, "1 entry will be sent by a worker.") == (
        sent.exit_code,
        sent.stderr.splitlines()[0],
    )
    run("worker", "--once")
    assert "Subject: Bell 2" in _read_outbox(project)
    assert 0 == run(*words, "--held", "skip").exit_code

    assert "no entry is held" in run(*words, "--held", "send").stderr
    assert "held and not sent" not in _work(run, project)
    assert 1 == _read_outbox(project).count("Subject: ")
