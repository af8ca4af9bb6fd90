"""Prepare findings for a person: where they are in the source, what to do in its format, each problem once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from pipeline.checks.findings import sort_findings
from pipeline.checks.format_hints import adapt_hint
from pipeline.models.article import Article
from pipeline.models.finding import Finding, Place

_QUOTED = re.compile(r"“…?([^“”]+)”|\"([^\"]+)\"")
#: Findings whose code is the same, but not the problem.
_DISTINCT_CODES = frozenset({"config.unusable"})
#: How many places of one problem are named.
_MAX_PLACES = 3


def prepare_report(findings: Iterable[Finding], article: Article) -> list[Finding]:
    """Return *findings* about *article* with lines and hints of its format, one for each problem, errors first."""
    used: dict[str, set[int]] = {}
    located = (_locate(adapt_hint(finding, article), article, used) for finding in findings)
    return _group(sort_findings(located))


def _locate(finding: Finding, article: Article, used: dict[str, set[int]]) -> Finding:
    if finding.line is not None or article.source is None:
        return finding
    passages = [first or second for first, second in _QUOTED.findall(finding.where)]
    passages.append(finding.where)
    passages += [first or second for first, second in _QUOTED.findall(finding.message)]
    taken = used.setdefault(f"{finding.code} {finding.where}", set())
    line = article.source.choose_line(passages, taken)
    if line is not None:
        taken.add(line)
    return replace(finding, line=line)


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
        first,
        message=f"{first.message} The same: {'; '.join(names)}{more}.",
        count=len(group),
        places=tuple(Place(where=_describe_what(each), line=each.line) for each in group),
    )


def _describe_place(finding: Finding) -> str:
    line = f"line {finding.line}" if finding.line else ""
    return ", ".join(filter(None, (line, _describe_what(finding))))


def _describe_what(finding: Finding) -> str:
    """Return where *finding* is, by what only it names."""
    quoted = [first or second for first, second in _QUOTED.findall(finding.message)]
    return f"“{quoted[0]}”" if quoted else finding.where
