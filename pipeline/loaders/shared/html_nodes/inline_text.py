"""Set the inlines of a paragraph right: one text where two meet, single spaces, none at the ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeGuard

from pipeline.loaders.shared.html_nodes.account import Account
from pipeline.models.article import (
    Break,
    Emphasis,
    Image,
    Inline,
    InlineCode,
    Link,
    NoteRef,
    Small,
    Strike,
    Strong,
    Subscript,
    Superscript,
    Text,
)

Wrapper = Strong | Emphasis | Strike | Superscript | Subscript | Small | Link

#: White space of HTML; a no-break space is a character like any other.
_SPACES = re.compile(r"[ \t\n\r\f]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture(Image):
    """A picture whose place is not settled yet: a `Figure` if it stands alone, else an `Image`."""

    title: str = ""
    width: int | None = None
    height: int | None = None


def collapse(text: str) -> str:
    """Return *text* with single spaces, none at its ends; no-break spaces stay."""
    return _SPACES.sub(" ", text).strip(" ")


def is_wrapper(node: object) -> TypeGuard[Wrapper]:
    """Whether *node* is an inline that holds inlines."""
    return isinstance(node, Wrapper)


def is_blank(inlines: Sequence[Inline]) -> bool:
    """Whether nothing of *inlines* can be seen."""
    return all(
        (isinstance(node, Text) and not _SPACES.sub("", node.text))
        or isinstance(node, Break)
        or (is_wrapper(node) and is_blank(node.inlines))
        for node in inlines
    )


def settle(inlines: Sequence[Inline], account: Account) -> tuple[Inline, ...]:
    """
    Return *inlines* as one paragraph shows them.

    Neighbouring texts become one, runs of white space one space, and there is none at the ends and around breaks.
    """
    merged = merge(inlines, account)
    forward, _ = _collapse(merged, after_space=True)
    backward, _ = _trim(forward, at_end=True)
    start, end = 0, len(backward)
    while start < end and isinstance(backward[start], Break):
        start += 1
    while end > start and isinstance(backward[end - 1], Break):
        end -= 1
    return tuple(backward[start:end])


def merge(inlines: Sequence[Inline], account: Account) -> tuple[Inline, ...]:
    """Return *inlines* with neighbouring texts made one, at every depth."""
    merged: list[Inline] = []
    for is_text, group in groupby(inlines, key=lambda node: isinstance(node, Text)):
        nodes = list(group)
        if not is_text:
            merged += [_merged_within(node, account) for node in nodes]
        elif len(nodes) == 1:
            merged += nodes
        else:
            pieces = [node.text for node in nodes if isinstance(node, Text)]
            merged.append(Text(text="".join(pieces)))
            account.respelled("text.joined", pieces, ["".join(pieces)])
    return tuple(merged)


def replace_text(inlines: Sequence[Inline], change: Callable[[str], Inline]) -> tuple[Inline, ...]:
    """Return *inlines* with each text that is not empty put through *change*, at every depth."""
    return tuple(
        change(node.text)
        if isinstance(node, Text)
        else replace(node, inlines=replace_text(node.inlines, change))
        if is_wrapper(node)
        else node
        for node in inlines
    )


def note_refs(inlines: Sequence[Inline]) -> tuple[NoteRef, ...]:
    """Return the note references among *inlines*, at every depth."""
    found: list[NoteRef] = []
    for node in inlines:
        if isinstance(node, NoteRef):
            found.append(node)
        elif is_wrapper(node):
            found += note_refs(node.inlines)
    return tuple(found)


def is_plain(inlines: Sequence[Inline]) -> bool:
    """Whether *inlines* are words and nothing that a plain string would lose but their stress."""
    return all(
        isinstance(node, (Text, Break))
        or (is_wrapper(node) and not isinstance(node, Link) and is_plain(node.inlines))
        for node in inlines
    )


def pieces(inlines: Sequence[Inline]) -> list[str]:
    """Return the words of *inlines* as they stand apart in the tree; those of pictures are not among them."""
    found: list[str] = []
    for node in inlines:
        if isinstance(node, Text):
            found.append(node.text)
        elif isinstance(node, InlineCode):
            found.append(node.code)
        elif isinstance(node, Break):
            found.append(" ")
        elif is_wrapper(node):
            found += pieces(node.inlines)
    return found


def _merged_within(node: Inline, account: Account) -> Inline:
    return replace(node, inlines=merge(node.inlines, account)) if is_wrapper(node) else node


def _collapse(inlines: Sequence[Inline], *, after_space: bool) -> tuple[list[Inline], bool]:
    """Collapse white space from the left; also tell whether what follows stands after a space."""
    kept: list[Inline] = []
    for node in inlines:
        if isinstance(node, Text):
            text = _SPACES.sub(" ", node.text)
            text = text.removeprefix(" ") if after_space else text
            if text:
                after_space = text.endswith(" ")
                kept.append(Text(text=text))
        elif is_wrapper(node):
            inside, after_space = _collapse(node.inlines, after_space=after_space)
            if inside:
                kept.append(replace(node, inlines=tuple(inside)))
        else:
            after_space = isinstance(node, Break)
            kept.append(node)
    return kept, after_space


def _trim(inlines: Sequence[Inline], *, at_end: bool) -> tuple[list[Inline], bool]:
    """Take the space before breaks and at the end away, from the right; also tell whether the end is still open."""
    kept: list[Inline] = []
    for node in reversed(inlines):
        if isinstance(node, Text):
            text = node.text.removesuffix(" ") if at_end else node.text
            if text:
                at_end = False
                kept.append(Text(text=text) if text != node.text else node)
        elif is_wrapper(node):
            inside, at_end = _trim(node.inlines, at_end=at_end)
            if inside:
                kept.append(replace(node, inlines=tuple(inside)))
        else:
            at_end = isinstance(node, Break)
            kept.append(node)
    return kept[::-1], at_end
