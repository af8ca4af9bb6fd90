"""`handbill load` shows the article, and what the configuration replaces in it."""

from __future__ import annotations

from pathlib import Path

from tests.journey.command import handbill, make_project

ARTICLE = (
    "# Bell\n\n"
    + "It rings at noon, and at no other time of the day.\n\n" * 8
    + "## Donate now\n\nYour donation keeps us independent: donate monthly, as our donors do.\n"
)


def test_a_replaced_appeal_is_left_out_of_the_email_not_of_the_article(tmp_path: Path) -> None:
    """The JSON form has the article's own appeal once; the list for people says that it is replaced."""
    project = make_project(tmp_path, article=ARTICLE)
    found = handbill("load", "tide.md", "--json", cwd=project).json
    assert found["appeal"]
    assert [] == [each for each in found["dropped"] if each["reason"] == "appeal.replaced"]
    assert ["appeal.replaced"] == [
        each["code"] for each in found["warnings"] if each["code"] == "appeal.replaced"
    ]
    assert "appeal.replaced: Donate now" in handbill("load", "tide.md", cwd=project).stdout
