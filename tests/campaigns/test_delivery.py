"""Campaigns, from the plan to the last receipt, on both kinds of store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from pipeline.campaigns import RetryScope, parse_first_batch
from pipeline.campaigns.delivery.progress import NullListener
from pipeline.campaigns.store.tables import deliveries
from pipeline.database import Store, open_store
from pipeline.errors import ConfigError, SendError, StateError, StoreError
from pipeline.models.campaign import Campaign, CampaignState
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.edition import FieldContext
from pipeline.models.message import Message
from pipeline.subscribers.tables import memberships, subscribers, suppressions
from pipeline.testing import ManualClock, RecordingSender
from tests import databases
from tests.campaigns.support import (
    NOON,
    add_subscribers,
    list_sent_emails,
    make_plan,
    make_recipients,
    make_service,
    use_sender,
)
from tests.mail.samples import edition, literal, name_field

ACCEPTED, REFUSED = DeliveryState.ACCEPTED, DeliveryState.REFUSED
DEFERRED, UNCERTAIN = DeliveryState.DEFERRED, DeliveryState.UNCERTAIN
PENDING, SKIPPED = DeliveryState.PENDING, DeliveryState.SKIPPED


def answering(**states: Receipt) -> Callable[[Message], Receipt]:
    """Return what answers the mailboxes named with their receipt, and accepts all others."""

    def answer(message: Message) -> Receipt:
        found = states.get(message.recipient.email.partition("@")[0])
        if found is None:
            return Receipt(sequence=message.sequence, state=ACCEPTED, code=250)
        return replace(found, sequence=message.sequence)

    return answer


def receipt(
    state: DeliveryState, enhanced_code: str | None = None, retry_after: timedelta | None = None
) -> Receipt:
    """Return a receipt to answer with."""
    return Receipt(
        sequence=0,
        state=state,
        enhanced_code=enhanced_code,
        response="So it is.",
        retry_after=retry_after,
    )


def shown(campaign: Campaign) -> dict[str, int]:
    """Return the counts that are not nought, by name."""
    return {state.value: n for state, n in campaign.counts.items() if n}


def test_everybody_is_mailed_once_and_counted(store: Store) -> None:
    """A campaign to named people reaches each of them once, in order, and is sent."""
    sender = RecordingSender()
    with make_service(store, sender=sender) as service:
        record = service.create(make_plan(make_recipients(40)))
        assert CampaignState.SCHEDULED is service.get(record.id).state
        sent = service.send(record.id)

    assert [f"reader{n}@example.org" for n in range(1, 41)] == list_sent_emails(sender)
    assert (CampaignState.SENT, {"accepted": 40}) == (sent.state, shown(sent))


def test_what_was_planned_is_what_is_sent(store: Store) -> None:
    """The edition is kept to the last octet when it is planned; each message is composed of that."""
    sender = RecordingSender()
    letter = edition(html=(literal("<p>"), name_field(FieldContext.HTML_TEXT), literal("</p>")))
    reader = make_recipients(1)[0]
    named = [type(reader)(address=reader.address, values={"name": "Zoë"})]
    with make_service(store, sender=sender) as service:
        record = service.create(make_plan(named, edition=letter))
        assert letter.digest == record.edition_digest
        service.send(record.id)

    assert b"Zo=C3=AB" in sender.accepted[0].content


def test_a_list_is_frozen_when_it_is_taken_up(store: Store) -> None:
    """Who comes to the list before its campaign is taken up has it; who comes later has not."""
    sender = RecordingSender()
    add_subscribers(store, "ada@example.org")
    with make_service(store, sender=sender) as service:
        record = service.create(make_plan(list_name="weekly"))
        add_subscribers(store, "grace@example.org")
        sent = service.send(record.id)
        add_subscribers(store, "edsger@example.org")

        assert ["ada@example.org", "grace@example.org"] == list_sent_emails(sender)
        assert 2 == sent.recipient_count
        service.resume(record.id, scope=RetryScope.ADDED)
        assert ["edsger@example.org"] == list_sent_emails(sender)[2:]
        with pytest.raises(StateError, match="nobody joined"):
            service.resume(record.id, scope=RetryScope.ADDED)


def test_no_more_than_the_limit_are_taken(store: Store) -> None:
    """The first of a list are enough, if so it is wished."""
    sender = RecordingSender()
    add_subscribers(store, *(f"reader{n}@example.org" for n in range(5)))
    with make_service(store, sender=sender) as service:
        assert 2 == service.count_recipients(make_plan(list_name="weekly", limit=2))
        service.send(service.create(make_plan(list_name="weekly", limit=2)).id)

    assert ["reader0@example.org", "reader1@example.org"] == list_sent_emails(sender)


def test_an_empty_list_is_told(store: Store) -> None:
    """A list with nobody on it is no audience."""
    with make_service(store) as service, pytest.raises(ConfigError, match='list "weekly"'):
        service.check_list("weekly", None)


def test_whoever_leaves_or_is_suppressed_is_left_out_at_the_last_moment(store: Store) -> None:
    """Between freezing and claiming somebody leaves the list, somebody all, somebody is suppressed: none is mailed."""
    names = ("ada", "bo", "cy", "di")
    add_subscribers(store, *(f"{name}@example.org" for name in names))
    sender = RecordingSender()
    with make_service(store, sender=sender) as service:
        record = service.create(make_plan(list_name="weekly", first_batch=parse_first_batch("1")))
        service.send(record.id)
        with store.writing() as connection:
            ids = {
                row.key: row.id
                for row in connection.execute(select(subscribers.c.key, subscribers.c.id))
            }
            connection.execute(
                update(memberships)
                .where(memberships.c.subscriber_id == ids["bo@example.org"])
                .values(unsubscribed_at=NOON)
            )
            connection.execute(
                update(subscribers)
                .where(subscribers.c.key == "cy@example.org")
                .values(state="unsubscribed")
            )
            connection.execute(
                suppressions.insert().values(
                    digest=service.context.keys.suppression_digest("di@example.org"),
                    reason="complaint",
                    source="test",
                    created_at=NOON,
                )
            )
        sent = service.resume(record.id)
        with store.reading() as connection:
            why = dict(
                connection.execute(
                    select(deliveries.c.mailbox, deliveries.c.reason).where(
                        deliveries.c.state == "skipped"
                    )
                ).all()
            )

    assert ["ada@example.org"] == list_sent_emails(sender)
    assert (CampaignState.SENT, {"accepted": 1, "skipped": 3}) == (sent.state, shown(sent))
    assert {
        "bo@example.org": "unsubscribed",
        "cy@example.org": "unsubscribed",
        "di@example.org": "suppressed",
    } == why


def test_an_address_where_nobody_is_is_never_written_to_again(store: Store) -> None:
    """A refusal of the address suppresses it, by its code or a service's own word; one of the message does not."""
    sender = RecordingSender(
        answering(
            reader1=receipt(REFUSED, "5.1.1"),
            reader2=receipt(REFUSED, "5.7.1"),
            reader4=replace(receipt(REFUSED), is_address_failure=True),
        )
    )
    with make_service(store, sender=sender) as service:
        first = service.send(service.create(make_plan(make_recipients(4))).id)
        second = service.send(service.create(make_plan(make_recipients(4)), allow_repeat=True).id)

    assert (CampaignState.SENT, {"accepted": 1, "refused": 3}) == (first.state, shown(first))
    assert {"accepted": 1, "refused": 1, "skipped": 2} == shown(second)


