"""Pictures: their words, their form, their pixels and their weight."""

from __future__ import annotations

import io
import random
from dataclasses import replace

import pytest
from PIL import Image

from pipeline.checks import Severity
from pipeline.models.edition import Edition, InlineImage
from tests.checks.letters import codes, findings, severities, with_html

SRC = "https://e.example.org/a.jpg"


def _img(src: str = SRC, alt: str = "A bell on a buoy", more: str = 'width="300"') -> str:
    return f'<p><img src="{src}" alt="{alt}" {more}></p>'


def _bytes(width: int, *, kind: str = "PNG", noise: int = 0, frames: int = 1) -> bytes:
    """Return a picture; *noise* bytes of what cannot be pressed together are put into each frame."""
    draw = random.Random(1)
    pictures = []
    for _ in range(frames):
        picture = Image.new("P" if kind == "GIF" else "L", (width, max(1, noise // width)))
        if noise:
            picture.putdata(draw.randbytes(picture.width * picture.height))
        pictures.append(picture)
    file = io.BytesIO()
    more = {"save_all": True, "append_images": pictures[1:]} if frames > 1 else {}
    pictures[0].save(file, kind, **more)
    return file.getvalue()


def _holding(content: bytes, width: int) -> Edition:
    """Return a letter in which a picture travels and is shown so wide."""
    part = InlineImage(content_id="a@b", media_type="image/png", content=content, filename="a.png")
    return replace(with_html(_img("cid:a@b", more=f'width="{width}"')), images=(part,))


def test_a_sound_picture_is_left_alone() -> None:
    """A picture with words, over https or in the letter, in pixels enough for any screen."""
    assert [] == codes(with_html(_img()))
    assert [] == codes(_holding(_bytes(600), 300))


@pytest.mark.parametrize(
    ("alt", "code"),
    [
        ("", "image.alt-missing"),
        (" ", "image.alt-missing"),
        ("bell.jpg", "image.alt-filename"),
        ("IMG_2041", "image.alt-filename"),
        ("harbour-at-dusk (1).jpeg", "image.alt-filename"),
        ("unnamed", "image.alt-filename"),
        ("A bell. " * 30, "image.alt-long"),
    ],
)
def test_words_for_a_picture(alt: str, code: str) -> None:
    """They are there, are words, and are few."""
    assert {code: Severity.WARNING} == severities(with_html(_img(alt=alt)))


@pytest.mark.parametrize(
    "alt", ["Image of the harbour", "A photo", "The bell, seen from the slip", "Dsconto"]
)
def test_words_that_only_resemble_a_file(alt: str) -> None:
    """Words that begin like a camera's file are words."""
    assert [] == codes(with_html(_img(alt=alt)))


@pytest.mark.parametrize(
    "src", ["http://e.example.org/a.jpg", "a.jpg", "data:image/png;base64,AA", ""]
)
def test_a_picture_that_will_not_be_loaded_is_an_error(src: str) -> None:
    """Only https and what travels in the letter is shown everywhere."""
    assert {"image.address": Severity.ERROR} == severities(with_html(_img(src)))


@pytest.mark.parametrize("name", ["a.svg", "a.webp?v=2", "a.AVIF"])
def test_a_kind_of_file_that_some_do_not_show(name: str) -> None:
    """The name alone tells some kinds; the bytes tell the others."""
    assert ["image.format"] == codes(with_html(_img(f"https://e.example.org/{name}")))
    assert ["image.format"] == codes(_holding(_bytes(600, kind="WEBP"), 300))


@pytest.mark.parametrize("more", ["", 'width="100%"', 'width="300" height="auto"'])
def test_outlook_needs_a_width(more: str) -> None:
    """Without a width in pixels Outlook shows a picture as wide as it is."""
    assert ["image.width-missing"] == codes(with_html(_img(more=more)))


@pytest.mark.parametrize(
    ("pixels", "shown", "expected"),
    [
        (299, 300, {"image.blurry": Severity.WARNING}),
        (300, 300, {}),
        (960, 300, {}),
        (961, 300, {"image.too-many-pixels": Severity.NOTE}),
    ],
)
def test_pixels_and_what_is_shown(pixels: int, shown: int, expected: dict[str, Severity]) -> None:
    """Fewer pixels than are shown are blurred; more than three for each are for nobody, which is only a note."""
    assert expected == severities(_holding(_bytes(pixels), shown))


def test_heavy_pictures_are_told() -> None:
    """A single picture of more than 400 kB is a warning, an animation of more than 1 MB another."""
    heavy, (finding,) = (
        _bytes(600, noise=450_000),
        findings(_holding(_bytes(600, noise=450_000), 300)),
    )

    assert "image.heavy" == finding.code
    assert 'the image "A bell on a buoy"' == finding.where
    assert len(heavy) > 400 * 1024
    moving = _bytes(600, kind="GIF", noise=300_000, frames=5)
    assert "image.animation-heavy" in codes(_holding(moving, 300))
    assert "image.heavy" not in codes(_holding(moving, 300))


def test_what_is_no_picture_is_passed_over() -> None:
    """Bytes that cannot be read are the renderer's affair."""
    assert [] == codes(_holding(b"GIF89a but not really", 300))
