"""What is stored about somebody, as sections of a page that they can read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from pipeline.gifts.amounts import format_minor
from pipeline.models.delivery import DeliveryState
from pipeline.models.event import Event, EventKind, StoredEvent
from pipeline.models.subscriber import Subscriber
from pipeline.subscribers.subscriber_details import SubscriberDetails
from pipeline.web.public.page_writer import PageTexts

#: As `SubscriberDetails.deliveries` names them.
_SENT = frozenset(
    {state.value for state in DeliveryState if state.counted_as is DeliveryState.ACCEPTED}
    | {DeliveryState.UNCERTAIN.value, "written to the outbox"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DataRow:
    """One line: what it is, and its value."""

    label: Markup
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DataSection:
    """Lines below a heading, None for the first ones."""

    title: Markup | None
    rows: Sequence[DataRow]


def describe_data(details: SubscriberDetails, texts: PageTexts) -> list[DataSection]:
    """Return everything in *details*, in the language of *texts*."""
    gifts = list(_describe_gifts(details, texts))
    return [
        DataSection(title=None, rows=list(_describe_person(details, texts))),
        DataSection(title=texts.text("data_sent"), rows=list(_describe_sent(details, texts))),
        # without gifts it may only be that nothing is known
        *([DataSection(title=texts.text("data_gifts"), rows=gifts)] if gifts else []),
        DataSection(title=texts.text("data_events"), rows=list(_describe_events(details, texts))),
    ]


def _describe_person(details: SubscriberDetails, texts: PageTexts) -> Iterator[DataRow]:
    if subscriber := details.subscriber:
        yield from _describe_subscriber(subscriber, texts)
    if details.former_addresses:
        yield _row(texts, "data_former", ", ".join(details.former_addresses))
    for each in details.requests:
        if each["recipient"]:
            at = texts.format_date(datetime.fromisoformat(str(each["at"])))
            yield _row(
                texts,
                "change_address" if each["kind"] != "data" else "data",
                f"{at}: {each['recipient']}",
            )
    if suppression := details.suppression:
        at = texts.format_date(suppression.created_at)
        yield _row(texts, "data_suppressed", f"{at} ({suppression.reason})")


def _describe_subscriber(subscriber: Subscriber, texts: PageTexts) -> Iterator[DataRow]:
    consent = subscriber.consent
    given_at = texts.format_date(consent.at) if consent.at else ""
    paused_until = subscriber.paused_until
    values = {
        "data_address": subscriber.address.email,
        "data_name": subscriber.address.name,
        "data_language": subscriber.language,
        "data_zone": subscriber.zone,
        "lists": ", ".join(subscriber.lists),
        "data_left": ", ".join(subscriber.unsubscribed_lists),
        "data_tags": ", ".join(subscriber.tags),
        "data_consent": ", ".join(filter(None, (given_at, consent.method, consent.source))),
        "data_since": texts.format_date(subscriber.created_at),
        "pause_until": texts.format_date(paused_until) if paused_until else "",
    }
    for name, value in values.items():
        if value:
            yield _row(texts, name, value)
    if subscriber.unsubscribed_at:
        label = texts.text("left_all")
        yield DataRow(label=label, value=texts.format_date(subscriber.unsubscribed_at))
    for name, value in subscriber.attributes.items():
        yield DataRow(label=Markup.escape(name), value=value)


def _describe_sent(details: SubscriberDetails, texts: PageTexts) -> Iterator[DataRow]:
    for each in details.deliveries:
        at = texts.format_date(datetime.fromisoformat(each["at"]))
        state = texts.plain("page_sent_yes" if each["state"] in _SENT else "page_sent_no")
        yield DataRow(label=Markup.escape(at), value=f"{each['subject']} ({state})")


def _describe_gifts(details: SubscriberDetails, texts: PageTexts) -> Iterator[DataRow]:
    for each in details.gifts:
        at = texts.format_date(datetime.fromisoformat(each["at"]))
        kept = format_minor(each["amount"] - each["refunded"], each["currency"])
        how = texts.plain("give_monthly" if each["frequency"] == "monthly" else "give_once")
        yield DataRow(label=Markup.escape(at), value=f"{kept} ({how})")


def _describe_events(details: SubscriberDetails, texts: PageTexts) -> Iterator[DataRow]:
    for each in details.events:
        at = texts.format_date(each.event.at)
        yield DataRow(label=Markup.escape(at), value=_describe_event(each, texts))


def _describe_event(stored: StoredEvent, texts: PageTexts) -> str:
    event: Event = stored.event
    kind = texts.plain(f"page_event_{event.kind.value.replace('-', '_')}")
    code = event.enhanced_code or (str(event.code) if event.code else "")
    text = event.text
    if event.kind is EventKind.PAUSED and text:
        text = texts.format_date(datetime.fromisoformat(text))
    more = ", ".join(filter(None, (event.list_name, code, text)))
    return f"{kind}: {more}" if more else kind


def _row(texts: PageTexts, name: str, value: str) -> DataRow:
    return DataRow(label=texts.text(name), value=value)
