"""Resolve links inside the article: those to headings, and those that contain references."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from typing import TypeVar, get_args
from urllib.parse import unquote, urljoin

from pipeline.loaders.shared.html_nodes.inline_text import is_blank, is_wrapper
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.models.article import (
    Break,
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


def resolve_heading_links(tree: T, report: LoadReport) -> T:
    """
    Return *tree* with an anchor on each heading that is linked to, and these links pointing to it.

    Headings keep their own anchors. Else a fragment may be the text of a heading as GitHub, Pandoc or kramdown convert
    it.
    """
    nodes = [node for node in walk(tree) if isinstance(node, (Heading, Link))]
    headings = [node for node in nodes if isinstance(node, Heading)]
    hrefs = (node.href for node in nodes if isinstance(node, Link))
    fragments = {href[1:] for href in hrefs if href.startswith("#")}
    if not headings or not fragments:
        return tree
    indexes = _index_headings(headings)
    anchors = [heading.anchor for heading in headings]
    changed_hrefs: dict[str, str] = {}
    for fragment in sorted(fragments):
        position = _find_heading(fragment, indexes)
        if position is not None:
            anchors[position] = anchors[position] or unquote(fragment)
            changed_hrefs[f"#{fragment}"] = f"#{anchors[position]}"
    remaining = iter(anchors)

    def change(node: object) -> object:
        if isinstance(node, Heading):
            return replace(node, anchor=next(remaining))
        if isinstance(node, Link) and node.href in changed_hrefs:
            report.add_changed_words("link.anchor", [node.href], [changed_hrefs[node.href]])
            return replace(node, href=changed_hrefs[node.href])
        return node

    return map_nodes(tree, change)


def make_urls_absolute(tree: T, base_url: str, report: LoadReport) -> T:
    """Return *tree* with its relative URLs resolved against *base_url*; anchors inside the article stay."""

    def resolve(url: str) -> str:
        if not url or url.startswith("#"):
            return url
        try:
            absolute = urljoin(base_url, url)
        except ValueError:  # brackets in place of a host
            return url
        report.add_changed_words("link.relative", [url], [absolute])
        return absolute

    def change(node: object) -> object:
        match node:
            case Link(href=href) | Embed(href=href):
                return replace(node, href=resolve(href))
            case Image(src=src):
                return replace(node, src=resolve(src))
            case Figure(src=src, href=href):
                return replace(node, src=src and resolve(src), href=href and resolve(href))
        return node

    return map_nodes(tree, change)


def split_links_at_references(tree: T, report: LoadReport) -> T:
    """Return *tree* without references inside a link or a superscript, where they would be nested links."""

    def change(node: Inline) -> tuple[Inline, ...]:
        if isinstance(node, Superscript) and _has_only_references(node.inlines):
            return tuple(inner for inner in node.inlines if isinstance(inner, NoteRef))
        return _split_link(node, report) if isinstance(node, Link) else (node,)

    return replace_inlines(tree, change)


def replace_inlines(node: T, change: Callable[[Inline], tuple[Inline, ...]]) -> T:
    """Return *node* with each inline in it replaced by what *change* returns, innermost first."""
    if isinstance(node, tuple):
        items: list[object] = []
        for item in node:
            new = replace_inlines(item, change)
            items += change(new) if isinstance(new, _INLINES) else [new]
        return tuple(items)  # type: ignore[return-value]
    if not hasattr(node, "__dataclass_fields__"):
        return node
    values = {f.name: getattr(node, f.name) for f in fields(node)}  # type: ignore[arg-type]
    new_values = {name: replace_inlines(value, change) for name, value in values.items()}
    return replace(node, **new_values) if new_values != values else node  # type: ignore[type-var]


def make_github_slug(text: str) -> str:
    """Return the anchor that GitHub gives a heading with *text*."""
    kept = (c for c in text.strip().lower() if c in " -_" or c.isalnum() or _is_combining(c))
    return "".join(kept).replace(" ", "-")


def make_pandoc_slug(text: str) -> str:
    """Return the anchor that Pandoc gives a heading with *text*; kramdown's is mostly the same."""
    kept = "".join(c for c in text.lower() if c in " -_." or c.isalnum() or _is_combining(c))
    return re.sub(r"^[^a-z]*?(?=[^\W\d_])", "", "-".join(kept.split()))


def _index_headings(headings: Sequence[Heading]) -> list[dict[str, int]]:
    """Return for each kind of fragment, most reliable first, the position of the heading it means."""
    texts = [plain_text(heading.inlines) for heading in headings]
    return [
        _index_first(heading.anchor or "" for heading in headings),
        _index_first(_number_duplicates(map(make_github_slug, texts))),
        _index_first(_number_duplicates(map(make_pandoc_slug, texts))),
        _index_first(map(_normalize, texts)),
    ]


def _index_first(names: Iterable[str]) -> dict[str, int]:
    positions: dict[str, int] = {}
    for position, name in enumerate(names):
        positions.setdefault(name, position)
    return positions


def _number_duplicates(slugs: Iterable[str]) -> Iterator[str]:
    """Number the second and later of the same slugs, as GitHub and Pandoc do."""
    seen: Counter[str] = Counter()
    for slug in slugs:
        yield f"{slug}-{seen[slug]}" if seen[slug] else slug
        seen[slug] += 1


def _find_heading(fragment: str, indexes: Sequence[dict[str, int]]) -> int | None:
    name = unquote(fragment)
    names = (name, name, name, _normalize(name))
    found = (
        table[name] for table, name in zip(indexes, names, strict=True) if name and name in table
    )
    return next(found, None)


def _normalize(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _is_combining(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _has_only_references(inlines: Sequence[Inline]) -> bool:
    is_cited = any(isinstance(node, NoteRef) for node in inlines)
    return is_cited and all(isinstance(node, NoteRef) or is_blank([node]) for node in inlines)


def _split_link(link: Link, report: LoadReport) -> tuple[Inline, ...]:
    """Return the parts of *link* between its references, and the references."""
    parts: list[Inline] = []
    part: list[Inline] = []
    for node in link.inlines:
        references = [inner for inner in walk(node) if isinstance(inner, NoteRef)]
        part += replace_inlines((node,), _remove_reference) if references else (node,)
        if references:
            parts += [replace(link, inlines=tuple(part))] if not is_blank(part) else []
            parts += references
            part = []
    if not is_blank(part):
        parts.append(replace(link, inlines=tuple(part)))
    if not any(isinstance(node, Link) for node in parts):
        report.drop("link.empty", f"{link.href} {link.title or ''}")
    return tuple(parts)


def _remove_reference(node: Inline) -> tuple[Inline, ...]:
    """Return nothing for a reference, and only the line breaks of a style that has nothing else."""
    if isinstance(node, NoteRef):
        return ()
    if is_wrapper(node) and all(isinstance(inner, Break) for inner in node.inlines):
        return node.inlines
    return (node,)
