"""Messages in the outbox are sent by another sender, each once, whatever fails."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest

from pipeline.campaigns import CampaignKind, CampaignService, OutboxPlan, RetryScope, describe_limit
from pipeline.campaigns.rates.limits import RateLimit, RatePolicy
from pipeline.clock import Clock
from pipeline.database import Store
from pipeline.errors import SendError, StateError
from pipeline.models.campaign import Campaign
from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.models.message import Message
from pipeline.senders.outbox.manifest import MANIFEST
from pipeline.senders.outbox.outbox_sender import OutboxSender
from pipeline.testing import ManualClock, RecordingSender, sample_message
from tests.campaigns.support import (
    NOON,
    add_subscribers,
    make_plan,
    make_recipients,
    make_service,
    use_sender,
)

COUNT = 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A campaign's folder with four messages."""
    with OutboxSender(tmp_path) as sender:
        list(sender.send(map(sample_message, range(1, COUNT + 1))))
    return tmp_path / sample_message().campaign_id


def deliver(
    store: Store,
    folder: Path,
    sender: RecordingSender,
    *,
    limit: int | None = None,
    retry_uncertain: bool = False,
    allow_repeat: bool = False,
    name: str = "relay",
    clock: Clock | None = None,
    rate_policy: RatePolicy | None = None,
) -> Campaign:
    """Send what is not sent yet."""
    service = make_service(store, sender=sender, clock=clock, rate_policy=rate_policy)
    plan = OutboxPlan(
        folder=folder, limit=limit, retry_uncertain=retry_uncertain, allow_repeat=allow_repeat
    )
    service.check_outbox(plan)
    return service.send_outbox(plan, sender=sender, sender_name=name)


def list_states(store: Store, folder: Path) -> list[str]:
    """Return the states of the messages, in sequence."""
    service = make_service(store)
    campaign = service.find_outbox_campaign(folder)
    assert campaign is not None
    return [str(row[3]) for row in list(service.list_deliveries(campaign.id))[1:]]


def answering(**by_number: DeliveryState | SendError) -> RecordingSender:
    """Return a sender that answers so to single messages, `m2=…`, and accepts the others."""

    def answer(message: Message) -> Receipt:
        found = by_number.get(f"m{message.sequence}", DeliveryState.ACCEPTED)
        if isinstance(found, SendError):
            raise found
        return Receipt(sequence=message.sequence, state=found, response="as expected")

    return RecordingSender(answer)


def test_every_message_is_sent_once_unchanged(store: Store, folder: Path) -> None:
    """Byte for byte, with its envelope; a second call has nothing to send."""
    sender = RecordingSender()
    first, again = deliver(store, folder, sender), deliver(store, folder, sender)

    assert [sample_message(n).content for n in range(1, COUNT + 1)] == [
        message.content for message in sender.accepted
    ]
    sent, written = sender.accepted[0], sample_message(1)
    assert (written.campaign_id, written.message_id) == (sent.campaign_id, sent.message_id)
    assert (written.sender.email, written.recipient.email) == (
        sent.sender.email,
        sent.recipient.email,
    )
    assert ("sent", {DeliveryState.ACCEPTED: COUNT}) == (first.state.value, dict(first.counts))
    assert first == again


def test_a_second_call_sends_only_the_rest(store: Store, folder: Path) -> None:
    """Accepted and refused messages are done; deferred ones are sent again, even by another sender."""
    deliver(store, folder, answering(m2=DeliveryState.REFUSED, m3=DeliveryState.DEFERRED))
    assert ["accepted", "refused", "deferred", "accepted"] == list_states(store, folder)

    campaign = deliver(store, folder, second := RecordingSender(), name="other")

    assert [3] == [message.sequence for message in second.attempted]
    assert ["accepted", "refused", "accepted", "accepted"] == list_states(store, folder)
    assert "other" == campaign.sender


def test_a_limit_leaves_the_rest_for_later(store: Store, folder: Path) -> None:
    """Each call continues where the last one ended, and its reason says why it stopped."""
    sender = RecordingSender()
    limited = deliver(store, folder, sender, limit=3)
    assert ["accepted"] * 3 + ["pending"] == list_states(store, folder)
    assert ("paused", describe_limit(3)) == (limited.state.value, limited.reason)
    deliver(store, folder, sender, limit=3)
    assert ["accepted"] * 4 == list_states(store, folder)
    assert [1, 2, 3, 4] == [message.sequence for message in sender.accepted]


