"""What an ask says, in words that the HTML and the text part share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from pipeline.donation_links import PROCESSORS
from pipeline.markup import escape_html, slug
from pipeline.models.article import Block
from pipeline.models.issue import Appeal, AppealAmount, Frequency, Goal, Issue, Position
from pipeline.rendering.appeal.button_links import donation_url
from pipeline.rendering.appeal.deadline import until
from pipeline.rendering.appeal.money import percent, spoken
from pipeline.rendering.interface_words import Words
from pipeline.rendering.lines import one_line, paragraphs


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """Words of Handbill's own, finished for both parts."""

    html: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """One button: what it says and where it leads."""

    label: str | Said
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """
    How far a goal has been reached.

    Args:
        said: `£6,200 of £10,000 raised`.
        share: Of a hundred; 0 and 100 only if it is nothing and all.
        percent: The same in words; empty past the goal, which no share of it tells.
    """

    said: Said
    share: int
    percent: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Wording:
    """
    An ask at one place, ready to be set; texts of the publication's may hold fields, every attribute may be empty.

    Args:
        example: What a gift comes to with its match.
        until: The deadline in words.
        warning: That an amount's link makes the gift at once.
        is_muted: Set it calmly.
    """

    heading: str = ""
    paragraphs: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    match: str = ""
    example: Said | None = None
    progress: Progress | None = None
    until: Said | None = None
    once: tuple[Ask, ...] = ()
    monthly: tuple[Ask, ...] = ()
    button: Ask | None = None
    warning: Said | None = None
    disclosure: str = ""
    is_muted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """
    What all asks of a letter have in common.

    Args:
        timezone: IANA name; deadlines are told on its clocks.
        campaign: What the publication's own statistics call the letter.
    """

    language: str
    timezone: str
    words: Words
    campaign: str

    @classmethod
    def of(cls, issue: Issue, words: Words) -> Setting:
        """Return the setting of *issue*."""
        article = issue.article
        return cls(
            language=issue.language,
            timezone=issue.publication.timezone,
            words=words,
            campaign=slug(article.title or "") or slug(PurePath(article.location).stem),
        )

    def wording(self, appeal: Appeal, position: Position) -> Wording:
        """Return what *appeal* says at *position* while it stands."""
        return Wording(
            heading=appeal.heading,
            paragraphs=tuple(paragraphs(appeal.text)),
            bullets=appeal.bullets,
            blocks=appeal.blocks,
            match=appeal.match,
            example=self._example(appeal),
            progress=self._progress(appeal.goal, appeal.currency) if appeal.goal else None,
            until=self._until(appeal),
            once=self._asks(appeal, position, Frequency.ONCE),
            monthly=self._asks(appeal, position, Frequency.MONTHLY),
            button=self._button(appeal, position),
            warning=self._warning(appeal),
            disclosure=one_line(appeal.disclosure),
            is_muted=appeal.is_muted,
        )

    def afterwards(self, appeal: Appeal) -> Wording | None:
        """Return what stands in the place of *appeal* after its deadline, null for nothing."""
        said = tuple(paragraphs(appeal.after_deadline))
        return Wording(paragraphs=said, is_muted=True) if said else None

    def _asks(self, appeal: Appeal, position: Position, frequency: Frequency) -> tuple[Ask, ...]:
        """Return the amount buttons of one *frequency*, in the order given; none without a link."""
        amounts = [a for a in appeal.amounts if a.frequency is frequency] if appeal.url else []
        return tuple(self._ask(appeal, position, amount) for amount in amounts)

    def _ask(self, appeal: Appeal, position: Position, amount: AppealAmount) -> Ask:
        return Ask(
            label=self._amount(amount.minor, amount, appeal),
            url=donation_url(appeal, position, amount, campaign=self.campaign),
        )

    def _button(self, appeal: Appeal, position: Position) -> Ask | None:
        label = self._say("donate") if appeal.button is None else appeal.button
        if not (appeal.url and label):
            return None
        return Ask(label=label, url=donation_url(appeal, position, campaign=self.campaign))

    def _amount(self, minor: int, amount: AppealAmount, appeal: Appeal) -> Said:
        shown = spoken(minor, appeal.currency, self.language)
        if amount.frequency is Frequency.MONTHLY:
            return self._say("a_month", amount=shown)
        return Said(html=escape_html(shown), text=shown)

    def _example(self, appeal: Appeal) -> Said | None:
        """Say what the first amount comes to, if the match tells by how much."""
        if not (appeal.match_times and appeal.amounts):
            return None
        first = appeal.amounts[0]
        total = int((first.minor * appeal.match_times).to_integral())
        return self._say(
            "becomes",
            amount=self._amount(first.minor, first, appeal).text,
            total=self._amount(total, first, appeal).text,
        )

    def _progress(self, goal: Goal, currency: str) -> Progress:
        reached, wanted = goal.raised_minor, goal.minor
        share = min(100, reached * 100 // wanted)
        share = max(share, 1) if reached else 0
        said = self._say(
            "raised_all" if reached > wanted else "raised",
            raised=spoken(reached, currency, self.language),
            goal=spoken(wanted, currency, self.language),
        )
        told = percent(share, self.language) if reached <= wanted else ""
        return Progress(said=said, share=share, percent=told)

    def _until(self, appeal: Appeal) -> Said | None:
        if appeal.deadline is None:
            return None
        name, values = until(
            appeal.deadline, timezone=self.timezone, language=self.language, words=self.words
        )
        return self._say(name, **values)

    def _warning(self, appeal: Appeal) -> Said | None:
        if not (appeal.charges_immediately and appeal.url and appeal.amounts):
            return None
        if not appeal.processor:
            return self._say("charged_at_once_somewhere")
        return self._say("charged_at_once", processor=PROCESSORS[appeal.processor].title)

    def _say(self, name: str, **values: str) -> Said:
        return Said(html=self.words.html(name, **values), text=self.words.text(name, **values))
