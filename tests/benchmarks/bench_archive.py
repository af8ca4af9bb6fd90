"""
The archive: 1,000 issues built and built again with one more, and pages answered by the service's routes.

Beside the build stands rendering the emails of the same issues; beside the routes, a Flask route that knows one answer.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import process_time

from flask import Flask, Response

from pipeline.archive import ArchiveSite, ArchiveStore
from pipeline.archive.static_export import export_site
from pipeline.database import open_store
from pipeline.models.edition import Edition
from pipeline.models.issue_document import IssueDocument
from pipeline.testing import ManualClock
from pipeline.web.public.archive_routes import ArchiveRoutes
from tests.archive.sites import NOW, make_site, render_issue
from tests.benchmarks.figures import Figure, in_turns
from tests.rendering.sample_issues import WITH_APPEAL

COUNT = 1000
REQUESTS = 500
_EMAILS = 20


def figures() -> list[Figure]:
    """Measure building and serving; all times are of the processor."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store("sqlite:///a.db", root=Path(folder)) as store,
    ):
        archive = ArchiveStore(store, clock=ManualClock(NOW))
        edition = render_issue(WITH_APPEAL, "issue")
        for number in range(COUNT):
            at = NOW - timedelta(days=number + 1)
            archive.add(_rename(edition, f"issue-{number}"), at=at)
        site, target = make_site(archive), Path(folder, "public")
        whole = _time(lambda: _build(site, target))
        archive.add(_rename(edition, "newest"), at=NOW)
        more = _time(lambda: _build(make_site(archive), target))
        email = _time(lambda: [render_issue(WITH_APPEAL, "e") for _ in range(_EMAILS)]) / _EMAILS
        page, plain = _time_requests(make_site(archive))
    return [
        Figure(
            what=f"archive of {COUNT:,} issues: building a page",
            value=whole / COUNT * 1000,
            unit="ms",
            bar=50,
            peer="rendering its email",
            peer_value=email * 1000,
        ),
        Figure(
            what=f"archive of {COUNT:,} issues, one new",
            value=more,
            unit="s",
            bar=1,
            peer="all of it",
            peer_value=whole,
        ),
        Figure(
            what="pages answered",
            value=page,
            unit="per s",
            bar=200,
            is_rate=True,
            peer="a Flask route with one answer",
            peer_value=plain,
        ),
    ]


def _rename(edition: Edition, slug: str) -> Edition:
    document = IssueDocument.from_text(edition.document)
    return replace(edition, document=replace(document, slug=slug).to_text())


def _build(site: ArchiveSite, target: Path) -> None:
    export_site(site.list_resources(at=NOW), target)


def _time(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def _time_requests(site: ArchiveSite) -> tuple[float, float]:
    """Return how many pages a second the routes answer, and a route that knows one answer."""
    ours, plain = Flask("ours"), Flask("plain")
    ours.register_blueprint(ArchiveRoutes(site, clock=ManualClock(NOW)).create_blueprint())
    content = ours.test_client().get("/issues/newest/").data
    plain.add_url_rule("/", view_func=lambda: Response(content))
    clients = ours.test_client(), plain.test_client()

    def fetch(number: int, path: str) -> None:
        for _ in range(REQUESTS):
            assert clients[number].get(path).data == content

    times = in_turns(lambda: fetch(0, "/issues/newest/"), lambda: fetch(1, "/"), rounds=3)
    return REQUESTS / times[0], REQUESTS / times[1]
