"""Send the welcome issue of a list to whoever has just subscribed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from pipeline.campaigns import CampaignKind, CampaignPlan
from pipeline.errors import PipelineError
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient
from pipeline.project import Project
from pipeline.signup.signup import Signup
from pipeline.signup.signup_store import SignupStore

_LOGGER = logging.getLogger(__name__)


class WelcomeMailer:
    """
    Sends welcome issues, each as a campaign to one recipient, with its unsubscribe link.

    Args:
        issues: The file of each list's welcome issue, by the name of the list.
    """

    def __init__(
        self, project: Project, signups: SignupStore, *, issues: Mapping[str, Path]
    ) -> None:
        self._project = project
        self._signups = signups
        self._issues = issues
        self._editions: dict[str, tuple[int, Edition]] = {}

    def send_waiting(self) -> int:
        """
        Send the issues that wait; return their number.

        Raises:
            PipelineError: The database cannot be written to, or an issue cannot be rendered.
        """
        if not self._issues:
            return 0
        editions = {}
        for name in self._issues:
            try:
                editions[name] = self._get_edition(name)
            except PipelineError as error:
                _LOGGER.error("The welcome issue of %s cannot be sent: %s", name, error)
        waiting = self._signups.claim_welcomes(list(editions))
        for signup in waiting:
            self._send(signup, editions[signup.list_name])
        return len(waiting)

    def _get_edition(self, list_name: str) -> Edition:
        """Return the issue as it is in its file now."""
        path = self._issues[list_name]
        changed_ns = path.stat().st_mtime_ns if path.is_file() else 0
        found = self._editions.get(list_name)
        if found is None or found[0] != changed_ns:
            issue = self._project.edit(self._project.load(str(path)))
            found = (changed_ns, self._project.render(issue))
            self._editions[list_name] = found
        return found[1]

    def _send(self, signup: Signup, edition: Edition) -> None:
        project = self._project
        sender = project.open_sender()
        plan = CampaignPlan(
            edition=edition,
            subject=edition.title,
            kind=CampaignKind.WELCOME,
            sender=project.senders.join_names(),
            delivers_mail=sender.delivers_mail,
            recipients=[Recipient(address=signup.address)],
            list_name=signup.list_name,
            at=project.clock.now(),
            zone=edition.publication.timezone,
        )
        with project.open_campaigns() as service, service.start_process() as process:
            record = service.create(plan, allow_repeat=True, process=process)
            service.send(record.id, sender=sender, process=process)
