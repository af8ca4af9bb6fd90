"""Settle links within the article: those to headings, and those around references."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import TypeVar, get_args
from urllib.parse import unquote, urljoin

from pipeline.loaders.shared.html_nodes import LoadReport, is_blank, is_wrapper
from pipeline.models.article import (
    Embed,
    Figure,
    Heading,
    Image,
    Inline,
    Link,
    NoteRef,
    Superscript,
)
from pipeline.models.article_text import plain_text
from pipeline.models.tree import map_nodes, walk

T = TypeVar("T")

_INLINES = get_args(Inline)


def link_headings(tree: T, report: LoadReport) -> T:
    """
    Return *tree* with an anchor on each heading that a link leads to, and these links leading there.

    A heading's own anchor stays. Else a link's fragment may be the heading's words as GitHub, Pandoc or kramdown turn
    them into one.
    """
    nodes = [node for node in walk(tree) if isinstance(node, (Heading, Link))]
    headings = [node for node in nodes if isinstance(node, Heading)]
    hrefs = (node.href for node in nodes if isinstance(node, Link))
    wanted = {href[1:] for href in hrefs if href.startswith("#")}
    if not headings or not wanted:
        return tree
    known = _fragments(headings)
    anchors = [heading.anchor for heading in headings]
    moved: dict[str, str] = {}
    for fragment in sorted(wanted):
        place = _find(fragment, known)
        if place is not None:
            anchors[place] = anchors[place] or unquote(fragment)
            moved[f"#{fragment}"] = f"#{anchors[place]}"
    remaining = iter(anchors)

    def change(node: object) -> object:
        if isinstance(node, Heading):
            return replace(node, anchor=next(remaining))
        if isinstance(node, Link) and node.href in moved:
            report.add_changed_words("link.anchor", [node.href], [moved[node.href]])
            return replace(node, href=moved[node.href])
        return node

    return map_nodes(tree, change)


def make_absolute(tree: T, base_url: str, report: LoadReport) -> T:
    """Return *tree* with its relative addresses counted from *base_url*; anchors within the article stay."""

    def settled(address: str) -> str:
        if not address or address.startswith("#"):
            return address
        try:
            absolute = urljoin(base_url, address)
        except ValueError:  # brackets where a host should be
            return address
        report.add_changed_words("link.relative", [address], [absolute])
        return absolute

    def change(node: object) -> object:
        match node:
            case Link(href=href) | Embed(href=href):
                return replace(node, href=settled(href))
            case Image(src=src):
                return replace(node, src=settled(src))
            case Figure(src=src, href=href):
                return replace(node, src=src and settled(src), href=href and settled(href))
        return node

    return map_nodes(tree, change)


def part_references(tree: T, report: LoadReport) -> T:
    """Return *tree* with no reference within a link, where it would be a link within a link, or raised twice."""

    def change(node: Inline) -> tuple[Inline, ...]:
        if isinstance(node, Superscript) and _only_references(node.inlines):
            return tuple(inner for inner in node.inlines if isinstance(inner, NoteRef))
        return _without_references(node, report) if isinstance(node, Link) else (node,)

    return splice(tree, change)


def splice(node: T, change: Callable[[Inline], tuple[Inline, ...]]) -> T:
    """Return *node* with what *change* returns in the place of each inline at and below it, innermost first."""
    if isinstance(node, tuple):
        items: list[object] = []
        for item in node:
            new = splice(item, change)
            items += change(new) if isinstance(new, _INLINES) else [new]
        return tuple(items)  # type: ignore[return-value]
    if not hasattr(node, "__dataclass_fields__"):
        return node
    values = {f.name: getattr(node, f.name) for f in fields(node)}  # type: ignore[arg-type]
    new_values = {name: splice(value, change) for name, value in values.items()}
    return replace(node, **new_values) if new_values != values else node  # type: ignore[type-var]


def github_slug(text: str) -> str:
    """Return the anchor GitHub gives a heading of these words."""
    kept = (c for c in text.strip().lower() if c in " -_" or c.isalnum() or _is_mark(c))
    return "".join(kept).replace(" ", "-")


def pandoc_slug(text: str) -> str:
    """Return the anchor Pandoc gives a heading of these words; kramdown's is the same for most."""
    kept = "".join(c for c in text.lower() if c in " -_." or c.isalnum() or _is_mark(c))
    return re.sub(r"^[^a-z]*?(?=[^\W\d_])", "", "-".join(kept.split()))


def _fragments(headings: Sequence[Heading]) -> list[dict[str, int]]:
    """Return, in falling order of trust, which heading each fragment means."""
    words = [plain_text(heading.inlines) for heading in headings]
    return [
        _first_places(heading.anchor or "" for heading in headings),
        _first_places(_numbered(map(github_slug, words))),
        _first_places(_numbered(map(pandoc_slug, words))),
        _first_places(map(_loose, words)),
    ]


def _first_places(names: Iterable[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        places.setdefault(name, place)
    return places


def _numbered(slugs: Iterable[str]) -> Iterator[str]:
    """Number the second and later of the same, as GitHub and Pandoc do."""
    seen: Counter[str] = Counter()
    for slug in slugs:
        yield f"{slug}-{seen[slug]}" if seen[slug] else slug
        seen[slug] += 1


def _find(fragment: str, known: Sequence[dict[str, int]]) -> int | None:
    exact = unquote(fragment)
    names = (exact, exact, exact, _loose(exact))
    found = (
        table[name] for table, name in zip(known, names, strict=True) if name and name in table
    )
    return next(found, None)


def _loose(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _only_references(inlines: Sequence[Inline]) -> bool:
    is_cited = any(isinstance(node, NoteRef) for node in inlines)
    return is_cited and all(isinstance(node, NoteRef) or is_blank([node]) for node in inlines)


def _without_references(link: Link, report: LoadReport) -> tuple[Inline, ...]:
    """Return *link* in the parts that stand between its references, and these."""
    parts: list[Inline] = []
    part: list[Inline] = []
    for node in link.inlines:
        references = [inner for inner in walk(node) if isinstance(inner, NoteRef)]
        part += splice((node,), _drop_reference) if references else (node,)
        if references:
            parts += [replace(link, inlines=tuple(part))] if part else []
            parts += references
            part = []
    if part:
        parts.append(replace(link, inlines=tuple(part)))
    if not any(isinstance(node, Link) for node in parts):
        report.drop("link.empty", f"{link.href} {link.title or ''}")
    return tuple(parts)


def _drop_reference(node: Inline) -> tuple[Inline, ...]:
    is_empty = isinstance(node, NoteRef) or (is_wrapper(node) and not node.inlines)
    return () if is_empty else (node,)
