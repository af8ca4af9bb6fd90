"""Ask somebody by email whether they want a list, because the owner of the publication says that they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.models.address import Address
from pipeline.project import Project
from pipeline.project.signups import create_signup_store, require_public_url
from pipeline.subscribers.subscriber_store import check_attribute_names, check_list_name
from pipeline.web.public.mailing.open_mailers import open_mailers


@dataclass(frozen=True, kw_only=True, slots=True)
class Invitation:
    """
    What became of the question.

    Args:
        is_invited: Whether a message was sent, or will be.
        text: That in words, without an end.
    """

    is_invited: bool
    text: str


def invite_subscriber(
    project: Project, address: Address, list_name: str, attributes: Mapping[str, str]
) -> Invitation:
    """
    Send *address* the message of a sign-up, unless there is a reason to send nothing.

    Raises:
        ConfigError: There is no `public_url`, or the name of the list or of an attribute is not valid.
        StoreError: The database cannot be written to.
    """
    require_public_url(project)
    check_attribute_names(attributes)
    with project.open_events() as ledger:
        signups = create_signup_store(project, ledger)
        result = signups.add_for_owner(
            address, list_name=check_list_name(list_name), attributes=attributes
        )
        if result.number is None:
            return Invitation(is_invited=False, text=result.reason)
        _, mailer, _ = open_mailers(project, ledger)
        mailer.send_waiting()
        found = signups.get(result.number)
    if found is None or not found.is_sent:
        return Invitation(
            is_invited=True, text="could not be asked yet; handbill serve tries again for a day"
        )
    return Invitation(is_invited=True, text=result.reason)
