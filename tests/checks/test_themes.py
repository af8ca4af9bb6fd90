"""The shipped themes give no finding of the theme's own, whatever stands in a letter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.checks import check
from pipeline.project import Project
from pipeline.rendering import render
from tests.checks.letters import PREHEADER
from tests.rendering.letters import AT_START_AND_END, LETTERS, THEMES, theme
from tests.support import ROOT, SEEDS

#: What is said of a letter's own words, which no theme can mend.
OF_THE_WORDS = (
    "load.",
    "preheader.",
    "subject.",
    "image.missing",
    "appeal.",
    "note.",
    "publication.",
)
SAMPLES = sorted(
    p.name for p in SEEDS.iterdir() if p.suffix in (".md", ".txt") and p.stem != "README"
)


@pytest.mark.parametrize("theme_name", THEMES)
@pytest.mark.parametrize("name", LETTERS)
def test_letters_of_all_blocks_have_no_findings(name: str, theme_name: str) -> None:
    """Every kind of block, asks at three places, right to left and Japanese: nothing to mend, and no note."""
    issue = LETTERS[name]
    appeals = tuple(replace(appeal, positions=AT_START_AND_END) for appeal in issue.appeals)
    edition = render(replace(issue, preheader=PREHEADER, appeals=appeals), theme(theme_name))

    assert [] == check(edition)


@pytest.mark.parametrize("theme_name", THEMES)
@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_articles_have_no_findings(name: str, theme_name: str) -> None:
    """As the project of this checkout sends them."""
    project = Project.open(ROOT)
    table = project.config.theme.model_copy(update={"name": theme_name})
    project = replace(project, config=project.config.model_copy(update={"theme": table}))
    edition = project.render(project.edit(project.load(str(SEEDS / name))))

    assert [] == [f for f in check(edition) if not f.code.startswith(OF_THE_WORDS)]
