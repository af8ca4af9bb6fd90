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

if TYPE_CHECKING:
    from pipeline.address import Address as Address
    from pipeline.article import Article as Article
    from pipeline.checks import check as check
    from pipeline.edition import Edition as Edition
    from pipeline.errors import PipelineError as PipelineError
    from pipeline.issue import Appeal as Appeal
    from pipeline.issue import Issue as Issue
    from pipeline.loaders import load as load
    from pipeline.mail import compose as compose
    from pipeline.message import Message as Message
    from pipeline.project import Project as Project
    from pipeline.publication import Publication as Publication
    from pipeline.recipient import Recipient as Recipient
    from pipeline.rendering import render as render
    from pipeline.senders import open_sender as open_sender

__version__ = "0.1.0"

_HOMES = {
    "Address": "address",
    "Appeal": "issue",
    "Article": "article",
    "Edition": "edition",
    "Issue": "issue",
    "Message": "message",
    "PipelineError": "errors",
    "Project": "project",
    "Publication": "publication",
    "Recipient": "recipient",
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
