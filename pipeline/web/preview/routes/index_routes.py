"""Index pages: articles and campaigns, gifts, the outbox, caught messages."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from pipeline.errors import PipelineError
from pipeline.web.preview.sending.campaign_list import RecentCampaigns, list_recent_campaigns
from pipeline.web.preview.sending.gift_page import GiftPage, build_gift_page
from pipeline.web.preview.session import PreviewSession


def add_index_routes(app: Flask, session: PreviewSession, source: str | None) -> None:
    """Add the routes to *app*; *source* is the article to show first, None for the list of articles."""

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
            zone=ZoneInfo(project.publication.timezone),
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