def test_messages_written_later_are_sent_too(store: Store, folder: Path) -> None:
    """As when the campaign was still being written; nothing is sent while it is."""
    deliver(store, folder, RecordingSender())
    with OutboxSender(folder.parent) as writer:
        next(iter(writer.send([sample_message(9)])))
        with pytest.raises(SendError, match="being written by another process"):
            deliver(store, folder, RecordingSender())
    deliver(store, folder, sender := RecordingSender())
    assert [9] == [message.sequence for message in sender.accepted]


def test_a_failing_sender_leaves_nothing_uncertain(store: Store, folder: Path) -> None:
    """Messages that were certainly not accepted are still to be sent."""
    away = SendError("The relay is away.", temporary=True)
    campaign = deliver(store, folder, answering(m3=away))
    assert ("paused", "The relay is away.") == (campaign.state.value, campaign.reason)
    assert ["accepted", "accepted", "pending", "pending"] == list_states(store, folder)


def test_uncertain_messages_are_sent_again_only_on_request(store: Store, folder: Path) -> None:
    """Not even by a sender that recognises messages: another one may have sent them."""

    class Idempotent(RecordingSender):
        idempotency_window = timedelta(days=1)

    lost = SendError("It did not answer.", temporary=True, uncertain=True)
    deliver(store, folder, answering(m2=DeliveryState.UNCERTAIN, m3=lost))
    assert ["accepted", "uncertain", "uncertain", "pending"] == list_states(store, folder)

    deliver(store, folder, calm := Idempotent())
    assert [4] == [message.sequence for message in calm.attempted]

    deliver(store, folder, limited := RecordingSender(), retry_uncertain=True, limit=1)
    assert [2] == [message.sequence for message in limited.attempted]
    assert ["accepted", "accepted", "uncertain", "accepted"] == list_states(store, folder)

    deliver(store, folder, bold := RecordingSender(), retry_uncertain=True)
    assert [3] == [message.sequence for message in bold.attempted]


def test_unsubscribed_recipients_are_skipped(store: Store, folder: Path) -> None:
    """Those who unsubscribed after the message was written; an address that is refused is suppressed."""
    add_subscribers(store, "reader2@example.org", "reader3@example.org")
    with store.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE subscribers SET state = 'unsubscribed' WHERE email = 'reader2@example.org'"
        )
    invalid = Receipt(sequence=4, state=DeliveryState.REFUSED, enhanced_code="5.1.1")
    sender = RecordingSender(
        lambda message: (
            invalid
            if message.sequence == 4
            else Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)
        )
    )
    deliver(store, folder, sender)
    assert ["accepted", "skipped", "accepted", "refused"] == list_states(store, folder)

    service = make_service(store, sender=sender)
    record = service.create(make_plan(recipients=make_recipients(4)))
    assert 1 == service.send(record.id).count(DeliveryState.SKIPPED)


def test_a_file_changed_before_stops_everything(store: Store, folder: Path) -> None:
    """Messages are sent as written or not at all; the error names the file."""
    path = sorted(folder.glob("*.eml"))[2]
    content = path.read_bytes()
    sender = RecordingSender()
    for change in (path.unlink, lambda: path.write_bytes(content + b"P.S.")):
        change()
        with pytest.raises(SendError, match=r"changed since it was written: 000003-\w+\.eml"):
            deliver(store, folder, sender)
    assert [] == sender.attempted
    assert make_service(store).find_outbox_campaign(folder) is None


def test_a_file_changed_during_the_delivery_stops_it(store: Store, folder: Path) -> None:
    """Each file is checked again before it is sent."""

    def answer(message: Message) -> Receipt:
        if message.sequence == 1:
            sorted(folder.glob("*.eml"))[1].write_bytes(b"other")
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    campaign = deliver(store, folder, RecordingSender(answer))
    assert "failed" == campaign.state.value
    assert "missing or changed since it was written" in str(campaign.reason)
    assert ["accepted", "pending", "pending", "pending"] == list_states(store, folder)


def test_two_processes_cannot_send_the_same_folder(store: Store, folder: Path) -> None:
    """The second is told who is sending it."""
    refused: list[str] = []

    def answer(message: Message) -> Receipt:
        if message.sequence == 1:
            with pytest.raises(StateError) as error:
                deliver(store, folder, RecordingSender())
            refused.append(str(error.value))
        return Receipt(sequence=message.sequence, state=DeliveryState.ACCEPTED)

    campaign = deliver(store, folder, RecordingSender(answer))
    assert "is being sent by foreground" in refused[0]
    assert COUNT == campaign.count(DeliveryState.ACCEPTED)


