"""Normalize the inlines of a paragraph: one text where two meet, single spaces, no spaces at the ends."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeGuard

from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.models.article import (
    Break,
    Emphasis,
    Highlight,
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
from pipeline.models.tree import walk

Wrapper = Strong | Emphasis | Strike | Highlight | Superscript | Subscript | Small | Link

#: White space in HTML; a no-break space is not part of it.
_SPACES = re.compile(r"[ \t\n\r\f]+")


def collapse_spaces(text: str) -> str:
    """Return *text* with single spaces and none at its ends; no-break spaces stay."""
    return _SPACES.sub(" ", text).strip(" ")


def is_wrapper(node: object) -> TypeGuard[Wrapper]:
    """Whether *node* is an inline that contains inlines."""
    return isinstance(node, Wrapper)


def is_blank(inlines: Sequence[Inline]) -> bool:
    """Whether nothing in *inlines* is visible."""
    return all(
        (isinstance(node, Text) and not _SPACES.sub("", node.text))
        or isinstance(node, Break)
        or (is_wrapper(node) and is_blank(node.inlines))
        for node in inlines
    )


def normalize_inlines(inlines: Sequence[Inline], report: LoadReport) -> tuple[Inline, ...]:
    """
    Return *inlines* as the content of one paragraph.

    Adjacent texts are merged; white space is collapsed, and removed at the ends and around breaks.
    """
    merged = merge_texts(inlines, report)
    forward, _ = _collapse(merged, after_space=True)
    backward, _ = _trim(forward, at_end=True)
    start, end = 0, len(backward)
    while start < end and isinstance(backward[start], Break):
        start += 1
    while end > start and isinstance(backward[end - 1], Break):
        end -= 1
    return tuple(backward[start:end])


def merge_texts(inlines: Sequence[Inline], report: LoadReport) -> tuple[Inline, ...]:
    """Return *inlines* with adjacent texts merged, at every depth."""
    merged: list[Inline] = []
    for is_text, group in groupby(inlines, key=lambda node: isinstance(node, Text)):
        nodes = list(group)
        if not is_text:
            merged += [
                replace(node, inlines=merge_texts(node.inlines, report))
                if is_wrapper(node)
                else node
                for node in nodes
            ]
        elif len(nodes) == 1:
            merged += nodes
        else:
            texts = [node.text for node in nodes if isinstance(node, Text)]
            merged.append(Text(text="".join(texts)))
            report.add_changed_words("text.joined", texts, ["".join(texts)])
    return tuple(merged)


def find_note_refs(inlines: tuple[Inline, ...]) -> tuple[NoteRef, ...]:
    """Return the note references in *inlines*, at every depth."""
    return tuple(node for node in walk(inlines) if isinstance(node, NoteRef))


def is_plain_text(inlines: tuple[Inline, ...]) -> bool:
    """Whether *inlines* become a plain string without losing anything but emphasis."""
    return all(
        isinstance(node, (Text, Break)) or (is_wrapper(node) and not isinstance(node, Link))
        for node in walk(inlines)
    )


def list_texts(inlines: tuple[Inline, ...]) -> list[str]:
    """Return the separate texts in *inlines*; alternative texts of images are not included."""
    found: list[str] = []
    for node in walk(inlines):
        match node:
            case Text(text=text):
                found.append(text)
            case InlineCode(code=code):
                found.append(code)
            case Break():
                found.append(" ")
    return found


def _collapse(inlines: Sequence[Inline], *, after_space: bool) -> tuple[list[Inline], bool]:
    """Collapse white space from the left; also return whether the next inline follows a space."""
    result: list[Inline] = []
    for node in inlines:
        if isinstance(node, Text):
            text = _SPACES.sub(" ", node.text)
            text = text.removeprefix(" ") if after_space else text
            if text:
                after_space = text.endswith(" ")
                result.append(Text(text=text))
        elif is_wrapper(node):
            inside, after_space = _collapse(node.inlines, after_space=after_space)
            if inside:
                result.append(replace(node, inlines=tuple(inside)))
        else:
            after_space = isinstance(node, Break)
            result.append(node)
    return result, after_space


def _trim(inlines: Sequence[Inline], *, at_end: bool) -> tuple[list[Inline], bool]:
    """Remove the space before breaks and at the end, from the right; also return whether the end is still open."""
    result: list[Inline] = []
    for node in reversed(inlines):
        if isinstance(node, Text):
            text = node.text.removesuffix(" ") if at_end else node.text
            if text:
                at_end = False
                result.append(Text(text=text) if text != node.text else node)
        elif is_wrapper(node):
            inside, at_end = _trim(node.inlines, at_end=at_end)
            if inside:
                result.append(replace(node, inlines=tuple(inside)))
        else:
            at_end = isinstance(node, Break)
            result.append(node)
    return result[::-1], at_end
