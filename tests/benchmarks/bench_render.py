"""Rendering the measured article again and again in one process."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.config import NO_PROJECT
from pipeline.project import Project
from tests.benchmarks import naive
from tests.benchmarks.figures import Figure, in_turns
from tests.benchmarks.sample import article

ROUNDS = 41


def figures() -> list[Figure]:
    """Measure from the article to the edition, and to its page by the tutorials' recipe."""
    markdown = article()
    with TemporaryDirectory() as folder:
        source = Path(folder, "letter.md")
        source.write_text(markdown, encoding="utf-8")
        project = Project(root=Path(folder), config=NO_PROJECT, is_configured=False)
        issue = project.edit(project.load(str(source)))
        ours, peers = in_turns(
            lambda: project.render(issue), lambda: naive.render(markdown), rounds=ROUNDS
        )
    return [
        Figure(
            what="render 2,000 words and 30 notes, warm",
            value=ours * 1000,
            unit="ms",
            bar=20,
            peer="mjml2html + premailer, warm",
            peer_value=peers * 1000,
        )
    ]
