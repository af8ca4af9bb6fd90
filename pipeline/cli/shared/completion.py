"""
Complete what a person types: lists, campaigns, senders, formats.

Whatever goes wrong, nothing is offered and nothing is printed: an error would end up in the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from pipeline.cli.shared.project_option import open_project

if TYPE_CHECKING:
    from pipeline.project import Project

#: What click calls with the context, the parameter, and what has been typed so far.
Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def complete_names(find: Callable[[Project], Iterable[str]]) -> Completer:
    """Return a completer that offers what *find* returns and what begins as typed."""

    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        try:
            return [
                CompletionItem(name)
                for name in find(open_project(context))
                if name.startswith(incomplete) and name.isprintable()
            ]
        except Exception:  # a broken configuration is reported by the command itself
            return []

    return complete


def _find_lists(project: Project) -> list[str]:
    if not project.storage.has_store:
        return []
    with project.open_subscribers() as subscribers:
        return [counts.name for counts in subscribers.count_lists()]


def _find_campaigns(project: Project) -> list[str]:
    if not project.storage.has_store:
        return []
    with project.open_campaigns() as service:
        return [campaign.id for campaign in service.list_campaigns()]


def _find_outbox_folders(project: Project) -> list[str]:
    from pipeline.senders.outbox.manifest import MANIFEST

    directory = project.senders.find_outbox_folder()
    return [manifest.parent.name for manifest in directory.glob(f"*/{MANIFEST}")]


def _find_senders(project: Project) -> list[str]:
    from pipeline.senders import SENDERS

    return sorted({*project.config.senders, *SENDERS.list_names()})


def _find_formats(_: Project) -> list[str]:
    from pipeline.loaders import LOADERS

    return LOADERS.list_names()


complete_lists = complete_names(_find_lists)
complete_campaigns = complete_names(_find_campaigns)
complete_outbox_folders = complete_names(_find_outbox_folders)
complete_senders = complete_names(_find_senders)
complete_formats = complete_names(_find_formats)


def complete_files(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Let the shell complete file names."""
    return [CompletionItem(incomplete, type="file")]
