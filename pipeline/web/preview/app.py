"""The Flask application: access control, error pages and security headers around the routes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from pipeline.errors import PipelineError
from pipeline.web.preview.access import AccessGuard, Refusal
from pipeline.web.preview.error_messages import describe_error
from pipeline.web.preview.routes.action_routes import add_action_routes
from pipeline.web.preview.routes.api_routes import add_api_routes
from pipeline.web.preview.routes.index_routes import add_index_routes
from pipeline.web.preview.routes.message_routes import add_message_routes
from pipeline.web.preview.routes.view_routes import add_view_routes
from pipeline.web.preview.session import PreviewSession

#: No form is larger.
MAX_REQUEST_BYTES = 1 << 16
_BACK = "Go back to the list of articles."
_HTTP_ERRORS = {
    400: f"The preview does not understand this address. {_BACK}",
    404: "The article or message may have been moved, renamed or deleted.",
    405: f"This address cannot be opened in a browser. {_BACK}",
    413: f"The request is larger than any form of the preview. {_BACK}",
}


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
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    folders = dict(folders or {})
    app.before_request(lambda: _check_access(guard))
    app.after_request(_add_security_headers)
    app.logger.disabled = True  # it would print tracebacks; see `describe_error()`
    app.register_error_handler(PipelineError, _show_pipeline_error)
    app.register_error_handler(OSError, _show_pipeline_error)
    app.register_error_handler(HTTPException, _show_http_error)

    app.add_template_filter(format_size, "filesize")

    @app.context_processor
    def add_template_variables() -> dict[str, Any]:  # Any: as Flask declares it
        pages = [
            ("articles", "Articles"),
            ("gifts", "Gifts"),
            *((name, name.title()) for name in folders),
        ]
        return {
            "token": guard.token,
            "frame_key": guard.frame_key,
            "nonce": _get_nonce(),
            "pages": pages,
            "current_page": "",
        }

    add_index_routes(app, session, source)
    add_message_routes(app, session, folders)
    add_view_routes(app, session, guard, folders)
    add_action_routes(app, session)
    add_api_routes(app, folders, lambda: session.is_closed)
    return app


def format_size(size_bytes: int) -> str:
    """Return a size as lists show it: `48.7 kB`."""
    if size_bytes < 1_000:
        return f"{size_bytes} B"
    return f"{size_bytes / 1e3:.1f} kB" if size_bytes < 1e6 else f"{size_bytes / 1e6:.1f} MB"


def _show_pipeline_error(error: Exception) -> ResponseReturnValue:
    return _render_error(describe_error(error), 409)


def _show_http_error(error: HTTPException) -> ResponseReturnValue:
    """No traceback reaches a page; HANDBILL_DEBUG prints it in the terminal."""
    if unexpected := getattr(error, "original_exception", None):
        return _render_error(describe_error(unexpected), 500)
    status = error.code or 500
    return _render_error(_HTTP_ERRORS.get(status, f"{error.name}. {_BACK}"), status)


def _render_error(message: str, status: int) -> ResponseReturnValue:
    """Answer scripts and frames in JSON, a browser with a page. A frame gets no page: the page contains the token."""
    accepted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    if accepted != "text/html" or request.path.startswith(("/frames/", "/api/")):
        return {"error": message}, status
    is_missing = status == 404
    return render_template(
        "error.html",
        is_missing=is_missing,
        heading="Page not found" if is_missing else "Error",
        summary="There is nothing at this address." if is_missing else "This page cannot be shown.",
        lines=message.splitlines(),
        advice="" if status in _HTTP_ERRORS else "Fix the problem, then reload this page.",
    ), status


def _check_access(guard: AccessGuard) -> Response | None:
    """Reject requests without the keys, and those that no page of the preview sends; see `access`."""
    headers = {name.upper().replace("-", "_"): value for name, value in request.headers.items()}
    if refusal := guard.check_host(headers):
        return _reject(refusal)
    if any(not _is_text(text) for text in (request.path, *request.args, *request.args.values())):
        return _reject(Refusal(status=400, message="The address contains control characters."))
    if request.path.startswith(f"/frames/{guard.frame_key}/"):
        return None
    if guard.is_valid_token(request.args.get("token")) and request.method == "GET":
        response = Response(status=303, headers={"Location": request.path})
        response.set_cookie(guard.cookie, guard.token, httponly=True, samesite="Strict")
        return response
    is_read = request.method in ("GET", "HEAD")
    refusal = guard.check_page(headers) if is_read else guard.check_action(headers)
    return _reject(refusal) if refusal else None


def _is_text(text: str) -> bool:
    return not any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in text)


def _reject(refusal: Refusal) -> Response:
    """Answer without any key: a browser with a page, anything else in words."""
    if request.accept_mimetypes.best_match(["text/plain", "text/html"]) != "text/html":
        return Response(refusal.message, refusal.status, mimetype="text/plain")
    page = render_template("refused.html", message=refusal.message, nonce=_get_nonce())
    return Response(page, refusal.status, mimetype="text/html")


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
