"""Findings for the page: by what they endanger, each with all its places, and the lines of the file to edit there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.models.finding import Finding, Place, Severity
from pipeline.models.source_text import SourceText
from pipeline.web.preview.messages.stakes import Stake, find_stake

_CONFIG_FILE = "handbill.toml"
#: A table of the configuration, and perhaps a key: `[publication] postal_address`, `[[appeal.variants]]`.
_SETTING = re.compile(r"\[{1,2}([a-z_][a-z_.]*)\]{1,2}(?: ([a-z_]+))?")
_URL = re.compile(r"(?:https?://|mailto:)[^\s,;\"“”]+|(?<=[\"“])#[^\s,;\"“”]+")
_QUOTED = re.compile(r"“…?([^“”]+?)…?”|\"…?([^\"]+?)…?\"")
#: The lead image in the front matter, YAML or TOML.
_LEAD_IMAGE = re.compile(r"\[?image\]?\s*(?:[:=]|$)")
_FRONT_MATTER_LINES = 60
_SAME_ELSEWHERE = " The same: "
_LINES_AROUND, _MAX_LINE_CHARACTERS = 2, 240
_MAX_PLACES = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingSources:
    """
    What can be edited.

    Args:
        name: The file of the article, as the page calls it.
        article: Its text, None if it has no lines.
        config: The text of the configuration, "" without a project.
    """

    name: str
    article: SourceText | None
    config: str


def build_finding_list(
    findings: Sequence[Finding], sources: FindingSources | None = None
) -> list[dict[str, Any]]:  # Any: JSON
    """
    Return *findings* for the page, the most costly first.

    Each has `code`, `severity`, `is_error`, `stake`, `message`, `hint` and `places`. A place has `where`, and, as far
    as they are known, `text` and `href` to find it in the message, `file`, `line`, and `lines`: number, text, and
    whether it is that line.
    """
    order = list(Stake)
    listed = sorted(findings, key=lambda finding: order.index(find_stake(finding.code)))
    return [
        {
            "code": finding.code,
            "severity": finding.severity.value,
            "is_error": finding.severity is Severity.ERROR,
            "stake": find_stake(finding.code).value,
            "message": finding.message.partition(_SAME_ELSEWHERE)[0],
            "hint": finding.hint,
            "places": [_build_place(finding, place, sources) for place in _list_places(finding)],
        }
        for finding in listed
    ]


def _list_places(finding: Finding) -> Sequence[Place]:
    """Return the places of *finding*; one that names several links or passages becomes several."""
    if finding.places:
        return finding.places[:_MAX_PLACES]
    for pattern in (_URL, _QUOTED):
        named = [match[0] for match in pattern.finditer(finding.where)]
        if len(named) > 1:
            return [Place(where=each) for each in named[:_MAX_PLACES]]
    return [Place(where=finding.where, line=finding.line)]


def _build_place(
    finding: Finding, place: Place, sources: FindingSources | None
) -> dict[str, Any]:  # Any: JSON
    quoted = next((first or second for first, second in _QUOTED.findall(place.where)), "")
    link = _URL.search(place.where) or _URL.search(finding.message)
    found: dict[str, Any] = {"where": place.where, "text": quoted, "href": link[0] if link else ""}
    for file, line, lines in _find_lines(finding, place, sources):
        return found | {"file": file, "line": line, "lines": list(_cut_out(lines, line))}
    return found | {"file": "", "line": place.line, "lines": []}


def _find_lines(
    finding: Finding, place: Place, sources: FindingSources | None
) -> Iterator[tuple[str, int, Sequence[str]]]:
    """Yield file, line and all lines where *place* can be edited, the likeliest first."""
    if sources is None:
        return
    article = sources.article
    if article is not None and article.has_lines:
        line = place.line or _find_in_article(place, article)
        if line is not None:
            yield sources.name, line, article.lines
    config = sources.config.splitlines()
    for text in (place.where, finding.where, finding.message, finding.hint):
        for table, key in _SETTING.findall(text):
            line = _find_setting(config, table, key)
            if line is not None:
                yield _CONFIG_FILE, line, config
    if article is not None and article.has_lines:
        front = enumerate(article.lines[:_FRONT_MATTER_LINES], 1)
        if finding.code.startswith(
            "image."
        ):  # what stands before the lead image is not in the article
            yield from (
                (sources.name, n, article.lines) for n, text in front if _LEAD_IMAGE.match(text)
            )
        if "front matter" in finding.hint:
            yield sources.name, 1, article.lines


def _find_in_article(place: Place, article: SourceText) -> int | None:
    passages = [first or second for first, second in _QUOTED.findall(place.where)]
    urls = [match[0] for match in _URL.finditer(place.where)]
    found = [article.find_lines(each) for each in (*urls, *passages)]
    return next((lines[0] for lines in found if lines), None)


def _find_setting(config: Sequence[str], table: str, key: str) -> int | None:
    """Return the line of *key* in *table*, that of the table if it has no such key, None if there is no table."""
    start = next(
        (number for number, line in enumerate(config, 1) if _read_header(line) == table), None
    )
    if start is None or not key:
        return start
    for number, line in enumerate(config[start:], start + 1):
        if line.lstrip().startswith("["):
            break
        if "=" in line and line.partition("=")[0].strip() == key:
            return number
    return start


def _read_header(line: str) -> str | None:
    """Return the name in a header of TOML, `[appeal]` or `[[appeal.variants]]`, None for another line."""
    text = line.partition("#")[0].strip()
    return text.strip("[]").strip() if text.startswith("[") else None


def _cut_out(lines: Sequence[str], line: int) -> Iterator[tuple[int, str, bool]]:
    first = max(1, line - _LINES_AROUND)
    for number, text in enumerate(lines[first - 1 : line + _LINES_AROUND], first):
        yield number, text[:_MAX_LINE_CHARACTERS], number == line
