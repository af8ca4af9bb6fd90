"""Nothing is sent to a list from which nobody could unsubscribe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.campaigns import CampaignKind, CampaignPlan, CampaignService, OutboxPlan
from pipeline.database import Store
from pipeline.errors import ConfigError
from pipeline.models.publication import Publication
from pipeline.senders.outbox.outbox_sender import OutboxSender
from pipeline.testing import RecordingSender
from tests.campaigns.support import add_subscribers, make_plan, make_service
from tests.mail.samples import PUBLICATION, edition

MAILTO = replace(PUBLICATION, unsubscribe_url=None)


@pytest.fixture
def service(store: Store) -> CampaignService:
    add_subscribers(store, "ada@example.org")
    return make_service(store, sender=RecordingSender())


def plan_for(publication: Publication, **options: Any) -> CampaignPlan:
    return make_plan(edition=edition(publication=publication), list_name="weekly", **options)


def test_a_mailbox_alone_is_no_answer(service: CampaignService) -> None:
    """The error says what to set up; nothing is created."""
    with pytest.raises(ConfigError) as error:
        service.create(plan_for(MAILTO))
    for key in (
        "weekly",
        "public_url",
        "handbill serve",
        "[bounces] address",
        "unsubscribe_by_hand",
    ):
        assert key in str(error.value)
    assert not service.list_campaigns()


@pytest.mark.parametrize(
    "publication",
    [
        PUBLICATION,
        replace(MAILTO, unsubscribe_by_hand=True),
        replace(MAILTO, unsubscribe="mailto:bounce+{token}@news.example.org"),
    ],
    ids=["url", "by hand", "token"],
)
def test_what_answers_is_enough(service: CampaignService, publication: Publication) -> None:
    """A URL, a person, or an address with a token, which Handbill reads."""
    assert service.create(plan_for(publication))


@pytest.mark.parametrize(
    "options", [{"kind": CampaignKind.TEST}, {"delivers_mail": False}], ids=["test", "outbox"]
)
def test_what_reaches_nobody_needs_no_answer(
    service: CampaignService, options: dict[str, Any]
) -> None:
    """Tests, and the outbox."""
    assert service.create(plan_for(MAILTO, **options))


def test_messages_in_the_outbox_need_one_too(store: Store, tmp_path: Path) -> None:
    """What was written for a list without an answer is not sent, unless a person reads the mailbox by now."""
    add_subscribers(store, "ada@example.org")
    with OutboxSender(tmp_path) as outbox:
        writing = make_service(store, sender=outbox)
        written = writing.send(writing.create(plan_for(MAILTO, delivers_mail=False)).id)
    relay = RecordingSender()
    service = make_service(store, sender=relay)
    plan = OutboxPlan(folder=tmp_path / written.id)
    for send in (
        lambda: service.check_outbox(plan),
        lambda: service.send_outbox(plan, sender=relay, sender_name="relay"),
    ):
        with pytest.raises(ConfigError, match="write them again"):
            send()
    assert [] == relay.accepted
    by_hand = replace(plan, unsubscribe_by_hand=True)
    assert 1 == service.check_outbox(by_hand)
    service.send_outbox(by_hand, sender=relay, sender_name="relay")
    assert 1 == len(relay.accepted)