def test_the_deferred_wait_longer_each_time_and_are_given_up_in_the_end(store: Store) -> None:
    """A deferred message is offered again when its time has come, not before, until the limit."""
    clock = ManualClock(NOON)
    sender = RecordingSender(answering(reader1=receipt(DEFERRED, "4.2.2")))
    with make_service(store, sender=sender, clock=clock) as service:
        record = service.create(make_plan(make_recipients(1)))
        offers: list[int] = []
        for _ in range(60):
            paused = service.send(record.id) if not offers else service.resume(record.id)
            offers.append(len(sender.attempted))
            if paused.state is CampaignState.SENT:
                break
            assert (CampaignState.PAUSED, "deferred") == (paused.state, paused.reason)
            clock.advance(timedelta(hours=1))

    assert (CampaignState.SENT, {"refused": 1}) == (paused.state, shown(paused))
    assert 1 == offers[0] and 20 < offers[-1] < len(offers)
    assert timedelta(hours=40) < clock.now() - NOON <= timedelta(hours=49)


def test_a_server_may_ask_to_be_left_alone(store: Store) -> None:
    """A server's own waiting time wins over a shorter one of ours."""
    clock = ManualClock(NOON)
    asked = receipt(DEFERRED, retry_after=timedelta(hours=3))
    sender = RecordingSender(answering(reader1=asked))
    with make_service(store, sender=sender, clock=clock) as service:
        record = service.create(make_plan(make_recipients(1)))
        service.send(record.id)
        clock.advance(timedelta(hours=2, minutes=59))
        service.resume(record.id)
        assert 1 == len(sender.attempted)
        clock.advance(timedelta(minutes=1))
        service.resume(record.id)
        assert 2 == len(sender.attempted)


