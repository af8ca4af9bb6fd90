"""The store knows the reference codes of every campaign."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.campaigns import CampaignKind
from pipeline.campaigns.store.tables import campaigns, reference_codes
from pipeline.database import Store
from pipeline.models.reference_code import ReferenceCode
from tests.campaigns.support import add_subscribers, make_plan, make_recipients, make_service
from tests.mail.samples import edition

CODES = tuple(
    ReferenceCode(
        code=f"tern_k7qz_end_{'m' if frequency == 'monthly' else ''}{major}",
        prefix="tern_k7qz",
        issue="ab" * 32,
        variant="",
        place="end",
        frequency=frequency,
        minor=major * 100,
        currency="EUR",
    )
    for frequency, major in (("once", 10**12), ("monthly", 5))
)
EDITION = replace(edition(), codes=CODES)


@pytest.mark.parametrize(
    "more",
    [
        {"list_name": "weekly"},
        {"recipients": make_recipients(1)},
        {"recipients": make_recipients(1), "kind": CampaignKind.TEST},
        {"recipients": make_recipients(1), "delivers_mail": False},
    ],
    ids=["list", "address", "test copy", "outbox"],
)
def test_every_campaign_keeps_its_codes(store: Store, more: dict[str, Any]) -> None:
    """Whether it goes to a list, to one address or to the outbox."""
    add_subscribers(store, "ada@example.org")
    with make_service(store) as service:
        record = service.create(make_plan(edition=EDITION, **more))
    query = (
        select(reference_codes)
        .join(campaigns, campaigns.c.number == reference_codes.c.campaign)
        .where(campaigns.c.id == record.id)
    )
    with store.reading() as connection:
        rows = [dict(row._mapping) for row in connection.execute(query)]

    assert {code.code: code for code in CODES} == {
        row["code"]: ReferenceCode(**{name: row[name] for name in row if name != "campaign"})
        for row in rows
    }
