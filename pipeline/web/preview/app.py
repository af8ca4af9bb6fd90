"""Answer the browser: the pages, and the doors before them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, render_template, request

from pipeline.errors import PipelineError
from pipeline.web.preview.access import COOKIE, HEADER, AccessGuard
from pipeline.web.preview.routes.actions import add_acts
from pipeline.web.preview.routes.index_pages import add_rooms
from pipeline.web.preview.routes.views import add_looking
from pipeline.web.preview.session import PreviewSession

Answer = Any  # whatever Flask makes a response of: words, a dictionary, a response, with or without a status


def make_app(
    desk: PreviewSession,
    guard: AccessGuard,
    *,
    source: str | None,
    rooms: Mapping[str, Path] | None = None,
) -> Flask:
    """
    Return the preview as a WSGI application.

    Args:
        source: What to show first; without it an index of the project.
        rooms: Folders of messages to look into: `outbox`, `caught`.
    """
    app = Flask(
        __name__,
        template_folder=str(Path(__file__).with_name("templates")),
        static_folder=None,
    )
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

    add_rooms(app, desk, source, folders)
    add_looking(app, desk, guard)
    add_acts(app, desk)
    return app


def _told(error: PipelineError) -> Answer:
    return _problem(str(error), 409)


def _problem(words: str, status: int) -> Answer:
    """Tell a script in JSON, and a person on a page; not where a letter is shown: the page holds the key."""
    wants = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if wants == "text/html" and not request.path.startswith("/frames/"):
        return render_template("error.html", lines=words.splitlines()), status
    return {"error": words}, status


def _unforeseen(error: Exception) -> Answer:
    """No traceback reaches a page; with HANDBILL_DEBUG it stands in the terminal."""
    cause = getattr(error, "original_exception", None) or error
    words = f"Something went wrong that Handbill did not foresee ({type(cause).__name__}: {cause})."
    return _problem(words, 500)


def _admit(guard: AccessGuard) -> Response | None:
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
