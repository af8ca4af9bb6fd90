"""Commands started at the same moment: real processes, released at a barrier, on both kinds of database."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from pipeline.clock import SystemClock
from pipeline.database import Store
from pipeline.models.address import Address
from pipeline.models.subscriber import SubscriberState
from pipeline.subscribers.subscriber_store import SubscriberStore
from pipeline.subscribers.tables import lists, memberships
from tests.campaigns.race_process import (
    PROCESSES,
    import_and_leave,
    race,
    send_once,
    send_to_named,
)
from tests.campaigns.support import SECRET, add_subscribers

ROUNDS = 4


def test_of_several_sends_at_once_one_is_sent(store: Store, store_url: str, tmp_path: Path) -> None:
    """The same edition sent to a list by six shells is mailed once; the others name the campaign that sends it."""
    people = [f"reader{n}@example.org" for n in range(20)]
    add_subscribers(store, *people)
    for results in race(send_once, store_url, tmp_path, rounds=ROUNDS):
        mailed = [each for each in results if not isinstance(each, str)]
        refused = [each for each in results if isinstance(each, str)]
        assert [people] == mailed, results
        assert all("sends this edition to some of the same recipients" in each for each in refused)
        assert PROCESSES - 1 == len(refused)


def test_an_article_in_other_words_is_sent_once_too(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    """Six editions of one article to recipients that overlap: nobody is mailed twice."""
    for results in race(send_to_named, store_url, tmp_path, rounds=ROUNDS):
        mailed = Counter(email for each in results if not isinstance(each, str) for email in each)
        assert {1} == set(mailed.values()), results
        refused = [each for each in results if isinstance(each, str)]
        assert all("sends this article to some of the same recipients" in each for each in refused)


def test_imports_erasures_and_unsubscribes_at_once(
    store: Store, store_url: str, tmp_path: Path
) -> None:
    """Imports into a new list wait for each other; who is erased or leaves meanwhile stays so."""
    rounds = 3
    subscribers = SubscriberStore(store, secret=SECRET, clock=SystemClock())
    for turn in range(rounds):
        people = [f"reader{turn}.{n}@example.org" for n in range(300)]
        people += [f"erased{turn}@example.org", f"known{turn}@example.org"]
        (tmp_path / f"people{turn}.csv").write_text("\n".join(["email", *people]))
        add_subscribers(store, f"known{turn}@example.org", f"erased{turn}@example.org", list="old")

    found = race(import_and_leave, store_url, tmp_path, rounds=rounds)

    assert [["done", "done"] + ["imported 302"] * 4] * rounds == [sorted(r) for r in found]
    for turn in range(rounds):
        known = subscribers.get_details(Address(email=f"known{turn}@example.org")).subscriber
        erased = subscribers.get_details(Address(email=f"erased{turn}@example.org"))
        assert known and SubscriberState.UNSUBSCRIBED is known.state
        assert erased.suppression is not None
    with store.reading() as connection:
        assert rounds + 1 == connection.scalar(select(func.count()).select_from(lists))
        assert 2 * rounds <= (connection.scalar(select(func.count()).select_from(memberships)) or 0)
