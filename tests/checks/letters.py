"""A sound letter, and ways to spoil it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from pipeline.checks import Finding, Severity, check
from pipeline.models.article import Article
from pipeline.models.edition import Edition, LiteralText
from pipeline.models.issue import Issue
from tests.rendering.letters import article, heading, issue_of, para, rendered

PREHEADER = "What a harbour hears when nobody listens"
SOUND = article(para("Dear reader,"), heading("One"), "Words.")


@cache
def _sound() -> Edition:
    return rendered(issue_of(SOUND, preheader=PREHEADER))


def letter(source: Article | Issue = SOUND, **options: object) -> Edition:
    """Render *source*, with a preheader if it has none."""
    if source is SOUND and not options:
        return _sound()
    issue = source if isinstance(source, Issue) else issue_of(source, **options)
    return rendered(issue if issue.preheader else replace(issue, preheader=PREHEADER))


def findings(source: Article | Issue | Edition, **options: object) -> list[Finding]:
    """Return what is found in *source*."""
    edition = source if isinstance(source, Edition) else letter(source)
    return check(edition, **options)  # type: ignore[arg-type]


def codes(source: Article | Issue | Edition, **options: object) -> list[str]:
    """Return the codes of what is found."""
    return [finding.code for finding in findings(source, **options)]


def severities(source: Article | Issue | Edition, **options: object) -> dict[str, Severity]:
    """Return how grave each is."""
    return {finding.code: finding.severity for finding in findings(source, **options)}


def html_of(edition: Edition) -> str:
    """Return the HTML of an edition without fields and choices."""
    return "".join(piece.text for piece in edition.html if isinstance(piece, LiteralText))


def with_html(html: str) -> Edition:
    """Return a sound edition with *html* put behind the last words of its article."""
    return changed("Words.</p>", f"Words.</p>{html}")


def changed(*replacements: str) -> Edition:
    """Return a sound edition with each first of two texts replaced by the second, wherever it stands in the HTML."""
    edition = letter()
    html = html_of(edition)
    for old, new in zip(replacements[::2], replacements[1::2], strict=True):
        assert old in html, f"{old!r} is not in the letter"
        html = html.replace(old, new)
    return replace(edition, html=(LiteralText(text=html),))
