"""What has changed since a letter was last tested, approved or sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from pipeline.project import Project
from pipeline.web.preview.messages.preview_message import PreviewMessage
from pipeline.web.preview.sources.live_article import Rendering

#: So many earlier versions are offered.
MOST = 20
#: Lines around a change that are shown with it.
_AROUND = 2
_WORDS = re.compile(r"\s+|[^\s]+")

#: A run of text, and whether it is as before ("="), gone ("-") or new ("+").
DiffRun = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedVersion:
    """
    A version of the letter that was kept.

    Args:
        what: `test`, `approved`, or the state of the campaign.
        is_same: It is the letter as it stands.
    """

    campaign: str
    what: str
    at: datetime
    digest: str
    is_same: bool


def versions(picture: Rendering) -> list[SavedVersion]:
    """
    Return the kept versions of the letter of *picture*: tests and campaigns of its title or address, the newest first.

    Raises:
        StoreError: The store cannot be opened.
    """
    project = picture.project
    if not project.is_configured or not (project.root / ".handbill").is_dir():
        return []
    url = picture.issue.article.canonical_url if picture.issue else None
    with project.open_campaigns() as desk:
        records = desk.records()
    kin = [
        record
        for record in records
        if record.title == picture.edition.title or (url and record.canonical_url == url)
    ]
    return [
        SavedVersion(
            campaign=record.id,
            what="test"
            if record.kind == "test"
            else "approved"
            if record.approved_at
            else record.state.value,
            at=record.approved_at or record.made_at,
            digest=record.edition,
            is_same=record.edition == picture.edition.digest,
        )
        for record in kin[:MOST]
    ]


def kept(project: Project, campaign: str) -> Rendering:
    """
    Return the version that *campaign* took up.

    Raises:
        StateError: There is no such campaign.
        StoreError: Its edition is gone or damaged.
    """
    with project.open_campaigns() as desk:
        return Rendering(
            version=1, project=project, edition=desk.edition(desk.show(campaign).digest)
        )


def differences(before: PreviewMessage, after: PreviewMessage) -> list[dict[str, Any]]:
    """Return `{"part", "lines"}` for each part that differs; a line is a list of runs, null where some are left out."""
    parts = (
        ("From", [before.sender], [after.sender]),
        ("Subject", [before.subject], [after.subject]),
        ("Plain text", _paragraphs(before.text), _paragraphs(after.text)),
        ("HTML, its words, links and pictures", _lines(before.html), _lines(after.html)),
    )
    return [
        {"part": name, "lines": list(_changed(old, new))} for name, old, new in parts if old != new
    ]


def _paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text part, each on one line: where lines break says nothing of what has changed."""
    found = (" ".join(each.split()) for each in re.split(r"\n[ \t]*\n", text))
    return [paragraph for paragraph in found if paragraph]


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterator[list[DiffRun] | None]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(_AROUND)):
        if number:
            yield None
        for tag, old, old_end, new, new_end in group:
            if tag == "equal":
                yield from ([("=", line)] for line in after[new:new_end])
            else:
                yield from _replaced(before[old:old_end], after[new:new_end])


def _replaced(before: Sequence[str], after: Sequence[str]) -> Iterator[list[DiffRun]]:
    """Yield changed lines, pair by pair with the words that differ; what has no partner is new or gone as a whole."""
    for old, new in zip(before, after, strict=False):
        yield list(_words(old, new))
    shared = min(len(before), len(after))
    yield from ([("-", line)] for line in before[shared:])
    yield from ([("+", line)] for line in after[shared:])


def _words(before: str, after: str) -> Iterator[DiffRun]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.quick_ratio() < 0.3:
        yield from (("-", before), ("+", after))
        return
    for tag, old_at, old_end, new_at, new_end in matcher.get_opcodes():
        if tag == "equal":
            yield "=", "".join(new[new_at:new_end])
            continue
        if old_end > old_at:
            yield "-", "".join(old[old_at:old_end])
        if new_end > new_at:
            yield "+", "".join(new[new_at:new_end])


_BLOCKS = frozenset("p div h1 h2 h3 h4 h5 h6 li tr table blockquote pre figure hr br ol ul".split())


def _lines(html: str) -> list[str]:
    """Return the words of a letter, a block on each line, with where its links lead and what its pictures are."""
    if not html.strip():
        return []
    from lxml import html as lxml_html

    parts: list[str] = []
    _collect(lxml_html.document_fromstring(html), parts)
    lines = ("".join(parts)).split("\n")
    return [line for raw in lines if (line := " ".join(raw.split()))]


def _collect(node: Any, parts: list[str]) -> None:  # Any: lxml has no types
    if not isinstance(node.tag, str) or node.tag in ("style", "head", "script", "title"):
        return
    is_block = node.tag in _BLOCKS
    if is_block:
        parts.append("\n")
    if node.tag == "img":
        parts.append(f"[picture: {node.get('alt') or node.get('src') or ''}]")
    parts.append((node.text or "").replace("\n", " "))
    for child in node:
        _collect(child, parts)
        parts.append((child.tail or "").replace("\n", " "))
    href = node.get("href") if node.tag == "a" else None
    if href and not href.startswith("#"):
        parts.append(f" <{href}>")
    if is_block:
        parts.append("\n")
