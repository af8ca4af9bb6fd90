"""Images: alternative text, format, pixels and bytes."""

from __future__ import annotations

import io
import random
from dataclasses import replace

import pytest
from PIL import Image

from pipeline.checks import Severity
from pipeline.models.edition import Edition, InlineImage
from tests.checks.samples import codes, findings, severities, with_html

SRC = "https://e.example.org/a.jpg"


def _img(src: str = SRC, alt: str = "A bell on a buoy", more: str = 'width="300"') -> str:
    return f'<p><img src="{src}" alt="{alt}" {more}></p>'


def _image_bytes(width: int, *, kind: str = "PNG", noise: int = 0, frames: int = 1) -> bytes:
    """Return an image; *noise* bytes that cannot be compressed are added to each frame."""
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


def _with_image(content: bytes, width: int) -> Edition:
    """Return a newsletter with an inline image shown at *width* pixels."""
    part = InlineImage(content_id="a@b", media_type="image/png", content=content, filename="a.png")
    return replace(with_html(_img("cid:a@b", more=f'width="{width}"')), images=(part,))


def test_valid_images_are_not_reported() -> None:
    """Images with alternative text, over https or inline, with enough pixels."""
    assert [] == codes(with_html(_img()))
    assert [] == codes(_with_image(_image_bytes(600), 300))


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
def test_alternative_text(alt: str, code: str) -> None:
    """It exists, is not a file name, and is short."""
    assert {code: Severity.WARNING} == severities(with_html(_img(alt=alt)))


@pytest.mark.parametrize(
    "alt", ["Image of the harbour", "A photo", "The bell, seen from the slip", "Dsconto"]
)
def test_texts_that_resemble_a_file_name_are_allowed(alt: str) -> None:
    """Text that starts like a camera's file name is text."""
    assert [] == codes(with_html(_img(alt=alt)))


@pytest.mark.parametrize(
    "src", ["http://e.example.org/a.jpg", "a.jpg", "data:image/png;base64,AA", ""]
)
def test_an_image_that_clients_do_not_load_is_an_error(src: str) -> None:
    """Only https and inline images are shown everywhere."""
    assert {"image.address": Severity.ERROR} == severities(with_html(_img(src)))


@pytest.mark.parametrize("name", ["a.svg", "a.webp?v=2", "a.AVIF"])
def test_unsupported_formats_are_reported(name: str) -> None:
    """The file name is enough for some formats."""
    assert ["image.format"] == codes(with_html(_img(f"https://e.example.org/{name}")))
    assert ["image.format"] == codes(_with_image(_image_bytes(600, kind="WEBP"), 300))


@pytest.mark.parametrize("more", ["", 'width="100%"', 'width="300" height="auto"'])
def test_outlook_needs_a_width(more: str) -> None:
    """Without a width in pixels Outlook shows an image in full size."""
    assert ["image.width-missing"] == codes(with_html(_img(more=more)))


@pytest.mark.parametrize(
    ("pixels", "width", "expected"),
    [
        (299, 300, {"image.blurry": Severity.WARNING}),
        (300, 300, {}),
        (960, 300, {}),
        (961, 300, {"image.too-many-pixels": Severity.NOTE}),
    ],
)
def test_pixels_are_compared_with_the_display_width(
    pixels: int, width: int, expected: dict[str, Severity]
) -> None:
    """Fewer pixels are blurry; more than three per pixel shown are a note."""
    assert expected == severities(_with_image(_image_bytes(pixels), width))


def test_heavy_images_are_reported() -> None:
    """More than 400 kB for an image, or 1 MB for an animation, is a warning."""
    heavy, (finding,) = (
        _image_bytes(600, noise=450_000),
        findings(_with_image(_image_bytes(600, noise=450_000), 300)),
    )

    assert "image.heavy" == finding.code
    assert 'the image "A bell on a buoy"' == finding.where
    assert len(heavy) > 400 * 1024
    moving = _image_bytes(600, kind="GIF", noise=300_000, frames=5)
    assert "image.animation-heavy" in codes(_with_image(moving, 300))
    assert "image.heavy" not in codes(_with_image(moving, 300))


def test_unreadable_images_are_skipped() -> None:
    """Bytes that cannot be decoded are the renderer's concern."""
    assert [] == codes(_with_image(b"GIF89a but not really", 300))
