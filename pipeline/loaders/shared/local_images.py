"""Leave out pictures that are files of this machine, in what came from outside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.safe_urls import resolve_web_url
from pipeline.models.article import Article, Figure, Image, Text
from pipeline.models.tree import map_nodes


def remove_local_images(article: Article, report: LoadReport) -> Article:
    """Return *article* without images that are not on the web: no feed can mail a file of this machine."""

    def change(node: Any) -> Any:  # Any: a node or a value in, the same out
        src = node.src if isinstance(node, Figure | Image) else None
        if not src or resolve_web_url(src, None):
            return node
        report.add_markup("image.unsafe", src)
        report.warn("image.unsafe", f"An image was left out: {src[:60]} is not a web address.")
        return Text(text=node.alt) if isinstance(node, Image) else replace(node, src=None)

    return map_nodes(article, change)
