"""
Bring a letter below its limit, as its policy says.

1. A letter within its limit is left as it is.
2. The policy acts: trim, notes online, excerpt. The last two need a web version; without one the letter is trimmed.
3. Where that is not enough, it is trimmed as well.
4. A letter that is still too long will be cut by Gmail: so its way to unsubscribe and its asks come first.

What was done is told in the edition's notices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import accumulate
from typing import Any, TypeVar

from pipeline.markup import escape_html
from pipeline.models.article import Embed, Heading, NoteRef, Paragraph
from pipeline.models.article_text import plain_text
from pipeline.models.edition import Edition, Field, LiteralText, Pieces, get_branches
from pipeline.models.finding import Finding, Severity
from pipeline.models.issue import Issue, NoteAnchors, Position, SizePolicy
from pipeline.models.tree import map_nodes, walk
from pipeline.rendering.interface_words import Words
from pipeline.rendering.layout import Layout
from pipeline.rendering.safe_links import safe_href

T = TypeVar("T")

#: Sets an issue.
Set = Callable[[Issue, Layout], Edition]

#: Gmail's own limit, and how much of it stands before the article and in the longest ask.
_CUT_BYTES = 102_400
_ASK_BYTES = 14_000


def fit(issue: Issue, words: Words, set_: Set) -> Edition:
    """Return the edition of *issue*, below its limit if its policy can bring it there."""
    edition = set_(issue, Layout())
    if not _is_long(edition, issue):
        return edition
    policy = _possible(issue)
    if policy is SizePolicy.EXCERPT:
        issue = _excerpt(issue, words, set_)
    elif policy is SizePolicy.NOTES_ONLINE:
        issue = replace(issue, note_anchors=NoteAnchors.WEB)
    for layout in _layouts(policy):
        edition = set_(issue, layout)
        if not _is_long(edition, issue):
            break
    else:
        edition = set_(_asking_early(issue), replace(layout, leaves_early=True))
    told = _told(issue.size.policy, policy, html_bytes(edition.html))
    return replace(edition, findings=(*edition.findings, *told))


def _possible(issue: Issue) -> SizePolicy:
    """Return the policy of *issue*, or what stands in for it: what leads to the web needs a page there."""
    policy = issue.size.policy
    has_web = safe_href(issue.article.canonical_url or "") is not None
    if policy is SizePolicy.NOTES_ONLINE and not (has_web and issue.article.notes):
        return SizePolicy.TRIM
    return SizePolicy.TRIM if policy is SizePolicy.EXCERPT and not has_web else policy


def _layouts(policy: SizePolicy) -> tuple[Layout, ...]:
    """Return how a letter is set under *policy*, the mildest first."""
    notes_online = policy is SizePolicy.NOTES_ONLINE
    as_it_is, trimmed = (
        Layout(is_trimmed=is_trimmed, notes_online=notes_online) for is_trimmed in (False, True)
    )
    if policy is SizePolicy.WARN:
        return (as_it_is,)
    return (trimmed,) if policy is SizePolicy.TRIM else (as_it_is, trimmed)


def html_bytes(pieces: Pieces) -> int:
    """Return the bytes of the longest wording of *pieces*, fields as their fallbacks."""
    size = 0
    for piece in pieces:
        if isinstance(piece, LiteralText):
            size += len(piece.text.encode())
        elif isinstance(piece, Field):
            size += len(escape_html(piece.fallback or "").encode())
        else:
            size += max(map(html_bytes, get_branches(piece)), default=0)
    return size


def _is_long(edition: Edition, issue: Issue) -> bool:
    return html_bytes(edition.html) > issue.size.limit_bytes


# An excerpt


def _excerpt(issue: Issue, words: Words, set_: Set) -> Issue:
    """Return *issue* with as many of its first blocks as fit; at least one."""
    fewest, most = 1, len(issue.article.blocks) - 1
    while fewest < most:
        middle = (fewest + most + 1) // 2
        if _is_long(set_(_first(issue, middle, words), Layout()), issue):
            most = middle - 1
        else:
            fewest = middle
    return _first(issue, fewest, words)


def _first(issue: Issue, count: int, words: Words) -> Issue:
    """Return *issue* with its first blocks, the notes they cite, and a link to the rest; no heading comes last."""
    article = issue.article
    blocks = article.blocks[:count]
    while len(blocks) > 1 and isinstance(blocks[-1], Heading):
        blocks = blocks[:-1]
    more = Embed(href=article.canonical_url or "", title=words.rest_online)
    lead = (article.lead_image,) if article.lead_image else ()
    numbers = _cited((lead, blocks, issue.appeals), article.notes)
    kept = tuple(
        renumbered(replace(note, number=numbers[note.number]), numbers)
        for number in numbers
        for note in article.notes
        if note.number == number
    )
    appeals, lead, shown = renumbered((issue.appeals, lead, blocks), numbers)
    excerpt = replace(
        article, blocks=(*shown, more), notes=kept, lead_image=lead[0] if lead else None
    )
    return replace(issue, article=excerpt, appeals=appeals)


def _cited(shown: object, notes: tuple[Any, ...]) -> dict[int, int]:
    """Return the notes that *shown* cites, or a note that it cites, each with its number among them."""
    by_number = {note.number: note for note in notes}
    found: dict[int, int] = {}
    waiting: list[object] = [shown]
    while waiting:
        for node in walk(waiting.pop(0)):
            if isinstance(node, NoteRef) and node.note in by_number and node.note not in found:
                found[node.note] = len(found) + 1
                waiting.append(by_number[node.note])
    return found


def renumbered(tree: T, numbers: dict[int, int]) -> T:
    """Return *tree* with its references to notes renumbered."""

    def renumber(node: Any) -> Any:  # Any: a node of the tree in, a node of the same kind out
        is_reference = isinstance(node, NoteRef)
        return replace(node, note=numbers.get(node.note, node.note)) if is_reference else node

    return map_nodes(tree, renumber)


# What Gmail will cut


def _asking_early(issue: Issue) -> Issue:
    """Return *issue* with each ask where Gmail still shows it."""
    latest = _last_paragraph_shown(issue)
    moved = (
        replace(appeal, positions=tuple(dict.fromkeys(_early(p, latest) for p in appeal.positions)))
        for appeal in issue.appeals
    )
    return replace(issue, appeals=tuple(moved))


def _early(position: Position, latest: int) -> Position:
    is_shown = position.after is not None and position.after <= latest
    return position if is_shown else Position(after=latest)


def _last_paragraph_shown(issue: Issue) -> int:
    """Return after how many paragraphs an ask still stands whole before the cut, by the share each block has of all."""
    article = issue.article
    sizes = [len(plain_text((block,)).encode()) + 200 for block in article.blocks]
    room = (_CUT_BYTES - 2 * _ASK_BYTES) * 0.6  # markup takes the rest
    paragraphs = 0
    for block, end in zip(article.blocks, accumulate(sizes), strict=True):
        if end > room:
            break
        paragraphs += isinstance(block, Paragraph)
    return paragraphs


# What is told


def _told(wanted: SizePolicy, done: SizePolicy, size: int) -> Iterator[Finding]:
    if done is not wanted:
        yield Finding(
            code="size.no-web-version",
            severity=Severity.WARNING,
            where="[size] policy",
            message=f'The letter is too long, and "{wanted.value}" needs its notes and a page on the web to lead to.',
            hint="Write canonical_url in the front matter.",
        )
    words = {
        SizePolicy.TRIM: "Styles that many paragraphs share stand in its head",
        SizePolicy.NOTES_ONLINE: "A link to the web stands in place of its notes",
        SizePolicy.EXCERPT: "Only its first part is in the letter, with a link to the rest",
    }
    if done in words:
        yield Finding(
            code="size.shortened",
            severity=Severity.NOTE,
            where="the HTML part",
            message=f"The letter was too long. {words[done]}; it has {size:,} bytes now.",
            hint="Look at it before you send; [size] policy decides what happens to long letters.",
        )
