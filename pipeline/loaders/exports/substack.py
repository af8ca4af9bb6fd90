"""
The export of Substack: `posts.csv`, and the text of each post in `posts/ID.SLUG.html`.

Source: Settings → Import/Export → Export; the columns are post_id, post_date, is_published, email_sent_at, type, title,
subtitle, podcast_url and who may read it, as the reader of it in Ghost's `migrate` (packages/mg-substack) has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from pipeline.loaders.exports.export_file import ExportFiles, decode_file, find_names, read_rows
from pipeline.loaders.exports.exported_post import (
    Access,
    ExportedPost,
    PostKind,
    read_text,
    read_time,
)

#: Of `type`: what is an issue. A thread has only comments, a page belongs to the site.
_ISSUES = frozenset({"", "newsletter", "podcast", "video"})


def read_substack(files: ExportFiles) -> Iterator[ExportedPost] | None:
    """Return the posts in *files*, None if Substack did not write them."""
    tables = find_names(files, "posts.csv")
    rows = read_rows(files, tables[0]) if tables else []
    if not rows or "post_id" not in rows[0]:
        return None
    texts = {PurePosixPath(name).stem: name for name in find_names(files, "posts/*.html")}
    return (_read_post(files, row, texts) for row in rows)


def _read_post(
    files: ExportFiles, row: Mapping[str, str], texts: Mapping[str, str]
) -> ExportedPost:
    post_id = row.get("post_id", "")
    name = texts.get(post_id) or next(
        (path for stem, path in texts.items() if stem.startswith(f"{post_id}.")), ""
    )
    number, _, slug = (PurePosixPath(name).stem if name else post_id).partition(".")
    is_published = row.get("is_published", "").strip().lower() == "true"
    return ExportedPost(
        name=name or f"post {post_id}",
        slug=slug or number,
        path=f"/p/{slug}" if slug else "",
        title=read_text(row.get("title")),
        subtitle=read_text(row.get("subtitle")),
        published=read_time(row.get("post_date", "") or row.get("email_sent_at", "")),
        body=decode_file(files.read(name), f"{files.location}, {name}") if name else "",
        kind=_read_kind(row.get("type", "").strip().lower(), is_published=is_published),
        access=(
            Access.EVERYBODY
            if row.get("audience", "everyone") in ("", "everyone")
            else Access.SUBSCRIBERS
        ),
    )


def _read_kind(kind: str, *, is_published: bool) -> PostKind:
    if kind not in _ISSUES:
        return PostKind.PAGE
    return PostKind.PUBLISHED if is_published else PostKind.DRAFT
