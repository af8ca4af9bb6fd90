"""Write the front matter of an article as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from pipeline.models.article import Article, Figure
from pipeline.models.article_text import plain_text

#: Keys that are shown without a value, so that people see what they can fill in.
_SUGGESTED = ("subtitle", "author", "date", "preheader", "canonical_url")


def write_front_matter(article: Article, *, detect_appeal: bool, has_fields: bool) -> str:
    """Return the front matter of *article*, between its lines of dashes."""
    published = article.published
    values: dict[str, Any] = {  # Any: what YAML can say
        "title": article.title or "",
        "subtitle": article.subtitle,
        "author": article.byline,
        "date": published.isoformat() if published else None,
        "language": article.language,
        "subject": article.front_matter.subject,
        "preheader": article.front_matter.preheader,
        "canonical_url": article.canonical_url,
        "image": _describe_image(article.lead_image) if article.lead_image else None,
        "appeal": dict(article.front_matter.appeal) or None,
        "detect_appeal": None if detect_appeal else False,
        "fields": None if has_fields else False,
    }
    lines = ["---"]
    for key, value in values.items():
        if value is not None:
            lines.append(_dump({key: value}))
        elif key in _SUGGESTED:
            lines.append(f"# {key}:")
    return "\n".join([*lines, "---"])


def _describe_image(figure: Figure) -> Mapping[str, str]:
    values = {
        "src": figure.src or "",
        "alt": figure.alt,
        "caption": plain_text(figure.caption),
        "credit": figure.credit or "",
    }
    return {key: value for key, value in values.items() if value}


def _dump(values: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(values), allow_unicode=True, sort_keys=False, width=10_000).rstrip(
        "\n"
    )
