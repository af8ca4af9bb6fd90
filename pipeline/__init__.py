"""
Handbill: load an article, render it as email with its notes and its ask, check it, send it.

    from pipeline import Project

    project = Project.open(".")
    article = project.load("seeds/ferry.md")
    edition = project.render(project.edit(article))

Names are resolved when first used, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipeline._version import __version__ as __version__

if TYPE_CHECKING:
    from pipeline.checks import check as check
    from pipeline.errors import PipelineError as PipelineError
    from pipeline.loaders import load as load
    from pipeline.mail import compose as compose
    from pipeline.models.address import Address as Address
    from pipeline.models.article import Article as Article
    from pipeline.models.edition import Edition as Edition
    from pipeline.models.issue import Appeal as Appeal
    from pipeline.models.issue import Issue as Issue
    from pipeline.models.message import Message as Message
    from pipeline.models.publication import Publication as Publication
    from pipeline.models.recipient import Recipient as Recipient
    from pipeline.project import Project as Project
    from pipeline.rendering import render as render
    from pipeline.senders import open_sender as open_sender

_HOMES = {
    "Address": "models.address",
    "Appeal": "models.issue",
    "Article": "models.article",
    "Edition": "models.edition",
    "Issue": "models.issue",
    "Message": "models.message",
    "PipelineError": "errors",
    "Project": "project",
    "Publication": "models.publication",
    "Recipient": "models.recipient",
    "check": "checks",
    "compose": "mail",
    "load": "loaders",
    "open_sender": "senders",
    "render": "rendering",
}

__all__ = sorted(_HOMES)  # tests/test_public_names.py keeps it true


def __getattr__(name: str) -> Any:  # Any: whatever the public name stands for
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"pipeline.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
