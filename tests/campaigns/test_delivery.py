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
from pipeline.campaigns.delivery import freeze
from pipeline.campaigns.delivery.progress import NullListener
from pipeline.campaigns.store.batch_claims import make_claims
from pipeline.campaigns.store.batch_recipients import list_unclaimed
from pipeline.campaigns.store.batches import claim_batch
from pipeline.campaigns.store.tables import batches, deliveries, receipts, recipients
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
    database,
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


def answer_with(**states: Receipt) -> Callable[[Message], Receipt]:
    """Return an answer function: the named mailboxes get their receipt, all others are accepted."""

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


def count_states(campaign: Campaign) -> dict[str, int]:
    """Return the counts above zero, by state."""
    return {state.value: n for state, n in campaign.counts.items() if n}


def test_every_recipient_receives_one_message(store: Store) -> None:
    """A campaign to named recipients reaches each of them once, in order, and is sent."""
    sender = RecordingSender()
    with make_service(store, sender=sender) as service:
        record = service.create(make_plan(make_recipients(40)))
        assert CampaignState.SCHEDULED is service.get(record.id).state
        sent = service.send(record.id)

    assert [f"reader{n}@example.org" for n in range(1, 41)] == list_sent_emails(sender)
    assert (CampaignState.SENT, {"accepted": 40}) == (sent.state, count_states(sent))


def test_the_stored_edition_is_sent(store: Store) -> None:
    """The edition is stored byte for byte when it is planned; messages are composed from it."""
    sender = RecordingSender()
    news = edition(html=(literal("<p>"), name_field(FieldContext.HTML_TEXT), literal("</p>")))
    reader = make_recipients(1)[0]
    named = [type(reader)(address=reader.address, values={"name": "Zoë"})]
    with make_service(store, sender=sender) as service:
        record = service.create(make_plan(named, edition=news))
        assert news.digest == record.edition_digest
        service.send(record.id)

    assert b"Zo=C3=AB" in sender.accepted[0].content


def test_recipients_are_frozen_when_sending_starts(store: Store) -> None:
    """Subscribers who join the list before sending starts are included; later ones are not, until added."""
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


def test_recipients_are_frozen_with_their_data(store: Store) -> None:
    """Each keeps name, attributes and language as they are; an attribute named language goes before the language."""
    people = {
        "ada@example.org": ("", None, {}),
        "bo@example.org": ("Bo", "de", {"city": "Köln", "since": 2019, "donor": True}),
        "cy@example.org": ("Cy", "fr", {"language": "en"}),
    }
    add_subscribers(store, *people)
    with store.writing() as connection:
        for email, (name, language, attributes) in people.items():
            connection.execute(
                update(subscribers)
                .where(subscribers.c.key == email)
                .values(name=name, language=language, attributes=attributes)
            )
    service = make_service(store)
    planned = {each.address.email: each.values for each in service.list_recipients("weekly")}
    record = service.create(make_plan(list_name="weekly"))
    with service.start_process() as process:
        freeze.start_sending(service.context, record.id, process, is_attended=True)
        with store.writing() as connection:
            batch = claim_batch(
                connection, record.number, process_id=process.id, now=NOON, last=None
            )
            assert batch is not None
            rows, _ = list_unclaimed(
                connection, batch, limit=9, last=None, list_name="weekly", now=NOON
            )
            claims = make_claims(rows, batch=batch.first, now=NOON)

    assert {
        "ada@example.org": {},
        "bo@example.org": {"city": "Köln", "since": "2019", "donor": "True", "language": "de"},
        "cy@example.org": {"language": "en"},
    } == planned
    assert planned == {each.email: each.values for each in claims}
    assert ["", "Bo", "Cy"] == [each.name for each in claims]
    assert [1, 2, 3] == [each.sequence for each in claims]


def test_nothing_is_sent_if_fewer_recipients_were_stored(tmp_path: Path) -> None:
    """If fewer deliveries are stored than were written, none is, and the campaign stays as it was."""
    sender = RecordingSender()
    with open_store(database(tmp_path), root=tmp_path) as store:
        add_subscribers(store, *(f"reader{n}@example.org" for n in range(3)))
        with store.engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE TRIGGER lose AFTER INSERT ON recipients WHEN NEW.sequence = 2 "
                "BEGIN DELETE FROM recipients WHERE sequence = 2; END"
            )
        service = make_service(store, sender=sender)
        record = service.create(make_plan(list_name="weekly"))
        with pytest.raises(StoreError, match="has 3 recipients, but 2 were stored"):
            service.send(record.id)

        assert 0 == service.get(record.id).recipient_count
        assert CampaignState.SCHEDULED is service.get(record.id).state
    assert [] == list_sent_emails(sender)


