"""The content of an appeal as text that the HTML and the text part share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePath

from pipeline.donation_links import PROCESSORS
from pipeline.markup import escape_html, slugify, split_paragraphs, to_single_line
from pipeline.models.article import Block
from pipeline.models.issue import Appeal, AppealAmount, Frequency, Goal, Issue, Position
from pipeline.models.reference_code import UNKNOWN_ISSUE, IssueIdentity
from pipeline.rendering.appeal.button_codes import Gift
from pipeline.rendering.appeal.button_links import build_donation_url
from pipeline.rendering.appeal.localized_formats import (
    describe_deadline,
    format_amount,
    format_amounts,
    format_percent,
)
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.part_language import find_configured_language

#: The interface text above the amounts of each frequency, in the order of the rows.
_AMOUNT_LABELS = {Frequency.MONTHLY: "give_monthly", Frequency.ONCE: "give_once"}


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalizedText:
    """Interface text with its values filled in, for both parts."""

    html: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ButtonText:
    """
    The label and URL of one button.

    Args:
        name: What a screen reader says, "Give £5 every month"; None if the label says it all.
    """

    label: str | LocalizedText
    url: str
    name: LocalizedText | None = None
    is_suggested: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AmountsText:
    """
    The amounts that are given once, or every month.

    Args:
        label: "Give every month".
        listed: `£3, £5, or £10`.
        url: Where the donor chooses an amount.
    """

    label: LocalizedText
    buttons: tuple[ButtonText, ...]
    listed: str
    url: str


class LivePercent(int):
    """A percentage that is not known yet: it compares as 50, and prints what stands for it."""

    placeholder: str

    @classmethod
    def standing_for(cls, placeholder: str) -> LivePercent:
        """Return one that prints *placeholder*."""
        percent = cls(50)
        percent.placeholder = placeholder
        return percent

    def __str__(self) -> str:
        return self.placeholder

    def __html__(self) -> str:
        return self.placeholder

    def __format__(self, spec: str) -> str:
        return self.placeholder


@dataclass(frozen=True, kw_only=True, slots=True)
class GoalText:
    """
    The progress towards a goal.

    Args:
        text: `£6,200 of £10,000 raised`.
        percent: 0 to 100; 0 only if nothing was raised, 100 only if all was.
        percent_text: The same in the email's language; empty past the goal.
    """

    text: LocalizedText
    percent: int
    percent_text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AppealText:
    """
    An appeal at one position; the publication's own texts may have fields, every attribute may be empty.

    Args:
        match_example: What a gift becomes with its match.
        until: The deadline.
        amounts: Monthly ones first.
        button: The button without an amount.
        warning: That an amount's link donates immediately.
        is_muted: Whether it is shown without emphasis.
        language: Of the publication's own texts, None if it is that of the email.
    """

    heading: str = ""
    paragraphs: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    match: str = ""
    match_example: LocalizedText | None = None
    goal: GoalText | None = None
    until: LocalizedText | None = None
    amounts: tuple[AmountsText, ...] = ()
    button: ButtonText | None = None
    warning: LocalizedText | None = None
    disclosure: str = ""
    is_muted: bool = False
    language: str | None = None

    @property
    def configured(self) -> tuple[str, ...]:
        """The publication's own texts."""
        label = self.button.label if self.button else ""
        texts = (self.heading, *self.paragraphs, *self.bullets, self.match, self.disclosure)
        return (*texts, label if isinstance(label, str) else "")

    @property
    def introduces_bullets(self) -> bool:
        """Whether the paragraphs end with a colon, so that the bullets must follow them."""
        return bool(self.paragraphs) and self.paragraphs[-1].endswith((":", "："))


