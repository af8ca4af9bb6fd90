"""
Send and schedule from the page, as `handbill send --list` and `handbill schedule` do.

1. `offer()` says what would happen: to how many, by whom, when, with which findings. Nothing is written.
2. `schedule()` and `CampaignRunner.start()` do it, if edition and number of recipients are still those of the offer.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pipeline.checks import check, find_blocking
from pipeline.errors import ConfigError, PipelineError, StateError
from pipeline.models.campaign import Campaign
from pipeline.models.delivery import Receipt
from pipeline.models.finding import Finding
from pipeline.project import Project
from pipeline.web.preview.sending.campaign_list import counted
from pipeline.web.preview.sources.live_article import Rendering

if TYPE_CHECKING:
    from pipeline.campaigns import Desk, Plan
    from pipeline.campaigns.planning.schedule import Moment
    from pipeline.senders import Sender


@dataclass(frozen=True, kw_only=True, slots=True)
class SendForm:
    """
    What somebody filled in.

    Args:
        segment: "" for the whole list.
        wall: What the clock where the publication is will show, "" for now.
        again: Although some of these people have had it.
    """

    list: str
    segment: str = ""
    wall: str = ""
    again: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SendSummary:
    """
    What would happen.

    Args:
        count: To how many people, as of now.
        digest: The edition's that would be sent.
        when: In words; "" for now. *note* is what should be known of that time.
        repeats: Which campaign some of them had it by, "" if none.
        hindrances: What must be mended before.
        workers: Those alive; without one nothing scheduled leaves.
    """

    subject: str
    list: str
    segment: str
    count: int
    sender: str
    delivers_mail: bool
    digest: str
    when: str
    note: str
    repeats: str
    findings: tuple[Finding, ...]
    hindrances: int
    workers: tuple[str, ...]
    needs_approval: bool


def offer(picture: Rendering, wish: SendForm) -> SendSummary:
    """
    Return what *wish* would do.

    Raises:
        PipelineError: There is no such list, nobody is on it, the segment or the time cannot be read, …
    """
    project = picture.project
    way = project.open_sender()
    when = _moment(project, wish.wall)
    with project.open_campaigns() as desk:
        desk.check_audience(wish.list, wish.segment or None)
        plan = desk.check_time(_plan(picture, wish, when, way))
        repeats = ""
        try:
            desk.check_new(plan, again=False)
        except StateError as error:
            repeats = str(error).partition(" To mail it again")[0]
        count, workers = desk.count(plan), desk.workers()
    findings = _findings(picture, way, when)
    return SendSummary(
        subject=plan.subject,
        list=wish.list,
        segment=wish.segment,
        count=count,
        sender=project.senders.describe(),
        delivers_mail=way.delivers_mail,
        digest=picture.edition.digest,
        when=str(when) if wish.wall else "",
        note=when.note,
        repeats=repeats,
        findings=findings,
        hindrances=len(find_blocking(findings, delivers_mail=way.delivers_mail)),
        workers=tuple(workers),
        needs_approval=bool(wish.wall) and project.config.schedule.approval,
    )


def schedule(picture: Rendering, wish: SendForm, *, digest: str, count: int) -> Campaign:
    """
    Write down what was offered; a worker sends it at its time.

    Raises:
        PipelineError: It is not what was offered any more, or must not be sent.
    """
    project = picture.project
    way = project.open_sender()
    when = _moment(project, wish.wall)
    _see_unhindered(picture, way, when)
    with project.open_campaigns() as desk:
        plan = desk.check_time(_plan(picture, wish, when, way))
        _see_unchanged(plan, desk.count(plan), digest=digest, count=count)
        project.dry_run(plan.edition, desk.audience(wish.list, plan.segment), sender=way)
        return desk.show(desk.plan(plan, again=wish.again).id)


class CampaignRunner:
    """Campaigns sent from here, each in a thread of its own; when the preview ends, they pause."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._running: set[str] = set()
        self._problems: dict[str, str] = {}

    def start(self, picture: Rendering, wish: SendForm, *, digest: str, count: int) -> str:
        """
        Begin to send what was offered and return the campaign's id.

        Raises:
            PipelineError: It is not what was offered any more, or must not be sent; nobody was mailed.
        """
        planned: Future[str] = Future()

        def run() -> None:
            try:
                self._send(picture, wish, planned, digest=digest, count=count)
            except Exception as error:
                self._note(planned, error)

        thread = threading.Thread(target=run, name="sending")
        self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        thread.start()
        return planned.result()

    def is_running(self, campaign: str) -> bool:
        """Whether *campaign* is being sent from here."""
        return campaign in self._running

    def problem(self, campaign: str) -> str:
        """Return why *campaign* came to a halt that its state does not tell, "" if it did not."""
        return self._problems.get(campaign, "")

    def close(self) -> None:
        """Let messages on the wire finish, and pause the rest."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def received(self, receipt: Receipt) -> None:
        """Take no notice: the page asks the store."""

    def wants_stop(self) -> bool:
        """Whether the preview ends."""
        return self._stop.is_set()

    def _send(
        self, picture: Rendering, wish: SendForm, planned: Future[str], *, digest: str, count: int
    ) -> None:
        project = picture.project
        way = project.open_sender()
        when = _moment(project, "")
        _see_unhindered(picture, way, when)
        with project.open_campaigns() as desk:
            plan = _plan(picture, wish, when, way)
            _see_unchanged(plan, desk.count(plan), digest=digest, count=count)
            desk.check_new(plan, again=wish.again)
            project.dry_run(plan.edition, desk.audience(wish.list, plan.segment), sender=way)
            with way, desk.run() as run:
                record = desk.plan(plan, again=wish.again, run=run)
                self._running.add(record.id)
                planned.set_result(record.id)
                try:
                    desk.send(record.id, sender=way, progress=self, run=run)
                finally:
                    self._running.discard(record.id)

    def _note(self, planned: Future[str], error: Exception) -> None:
        if not planned.done():
            planned.set_exception(error)
        elif isinstance(error, PipelineError):
            self._problems[planned.result()] = str(error)
        else:
            self._problems[planned.result()] = (
                f"Sending came to a halt ({type(error).__name__}: {error})."
            )


def told(campaign: Campaign, desk: Desk, sendings: CampaignRunner) -> dict[str, Any]:
    """Return *campaign* as the page tells of it; one that is sent from here needs no worker."""
    return campaign.to_json() | {
        "counts": counted(campaign),
        "subject": campaign.subject,
        "digest": campaign.digest,
        "problem": sendings.problem(campaign.id),
        "is_here": sendings.is_running(campaign.id),
        "workers": desk.workers(),
    }


def _plan(picture: Rendering, wish: SendForm, when: Moment, way: Sender) -> Plan:
    from pipeline.campaigns import Plan

    issue = picture.issue
    if issue is None or not issue.subject:
        raise ConfigError('It has no title to serve as subject. Write "subject: …" at its top.')
    project = picture.project
    return Plan(
        edition=picture.edition,
        subject=issue.subject,
        canonical_url=issue.article.canonical_url,
        sender=project.senders.join_names(),
        delivers_mail=way.delivers_mail,
        list=wish.list,
        segment=wish.segment or None,
        at=when.instant,
        wall=when.wall if wish.wall else None,
        zone=when.zone,
        needs_approval=bool(wish.wall) and project.config.schedule.approval,
    )


def _moment(project: Project, wall: str) -> Moment:
    from pipeline.campaigns.planning.schedule import moment, read_wall, seen_in

    zone = project.publication.timezone
    if wall:
        return moment(read_wall(wall), zone)
    return replace(seen_in(zone, project.clock.now() + timedelta()), note="")


def _findings(picture: Rendering, way: Sender, when: Moment) -> tuple[Finding, ...]:
    project, edition = picture.project, picture.edition
    message = project.compose_sample(edition, sender=way).message
    found = check(edition, message=message, first_send_at=when.instant, last_send_at=when.instant)
    return (*project.check_signing(way), *found)


def _see_unhindered(picture: Rendering, way: Sender, when: Moment) -> None:
    found = find_blocking(_findings(picture, way, when), delivers_mail=way.delivers_mail)
    if found:
        raise PipelineError(
            f"{len(found)} to mend before it can be sent, first of all: {found[0].message} ({found[0].code})"
        )


def _see_unchanged(plan: Plan, now: int, *, digest: str, count: int) -> None:
    if plan.edition.digest != digest:
        raise StateError(
            "The letter has changed since you looked at what would be sent. Look again, then send."
        )
    if now != count:
        raise StateError(
            f"It would go to {now:,} people now, not to {count:,} as you saw. Look again, then send."
        )
