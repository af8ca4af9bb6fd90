"""
A project: binds configuration, theme, files, store and senders together.

    project = Project.open(Path.cwd())
    edition = project.render(project.edit(project.load("article.md")))
"""

from pipeline.project.project import Project
from pipeline.project.sample import Sample

__all__ = ["Project", "Sample"]
