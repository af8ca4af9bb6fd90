"""The ask as a theme's template receives it; these classes are part of the contract in `docs/reference/themes.md`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.models.article import Block
from pipeline.rendering.appeal.appeal_text import Ask, Progress, Said, Wording
from pipeline.rendering.html import Html


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """A button: its words and its address, both ready to print."""

    label: Html
    url: Html


@dataclass(frozen=True, kw_only=True, slots=True)
class GoalBlock:
    """
    A goal and how far it has been reached.

    Args:
        said: `£6,200 of £10,000 raised`.
        share: Of a hundred, for the bar; *percent* says the same in words.
    """

    said: Html
    share: int
    percent: Html


@dataclass(frozen=True, kw_only=True, slots=True)
class AppealBlock:
    """
    One wording of an ask.

    Args:
        blocks: An appeal found in the article, as prose; then heading, paragraphs and bullets are empty.
        goal: How far the goal has been reached, null without one.
        until: The deadline in words.
        once: Amount buttons for one gift; *monthly* for one each month.
        button: The main button, null without a link.
        warning: That a tap on an amount makes the gift at once; set it where nobody overlooks it.
        is_muted: Set it calmly.
    """

    heading: Html
    paragraphs: tuple[Html, ...]
    bullets: tuple[Html, ...]
    blocks: Html
    match: Html
    goal: GoalBlock | None
    until: Html
    once: tuple[Button, ...]
    monthly: tuple[Button, ...]
    button: Button | None
    warning: Html
    disclosure: Html
    is_muted: bool

    @property
    def needed(self) -> tuple[Html, ...]:
        """What a template must print; how many of the amount buttons it shows is its own affair."""
        main = (self.button.label, self.button.url) if self.button else ()
        goal = (self.goal.said,) if self.goal else ()
        words = (self.heading, *self.paragraphs, *self.bullets, self.blocks, self.match, *goal)
        return (*words, self.until, *main, self.warning, self.disclosure)


def set_block(
    wording: Wording,
    *,
    html: Callable[[str], Html],
    with_fields: Callable[[str], str],
    href: Callable[[str], Html],
    prose: Callable[[tuple[Block, ...]], str],
) -> AppealBlock:
    """
    Return *wording* as finished HTML.

    Args:
        html: Holds finished HTML for a template.
        with_fields: Escapes words of the publication's own, in which fields are recognised.
        href: Escapes an address.
        prose: Sets blocks of the article.
    """

    def said(words: str | Said | None) -> Html:
        return html(words.html if isinstance(words, Said) else with_fields(words or ""))

    def button(ask: Ask) -> Button:
        return Button(label=said(ask.label), url=href(ask.url))

    def goal(progress: Progress) -> GoalBlock:
        percent = said(progress.percent)
        return GoalBlock(said=said(progress.said), share=progress.share, percent=percent)

    example = wording.example.html if wording.example else ""
    return AppealBlock(
        heading=said(wording.heading),
        paragraphs=tuple(map(said, wording.paragraphs)),
        bullets=tuple(map(said, wording.bullets)),
        blocks=html(prose(wording.blocks)),
        match=html(" ".join(filter(None, (with_fields(wording.match), example)))),
        goal=goal(wording.progress) if wording.progress else None,
        until=said(wording.until),
        once=tuple(map(button, wording.once)),
        monthly=tuple(map(button, wording.monthly)),
        button=button(wording.button) if wording.button else None,
        warning=said(wording.warning),
        disclosure=said(wording.disclosure),
        is_muted=wording.is_muted,
    )
