"""Read what a browser asks for: which letter, as whom, when."""

from __future__ import annotations

from datetime import datetime

from flask import abort, request

from pipeline.web.preview.session import OpenDocument, PreviewSession, ViewAs
from pipeline.web.preview.sources.live_article import LiveArticle


def opened(desk: PreviewSession, name: str) -> OpenDocument:
    """Return what was opened as *name*; there is no such page if nothing was."""
    try:
        return desk.opened(name)
    except KeyError:
        abort(404)


def studio(desk: PreviewSession, name: str) -> LiveArticle:
    """Return the article opened as *name*: only those can be sent."""
    found = opened(desk, name)
    return found if isinstance(found, LiveArticle) else abort(404)


def wanted() -> ViewAs:
    """
    Read who and when from the address.

    `as.donor=monthly` is a value, `reader=…` somebody from the roll, `at=2026-12-31T00:00:00+00:00` an instant,
    `language=fr` the language of the interface words.
    """
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
    return ViewAs(
        values=tuple(sorted(values.items())),
        at=when,
        language=request.args.get("language") or None,
        reader=request.args.get("reader") or None,
    )


def form() -> dict[str, str]:
    """Return what a page of ours sent, as texts by name."""
    sent = request.get_json(silent=True)
    return {str(key): str(value) for key, value in sent.items()} if isinstance(sent, dict) else {}
