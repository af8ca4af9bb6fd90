"""The shipped themes have no findings of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.checks import check
from pipeline.project import Project
from pipeline.rendering import render
from tests.checks.samples import PREHEADER
from tests.rendering.sample_issues import AT_START_AND_END, ISSUES, SEEDS_IN_THEMES, THEMES, theme
from tests.support import ROOT, SEEDS

#: Findings about the text of a newsletter, which no theme can fix.
TEXT_FINDINGS = (
    "load.",
    "preheader.",
    "subject.",
    "image.missing",
    "appeal.",
    "note.",
    "publication.",
)


@pytest.mark.parametrize("theme_name", THEMES)
@pytest.mark.parametrize("name", ISSUES)
def test_newsletters_with_all_blocks_have_no_findings(name: str, theme_name: str) -> None:
    """Every kind of block, three appeals, right to left and Japanese: nothing but that the appeal is English."""
    issue = ISSUES[name]
    appeals = tuple(replace(appeal, positions=AT_START_AND_END) for appeal in issue.appeals)
    edition = render(replace(issue, preheader=PREHEADER, appeals=appeals), theme(theme_name))

    other = {"appeal.language"} if issue.language != "en" and issue.appeals else set()
    assert other == {finding.code for finding in check(edition)}


@pytest.mark.parametrize(("name", "theme_name"), SEEDS_IN_THEMES)
def test_the_sample_articles_have_no_findings(name: str, theme_name: str) -> None:
    """As this checkout's project sends them."""
    project = Project.open(ROOT)
    table = project.config.theme.model_copy(update={"name": theme_name})
    project = replace(project, config=project.config.model_copy(update={"theme": table}))
    edition = project.render(project.edit(project.load(str(SEEDS / name))))

    assert [] == [f for f in check(edition) if not f.code.startswith(TEXT_FINDINGS)]