def test_a_message_that_cannot_be_composed_holds_nobody_up(store: Store) -> None:
    """A reader without a value the letter needs is refused in words; the others are mailed."""
    letter = edition(html=(name_field(FieldContext.HTML_TEXT),))
    first, second = make_recipients(2)
    named = [first, type(second)(address=second.address, values={"name": "Bo"})]
    sender = RecordingSender()
    with make_service(store, sender=sender) as service:
        sent = service.send(service.create(make_plan(named, edition=letter)).id)

    assert {"accepted": 1, "refused": 1} == shown(sent)
    assert ["reader2@example.org"] == list_sent_emails(sender)


@pytest.mark.parametrize(
    ("is_temporary", "state"), [(False, CampaignState.FAILED), (True, CampaignState.PAUSED)]
)
@pytest.mark.parametrize("is_uncertain", [False, True])
def test_a_sender_that_cannot_go_on_stops_the_campaign(
    store: Store, is_uncertain: bool, is_temporary: bool, state: CampaignState
) -> None:
    """
    What was accepted stays so; what was on its way is pending, or uncertain if the sender cannot tell.

    What may pass pauses the campaign, what must be mended fails it.
    """

    def answer(message: Message) -> Receipt:
        if message.sequence == 3:
            raise SendError("The cable is cut.", uncertain=is_uncertain, temporary=is_temporary)
        return Receipt(sequence=message.sequence, state=ACCEPTED)

    with make_service(store, sender=RecordingSender(answer)) as service:
        record = service.create(make_plan(make_recipients(30)))
        failed = service.send(record.id)
        assert (state, "The cable is cut.") == (failed.state, failed.reason)
        lost = {"uncertain": 1, "pending": 27} if is_uncertain else {"pending": 28}
        assert {"accepted": 2} | lost == shown(failed)

        good = RecordingSender()
        use_sender(service, good)
        service.resume(record.id)
        assert 27 + (not is_uncertain) == len(list_sent_emails(good))


class Stopping(RecordingSender):
    """Calls *stop* when so many messages were accepted."""

    def __init__(self, after: int, stop: Callable[[], object]) -> None:
        super().__init__(self._count)
        self._after = after
        self._stop = stop

    def _count(self, message: Message) -> Receipt:
        if len(self.accepted) + 1 == self._after:
            self._stop()
        return Receipt(sequence=message.sequence, state=ACCEPTED)


