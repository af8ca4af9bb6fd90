"""Import the posts of another system into the archive, and say where each one is now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.archive import ArchiveStore
from pipeline.errors import PipelineError
from pipeline.loaders.exports import (
    Access,
    ExportedPost,
    PostKind,
    System,
    load_post,
    open_export,
)
from pipeline.markup import slugify
from pipeline.models.archived_issue import Visibility
from pipeline.models.article import Article, Figure, Image
from pipeline.models.tree import walk

if TYPE_CHECKING:
    from pipeline.project.project import Project


class LeftOut(Enum):
    """Why a post is not imported."""

    DRAFT = "draft"
    PAGE = "page"
    SUBSCRIBERS = "for subscribers only"
    NO_DATE = "without a date"


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """A post that could not be imported, and why."""

    post: str
    reason: str


@dataclass(kw_only=True)
class ArchiveImport:
    """
    What an import did, or would do.

    Args:
        added: The slugs of the issues that are new.
        known: How many were in the archive already.
        redirects: The new slug for each old path.
        image_hosts: How many pictures stay at which host.
        warnings: How often the loader warned, by its sentence.
    """

    system: System
    added: list[str] = field(default_factory=list)
    known: int = 0
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    image_hosts: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportOptions:
    """
    How to import posts.

    Args:
        site: The address of the old site.
        include_paid: Import also what only subscribers could read, for everybody to read.
        visibility: Of all new issues; None for the default.
        dry_run: Change nothing.
    """

    site: str | None = None
    include_paid: bool = False
    visibility: Visibility | None = None
    dry_run: bool = False


def import_archive(
    project: Project,
    archive: ArchiveStore,
    path: Path,
    options: ImportOptions,
    *,
    on_post: Callable[[], None] = lambda: None,
) -> ArchiveImport:
    """
    Add the posts in the export at *path* to *archive*, each with its date and the last part of its old address.

    A post that is there already stays as it is, so the same export can be imported again.

    Args:
        on_post: Called after each post.

    Raises:
        LoadError: The file cannot be read, or is no export of a known system.
    """
    with open_export(path) as export:
        importer = _Importer(project, archive, str(path), options, export.system)
        for post in export.posts:
            importer.import_post(post)
            on_post()
    return importer.result


def _find_reason(post: ExportedPost, options: ImportOptions) -> LeftOut | None:
    """Return why *post* is not imported, None if it is."""
    if post.kind is not PostKind.PUBLISHED:
        return LeftOut.DRAFT if post.kind is PostKind.DRAFT else LeftOut.PAGE
    if post.access is Access.SUBSCRIBERS and not options.include_paid:
        return LeftOut.SUBSCRIBERS
    return LeftOut.NO_DATE if post.published is None else None


class _Importer:
    def __init__(
        self,
        project: Project,
        archive: ArchiveStore,
        location: str,
        options: ImportOptions,
        system: System,
    ) -> None:
        self.result = ArchiveImport(system=system)
        self._project = project
        self._archive = archive
        self._location = location
        self._options = options
        self._known = {
            issue.slug: issue.published_at for issue in archive.list_issues(with_removed=True)
        }

    def import_post(self, post: ExportedPost) -> None:
        """Import *post*, or note why not."""
        reason = _find_reason(post, self._options)
        if reason is not None or post.published is None:
            self.result.left_out[reason or LeftOut.NO_DATE] += 1
            return
        slug = slugify(post.slug) or slugify(post.title)
        if self._known.get(slug, post.published) != post.published:
            slug = f"{slug}-{post.published:%Y-%m-%d}"
        if slug in self._known:
            self.result.known += 1
        else:
            try:
                self._add(post, slug, post.published)
            except PipelineError as error:
                words = str(error).removeprefix(f"{self._location}, {post.name}: ")
                self.result.failures.append(Failure(post=post.name, reason=words))
                return
            self._known[slug] = post.published
            self.result.added.append(slug)
        if post.path:
            self.result.redirects[post.path] = slug

    def _add(self, post: ExportedPost, slug: str, published: datetime) -> None:
        article = load_post(post, location=self._location, site=self._options.site)
        issue = replace(self._project.edit(article), slug=slug)
        if issue.page_url:
            issue = replace(issue, page_url=f"{self._project.config.archive.url}/{slug}/")
        edition = self._project.render(issue)
        if not self._options.dry_run:
            self._archive.add(edition, at=published, visibility=self._options.visibility)
        self.result.image_hosts.update(_list_image_hosts(article))
        self.result.warnings.update({warning.message for warning in article.warnings})


def _list_image_hosts(article: Article) -> list[str]:
    images = (node.src for node in walk(article) if isinstance(node, Figure | Image) and node.src)
    return [host for src in images if (host := urlsplit(src).hostname)]


def format_redirects(redirects: Mapping[str, str], *, url: str, name: str) -> str:
    """
    Return the table of *redirects*, from old paths to pages of the archive at *url*.

    Args:
        name: Of its file: `_redirects`, as Netlify and Cloudflare Pages read it, or else CSV.
    """
    rows = sorted((old, f"{url}/{slug}/") for old, slug in redirects.items())
    if name == "_redirects":
        return "".join(f"{old} {new} 301\n" for old, new in rows if " " not in old)
    return "old,new\n" + "".join(f"{_quote(old)},{_quote(new)}\n" for old, new in rows)


def _quote(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set('",\n\r') else text
