"""
The score that a local spam filter, SpamAssassin or rspamd, gives the message.

Only the message itself is scored: SpamAssassin runs without network and without Bayes, so a check neither queries nor
trains anything. If no filter is installed, or none answers, there are no findings.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.checks.findings import join_first, note, warning
from pipeline.models.finding import Finding
from pipeline.models.message import Message

TIMEOUT_S = 90  # SpamAssassin takes some seconds to start, on a busy machine many
_MIN_REPORTED_POINTS = 2.0  # any newsletter gets fewer
#: Rules that say nothing about the newsletter, only that this message has not been sent yet.
_UNSENT_RULES = re.compile(
    r"NO_RECEIVED|NO_RELAYS|UNPARSEABLE_RELAY|MISSING_.*RECEIVED|HFILTER_.*|ONCE_RECEIVED.*"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SpamScore:
    """
    The verdict of a filter.

    Args:
        threshold: The points from which it treats a message as spam.
        rules: Those that count against the message, highest first, each with its points.
    """

    filter: str
    points: float
    threshold: float
    rules: tuple[tuple[str, float], ...]


def check_spam(message: Message) -> Iterator[Finding]:
    """Yield a finding if a local spam filter objects to *message*."""
    score = measure_spam(message.content)
    if score is None or score.points < min(_MIN_REPORTED_POINTS, score.threshold):
        return
    rules = join_first([f"{name} ({points:g})" for name, points in score.rules], limit=6)
    is_spam = score.points >= score.threshold
    yield (warning if is_spam else note)(
        code="spam.score",
        where=f"the message, scored by {score.filter}",
        message=f"{score.points:g} points; from {score.threshold:g} it counts as spam and readers do not see it. "
        f"Rules: {rules or 'not listed'}.",
        hint="Look up the rules by name and change what they object to.",
    )


def measure_spam(content: bytes) -> SpamScore | None:
    """Return the score of a message from the first local filter that answers."""
    for command, parse in (
        (("spamassassin", "-L", "-t", "-x", "--cf=use_bayes 0"), parse_spamassassin),
        (("rspamc", "symbols"), parse_rspamd),
    ):
        report = _run(command, content)
        if report is not None and (score := parse(report)) is not None:
            return score
    return None


def _run(command: Sequence[str], content: bytes) -> str | None:
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        completed = subprocess.run(
            [program, *command[1:]],
            input=content,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return completed.stdout.decode("utf-8", "replace")


def parse_spamassassin(report: str) -> SpamScore | None:
    """Return the score in a report of SpamAssassin, None if it has none."""
    total = re.search(r"\(\s*(-?[\d.]+) points, (-?[\d.]+) required\)", report)
    if total is None:
        return None
    row = re.compile(r"^[ *]*(-?\d+(?:\.\d+)?)\s+([A-Z][A-Z0-9_]{2,})\b", re.MULTILINE)
    rules = ((name, float(points)) for points, name in row.findall(report[total.end() :]))
    return _build_score("SpamAssassin", total, rules)


def parse_rspamd(report: str) -> SpamScore | None:
    """Return the score in the output of `rspamc symbols`, None if it has none."""
    total = re.search(r"Score:\s*(-?[\d.]+)\s*/\s*(-?[\d.]+)", report)
    if total is None:
        return None
    row = re.compile(r"^Symbol:\s*([A-Z][A-Z0-9_]+)\s*\((-?[\d.]+)\)", re.MULTILINE)
    rules = ((name, float(points)) for name, points in row.findall(report))
    return _build_score("rspamd", total, rules)


def _build_score(name: str, total: re.Match[str], rules: Iterable[tuple[str, float]]) -> SpamScore:
    against = [rule for rule in rules if rule[1] > 0 and not _UNSENT_RULES.fullmatch(rule[0])]
    return SpamScore(
        filter=name,
        points=float(total[1]),
        threshold=float(total[2]),
        rules=tuple(sorted(against, key=lambda rule: -rule[1])),
    )