def test_a_pause_and_a_cancellation_are_seen_while_sending(store: Store) -> None:
    """Whoever sends stops within one round of claims; nobody else is mailed, and all are accounted for."""
    for stop, state in (("pause", CampaignState.PAUSED), ("cancel", CampaignState.CANCELLED)):
        with store.writing() as connection:
            connection.execute(deliveries.delete())
        service = make_service(store)
        record = service.create(make_plan(make_recipients(200)), allow_repeat=True)
        sender = Stopping(20, partial(getattr(service, stop), record.id))
        stopped = service.send(record.id, sender=sender)

        assert (state, "requested") == (stopped.state, stopped.reason)
        assert 20 <= len(list_sent_emails(sender)) <= 20 + 16
        rest = {"pending" if stop == "pause" else "skipped": 200 - len(list_sent_emails(sender))}
        assert {"accepted": len(list_sent_emails(sender))} | rest == shown(stopped)
    with pytest.raises(StateError, match="is cancelled"):
        service.resume(record.id)


def test_what_was_in_hand_when_somebody_cancelled_is_left_out_too(store: Store) -> None:
    """Claimed and not yet offered, or put off by the server: nobody sends it any more, and it counts as left out."""
    service = make_service(store)
    record = service.create(make_plan(make_recipients(10)))

    def answer(message: Message) -> Receipt:
        if message.sequence == 5:
            service.cancel(record.id)
        state = DeliveryState.DEFERRED if message.sequence == 5 else ACCEPTED
        return Receipt(sequence=message.sequence, state=state)

    class Leaving(NullListener):
        """Wants to stop once the campaign is cancelled, with claims in hand."""

        def should_stop(self) -> bool:
            return service.get(record.id).state is CampaignState.CANCELLED

    done = service.send(record.id, sender=RecordingSender(answer), progress=Leaving())

    assert CampaignState.CANCELLED is done.state
    assert {"accepted": 4, "skipped": 6} == shown(done)
    with store.reading() as connection:
        reasons = connection.scalars(select(deliveries.c.reason).where(deliveries.c.sequence > 4))
        assert ["cancelled"] * 6 == list(reasons)


def test_a_paused_campaign_goes_on_where_it_was(store: Store) -> None:
    """After a pause the rest is mailed, and nobody twice."""
    with make_service(store) as service:
        record = service.create(make_plan(make_recipients(60)))
        first = Stopping(10, lambda: service.pause(record.id))
        service.send(record.id, sender=first)
        second = RecordingSender()
        done = service.send(record.id, sender=second)

    assert CampaignState.SENT is done.state
    assert [f"reader{n}@example.org" for n in range(1, 61)] == list_sent_emails(
        first
    ) + list_sent_emails(second)


def test_a_first_portion_is_sent_and_then_it_pauses(store: Store) -> None:
    """The canary: so many are mailed, then somebody looks, and the rest follows."""
    sender = RecordingSender()
    with make_service(store, sender=sender) as service:
        record = service.create(
            make_plan(make_recipients(250), first_batch=parse_first_batch("2%"))
        )
        paused = service.send(record.id)
        assert (CampaignState.PAUSED, "first batch of 2% sent") == (paused.state, paused.reason)
        assert 5 == len(list_sent_emails(sender))
        done = service.resume(record.id)

    assert (CampaignState.SENT, {"accepted": 250}) == (done.state, shown(done))


def test_only_the_refused_are_tried_again(store: Store) -> None:
    """A campaign that is sent can be taken up again for those who were refused, and only then."""
    sender = RecordingSender(answering(reader2=receipt(REFUSED, "5.3.4")))
    with make_service(store, sender=sender) as service:
        record = service.create(make_plan(make_recipients(3)))
        service.send(record.id)
        with pytest.raises(StateError, match="is already sent"):
            service.resume(record.id)
        good = RecordingSender()
        use_sender(service, good)
        done = service.resume(record.id, scope=RetryScope.FAILED)
        assert ["reader2@example.org"] == list_sent_emails(good)
        assert (CampaignState.SENT, {"accepted": 3}) == (done.state, shown(done))
        with pytest.raises(StateError, match="no message was refused"):
            service.resume(record.id, scope=RetryScope.FAILED)


