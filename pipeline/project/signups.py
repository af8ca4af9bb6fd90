"""Assemble sign-up from `[signup]` and `[lists.NAME]`."""

from __future__ import annotations

from datetime import timedelta

from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.events import EventStore
from pipeline.project.project import Project
from pipeline.signup.open_lists import OpenList, OpenLists
from pipeline.signup.signup_limits import SignupLimits
from pipeline.signup.signup_store import SignupStore
from pipeline.subscribers.signups import brake_queries

_REPORTED = timedelta(days=7)


def read_open_lists(config: Config) -> OpenLists:
    """Return the lists that anybody may join; none without `public_url`, where their links lead."""
    found = (
        OpenList(name=name, title=table.title or name, description=table.description)
        for name, table in config.lists.items()
        if table.signup and config.publication.public_url
    )
    titles = {name: table.title for name, table in config.lists.items()}
    return OpenLists(tuple(found), titles=titles)


def create_signup_store(project: Project, ledger: EventStore) -> SignupStore:
    """Return the sign-ups in *ledger*, with the limits of `[signup]`."""
    table = project.config.signup
    limits = SignupLimits(
        per_hour=table.per_hour,
        per_domain=table.per_domain,
        per_network=table.per_network,
        needs_proof=table.proof_of_work,
    )
    return SignupStore(ledger, limits=limits, clock=project.clock)


def find_refusal(project: Project) -> str | None:
    """
    Return a sentence about the last time within a week that sign-ups were refused altogether, None without one.

    Raises:
        StoreError: The database cannot be read.
    """
    if not (project.storage.has_store and read_open_lists(project.config).lists):
        return None
    with project.storage.open_store() as store, store.reading() as connection:
        found = brake_queries.find_last(connection, project.clock.now() - _REPORTED)
    return found.describe() if found else None


def require_public_url(project: Project) -> str:
    """
    Return where the public service is reached.

    Raises:
        ConfigError: It is not configured.
    """
    url = project.publication.public_url
    if url is None:
        raise ConfigError(
            'Sign-up needs an address for its links. Set [publication] public_url = "https://…" and run '
            "handbill serve; see: handbill docs serve"
        )
    return url
