"""Read images whose place in the tree is not decided yet."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.safe_urls import sanitize_src
from pipeline.models.article import Image

_PIXELS = re.compile(r"\s*+([0-9]{1,5})(?:\.[0-9]++)?\s*+(?:px)?\s*+", re.IGNORECASE)

_STYLED_WIDTH = re.compile(
    r"(?:^|;)\s{0,9}(?:max-)?width\s{0,9}:\s{0,9}([0-9]{1,5})(?:\.[0-9]{1,9})?px", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingImage(Image):
    """An image that becomes a `Figure` if it stands alone, else an `Image`."""

    title: str = ""
    credit: str = ""
    width: int | None = None
    height: int | None = None


def read_image(element: etree._Element, report: LoadReport) -> PendingImage | None:
    """Return the image in `<img>`; with an unsafe source only its texts. None if nothing of it is usable."""
    source, alt = element.get("src") or "", element.get("alt") or ""
    title = element.get("title") or ""
    src = sanitize_src(source) or ""
    if source and not src:
        report.add_markup("image.unsafe", source)
        report.warn(
            "image.unsafe",
            f"An image was left out: {_shorten(source)} cannot be used in an email.",
        )
    credit = element.get("credit") or ""  # only in a DOM of Markdown
    if not (src or alt or title or credit):
        return None
    width, height = (_parse_pixels(element.get(side)) for side in ("width", "height"))
    width = width or _find_styled_width(element.get("style") or "")
    return PendingImage(src=src, alt=alt, title=title, credit=credit, width=width, height=height)


def _parse_pixels(value: str | None) -> int | None:
    match = _PIXELS.fullmatch(value or "")
    return int(match[1]) or None if match else None


def _find_styled_width(style: str) -> int | None:
    match = _STYLED_WIDTH.search(style)
    return int(match[1]) or None if match else None


def _shorten(url: str) -> str:
    return url if len(url) <= 60 else f"{url[:57]}…"
