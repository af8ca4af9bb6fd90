"""Routes for actions: send a test, send or schedule a campaign, check links, ask a spam filter."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from flask import Flask, abort, request
from flask.typing import ResponseReturnValue

from pipeline.models.recipient import Recipient
from pipeline.project import Project
from pipeline.web.preview.messages.differences import find_differences
from pipeline.web.preview.messages.finding_list import build_finding_list
from pipeline.web.preview.routes import request_parameters as parameters
from pipeline.web.preview.sending import send_form
from pipeline.web.preview.sending.campaign_list import campaign_to_json, list_failures
from pipeline.web.preview.sending.saved_versions import list_versions, load_edition
from pipeline.web.preview.sending.send_form import SendForm
from pipeline.web.preview.session import Document, PreviewSession, get_rendering
from pipeline.web.preview.sources.live_article import Rendering
from pipeline.web.preview.sources.markdown_copy import save_as_markdown
from pipeline.web.preview.sources.saved_messages import CampaignEdition, SavedMessage

_MAX_DIGITS = 12


def add_action_routes(app: Flask, session: PreviewSession) -> None:
    """Add the routes to *app*."""
    _add_sending_routes(app, session)
    _add_version_routes(app, session)

    @app.get("/subscribers")
    def subscribers() -> ResponseReturnValue:
        text = request.args.get("q", "").strip()
        return {
            "subscribers": [
                {
                    "id": subscriber_id,
                    "email": subscriber.address.email,
                    "name": subscriber.address.name,
                    "state": subscriber.state.value,
                    "lists": list(subscriber.lists),
                    "values": dict(subscriber.attributes),
                }
                for subscriber_id, subscriber in (session.search_subscribers(text) if text else [])
            ]
        }

    @app.post("/preview/<document_id>/markdown")
    def markdown(document_id: str) -> ResponseReturnValue:
        opened = parameters.get_article(session, document_id)
        article = get_rendering(opened).article or abort(404)
        copy = save_as_markdown(article, opened.source, session.root)
        return {
            "path": str(copy.path),
            "url": f"/preview/{session.open_article(str(copy.path))}",
            "differences": copy.differences,
            "picture_count": copy.picture_count,
        }

    @app.post("/preview/<document_id>/links")
    def links(document_id: str) -> ResponseReturnValue:
        return _check_links(session, parameters.get_document(session, document_id))

    @app.post("/preview/<document_id>/check")
    def check_message(document_id: str) -> ResponseReturnValue:
        from pipeline.web.preview.messages.message_checks import check_saved_message

        document = parameters.get_document(session, document_id)
        message = session.get_message(document, parameters.parse_view_as())
        return {"findings": build_finding_list(check_saved_message(message))}

    @app.post("/preview/<document_id>/spam")
    def spam(document_id: str) -> ResponseReturnValue:
        from pipeline.checks.message.spam_score import measure_spam

        document = parameters.get_document(session, document_id)
        score = measure_spam(session.get_message(document, parameters.parse_view_as()).raw)
        return {"score": asdict(score) if score else None}


def _add_sending_routes(app: Flask, session: PreviewSession) -> None:
    def require_rendering(document_id: str) -> Rendering:
        return parameters.get_article(session, document_id).require_current()

    @app.post("/preview/<document_id>/test")
    def test(document_id: str) -> ResponseReturnValue:
        rendering = require_rendering(document_id)
        recipient = session.get_recipient(rendering.edition, parameters.parse_view_as())
        return _send_test(rendering, parameters.read_form().get("address", ""), recipient)

    @app.get("/preview/<document_id>/lists")
    def lists(document_id: str) -> ResponseReturnValue:
        project = get_rendering(parameters.get_article(session, document_id)).project
        with project.open_subscribers() as store:
            counts = [{"name": each.name, "count": each.reachable} for each in store.count_lists()]
        return {
            "lists": counts,
            "time_zone": project.publication.timezone,
            "sender": project.senders.describe(),
        }

    @app.post("/preview/<document_id>/summary")
    def summary(document_id: str) -> ResponseReturnValue:
        rendering = require_rendering(document_id)
        found = send_form.summarize(rendering, _parse_send_form(parameters.read_form()))
        return found | {"findings": build_finding_list(found["findings"])}

    @app.post("/preview/<document_id>/campaign")
    def create_campaign(document_id: str) -> ResponseReturnValue:
        rendering, values = require_rendering(document_id), parameters.read_form()
        count = _parse_number(values.get("count", ""))
        form = replace(_parse_send_form(values), digest=values.get("digest", ""), count=count)
        if form.local_time:
            campaign = send_form.schedule(rendering, form).id
        else:
            campaign = session.background_runner.start(rendering, form)
        return _get_campaign(session, rendering.project, campaign)

    @app.get("/campaigns/<campaign>")
    def get_campaign(campaign: str) -> ResponseReturnValue:
        return _get_campaign(session, session.open_project(), campaign)

    @app.post("/campaigns/<campaign>/<action>")
    def change_campaign(campaign: str, action: str) -> ResponseReturnValue:
        project = session.open_project()
        with project.open_campaigns() as campaigns:
            if action == "approve":
                campaigns.approve(campaign, digest=parameters.read_form().get("digest", ""))
            elif action == "cancel":
                campaigns.cancel(campaign)
            elif action == "pause":
                campaigns.pause(campaign)
            elif action == "resume":
                session.background_runner.resume(campaigns.get(campaign).id, project)
            else:
                abort(404)
        return _get_campaign(session, project, campaign)


def _add_version_routes(app: Flask, session: PreviewSession) -> None:
    @app.get("/preview/<document_id>/versions")
    def versions(document_id: str) -> ResponseReturnValue:
        rendering = get_rendering(parameters.get_article(session, document_id))
        return {"versions": list_versions(rendering)}

    @app.get("/preview/<document_id>/differences/<campaign>")
    def differences(document_id: str, campaign: str) -> ResponseReturnValue:
        article, view_as = parameters.get_article(session, document_id), parameters.parse_view_as()
        project = get_rendering(article).project
        edition = load_edition(project, campaign)
        before = session.get_message(CampaignEdition(campaign, edition, project), view_as)
        found = find_differences(before, session.get_message(article, view_as))
        return {"parts": [{"part": name, "lines": lines} for name, lines in found.items()]}


def _send_test(
    rendering: Rendering, address: str, viewed_as: Recipient
) -> dict[str, Any]:  # Any: JSON
    """Send a test to *address*, with the values of the recipient that the message is viewed as."""
    project = rendering.project
    (recipient,) = project.parse_recipients([address])
    values = {"name": viewed_as.value("name"), **viewed_as.values} if viewed_as.values else {}
    recipient = Recipient(address=recipient.address, values=values)
    with project.open_sender() as sender:
        campaign = project.send(rendering.edition, [recipient], sender=sender, is_test=True)
    return campaign.to_json() | {"failures": list_failures(project, campaign)}


def _parse_send_form(values: dict[str, str]) -> SendForm:
    return SendForm(
        list=values.get("list", ""),
        segment=values.get("segment", "").strip(),
        local_time=values.get("local_time", "").replace("T", " "),
        allow_repeat=values.get("allow_repeat") == "yes",
    )


def _parse_number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= _MAX_DIGITS else abort(400)


def _get_campaign(
    session: PreviewSession, project: Project, campaign: str
) -> dict[str, Any]:  # Any: JSON
    with project.open_campaigns() as campaigns, project.open_events() as ledger:
        found = campaigns.get(campaign)
        zone = project.publication.timezone
        return campaign_to_json(found, campaigns, session.background_runner, ledger, zone)


def _check_links(session: PreviewSession, document: Document) -> dict[str, Any]:  # Any: JSON
    """Request every link and remote image, but no unsubscribe link; return the results by address."""
    from pipeline.checks.online import RequestLimits, check_url_status, list_urls, request_urls
    from pipeline.web.preview.messages.message_checks import list_message_urls

    if isinstance(document, SavedMessage):
        urls = list_message_urls(document.message)
    else:
        urls = list(list_urls(get_rendering(document).edition))
    checked = request_urls(urls, session.client, RequestLimits())
    return {
        "results": {
            wanted.url: {
                "status": answer.status_code,
                "reason": answer.reason,
                "moved_to": answer.moved_to,
                "findings": build_finding_list(list(check_url_status(wanted, answer))),
            }
            for wanted, answer in checked
        }
    }
