"""Routes for the messages of the outbox and the mail catcher: lists, attachments, deleting."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pipeline.errors import PipelineError
from pipeline.web.preview.messages.message_attachments import read_attachment
from pipeline.web.preview.routes import request_parameters as parameters
from pipeline.web.preview.session import PreviewSession
from pipeline.web.preview.sources.message_folders import (
    delete_messages,
    find_message,
    list_messages,
)

_EMPTY_TEXTS = {
    "outbox": "The outbox is empty. Send something: handbill send ARTICLE --to you@example.org",
    "caught": "No messages caught yet. Send mail to this machine, to the port given with --catch.",
}
_CONSEQUENCES = {
    "outbox": "What was not sent from the outbox yet cannot be sent any more. The campaigns stay.",
    "caught": "They are gone for good.",
}


def add_message_routes(app: Flask, session: PreviewSession, folders: Mapping[str, Path]) -> None:
    """Add the routes to *app*; *folders* as in `create_app()`."""

    @app.get("/folder/<name>")
    def folder(name: str) -> ResponseReturnValue:
        path = folders.get(name) or abort(404)
        query = request.args.get("q", "").strip()
        messages, total = list_messages(path, query)
        return render_template(
            "message_list.html",
            messages=messages,
            total=total,
            folder=path,
            query=query,
            current_page=name,
            heading=name.title(),
            empty=_EMPTY_TEXTS.get(name, "No messages."),
            consequence=_CONSEQUENCES.get(name, ""),
            zone=find_zone(session),
        )

    @app.get("/folder/<name>/<path:path>")
    def open_message(name: str, path: str) -> ResponseReturnValue:
        file = find_message(folders.get(name) or abort(404), path) or abort(404)
        return redirect(url_for("document", document_id=session.open_message(file)))

    @app.post("/folder/<name>/delete")
    def delete(name: str) -> ResponseReturnValue:
        path = parameters.read_form().get("path") or abort(400)
        return {"deleted": delete_messages(folders.get(name) or abort(404), path)}

    @app.post("/folder/<name>/clear")
    def clear(name: str) -> ResponseReturnValue:
        return {"deleted": delete_messages(folders.get(name) or abort(404))}

    @app.get("/preview/<document_id>/attachments/<int:number>")
    def attachment(document_id: str, number: int) -> ResponseReturnValue:
        document = parameters.get_document(session, document_id)
        message = session.get_message(document, parameters.parse_view_as())
        found = read_attachment(message.raw, number) or abort(404)
        response = Response(found.content, mimetype="application/octet-stream")
        response.headers.set("Content-Disposition", "attachment", filename=found.name)
        response.headers["Content-Security-Policy"] = "sandbox"
        return response


def find_zone(session: PreviewSession) -> ZoneInfo:
    """Return the time zone of all pages: that of the publication; UTC while its configuration has an error."""
    try:
        return ZoneInfo(session.open_project().publication.timezone)
    except PipelineError:
        return ZoneInfo("UTC")
