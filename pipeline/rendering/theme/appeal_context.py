"""The appeal as a theme's template receives it; these classes are part of the contract in docs/reference/themes.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from pipeline.markup import count_columns, escape_html
from pipeline.models.article import Block
from pipeline.models.edition import FieldContext
from pipeline.rendering.appeal.appeal_text import (
    AmountsText,
    AppealText,
    ButtonText,
    GoalText,
    LocalizedText,
)
from pipeline.rendering.html.fragments import FragmentBuilder, HtmlFragment
from pipeline.rendering.html.inline_html import InlineHtmlWriter
from pipeline.rendering.locales import find_main_direction

#: The most columns of a label by how many buttons are side by side: about 9 pixels each, in 248 of a 320 pixel window.
_MAX_COLUMNS = {5: 4, 4: 5, 3: 8, 2: 12, 1: 999}


class BlockHtmlWriter(Protocol):
    """Writes blocks of an article as HTML, for an email or for the web."""

    inline: InlineHtmlWriter

    def write_appeal(self, blocks: Iterable[Block]) -> str:
        """Return the *blocks* of an appeal as HTML."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ButtonContext:
    """
    A button.

    Args:
        name: What a screen reader says in place of the label, for an `aria-label`; None if the label says it all.
        is_suggested: It stands out among the others.
    """

    label: HtmlFragment
    url: HtmlFragment
    name: HtmlFragment | None = None
    is_suggested: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AmountsContext:
    """
    The amounts that are given once, or every month.

    Args:
        rows: As many in each as fit side by side on a phone.
    """

    label: HtmlFragment
    rows: tuple[tuple[ButtonContext, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class GoalContext:
    """
    A goal and the progress towards it.

    Args:
        text: `£6,200 of £10,000 raised`.
        percent: 0 to 100, for the bar; *percent_text* is the same in the email's language.
    """

    text: HtmlFragment
    percent: int
    percent_text: HtmlFragment


@dataclass(frozen=True, kw_only=True, slots=True)
class AppealContext:
    """
    One variant of an appeal.

    Args:
        name: What a screen reader calls the region, for an `aria-label`.
        blocks: An appeal found in the article, as HTML; heading, paragraphs and bullets are then empty.
        goal: The progress towards the goal, None without one.
        until: The deadline.
        amounts: Monthly ones first.
        button: The button without an amount, None without a URL. Where there are amounts, it is a link below them.
        warning: That tapping an amount donates immediately; show it where nobody overlooks it.
        is_muted: Show it without emphasis.
        introduces_bullets: The bullets must follow the paragraphs, which end with a colon.
        direction: Of its bullets, "" for that of the email.
    """

    name: HtmlFragment
    heading: HtmlFragment
    paragraphs: tuple[HtmlFragment, ...]
    bullets: tuple[HtmlFragment, ...]
    blocks: HtmlFragment
    match: HtmlFragment
    goal: GoalContext | None
    until: HtmlFragment
    amounts: tuple[AmountsContext, ...]
    button: ButtonContext | None
    warning: HtmlFragment
    disclosure: HtmlFragment
    is_muted: bool
    introduces_bullets: bool
    direction: str

    @property
    def required(self) -> tuple[HtmlFragment, ...]:
        """What a template must print; it may show as many amount buttons as it likes."""
        button = (self.button.label, self.button.url) if self.button else ()
        goal = (self.goal.text,) if self.goal else ()
        content = (self.heading, *self.paragraphs, *self.bullets, self.blocks, self.match, *goal)
        return (*content, self.until, *button, self.warning, self.disclosure)


@dataclass(frozen=True, slots=True)
class AppealContextBuilder:
    """Turns the appeals of one email into finished HTML."""

    fragments: FragmentBuilder
    article: BlockHtmlWriter

    def build(self, appeal: AppealText) -> AppealContext:
        """Return *appeal* as a template receives it."""
        own = appeal.language
        build_block = partial(self._build_text, language=own, is_block=True)
        return AppealContext(
            name=self._build_name(appeal),
            heading=build_block(appeal.heading),
            paragraphs=tuple(map(build_block, appeal.paragraphs)),
            bullets=tuple(self._build_text(bullet, language=own) for bullet in appeal.bullets),
            blocks=self.fragments.from_html(self.article.write_appeal(appeal.blocks)),
            match=self._build_match(appeal),
            goal=self._build_goal(appeal.goal) if appeal.goal else None,
            until=self._build_text(appeal.until),
            amounts=tuple(map(self._build_amounts, appeal.amounts)),
            button=self._build_button(appeal.button, own) if appeal.button else None,
            warning=self._build_text(appeal.warning),
            disclosure=build_block(appeal.disclosure),
            is_muted=appeal.is_muted,
            introduces_bullets=appeal.introduces_bullets,
            direction=self._get_direction(appeal),
        )

    def _get_direction(self, appeal: AppealText) -> str:
        """Return the direction of the publication's own texts if it is not that of the email, or ""."""
        direction = find_main_direction(" ".join(appeal.configured)) or ""
        return "" if direction == self.fragments.direction else direction

    def _build_text(
        self,
        text: str | LocalizedText | None,
        *,
        language: str | None = None,
        is_block: bool = False,
    ) -> HtmlFragment:
        if isinstance(text, LocalizedText):
            return self.fragments.from_html(text.html)
        html = self.fragments.replace_fields(text or "", language=language, is_block=is_block)
        return self.fragments.from_html(html if text else "")

    def _build_match(self, appeal: AppealText) -> HtmlFragment:
        """Return the match and its example, which is in the language of the email: no sentence runs into another."""
        example = appeal.match_example.html if appeal.match_example else ""
        own = appeal.language
        match = self.fragments.replace_fields(appeal.match, language=own, is_block=True)
        between = "<br>" if own else " "
        if "display:block" in match:  # it ends its line, except in classic Outlook
            between = "<!--[if mso]><br><![endif]-->"
        return self.fragments.from_html(
            between.join(filter(None, (match if appeal.match else "", example)))
        )

    def _build_name(self, appeal: AppealText) -> HtmlFragment:
        """Return the heading, or "Support us" without one."""
        if not appeal.heading:
            return self.fragments.from_text(self.article.inline.translations.appeal)
        html = self.fragments.stash.replace_fields(
            appeal.heading, escape_html, FieldContext.HTML_ATTRIBUTE
        )
        return self.fragments.from_html(html)

    def _build_amounts(self, amounts: AmountsText) -> AmountsContext:
        buttons = tuple(map(self._build_button, amounts.buttons))
        return AmountsContext(
            label=self._build_text(amounts.label),
            rows=_split_rows(buttons, max(map(_count_label_columns, amounts.buttons))),
        )

    def _build_button(self, button: ButtonText, language: str | None = None) -> ButtonContext:
        return ButtonContext(
            label=self._build_text(button.label, language=language),
            url=self.fragments.from_url(button.url),
            name=self.fragments.from_text(button.name.text) if button.name else None,
            is_suggested=button.is_suggested,
        )

    def _build_goal(self, goal: GoalText) -> GoalContext:
        percent_text = self._build_text(goal.percent_text)
        return GoalContext(
            text=self._build_text(goal.text), percent=goal.percent, percent_text=percent_text
        )


def _count_label_columns(button: ButtonText) -> int:
    label = button.label.text if isinstance(button.label, LocalizedText) else button.label
    return count_columns(label)


def _split_rows(
    buttons: tuple[ButtonContext, ...], columns: int
) -> tuple[tuple[ButtonContext, ...], ...]:
    """
    Return *buttons* in rows of about the same length that fit the smallest screens.

    Args:
        columns: Of the longest label, as a terminal counts them.
    """
    most = next(number for number, limit in _MAX_COLUMNS.items() if columns <= limit)
    row_count = -(-len(buttons) // most)
    size = -(-len(buttons) // row_count)
    return tuple(buttons[start : start + size] for start in range(0, len(buttons), size))
