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
    donate: str = "Donate"
    until_day: str = "Until {date} ({zone})"
    until_time: str = "Until {date}, {time} ({zone})"
    zone: str = "{city} time"
    becomes: str = "{amount} becomes {total}."
    raised: str = "{raised} of {goal} raised"
    raised_all: str = "{raised} raised, more than the {goal} we asked for"
    charged_at_once: str = (
        "If your payment details are saved with {processor}, a tap on an amount gives it at once."
    )
    charged_at_once_somewhere: str = (
        "If your payment details are saved there, a tap on an amount gives it at once."
    )
    why: str = "You receive this letter because you signed up for {publication}."
    unsubscribe: str = "Unsubscribe"


ENGLISH = Words()
