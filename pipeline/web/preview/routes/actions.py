"""What can be done from the page: a test, a campaign, questions to the web and to a spam filter."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Flask, abort, request

from pipeline.models.finding import Finding, Severity
from pipeline.models.recipient import Recipient
from pipeline.project import Project
from pipeline.web.preview.messages import differences
from pipeline.web.preview.routes import requests
from pipeline.web.preview.sending import send_form
from pipeline.web.preview.sending.send_form import SendForm
from pipeline.web.preview.session import PreviewSession, picture_of
from pipeline.web.preview.sources.live_article import Rendering
from pipeline.web.preview.sources.saved_messages import CampaignEdition

Answer = Any  # whatever Flask makes a response of: words, a dictionary, a response, with or without a status


def add_acts(app: Flask, desk: PreviewSession) -> None:
    """Add the acts on one letter to *app*."""

    @app.post("/studio/<name>/test")
    def test(name: str) -> Answer:
        picture = picture_of(requests.studio(desk, name))
        reader = desk.reader(picture.edition, requests.wanted())
        return _send_test(picture, requests.form().get("address", ""), reader)

    @app.get("/studio/<name>/lists")
    def lists(name: str) -> Answer:
        project = picture_of(requests.studio(desk, name)).project
        with project.open_subscribers() as subscribers:
            found = [
                {"name": each.name, "count": each.active} for each in subscribers.count_lists()
            ]
        return {
            "lists": found,
            "zone": project.publication.timezone,
            "sender": project.senders.describe(),
        }

    @app.post("/studio/<name>/offer")
    def offer(name: str) -> Answer:
        picture = picture_of(requests.studio(desk, name))
        return _offered(send_form.offer(picture, _wish(requests.form())))

    @app.post("/studio/<name>/campaign")
    def campaign(name: str) -> Answer:
        picture, form = picture_of(requests.studio(desk, name)), requests.form()
        digest, count = form.get("digest", ""), _number(form.get("count", ""))
        wish = _wish(form)
        if not wish.wall:
            begun = desk.sendings.start(picture, wish, digest=digest, count=count)
            return _campaign(desk, picture.project, begun)
        planned = send_form.schedule(picture, wish, digest=digest, count=count)
        return _campaign(desk, picture.project, planned.id)

    @app.get("/campaigns/<campaign>")
    def standing(campaign: str) -> Answer:
        return _campaign(desk, desk.open_project(), campaign)

    @app.post("/campaigns/<campaign>/<act>")
    def move(campaign: str, act: str) -> Answer:
        project = desk.open_project()
        with project.open_campaigns() as campaigns:
            if act == "approve":
                campaigns.approve(campaign, digest=requests.form().get("digest", ""))
            elif act == "cancel":
                campaigns.cancel(campaign)
            elif act == "pause":
                campaigns.pause(campaign)
            else:
                abort(404)
        return _campaign(desk, project, campaign)

    @app.get("/studio/<name>/versions")
    def versions(name: str) -> Answer:
        found = differences.versions(picture_of(requests.studio(desk, name)))
        return {
            "versions": [
                asdict(version) | {"at": f"{version.at.astimezone():%d %b %Y, %H:%M}"}
                for version in found
            ]
        }

    @app.get("/studio/<name>/differences/<campaign>")
    def difference(name: str, campaign: str) -> Answer:
        opened, wanted = requests.studio(desk, name), requests.wanted()
        project = picture_of(opened).project
        kept = differences.kept(project, campaign)
        before = desk.show(CampaignEdition(campaign, kept.edition, project), wanted)
        return {"parts": differences.differences(before, desk.show(opened, wanted))}

    @app.get("/people")
    def people() -> Answer:
        words = request.args.get("q", "").strip()
        return {
            "people": [
                {
                    "id": name,
                    "email": found.address.email,
                    "name": found.address.name,
                    "state": found.state.value,
                    "lists": list(found.lists),
                    "values": dict(found.attributes),
                }
                for name, found in (desk.people(words) if words else [])
            ]
        }

    @app.post("/studio/<name>/links")
    def links(name: str) -> Answer:
        return _links(desk, picture_of(requests.studio(desk, name)))

    @app.post("/studio/<name>/spam")
    def spam(name: str) -> Answer:
        from pipeline.checks.message.spam_score import measure_spam

        score = measure_spam(desk.show(requests.opened(desk, name), requests.wanted()).raw)
        return {"score": asdict(score) if score else None}


def findings_json(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Return *findings* as the page draws them."""
    return [
        finding.to_json() | {"is_error": finding.severity is Severity.ERROR} for finding in findings
    ]


def _send_test(picture: Rendering, address: str, reader: Recipient) -> dict[str, Any]:
    """Send one copy, with the values of whom one looks at the letter as."""
    project = picture.project
    (recipient,) = project.parse_recipients([address])
    values = {"name": reader.value("name"), **reader.values} if reader.values else {}
    recipient = Recipient(address=recipient.address, values=values)
    with project.open_sender() as sender:
        campaign = project.send(picture.edition, [recipient], sender=sender, is_test=True)
    return campaign.to_json()


def _wish(form: dict[str, str]) -> SendForm:
    return SendForm(
        list=form.get("list", ""),
        segment=form.get("segment", "").strip(),
        wall=form.get("wall", "").replace("T", " "),
        again=form.get("again") == "yes",
    )


def _offered(offer: send_form.SendSummary) -> dict[str, Any]:
    return asdict(offer) | {"findings": findings_json(offer.findings)}


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else abort(400)


def _campaign(desk: PreviewSession, project: Project, campaign: str) -> dict[str, Any]:
    with project.open_campaigns() as campaigns:
        return send_form.told(campaigns.show(campaign), campaigns, desk.sendings)


def _links(desk: PreviewSession, picture: Rendering) -> dict[str, Any]:
    """Ask the web after every link and picture; say of each address what came of it."""
    from pipeline.checks.online import RequestLimits, check_url_status, request_urls

    asked = request_urls(picture.edition, desk.client, RequestLimits())
    return {
        "answers": {
            wanted.url: {
                "status": answer.status_code,
                "reason": answer.reason,
                "moved_to": answer.moved_to,
                "findings": findings_json(tuple(check_url_status(wanted, answer))),
            }
            for wanted, answer in asked
        }
    }
