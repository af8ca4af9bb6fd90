"""Goals whose sum is counted from the gifts: what stands for them in an edition, and what replaces it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from pipeline.models.edition import CONSTANT_PREFIX, Edition, FieldContext
from pipeline.models.issue import Goal
from pipeline.rendering.appeal.appeal_text import (
    GoalText,
    LivePercent,
    LocalizedText,
    format_goal,
    format_percent_in_brackets,
)
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.placeholder_stash import PlaceholderStash

_GOAL = f"{CONSTANT_PREFIX}goal"


@dataclass(frozen=True, kw_only=True, slots=True)
class LiveGoal:
    """
    A goal whose sum is counted.

    Args:
        minor: The goal, in minor units of *currency*.
        since: The first day whose gifts count, None for all.
    """

    currency: str
    minor: int
    since: date | None

    def get_name(self, part: str) -> str:
        """Return the name of the field for the "text", the "line" of the text part or the "percent"."""
        return f"{_GOAL}:{self.currency}:{self.minor}:{self.since or ''}:{part}"


def make_live(goal: Goal, currency: str, text: GoalText, stash: PlaceholderStash) -> GoalText:
    """Return *text* with fields for what is known when the email is sent; its own words are what checks see."""
    live = LiveGoal(currency=currency, minor=goal.minor, since=goal.since)

    def add(part: str, sample: str, context: FieldContext) -> str:
        return stash.add_field(live.get_name(part), sample, context)

    line = text.text.text + format_percent_in_brackets(text)
    html = add("text", text.text.text, FieldContext.HTML_TEXT)
    return replace(
        text,
        text=LocalizedText(html=html, text=add("line", line, FieldContext.TEXT)),
        percent=LivePercent.standing_for(add("percent", "50", FieldContext.HTML_ATTRIBUTE)),
        percent_text="",
    )


def list_live_goals(edition: Edition) -> list[LiveGoal]:
    """Return the goals of *edition* whose sum is counted, each once."""
    goals: dict[LiveGoal, None] = {}
    for field in edition.fields:
        if field.name.startswith(f"{_GOAL}:"):
            _, _, currency, minor, since, _ = field.name.split(":")
            day = date.fromisoformat(since) if since else None
            goals[LiveGoal(currency=currency, minor=int(minor), since=day)] = None
    return list(goals)


def format_live_goals(
    edition: Edition, translations: Translations, count: Callable[[LiveGoal], int]
) -> dict[str, str]:
    """
    Return the values of the fields of goals.

    Args:
        count: Returns what was raised, in minor units.
    """
    values = {}
    for live in list_live_goals(edition):
        goal = Goal(minor=live.minor, raised_minor=max(count(live), 0))
        text = format_goal(goal, live.currency, edition.language, translations)
        values[live.get_name("text")] = text.text.text
        values[live.get_name("line")] = text.text.text + format_percent_in_brackets(text)
        values[live.get_name("percent")] = str(text.percent)
    return values
