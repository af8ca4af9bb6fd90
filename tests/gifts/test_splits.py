"""Variants at random: the same for the same person wherever they are sent, and compared without false certainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select, update

from pipeline.campaigns.store import delivery_queries
from pipeline.campaigns.store.tables import campaigns, deliveries
from pipeline.checks.variants import list_variants
from pipeline.database import Store
from pipeline.errors import ConfigError
from pipeline.gifts import GiftStore
from pipeline.gifts.payment import Payment, PaymentKind
from pipeline.gifts.splits.proportions import estimate_difference, estimate_proportion
from pipeline.gifts.splits.split_report import SplitReport, VariantResult
from pipeline.models.address import parse_address
from pipeline.models.edition import Edition
from pipeline.models.recipient import Recipient
from pipeline.project import Project
from pipeline.subscribers.suppressions import AddressHasher
from pipeline.testing import ManualClock, RecordingSender
from pipeline.web.preview.messages.view_as import ViewAs, build_recipient, find_groups
from pipeline.web.preview.session import PreviewSession
from tests.campaigns.support import NOON, SECRET, make_plan, make_service
from tests.rendering.appeal.test_reference_codes import edit
from tests.rendering.sample_issues import ADA, article, fill_sample, render_sample

THANKS = {"when": 'donor = "monthly"', "inherit": False, "text": "Thank you."}
SPLIT = {"split": 50, "heading": "The other way to ask"}
HASHER = AddressHasher(SECRET)
MAILBOXES = tuple(f"reader{number}@example.org" for number in range(60))


def render(*variants: dict[str, Any], text: str = "Text.") -> Edition:
    """Return the edition of an issue whose appeal has *variants*."""
    return render_sample(edit(article(text, title="Bell"), variants=variants))


def get_recipient(mailbox: str, **values: str) -> Recipient:
    """Return the recipient with this mailbox, as a campaign sends to them."""
    address = replace(ADA.address, email=mailbox)
    return Recipient(address=address, values=values, digest=HASHER.hash(mailbox))


def gets_other(edition: Edition, recipient: Recipient) -> bool:
    """Whether *recipient* gets the variant of the split, in both parts."""
    html, text = (fill_sample(part, reader=recipient) for part in (edition.html, edition.text))
    assert ("The other way to ask" in html) == ("The other way to ask" in text)
    return "The other way to ask" in text


def test_the_same_person_always_gets_the_same() -> None:
    """Also after a correction, and in upper case; only somebody whom a condition names gets that variant."""
    edition, corrected = render(THANKS, SPLIT), render(THANKS, SPLIT, text="Corrected.")
    first = [gets_other(edition, get_recipient(each)) for each in MAILBOXES]

    assert 15 < sum(first) < 45
    assert first == [gets_other(corrected, get_recipient(each)) for each in MAILBOXES]
    assert not any(gets_other(edition, get_recipient(m, donor="monthly")) for m in MAILBOXES[:9])
    assert not gets_other(edition, ADA)  # nobody in particular


def test_draws_are_even_and_independent() -> None:
    """Each share gets its percentage, and a split of another name draws again."""
    people = [get_recipient(f"p{number}@example.org") for number in range(4000)]
    b, c = ([int(each.value(f"split:{code}")) for each in people] for code in "bc")

    assert 1880 < sum(draw < 5000 for draw in b) < 2120
    assert 340 < sum(draw < 1000 for draw in c) < 460
    assert 900 < sum(x < 5000 and y < 5000 for x, y in zip(b, c, strict=True)) < 1100


def test_checks_and_preview_show_each_variant() -> None:
    """Both know all three messages, and by which name to look at them; a name of its own is the code too."""
    edition = render(THANKS, {**SPLIT, "name": "bread"}, {"split": 20, "heading": "A third way"})
    names = [each.name for each in list_variants(edition)]
    groups = {each.name: build_recipient(edition, each.values) for each in find_groups(edition)}

    assert ['donor = ""', 'donor = "", variant = "bread"', 'donor = "", variant = "b"'] == names[:3]
    assert ["Most readers", "variant: bread (50 %)", "variant: b (20 %)", "donor: monthly"] == list(
        groups
    )
    assert gets_other(edition, groups["variant: bread (50 %)"])
    assert "A third way" in fill_sample(edition.text, reader=groups["variant: b (20 %)"])
    assert {"", "bread", "b"} == {code.variant for code in edition.codes}
    typed = build_recipient(edition, {"split:bread": "x"}, digest=HASHER.hash(MAILBOXES[0]))
    assert gets_other(edition, typed) == gets_other(edition, replace(get_recipient(MAILBOXES[0])))


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        ([{"heading": "x"}], "needs either when or split"),
        ([{**THANKS, "split": 50}], "needs either when or split"),
        ([SPLIT, THANKS], "Move the variants with when to the top"),
        ([{"split": 60}, {"split": 40}], "together they take 100 %"),
        ([{"split": 1, "name": "x"}, {"split": 1, "name": "x"}], 'two are called "x"'),
    ],
)
def test_unclear_variants_are_rejected(variants: list[dict[str, Any]], message: str) -> None:
    """With the way out."""
    with pytest.raises(ConfigError, match=message):
        render(*variants)


def send(store: Store, edition: Edition, recipients: Sequence[Recipient]) -> RecordingSender:
    """Send *edition* to *recipients*, of whom their address and values are frozen and nothing else."""
    sender = RecordingSender()
    with make_service(store, sender=sender, clock=ManualClock(NOON)) as service:
        plan = make_plan(recipients, edition=edition, at=NOON)
        service.send(service.create(plan, allow_repeat=True).id)
    return sender


def give(store: Store, ledger: GiftStore, counts: dict[str, int]) -> None:
    """Store gifts of 5 EUR by the codes of *counts*."""
    numbers = iter(range(10**6))
    ledger.record(
        [
            Payment(
                processor="file",
                kind=PaymentKind.GIFT,
                transaction=f"{code}{next(numbers)}",
                gave_at=NOON,
                minor=500,
                currency="EUR",
                code=code,
            )
            for code, count in counts.items()
            for _ in range(count)
        ]
    )


def test_the_report_counts_who_received_which(store: Store) -> None:
    """From what was sent, donors aside, also after an erasure; then an issue sent without the split tells nothing."""
    edition = render(THANKS, SPLIT)
    people = [get_recipient(each) for each in MAILBOXES]
    donors = [get_recipient(f"d{number}@example.org", donor="monthly") for number in range(5)]
    sender = send(store, edition, [replace(each, digest="") for each in (*people, *donors)])
    other = sum(gets_other(edition, each) for each in people)
    assert other == sum(b"The other way to ask" in each.content for each in sender.accepted)
    with store.writing() as connection:
        delivery_queries.erase_deliveries(connection, MAILBOXES[0], HASHER.hash(MAILBOXES[0]))
    ledger = GiftStore(store, secret=SECRET, clock=ManualClock(NOON))
    codes = {code.variant: code.code for code in edition.codes}
    give(store, ledger, {codes[""]: 12, codes["b"]: 15})

    (issue,) = ledger.report().issues
    assert issue.split is not None
    assert [("", 50, 60 - other, 12), ("b", 50, other, 15)] == [
        (each.code, each.percent, each.accepted, each.gifts) for each in issue.split.variants
    ]
    (conclusion,) = issue.split.list_conclusions()
    assert conclusion.startswith("Cannot tell: variant b may bring ")
    with store.writing() as connection:
        connection.execute(update(campaigns).values(kind="test"))
        assert connection.scalar(select(func.count()).select_from(deliveries)) == 65
    assert None is ledger.report().issues[0].split  # nothing but a test copy

    send(store, edition, people)
    send(store, render(), people)
    (again,) = ledger.report().issues
    assert again.split is not None
    assert ["Cannot tell: the issue was also sent without this split."] == (
        again.split.list_conclusions()
    )


def test_conclusions_are_not_bolder_than_the_figures() -> None:
    """A clear difference is one; few gifts have no figures; one of many alike is not picked out."""

    def conclude(*variants: tuple[int, int]) -> list[str]:
        return SplitReport(
            variants=[
                VariantResult(code=code, percent=50, accepted=total, gifts=gifts, net={})
                for code, (gifts, total) in zip("\0bcdefgh", variants, strict=False)
            ]
        ).list_conclusions()

    assert conclude((20, 2000), (60, 2000))[0].startswith("Variant b brings more gifts than")
    assert conclude((60, 2000), (20, 2000))[0].startswith("Variant b brings fewer gifts than")
    assert conclude((20, 2000), (25, 2000))[0].startswith("Cannot tell: variant b may bring")
    assert "fewer than 10 gifts came by variant b" in conclude((20, 2000), (9, 2000))[0]
    assert conclude((20, 1000), (35, 1000))[0].startswith("Variant b brings more")
    assert all(each.startswith("Cannot") for each in conclude((20, 1000), *[(35, 1000)] * 5))


def test_intervals_are_those_of_their_papers() -> None:
    """Newcombe (1998): example a of table II of the second paper, 56/70 and 48/80; 81/263 of the first."""
    share = estimate_proportion(81, 263)
    found = estimate_difference((56, 70), (48, 80))

    assert (0.2553, 0.3662) == (round(share.low, 4), round(share.high, 4))
    assert (0.0524, 0.3339) == (round(found.low, 4), round(found.high, 4))


def test_equal_variants_rarely_seem_different() -> None:
    """Of 400 comparisons without a difference about one in twenty seems clear, never one in ten."""
    random = Random(5)
    clear = 0
    for _ in range(400):
        one, other = (sum(random.random() < 0.1 for _ in range(200)) for _ in range(2))
        clear += not estimate_difference((one, 200), (other, 200)).has_zero

    assert clear < 40


def test_preview_shows_a_subscriber_what_they_get(tmp_path: Path) -> None:
    """Whom it is viewed as decides, as when it is sent; both agree for everybody."""
    (tmp_path / "handbill.toml").write_text(
        '[publication]\nname = "The Tern"\nfrom = "tern@example.org"\npostal_address = "x"\n'
    )
    project = Project.open(tmp_path)
    edition = render(SPLIT)
    session = PreviewSession(
        open_project=lambda: project, load=lambda project, source: project.load(source)
    )
    with project.open_subscribers() as subscribers:
        for mailbox in MAILBOXES[:12]:
            subscribers.add(parse_address(mailbox), list_name="weekly", attributes={})
    viewed = {
        found.address.key: gets_other(
            edition, session.get_recipient(edition, ViewAs(subscriber=subscriber))
        )
        for subscriber, found in session.search_subscribers("reader")
    }
    sender = RecordingSender()
    project.send(edition, project.parse_recipients(viewed), sender=sender)

    assert 12 == len(viewed) == len(sender.accepted)
    assert viewed == {
        each.recipient.key: b"The other way to ask" in each.content.replace(b"=\r\n", b"")
        for each in sender.accepted
    }
    assert 0 < sum(viewed.values()) < 12
