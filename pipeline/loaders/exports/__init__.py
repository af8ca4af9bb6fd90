"""
Load what another newsletter system exports: all its posts, each as an article.

    open_export(path)          the export at a path, whichever system wrote it
    load_post(post, …)         one of its posts as an article

1. The file is opened (`export_file`): a zip archive, a folder it was unpacked to, or a single file.
2. The system is recognised by what is in it (`open_export`), and its reader lists the posts (`substack`, `ghost`,
   `buttondown`, `mailchimp`, `wordpress`).
3. `load_post` turns the text of a post into an article, as the loaders for HTML and Markdown do, and checks that no
   word is missing.
"""

from __future__ import annotations

from pipeline.loaders.exports.exported_post import Access, ExportedPost, PostKind
from pipeline.loaders.exports.load_post import load_post
from pipeline.loaders.exports.open_export import Export, System, open_export

__all__ = ["Access", "Export", "ExportedPost", "PostKind", "System", "load_post", "open_export"]
