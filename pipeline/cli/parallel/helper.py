"""
One helper process of a command with `--processes`.

It stops at SIGTERM like the command itself, and when the process that started it is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import NoReturn

from pipeline.cli.parallel.helper_processes import HelperTask
from pipeline.cli.shared.output import print_error
from pipeline.cli.shared.progress import SendProgress, stop_on_signals
from pipeline.errors import PipelineError, StateError
from pipeline.project import Project


def main() -> NoReturn:
    """Do the task that is the argument of this process, as JSON."""
    from pipeline.campaigns.delivery import sender_thread

    exit_code = 1
    task = HelperTask(**json.loads(sys.argv[1]))
    threading.Thread(target=_stop_with_parent, name="parent", daemon=True).start()
    try:
        exit_code = _run(task)
    except PipelineError as error:
        print_error(f"process {task.index + 1} of {task.count}: {error}")
    if sender_thread.has_hanging_sender():
        sender_thread.end_program(exit_code)
    sys.exit(exit_code)


def _stop_with_parent() -> None:
    """Stop this process once the other end of its standard input is closed, however that process ended."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _run(task: HelperTask) -> int:
    project = Project.open(task.root)
    if task.worker is None:
        _send(project, task)
        return 0
    from pipeline.cli.worker import print_problems, run_worker

    with project.open_campaigns() as service:
        problems = run_worker(project, service, task.worker, once=task.once)
    if task.once:
        print_problems(problems)
    return 1 if problems and task.once else 0


def _send(project: Project, task: HelperTask) -> None:
    """Send batches of a campaign until none is free; the command that started this process concludes it."""
    progress = SendProgress(None, 0)
    with (
        stop_on_signals(progress.stop),
        project.open_campaigns() as service,
        service.start_process(leader_id=task.leader_id) as process,
    ):
        try:
            service.help_send(task.campaign, progress=progress, process=process)
        except StateError:  # it has ended, or was paused meanwhile
            return


if __name__ == "__main__":
    main()
