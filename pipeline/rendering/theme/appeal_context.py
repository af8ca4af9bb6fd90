"""The appeal as a theme's template receives it; these classes are part of the contract in docs/reference/themes.md."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.rendering.appeal.appeal_text import AppealText, ButtonText, GoalText, LocalizedText
from pipeline.rendering.html.article_html import ArticleHtmlWriter
from pipeline.rendering.html.fragments import FragmentBuilder, HtmlFragment


@dataclass(frozen=True, kw_only=True, slots=True)
class ButtonContext:
    """A button."""

    label: HtmlFragment
    url: HtmlFragment


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
        blocks: An appeal found in the article, as HTML; heading, paragraphs and bullets are then empty.
        goal: The progress towards the goal, None without one.
        until: The deadline.
        once: Amount buttons for single gifts; *monthly* for monthly ones.
        button: The main button, None without a URL.
        warning: That tapping an amount donates immediately; show it where nobody overlooks it.
        is_muted: Show it without emphasis.
    """

    heading: HtmlFragment
    paragraphs: tuple[HtmlFragment, ...]
    bullets: tuple[HtmlFragment, ...]
    blocks: HtmlFragment
    match: HtmlFragment
    goal: GoalContext | None
    until: HtmlFragment
    once: tuple[ButtonContext, ...]
    monthly: tuple[ButtonContext, ...]
    button: ButtonContext | None
    warning: HtmlFragment
    disclosure: HtmlFragment
    is_muted: bool

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
    article: ArticleHtmlWriter

    def build(self, appeal: AppealText) -> AppealContext:
        """Return *appeal* as a template receives it."""
        example = appeal.match_example.html if appeal.match_example else ""
        match = (self.fragments.replace_fields(appeal.match), example)
        return AppealContext(
            heading=self._build_text(appeal.heading),
            paragraphs=tuple(map(self._build_text, appeal.paragraphs)),
            bullets=tuple(map(self._build_text, appeal.bullets)),
            blocks=self.fragments.from_html(self.article.write_appeal(appeal.blocks)),
            match=self.fragments.from_html(" ".join(filter(None, match))),
            goal=self._build_goal(appeal.goal) if appeal.goal else None,
            until=self._build_text(appeal.until),
            once=tuple(map(self._build_button, appeal.once)),
            monthly=tuple(map(self._build_button, appeal.monthly)),
            button=self._build_button(appeal.button) if appeal.button else None,
            warning=self._build_text(appeal.warning),
            disclosure=self._build_text(appeal.disclosure),
            is_muted=appeal.is_muted,
        )

    def _build_text(self, text: str | LocalizedText | None) -> HtmlFragment:
        if isinstance(text, LocalizedText):
            return self.fragments.from_html(text.html)
        return self.fragments.from_html(self.fragments.replace_fields(text or ""))

    def _build_button(self, button: ButtonText) -> ButtonContext:
        label, url = self._build_text(button.label), self.fragments.from_url(button.url)
        return ButtonContext(label=label, url=url)

    def _build_goal(self, goal: GoalText) -> GoalContext:
        percent_text = self._build_text(goal.percent_text)
        return GoalContext(
            text=self._build_text(goal.text), percent=goal.percent, percent_text=percent_text
        )
