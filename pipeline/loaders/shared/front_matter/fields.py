"""Read the fields of an article and its issue from the keys and values of front matter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pipeline.errors import LoadError
from pipeline.loaders.shared.dates import read_date
from pipeline.loaders.shared.front_matter.syntax import (
    Scalar,
    Tree,
    iter_scalars,
    parse_block,
    split_text,
)
from pipeline.loaders.shared.html_nodes.inline_text import collapse_spaces
from pipeline.loaders.shared.html_nodes.load_report import LoadReport, find_missing_words
from pipeline.loaders.shared.html_nodes.safe_urls import resolve_web_url, sanitize_src
from pipeline.models.article import Figure, FrontMatter, Text

#: A language tag by its form (BCP 47, RFC 5646 §2.1).
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*")

#: Keys of the file or URL of an image; the first present one counts.
_SRC_KEYS = ("src", "url", "path")
#: Keys of the date, the first that is set counts.
_DATE_KEYS = (
    "published",
    "date",
    "publishdate",
    "publish_date",
    "published_at",
    "date_published",
    "pubdate",
    "created",
    "created_time",
)
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
#: Keys that say whether an article may be published, and what their values mean: True is a draft.
_DRAFT_KEYS: Mapping[str, Mapping[str, bool]] = {
    "draft": {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)},
    "published": {**dict.fromkeys(_YES, False), **dict.fromkeys(_NO, True)},
    "publish": {**dict.fromkeys(_YES, False), **dict.fromkeys(_NO, True)},
    "status": {"draft": True, "published": False},
}
#: Other spellings of keys, in lower case.
_ALIASES = {"canonicalurl": "canonical_url", "created by": "author", "creator": "author"}
_KNOWN_KEYS = frozenset(
    (
        "title subtitle byline authors author language lang subject preheader canonical_url canonical image appeal "
        "attachments attachment attach detect_appeal fields"
    ).split()
) | {*_DATE_KEYS, *_DRAFT_KEYS}
#: Listed as unknown here; a check says why attachments are not sent.
_ATTACHMENT_KEYS = frozenset({"attachments", "attachment", "attach"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedFrontMatter:
    """
    The fields of an article in front matter.

    Args:
        for_issue: The fields of the issue; their text is also reported as dropped, as the article does not show it.
        has_title: Whether the title is given, even as "": then no heading of the text is taken for it.
        detect_appeal: Whether the text may be searched for an appeal.
        has_fields: Whether `{{ name }}` may be a field.
        report: What was left out, recorded as markup, or needs attention.
    """

    title: str | None = None
    has_title: bool = False
    subtitle: str | None = None
    byline: str | None = None
    published: date | None = None
    language: str | None = None
    canonical_url: str | None = None
    lead_image: Figure | None = None
    for_issue: FrontMatter = field(default_factory=FrontMatter)
    detect_appeal: bool = True
    has_fields: bool = True
    report: LoadReport = field(default_factory=LoadReport)


def read_front_matter(
    text: str, location: str, *, base_url: str | None = None
) -> tuple[ParsedFrontMatter, str]:
    """
    Return the fields in the front matter at the beginning of *text*, and the text without it.

    *base_url* is where the text was fetched from: a relative canonical URL counts from there.
    """
    split = split_text(text, location)
    if split.language is None:
        return ParsedFrontMatter(), split.rest
    tree = parse_block(split, location)
    reader = _FieldReader(tree, location, base_url)
    front_matter = reader.read()
    reported = [*(scalar.text for scalar in iter_scalars(tree)), *reader.dropped_paths]
    syntax = find_missing_words([split.block], reported)
    reader.report.add_markup("front-matter.syntax", " ".join(syntax))
    return front_matter, split.rest


class _FieldReader:
    """Reads the known keys of one block, and reports all other values as dropped; *dropped_paths* are their paths."""

    def __init__(
        self, tree: Mapping[str, Tree], location: str, base_url: str | None = None
    ) -> None:
        self.report = LoadReport()
        self.dropped_paths: list[str] = []
        self._rest = _rename_keys(tree)
        self._location = location
        self._base_url = base_url

    def read(self) -> ParsedFrontMatter:
        subject, preheader = self._read_text("subject"), self._read_text("preheader")
        self.report.drop("front-matter.subject", subject or "")
        self.report.drop("front-matter.preheader", preheader or "")
        has_title = "title" in self._rest
        is_draft = self._read_draft()
        front_matter = ParsedFrontMatter(
            title=self._read_text("title"),
            has_title=has_title,
            subtitle=self._read_text("subtitle"),
            byline=self._read_byline(),
            published=self._read_date(),
            language=self._read_language(),
            canonical_url=self._read_canonical_url(),
            lead_image=self._read_image(),
            for_issue=FrontMatter(
                subject=subject,
                preheader=preheader,
                appeal=self._read_appeal(),
                has_attachments=not _ATTACHMENT_KEYS.isdisjoint(self._rest),
                is_draft=is_draft,
            ),
            detect_appeal=self._read_switch("detect_appeal"),
            has_fields=self._read_switch("fields"),
            report=self.report,
        )
        for key, value in self._rest.items():
            self._drop(key, value, "front-matter.unknown")
        return front_matter

    def _pop(self, *keys: str) -> tuple[str, Tree | None]:
        """Take the value of the first of *keys* that is present and not empty."""
        for key in keys:
            value = self._rest.pop(key, None)
            if value is not None and (not isinstance(value, Scalar) or value.text.strip()):
                return key, value
        return keys[0], None

    def _pop_scalar(self, expected: str, *keys: str) -> tuple[str, Scalar | None]:
        key, value = self._pop(*keys)
        return key, None if value is None else self._require_scalar(key, value, expected)

    def _require_scalar(self, key: str, value: Tree, expected: str) -> Scalar:
        if isinstance(value, Scalar):
            return value
        kind = "a group of keys" if isinstance(value, Mapping) else "a list"
        raise LoadError(
            f'{self._locate(value)}: "{key}" in the front matter must be {expected}, not {kind}. '
            "Write it on one line after the key."
        )

    def _read_text(self, key: str) -> str | None:
        _, scalar = self._pop_scalar("text", key)
        return collapse_spaces(scalar.text) if scalar else None

    def _read_switch(self, key: str) -> bool:
        """Return whether *key* is on, as it is by default."""
        _, scalar = self._pop_scalar("true or false", key)
        if scalar is None:
            return True
        if not isinstance(scalar.value, bool):
            raise LoadError(
                f'{self._locate(scalar)}: "{key}" in the front matter must be true or false, not '
                f"{scalar.text[:60]!r}."
            )
        self.report.add_markup("front-matter.switch", scalar.text)
        return scalar.value

    def _read_byline(self) -> str | None:
        key, value = self._pop("byline", "authors", "author")
        if value is None:
            return None
        authors = value if isinstance(value, list) else [value]
        names = [self._read_author(key, author) for author in authors]
        return ", ".join(filter(None, names)) or None

    def _read_author(self, key: str, author: Tree) -> str:
        """Return the name of an author; other details are dropped."""
        if isinstance(author, Mapping):
            others = {name: value for name, value in author.items() if name != "name"}
            self._drop(key, others, "front-matter.unknown")
            author = author.get("name", Scalar("", None))
        return collapse_spaces(self._require_scalar(key, author, "a name").text)

    def _read_draft(self) -> bool:
        """Whether a key says that the article is not to be published: `draft: true`, `published: false` (Jekyll)."""
        is_draft = False
        for key, meaning in _DRAFT_KEYS.items():
            value = self._rest.get(key)
            word = value.text.strip().lower() if isinstance(value, Scalar) else ""
            if isinstance(value, Scalar) and word in meaning:
                is_draft |= meaning[word]
                del self._rest[key]
                self._drop(key, value, "front-matter.draft")
        return is_draft

    def _read_date(self) -> date | None:
        key, scalar = self._pop_scalar("a date", *_DATE_KEYS)
        if scalar is None:
            return None
        found = scalar.value if isinstance(scalar.value, date) else read_date(scalar.text)
        if found is None:
            self._drop(key, scalar, "front-matter.date")
            problem = f"the date {scalar.text!r} cannot be read. Write it as 2024-05-01."
            self._warn("date.unreadable", scalar, problem)
            return None
        self.report.add_changed_words("front-matter.date", [scalar.text], [found.isoformat()])
        return found

    def _read_language(self) -> str | None:
        key, scalar = self._pop_scalar("a language tag", "language", "lang")
        if scalar is None or _LANGUAGE.fullmatch(scalar.text.strip()):
            return scalar.text.strip().replace("_", "-") if scalar else None
        self._drop(key, scalar, "front-matter.language")
        problem = f"{scalar.text!r} is not a language tag. Write one such as en or pt-BR."
        self._warn("language.unreadable", scalar, problem)
        return None

    def _read_canonical_url(self) -> str | None:
        key, scalar = self._pop_scalar("a URL", "canonical_url", "canonical")
        if scalar is None:
            return None
        absolute = resolve_web_url(scalar.text, self._base_url) if scalar.text.strip() else None
        if absolute:
            self.report.add_changed_words("front-matter.canonical", [scalar.text], [absolute])
            return absolute
        self._drop(key, scalar, "front-matter.canonical")
        problem = f"{scalar.text!r} is not a web address. Write a URL that begins with https://."
        self._warn("link.unsafe", scalar, problem)
        return None

    def _read_image(self) -> Figure | None:
        value = self._rest.get("image", Scalar("", None))
        parts = dict(value) if isinstance(value, Mapping) else {"src": value}
        key = next((key for key in _SRC_KEYS if key in parts), None)
        scalar = self._require_scalar("image", parts.pop(key), "a URL") if key else None
        if scalar is None or not scalar.text.strip():
            return None
        src = sanitize_src(scalar.text)
        if src is None:
            problem = f"the image {scalar.text[:60]!r} cannot be sent by email. "
            advice = "Use an https URL or a file next to the article."
            self._warn("image.unsafe", scalar, problem + advice)
            return None
        del self._rest["image"]
        texts = {
            name: collapse_spaces(
                self._require_scalar(f"image.{name}", parts.pop(name), "text").text
            )
            for name in ("alt", "caption", "credit")
            if name in parts
        }
        self._drop("image", parts, "front-matter.unknown")
        caption = texts.get("caption")
        return Figure(
            src=src,
            alt=texts.get("alt", ""),
            caption=(Text(text=caption),) if caption else (),
            credit=texts.get("credit") or None,
        )

    def _read_appeal(self) -> Mapping[str, Any]:
        key, value = self._pop("appeal")
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise LoadError(
                f'{self._locate(value)}: "appeal" in the front matter must be a group of keys. '
                "Indent heading, text, url and so on below it."
            )
        self._drop(key, value, "front-matter.appeal")
        return {name: _get_plain_value(item) for name, item in value.items()}

    def _drop(self, path: str, value: Tree, reason: str) -> None:
        """Report all values in *value* as dropped, each with its path."""
        for item_path, text in _flatten(path, value):
            self.report.drop(reason, f"{item_path}: {text}")
            self.dropped_paths.append(item_path)

    def _warn(self, code: str, scalar: Scalar, problem: str) -> None:
        self.report.warn(code, f"{self._locate(scalar)}: {problem}")

    def _locate(self, value: Tree) -> str:
        """Return file and line of *value*."""
        line = next((scalar.line for scalar in iter_scalars(value) if scalar.line), 1)
        return f"{self._location}:{line}"


def _rename_keys(tree: Mapping[str, Tree]) -> dict[str, Tree]:
    """Return *tree* with known keys in lower case (`Title`, `publishDate`), unless that key is set too."""
    renamed: dict[str, Tree] = {}
    for key, value in tree.items():
        lower = key.strip().lower()
        name = _ALIASES.get(lower, lower.replace("-", "_").replace(" ", "_"))
        is_free = name in _KNOWN_KEYS and name not in tree and name not in renamed
        renamed[name if is_free else key] = value
    return renamed


def _flatten(path: str, value: Tree) -> Iterator[tuple[str, str]]:
    """Yield path and text of each value; a list of scalars is one value."""
    if isinstance(value, Scalar):
        if value.text.strip():
            yield path, value.text
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flatten(f"{path}.{key}", item)
    elif all(isinstance(item, Scalar) for item in value):
        if text := ", ".join(item.text for item in value if isinstance(item, Scalar) and item.text):
            yield path, text
    else:
        for number, item in enumerate(value, start=1):
            yield from _flatten(f"{path}.{number}", item)


def _get_plain_value(value: Tree) -> Any:  # Any: what the author wrote, of any type
    if isinstance(value, Scalar):
        return value.value
    if isinstance(value, Mapping):
        return {key: _get_plain_value(item) for key, item in value.items()}
    return [_get_plain_value(item) for item in value]
