"""Render the entries of a feed that a worker follows."""

from __future__ import annotations

from pipeline.campaigns.workers.feeds import FeedEdition
from pipeline.checks import check
from pipeline.errors import ConfigError, RenderError
from pipeline.loaders import list_feed_entries
from pipeline.models.feed_entry import FeedEntry
from pipeline.models.finding import Severity
from pipeline.project.project import Project


class ProjectFeedReader:
    """The `FeedReader` of a project."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def list_feed_entries(self, url: str) -> tuple[FeedEntry, ...]:
        """Return the entries of the feed at *url*, oldest first."""
        return list_feed_entries(url, cache_folder=self._project.storage.cache_dir)

    def render_feed_entry(self, url: str, entry: str, sender_name: str | None) -> FeedEdition:
        """
        Load, render and check one entry of the feed at *url*.

        Raises:
            ConfigError: The entry has no title.
            RenderError: A check found an error.
        """
        project = self._project
        sender = project.open_sender(sender_name)
        article = project.load(url, format="feed", entry=entry)
        issue = project.edit(article)
        if not issue.subject:
            raise ConfigError(f"{url}: entry {entry} has no title to use as the subject.")
        edition = project.render(issue)
        now = project.clock.now()
        sample = project.compose_sample(edition, sender=sender)
        findings = check(edition, message=sample.message, first_send_at=now, last_send_at=now)
        if errors := [each for each in findings if each.severity is Severity.ERROR]:
            raise RenderError(f"{url}, entry {entry}: {errors[0].where}: {errors[0].message}")
        return FeedEdition(
            edition=edition,
            subject=issue.subject,
            canonical_url=article.canonical_url,
            sender=project.senders.join_names(sender_name),
            delivers_mail=sender.delivers_mail,
            needs_approval=project.config.schedule.approval,
        )