@pytest.mark.parametrize(
    ("old", "name"), [("reader2@", "recipient"), ('"sequence": 2', "sequence")]
)
def test_two_messages_for_one_recipient_are_rejected(
    store: Store, folder: Path, old: str, name: str
) -> None:
    """Each recipient receives one message, known by its sequence."""
    path = folder / MANIFEST
    path.write_text(path.read_text("utf-8").replace(old, old.replace("2", "1")), encoding="utf-8")
    with pytest.raises(SendError, match=f"have the same {name}"):
        deliver(store, folder, RecordingSender())


def test_the_rate_limit_is_shared_with_campaigns(store: Store, folder: Path) -> None:
    """Messages from the outbox and of campaigns of one sender count together."""
    clock = ManualClock(NOON)
    policy = RatePolicy(limits=(RateLimit(count=3, window=timedelta(hours=1)),))
    service = make_service(store, clock=clock, rate_policy=policy)
    service.send(service.create(make_plan(recipients=make_recipients(1), sender="relay")).id)

    campaign = deliver(store, folder, sender := RecordingSender(), clock=clock, rate_policy=policy)
    assert [1, 2] == [message.sequence for message in sender.accepted]
    assert "rate limit: more can be sent from 2026-03-02 13:01 UTC" == campaign.reason
    clock.advance(timedelta(hours=1, minutes=1))
    assert "sent" == deliver(store, folder, sender, clock=clock, rate_policy=policy).state.value


def test_nobody_receives_the_same_twice(store: Store, tmp_path: Path) -> None:
    """A campaign that is sent from the outbox counts as sent to all its recipients, and the other way round."""
    recipients = make_recipients(2)
    service = make_service(store, sender=(writer := OutboxSender(tmp_path)))
    plan = make_plan(recipients=recipients, delivers_mail=False, sender="outbox")
    folders = []
    for _ in range(2):
        with writer:
            written = service.send(service.create(plan).id)
        folders.append(Path(str(written.outbox)))
    use_sender(service, RecordingSender())
    deliver(store, folders[0], RecordingSender(), limit=1)

    with pytest.raises(StateError, match=f"{folders[0].name}-sent .* sends this edition"):
        service.create(make_plan(recipients=recipients[1:]))
    with pytest.raises(StateError, match=f"{folders[0].name}-sent .* sends this edition"):
        deliver(store, folders[1], RecordingSender())
    deliver(store, folders[1], again := RecordingSender(), allow_repeat=True)
    assert 2 == len(again.accepted)


def test_a_test_copy_may_be_repeated(store: Store, tmp_path: Path) -> None:
    """What was written as a test does not count as sent."""
    service = make_service(store, sender=(writer := OutboxSender(tmp_path)))
    plan = make_plan(
        recipients=make_recipients(1),
        delivers_mail=False,
        kind=CampaignKind.TEST,
        sender="outbox",
    )
    with writer:
        written = service.send(service.create(plan).id)
    deliver(store, Path(str(written.outbox)), RecordingSender())
    service.create(make_plan(recipients=make_recipients(1)))


def test_a_worker_sends_deferred_messages_again(store: Store, folder: Path) -> None:
    """A campaign from the outbox with deferred messages continues in a worker, without new recipients."""
    clock = ManualClock(NOON)
    campaign = deliver(store, folder, answering(m2=DeliveryState.DEFERRED), clock=clock)
    assert "sending" == campaign.state.value and campaign.next_attempt_at is not None
    service = make_service(store, sender=(sender := RecordingSender()), clock=clock)
    with pytest.raises(StateError, match="no recipients can be added"):
        service.resume(campaign.id, scope=RetryScope.ADDED)
    clock.advance(timedelta(hours=1))
    resume_with_worker(service, campaign.id)
    assert [2] == [message.sequence for message in sender.accepted]
    assert "sent" == service.get(campaign.id).state.value


def resume_with_worker(service: CampaignService, campaign_id: str) -> None:
    """Resume a campaign while a worker is alive, and let the worker do what is due."""
    with service.start_worker("one", stop=Event(), stale_after=timedelta(hours=12)) as worker:
        assert "sending" == service.resume(campaign_id).state.value
        worker.run(once=True)


def test_a_cancelled_campaign_is_not_sent(store: Store, folder: Path) -> None:
    """What was not sent by then is skipped."""
    campaign = deliver(store, folder, RecordingSender(), limit=1)
    make_service(store).cancel(campaign.id)
    with pytest.raises(StateError, match="it is cancelled"):
        deliver(store, folder, sender := RecordingSender())
    assert [] == sender.attempted
    assert ["accepted", "skipped", "skipped", "skipped"] == list_states(store, folder)
