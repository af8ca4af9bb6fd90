"""
Bring an email below its size limit.

1. An email within its limit stays as it is.
2. The policy acts: trim, notes online, excerpt. The last two need a web version; without one the email is trimmed.
3. If that is not enough, the email is trimmed as well.
4. An email that is still too long will be clipped by Gmail, so its unsubscribe link and its appeals move to the top.

The edition's findings say what was done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, TypeVar

from pipeline.markup import escape_html
from pipeline.models.article import Embed, Heading, Note, NoteRef, Paragraph
from pipeline.models.article_text import plain_text
from pipeline.models.edition import Edition, Field, LiteralText, Pieces, get_branches
from pipeline.models.finding import Finding, Severity
from pipeline.models.issue import Issue, NoteAnchors, Position, SizePolicy
from pipeline.models.tree import map_nodes, walk
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.safe_links import to_safe_url

T = TypeVar("T")

#: Where Gmail clips an email, and how much of that precedes the article and is in the longest appeal.
_CLIP_BYTES = 102_400
_APPEAL_BYTES = 14_000
#: The share of text in an email; the rest is markup.
_TEXT_SHARE = 0.6


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderOptions:
    """
    How an issue is rendered.

    Args:
        is_minified: Move styles that many elements share to the head, and remove white space.
        has_notes_online: Link to the web version in place of the notes.
        has_unsubscribe_first: Put an unsubscribe link at the top too.
    """

    is_minified: bool = False
    has_notes_online: bool = False
    has_unsubscribe_first: bool = False


Render = Callable[[Issue, RenderOptions], Edition]


def render_within_limit(issue: Issue, translations: Translations, render: Render) -> Edition:
    """Return the edition of *issue*, below its limit if its policy allows."""
    edition = whole = render(issue, RenderOptions())
    if not _exceeds_limit(edition, issue):
        return edition
    policy = _choose_policy(issue)
    if policy is SizePolicy.EXCERPT:
        issue = _excerpt(issue, translations, render)
    elif policy is SizePolicy.NOTES_ONLINE:
        issue = replace(issue, note_anchors=NoteAnchors.WEB)
    options = RenderOptions()
    for options in _list_options(policy):
        edition = render(issue, options)
        if not _exceeds_limit(edition, issue):
            break
    else:
        edition = render(_move_appeals_up(issue), replace(options, has_unsubscribe_first=True))
    findings = _build_findings(issue.size.policy, policy, count_html_bytes(edition.html))
    return replace(
        edition,
        findings=(*edition.findings, *findings),
        document=whole.document,
        web_images=tuple(image for image in whole.images if image not in edition.images),
    )


def _choose_policy(issue: Issue) -> SizePolicy:
    """Return the policy of *issue*, or trim where it needs notes or a web version that do not exist."""
    policy = issue.size.policy
    has_web_version = to_safe_url(issue.web_url or "") is not None
    if policy is SizePolicy.NOTES_ONLINE and not (has_web_version and issue.article.notes):
        return SizePolicy.TRIM
    return SizePolicy.TRIM if policy is SizePolicy.EXCERPT and not has_web_version else policy


def _list_options(policy: SizePolicy) -> tuple[RenderOptions, ...]:
    """Return the options to try under *policy*, the mildest first."""
    normal = RenderOptions(has_notes_online=policy is SizePolicy.NOTES_ONLINE)
    minified = replace(normal, is_minified=True)
    if policy is SizePolicy.WARN:
        return ()  # it was rendered as it is
    return (minified,) if policy is SizePolicy.TRIM else (normal, minified)


def count_html_bytes(pieces: Pieces) -> int:
    """Return the size of *pieces* with the longest branch of each choice, fields as their fallbacks."""
    size = 0
    for piece in pieces:
        if isinstance(piece, LiteralText):
            size += len(piece.text.encode())
        elif isinstance(piece, Field):
            size += len(escape_html(piece.fallback or "").encode())
        else:
            size += max(map(count_html_bytes, get_branches(piece)), default=0)
    return size


def _exceeds_limit(edition: Edition, issue: Issue) -> bool:
    return count_html_bytes(edition.html) > issue.size.limit_bytes


# Excerpt


def _excerpt(issue: Issue, translations: Translations, render: Render) -> Issue:
    """Return *issue* with as many of its first blocks as fit, at least one."""
    low, high = 1, len(issue.article.blocks) - 1
    while low < high:
        middle = (low + high + 1) // 2
        shorter = _keep_first(issue, middle, translations)
        if _exceeds_limit(render(shorter, RenderOptions()), issue):
            high = middle - 1
        else:
            low = middle
    return _keep_first(issue, low, translations)


def _keep_first(issue: Issue, count: int, translations: Translations) -> Issue:
    """Return *issue* with its first blocks, the notes they cite, and a link to the rest; no heading comes last."""
    article = issue.article
    blocks = article.blocks[:count]
    while len(blocks) > 1 and isinstance(blocks[-1], Heading):
        blocks = blocks[:-1]
    link = Embed(href=issue.web_url or "", title=translations.continue_online)
    lead = (article.lead_image,) if article.lead_image else ()
    numbers = _number_cited_notes((lead, blocks, issue.appeals), article.notes)
    by_number = {note.number: note for note in article.notes}
    notes = tuple(
        renumber_notes(replace(by_number[number], number=new), numbers)
        for number, new in numbers.items()
    )
    appeals, lead, kept = renumber_notes((issue.appeals, lead, blocks), numbers)
    excerpt = replace(
        article, blocks=(*kept, link), notes=notes, lead_image=lead[0] if lead else None
    )
    return replace(issue, article=excerpt, appeals=appeals)


def _number_cited_notes(nodes: object, notes: tuple[Note, ...]) -> dict[int, int]:
    """Return the new number of each note that *nodes*, or a note cited there, cites."""
    by_number = {note.number: note for note in notes}
    numbers: dict[int, int] = {}
    queue = deque([nodes])
    while queue:
        for node in walk(queue.popleft()):
            if isinstance(node, NoteRef) and node.note in by_number and node.note not in numbers:
                numbers[node.note] = len(numbers) + 1
                queue.append(by_number[node.note])
    return numbers


def renumber_notes(tree: T, numbers: dict[int, int]) -> T:
    """Return *tree* with its references renumbered."""

    def renumber(node: Any) -> Any:  # Any: a node of the tree in, a node of the same kind out
        is_reference = isinstance(node, NoteRef)
        return replace(node, note=numbers.get(node.note, node.note)) if is_reference else node

    return map_nodes(tree, renumber)


# What Gmail will clip


def _move_appeals_up(issue: Issue) -> Issue:
    """Return *issue* with each appeal where Gmail still shows it."""
    latest = _count_visible_paragraphs(issue)
    appeals = []
    for appeal in issue.appeals:
        stops = (latest if p.after is None else min(p.after, latest) for p in appeal.positions)
        positions = tuple(Position(after=after) for after in dict.fromkeys(stops))
        appeals.append(replace(appeal, positions=positions))
    return replace(issue, appeals=tuple(appeals))


def _count_visible_paragraphs(issue: Issue) -> int:
    """Return how many paragraphs may precede an appeal that Gmail still shows in full, estimated by text size."""
    blocks = issue.article.blocks
    sizes = [len(plain_text((block,)).encode()) + 200 for block in blocks]
    available = (_CLIP_BYTES - 2 * _APPEAL_BYTES) * _TEXT_SHARE
    paragraphs = 0
    for block, end in zip(blocks, accumulate(sizes), strict=True):
        if end > available:
            break
        paragraphs += isinstance(block, Paragraph)
    return paragraphs


# Findings


def _build_findings(requested: SizePolicy, applied: SizePolicy, size: int) -> Iterator[Finding]:
    if applied is not requested:
        yield Finding(
            code="size.no-web-version",
            severity=Severity.WARNING,
            where="[size] policy",
            message=f'The email is too long, and "{requested.value}" requires notes and a web version to link to.',
            hint="Set [archive] url, or canonical_url in the front matter.",
        )
    actions = {
        SizePolicy.TRIM: "Styles that many paragraphs share were moved to its head",
        SizePolicy.NOTES_ONLINE: "Its notes were replaced by a link to the web version",
        SizePolicy.EXCERPT: "It was cut to an excerpt with a link to the rest",
    }
    if applied in actions:
        yield Finding(
            code="size.shortened",
            severity=Severity.NOTE,
            where="the HTML part",
            message=f"The email was too long. {actions[applied]}; it now has {size:,} bytes.",
            hint="Review it before sending; [size] policy determines what happens to long emails.",
        )
