"""The rooms: pages on which one finds something to open. Articles, campaigns, the outbox, what was caught."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, abort, redirect, render_template, request, url_for

from pipeline.errors import PipelineError
from pipeline.web.preview.sending import campaign_list
from pipeline.web.preview.session import PreviewSession
from pipeline.web.preview.sources.message_folders import find, letters

_EMPTY = {
    "outbox": "Nothing lies in the outbox yet. Send something: handbill send ARTICLE --to you@example.org",
    "caught": "Nothing was caught yet. Let a program send its mail to this machine, to the port --catch named.",
}

Answer = Any  # whatever Flask makes a response of: words, a dictionary, a response, with or without a status


def add_rooms(
    app: Flask, desk: PreviewSession, source: str | None, folders: Mapping[str, Path]
) -> None:
    """
    Add the pages to *app*.

    Args:
        source: What to show first; without it the articles.
        folders: Folders of messages, by the name of their room.
    """

    @app.get("/")
    def start() -> Answer:
        if source is None:
            return articles()
        return redirect(url_for("look", name=desk.open(source)))

    @app.get("/articles")
    def articles() -> Answer:
        project = desk.open_project()
        problem = ""
        try:
            known = campaign_list.recent(project)
        except PipelineError as error:  # a store that is away; the articles are there all the same
            known, problem = campaign_list.NONE, str(error)
        return render_template(
            "index.html",
            articles=desk.articles(),
            campaigns=known,
            problem=problem,
            project=project.publication.name,
            room="articles",
        )

    @app.get("/open")
    def open_article() -> Answer:
        path = request.args.get("path", "")
        if path not in {article.path for article in desk.articles()}:
            abort(404)
        return redirect(url_for("look", name=desk.open(str(desk.open_project().root / path))))

    @app.get("/campaign/<campaign>")
    def open_campaign(campaign: str) -> Answer:
        return redirect(url_for("look", name=desk.open_campaign(campaign)))

    @app.get("/room/<name>")
    def room(name: str) -> Answer:
        folder = folders.get(name) or abort(404)
        looked_for = request.args.get("q", "").strip()
        found, total = letters(folder, looked_for)
        return render_template(
            "message_list.html",
            letters=found,
            total=total,
            folder=folder,
            wanted=looked_for,
            room=name,
            heading=name.title(),
            empty=_EMPTY.get(name, "Nothing lies here."),
        )

    @app.get("/room/<room>/<path:path>")
    def open_letter(room: str, path: str) -> Answer:
        found = find(folders.get(room) or abort(404), path) or abort(404)
        return redirect(url_for("look", name=desk.open_letter(found)))
