"""The words Handbill itself says in a mail."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """Interface words; `{…}` is filled in by the renderer."""

    notes: str = "Notes"
    note: str = "Note {number}"
    back: str = "Back\u00a0to\u00a0text"
    read_online: str = "Read this online"
    picture: str = "Picture"
    once: str = "Give once"
    monthly: str = "Give every month"
    a_month: str = "{amount} a month"
    why: str = "You receive this letter because you signed up for {publication}."
    unsubscribe: str = "Unsubscribe"


ENGLISH = Words()
