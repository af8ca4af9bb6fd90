"""From keys and values to what an article and its issue take from them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pipeline.errors import LoadError
from pipeline.loaders.base import Markup
from pipeline.loaders.shared.dates import read_date
from pipeline.loaders.shared.front_matter.syntax import (
    Scalar,
    Tree,
    leaves,
    read_block,
    split_block,
)
from pipeline.loaders.shared.html_nodes import (
    LoadReport,
    collapse_spaces,
    find_missing_words,
    sanitize_src,
)
from pipeline.models.article import Dropped, Figure, FrontMatter, LoadWarning, Text

#: BCP 47 as far as its shape goes (RFC 5646 §2.1).
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")

#: Keys that mean the same; the first present wins.
_BYLINES = ("byline", "authors", "author")
_DATES = ("published", "date")
_LANGUAGES = ("language", "lang")
_CANONICALS = ("canonical_url", "canonical")
#: Listed as unknown here; whoever makes a letter of the article says why they are not sent.
_ATTACHMENTS = frozenset({"attachments", "attachment", "attach"})
_SOURCES = ("src", "url", "path")


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedFrontMatter:
    """
    What front matter gives an article; all null and empty if there is none.

    *front_matter* is for the issue; its words are in *dropped* as well, since the article does not show them.
    """

    title: str | None = None
    subtitle: str | None = None
    byline: str | None = None
    published: date | None = None
    language: str | None = None
    canonical_url: str | None = None
    lead_image: Figure | None = None
    for_issue: FrontMatter = field(default_factory=FrontMatter)
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[LoadWarning, ...] = ()
    markup: tuple[Markup, ...] = ()


def read_front_matter(text: str, address: str) -> tuple[ParsedFrontMatter, str]:
    """
    Return what the front matter at the start of *text* says, and the text behind it.

    Raises:
        LoadError: The front matter is broken; the message names the line.
    """
    block, rest = split_block(text, address)
    if block is None:
        return ParsedFrontMatter(), rest
    tree = read_block(block, address)
    keys = _Keys(tree, address)
    matter = keys.read()
    shown = [*(leaf.text for leaf in leaves(tree)), *keys.shown_paths]
    keys.report.add_markup("front-matter.syntax", " ".join(find_missing_words([block.text], shown)))
    dropped, warnings = tuple(keys.report.dropped), tuple(keys.report.warnings)
    return replace(
        matter, dropped=dropped, warnings=warnings, markup=tuple(keys.report.markup)
    ), rest


class _Keys:
    """Takes the known keys out of one block, and lists the others."""

    def __init__(self, tree: Mapping[str, Tree], address: str) -> None:
        self.report = LoadReport()
        #: Paths of values that are listed as left out, as they are written there.
        self.shown_paths: list[str] = []
        self._rest = dict(tree)
        self._address = address

    def read(self) -> ParsedFrontMatter:
        subject, preheader = self._text("subject"), self._text("preheader")
        self.report.drop("front-matter.subject", subject or "")
        self.report.drop("front-matter.preheader", preheader or "")
        matter = ParsedFrontMatter(
            title=self._text("title"),
            subtitle=self._text("subtitle"),
            byline=self._byline(),
            published=self._date(),
            language=self._language(),
            canonical_url=self._canonical(),
            lead_image=self._image(),
            for_issue=FrontMatter(
                subject=subject,
                preheader=preheader,
                appeal=self._appeal(),
                has_attachments=not _ATTACHMENTS.isdisjoint(self._rest),
            ),
        )
        for key, value in self._rest.items():
            self._list(key, value, "front-matter.unknown")
        return matter

    def _take(self, *names: str) -> tuple[str, Tree | None]:
        """Take the first of *names* that is there and not empty; null if there is none."""
        for name in names:
            if name in self._rest:
                value = self._rest.pop(name)
                if not isinstance(value, Scalar) or value.text.strip():
                    return name, value
        return names[0], None

    def _text(self, *names: str) -> str | None:
        name, value = self._take(*names)
        return None if value is None else collapse_spaces(self._leaf(name, value, "text").text)

    def _leaf(self, name: str, value: Tree, wanted: str) -> Scalar:
        if isinstance(value, Scalar):
            return value
        kind = "a group of keys" if isinstance(value, Mapping) else "a list"
        raise LoadError(
            f'{self._address}:{_line(value)}: the front matter\'s "{name}" is {kind}, and {wanted} is expected. '
            "Write it on one line behind the key."
        )

    def _byline(self) -> str | None:
        name, value = self._take(*_BYLINES)
        if value is None:
            return None
        people = value if isinstance(value, list) else [value]
        names = [self._person(name, person) for person in people]
        return ", ".join(filter(None, names)) or None

    def _person(self, key: str, person: Tree) -> str:
        """Return a name; what else is said about the person is left out."""
        if isinstance(person, Mapping):
            others = {name: value for name, value in person.items() if name != "name"}
            self._list(key, others, "front-matter.unknown")
            person = person.get("name", Scalar("", None))
        return collapse_spaces(self._leaf(key, person, "a name").text)

    def _date(self) -> date | None:
        name, value = self._take(*_DATES)
        if value is None:
            return None
        leaf = self._leaf(name, value, "a date")
        found = leaf.value if isinstance(leaf.value, date) else read_date(leaf.text)
        if found is None:
            self._list(name, leaf, "front-matter.date")
            self.report.warn(
                "date.unreadable",
                f"{self._address}:{leaf.line}: the date {leaf.text!r} cannot be read. Write it as 2024-05-01.",
            )
            return None
        self.report.add_changed_words("front-matter.date", [leaf.text], [found.isoformat()])
        return found

    def _language(self) -> str | None:
        name, value = self._take(*_LANGUAGES)
        if value is None:
            return None
        leaf = self._leaf(name, value, "a language tag")
        if _LANGUAGE.fullmatch(leaf.text.strip()):
            return leaf.text.strip().replace("_", "-")
        self._list(name, leaf, "front-matter.language")
        self.report.warn(
            "language.unreadable",
            f"{self._address}:{leaf.line}: {leaf.text!r} is no language tag. Write one such as en or pt-BR.",
        )
        return None

    def _canonical(self) -> str | None:
        name, value = self._take(*_CANONICALS)
        if value is None:
            return None
        leaf = self._leaf(name, value, "an address")
        if re.match(r"https?://[^\s/]", leaf.text.strip(), re.IGNORECASE):
            return leaf.text.strip()
        self._list(name, leaf, "front-matter.canonical")
        self.report.warn(
            "link.unsafe",
            f"{self._address}:{leaf.line}: {leaf.text!r} is no web address. Write it with https://.",
        )
        return None

    def _image(self) -> Figure | None:
        value = self._rest.get("image")
        if isinstance(value, list):
            self._leaf("image", value, "an address")
        parts = dict(value) if isinstance(value, Mapping) else {"src": value or Scalar("", None)}
        source = next((name for name in _SOURCES if name in parts), None)
        leaf = self._leaf("image", parts[source], "an address") if source else None
        if leaf is None or not leaf.text.strip():
            return None
        src = sanitize_src(leaf.text)
        if src is None:
            self.report.warn(
                "image.unsafe",
                f"{self._address}:{leaf.line}: the image {leaf.text[:60]!r} cannot be mailed. "
                "Name an https address or a file beside the article.",
            )
            return None
        del self._rest["image"]
        return self._figure(src, {name: part for name, part in parts.items() if name != source})

    def _figure(self, src: str, parts: Mapping[str, Tree]) -> Figure:
        words = {
            name: collapse_spaces(self._leaf(f"image.{name}", parts[name], "text").text)
            for name in ("alt", "caption", "credit")
            if name in parts
        }
        others = {name: part for name, part in parts.items() if name not in words}
        self._list("image", others, "front-matter.unknown")
        caption = words.get("caption")
        return Figure(
            src=src,
            alt=words.get("alt", ""),
            caption=(Text(text=caption),) if caption else (),
            credit=words.get("credit") or None,
        )

    def _appeal(self) -> Mapping[str, Any]:
        name, value = self._take("appeal")
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise LoadError(
                f'{self._address}:{_line(value)}: the front matter\'s "appeal" is no group of keys. '
                "Indent heading, text, url and others under it."
            )
        self._list(name, value, "front-matter.appeal")
        return {key: _plain(item) for key, item in value.items()}

    def _list(self, path: str, value: Tree, reason: str) -> None:
        """List all values of *value* as left out, each with its path."""
        for place, text in _flattened(path, value):
            self.report.drop(reason, f"{place}: {text}")
            self.shown_paths.append(place)


def _flattened(path: str, value: Tree) -> Iterator[tuple[str, str]]:
    if isinstance(value, Scalar):
        if value.text.strip():
            yield path, value.text
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flattened(f"{path}.{key}", item)
    elif all(isinstance(item, Scalar) for item in value):
        if text := ", ".join(item.text for item in value if isinstance(item, Scalar) and item.text):
            yield path, text
    else:
        for number, item in enumerate(value, start=1):
            yield from _flattened(f"{path}.{number}", item)


def _plain(value: Tree) -> Any:  # Any: what the author wrote, of any type
    if isinstance(value, Scalar):
        return value.value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value]


def _line(value: Tree) -> int:
    return next((leaf.line for leaf in leaves(value) if leaf.line), 1)
