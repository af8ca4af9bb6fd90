"""Read the parameters of a request."""

from __future__ import annotations

from datetime import datetime

from flask import abort, request

from pipeline.web.preview.messages.view_as import ViewAs
from pipeline.web.preview.session import Document, PreviewSession
from pipeline.web.preview.sources.live_article import LiveArticle

#: A time in any zone that the calendar has; others overflow in some zone.
_YEARS = range(1970, 9999)


def get_document(session: PreviewSession, document_id: str) -> Document:
    """Return an open document, or abort with 404."""
    try:
        return session.get_document(document_id)
    except KeyError:
        abort(404)


def get_article(session: PreviewSession, document_id: str) -> LiveArticle:
    """Return an open article, or abort with 404: other documents cannot be sent."""
    document = get_document(session, document_id)
    return document if isinstance(document, LiveArticle) else abort(404)


def parse_view_as() -> ViewAs:
    """
    Return for whom and what time a message is requested.

    `field.donor=monthly` sets a field, `subscriber=…` is an id from `/subscribers`, `at=2026-12-31T00:00:00+00:00` the
    time, `language=fr` the language of the interface texts.
    """
    values = {
        key.removeprefix("field."): value
        for key, value in request.args.items()
        if key.startswith("field.") and value
    }
    at = request.args.get("at")
    try:
        time = datetime.fromisoformat(at) if at else None
    except ValueError:
        abort(400)
    if time is not None and (time.tzinfo is None or time.year not in _YEARS):
        abort(400)
    return ViewAs(
        values=tuple(sorted(values.items())),
        at=time,
        language=request.args.get("language") or None,
        subscriber=request.args.get("subscriber") or None,
    )


def read_form() -> dict[str, str]:
    """Return the JSON object in the request as texts."""
    try:
        form = request.get_json(silent=True)
        if not isinstance(form, dict):
            return {}
        values = {str(key): str(value) for key, value in form.items()}
        "".join(values.values()).encode()  # half a surrogate pair is no text
    except (RecursionError, UnicodeEncodeError):
        abort(400)
    return values
