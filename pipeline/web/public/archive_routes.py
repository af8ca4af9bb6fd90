"""
The pages and feeds of the archive, as `handbill archive build` writes them.

    200  the file, with an ETag: its bytes are the same as in the export
    304  the reader has it already
    308  the address of a page without its last slash
    404  no such page; removed issues too
"""

from __future__ import annotations

import time
from functools import lru_cache
from threading import Lock
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, request

from pipeline.archive import ArchiveSite, Resource
from pipeline.archive.archive_site import HTML_TYPE
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.project import Project
from pipeline.project.archive import create_archive_store, create_site
from pipeline.rendering.web.page_renderer import SEARCH

#: How long the list of files is kept; a page that was not in it is looked up sooner.
_LIST_S, _MISS_S = 5.0, 1.0
_CACHED_FILES = 512
_CACHE_CONTROL = "public, max-age=300"
#: Pages bring their own policy, which a static host serves as well; this one keeps other sites from framing them.
_FRAMES = "frame-ancestors 'none'"


def create_archive_blueprint(project: Project, store: Store) -> Blueprint:
    """Return the routes of the archive of *project*, whose database is *store*."""
    site = create_site(project, create_archive_store(project, store))
    return ArchiveRoutes(site, clock=project.clock).create_blueprint()


class ArchiveRoutes:
    """Serves the files of *site* below the path of its URL."""

    def __init__(self, site: ArchiveSite, *, clock: Clock) -> None:
        self._site = site
        self._clock = clock
        self._lock = Lock()
        self._resources: dict[str, Resource] = {}
        self._read_at = float("-inf")
        self._render = lru_cache(maxsize=_CACHED_FILES)(self._render_once)

    def create_blueprint(self) -> Blueprint:
        """Return the routes."""
        base = urlsplit(self._site.renderer.url).path.rstrip("/")
        blueprint = Blueprint("archive", __name__)
        blueprint.add_url_rule(f"{base}/", "home", self._show, defaults={"path": ""})
        if self._site.renderer.has_search:
            blueprint.add_url_rule(f"{base}/{SEARCH}", "search", self._search)
        blueprint.add_url_rule(f"{base}/<path:path>", "file", self._show)
        return blueprint

    def _show(self, path: str) -> Response:
        resource = self._find(path)
        if resource is None:
            if not path.endswith("/") and self._find(f"{path}/"):
                name = path.rpartition("/")[2]
                return redirect(f"{name}/", 308)  # type: ignore[return-value]  # a werkzeug response
            abort(404)
        response = Response(mimetype=resource.media_type)
        response.headers["Content-Type"] = resource.media_type
        response.headers["Cache-Control"] = _CACHE_CONTROL
        response.headers["Content-Security-Policy"] = _FRAMES
        response.headers["X-Robots-Tag"] = "all" if resource.is_listed else "noindex"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.set_etag(resource.digest)
        response.make_conditional(request)
        if response.status_code != 304:
            response.set_data(self._render(path, resource.digest))
        return response

    def _search(self) -> Response:
        response = Response(
            self._site.render_search(request.args.get("q", "")), content_type=HTML_TYPE
        )
        response.headers["Content-Security-Policy"] = _FRAMES
        return response

    def _find(self, path: str) -> Resource | None:
        with self._lock:
            age = time.monotonic() - self._read_at
            if age > _LIST_S or (path not in self._resources and age > _MISS_S):
                self._resources = self._site.list_resources(at=self._clock.now())
                self._read_at = time.monotonic()
            return self._resources.get(path)

    def _render_once(self, path: str, digest: str) -> bytes:
        """Return the bytes of the file *path*, which *digest* determines."""
        with self._lock:
            resource = self._resources[path]
        return resource.render()
