"""A sign-up: what a visitor or the owner asked for, and what is known of it since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from pipeline.models.address import Address
from pipeline.subscribers.signups import signup_queries
from pipeline.subscribers.signups.signup_queries import SignupMessage


@dataclass(frozen=True, kw_only=True, slots=True)
class SignupRequest:
    """
    What a visitor sent by a form.

    Args:
        page: The address of the page that the form was on.
        page_text: The words that were shown.
        client: The IP address of the visitor.
        form: Identifies the form that was shown.
        is_proven: Whether it has a proof of work.
    """

    list_name: str
    address: Address
    language: str | None
    page: str
    page_text: str
    client: str
    form: str
    is_proven: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Signup:
    """
    One sign-up.

    Args:
        message: What is sent, None until that is decided.
    """

    number: int
    list_name: str
    address: Address
    language: str | None
    message: SignupMessage | None
    is_sent: bool
    is_confirmed: bool
    is_declined: bool
    identity: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandSignup:
    """
    What becomes of a sign-up by a command.

    Args:
        number: Of the sign-up, None if nothing is sent.
        reason: Why nothing is sent, or what is.
    """

    number: int | None
    reason: str


def read_signup(row: Row[Any]) -> Signup:  # Any: columns of the table
    """Return the sign-up in *row*."""
    return Signup(
        number=row.number,
        list_name=row.list_name,
        address=Address(email=row.email, name=row.name),
        language=row.language,
        message=SignupMessage(row.message) if row.message else None,
        is_sent=row.sent_at is not None,
        is_confirmed=row.confirmed_at is not None,
        is_declined=row.declined_at is not None,
        identity=signup_queries.identify(row),
    )
