"""A newsletter without findings, and ways to break it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from pipeline.checks import Finding, Severity, check
from pipeline.models.article import Article
from pipeline.models.edition import Edition, LiteralText
from pipeline.models.issue import Issue
from tests.rendering.sample_issues import article, heading, make_issue, para, render_sample

PREHEADER = "What a harbour hears when nobody listens"
SOUND = article(para("Dear reader,"), heading("One"), "Words.")


@cache
def _valid() -> Edition:
    return render_sample(make_issue(SOUND, preheader=PREHEADER))


def newsletter(source: Article | Issue = SOUND, **options: object) -> Edition:
    """Render *source*, with a preheader if it has none."""
    if source is SOUND and not options:
        return _valid()
    issue = source if isinstance(source, Issue) else make_issue(source, **options)
    return render_sample(issue if issue.preheader else replace(issue, preheader=PREHEADER))


def findings(source: Article | Issue | Edition, **options: object) -> list[Finding]:
    """Return the findings for *source*."""
    edition = source if isinstance(source, Edition) else newsletter(source)
    return check(edition, **options)  # type: ignore[arg-type]


def codes(source: Article | Issue | Edition, **options: object) -> list[str]:
    """Return the codes of the findings."""
    return [finding.code for finding in findings(source, **options)]


def severities(source: Article | Issue | Edition, **options: object) -> dict[str, Severity]:
    """Return the severity of each code."""
    return {finding.code: finding.severity for finding in findings(source, **options)}


def join_html(edition: Edition) -> str:
    """Return the HTML of an edition without fields and choices."""
    return "".join(piece.text for piece in edition.html if isinstance(piece, LiteralText))


def with_html(html: str) -> Edition:
    """Return a valid edition with *html* after the last words of its article."""
    return replace_html("Words.</p>", f"Words.</p>{html}")


def replace_html(*replacements: str) -> Edition:
    """Return a valid edition with each first of two texts replaced by the second in its HTML."""
    edition = newsletter()
    html = join_html(edition)
    for old, new in zip(replacements[::2], replacements[1::2], strict=True):
        assert old in html, f"{old!r} is not in the newsletter"
        html = html.replace(old, new)
    return replace(edition, html=(LiteralText(text=html),))
