"""Screenshots of the themes, compared with approved ones, with a tolerance for other fonts."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from pipeline.files import find_shipped
from pipeline.rendering import Theme, render
from tests.browser import Browser, Scheme
from tests.rendering.sample_issues import ISSUES, THEMES, fill_sample
from tests.support import ROOT

GOLDENS = Path(__file__).parents[1] / "goldens"
#: Email, width of the window, scheme.
VIEWS: dict[str, tuple[str, int, Scheme]] = {
    "desk": ("everything", 640, "light"),
    "phone-dark": ("everything", 375, "dark"),
    "phone-rtl": ("arabic", 375, "light"),
}
#: One pixel of a golden stands for a square of that many.
_SHRINK = 4
_TILE_PX = 16
#: How far the whole, and the worst tile of it, may be off, of 255.
_WHOLE, _WORST = 1.5, 14.0


def taken(browser: Browser, html: str, width: int, scheme: Scheme) -> Image.Image:
    """Return a shrunk picture of the whole page."""
    shot = browser.in_page(
        html, lambda page: page.screenshot(full_page=True), width_px=width, scheme=scheme
    )
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    return picture.reduce(_SHRINK)


def distance(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Return how far two pictures are apart: on the whole, and in their worst tile; much, if one is far higher."""
    if one.width != other.width or abs(one.height - other.height) > 0.02 * one.height:
        return 255.0, 255.0
    height = min(one.height, other.height)
    off = ImageChops.difference(
        one.crop((0, 0, one.width, height)), other.crop((0, 0, one.width, height))
    ).convert("L")
    tiles = off.resize(
        (max(1, one.width // _TILE_PX), max(1, height // _TILE_PX)), Image.Resampling.BOX
    )
    return ImageStat.Stat(off).mean[0], float(max(tiles.tobytes()))


def html_in(theme: str, sample: str) -> str:
    return fill_sample(render(ISSUES[sample], Theme.find(theme, [find_shipped("templates")])).html)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("theme", THEMES)
def test_themes_match_their_screenshots(
    browser: Browser, theme: str, view: str, request: pytest.FixtureRequest
) -> None:
    """On a desktop, on a phone in dark mode and from right to left."""
    sample, width, scheme = VIEWS[view]
    picture = taken(browser, html_in(theme, sample), width, scheme)
    golden = GOLDENS / f"{theme}-{view}.png"
    if request.config.getoption("--refresh-goldens", default=False):
        picture.quantize(48).save(golden, optimize=True)

    whole, worst = distance(Image.open(golden).convert("RGB"), picture)
    assert whole < _WHOLE and worst < _WORST, f"{whole:.1f} on the whole, {worst:.1f} at worst"


@pytest.mark.parametrize("theme", THEMES)
def test_documentation_shows_every_theme(theme: str) -> None:
    """Each has a section, a row, and a picture small enough for a page with all of them."""
    page = (ROOT / "docs/how-to/choose-a-theme.md").read_text(encoding="utf-8")
    picture = ROOT / f"docs/images/themes/{theme}.png"

    assert f"| [`{theme}`](#{theme}) |" in page
    assert f"## {theme}\n\n![The theme {theme}](../images/themes/{theme}.png)" in page
    assert 120_000 > picture.stat().st_size


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('class="solid" style="', 'class="solid" style="visibility:hidden;'),
        ("Harbourmaster Ines Calloway, 1931", ""),
        ("#8f3b1f", "#1f5b8f"),
        ("font-size:37px", "font-size:30px"),
        ("font-size:18px", "font-size:17px"),
    ],
    ids=["no button", "no attribution", "another accent", "a smaller title", "smaller text"],
)
def test_changes_exceed_the_tolerance(browser: Browser, old: str, new: str) -> None:
    """A missing button or line, another color, smaller text: each differs by more than the tolerance."""
    sample, width, scheme = VIEWS["desk"]
    html = html_in("default", sample)
    assert old in html
    golden = Image.open(GOLDENS / "default-desk.png").convert("RGB")

    whole, worst = distance(golden, taken(browser, html.replace(old, new), width, scheme))
    assert whole > _WHOLE or worst > _WORST, f"{whole:.1f} on the whole, {worst:.1f} at worst"
