"""The document of an issue: what it says, apart from any email, from which its page and its feed entries are made."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Self

from pipeline.markup import remove_invisible, split_fields
from pipeline.models.article import Article, FrontMatter
from pipeline.models.article_text import plain_text
from pipeline.models.issue import Appeal, Issue
from pipeline.models.publication import Publication
from pipeline.models.reference_code import IssueIdentity
from pipeline.models.tree import from_json, to_json, walk

#: Characters of a description, in `meta`, feeds and lists.
_DESCRIPTION_CHARACTERS = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentImage:
    """
    The image for one `src` of the article.

    Args:
        url: `cid:…` of a file in the edition, or an https URL.
        width: Intrinsic width in pixels, None if unknown; *height* likewise.
    """

    src: str
    url: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueDocument:
    """
    What an issue says: the whole article, even where the email has an excerpt of it, and its appeals.

    Args:
        slug: The last part of its page's URL.
        article: Without what belongs to its source: location, files, warnings, front matter.
        preheader: One line about it, may have fields.
    """

    slug: str
    article: Article
    subject: str = ""
    preheader: str = ""
    appeals: tuple[Appeal, ...] = ()
    identity: IssueIdentity
    images: tuple[DocumentImage, ...] = ()

    @classmethod
    def from_issue(cls, issue: Issue, images: tuple[DocumentImage, ...]) -> Self:
        """Return the document of *issue*, whose images are *images*."""
        article = replace(
            issue.article,
            location="",
            source=None,
            files={},
            dropped=(),
            warnings=(),
            appeal=None,
            front_matter=FrontMatter(),
        )
        return cls(
            slug=issue.slug,
            article=article,
            subject=issue.subject,
            preheader=issue.preheader,
            appeals=issue.appeals,
            identity=issue.identity,
            images=images,
        )

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the document that `to_text()` wrote."""
        return _read(text)  # type: ignore[return-value]  # nobody derives a class from it

    def to_text(self) -> str:
        """Return it as one line of JSON; the same document always as the same line."""
        return json.dumps(to_json(self), ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    def to_issue(self, publication: Publication, *, language: str) -> Issue:
        """Return the issue that it is the document of."""
        return Issue(
            article=self.article,
            publication=publication,
            subject=self.subject,
            preheader=self.preheader,
            language=language,
            appeals=self.appeals,
            identity=self.identity,
            slug=self.slug,
        )

    # Its texts, for nobody in particular

    def fill_plain(self, text: str) -> str:
        """Return plain *text* of the article or the issue on one line, with fields as their fallbacks, or nothing."""
        if not self.article.has_fields:
            return remove_invisible(text)
        parts = (
            part if isinstance(part, str) else part.fallback or "" for part in split_fields(text)
        )
        return remove_invisible("".join(parts))

    @property
    def title(self) -> str:
        """The title, or else the subject, as plain text."""
        return self.fill_plain(self.article.title or self.subject)

    @property
    def description(self) -> str:
        """One line about it as plain text: its subtitle, its preheader, or how it begins."""
        article = self.article
        line = article.subtitle or self.preheader or plain_text(article.blocks[:1])
        text = self.fill_plain(line)
        if len(text) <= _DESCRIPTION_CHARACTERS:
            return text
        return f"{text[:_DESCRIPTION_CHARACTERS].rsplit(' ', 1)[0]}…"

    @property
    def deadlines(self) -> tuple[datetime, ...]:
        """When the appeals change, in order."""
        appeals = (node for node in walk(self.appeals) if isinstance(node, Appeal))
        return tuple(sorted({each.deadline for each in appeals if each.deadline}))

    @property
    def has_goal(self) -> bool:
        """Whether an appeal shows the progress towards a goal."""
        return any(isinstance(node, Appeal) and node.goal for node in walk(self.appeals))


@lru_cache(maxsize=64)
def _read(text: str) -> IssueDocument:
    document: IssueDocument = from_json(IssueDocument, json.loads(text))
    return document