def test_limit_sends_to_the_first_subscribers(store: Store) -> None:
    """With a limit, only the first subscribers of the list are recipients."""
    sender = RecordingSender()
    add_subscribers(store, *(f"reader{n}@example.org" for n in range(5)))
    with make_service(store, sender=sender) as service:
        assert 2 == service.count_recipients(make_plan(list_name="weekly", limit=2))
        service.send(service.create(make_plan(list_name="weekly", limit=2)).id)

    assert ["reader0@example.org", "reader1@example.org"] == list_sent_emails(sender)


def test_a_list_that_is_missing_or_has_no_recipients_is_an_error(store: Store) -> None:
    """A list that does not exist and one without recipients have errors of their own."""
    with make_service(store) as service:
        with pytest.raises(ConfigError, match='No list is called "weekly"'):
            service.check_list("weekly", None)
        add_subscribers(store, "ada@example.org")
        service.check_list("weekly", None)
        with pytest.raises(ConfigError, match='list "weekly" has no recipients in that segment'):
            service.check_list("weekly", 'name = "Grace"')


def test_unsubscribed_and_suppressed_recipients_are_skipped(store: Store) -> None:
    """Recipients who unsubscribe or are suppressed after freezing are skipped, with the reason."""
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
                    digest=service.context.keys.hash_mailbox("di@example.org"),
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
    assert (CampaignState.SENT, {"accepted": 1, "skipped": 3}) == (sent.state, count_states(sent))
    assert {
        "bo@example.org": "unsubscribed",
        "cy@example.org": "unsubscribed",
        "di@example.org": "suppressed",
    } == why


def test_a_rejected_address_is_suppressed(store: Store) -> None:
    """A refusal of the address suppresses it, by its code or by the provider's; a refusal of the message does not."""
    sender = RecordingSender(
        answer_with(
            reader1=receipt(REFUSED, "5.1.1"),
            reader2=receipt(REFUSED, "5.7.1"),
            reader4=replace(receipt(REFUSED), is_address_failure=True),
        )
    )
    with make_service(store, sender=sender) as service:
        first = service.send(service.create(make_plan(make_recipients(4))).id)
        second = service.send(service.create(make_plan(make_recipients(4)), allow_repeat=True).id)

    assert (CampaignState.SENT, {"accepted": 1, "refused": 3}) == (first.state, count_states(first))
    assert {"accepted": 1, "refused": 1, "skipped": 2} == count_states(second)


def test_deferred_messages_back_off_and_are_refused_in_the_end(store: Store) -> None:
    """A deferred message is retried when it is due, not before, until the retry policy gives up."""
    clock = ManualClock(NOON)
    sender = RecordingSender(answer_with(reader1=receipt(DEFERRED, "4.2.2")))
    with make_service(store, sender=sender, clock=clock) as service:
        record = service.create(make_plan(make_recipients(1)))
        offers: list[int] = []
        for _ in range(60):
            paused = service.send(record.id) if not offers else service.resume(record.id)
            offers.append(len(sender.attempted))
            if paused.state is CampaignState.SENT:
                break
            assert CampaignState.SENDING is paused.state and paused.next_attempt_at is not None
            clock.advance(timedelta(hours=1))

    assert (CampaignState.SENT, {"refused": 1}) == (paused.state, count_states(paused))
    assert 1 == offers[0] and 20 < offers[-1] < len(offers)
    assert timedelta(hours=40) < clock.now() - NOON <= timedelta(hours=49)


def test_retry_after_of_the_server_is_respected(store: Store) -> None:
    """The longer of the server's delay and ours counts."""
    clock = ManualClock(NOON)
    asked = receipt(DEFERRED, retry_after=timedelta(hours=3))
    sender = RecordingSender(answer_with(reader1=asked))
    with make_service(store, sender=sender, clock=clock) as service:
        record = service.create(make_plan(make_recipients(1)))
        service.send(record.id)
        clock.advance(timedelta(hours=2, minutes=59))
        service.resume(record.id)
        assert 1 == len(sender.attempted)
        clock.advance(timedelta(minutes=1))
        service.resume(record.id)
        assert 2 == len(sender.attempted)


