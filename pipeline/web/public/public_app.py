"""The Flask application: security headers, error pages, limits, and the blueprints."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from flask import Blueprint, Flask, Response, request
from werkzeug.exceptions import HTTPException

from pipeline.errors import StoreError
from pipeline.events import EventStore, RecipientChoices
from pipeline.preferences.confirmations import ConfirmationStore
from pipeline.preferences.preferences import PreferenceStore
from pipeline.project import Project
from pipeline.project.signups import create_signup_store, read_open_lists
from pipeline.signup.form_token import FormTokens
from pipeline.signup.proof_of_work import BITS
from pipeline.web.public.archive_routes import create_archive_blueprint
from pipeline.web.public.confirmation_routes import ConfirmationRoutes
from pipeline.web.public.page_style import build_security_policy
from pipeline.web.public.page_writer import PageWriter, create_page_writer
from pipeline.web.public.preferences_routes import PreferencesRoutes
from pipeline.web.public.rate_limits import MissLimiter, RequestLimiter
from pipeline.web.public.request_metrics import TEXT_FORMAT, RequestMetrics
from pipeline.web.public.signup.answer_routes import SignupAnswerRoutes
from pipeline.web.public.signup.signup_page import SignupPages
from pipeline.web.public.signup.signup_routes import SignupRoutes
from pipeline.web.public.token_answers import TokenAnswers
from pipeline.web.public.unsubscribe_routes import UnsubscribeRoutes

_LOGGER = logging.getLogger(__name__)
#: A form has a few bytes; a blueprint with a need for more raises `request.max_content_length` itself.
_MAX_REQUEST_BYTES = 1 << 16
_MAX_NONCE_CHARACTERS = 64
#: When to try again if the database is locked or the disk is full (RFC 9110 §10.2.3).
_RETRY_AFTER_S = 60
_HEADERS = {
    "Content-Security-Policy": build_security_policy(""),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def create_app(
    project: Project,
    ledger: EventStore,
    *,
    limiter: MissLimiter | None = None,
    metrics: RequestMetrics | None = None,
    on_request: Callable[[], None] = lambda: None,
    blueprints: Iterable[Blueprint] = (),
) -> Flask:
    """
    Return the public web service of *project* as a WSGI application.

    Args:
        ledger: Open for as long as the application answers.
        limiter: Counts unknown tokens; default: `MISSES_PER_MINUTE`.
        metrics: Counts requests and what became of them; default: counters of its own.
        on_request: Called when a message waits to be sent, see `MessageLoop`.
        blueprints: Further routes, such as webhooks.
    """
    app = Flask(
        __name__,
        template_folder=str(Path(__file__).with_name("templates")),
        static_folder=None,
    )
    app.config["MAX_CONTENT_LENGTH"] = _MAX_REQUEST_BYTES
    metrics = metrics or RequestMetrics()
    writer = create_page_writer(project)
    lists = read_open_lists(project.config)
    choices = RecipientChoices(ledger, clock=project.clock)
    confirmations = ConfirmationStore(ledger, clock=project.clock)
    answers = TokenAnswers(ledger, writer=writer, limiter=limiter or MissLimiter(), metrics=metrics)
    unsubscribe = UnsubscribeRoutes(
        ledger, choices, writer=writer, answers=answers, metrics=metrics, lists=lists
    )
    preferences = PreferencesRoutes(
        ledger,
        choices,
        PreferenceStore(ledger, clock=project.clock),
        confirmations,
        writer=writer,
        answers=answers,
        request_limiter=RequestLimiter(),
        on_request=on_request,
        lists=lists,
        clock=project.clock,
    )
    signups = create_signup_store(project, ledger)
    signup_routes = SignupRoutes(
        signups,
        FormTokens(project.storage.read_secret(), clock=project.clock),
        lists=lists,
        pages=SignupPages(
            writer, lists, proof_bits=BITS if project.config.signup.proof_of_work else 0
        ),
        writer=writer,
        metrics=metrics,
        on_request=on_request,
    )
    signup_answers = SignupAnswerRoutes(
        signups, lists=lists, writer=writer, answers=answers, on_request=on_request
    )
    confirmation_routes = ConfirmationRoutes(
        confirmations,
        project.storage.create_subscriber_store(ledger.store),
        writer=writer,
        answers=answers,
        on_request=on_request,
    )
    app.before_request(metrics.start)
    app.after_request(_add_headers)
    app.after_request(metrics.finish)
    app.register_blueprint(unsubscribe.create_blueprint())
    app.register_blueprint(preferences.create_blueprint())
    app.register_blueprint(confirmation_routes.create_blueprint())
    app.register_blueprint(signup_routes.create_blueprint())
    app.register_blueprint(signup_answers.create_blueprint())
    app.register_blueprint(_create_status_blueprint(ledger, metrics))
    if project.config.archive.url:
        app.register_blueprint(create_archive_blueprint(project, ledger.store))
    for blueprint in blueprints:
        app.register_blueprint(blueprint)

    @app.errorhandler(Exception)
    def show_error(error: Exception) -> Response:
        return _show_error(writer, error)

    return app


def _show_error(writer: PageWriter, error: Exception) -> Response:
    """Answer with a page in plain words; what happened goes to the log only."""
    texts = writer.in_language(None)
    status = error.code or 500 if isinstance(error, HTTPException) else 500
    if isinstance(error, StoreError):
        status = 503
    if status >= 500:
        _LOGGER.error("%s: %s", request.url_rule, error)
        page = texts.render(texts.text("error"), texts.text("error_detail"), status=status)
        page.headers["Retry-After"] = str(_RETRY_AFTER_S)
        return page
    if status == 404:
        return texts.render(texts.text("unknown"), texts.text("unknown_detail"), status=404)
    page = texts.render(
        texts.text("not_understood"), texts.text("not_understood_detail"), status=status
    )
    if isinstance(error, HTTPException) and (allowed := getattr(error, "valid_methods", None)):
        page.headers["Allow"] = ", ".join(sorted(allowed))
    return page


def _create_status_blueprint(ledger: EventStore, metrics: RequestMetrics) -> Blueprint:
    blueprint = Blueprint("status", __name__)

    @blueprint.get("/healthz")
    def show_health() -> Response:
        """Say whether the database answers; sign a nonce, which proves that it is this project that does."""
        nonce = request.args.get("nonce", "")[:_MAX_NONCE_CHARACTERS]
        ledger.get_event(0)
        answer = f"ok {ledger.sign_nonce(nonce)}\n" if nonce else "ok\n"
        return Response(answer, mimetype="text/plain")

    @blueprint.get("/metrics")
    def show_metrics() -> Response:
        """Only for this machine: a request that came through the proxy has another address."""
        if request.remote_addr not in {"127.0.0.1", "::1"}:
            return Response("Only on this machine.\n", 403, mimetype="text/plain")
        return Response(metrics.format(), mimetype=TEXT_FORMAT)

    return blueprint


def is_signed_nonce(answer: str, ledger: EventStore, nonce: str) -> bool:
    """Whether *answer* is what `/healthz` of this project says to *nonce*."""
    return hmac.compare_digest(answer.strip(), f"ok {ledger.sign_nonce(nonce)}")


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
