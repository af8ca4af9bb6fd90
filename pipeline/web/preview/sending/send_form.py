"""
Send and schedule from the page, as `handbill send --list` and `handbill schedule` do.

1. `summarize()` returns what would be sent to how many recipients, when, and with which findings. It writes nothing.
2. `schedule()` and `BackgroundRunner.start()` do it, provided that edition and number of recipients have not changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.checks import find_blocking
from pipeline.errors import ConfigError, PipelineError, StateError
from pipeline.models.campaign import Campaign
from pipeline.project import Project
from pipeline.web.preview.sending.saved_versions import list_versions
from pipeline.web.preview.sources.live_article import Rendering, find_problems
from pipeline.web.preview.sources.unsaved_changes import find_open_program

if TYPE_CHECKING:
    from pipeline.campaigns import CampaignPlan, CampaignService
    from pipeline.campaigns.planning.schedule import ScheduledTime
    from pipeline.senders import Sender


#: How many recipients the summary names.
SAMPLE_SIZE = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class SendForm:
    """
    What was filled in.

    Args:
        segment: "" for the whole list.
        local_time: Date and time in the time zone of the publication, "" for now.
        allow_repeat: Send even to recipients who already received the article.
        digest: The digest of the edition in the summary that was confirmed; *count* is its number of recipients.
    """

    list: str
    segment: str = ""
    local_time: str = ""
    allow_repeat: bool = False
    digest: str = ""
    count: int = 0


def summarize(rendering: Rendering, form: SendForm) -> dict[str, Any]:  # Any: JSON
    """
    Return what *form* would do, for the page.

    *note* is about the time, for example a change of the clocks; *repeats* says which campaign already sent the article
    to some recipients; *earlier* are its tests and campaigns; *sample* are the first recipients; *blocking* is the
    number of findings that prevent sending; *workers* are those now running.

    Raises:
        PipelineError: The list does not exist or is empty, or segment or time are not valid.
    """
    project = rendering.project
    from pipeline.campaigns import require_unsubscribe_answer

    sender = project.open_sender()
    send_at = parse_send_time(project, form.local_time)
    with project.open_campaigns() as campaigns:
        campaigns.check_list(form.list, form.segment or None)
        require_unsubscribe_answer(
            project.publication, form.list, delivers_mail=sender.delivers_mail
        )
        plan = campaigns.check_schedule(build_plan(rendering, form, send_at, sender))
        repeats = ""
        try:
            campaigns.check_not_repeated(plan, allow_repeat=False)
        except StateError as error:
            repeats = str(error).partition(" To send it again")[0]
        count, workers = campaigns.count_recipients(plan), campaigns.list_workers()
        sample = list(campaigns.list_recipients(form.list, plan.segment, SAMPLE_SIZE))
    findings = find_problems(rendering, send_at.utc, sender)
    return {
        "subject": plan.subject,
        "list": form.list,
        "segment": form.segment,
        "count": count,
        "sender": project.senders.describe(),
        "from": str(project.publication.sender),
        "sample": [str(recipient.address) for recipient in sample],
        "earlier": list_versions(rendering),
        "open_program": find_open_program(Path(rendering.source)),
        "delivers_mail": sender.delivers_mail,
        "digest": rendering.edition.digest,
        "when": str(send_at) if form.local_time else "",
        "note": send_at.note,
        "repeats": repeats,
        "findings": findings,
        "blocking": len(find_blocking(findings, delivers_mail=sender.delivers_mail)),
        "workers": workers,
        "needs_approval": plan.needs_approval,
    }


def schedule(rendering: Rendering, form: SendForm) -> Campaign:
    """
    Create the campaign of *form*; a worker sends it at its time.

    Raises:
        PipelineError: As `check_plan()` does.
    """
    sender = rendering.project.open_sender()
    with rendering.project.open_campaigns() as campaigns:
        plan = check_plan(rendering, form, sender, campaigns)
        return campaigns.get(campaigns.create(plan, allow_repeat=form.allow_repeat).id)


def check_plan(
    rendering: Rendering, form: SendForm, sender: Sender, campaigns: CampaignService
) -> CampaignPlan:
    """
    Return the campaign that *form* asks for, with every message checked.

    Raises:
        PipelineError: Edition or recipients have changed since the summary, recipients would receive the article
            again, a message cannot be composed, or a finding prevents sending.
    """
    project = rendering.project
    send_at = parse_send_time(project, form.local_time)
    _check_findings(rendering, sender, send_at)
    plan = build_plan(rendering, form, send_at, sender)
    if form.local_time:
        plan = campaigns.check_schedule(plan)
    _check_unchanged(plan, campaigns.count_recipients(plan), form)
    campaigns.check_not_repeated(plan, allow_repeat=form.allow_repeat)
    recipients = campaigns.list_recipients(form.list, plan.segment)
    project.check_messages(plan.edition, recipients, sender=sender)
    return plan


def build_plan(
    rendering: Rendering, form: SendForm, send_at: ScheduledTime, sender: Sender
) -> CampaignPlan:
    """
    Return the campaign that *form* asks for.

    Raises:
        ConfigError: The article has no subject.
    """
    from pipeline.campaigns import CampaignPlan

    project, issue = rendering.project, rendering.issue
    if issue is None or not issue.subject:
        raise ConfigError('The article has no subject. Add "subject: …" to its front matter.')
    return CampaignPlan(
        edition=rendering.edition,
        subject=issue.subject,
        canonical_url=issue.article.canonical_url,
        sender=project.senders.join_names(),
        delivers_mail=sender.delivers_mail,
        list_name=form.list,
        segment=form.segment or None,
        at=send_at.utc,
        local_time=send_at.local_time if form.local_time else None,
        zone=send_at.zone,
        needs_approval=bool(form.local_time) and project.config.schedule.approval,
    )


def parse_send_time(project: Project, local_time: str) -> ScheduledTime:
    """
    Return the time of sending.

    Args:
        local_time: In the time zone of the publication, "" for now.
    """
    from pipeline.campaigns.planning.schedule import (
        parse_local_time,
        resolve_local_time,
        to_local_time,
    )

    zone = project.publication.timezone
    if local_time:
        return resolve_local_time(parse_local_time(local_time), zone)
    return replace(to_local_time(zone, project.clock.now()), note="")


def _check_findings(rendering: Rendering, sender: Sender, send_at: ScheduledTime) -> None:
    findings = find_problems(rendering, send_at.utc, sender)
    blocking = find_blocking(findings, delivers_mail=sender.delivers_mail)
    if blocking:
        noun = "problem" if len(blocking) == 1 else "problems"
        raise PipelineError(
            f"{len(blocking)} {noun} to fix before it can be sent. First: {blocking[0].message} ({blocking[0].code})"
        )


def _check_unchanged(plan: CampaignPlan, current_count: int, form: SendForm) -> None:
    if plan.edition.digest != form.digest:
        raise StateError(
            "The article has changed since the summary was shown. Review it again, then send."
        )
    if current_count != form.count:
        raise StateError(
            f"There are {current_count:,} recipients now, not {form.count:,} as in the summary. "
            "Review it again, then send."
        )
