"""From an article to an edition, as configured in a project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pipeline import editing
from pipeline.config import Config, KnownNames, read_appeal
from pipeline.errors import RenderError
from pipeline.files import find_shipped
from pipeline.models.address import parse_ascii_address
from pipeline.models.article import Article
from pipeline.models.issue import Issue, SizeLimit, SizePolicy
from pipeline.models.publication import Publication
from pipeline.project.storage import Storage

if TYPE_CHECKING:
    from pipeline.models.edition import Edition
    from pipeline.rendering import Theme


@dataclass(frozen=True, kw_only=True)
class EditionBuilder:
    """Loads, edits and renders with the configuration, the theme and the files of a project."""

    config: Config
    storage: Storage

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.storage.root

    @cached_property
    def publication(self) -> Publication:
        """The publication as configured."""
        return editing.build_publication(self.config.publication)

    @cached_property
    def theme(self) -> Theme:
        """The theme as configured."""
        from pipeline.rendering import Logo, Theme

        table = self.config.theme
        logo = None
        if table.logo:
            logo = Logo(
                src=table.logo,
                dark_src=table.logo_dark,
                alt=table.logo_alt,
                width_px=table.logo_width,
                read=lambda src: _read_logo(self.root / src),
            )
        return Theme.find(table.name, list_theme_folders(self.root), logo=logo)

    def load(
        self,
        address: str,
        *,
        format: str | None = None,
        entry: str | None = None,
        allow_private: bool = False,
        title: str | None = None,
        keep_unplaced: bool = False,
    ) -> Article:
        """Load an article; see `pipeline.loaders.load()`. What is fetched is cached in the project's state."""
        from pipeline.loaders import load
        from pipeline.loaders.fetch import is_url

        return load(
            address,
            format=format,
            entry=entry,
            allow_private=allow_private,
            cache_folder=self.storage.cache_dir if is_url(address) else None,
            title=title,
            keep_unplaced=keep_unplaced,
        )

    def edit(self, article: Article, *, subject: str | None = None) -> Issue:
        """Make an issue of *article*; see `Project.edit()`."""
        overrides = article.front_matter.appeal
        table = self.config.appeal
        if overrides:
            where = f"{article.location}, front matter"
            table = read_appeal(table, overrides, list_known_names(self.root), where)
        issue = editing.edit(
            article, self.publication, table, subject=subject, anchors=self.config.notes.anchors
        )
        size = self.config.size
        return replace(
            issue, size=SizeLimit(policy=SizePolicy(size.policy), limit_bytes=size.limit)
        )

    def render(self, issue: Issue) -> Edition:
        """Render *issue* in the theme; local images are read from the article's folder or the project."""
        from pipeline.loaders.fetch import is_url
        from pipeline.rendering import render

        article = issue.article

        def read_image(src: str) -> bytes:
            if is_url(article.location) and src not in article.files:
                raise RenderError(
                    f"{src}: the page does not give this image's URL. Save the page and the image."
                )
            folder = Path(article.location).parent
            return article.files.get(src) or _read_image(src, folder, self.root)

        return render(issue, self.theme, read_image=read_image, catalogs=[self.root / "locale"])


def list_known_names(root: Path) -> KnownNames:
    """Return the names that a configuration in *root* may choose from."""
    from pipeline.senders import SENDERS

    themes = {
        path.name
        for folder in list_theme_folders(root)
        if folder.is_dir()
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith(("_", "."))
    }
    return KnownNames(
        senders=SENDERS.list_names(), themes=sorted(themes), parse_address=parse_ascii_address
    )


def list_theme_folders(root: Path) -> list[Path]:
    """Return the folders in which themes are looked up, the project's own first."""
    return list(dict.fromkeys([root / "templates", find_shipped("templates")]))


def _read_logo(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RenderError(
            f"{path}: the logo cannot be read ({error.strerror}). Correct its name in [theme] of the configuration."
        ) from error


def _read_image(src: str, folder: Path, root: Path) -> bytes:
    """Read a local image, only from the article's folder or the project: no article can mail other files."""
    candidates = [(folder / name).resolve() for name in dict.fromkeys((src, unquote(src)))]
    path = next(filter(Path.is_file, candidates), None)
    if path is None:
        raise RenderError(
            f"{folder / src}: image not found. Put it there, or correct its name in the article."
        )
    if not any(path.is_relative_to(allowed.resolve()) for allowed in (folder, root)):
        raise RenderError(
            f"{src}: the image is outside the project. Copy it to the article's folder."
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise RenderError(f"{path}: the image cannot be read ({error.strerror}).") from error
