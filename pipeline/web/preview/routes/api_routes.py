"""
The REST interface to the messages that were caught or written to the outbox, for tests of programs that send mail.

Requests carry the key of the preview: `Authorization: Bearer KEY`. What a message contains comes as JSON.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from flask import Flask, Response, abort, request
from flask.typing import ResponseReturnValue

from pipeline.web.preview.messages.message_attachments import list_attachments
from pipeline.web.preview.messages.panels import read_header_lines
from pipeline.web.preview.messages.preview_message import PreviewMessage, read_message
from pipeline.web.preview.sources.message_folders import (
    MessageEntry,
    delete_messages,
    find_message,
    list_messages,
)

#: How long a request may wait for a message.
MAX_TIMEOUT_S = 60.0
#: The number of requests that can wait at once: each occupies a thread of the server.
MAX_WAITING = 6
_POLL_S = 0.1


def add_api_routes(app: Flask, folders: Mapping[str, Path], is_ending: Callable[[], bool]) -> None:
    """
    Add the routes to *app*.

    Args:
        folders: Folders of messages, by name; `caught` is meant if a request names none and mail is caught.
        is_ending: Whether the preview is ending, so that nothing waits any longer.
    """
    waiting = threading.BoundedSemaphore(MAX_WAITING)
    default = "caught" if "caught" in folders else "outbox"

    @app.get("/api/messages")
    def search_messages() -> ResponseReturnValue:
        name = request.args.get("folder", default)
        folder = folders.get(name) or abort(404)
        matches, timeout_s, count = _parse_filter(), _parse_timeout(), _parse_count()
        is_closed = request.environ.get("waitress.client_disconnected", lambda: False)
        deadline = monotonic() + timeout_s

        def search() -> list[MessageEntry]:
            return [entry for entry in list_messages(folder)[0] if matches(entry)]

        found = search()
        if timeout_s and len(found) < count:
            if not waiting.acquire(blocking=False):
                return {"error": f"Only {MAX_WAITING} requests can wait at once. Try again."}, 429
            try:
                while len(found) < count and monotonic() < deadline and not is_closed():
                    if is_ending():
                        return {"error": "The preview is ending."}, 503
                    sleep(_POLL_S)
                    found = search()
            finally:
                waiting.release()
            if len(found) < count:
                return {"error": _describe_timeout(len(found), count, timeout_s)}, 404
        return {"messages": [_entry_to_json(entry, name) for entry in found], "total": len(found)}

    @app.get("/api/messages/<folder>/<path:path>")
    def read_one(folder: str, path: str) -> ResponseReturnValue:
        file = find_message(folders.get(folder) or abort(404), path) or abort(404)
        raw = file.read_bytes()
        if request.args.get("format") == "raw":
            return Response(raw, mimetype="message/rfc822")
        return {"id": f"{folder}/{path}", **_message_to_json(read_message(raw))}

    @app.delete("/api/messages/<folder>")
    def delete_all(folder: str) -> ResponseReturnValue:
        return {"deleted": delete_messages(folders.get(folder) or abort(404))}

    @app.delete("/api/messages/<folder>/<path:path>")
    def delete_one(folder: str, path: str) -> ResponseReturnValue:
        count = delete_messages(folders.get(folder) or abort(404), path)
        return {"deleted": count} if count else abort(404)


def _parse_filter() -> Callable[[MessageEntry], bool]:
    """Return what the parameters `to`, `from`, `subject`, `q` and `after` ask for."""
    to, sender = request.args.get("to", "").lower(), request.args.get("from", "").lower()
    subject, query = request.args.get("subject", "").casefold(), request.args.get("q", "")
    after = _parse_time(request.args.get("after", ""))

    def matches(entry: MessageEntry) -> bool:
        return (
            (not to or to in entry.recipients)
            and sender in entry.sender.lower()
            and subject in entry.subject.casefold()
            and entry.contains(query)
            and (after is None or entry.modified_at > after)
        )

    return matches


def _parse_time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text) if text else None
    except ValueError:
        abort(400)
    return time if time is None or time.tzinfo is not None else abort(400)


def _parse_timeout() -> float:
    try:
        timeout_s = float(request.args.get("timeout", "0"))
    except ValueError:
        abort(400)
    return timeout_s if 0 <= timeout_s <= MAX_TIMEOUT_S else abort(400)


def _parse_count() -> int:
    text = request.args.get("count", "1")
    return int(text) if text.isdecimal() and 1 <= len(text) <= 3 else abort(400)


def _describe_timeout(found: int, count: int, timeout_s: float) -> str:
    wanted = "No such message" if count == 1 else f"{found} of {count} such messages"
    seconds = "second" if timeout_s == 1 else "seconds"
    return f"{wanted} arrived within {timeout_s:g} {seconds}."


def _entry_to_json(entry: MessageEntry, folder: str) -> dict[str, Any]:  # Any: JSON
    return {
        "id": f"{folder}/{entry.path}",
        "subject": entry.subject,
        "from": entry.sender,
        "to": list(entry.recipients),
        "size_bytes": entry.size_bytes,
        "has_attachments": entry.has_attachments,
        "campaign": entry.campaign,
        "at": entry.modified_at.isoformat(),
    }


def _message_to_json(message: PreviewMessage) -> dict[str, Any]:  # Any: JSON
    return {
        "subject": message.subject,
        "from": message.sender,
        "to": message.to,
        "text": message.text.replace("\r\n", "\n"),
        "html": message.html.replace("\r\n", "\n"),
        "headers": [
            {"name": name, "value": value} for name, value in read_header_lines(message.raw)
        ],
        "attachments": [
            {"name": each.name, "media_type": each.media_type, "size_bytes": len(each.content)}
            for each in list_attachments(message.raw)
        ],
        "size_bytes": len(message.raw),
    }
