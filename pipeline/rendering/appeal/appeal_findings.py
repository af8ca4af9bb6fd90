"""Findings about appeals: no way to give, and what is easily overlooked."""

from __future__ import annotations

from collections.abc import Iterator

from babel.numbers import get_currency_precision

from pipeline.donation_links import PROCESSORS
from pipeline.models.article import Link
from pipeline.models.article_text import plain_text
from pipeline.models.finding import Finding, Severity
from pipeline.models.issue import Appeal, Frequency, Issue
from pipeline.models.tree import walk
from pipeline.rendering.appeal.localized_formats import format_url_amount
from pipeline.rendering.part_language import find_configured_language
from pipeline.rendering.safe_links import resolve_url, to_safe_url


def find_appeal_problems(issue: Issue) -> Iterator[Finding]:
    """Yield a finding for each likely mistake in the appeals of *issue*."""
    for appeal in issue.appeals:
        for variant in (appeal, *(variant.appeal for variant in appeal.variants)):
            if not variant.is_empty:
                yield from _find_other_language(variant, issue)
                yield from _check(variant, issue.article.canonical_url)


def _find_other_language(appeal: Appeal, issue: Issue) -> Iterator[Finding]:
    texts = (appeal.heading, appeal.text, *appeal.bullets, appeal.match, appeal.disclosure)
    language = find_configured_language(
        (*texts, appeal.button or ""), issue.language, issue.publication.language
    )
    if language:
        yield Finding(
            code="appeal.language",
            severity=Severity.WARNING,
            where=_describe(appeal),
            message=f'The appeal is in "{language}", the article in "{issue.language}". '
            "What Handbill adds to the appeal is in the language of the article.",
            hint="Write the appeal in the language of the article: in its front matter, under appeal.",
        )


def _check(appeal: Appeal, base_url: str | None) -> Iterator[Finding]:
    where = _describe(appeal)
    if appeal.charges_immediately and appeal.amounts:
        yield Finding(
            code="appeal.charges-at-once",
            severity=Severity.WARNING,
            where=where,
            message="Tapping an amount donates it immediately if the payment details are saved. "
            "The email says so next to the buttons.",
            hint="If you do not want that, remove express_lane from [appeal] url, and one_click.",
        )
    yield from _find_ignored_amounts(appeal, where)
    if appeal.needs_link and not _has_link(appeal, base_url):
        yield _build_no_link(appeal, where)
    goal = appeal.goal
    if goal and not goal.is_counted and goal.raised_minor >= goal.minor:
        yield Finding(
            code="appeal.goal-reached",
            severity=Severity.WARNING,
            where=where,
            message="The goal has been reached; readers will wonder what more donations are for.",
            hint="Explain it in [appeal] text, or set a new goal.",
        )


def _find_ignored_amounts(appeal: Appeal, where: str) -> Iterator[Finding]:
    """Yield a finding for buttons that would show one gift and lead to another."""
    if not (appeal.url and appeal.amounts and appeal.processor):
        return
    processor, url = PROCESSORS[appeal.processor], appeal.url
    if not processor.takes_amount(url):
        yield _build_ignored(
            where,
            f"Links to {processor.title} cannot set an amount: whoever taps an amount finds an empty form.",
            "Remove amounts and monthly, so that one button remains. If the page takes an amount after all, write "
            "where into [appeal] url: {amount}.",
        )
        return
    if any(each.frequency is Frequency.MONTHLY for each in appeal.amounts) and not (
        processor.takes_monthly(url)
    ):
        yield _build_ignored(
            where,
            f"Links to {processor.title} cannot set a monthly gift: whoever taps one gives once.",
            "Remove monthly. If the page takes the frequency after all, write where into [appeal] url: {frequency}.",
        )
    digits = get_currency_precision(appeal.currency)
    fractional = [each.minor for each in appeal.amounts if each.minor % 10**digits]
    if fractional and not processor.has_cents and "{amount}" not in url:
        amount = format_url_amount(fractional[0], appeal.currency)
        yield _build_ignored(
            where,
            f"Links to {processor.title} support whole amounts only, not {amount}.",
            "Round it in amounts or monthly.",
        )


def _build_ignored(where: str, message: str, hint: str) -> Finding:
    return Finding(
        code="appeal.amount-ignored",
        severity=Severity.ERROR,
        where=where,
        message=message,
        hint=hint,
    )


def _describe(appeal: Appeal) -> str:
    begin = " ".join((appeal.heading or appeal.text or plain_text(appeal.blocks)).split())
    begin = begin if len(begin) <= 60 else f"{begin[:60].rstrip()}…"
    return f'the appeal "{begin}"' if begin else "the appeal"


def _has_link(appeal: Appeal, base_url: str | None) -> bool:
    """Whether a reader can give: there is a button, or a link in the text."""
    if appeal.url and (appeal.amounts or appeal.button != ""):
        return True
    return any(
        isinstance(node, Link) and to_safe_url(resolve_url(node.href, base_url))
        for node in walk(appeal.blocks)
    )


def _build_no_link(appeal: Appeal, where: str) -> Finding:
    lost = "It has amounts but no" if appeal.amounts else "It has no"
    hint = 'Set [appeal] url = "https://…", the page where readers give; the appeal then gets a button.'
    if appeal.blocks:
        hint += " Or add the link to the appeal in the article."
    elif appeal.url:
        hint = "Set [appeal] button or amounts; without them there is nothing to tap."
    return Finding(
        code="appeal.no-link",
        severity=Severity.ERROR,
        where=where,
        message=f"{lost} link to a donation page: readers who want to give cannot.",
        hint=hint,
    )
