"""
The export of Ghost: one JSON file with the tables of its database.

Source: Settings → Migration tools → Export; https://ghost.org/docs/migration/custom/ describes the tables. The text of
a post is in its column `html`, in which the address of the site is `__GHOST_URL__`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.loaders.exports.export_file import ExportFiles, find_names, read_json
from pipeline.loaders.exports.exported_post import (
    Access,
    ExportedPost,
    PostKind,
    read_text,
    read_time,
)

#: What stands for the address of the site in the text of a post.
SITE_PLACEHOLDER = "__GHOST_URL__"


def read_ghost(files: ExportFiles) -> Iterator[ExportedPost] | None:
    """Return the posts in *files*, None if Ghost did not write them."""
    for name in find_names(files, "*.json"):
        tables = _find_tables(read_json(files, name))
        if tables is not None:
            return _list_posts(tables)
    return None


# Any: JSON, here and below
def _find_tables(data: Any) -> Mapping[str, Any] | None:
    """Return the tables in *data*: below `db`, in older exports at the top."""
    if isinstance(data, dict) and isinstance(data.get("db"), list) and data["db"]:
        data = data["db"][0]
    tables = data.get("data") if isinstance(data, dict) else None
    return tables if isinstance(tables, dict) and isinstance(tables.get("posts"), list) else None


def _list_posts(tables: Mapping[str, Any]) -> Iterator[ExportedPost]:
    names = {str(each.get("id")): read_text(each.get("name")) for each in _rows(tables, "users")}
    authors: defaultdict[str, list[str]] = defaultdict(list)
    for row in _rows(tables, "posts_authors"):
        authors[str(row.get("post_id"))].append(names.get(str(row.get("author_id")), ""))
    for number, post in enumerate(_rows(tables, "posts"), start=1):
        slug = str(post.get("slug") or "")
        found = authors[str(post.get("id"))] or [names.get(str(post.get("author_id")), "")]
        yield ExportedPost(
            name=f"post {slug or number}",
            slug=slug or str(number),
            path=f"/{slug}/" if slug else "",
            title=read_text(post.get("title")),
            subtitle=read_text(post.get("custom_excerpt")),
            authors=tuple(filter(None, found)),
            published=_read_date(post.get("published_at")),
            body=str(post.get("html") or ""),
            kind=_read_kind(post),
            access=(
                Access.EVERYBODY
                if post.get("visibility") in (None, "", "public")
                else Access.SUBSCRIBERS
            ),
        )


def _rows(tables: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = tables.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _read_kind(post: Mapping[str, Any]) -> PostKind:
    if post.get("type") == "page" or post.get("page") in (1, True):
        return PostKind.PAGE
    # "sent": by email only, without a page
    return PostKind.PUBLISHED if post.get("status") in ("published", "sent") else PostKind.DRAFT


def _read_date(value: Any) -> datetime | None:
    """Return a time: ISO 8601, or in older exports milliseconds since 1970."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return read_time(str(value or ""))
