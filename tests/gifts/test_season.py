"""A season's exports add up to what happened, to the cent, whatever the order in which they are imported."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

from sqlalchemy import delete

from pipeline.database import Store
from pipeline.gifts import GiftStore
from pipeline.gifts.gift_report import GiftReport
from pipeline.gifts.tables import gifts
from pipeline.gifts.webhooks.actblue import ActBlueGifts
from pipeline.gifts.webhooks.stripe import StripeGifts
from pipeline.models.reference_code import ReferenceCode
from pipeline.rendering.appeal.button_codes import list_reference_codes
from pipeline.senders.webhooks.provider_webhook import WebhookRequest
from pipeline.testing import ManualClock, RecordingSender
from tests.campaigns.support import SECRET, make_plan, make_recipients, make_service
from tests.gifts.season import ISSUES, START, list_reports, make_season, write_exports
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


Source = Path | tuple[str, bytes]


def group_reports(sources: list[Source]) -> Iterator[Path | list[tuple[str, bytes]]]:
    """Yield the files of *sources*, and the reports between them together, in order."""
    reports: list[tuple[str, bytes]] = []
    for each in sources:
        if isinstance(each, tuple):
            reports.append(each)
            continue
        yield reports
        reports = []
        yield each
    yield reports


def test_totals_are_those_of_the_season(store: Store, tmp_path: Path) -> None:
    """
    With refunds, chargebacks, renewals, mistyped codes, overlapping months, and files and reports that come twice.

    By exports and by webhooks, in any order.
    """
    random = Random(18)
    season = make_season(random, send_issues(store), GIFTS)
    sources: list[Source] = [*write_exports(season, tmp_path, random), *list_reports(season)]
    sources += random.sample(sources, len(sources) // 10)
    ledger = GiftStore(store, secret=SECRET, clock=ManualClock(START))
    webhooks = {each.processor: each("x" * 20) for each in (StripeGifts, ActBlueGifts)}
    for _ in range(2):
        random.shuffle(sources)
        for batch in group_reports(sources):
            if isinstance(batch, Path):
                ledger.import_file(batch)
                continue
            for name, webhook in webhooks.items():
                ledger.record(
                    [
                        payment
                        for processor, body in batch
                        if processor == name
                        for payment in webhook.read(
                            WebhookRequest(headers={}, body=body), ledger.hash_address
                        ).payments
                    ]
                )
        report = ledger.report()

        assert dict(season.expected) == add_up(report)
        by_place: dict[tuple[str, str, str], int] = defaultdict(int)
        for issue in report.issues:
            for (button, currency), totals in issue.buttons.items():
                by_place[issue.digest, button.place, currency] += totals.gross
        assert {key: value for key, value in season.by_place.items() if key[0]} == by_place
        with store.writing() as connection:
            connection.execute(delete(gifts))


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
