"""A season's exports add up to what happened, to the cent, whatever the order in which they are imported."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

from sqlalchemy import delete

from pipeline.database import Store
from pipeline.gifts import GiftStore
from pipeline.gifts.gift_report import GiftReport
from pipeline.gifts.tables import gifts
from pipeline.models.reference_code import ReferenceCode
from pipeline.rendering.appeal.button_codes import list_reference_codes
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import SECRET, make_plan, make_recipients, make_service
from tests.gifts.season import ISSUES, START, make_season, write_exports
from tests.mail.samples import edition
from tests.rendering.appeal.test_reference_codes import edit
from tests.rendering.sample_issues import article

#: First gifts of the season; 4,000 is the size of a real one.
GIFTS = int(os.environ.get("HANDBILL_TEST_GIFTS", "120"))


def send_issues(store: Store) -> list[tuple[ReferenceCode, ...]]:
    """Send the issues of a season, a week apart, and return the codes of each."""
    found = []
    for number in range(ISSUES):
        codes = tuple(list_reference_codes(edit(article("Text.", title=f"Issue {number}"))))
        found.append(codes)
        clock = ManualClock(START + timedelta(weeks=number))
        with make_service(store, sender=RecordingSender(), clock=clock) as service:
            plan = make_plan(
                make_recipients(2), edition=replace(edition(), codes=codes), at=clock.now()
            )
            service.send(service.create(plan, allow_repeat=True).id)
    return found


def add_up(report: GiftReport) -> dict[tuple[str, str], list[int]]:
    """Return the totals of *report* as a season has them."""
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 5)
    items = [
        ((issue.digest, currency), totals)
        for issue in report.issues
        for currency, totals in issue.sum_up().items()
    ]
    items += [(("", currency), totals) for (_, currency), totals in report.unknown.items()]
    for key, totals in items:
        values = (totals.gifts, totals.renewals, totals.gross, totals.monthly, totals.refunds)
        found[key] = [one + other for one, other in zip(found[key], values, strict=True)]
    return dict(found)


def test_totals_are_those_of_the_season(store: Store, tmp_path: Path) -> None:
    """With refunds, chargebacks, renewals, mistyped codes, overlapping months and a file that is imported twice."""
    random = Random(18)
    season = make_season(random, send_issues(store), GIFTS)
    files = write_exports(season, tmp_path, random)
    ledger = GiftStore(store, secret=SECRET, clock=ManualClock(START))
    for _ in range(2):
        for path in files:
            ledger.import_file(path)
        report = ledger.report()

        assert dict(season.expected) == add_up(report)
        by_place: dict[tuple[str, str, str], int] = defaultdict(int)
        for issue in report.issues:
            for (button, currency), totals in issue.buttons.items():
                by_place[issue.digest, button.place, currency] += totals.gross
        assert {key: value for key, value in season.by_place.items() if key[0]} == by_place
        with store.writing() as connection:
            connection.execute(delete(gifts))
        random.shuffle(files)


def test_importing_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    """Every row is told as known; a dry run stores none."""
    random = Random(19)
    season = make_season(random, send_issues(store)[:1] * ISSUES, 20)
    path = next(each for each in write_exports(season, tmp_path, random) if "all" in each.name)
    ledger = GiftStore(store, secret=SECRET, clock=ManualClock(START))
    dry = ledger.import_file(path, dry_run=True)

    assert {} == add_up(ledger.report())
    first = ledger.import_file(path)
    again = ledger.import_file(path)
    assert dry.to_json() == first.to_json()
    assert first.to_json()["added"] > 0 == again.to_json()["added"] == again.to_json()["refunded"]
    assert first.counts.total() == again.counts.total()
