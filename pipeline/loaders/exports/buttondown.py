"""
The export of Buttondown: `emails.csv` or `emails.json`, and the text of each email in `emails/SLUG.md`.

Source: Settings → Exports; the columns are id, secondary_id, subject, publish_date, source and slug, as the reader of
it in Ghost's `migrate` (packages/mg-buttondown) has them. An email without a date was not sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from pipeline.loaders.exports.export_file import (
    ExportFiles,
    decode_file,
    find_names,
    read_json,
    read_rows,
)
from pipeline.loaders.exports.exported_post import ExportedPost, PostKind, read_text, read_time

#: The first bytes of a text say which of its editors wrote it.
_EDITOR_MODE = re.compile(r"\A\s*<!-- buttondown-editor-mode: [\w-]{1,20} -->")
#: Of `status`, where there is one: not sent, or not to everybody.
_DRAFTS = frozenset({"draft", "scheduled", "paused", "managed_by_rss", "deleted"})


def read_buttondown(files: ExportFiles) -> Iterator[ExportedPost] | None:
    """Return the emails in *files*, None if Buttondown did not write them."""
    rows = _read_table(files)
    texts = {PurePosixPath(name).stem: name for name in find_names(files, "emails/*.md")}
    if not rows or not {"subject", "slug"} <= rows[0].keys():
        return None
    return (_read_email(files, row, texts) for row in rows)


def _read_table(files: ExportFiles) -> list[Mapping[str, Any]]:  # Any: JSON
    for name in find_names(files, "emails.json"):
        rows = read_json(files, name)
        if isinstance(rows, list):
            return [row for row in rows if isinstance(row, dict)]
    for name in find_names(files, "emails.csv"):
        return [*read_rows(files, name)]
    return []


def _read_email(
    files: ExportFiles, row: Mapping[str, Any], texts: Mapping[str, str]
) -> ExportedPost:
    slug = str(row.get("slug") or "")
    name = texts.get(slug, "")
    text = decode_file(files.read(name), f"{files.location}, {name}") if name else ""
    published = read_time(str(row.get("publish_date") or ""))
    is_draft = published is None or str(row.get("status") or "") in _DRAFTS
    return ExportedPost(
        name=name or f"email {slug}",
        slug=slug,
        path=f"/archive/{slug}/" if slug else "",
        title=read_text(row.get("subject")),
        published=published,
        body=_EDITOR_MODE.sub("", text),
        kind=PostKind.DRAFT if is_draft else PostKind.PUBLISHED,
        media_type="text/markdown",
    )
