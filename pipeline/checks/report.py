"""Prepare findings for a person: where they are in the source, what to do in its format, each problem once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from pipeline.checks.findings import sort_findings
from pipeline.models.article import Article
from pipeline.models.finding import Finding

_QUOTED = re.compile(r"“…?([^“”]+)”|\"([^\"]+)\"")
_ALT_HINTS = {
    "text/markdown": "Describe what it shows: ![A bell on a buoy](bell.jpg).",
    "text/html": 'Describe what it shows: alt="A bell on a buoy".',
    "text/plain": "Describe what it shows, on the line above the caption.",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Describe what it shows: in Word, "
    "select the picture, then Picture, Edit Alt Text.",
}
_ANY_ALT_HINT = "Describe what it shows, in the alternative text of the image."
#: Findings whose code is the same, but not the problem.
_DISTINCT_CODES = frozenset({"config.unusable"})
#: How many places of one problem are named.
_MAX_PLACES = 3


def prepare_report(findings: Iterable[Finding], article: Article) -> list[Finding]:
    """Return *findings* about *article* with lines and hints of its format, one for each problem, errors first."""
    located = (_locate(_adapt_hint(finding, article), article) for finding in findings)
    return _group(sort_findings(located))


def _adapt_hint(finding: Finding, article: Article) -> Finding:
    if finding.code not in ("image.alt-missing", "image.alt-filename"):
        return finding
    media_type = article.source.media_type if article.source else ""
    return replace(finding, hint=_ALT_HINTS.get(media_type, _ANY_ALT_HINT))


def _locate(finding: Finding, article: Article) -> Finding:
    if finding.line is not None or article.source is None:
        return finding
    passages = [first or second for first, second in _QUOTED.findall(finding.where)]
    passages.append(finding.where)
    passages += [first or second for first, second in _QUOTED.findall(finding.message)]
    lines = (article.source.find_line(passage) for passage in passages)
    return replace(finding, line=next(filter(None, lines), None))


def _group(findings: list[Finding]) -> list[Finding]:
    """Join findings of one code: the first one in full, then where the others are."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        place = finding.where if finding.code in _DISTINCT_CODES else ""
        groups.setdefault((finding.code, finding.severity, place), []).append(finding)
    return [_join(group) for group in groups.values()]


def _join(group: list[Finding]) -> Finding:
    first, *others = group
    if not others:
        return first
    places = dict.fromkeys(_describe_place(finding) for finding in others)
    names = list(places)[: _MAX_PLACES - 1]
    rest = len(others) - len(names)
    more = f", and {rest} more {'place' if rest == 1 else 'places'}" if rest > 0 else ""
    return replace(
        first, message=f"{first.message} The same: {'; '.join(names)}{more}.", count=len(group)
    )


def _describe_place(finding: Finding) -> str:
    """Return where *finding* is, by what only it names."""
    line = f"line {finding.line}" if finding.line else ""
    quoted = [first or second for first, second in _QUOTED.findall(finding.message)]
    what = f"“{quoted[0]}”" if quoted else finding.where
    return ", ".join(filter(None, (line, what)))
