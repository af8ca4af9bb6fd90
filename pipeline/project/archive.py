"""The archive of a project: its issues, and the site made of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.archive import ArchiveSite, ArchiveStore
from pipeline.editing.appeal_positions import build_configured_appeals
from pipeline.errors import ConfigError
from pipeline.models.archived_issue import Visibility
from pipeline.models.issue import Appeal
from pipeline.models.tree import walk
from pipeline.rendering.web.page_renderer import PageRenderer

if TYPE_CHECKING:
    from pipeline.database import Store
    from pipeline.project.project import Project


@contextmanager
def open_archive(project: Project) -> Iterator[ArchiveStore]:
    """
    Open the archive of *project* for the block.

    Raises:
        ConfigError: This is no project, or its `[store]` is invalid.
        StoreError: The database cannot be opened.
    """
    with project.storage.open_store() as store:
        yield create_archive_store(project, store)


def create_archive_store(project: Project, store: Store) -> ArchiveStore:
    """Return the archive in *store*, the database of *project*."""
    table = project.config.archive
    return ArchiveStore(
        store,
        clock=project.clock,
        default=Visibility(table.visibility),
        lists=table.lists,
    )


def create_site(project: Project, archive: ArchiveStore) -> ArchiveSite:
    """
    Return the site of *archive* as *project* is configured now.

    Raises:
        ConfigError: It has no address.
    """
    table, catalogs = project.config.archive, project.root / "locale"
    if table.url is None:
        raise ConfigError(
            'The archive has no address. Set [archive] url = "https://…" in the configuration: handbill docs archive'
        )
    renderer = PageRenderer(
        project.theme,
        project.publication,
        url=table.url,
        has_search=table.search,
        subscribe_url=project.publication.subscribe_url,
        catalogs=[catalogs],
    )
    settings = (
        project.theme.digest,
        _digest_catalogs(catalogs),
        project.config.publication.model_dump_json(),
        project.config.theme.model_dump_json(),
        table.model_dump_json(),
        renderer.subscribe_url or "",
    )
    return ArchiveSite(archive, renderer, settings=" ".join(settings), goals=_read_goals(project))


def _digest_catalogs(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.po")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _read_goals(project: Project) -> dict[tuple[str, int], int]:
    """Return how much was raised towards each goal of the configuration, by currency and goal."""
    if project.config.appeal is None:
        return {}
    appeals = build_configured_appeals(project.config.appeal, project.publication, ())
    return {
        (node.currency, node.goal.minor): node.goal.raised_minor
        for node in walk(appeals)
        if isinstance(node, Appeal) and node.goal
    }
