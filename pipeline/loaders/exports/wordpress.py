"""
The export of WordPress: "WordPress eXtended RSS" (WXR), one XML file or several.

Source: Tools → Export → Posts; the elements are those that `wp-admin/includes/export.php` of WordPress writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import etree

from pipeline.errors import LoadError
from pipeline.loaders.exports.export_file import ExportFiles, find_names
from pipeline.loaders.exports.exported_post import (
    Access,
    ExportedPost,
    PostKind,
    read_text,
    read_time,
)

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
#: Comments that mark the blocks of its editor: <!-- wp:paragraph {"dropCap":true} -->
_BLOCK_MARK = re.compile(r"<!--\s{0,9}/?wp:[a-z][^>]{0,2000}?-->")


def read_wordpress(files: ExportFiles) -> Iterator[ExportedPost] | None:
    """Return the posts in *files*, None if WordPress did not write them."""
    roots = [
        root
        for name in find_names(files, "*.xml")
        if (root := _parse(files.read(name), f"{files.location}, {name}")) is not None
    ]
    return (post for root in roots for post in _list_posts(root)) if roots else None


def _parse(content: bytes, location: str) -> etree._Element | None:
    """Return the root of a WXR file, None if it is another one."""
    if b"wordpress.org/export/" not in content[:4000]:
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, recover=True, huge_tree=True, remove_comments=True
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise LoadError(f"{location}: the file is damaged. Download the export again.") from error


def _list_posts(root: etree._Element) -> Iterator[ExportedPost]:
    names = {
        _get(author, "author_login"): _get(author, "author_display_name")
        for author in root.iter("{*}author")
    }
    for number, item in enumerate(root.iter("item"), start=1):
        if _get(item, "post_type") == "attachment":
            continue
        path = urlsplit(item.findtext("link") or "").path
        slug = _get(item, "post_name") or path.strip("/").rpartition("/")[2]
        creator = item.findtext(_CREATOR) or ""
        is_open = not _get(item, "post_password") and _get(item, "status") != "private"
        yield ExportedPost(
            name=f"post {slug or _get(item, 'post_id') or number}",
            slug=slug or _get(item, "post_id") or str(number),
            path=path if path.strip("/") else "",
            title=read_text(item.findtext("title")),
            authors=tuple(filter(None, [read_text(names.get(creator) or creator)])),
            published=read_time(_get_date(item)),
            body=_wrap_paragraphs(_BLOCK_MARK.sub("", item.findtext(_CONTENT) or "")),
            kind=_read_kind(item),
            access=Access.EVERYBODY if is_open else Access.SUBSCRIBERS,
        )


def _read_kind(item: etree._Element) -> PostKind:
    if _get(item, "post_type") not in ("post", ""):
        return PostKind.PAGE
    is_published = _get(item, "status") in ("publish", "private", "")
    return PostKind.PUBLISHED if is_published else PostKind.DRAFT


def _get(item: etree._Element, name: str) -> str:
    """Return the text of the child *name* in the namespace of WXR, whichever version that is."""
    for child in item:
        if isinstance(child.tag, str) and child.tag.endswith(f"}}{name}"):
            return (child.text or "").strip()
    return ""


def _get_date(item: etree._Element) -> str:
    """Return the date as text; drafts have one of zeros."""
    date = _get(item, "post_date_gmt")
    return date if date.strip("0-: ") else item.findtext("pubDate") or ""


def _wrap_paragraphs(text: str) -> str:
    """Return *text* with the paragraphs that WordPress makes of empty lines when it shows an older post."""
    if "<p" in text:
        return text
    parts = (part.strip() for part in re.split(r"\n\s*\n", text))
    return "\n".join(
        part
        if re.match(r"<(?!/?(?:a|b|em|i|img|span|strong|sup|code)\b)", part)
        else f"<p>{part}</p>"
        for part in parts
        if part
    )
