"""The sum in a goal is that of the gifts when a campaign starts, the same for everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.campaigns import CampaignService
from pipeline.database import Store
from pipeline.errors import ComposeError
from pipeline.gifts import GiftStore
from pipeline.gifts.payment import Payment, PaymentKind
from pipeline.models.edition import Edition
from pipeline.models.finding import Severity
from pipeline.project import Project
from pipeline.project.goal_sums import find_goal_problems, format_goals, read_sums_in
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import NOON, SECRET, add_subscribers, make_plan, make_service
from tests.cli.test_history import CONFIG
from tests.mail.samples import ADA, composed
from tests.rendering.appeal.test_reference_codes import edit
from tests.rendering.sample_issues import article, render_sample

GOAL = {"goal": 1000, "raised": "gifts", "currency": "EUR", "position": "end", "variants": []}


def render(**keys: Any) -> Edition:
    """Return the edition of an issue whose goal is counted."""
    return render_sample(edit(article("Text.", title="Bell"), **{**GOAL, **keys}))


def make_ledger(store: Store) -> GiftStore:
    """Return the gifts of *store*."""
    return GiftStore(store, secret=SECRET, clock=ManualClock(NOON))


def give(store: Store, first: int, *minor: int, currency: str = "EUR", days: int = 0) -> None:
    """Store gifts with numbers from *first*."""
    payments = [
        Payment(
            processor="file",
            kind=PaymentKind.GIFT,
            transaction=str(number),
            gave_at=NOON + timedelta(days=days),
            minor=each,
            currency=currency,
        )
        for number, each in enumerate(minor, first)
    ]
    make_ledger(store).record(payments)


def serve(store: Store, sender: RecordingSender) -> CampaignService:
    """Return campaigns that count gifts, as in a project."""
    with make_service(store, sender=sender) as service:
        return CampaignService(
            replace(
                service.context,
                read_constants=lambda connection, edition: format_goals(
                    edition, read_sums_in(connection, "UTC"), []
                ),
            )
        )


def get_text(content: bytes) -> str:
    """Return *content* without its soft line breaks."""
    return content.replace(b"=\r\n", b"").decode()


def test_the_sum_is_that_when_the_campaign_starts(store: Store) -> None:
    """Gifts count that come after it was planned; after it started it stays, so that all read the same."""
    edition = render()
    publication = replace(
        edition.publication, unsubscribe="mailto:leave@example.org", unsubscribe_by_hand=True
    )
    edition = replace(edition, publication=publication)
    add_subscribers(store, *(f"reader{n}@example.org" for n in range(4)))
    give(store, 1, *[2000] * 10)
    sender = RecordingSender()
    service = serve(store, sender)
    record = service.create(make_plan(list_name="weekly", edition=edition, first_batch="2"))
    give(store, 100, 4200)
    service.send(record.id)
    give(store, 200, 50_000)
    service.resume(record.id)
    service.send(record.id)

    assert 4 == len(sender.accepted)
    for message in sender.accepted:
        text = get_text(message.content)
        assert "242 of =E2=82=AC1,000 raised" in text
        assert "raised (24%)" in text
        assert 'width=3D"24%"' in text
    assert edition.digest == replace(render(), publication=publication).digest


def test_refunds_and_earlier_gifts_do_not_count(store: Store) -> None:
    """In the appeal's currency, less what went back; of few gifts only whole percents."""
    give(store, 1, *[1000] * 10)
    give(store, 50, 1000, days=-30)
    give(store, 60, 99_999, currency="USD")
    back = Payment(
        processor="file",
        kind=PaymentKind.REFUND,
        transaction="r1",
        original="1",
        gave_at=NOON,
        minor=300,
        currency="EUR",
    )
    make_ledger(store).record([back])
    give(store, 70, *[1] * 3, currency="GBP")

    def get_line(**keys: Any) -> str:
        edition = render(**keys)
        with store.reading() as connection:
            values = format_goals(edition, read_sums_in(connection, "UTC"), [])
        return next(value for name, value in values.items() if name.endswith(":line"))

    assert "€107 of €1,000 raised (10%)" == get_line()
    assert "€97 of €1,000 raised (9%)" == get_line(raised_since=date(2026, 3, 1))
    assert "£0 of £1,000 raised (0%)" == get_line(currency="GBP")
    assert "€107 raised, more than our goal of €50" == get_line(goal=50)


def test_goals_that_gifts_do_not_support_are_findings(store: Store) -> None:
    """None in the currency of the appeal is an error if there are others; a goal that is reached is a warning."""

    def find(**keys: Any) -> list[tuple[str, Severity]]:
        with store.reading() as connection:
            found = find_goal_problems(render(**keys), read_sums_in(connection, "UTC"))
            return [(each.code, each.severity) for each in found]

    assert [("appeal.no-gifts", Severity.WARNING)] == find()
    give(store, 1, 99_000)
    assert [] == find()
    assert [("appeal.no-gifts", Severity.ERROR)] == find(currency="GBP")
    assert [("appeal.goal-reached", Severity.WARNING)] == find(goal=990)


def test_no_message_has_a_sample_sum() -> None:
    """An edition whose sum is not filled in cannot be composed, whatever it shows to checks."""
    with pytest.raises(ComposeError, match="The sum that was raised is not filled in"):
        composed(render(), ADA)


def test_projects_show_the_sum(tmp_path: Path) -> None:
    """In samples, checks and previews; before anything was imported too, without a database."""
    appeal = '[appeal]\ntext = "Please give."\nurl = "https://lantern.example.org/give"\ncurrency = "EUR"\n'
    (tmp_path / "handbill.toml").write_text(f'{CONFIG}{appeal}goal = 1000\nraised = "gifts"\n')
    (tmp_path / "lamp.md").write_text("---\ntitle: The lamp\n---\n\nThe lamp is lit.\n")
    project = Project.open(tmp_path)
    edition = project.render(project.edit(project.load(str(tmp_path / "lamp.md"))))
    before = project.compose_sample(edition)
    assert "€0 of €1,000 raised (0%)" in before.text
    with project.open_gifts() as gifts:
        rows = "".join(f"t{n},60.00,EUR,{datetime.now(UTC):%Y-%m-%d},x\n" for n in range(10))
        (tmp_path / "gifts.csv").write_text(f"id,amount,currency,date,code\n{rows}")
        gifts.import_file(tmp_path / "gifts.csv")
    after = project.compose_sample(edition)

    assert "€600 of €1,000 raised (60%)" in after.text
    assert "€600 of €1,000 raised" in after.html
    assert 'width="60%"' in after.html
    assert [] == project.goals.check(edition)
    assert [] == edition.field_names
