"""
The application for Procrastinate's own commands: `procrastinate --app pipeline.project.fleet_app.app shell`.

It is that of the project in `HANDBILL_PROJECT`, or the nearest one from the current folder upward.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError
from pipeline.fleet.tasks import get_connection_arguments, make_app, require_installed
from pipeline.project.project import Project

if TYPE_CHECKING:
    from procrastinate import App


def open_app(folder: str | None = None) -> App:
    """
    Return Procrastinate's application for the project in *folder*.

    Raises:
        ConfigError: There is no project, its database is no PostgreSQL, or Procrastinate is not installed.
    """
    require_installed()
    from procrastinate import PsycopgConnector

    with Project.open(folder).storage.open_store() as store:
        arguments = get_connection_arguments(store.engine)
    return make_app(PsycopgConnector(kwargs=arguments))


def __getattr__(name: str) -> App:
    """Open `app` on first use, so that importing this module opens nothing."""
    if name != "app":
        raise AttributeError(name)
    try:
        return open_app(os.environ.get("HANDBILL_PROJECT"))
    except PipelineError as error:
        raise AttributeError(str(error)) from error
