"""From an article to an edition, as the project has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import editing, state_dir
from pipeline.config import read_appeal
from pipeline.errors import RenderError
from pipeline.models.article import Article
from pipeline.models.issue import Issue, SizeLimit, SizePolicy
from pipeline.models.publication import Publication
from pipeline.models.recipient import Recipient
from pipeline.project.base import Base, list_known_names, list_theme_folders

if TYPE_CHECKING:
    from pipeline.models.edition import Edition
    from pipeline.rendering import Theme
    from pipeline.subscribers.subscriber_store import SubscriberStore


class Letters(Base):
    """What a project knows of letters and of whom they are for."""

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
        """Load an article; see `pipeline.loaders.load()`. What is fetched is kept in the project's state."""
        from pipeline.loaders import load
        from pipeline.loaders.fetch import is_url

        keep_in = None
        if self.is_configured and is_url(address):
            keep_in = state_dir.create(self.root) / "fetched"
        return load(
            address,
            format=format,
            entry=entry,
            allow_private=allow_private,
            keep_in=keep_in,
            title=title,
            keep_unplaced=keep_unplaced,
        )

    def edit(self, article: Article, *, subject: str | None = None) -> Issue:
        """
        Make an issue of *article*: the subject, the preheader and the ask are settled here.

        Args:
            subject: Wins over the front matter's subject and the title.

        Raises:
            ConfigError: The front matter's `appeal` cannot be used.
        """
        overrides = article.front_matter.appeal
        table = self.config.appeal
        if overrides:
            where = f"{article.address}, front matter"
            table = read_appeal(table, overrides, list_known_names(self.root), where)
        issue = editing.edit(
            article, self.publication, table, subject=subject, anchors=self.config.notes.anchors
        )
        size = self.config.size
        return replace(
            issue, size=SizeLimit(policy=SizePolicy(size.policy), limit_bytes=size.limit)
        )

    def render(self, issue: Issue) -> Edition:
        """Render *issue* in the project's theme; its local pictures are read from beside the article."""
        from pipeline.loaders.fetch import is_url
        from pipeline.rendering import render

        def read_image(src: str) -> bytes:
            article = issue.article
            if is_url(article.address) and src not in article.files:
                raise RenderError(
                    f"{src}: the page does not say where on the web its picture is. Save both."
                )
            return article.files.get(src) or _read_picture(
                src, Path(article.address).parent, self.root
            )

        return render(issue, self.theme, read_image=read_image, catalogues=[self.root / "locale"])

    @cached_property
    def publication(self) -> Publication:
        """The publication as configured."""
        return editing.publication(self.config.publication)

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
        return Theme.named(table.name, list_theme_folders(self.root), logo=logo)

    @contextmanager
    def open_subscribers(self) -> Iterator[SubscriberStore]:
        """
        Open the project's subscribers for the block.

        Raises:
            ConfigError: There is no project, or its `[store]` cannot be used.
            StoreError: The store cannot be opened.
        """
        from pipeline.campaigns.store import delivery_history
        from pipeline.subscribers.subscriber_store import SubscriberStore

        with self.open_store() as store:
            yield SubscriberStore(
                store, secret=self.read_secret(), clock=self.clock, deliveries=delivery_history
            )

    def find_known_fields(
        self, edition: Edition, recipients: Iterable[Recipient] = ()
    ) -> frozenset[str] | None:
        """
        Return the fields that *recipients* and the project's subscribers have values for; null if nobody has any.

        The store is only asked if *edition* uses a field that not everybody has, and only if there is one.

        Raises:
            StoreError: The store cannot be opened.
        """
        if not set(edition.field_names) - {"name", "language"}:
            return None
        names = {name for recipient in recipients for name in recipient.values}
        return frozenset({*names, *self._attributes()}) or None

    def _attributes(self) -> list[str]:
        from pipeline.subscribers.segment_sql import find_attribute_names

        path = self.config.store.url.removeprefix("sqlite:///")
        is_there = path == self.config.store.url or (self.root / path).is_file()
        if not (self.is_configured and is_there):
            return []
        with self.open_store() as store, store.reading() as connection:
            return find_attribute_names(connection)


def _read_logo(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RenderError(
            f"{path}: the logo cannot be read ({error.strerror}). Mend its name in [theme] of the configuration."
        ) from error


def _read_picture(src: str, folder: Path, root: Path) -> bytes:
    """Read a local picture; only from the article's folder or the project, so that no article can mail other files."""
    from urllib.parse import unquote

    allowed = (folder.resolve(), root.resolve())
    found = None
    for name in dict.fromkeys((src, unquote(src))):
        path = (folder / name).resolve()
        if path.is_file():
            found = path
            break
    if found is None:
        raise RenderError(
            f"{folder / src}: there is no such picture. Put it there, or mend its name in the article."
        )
    if not any(found.is_relative_to(place) for place in allowed):
        raise RenderError(
            f"{src}: the picture lies outside the project. Copy it beside the article."
        )
    try:
        return found.read_bytes()
    except OSError as error:
        raise RenderError(f"{found}: the picture cannot be read ({error.strerror}).") from error