@dataclass(frozen=True, kw_only=True, slots=True)
class AppealFormatter:
    """
    Formats the appeals of one issue.

    Args:
        language: Of the email; the publication's own texts are in *publication_language* unless they look otherwise.
        timezone: IANA name of the time zone deadlines are shown in.
        campaign: What the publication's web analytics call the email.
        identity: What the reference codes of links are made from.
    """

    language: str
    timezone: str
    translations: Translations
    campaign: str
    identity: IssueIdentity = UNKNOWN_ISSUE
    publication_language: str = ""

    @classmethod
    def from_issue(cls, issue: Issue, translations: Translations) -> AppealFormatter:
        """Return the formatter for *issue*."""
        article = issue.article
        return cls(
            language=issue.language,
            timezone=issue.publication.timezone,
            translations=translations,
            campaign=slugify(article.title or "") or slugify(PurePath(article.location).stem),
            identity=issue.identity,
            publication_language=issue.publication.language,
        )

    def format(self, appeal: Appeal, position: Position) -> AppealText:
        """Return the text of *appeal* at *position* before its deadline."""
        content = AppealText(
            heading=appeal.heading,
            paragraphs=tuple(split_paragraphs(appeal.text)),
            bullets=appeal.bullets,
            blocks=appeal.blocks,
            match=appeal.match,
            match_example=self._format_match_example(appeal),
            goal=format_goal(appeal.goal, appeal.currency, self.language, self.translations)
            if appeal.goal
            else None,
            until=self._format_deadline(appeal),
            amounts=tuple(self._format_amounts(appeal, position)),
            button=self._format_button(appeal, position),
            warning=self._format_warning(appeal),
            disclosure=to_single_line(appeal.disclosure),
            is_muted=appeal.is_muted,
        )
        return self._set_language(content)

    def format_after_deadline(self, appeal: Appeal) -> AppealText | None:
        """Return the text that replaces *appeal* after its deadline, None for nothing."""
        paragraphs = tuple(split_paragraphs(appeal.after_deadline))
        if not paragraphs:
            return None
        return self._set_language(AppealText(paragraphs=paragraphs, is_muted=True))

    def _set_language(self, appeal: AppealText) -> AppealText:
        own = find_configured_language(
            appeal.configured, self.language, self.publication_language or self.language
        )
        return replace(appeal, language=own)

    def _format_amounts(self, appeal: Appeal, position: Position) -> Iterator[AmountsText]:
        """Yield the amounts of each frequency, in the order given; none without a URL."""
        for frequency, name in _AMOUNT_LABELS.items():
            amounts = [each for each in appeal.amounts if each.frequency is frequency]
            if amounts and appeal.url:
                gift = frequency if frequency is Frequency.MONTHLY else None
                yield AmountsText(
                    label=self._translate(name),
                    buttons=tuple(
                        self._format_amount_button(amount, appeal, position) for amount in amounts
                    ),
                    listed=format_amounts(
                        [amount.minor for amount in amounts], appeal.currency, self.language
                    ),
                    url=self._build_url(appeal, position, gift),
                )

    def _format_amount_button(
        self, amount: AppealAmount, appeal: Appeal, position: Position
    ) -> ButtonText:
        text = format_amount(amount.minor, appeal.currency, self.language)
        return ButtonText(
            label=LocalizedText(html=escape_html(text), text=text),
            name=self._translate(f"{_AMOUNT_LABELS[amount.frequency]}_amount", amount=text),
            url=self._build_url(appeal, position, amount),
            is_suggested=amount.is_suggested,
        )

    def _format_button(self, appeal: Appeal, position: Position) -> ButtonText | None:
        default = "other_amount" if appeal.amounts else "donate"
        label = self._translate(default) if appeal.button is None else appeal.button
        if not (appeal.url and label):
            return None
        return ButtonText(label=label, url=self._build_url(appeal, position))

    def _build_url(self, appeal: Appeal, position: Position, gift: Gift | None = None) -> str:
        return build_donation_url(
            appeal, position, gift, campaign=self.campaign, identity=self.identity
        )

    def _format_amount(self, minor: int, amount: AppealAmount, appeal: Appeal) -> LocalizedText:
        text = format_amount(minor, appeal.currency, self.language)
        if amount.frequency is Frequency.MONTHLY:
            return self._translate("monthly_amount", amount=text)
        return LocalizedText(html=escape_html(text), text=text)

    def _format_match_example(self, appeal: Appeal) -> LocalizedText | None:
        """Return what the first amount becomes, if the match has a multiplier."""
        if not (appeal.match_times and appeal.amounts):
            return None
        first = appeal.amounts[0]
        total = int((first.minor * appeal.match_times).to_integral())
        return self._translate(
            "match_example",
            amount=self._format_amount(first.minor, first, appeal).text,
            total=self._format_amount(total, first, appeal).text,
        )

    def _format_deadline(self, appeal: Appeal) -> LocalizedText | None:
        if appeal.deadline is None:
            return None
        name, values = describe_deadline(
            appeal.deadline,
            timezone=self.timezone,
            language=self.language,
            translations=self.translations,
        )
        return self._translate(name, **values)

    def _format_warning(self, appeal: Appeal) -> LocalizedText | None:
        if not (appeal.charges_immediately and appeal.url and appeal.amounts):
            return None
        if not appeal.processor:
            return self._translate("immediate_charge_unnamed")
        return self._translate("immediate_charge", processor=PROCESSORS[appeal.processor].title)

    def _translate(self, name: str, **values: str) -> LocalizedText:
        return LocalizedText(
            html=self.translations.format_html(name, **values),
            text=self.translations.format_text(name, **values),
        )


def format_goal(goal: Goal, currency: str, language: str, translations: Translations) -> GoalText:
    """Return the progress towards *goal*, in *language*."""
    raised, target = goal.raised_minor, goal.minor
    percent = min(100, raised * 100 // target)
    percent = max(percent, 1) if raised else 0
    name = "goal_exceeded" if raised > target else "goal_progress"
    values = {
        "raised": format_amount(raised, currency, language),
        "goal": format_amount(target, currency, language),
    }
    return GoalText(
        text=LocalizedText(
            html=translations.format_html(name, **values),
            text=translations.format_text(name, **values),
        ),
        percent=percent,
        percent_text=format_percent(percent, language) if raised <= target else "",
    )


def format_percent_in_brackets(goal: GoalText) -> str:
    """Return what follows the text of a goal in the text part: ` (62%)`, "" past the goal."""
    return f" ({goal.percent_text})" if goal.percent_text else ""
