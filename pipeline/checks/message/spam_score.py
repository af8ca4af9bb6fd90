"""
The score that a spam filter on this machine gives the message: SpamAssassin's, or rspamd's.

Only what the filter finds in the message itself: SpamAssassin is run without the network and without its memory, so
that a check neither asks nor teaches anybody anything. Where no filter is installed, or none answers, nothing is found.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.checks.findings import join_first, note, warning
from pipeline.models.finding import Finding
from pipeline.models.message import Message

#: Starting takes SpamAssassin some seconds, on a busy machine many.
TIMEOUT_S = 90
#: A score below is what any newsletter gets.
_WORTH_TELLING = 2.0
#: Rules that tell nothing about a letter, only about this message, which came from nowhere.
_NOT_SENT_YET = re.compile(
    r"NO_RECEIVED|NO_RELAYS|UNPARSEABLE_RELAY|MISSING_.*RECEIVED|HFILTER_.*|ONCE_RECEIVED.*"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SpamScore:
    """
    What a filter says.

    Args:
        least: The score from which it takes a message for spam.
        rules: Those that count against the message, the heaviest first, each with its points.
    """

    filter: str
    points: float
    least: float
    rules: tuple[tuple[str, float], ...]


def check_spam(message: Message) -> Iterator[Finding]:
    """Yield one finding if a filter on this machine holds something against *message*."""
    score = measure_spam(message.content)
    if score is None or score.points < min(_WORTH_TELLING, score.least):
        return
    against = join_first([f"{name} ({points:g})" for name, points in score.rules], limit=6)
    is_spam = score.points >= score.least
    yield (warning if is_spam else note)(
        code="spam.score",
        where=f"the message, as {score.filter} sees it",
        message=f"It gets {score.points:g} points; {score.least:g} make it spam. For: {against or 'nothing named'}.",
        hint="Look the rules up by name, and change what they mean.",
    )


def measure_spam(content: bytes) -> SpamScore | None:
    """Return the score of a message, by the first filter here that answers."""
    for name, command, read in (
        (
            "SpamAssassin",
            ("spamassassin", "-L", "-t", "-x", "--cf=use_bayes 0"),
            parse_spamassassin,
        ),
        ("rspamd", ("rspamc", "symbols"), parse_rspamd),
    ):
        answer = _answer(command, content)
        if answer is not None and (score := read(answer, name)) is not None:
            return score
    return None


def _answer(command: Sequence[str], content: bytes) -> str | None:
    program = shutil.which(command[0])
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *command[1:]],
            input=content,
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace")


def parse_spamassassin(report: str, name: str = "SpamAssassin") -> SpamScore | None:
    """Return the score in a report of SpamAssassin, nothing if it holds none."""
    head = re.search(r"\(\s*(-?[\d.]+) points, (-?[\d.]+) required\)", report)
    if head is None:
        return None
    rows = re.findall(
        r"^[ *]*(-?\d+(?:\.\d+)?)\s+([A-Z][A-Z0-9_]{2,})\b", report[head.end() :], re.MULTILINE
    )
    return _score(
        name, float(head[1]), float(head[2]), ((rule, float(points)) for points, rule in rows)
    )


def parse_rspamd(report: str, name: str = "rspamd") -> SpamScore | None:
    """Return the score in what `rspamc symbols` prints, nothing if it holds none."""
    head = re.search(r"Score:\s*(-?[\d.]+)\s*/\s*(-?[\d.]+)", report)
    if head is None:
        return None
    rows = re.findall(r"^Symbol:\s*([A-Z][A-Z0-9_]+)\s*\((-?[\d.]+)\)", report, re.MULTILINE)
    return _score(
        name, float(head[1]), float(head[2]), ((rule, float(points)) for rule, points in rows)
    )


def _score(name: str, points: float, least: float, rows: Iterator[tuple[str, float]]) -> SpamScore:
    against = [row for row in rows if row[1] > 0 and not _NOT_SENT_YET.fullmatch(row[0])]
    return SpamScore(
        filter=name,
        points=points,
        least=least,
        rules=tuple(sorted(against, key=lambda row: -row[1])),
    )
