"""Send campaigns in background threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from pipeline.errors import PipelineError
from pipeline.models.delivery import Receipt
from pipeline.project import Project
from pipeline.web.preview.error_messages import describe_error
from pipeline.web.preview.sending.send_form import SendForm, check_plan
from pipeline.web.preview.sources.live_article import Rendering


class BackgroundRunner:
    """Sends campaigns, each in a thread; `close()` pauses those that are not finished."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._running: set[str] = set()
        self._errors: dict[str, str] = {}

    def start(self, rendering: Rendering, form: SendForm) -> str:
        """
        Start sending and return the id of the campaign.

        Raises:
            PipelineError: As `check_plan()` does. Nothing was sent.
        """
        created: Future[str] = Future()
        self._run(lambda: self._send(rendering, form, created), created)
        return created.result()

    def resume(self, campaign: str, project: Project) -> None:
        """Resume *campaign*, here or in a worker; what prevents it is its error, see `get_error()`."""
        created: Future[str] = Future()
        created.set_result(campaign)
        self._errors.pop(campaign, None)
        self._running.add(campaign)
        self._run(lambda: self._resume(campaign, project), created)

    def _run(self, work: Callable[[], None], created: Future[str]) -> None:
        def run() -> None:
            try:
                work()
            except (
                BaseException
            ) as error:  # a plug-in may call exit(), and the page waits for an answer
                self._record_error(created, error)

        thread = threading.Thread(target=run, name="background-runner")
        self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        thread.start()

    def _resume(self, campaign: str, project: Project) -> None:
        try:
            with project.open_campaigns() as campaigns:
                campaigns.resume(campaign, progress=self)
        finally:
            self._running.discard(campaign)

    def is_running(self, campaign: str) -> bool:
        """Whether this process is sending *campaign*."""
        return campaign in self._running

    def get_error(self, campaign: str) -> str:
        """Return the error that stopped *campaign*, "" if there was none."""
        return self._errors.get(campaign, "")

    def close(self) -> None:
        """Finish the messages that are being sent, and pause the campaigns."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def on_receipt(self, receipt: Receipt) -> None:
        """Do nothing: the page reads the counts from the database."""

    def should_stop(self) -> bool:
        """Whether the preview is ending."""
        return self._stop.is_set()

    def _send(self, rendering: Rendering, form: SendForm, created: Future[str]) -> None:
        project = rendering.project
        sender = project.open_sender()
        with project.open_campaigns() as campaigns:
            plan = check_plan(rendering, form, sender, campaigns)
            with sender, campaigns.start_process() as process:
                campaign = campaigns.create(plan, allow_repeat=form.allow_repeat, process=process)
                self._running.add(campaign.id)
                created.set_result(campaign.id)
                try:
                    campaigns.send(campaign.id, sender=sender, progress=self, process=process)
                finally:
                    self._running.discard(campaign.id)

    def _record_error(self, created: Future[str], error: BaseException) -> None:
        if created.done():
            self._errors[created.result()] = describe_error(error)
        elif isinstance(error, PipelineError):
            created.set_exception(error)
        else:
            created.set_exception(PipelineError(f"Nothing was sent. {describe_error(error)}"))
