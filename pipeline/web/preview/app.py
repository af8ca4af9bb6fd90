"""Answer the browser."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, g, redirect, render_template, request, url_for

from pipeline.errors import ConfigError, PipelineError
from pipeline.finding import Finding, Severity
from pipeline.project import Project
from pipeline.resources import shipped, static
from pipeline.web.preview import frames, readers
from pipeline.web.preview.desk import Desk, Letter, Wanted
from pipeline.web.preview.guard import COOKIE, HEADER, Guard
from pipeline.web.preview.outboxes import find, letters
from pipeline.web.preview.panels import panels
from pipeline.web.preview.shown import Shown
from pipeline.web.preview.simulate import View, simulate
from pipeline.web.preview.studio import Picture, Studio

_HERE = Path(__file__).parent
#: A browser asks again after this long without news; a proxy or a sleeping machine may have cut the line.
_EVENT_S = 20.0
_SCRIPTS = ("bridge.js", "axe.min.js")
_PAGE_FILES = ("preview.css", "preview.js", "index.js")
_TEXTS = (".md", ".markdown", ".txt", ".html", ".htm")
_EMPTY = {
    "outbox": "Nothing lies in the outbox yet. Send something: handbill send ARTICLE --to you@example.org",
    "caught": "Nothing was caught yet. Let a program send its mail to this machine, to the port --catch named.",
}
#: What is known of an article only.
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


def make_app(
    desk: Desk, guard: Guard, *, source: str | None, rooms: Mapping[str, Path] | None = None
) -> Flask:
    """
    Return the preview as a WSGI application.

    Args:
        source: What to show first; without it an index of the project.
        rooms: Folders of messages to look into: `outbox`, `caught`.
    """
    app = Flask(__name__, template_folder=str(_HERE / "templates"), static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 1 << 16
    folders = dict(rooms or {})
    app.before_request(lambda: _admit(guard))
    app.after_request(_close_doors)
    app.register_error_handler(PipelineError, _told)
    app.register_error_handler(500, _unforeseen)

    @app.context_processor
    def everywhere() -> dict[str, Any]:
        known = [("articles", "Articles"), *((name, name.title()) for name in folders)]
        return {
            "token": guard.token,
            "frames": guard.frames,
            "nonce": _nonce(),
            "rooms": known,
            "room": "",
        }

    _add_rooms(app, desk, source, folders)
    _add_studio(app, desk)
    _add_frames(app, desk, guard)
    return app


def _add_rooms(app: Flask, desk: Desk, source: str | None, folders: Mapping[str, Path]) -> None:
    """The pages on which one finds something to open."""

    @app.get("/")
    def start() -> Answer:
        if source is None:
            return articles()
        return redirect(url_for("studio", name=desk.open(source)))

    @app.get("/articles")
    def articles() -> Answer:
        return render_template(
            "index.html", articles=desk.articles(), project=_project(desk), room="articles"
        )

    @app.get("/open")
    def open_article() -> Answer:
        path = request.args.get("path", "")
        if path not in {article.path for article in desk.articles()}:
            abort(404)
        return redirect(url_for("studio", name=desk.open(str(desk.open_project().root / path))))

    @app.get("/room/<name>")
    def room(name: str) -> Answer:
        folder = folders.get(name) or abort(404)
        wanted = request.args.get("q", "").strip()
        found, total = letters(folder, wanted)
        return render_template(
            "letters.html",
            letters=found,
            total=total,
            folder=folder,
            wanted=wanted,
            room=name,
            heading=name.title(),
            empty=_EMPTY.get(name, "Nothing lies here."),
        )

    @app.get("/room/<room>/<path:path>")
    def open_letter(room: str, path: str) -> Answer:
        found = find(folders.get(room) or abort(404), path) or abort(404)
        return redirect(url_for("studio", name=desk.open_letter(found)))


def _add_studio(app: Flask, desk: Desk) -> None:
    """One letter: its page, its news, what there is to know of it, and what can be done with it."""

    @app.get("/studio/<name>")
    def studio(name: str) -> Answer:
        opened = _opened(desk, name)
        return render_template(
            "studio.html",
            name=name,
            source=_short(opened.source, desk),
            is_article=isinstance(opened, Studio),
        )

    @app.get("/studio/<name>/events")
    def events(name: str) -> Answer:
        return Response(_events(_opened(desk, name)), mimetype="text/event-stream")

    @app.get("/studio/<name>/state")
    def state(name: str) -> Answer:
        return _state(desk, _opened(desk, name), _wanted())

    @app.get("/studio/<name>/message.eml")
    def download(name: str) -> Answer:
        shown = desk.show(_opened(desk, name), _wanted())
        response = Response(shown.raw, mimetype="message/rfc822")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}.eml"'
        return response

    @app.get("/studio/<name>/source")
    def source_text(name: str) -> Answer:
        path = Path(_opened(desk, name).source)
        if not path.is_file() or path.suffix.lower() not in _TEXTS:
            return {"lines": None}
        return {"lines": path.read_text(encoding="utf-8", errors="replace").splitlines()}

    @app.post("/studio/<name>/test")
    def test(name: str) -> Answer:
        opened = _opened(desk, name)
        if not isinstance(opened, Studio):
            abort(404)
        form = request.get_json(silent=True) or {}
        return _send_test(opened, str(form.get("address", "")))

    @app.get("/static/<name>")
    def page_file(name: str) -> Answer:
        return _file(name) if name in _PAGE_FILES else abort(404)


def _add_frames(app: Flask, desk: Desk, guard: Guard) -> None:
    """What frames load, by a path nobody can guess."""

    @app.get(f"/frames/{guard.frames}/<name>/<view>")
    def frame(name: str, view: str) -> Answer:
        return _frame(desk, guard, name, view)

    @app.get(f"/frames/{guard.frames}/<name>/pictures/<path:content_id>")
    def picture(name: str, content_id: str) -> Answer:
        part = desk.show(_opened(desk, name), Wanted()).pictures.get(content_id) or abort(404)
        return Response(part.content, mimetype=part.media_type)

    @app.get(f"/frames/{guard.frames}/scripts/<script>")
    def frame_script(script: str) -> Answer:
        return _file(script) if script in _SCRIPTS else abort(404)


def _told(error: PipelineError) -> Answer:
    return {"error": str(error)}, 409


def _unforeseen(error: Exception) -> Answer:
    """No traceback reaches a page; with HANDBILL_DEBUG it stands in the terminal."""
    cause = getattr(error, "original_exception", None) or error
    words = f"Something went wrong that Handbill did not foresee ({type(cause).__name__}: {cause})."
    return {"error": words}, 500


def _admit(guard: Guard) -> Response | None:
    """Let in who has the key; see `guard`."""
    if not guard.is_host(request.host):
        return Response("This preview answers on this machine only.", 421, mimetype="text/plain")
    if request.path.startswith(f"/frames/{guard.frames}/"):
        return None
    if guard.is_token(request.args.get("token")) and request.method == "GET":
        response = Response(status=303, headers={"Location": request.path})
        response.set_cookie(COOKIE, guard.token, httponly=True, samesite="Strict")
        return response
    if not guard.is_token(request.cookies.get(COOKIE)):
        words = "Open the address that handbill preview printed: it holds the key."
        return Response(words, 403, mimetype="text/plain")
    if request.method != "GET" and not (
        guard.is_token(request.headers.get(HEADER))
        and guard.is_own_origin(request.headers.get("Origin"))
    ):
        return Response(
            "This did not come from the preview's own page.", 403, mimetype="text/plain"
        )
    return None


def _nonce() -> str:
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(12)
    nonce: str = g.nonce
    return nonce


def _close_doors(response: Response) -> Response:
    headers = response.headers
    headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'nonce-{_nonce()}'; style-src 'self' 'nonce-{_nonce()}'; "
        "img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'",
    )
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cache-Control"] = "no-store"
    headers["Cross-Origin-Resource-Policy"] = (
        "cross-origin" if "frames" in request.path else "same-origin"
    )
    return response


def _opened(desk: Desk, name: str) -> Studio | Letter:
    try:
        return desk.opened(name)
    except KeyError:
        abort(404)


def _short(source: str, desk: Desk) -> str:
    root = desk.open_project().root
    path = Path(source)
    return str(path.relative_to(root)) if path.is_relative_to(root) else source


def _project(desk: Desk) -> str:
    return desk.open_project().publication.name


def _wanted() -> Wanted:
    """Read who and when from the address: `as.donor=monthly`, `at=2026-12-31T00:00:00+00:00`, `language=fr`."""
    values = {
        key.removeprefix("as."): value
        for key, value in request.args.items()
        if key.startswith("as.") and value
    }
    at = request.args.get("at")
    try:
        when = datetime.fromisoformat(at) if at else None
    except ValueError:
        abort(400)
    if when is not None and when.tzinfo is None:
        abort(400)
    return Wanted(
        values=tuple(sorted(values.items())), at=when, language=request.args.get("language") or None
    )


def _events(studio: Studio | Letter) -> Iterator[str]:
    seen = studio.news
    yield f"data: {seen}\n\n"
    while not studio.is_closed:
        news = studio.wait(seen, timeout_s=_EVENT_S)
        yield f"data: {news}\n\n" if news != seen else ": still here\n\n"
        seen = news


def _state(desk: Desk, opened: Studio | Letter, wanted: Wanted) -> dict[str, Any]:
    """Return all the page needs; without a picture only what is wrong."""
    told: dict[str, Any] = {"news": opened.news, "error": opened.error, "is_shown": False}
    if isinstance(opened, Studio):
        if opened.picture is None:
            return told
        told |= _about(opened.picture)
    else:
        told |= _NOTHING_MORE | {"title": opened.shown.subject}
    shown = desk.show(opened, wanted)
    return told | {
        "is_shown": True,
        "panels": panels(shown),
        "text": shown.text,
        "html": shown.html,
        "raw": shown.raw.decode("utf-8", "replace"),
    }


def _about(picture: Picture) -> dict[str, Any]:
    edition = picture.edition
    now = picture.project.clock.now()
    return {
        "version": picture.version,
        "took_ms": round(picture.took_s * 1000),
        "title": edition.title,
        "digest": edition.digest,
        "groups": [
            {"name": group.name, "values": group.values} for group in readers.groups(edition)
        ],
        "moments": [
            {"name": name, "at": "" if name == "now" else at.isoformat()}
            for name, at in readers.moments(edition, now)
        ],
        "fields": readers.asked_for(edition),
        "languages": _languages(picture.project),
        "is_checked": picture.findings is not None,
        "findings": [_finding(finding) for finding in picture.findings or ()],
    }


def _languages(project: Project) -> list[str]:
    """Return the languages there are interface words for, English first."""
    folders = (shipped("locale"), project.root / "locale")
    found = {path.stem for folder in folders for path in folder.glob("*.po")}
    return ["en", *sorted(found - {"en"})]


def _finding(finding: Finding) -> dict[str, Any]:
    return {**finding.to_json(), "is_error": finding.severity is Severity.ERROR}


def _frame(desk: Desk, guard: Guard, name: str, view: str) -> Response:
    try:
        wanted_view = View(view)
    except ValueError:
        abort(404)
    shown = desk.show(_opened(desk, name), _wanted())
    nonce = secrets.token_urlsafe(12)
    is_remote = request.args.get("remote") == "1"
    body = frames.page(
        simulate(shown.html, wanted_view),
        nonce=nonce,
        pictures=_picture_urls(guard, name, shown),
        scripts=tuple(f"{guard.origin}/frames/{guard.frames}/scripts/{s}" for s in _SCRIPTS[:1]),
        view=view,
    )
    response = Response(body, mimetype="text/html")
    response.headers["Content-Security-Policy"] = frames.policy(
        nonce, guard.origin, is_remote=is_remote
    )
    return response


def _picture_urls(guard: Guard, name: str, shown: Shown) -> dict[str, str]:
    base = f"{guard.origin}/frames/{guard.frames}/{name}/pictures/"
    return {content_id: base + content_id for content_id in shown.pictures}


def _send_test(studio: Studio, address: str) -> dict[str, Any]:
    picture = studio.picture
    if picture is None:
        raise ConfigError(studio.error or "There is nothing to send yet.")
    project = picture.project
    recipients = project.recipients([address])
    with project.open_sender() as sender:
        campaign = project.send(picture.edition, recipients, sender=sender, is_test=True)
    return campaign.to_json()


def _file(name: str) -> Response:
    types = {".js": "text/javascript", ".css": "text/css"}
    path = _HERE / "static" / name
    content = (path if path.is_file() else static(name)).read_bytes()
    return Response(content, mimetype=types[Path(name).suffix])