def test_a_compose_error_affects_one_recipient(store: Store) -> None:
    """A recipient without a required value is refused with the error; the others receive their message."""
    news = edition(html=(name_field(FieldContext.HTML_TEXT),))
    first, second = make_recipients(2)
    named = [first, type(second)(address=second.address, values={"name": "Bo"})]
    sender = RecordingSender()
    with make_service(store, sender=sender) as service:
        sent = service.send(service.create(make_plan(named, edition=news)).id)

    assert {"accepted": 1, "refused": 1} == count_states(sent)
    assert ["reader2@example.org"] == list_sent_emails(sender)


@pytest.mark.parametrize(
    ("is_temporary", "state"), [(False, CampaignState.FAILED), (True, CampaignState.PAUSED)]
)
@pytest.mark.parametrize("is_uncertain", [False, True])
def test_a_send_error_stops_the_campaign(
    store: Store, is_uncertain: bool, is_temporary: bool, state: CampaignState
) -> None:
    """
    Accepted messages stay accepted; those in flight are pending, or uncertain if the sender cannot tell.

    A temporary error pauses the campaign, a permanent one fails it.
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
        assert {"accepted": 2} | lost == count_states(failed)

        good = RecordingSender()
        use_sender(service, good)
        service.resume(record.id)
        assert 27 + (not is_uncertain) == len(list_sent_emails(good))


class Stopping(RecordingSender):
    """Calls *stop* after a number of accepted messages."""

    def __init__(self, after: int, stop: Callable[[], object]) -> None:
        super().__init__(self._count)
        self._after = after
        self._stop = stop

    def _count(self, message: Message) -> Receipt:
        if len(self.accepted) + 1 == self._after:
            self._stop()
        return Receipt(sequence=message.sequence, state=ACCEPTED)


def test_pause_and_cancel_take_effect_while_sending(store: Store) -> None:
    """Sending stops within one round of claims, and every recipient is accounted for."""
    for stop, state in (("pause", CampaignState.PAUSED), ("cancel", CampaignState.CANCELLED)):
        with store.writing() as connection:
            for table in (receipts, batches, recipients):
                connection.execute(table.delete())
        service = make_service(store)
        record = service.create(make_plan(make_recipients(200)), allow_repeat=True)
        sender = Stopping(20, partial(getattr(service, stop), record.id))
        stopped = service.send(record.id, sender=sender)

        assert (state, "requested") == (stopped.state, stopped.reason)
        assert 20 <= len(list_sent_emails(sender)) <= 20 + 16
        rest = {"pending" if stop == "pause" else "skipped": 200 - len(list_sent_emails(sender))}
        assert {"accepted": len(list_sent_emails(sender))} | rest == count_states(stopped)
    with pytest.raises(StateError, match="is cancelled"):
        service.resume(record.id)


def test_claimed_and_deferred_deliveries_are_skipped_on_cancel(store: Store) -> None:
    """Deliveries that were claimed or deferred when the campaign was cancelled are skipped too."""
    service = make_service(store)
    record = service.create(make_plan(make_recipients(10)))

    def answer(message: Message) -> Receipt:
        if message.sequence == 5:
            service.cancel(record.id)
        state = DeliveryState.DEFERRED if message.sequence == 5 else ACCEPTED
        return Receipt(sequence=message.sequence, state=state)

    class StopAfterCancel(NullListener):
        """Stops once the campaign is cancelled, with claims open."""

        def should_stop(self) -> bool:
            return service.get(record.id).state is CampaignState.CANCELLED

    done = service.send(record.id, sender=RecordingSender(answer), progress=StopAfterCancel())

    assert CampaignState.CANCELLED is done.state
    assert {"accepted": 4, "skipped": 6} == count_states(done)
    with store.reading() as connection:
        reasons = connection.scalars(select(deliveries.c.reason).where(deliveries.c.sequence > 4))
        assert ["cancelled"] * 6 == list(reasons)


def test_a_paused_campaign_resumes(store: Store) -> None:
    """After a pause the remaining recipients receive their message, and nobody twice."""
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


def test_a_campaign_pauses_after_its_first_batch(store: Store) -> None:
    """The first batch is sent, the campaign pauses, and the rest follows on resume."""
    sender = RecordingSender()
    with make_service(store, sender=sender) as service:
        record = service.create(
            make_plan(make_recipients(250), first_batch=parse_first_batch("2%"))
        )
        paused = service.send(record.id)
        assert (CampaignState.PAUSED, "first batch of 2% sent") == (paused.state, paused.reason)
        assert 5 == len(list_sent_emails(sender))
        done = service.resume(record.id)

    assert (CampaignState.SENT, {"accepted": 250}) == (done.state, count_states(done))


def test_refused_messages_can_be_retried(store: Store) -> None:
    """A sent campaign can be resumed for refused messages, if there are any."""
    sender = RecordingSender(answer_with(reader2=receipt(REFUSED, "5.3.4")))
    with make_service(store, sender=sender) as service:
        record = service.create(make_plan(make_recipients(3)))
        service.send(record.id)
        with pytest.raises(StateError, match="is already sent"):
            service.resume(record.id)
        good = RecordingSender()
        use_sender(service, good)
        done = service.resume(record.id, scope=RetryScope.FAILED)
        assert ["reader2@example.org"] == list_sent_emails(good)
        assert (CampaignState.SENT, {"accepted": 3}) == (done.state, count_states(done))
        with pytest.raises(StateError, match="no message was refused"):
            service.resume(record.id, scope=RetryScope.FAILED)


def test_a_repeated_campaign_is_an_error(store: Store) -> None:
    """The same edition or article to an overlapping set of recipients is an error for a month."""
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
        service.create(make_plan(make_recipients(5), edition=corrected))  # another edition
        service.create(
            make_plan(make_recipients(5), delivers_mail=False)
        )  # nobody is list_sent_emails
        service.create(make_plan(make_recipients(5)), allow_repeat=True)
        clock.advance(timedelta(days=31))
        service.create(make_plan(make_recipients(5)))


def test_a_scheduled_campaign_blocks_a_repeat(store: Store) -> None:
    """A scheduled campaign counts as received by everybody on its list."""
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


def test_a_campaign_cancelled_before_sending_can_be_repeated(store: Store) -> None:
    """After a cancellation before the first message, the campaign can be created again."""
    with make_service(store) as service:
        record = service.create(make_plan(make_recipients(3)))
        service.cancel(record.id)
        service.create(make_plan(make_recipients(3)))


def test_a_draft_needs_approval_of_its_edition(store: Store) -> None:
    """A draft is sent only after its very edition was approved."""
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


def test_an_expired_campaign_skips_the_rest(store: Store) -> None:
    """When a campaign expires, the remaining recipients are skipped."""
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
    } == count_states(sent)


def test_a_database_restart_interrupts_nothing(postgres: databases.Server, tmp_path: Path) -> None:
    """The database restarts twice: the campaign continues by itself, with no recipient lost or mailed twice."""
    at_messages = {20, 55}

    def answer(message: Message) -> Receipt:
        if message.sequence in at_messages:
            at_messages.remove(message.sequence)
            postgres.stop("fast")  # this server does not sync: a hard stop would lose commits
            postgres.start()
        return Receipt(sequence=message.sequence, state=ACCEPTED)

    sender = RecordingSender(answer)
    with open_store(postgres.create_database(), root=tmp_path) as store:
        service = make_service(store, sender=sender)
        sent = service.send(service.create(make_plan(make_recipients(90))).id)
        assert (CampaignState.SENT, {"accepted": 90}) == (sent.state, count_states(sent)), (
            sent.reason
        )
    assert 90 == len(list_sent_emails(sender)) == len(set(list_sent_emails(sender)))


def test_a_full_disk_loses_no_recipient(tmp_path: Path) -> None:
    """On a full disk sending stops with an error; once there is space again, it resumes without a loss."""
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
    """Stops when nothing was sent for a while."""

    def __init__(self, sender: RecordingSender) -> None:
        self._sender = sender
        self._last: int | None = None

    def on_receipt(self, _: Receipt) -> None:
        """Ignore it."""

    def should_stop(self) -> bool:
        """Stop when asked twice without a message in between."""
        count = len(self._sender.attempted)
        is_stuck, self._last = count == self._last and count > 50, count
        return is_stuck


def test_campaigns_are_found_by_part_of_their_id(store: Store) -> None:
    """An unambiguous beginning or end of an ID is enough."""
    with make_service(store) as service:
        first = service.create(make_plan(make_recipients(1)))
        assert first.id == service.get(first.id[-8:]).id == service.get(first.id[:-1]).id
        second = service.create(make_plan(make_recipients(1)), allow_repeat=True)
        assert [second.id, first.id] == [campaign.id for campaign in service.list_campaigns()]
        with pytest.raises(StateError, match="Several"):
            service.get(first.id[:10])
        with pytest.raises(StateError, match="No campaign is called"):
            service.get("2020-")
