"""
HTML: web pages, files saved or exported as HTML, and fragments from feeds and converters.

    HtmlLoader().read(source)                           a page, in which the article has to be found
    read_fragment(html, base_url=…, address=…)          a fragment that is the article
    lift_notes(element, account)                        the notes of any DOM, in `html.footnotes`
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.loaders.base import Reading, Source

__all__ = ["HtmlLoader", "read_fragment"]


class HtmlLoader:
    """Web pages and HTML files."""

    media_type = "text/html"
    suffixes = (".html", ".htm", ".xhtml")

    def read(self, source: Source) -> Reading:
        """
        Turn the page in *source* into an article.

        Raises:
            LoadError: It is no page, or beyond all bounds.
        """
        from pipeline.loaders.html.charset import decode_page
        from pipeline.loaders.html.reading import read_page

        html, warnings = decode_page(source.content, source.media_type, source.address)
        reading = read_page(html, address=source.address)
        article = replace(reading.article, warnings=(*warnings, *reading.article.warnings))
        return replace(reading, article=article)


def read_fragment(html: str, *, base_url: str | None, address: str) -> Reading:
    """
    Return the article that the fragment *html* is as a whole, notes lifted, chrome left out, no title sought.

    Args:
        base_url: What relative addresses count from; null leaves them as they are.
        address: Names the source in messages.

    Raises:
        LoadError: It is beyond all bounds, or holds no text.
    """
    from pipeline.loaders.html.reading import read_fragment

    return read_fragment(html, base_url=base_url, address=address)
