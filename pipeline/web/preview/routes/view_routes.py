"""Routes that show a document: its page, its state, its events, its frames."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from pipeline.checks.html.caniemail import load_support
from pipeline.files import find_shipped, find_static_file
from pipeline.models.edition import Edition
from pipeline.project import Project
from pipeline.web.preview.access import AccessGuard
from pipeline.web.preview.event_streams import EventStreams
from pipeline.web.preview.messages import frame_page, view_as
from pipeline.web.preview.messages.finding_list import FindingSources, build_finding_list
from pipeline.web.preview.messages.panels import build_panels
from pipeline.web.preview.messages.preview_message import PreviewMessage
from pipeline.web.preview.messages.simulation import EmailClient, Scheme, show_text, simulate
from pipeline.web.preview.routes import request_parameters as parameters
from pipeline.web.preview.session import Document, PreviewSession
from pipeline.web.preview.sources.live_article import LiveArticle, Rendering
from pipeline.web.preview.sources.markdown_copy import is_worth_a_copy
from pipeline.web.preview.sources.saved_messages import CampaignEdition, SavedMessage

_STATIC = Path(__file__).parents[1] / "static"
_FRAME_SCRIPTS = ("frame.js", "axe.min.js")
#: The state of a document that does not change.
_STATIC_STATE: dict[str, Any] = {  # Any: JSON
    "version": 1,
    "render_ms": 0,
    "digest": "",
    "groups": [{"name": "As saved", "values": {}}],
    "times": [{"name": "now", "at": ""}],
    "fields": [],
    "languages": [],
    "is_checked": True,
    "findings": [],
}


def add_view_routes(
    app: Flask, session: PreviewSession, guard: AccessGuard, folders: Mapping[str, Path]
) -> None:
    """Add the routes to *app*; *folders* as in `create_app()`."""
    streams = EventStreams(session.id)

    @app.get("/preview/<document_id>")
    def document(document_id: str) -> ResponseReturnValue:
        opened = parameters.get_document(session, document_id)
        return render_template(
            "message.html",
            document_id=document_id,
            source=_format_source(opened.source, session.root),
            kind=_get_kind(opened),
            campaign=opened.campaign if isinstance(opened, CampaignEdition) else "",
            support_date=load_support().date,
            location=_find_location(opened, folders),
        )

    @app.get("/preview/<document_id>/events")
    def events(document_id: str) -> ResponseReturnValue:
        opened = parameters.get_document(session, document_id)
        is_closed = request.environ.get("waitress.client_disconnected", lambda: False)
        return Response(streams.listen(opened, is_closed), mimetype="text/event-stream")

    @app.get("/preview/<document_id>/state")
    def state(document_id: str) -> ResponseReturnValue:
        return _build_state(session, parameters.get_document(session, document_id))

    @app.get("/preview/<document_id>/message.eml")
    def download(document_id: str) -> ResponseReturnValue:
        response = Response(get_message(document_id).raw, mimetype="message/rfc822")
        response.headers["Content-Disposition"] = f'attachment; filename="{document_id}.eml"'
        return response

    @app.get("/static/<name>")
    def static_file(name: str) -> ResponseReturnValue:
        is_page_file = (_STATIC / name).is_file() and name not in _FRAME_SCRIPTS
        return _send_file(name) if is_page_file else abort(404)

    @app.get(f"/frames/{guard.frame_key}/<document_id>/<view>")
    def frame(document_id: str, view: str) -> ResponseReturnValue:
        client, _, scheme = view.rpartition("-")
        try:
            message = get_message(document_id)
            shown = message.html if message.html.strip() else show_text(message.text)
            html = simulate(shown, EmailClient(client), Scheme(scheme))
        except ValueError:
            abort(404)
        return _build_frame(message, guard, document_id, html, scheme)

    @app.get(f"/frames/{guard.frame_key}/<document_id>/images/<path:content_id>")
    def image(document_id: str, content_id: str) -> ResponseReturnValue:
        found = get_message(document_id).images.get(content_id) or abort(404)
        return Response(found.content, mimetype=found.media_type)

    @app.get(f"/frames/{guard.frame_key}/scripts/<script>")
    def frame_script(script: str) -> ResponseReturnValue:
        return _send_file(script) if script in _FRAME_SCRIPTS else abort(404)

    def get_message(document_id: str) -> PreviewMessage:
        opened = parameters.get_document(session, document_id)
        return session.get_message(opened, parameters.parse_view_as())


def _send_file(name: str) -> Response:
    types = {".js": "text/javascript", ".css": "text/css"}
    path = _STATIC / name
    content = (path if path.is_file() else find_static_file(name)).read_bytes()
    return Response(content, mimetype=types[Path(name).suffix])


def _format_source(source: str, root: Path) -> str:
    path = Path(source)
    return str(path.relative_to(root)) if path.is_relative_to(root) else source


def _find_location(document: Document, folders: Mapping[str, Path]) -> tuple[str, str]:
    """Return the folder of a message and its path in it, both "" for another document."""
    path = Path(document.source)
    for name, folder in folders.items():
        if isinstance(document, SavedMessage) and path.is_relative_to(folder):
            return name, path.relative_to(folder).as_posix()
    return "", ""


def _get_kind(document: Document) -> str:
    if isinstance(document, LiveArticle):
        return "article"
    return "campaign" if isinstance(document, CampaignEdition) else "message"


def _build_state(session: PreviewSession, document: Document) -> dict[str, Any]:  # Any: JSON
    """Return what the page shows; without a rendering only the error."""
    state: dict[str, Any] = {
        "revision": document.revision,
        "error": document.error,
        "is_rendered": False,
    }
    if isinstance(document, LiveArticle):
        if document.rendering is None:
            return state
        name = _format_source(document.source, session.root)
        state |= _build_rendering_state(document.rendering, document.source, name)
        if "brief" in request.args:  # only the findings are new
            return state | {"is_rendered": True}
    elif isinstance(document, CampaignEdition):
        state |= _STATIC_STATE | _build_edition_state(document.edition, document.project)
    message = session.get_message(document, parameters.parse_view_as())
    if isinstance(document, SavedMessage):
        state |= _STATIC_STATE | {"title": message.subject}
    return state | {
        "is_rendered": True,
        "panels": build_panels(message),
        "text": message.text,
        "html": message.html,
    }


def _build_rendering_state(
    rendering: Rendering, source: str, name: str
) -> dict[str, Any]:  # Any: JSON
    article = rendering.issue.article if rendering.issue else None
    return _build_edition_state(rendering.edition, rendering.project) | {
        "dropped": [asdict(each) for each in article.dropped] if article else [],
        "warnings": [asdict(each) for each in article.warnings] if article else [],
        "is_worth_a_copy": article is not None and is_worth_a_copy(article, source),
        "version": rendering.version,
        "render_ms": round(rendering.duration_s * 1000),
        "languages": _find_languages(rendering.project),
        "is_checked": rendering.findings is not None,
        "findings": build_finding_list(rendering.findings or (), _find_sources(rendering, name)),
    }


def _find_sources(rendering: Rendering, name: str) -> FindingSources:
    config = ""
    with suppress(OSError):  # it is missing without a project
        path = rendering.project.root / "handbill.toml"
        config = path.read_text(encoding="utf-8", errors="replace")
    source = rendering.article.source if rendering.article else None
    return FindingSources(name=name, article=source, config=config)


def _build_edition_state(edition: Edition, project: Project) -> dict[str, Any]:  # Any: JSON
    now = project.clock.now()
    return {
        "title": edition.title,
        "digest": edition.digest,
        "groups": [asdict(group) for group in view_as.find_groups(edition)],
        "times": [
            {"name": name, "at": "" if name == "now" else at.isoformat()}
            for name, at in view_as.find_times(edition, now)
        ],
        "fields": view_as.find_field_names(edition),
    }


def _find_languages(project: Project) -> list[str]:
    """Return the languages of the interface texts, English first."""
    folders = (find_shipped("locale"), project.root / "locale")
    languages = {path.stem for folder in folders for path in folder.glob("*.po")}
    return ["en", *sorted(languages - {"en"})]


def _build_frame(
    message: PreviewMessage, guard: AccessGuard, document_id: str, html: str, scheme: str
) -> Response:
    nonce = secrets.token_urlsafe(12)
    base = f"{guard.origin}/frames/{guard.frame_key}"
    query = urlencode([(key, value) for key, value in request.args.items() if key != "remote"])
    body = frame_page.build_page(
        html,
        nonce=nonce,
        image_urls={
            content_id: f"{base}/{document_id}/images/{content_id}?{query}"
            for content_id in message.images
        },
        scripts=(f"{base}/scripts/{_FRAME_SCRIPTS[0]}",),
        scheme=scheme,
    )
    response = Response(body, mimetype="text/html")
    response.headers["Content-Security-Policy"] = frame_page.build_policy(
        nonce, guard.origin, allow_remote_images=request.args.get("remote") == "1"
    )
    return response
