"""How the public names read to an editor. Only type-checked, never run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_type

from pipeline import (
    Address,
    Appeal,
    Article,
    Edition,
    Issue,
    Message,
    PipelineError,
    Project,
    Publication,
    Recipient,
    check,
    compose,
    load,
    open_sender,
    render,
)
from pipeline.models.campaign import Campaign
from pipeline.models.delivery import Receipt
from pipeline.models.finding import Finding, Severity
from pipeline.models.message import Message as SameMessage
from pipeline.rendering import Theme
from pipeline.senders import Sender


def send_with_a_project(folder: Path) -> Campaign:
    """A project does the whole walk."""
    project = Project.open(folder)
    article = assert_type(project.load("article.md", title="A Title"), Article)
    issue = assert_type(project.edit(article, subject="A subject"), Issue)
    edition = assert_type(project.render(issue), Edition)
    readers = assert_type(project.parse_recipients(["ada@example.org"]), list[Recipient])
    with project.open_sender("outbox") as sender:
        return assert_type(project.send(edition, readers, sender=sender), Campaign)


def send_step_by_step(theme: Theme, secret: bytes) -> Iterator[Receipt]:
    """Each step is a function of its own: load, render, check, compose, hand over."""
    publication = Publication(
        name="The Lantern", sender=Address(email="desk@example.org", name="The Lantern")
    )
    issue = Issue(
        article=load("article.md", format="markdown"),
        publication=publication,
        subject="A subject for {{ name | reader }}",
        appeals=(Appeal(heading="Keep the lamp lit", url="https://example.org/give"),),
    )
    edition = assert_type(render(issue, theme), Edition)
    assert_type(edition.digest, str)

    findings = assert_type(
        check(edition, first_send_at=datetime.now(UTC), known_fields=["donor"]), list[Finding]
    )
    if any(finding.severity is Severity.ERROR for finding in findings):
        return

    ada = Recipient(address=Address(email="ada@example.org"), values={"name": "Ada"})
    message = compose(
        edition, ada, campaign_id="2026-03", sequence=1, at=datetime.now(UTC), secret=secret
    )
    assert_type(message, Message)
    assert_type(message, SameMessage)
    assert_type(message.content, bytes)

    with open_sender("outbox", directory="outbox") as sender:
        assert_type(sender, Sender)
        yield from sender.send([message])


def what_goes_wrong(address: str) -> Article | None:
    """One root for every error."""
    try:
        return load(address)
    except PipelineError as error:
        assert_type(str(error), str)
        return None
