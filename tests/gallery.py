"""
Pictures of the themes for docs/how-to/choose-a-theme.md: a desktop in light mode beside a phone in dark mode.

    make gallery
    python -m tests.gallery bulletin

The article is a seed with everything an appeal and a footer can have; the pictures show its top, and its appeal.
"""

from __future__ import annotations

import base64
import io
import sys
from dataclasses import replace
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from pipeline.files import find_shipped
from pipeline.loaders import load
from pipeline.models.article import Article
from pipeline.rendering import Theme, render
from tests.browser import Browser, Scheme
from tests.rendering.sample_issues import (
    THEMES,
    WHOLE_APPEAL,
    WHOLE_PUBLICATION,
    WITH_TOKENS,
    fill_sample,
    make_issue,
)
from tests.support import ROOT, SEEDS

FOLDER = ROOT / "docs/images/themes"
#: Window width and height of what is shown, and its scheme.
DESKTOP: tuple[int, int, Scheme] = (700, 900, "light")
PHONE: tuple[int, int, Scheme] = (375, 900, "dark")
_GAP_PX, _SURROUNDING, _COLORS = 24, "#ffffff", 192
#: The most bytes of a picture.
MAX_BYTES = 120_000


def render_email(theme_name: str, article: Article) -> str:
    """Return *article* as an email in the theme, its images inside."""
    publication = replace(WHOLE_PUBLICATION, name="The Lantern Quarterly")
    issue = make_issue(
        article,
        preheader=article.subtitle,
        appeals=(WHOLE_APPEAL,),
        publication=publication,
        language="en-GB",
    )
    theme = Theme.find(theme_name, [find_shipped("templates")])
    edition = render(issue, theme, read_image=lambda src: (SEEDS / src).read_bytes())
    html = fill_sample(edition.html, reader=WITH_TOKENS)
    for image in edition.images:
        data = base64.b64encode(image.content).decode()
        html = html.replace(f"cid:{image.content_id}", f"data:{image.media_type};base64,{data}")
    return html


def capture(
    browser: Browser, html: str, view: tuple[int, int, Scheme], *, at: str | None = None
) -> Image.Image:
    """Return a picture of the view, its top at the element *at* or at the start."""
    width, height, scheme = view

    def shoot(page: Page) -> bytes:
        top = page.locator(at).first.bounding_box() if at else None
        y = max(top["y"] - height * 0.2, 0) if top else 0
        clip = {"x": 0, "y": y, "width": width, "height": height}
        return page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type]

    shot = browser.in_page(html, shoot, width_px=width, scheme=scheme)
    return Image.open(io.BytesIO(shot)).convert("RGB")


def make_picture(browser: Browser, html: str) -> Image.Image:
    """Return both views of *html* side by side: the top on a desktop, the appeal on a phone."""
    views = (
        capture(browser, html, DESKTOP),
        capture(browser, html, PHONE, at=".appeal"),
    )
    width = sum(view.width for view in views) + _GAP_PX
    picture = Image.new("RGB", (width, max(view.height for view in views)), _SURROUNDING)
    picture.paste(views[0], (0, 0))
    picture.paste(views[1], (views[0].width + _GAP_PX, 0))
    return picture.quantize(_COLORS, dither=Image.Dither.NONE)


def write_picture(picture: Image.Image, path: Path) -> None:
    """
    Write *picture* as a small PNG.

    Raises:
        ValueError: It is larger than a page of the documentation should load.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, optimize=True)
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path}: {path.stat().st_size} bytes, more than {MAX_BYTES}")


def main() -> None:
    """Write the picture of each theme, or of those that are named."""
    article = load(str(SEEDS / "the-ferry-bell.md"))
    browser = Browser()
    try:
        for name in sys.argv[1:] or THEMES:
            path = FOLDER / f"{name}.png"
            write_picture(make_picture(browser, render_email(name, article)), path)
            sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes\n")
    finally:
        browser.close()


if __name__ == "__main__":
    main()