def test_nobody_is_sent_the_same_twice_by_a_repeated_command(store: Store) -> None:
    """The same edition, or another one of the same article, to an overlapping audience is refused for a month."""
    clock = ManualClock(NOON)
    url = "https://example.org/bell"
    with make_service(store, clock=clock) as service:
        first = service.create(make_plan(make_recipients(5), canonical_url=url))
        corrected = edition(html=(literal("<p>Corrected</p>"),))
        for repeated in (
            make_plan(make_recipients(3, start=4)),
            make_plan(make_recipients(1, start=5), edition=corrected, canonical_url=url),
        ):
            with pytest.raises(StateError) as told:
                service.create(repeated)
            assert first.id in str(told.value) and "--allow-repeat" in str(told.value)
            with pytest.raises(StateError):
                service.check_not_repeated(repeated, allow_repeat=False)
        service.create(make_plan(make_recipients(3, start=6)))  # others
        service.create(make_plan(make_recipients(5), edition=corrected))  # another letter
        service.create(
            make_plan(make_recipients(5), delivers_mail=False)
        )  # nobody is list_sent_emails
        service.create(make_plan(make_recipients(5)), allow_repeat=True)
        clock.advance(timedelta(days=31))
        service.create(make_plan(make_recipients(5)))


def test_a_list_that_waits_for_its_campaign_is_not_sent_it_before(store: Store) -> None:
    """A scheduled campaign counts as had by everybody on its list, named or on another list."""
    add_subscribers(store, "ada@example.org", "bo@example.org")
    add_subscribers(store, "eve@example.org", list="monthly")
    with make_service(store) as service:
        service.create(make_plan(list_name="weekly", at=NOON + timedelta(days=1)))
        with pytest.raises(StateError):
            service.create(make_plan(list_name="weekly"))
        named = make_recipients(1)
        service.create(make_plan(named))
        service.create(make_plan(list_name="monthly"))
        with pytest.raises(StateError):
            service.create(
                make_plan([type(named[0])(address=type(named[0].address)(email="bo@example.org"))])
            )


def test_a_cancelled_campaign_that_mailed_nobody_is_no_repetition(store: Store) -> None:
    """Who cancels before the first message may plan it anew."""
    with make_service(store) as service:
        record = service.create(make_plan(make_recipients(3)))
        service.cancel(record.id)
        service.create(make_plan(make_recipients(3)))


def test_a_draft_waits_for_approval_of_the_edition_it_holds(store: Store) -> None:
    """A draft is sent only once somebody approved of that very edition."""
    with make_service(store) as service:
        record = service.create(make_plan(make_recipients(1), needs_approval=True))
        assert CampaignState.DRAFT is record.state
        with pytest.raises(StateError, match="waits for approval"):
            service.send(record.id)
        with pytest.raises(StateError, match="waits for approval"):
            service.resume(record.id)
        with pytest.raises(StateError, match="different edition"):
            service.approve(record.id, digest="0" * 64)
        with pytest.raises(StateError, match="different edition"):
            service.approve(record.id, digest=record.edition_digest[:7])
        assert (
            CampaignState.SCHEDULED
            is service.approve(record.id, digest=record.edition_digest).state
        )
        with pytest.raises(StateError, match="only a draft can be approved"):
            service.approve(record.id, digest=record.edition_digest)
        assert CampaignState.SENT is service.send(record.id).state


