"""
The export of Mailchimp: a table of all campaigns, and each as HTML in the folder `campaigns_content`.

Source: Account → Settings → Manage my data (https://mailchimp.com/help/export-and-back-up-account-data/): "A CSV of all
your campaigns and a campaigns_content folder with HTML and TXT files". That page does not name the columns; they are
found by their words. Without a row in the table, the name of the file and the title of the email are used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import PurePosixPath

from pipeline.loaders.exports.export_file import ExportFiles, decode_file, find_names, read_rows
from pipeline.loaders.exports.exported_post import ExportedPost, PostKind, read_text, read_time
from pipeline.markup import slugify

#: Headings, in lower case; the first that is there and has a value counts.
_SUBJECT = ("subject", "subject line", "campaign subject")
_TITLE = ("title", "campaign title", "campaign name", "name")
_DATE = ("send date", "send time", "send_time", "sent at", "date sent")
_STATUS = ("status", "campaign status")
_HTML_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,300})</title>", re.IGNORECASE)
_NUMBER = re.compile(r"^\d{1,12}[_-]")


def read_mailchimp(files: ExportFiles) -> Iterator[ExportedPost] | None:
    """Return the campaigns in *files*, None if Mailchimp did not write them."""
    names = find_names(files, "campaigns_content/*.html")
    names += [name for name in find_names(files, "campaigns_content/*/*.html") if name not in names]
    if not names:
        return None
    rows = [row for name in find_names(files, "campaigns.csv") for row in read_rows(files, name)]
    by_name = {slugify(_get(row, _TITLE)): row for row in rows}
    by_name = {slugify(_get(row, _SUBJECT)): row for row in rows} | by_name
    return (_read_campaign(files, name, by_name) for name in names)


def _read_campaign(
    files: ExportFiles, name: str, rows: Mapping[str, Mapping[str, str]]
) -> ExportedPost:
    html = decode_file(files.read(name), f"{files.location}, {name}")
    slug = slugify(_NUMBER.sub("", PurePosixPath(name).stem))
    found = _HTML_TITLE.search(html)
    title = read_text(found[1]) if found and "*|" not in found[1] else ""
    row = rows.get(slug) or rows.get(slugify(title)) or {}
    published = _read_date(row)
    was_sent = not row or _get(row, _STATUS).lower() in ("", "sent", "archived")
    return ExportedPost(
        name=name,
        slug=slug or slugify(title) or PurePosixPath(name).stem,
        title=_get(row, _SUBJECT) or title or _get(row, _TITLE),
        published=published,
        body=html,
        kind=PostKind.PUBLISHED if was_sent and (published or not row) else PostKind.DRAFT,
        is_page=True,
    )


def _get(row: Mapping[str, str], headings: tuple[str, ...]) -> str:
    return next((read_text(row[each]) for each in headings if row.get(each, "").strip()), "")


def _read_date(row: Mapping[str, str]) -> datetime | None:
    return read_time(_get(row, _DATE))
