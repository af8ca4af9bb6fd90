"""Check what a sender returns: a plug-in may return anything."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from datetime import timedelta

from pipeline.models.delivery import DeliveryState, Receipt
from pipeline.senders.server_text import (
    MAX_ID_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    clean_server_id,
    clean_server_text,
)

_RECEIPT_STATES = frozenset(
    {
        DeliveryState.ACCEPTED,
        DeliveryState.REFUSED,
        DeliveryState.DEFERRED,
        DeliveryState.UNCERTAIN,
    }
)
_STATES = {each: each for each in _RECEIPT_STATES} | {each.value: each for each in _RECEIPT_STATES}
_MAX_RETRY_AFTER = timedelta(days=7)
_MAX_CODE_CHARACTERS = 20


class InvalidReceipt(ValueError):
    """What a sender returned is no receipt for a message that it has."""


def check_receipt(value: object, *, in_flight: Container[int]) -> Receipt:
    """
    Return *value* as it can be stored: text cleaned, and what has another type than documented left out.

    Raises:
        InvalidReceipt: It is no receipt, or not for one of the messages *in_flight*.
    """
    if not isinstance(value, Receipt):
        raise InvalidReceipt(f"returned {_describe(value)} instead of a receipt")
    sequence = value.sequence
    if not isinstance(sequence, int) or isinstance(sequence, bool) or sequence not in in_flight:
        raise InvalidReceipt(
            f"returned a receipt for {_describe(sequence)}, a message it does not have"
        )
    if _is_clean(value):  # nearly always; saves a tenth of the time of a message
        return value
    return replace(
        value,
        state=_find_state(value.state),
        code=value.code if type(value.code) is int and 0 <= value.code < 1000 else None,
        enhanced_code=_text(value.enhanced_code)[:_MAX_CODE_CHARACTERS] or None,
        response=_text(value.response),
        provider_id=_id(value.provider_id) or None,
        retry_after=_duration(value.retry_after),
        is_address_failure=value.is_address_failure is True,
    )


def describe_state(value: object) -> str | None:
    """Return what is wrong with the state of a receipt, None if nothing is."""
    state = value.state if isinstance(value, Receipt) else None
    is_unknown = _find_state(state) is DeliveryState.UNCERTAIN
    if is_unknown and state not in (DeliveryState.UNCERTAIN, DeliveryState.UNCERTAIN.value):
        return f"returned a receipt with the state {_describe(state)}"
    return None


def _is_clean(receipt: Receipt) -> bool:
    """Whether *receipt* can be stored as it is."""
    provider_id = receipt.provider_id
    return (
        type(receipt.state) is DeliveryState
        and receipt.state in _RECEIPT_STATES
        and (receipt.code is None or type(receipt.code) is int)
        and (
            receipt.enhanced_code is None or _is_short(receipt.enhanced_code, _MAX_CODE_CHARACTERS)
        )
        and _is_short(receipt.response, MAX_TEXT_CHARACTERS)
        and (provider_id is None or _is_short(provider_id, MAX_ID_CHARACTERS))
        and receipt.retry_after is None
        and type(receipt.is_address_failure) is bool
    )


def _is_short(text: object, limit: int) -> bool:
    return type(text) is str and len(text) <= limit and text.isprintable()


def _find_state(state: object) -> DeliveryState:
    """Return *state*, also if it is written as text; a state that no receipt can have is uncertain."""
    try:
        return _STATES.get(state, DeliveryState.UNCERTAIN)  # type: ignore[call-overload,no-any-return]
    except TypeError:  # a list, for example
        return DeliveryState.UNCERTAIN


def _text(value: object) -> str:
    if value is None:
        return ""
    return clean_server_text(value if isinstance(value, str) else _describe(value))


def _id(value: object) -> str:
    return clean_server_id(
        value if isinstance(value, str) else "" if value is None else _describe(value)
    )


def _duration(value: object) -> timedelta | None:
    if not isinstance(value, timedelta):
        return None
    return min(max(value, timedelta()), _MAX_RETRY_AFTER)


def _describe(value: object) -> str:
    try:
        return clean_server_text(str(value), limit=80)
    except Exception:  # its own __str__ may fail
        return type(value).__name__
