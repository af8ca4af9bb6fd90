"""The Flask application: access control, error pages and security headers around the routes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, render_template, request
from flask.typing import ResponseReturnValue

from pipeline.errors import PipelineError
from pipeline.web.preview.access import COOKIE, HEADER, AccessGuard
from pipeline.web.preview.routes.action_routes import add_action_routes
from pipeline.web.preview.routes.index_routes import add_index_routes
from pipeline.web.preview.routes.view_routes import add_view_routes
from pipeline.web.preview.session import PreviewSession

_MAX_REQUEST_BYTES = 1 << 16


def create_app(
    session: PreviewSession,
    guard: AccessGuard,
    *,
    source: str | None,
    folders: Mapping[str, Path] | None = None,
) -> Flask:
    """
    Return the preview as a WSGI application.

    Args:
        source: The article to show first; None for the index of the project.
        folders: Folders of messages to list, by name: `outbox`, `caught`.
    """
    app = Flask(
        __name__,
        template_folder=str(Path(__file__).with_name("templates")),
        static_folder=None,
    )
    app.config["MAX_CONTENT_LENGTH"] = _MAX_REQUEST_BYTES
    folders = dict(folders or {})
    app.before_request(lambda: _check_access(guard))
    app.after_request(_add_security_headers)
    app.register_error_handler(PipelineError, _show_pipeline_error)
    app.register_error_handler(500, _show_unexpected_error)

    @app.context_processor
    def add_template_variables() -> dict[str, Any]:  # Any: as Flask declares it
        pages = [("articles", "Articles"), *((name, name.title()) for name in folders)]
        return {
            "token": guard.token,
            "frame_key": guard.frame_key,
            "nonce": _get_nonce(),
            "pages": pages,
            "current_page": "",
        }

    add_index_routes(app, session, source, folders)
    add_view_routes(app, session, guard)
    add_action_routes(app, session)
    return app


def _show_pipeline_error(error: PipelineError) -> ResponseReturnValue:
    return _render_error(str(error), 409)


def _show_unexpected_error(error: Exception) -> ResponseReturnValue:
    """No traceback reaches a page; HANDBILL_DEBUG prints it in the terminal."""
    cause = getattr(error, "original_exception", None) or error
    return _render_error(f"Unexpected error ({type(cause).__name__}: {cause}).", 500)


def _render_error(message: str, status: int) -> ResponseReturnValue:
    """Answer scripts and frames in JSON, a browser with a page. A frame gets no page: the page contains the token."""
    accepted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if accepted == "text/html" and not request.path.startswith("/frames/"):
        return render_template("error.html", lines=message.splitlines()), status
    return {"error": message}, status


def _check_access(guard: AccessGuard) -> Response | None:
    """Reject requests without the keys; see `access`."""
    if not guard.is_valid_host(request.host):
        return _reject(421, "The preview can be opened on this machine only.")
    if request.path.startswith(f"/frames/{guard.frame_key}/"):
        return None
    if guard.is_valid_token(request.args.get("token")) and request.method == "GET":
        response = Response(status=303, headers={"Location": request.path})
        response.set_cookie(COOKIE, guard.token, httponly=True, samesite="Strict")
        return response
    if not guard.is_valid_token(request.cookies.get(COOKIE)):
        return _reject(403, "Open the address that handbill preview printed: it contains the key.")
    if request.method != "GET" and not (
        guard.is_valid_token(request.headers.get(HEADER))
        and guard.is_valid_origin(request.headers.get("Origin"))
    ):
        return _reject(403, "This request did not come from a page of the preview.")
    return None


def _reject(status: int, message: str) -> Response:
    return Response(message, status, mimetype="text/plain")


def _get_nonce() -> str:
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(12)
    nonce: str = g.nonce
    return nonce


def _add_security_headers(response: Response) -> Response:
    headers = response.headers
    nonce = _get_nonce()
    headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
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