def test_who_has_not_had_it_when_it_expires_gets_it_no_more(store: Store) -> None:
    """At its expiry a campaign is over: the rest is left out."""
    clock = ManualClock(NOON)
    sender = Stopping(5, lambda: clock.advance(timedelta(hours=2)))
    with make_service(store, sender=sender, clock=clock) as service:
        sent = service.send(
            service.create(make_plan(make_recipients(100), expires_at=NOON + timedelta(hours=1))).id
        )

    assert CampaignState.SENT is sent.state
    assert 5 <= len(list_sent_emails(sender)) <= 5 + 16
    assert {
        "accepted": len(list_sent_emails(sender)),
        "skipped": 100 - len(list_sent_emails(sender)),
    } == shown(sent)


def test_a_database_that_restarts_stops_nothing(postgres: databases.Server, tmp_path: Path) -> None:
    """Its sessions are broken off twice: the campaign goes on by itself, nobody forgotten, nobody doubled."""
    at_messages = {20, 55}

    def answer(message: Message) -> Receipt:
        if message.sequence in at_messages:
            at_messages.remove(message.sequence)
            postgres.stop("fast")  # this server does not sync: a hard stop would lose commits
            postgres.start()
        return Receipt(sequence=message.sequence, state=ACCEPTED)

    sender = RecordingSender(answer)
    with open_store(postgres.make(), root=tmp_path) as store:
        service = make_service(store, sender=sender)
        sent = service.send(service.create(make_plan(make_recipients(90))).id)
        assert (CampaignState.SENT, {"accepted": 90}) == (sent.state, shown(sent)), sent.reason
    assert 90 == len(list_sent_emails(sender)) == len(set(list_sent_emails(sender)))


def test_a_disk_that_fills_up_forgets_nobody(tmp_path: Path) -> None:
    """The store cannot be written any more: the send stops in words, and after room was made it goes on."""
    url = f"sqlite:///{tmp_path}/handbill.db"
    with open_store(url, root=tmp_path) as store:
        service = make_service(store)
        record = service.create(make_plan(make_recipients(400)))

        def fill(message: Message) -> Receipt:
            if message.sequence == 50:
                with store.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA max_page_count = 1")
            return Receipt(sequence=message.sequence, state=ACCEPTED, response="x" * 400)

        first = RecordingSender(fill)
        impatient = Impatient(first)
        with pytest.raises(StoreError, match="full"):
            service.send(record.id, sender=first, progress=impatient)
    second = RecordingSender()
    with open_store(url, root=tmp_path) as store, make_service(store, sender=second) as service:
        sent = service.resume(record.id)

    got = list_sent_emails(first) + list_sent_emails(second)
    assert len(got) == len(set(got))
    assert CampaignState.SENT is sent.state
    assert 400 == sent.count(ACCEPTED) + sent.count(UNCERTAIN)
    assert sent.count(UNCERTAIN) <= 16
    assert set(got) == {f"reader{n}@example.org" for n in range(1, 401)}


class Impatient:
    """Stops when nothing was received for a while: whoever sits before a full disk."""

    def __init__(self, sender: RecordingSender) -> None:
        self._sender = sender
        self._last: int | None = None

    def on_receipt(self, _: Receipt) -> None:
        """Take no notice."""

    def should_stop(self) -> bool:
        """Stop when asked twice without anything offered in between."""
        count = len(self._sender.attempted)
        is_stuck, self._last = count == self._last and count > 50, count
        return is_stuck


def test_campaigns_are_found_by_part_of_their_name(store: Store) -> None:
    """A beginning or the last digits name a campaign, if they name one only."""
    with make_service(store) as service:
        first = service.create(make_plan(make_recipients(1)))
        assert first.id == service.get(first.id[-4:]).id == service.get(first.id[:-1]).id
        second = service.create(make_plan(make_recipients(1)), allow_repeat=True)
        assert [second.id, first.id] == [campaign.id for campaign in service.list_campaigns()]
        with pytest.raises(StateError, match="Several"):
            service.get(first.id[:10])
        with pytest.raises(StateError, match="No campaign is called"):
            service.get("2020-")
