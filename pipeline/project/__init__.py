"""
A project: the one place that binds configuration, theme, files and sender together.

    project = Project.open(Path.cwd())
    edition = project.render(project.edit(project.load("article.md")))

Each module adds to the one before: `base`, `letters`, `senders`, `sending`.
"""

from pipeline.project.campaigns import Project
from pipeline.project.senders import Sample

__all__ = ["Project", "Sample"]
