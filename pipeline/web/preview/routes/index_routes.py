"""Index pages: articles and campaigns, gifts, the outbox, caught messages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flask import Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pipeline.errors import PipelineError
from pipeline.web.preview.sending.campaign_list import RecentCampaigns, list_recent_campaigns
from pipeline.web.preview.sending.gift_page import GiftPage, build_gift_page
from pipeline.web.preview.session import PreviewSession
from pipeline.web.preview.sources.message_folders import find_message, list_messages

_EMPTY_TEXTS = {
    "outbox": "The outbox is empty. Send something: handbill send ARTICLE --to you@example.org",
    "caught": "No messages caught yet. Send mail to this machine, to the port given with --catch.",
}


def add_index_routes(
    app: Flask, session: PreviewSession, source: str | None, folders: Mapping[str, Path]
) -> None:
    """
    Add the routes to *app*.

    Args:
        source: The article to show first; None for the list of articles.
        folders: Folders of messages, by name.
    """

    @app.get("/")
    def start() -> ResponseReturnValue:
        if source is None:
            return articles()
        return redirect(url_for("document", document_id=session.open_article(source)))

    @app.get("/articles")
    def articles() -> ResponseReturnValue:
        project = session.open_project()
        campaigns, error = RecentCampaigns(), ""
        try:
            campaigns = list_recent_campaigns(project)
        except PipelineError as problem:  # without a database there are still articles
            error = str(problem)
        return render_template(
            "index.html",
            articles=session.list_articles(),
            campaigns=campaigns,
            error=error,
            project=project.publication.name,
            current_page="articles",
        )

    @app.get("/gifts")
    def gifts() -> ResponseReturnValue:
        page, error = GiftPage(), ""
        try:
            page = build_gift_page(session.open_project())
        except PipelineError as problem:
            error = str(problem)
        return render_template("gifts.html", page=page, error=error, current_page="gifts")

    @app.get("/open")
    def open_article() -> ResponseReturnValue:
        path = request.args.get("path", "")
        if path not in {article.path for article in session.list_articles()}:
            abort(404)
        source = str(session.open_project().root / path)
        return redirect(url_for("document", document_id=session.open_article(source)))

    @app.get("/campaign/<campaign>")
    def open_campaign(campaign: str) -> ResponseReturnValue:
        return redirect(url_for("document", document_id=session.open_campaign(campaign)))

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
        )

    @app.get("/folder/<name>/<path:path>")
    def open_message(name: str, path: str) -> ResponseReturnValue:
        file = find_message(folders.get(name) or abort(404), path) or abort(404)
        return redirect(url_for("document", document_id=session.open_message(file)))
