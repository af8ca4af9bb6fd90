"""Comments of reviewers and deleted text never become part of an article."""

# ruff: noqa: E501 - the markup is as the programs write it
from __future__ import annotations

import pytest

from tests.loaders.html.outline import LONG, list_reasons, load_body, write, write_notes


@pytest.mark.parametrize(
    ("marker", "comment"),
    [
        ("<sup><a href='#cmnt1' id='cmnt_ref1'>[a]</a></sup>", "<div><p><a href='#cmnt_ref1' id='cmnt1'>[a]</a><span>Ask Wilmot</span></p><p>Or Nell.</p></div>"),
        ("<sup><a href='https://docs.example/pub#cmnt2' name='cmnt_ref2'>[b]</a></sup>", "<p><a href='https://docs.example/pub#cmnt_ref2' name='cmnt2'>[b]</a>Ask Wilmot</p><p>Or Nell.</p>"),
        ("<span class='annotation_style_by_filter'>[Ida: Ask Wilmot Or Nell.]</span>", ""),
        ("<span class='comment-start' id='0' data-author='Ida'>Ask Wilmot Or Nell.</span>", ""),
        ("<del cite='mailto:Ida' datetime='2026-01-01'>Ask Wilmot Or Nell.</del>", ""),
        ("<span class='deletion' data-author='Ida'>Ask Wilmot Or Nell.</span>", ""),
    ],
)  # fmt: skip
def test_comment(marker: str, comment: str) -> None:
    """What was written between colleagues is listed as left out; the notes beside it stay."""
    found = load_body(
        f"<p>{LONG}<sup><a href='#ftnt1' id='ftnt_ref1'>[1]</a></sup> Rowed{marker}.</p><p>{LONG}</p><hr>"
        f"<div><p><a href='#ftnt_ref1' id='ftnt1'>[1]</a> The crossing book.</p></div>{comment}"
    )
    assert f"{LONG}[^1] Rowed.\n{LONG}" == write(found.blocks)
    assert ["The crossing book."] == write_notes(found)
    assert list_reasons(found) <= {"comment.review", "revision.deleted"}
    left_out = " ".join(dropped.text for dropped in found.dropped)
    assert "Ask Wilmot" in left_out
    assert "Or Nell." in left_out


def test_correction_stays() -> None:
    """Struck-out text that the author shows stays struck out."""
    found = load_body(f"<p>Two <del datetime='2026-01-01'>three</del> oars.</p><p>{LONG}</p>")
    assert "Two ~~three~~ oars." == write(found.blocks[:1])
