"""Answer what a letter looks like: its page, its news, what there is to know of it, its frames."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, abort, render_template, request

from pipeline.checks.html.caniemail import load_support
from pipeline.files import find_shipped, find_static_file
from pipeline.models.edition import Edition
from pipeline.project import Project
from pipeline.web.preview.access import AccessGuard
from pipeline.web.preview.messages import frame_page, view_as
from pipeline.web.preview.messages.panels import panels
from pipeline.web.preview.messages.preview_message import PreviewMessage
from pipeline.web.preview.messages.simulation import View, simulate
from pipeline.web.preview.routes import requests
from pipeline.web.preview.routes.actions import findings_json
from pipeline.web.preview.session import OpenDocument, PreviewSession
from pipeline.web.preview.sources.live_article import LiveArticle, Rendering
from pipeline.web.preview.sources.saved_messages import CampaignEdition, SavedMessage

_STATIC = Path(__file__).parents[1] / "static"
#: A browser asks again after this long without news; a proxy or a sleeping machine may have cut the line.
_EVENT_S = 20.0
_SCRIPTS = ("frame.js", "axe.min.js")
_TEXTS = (".md", ".markdown", ".txt", ".html", ".htm")
#: What there is to say of a message that only lies there.
_NOTHING_MORE: dict[str, Any] = {
    "version": 1,
    "took_ms": 0,
    "digest": "",
    "groups": [{"name": "As it lies there", "values": {}}],
    "moments": [{"name": "now", "at": ""}],
    "fields": [],
    "languages": [],
    "is_checked": True,
    "findings": [],
}

Answer = Any  # whatever Flask makes a response of: words, a dictionary, a response, with or without a status


def add_looking(app: Flask, desk: PreviewSession, guard: AccessGuard) -> None:
    """Add the page of one letter and all it is made of to *app*."""

    @app.get("/studio/<name>")
    def look(name: str) -> Answer:
        opened = requests.opened(desk, name)
        return render_template(
            "message.html",
            name=name,
            source=_short(opened.source, desk),
            kind="article"
            if isinstance(opened, LiveArticle)
            else "campaign"
            if isinstance(opened, CampaignEdition)
            else "letter",
            campaign=opened.campaign if isinstance(opened, CampaignEdition) else "",
            data_date=load_support().date,
        )

    @app.get("/studio/<name>/events")
    def events(name: str) -> Answer:
        return Response(_events(requests.opened(desk, name)), mimetype="text/event-stream")

    @app.get("/studio/<name>/state")
    def state(name: str) -> Answer:
        return _state(desk, requests.opened(desk, name))

    @app.get("/studio/<name>/message.eml")
    def download(name: str) -> Answer:
        shown = desk.show(requests.opened(desk, name), requests.wanted())
        response = Response(shown.raw, mimetype="message/rfc822")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.eml"'
        return response

    @app.get("/studio/<name>/source")
    def source_text(name: str) -> Answer:
        path = Path(requests.opened(desk, name).source)
        if not path.is_file() or path.suffix.lower() not in _TEXTS:
            return {"lines": None}
        return {"lines": path.read_text(encoding="utf-8", errors="replace").splitlines()}

    @app.get("/static/<name>")
    def page_file(name: str) -> Answer:
        is_ours = (_STATIC / name).is_file() and name not in _SCRIPTS
        return file(name) if is_ours else abort(404)

    @app.get(f"/frames/{guard.frames}/<name>/<view>")
    def frame(name: str, view: str) -> Answer:
        return _frame(desk, guard, name, view)

    @app.get(f"/frames/{guard.frames}/<name>/pictures/<path:content_id>")
    def picture(name: str, content_id: str) -> Answer:
        shown = desk.show(requests.opened(desk, name), requests.wanted())
        part = shown.pictures.get(content_id) or abort(404)
        return Response(part.content, mimetype=part.media_type)

    @app.get(f"/frames/{guard.frames}/scripts/<script>")
    def frame_script(script: str) -> Answer:
        return file(script) if script in _SCRIPTS else abort(404)


def file(name: str) -> Response:
    """Answer with one of our own files."""
    types = {".js": "text/javascript", ".css": "text/css"}
    path = _STATIC / name
    content = (path if path.is_file() else find_static_file(name)).read_bytes()
    return Response(content, mimetype=types[Path(name).suffix])


def _short(source: str, desk: PreviewSession) -> str:
    root = desk.root
    path = Path(source)
    return str(path.relative_to(root)) if path.is_relative_to(root) else source


def _events(opened: OpenDocument) -> Iterator[str]:
    seen = opened.news
    yield _event(opened)
    while not opened.is_closed:
        news = opened.wait(seen, timeout_s=_EVENT_S)
        yield _event(opened) if news != seen else ": still here\n\n"
        seen = news


def _event(opened: OpenDocument) -> str:
    """Say how much news there is, and which picture: frames are asked for at once, before anything is known of it."""
    news = opened.news
    picture = opened.picture if isinstance(opened, LiveArticle) else None
    version = (picture.version if picture else 0) if isinstance(opened, LiveArticle) else 1
    return f"data: {news} {version}\n\n"


def _state(desk: PreviewSession, opened: OpenDocument) -> dict[str, Any]:
    """Return all the page needs; without a picture only what is wrong."""
    told: dict[str, Any] = {"news": opened.news, "error": opened.error, "is_shown": False}
    shown: PreviewMessage | None = None
    if isinstance(opened, LiveArticle):
        picture = opened.picture
        if picture is None:
            return told
        told |= _about(picture)
        if "brief" in request.args:  # only the findings are new
            return told | {"is_shown": True}
    elif isinstance(opened, CampaignEdition):
        told |= _NOTHING_MORE | _of_edition(opened.edition, opened.project)
    shown = desk.show(opened, requests.wanted())
    if isinstance(opened, SavedMessage):
        told |= _NOTHING_MORE | {"title": shown.subject}
    return told | {
        "is_shown": True,
        "panels": panels(shown),
        "text": shown.text,
        "html": shown.html,
    }


def _about(picture: Rendering) -> dict[str, Any]:
    article = picture.issue.article if picture.issue else None
    return _of_edition(picture.edition, picture.project) | {
        "dropped": [asdict(each) for each in article.dropped] if article else [],
        "warnings": [asdict(each) for each in article.warnings] if article else [],
        "version": picture.version,
        "took_ms": round(picture.took_s * 1000),
        "languages": _languages(picture.project),
        "is_checked": picture.findings is not None,
        "findings": findings_json(picture.findings or ()),
    }


def _of_edition(edition: Edition, project: Project) -> dict[str, Any]:
    now = project.clock.now()
    return {
        "title": edition.title,
        "digest": edition.digest,
        "groups": [
            {"name": group.name, "values": group.values} for group in view_as.groups(edition)
        ],
        "moments": [
            {"name": name, "at": "" if name == "now" else at.isoformat()}
            for name, at in view_as.moments(edition, now)
        ],
        "fields": view_as.asked_for(edition),
    }


def _languages(project: Project) -> list[str]:
    """Return the languages there are interface words for, English first."""
    folders = (find_shipped("locale"), project.root / "locale")
    found = {path.stem for folder in folders for path in folder.glob("*.po")}
    return ["en", *sorted(found - {"en"})]


def _frame(desk: PreviewSession, guard: AccessGuard, name: str, view: str) -> Response:
    try:
        wanted_view = View(view)
    except ValueError:
        abort(404)
    shown = desk.show(requests.opened(desk, name), requests.wanted())
    nonce = secrets.token_urlsafe(12)
    is_remote = request.args.get("remote") == "1"
    body = frame_page.page(
        simulate(shown.html, wanted_view),
        nonce=nonce,
        pictures=_picture_urls(guard, name, shown),
        scripts=tuple(f"{guard.origin}/frames/{guard.frames}/scripts/{s}" for s in _SCRIPTS[:1]),
        view=view,
    )
    response = Response(body, mimetype="text/html")
    response.headers["Content-Security-Policy"] = frame_page.policy(
        nonce, guard.origin, is_remote=is_remote
    )
    return response


def _picture_urls(guard: AccessGuard, name: str, shown: PreviewMessage) -> dict[str, str]:
    """Return where each picture of the message lies, for the very reader that is looked at."""
    base = f"{guard.origin}/frames/{guard.frames}/{name}/pictures/"
    asked = urlencode([(key, value) for key, value in request.args.items() if key != "remote"])
    return {content_id: f"{base}{content_id}?{asked}" for content_id in shown.pictures}
