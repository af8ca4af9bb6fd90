"""Images: alternative texts, formats, and size in pixels and bytes."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.checks.findings import error, join_first, note, shorten, warning
from pipeline.checks.html.html_part import HtmlPart, quote_preceding
from pipeline.models.finding import Finding

_FILE_NAME = re.compile(
    r"[\w%().+ -]+\.(jpe?g|png|gif|webp|svg|bmp|tiff?|heic|avif)|"
    r"(img|dsc|dscn|image|photo|screenshot|unnamed|foto)[\s_-]*\d*",
    re.IGNORECASE,
)
_UNSUPPORTED_ENDING = re.compile(r"\.(svgz?|webp|avif|heic|tiff?|bmp)$")
_SUPPORTED_FORMATS = frozenset({"JPEG", "MPO", "PNG", "GIF"})
_MAX_ALT_CHARACTERS = 200  # screen readers do not pause within an alternative text
_MAX_ANIMATION_BYTES = 1024 * 1024
_MAX_IMAGE_BYTES = 400 * 1024
_MAX_PIXEL_RATIO = 3.2  # no screen has more than three pixels per CSS pixel
_ALT_HINT = "Describe what it shows: ![A bell on a buoy](bell.jpg)."


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageInfo:
    """What the bytes of an image tell."""

    format: str
    width_px: int
    height_px: int
    frames: int
    size_bytes: int


def check_images(part: HtmlPart) -> Iterator[Finding]:
    """Yield what is wrong with the images of a newsletter, including the bytes of those inside the message."""
    inline = {f"cid:{image.content_id}": image for image in part.variant.edition.images}
    seen: set[str] = set()
    images = list(part.document.iter("img"))
    yield from _check_widths(images)
    for image in images:
        src = image.get("src") or ""
        attached = inline.get(src)
        yield from _check_alt(image, f"an image {quote_preceding(image)}" if attached else src[:80])
        yield from _check_source(image, src)
        if attached and src not in seen:
            seen.add(src)
            yield from check_image_file(
                attached.content, where=describe_image(image), display_px=read_width_px(image)
            )


def describe_image(image: Any) -> str:  # Any: lxml has no types
    """Return how to refer to *image*: by its alternative text, or by its address."""
    alt = " ".join((image.get("alt") or "").split())
    return f'the image "{shorten(alt)}"' if alt else (image.get("src") or "an image")[:80]


def read_width_px(image: Any) -> int | None:
    """Return how wide an image is shown at most, if it has a width attribute."""
    width = (image.get("width") or "").removesuffix("px")
    return int(width) if width.isdigit() else None


def _check_alt(image: Any, where: str) -> Iterator[Finding]:
    alt = (image.get("alt") or "").strip()
    if not alt:
        yield warning(
            code="image.alt-missing",
            where=where,
            message="The image has no alternative text for readers who cannot see it or whose client blocks images.",
            hint=_ALT_HINT,
        )
    elif _FILE_NAME.fullmatch(alt):
        yield warning(
            code="image.alt-filename",
            where=describe_image(image),
            message="The alternative text is a file name, which tells nothing to readers who cannot see the image.",
            hint=_ALT_HINT,
        )
    elif len(alt) > _MAX_ALT_CHARACTERS:
        yield warning(
            code="image.alt-long",
            where=describe_image(image),
            message=f"The alternative text has {len(alt)} characters; screen readers read it out without a pause.",
            hint="Shorten it and move the details to the caption.",
        )


def _check_source(image: Any, src: str) -> Iterator[Finding]:
    scheme, _, rest = src.partition(":")
    if scheme.lower() not in ("https", "cid") or not rest:
        yield error(
            code="image.address",
            where=describe_image(image),
            message=f"Email clients do not load images from this address: {shorten(src) or '(empty)'}.",
            hint="Use a file next to the article, or an https URL.",
        )
    if _UNSUPPORTED_ENDING.search(src.partition("?")[0].lower()):
        yield _unsupported_format("this kind of image", where=describe_image(image))


def _unsupported_format(kind: str, *, where: str) -> Finding:
    return warning(
        code="image.format",
        where=where,
        message=f"Some email clients, Outlook above all, do not show {kind}.",
        hint="Save it as JPEG or PNG.",
    )


def _check_widths(images: list[Any]) -> Iterator[Finding]:
    found = [
        image
        for image in images
        if read_width_px(image) is None or (image.get("height") or "").strip() == "auto"
    ]
    if found:
        yield warning(
            code="image.width-missing",
            where=join_first([describe_image(image) for image in found]),
            message="Outlook for Windows only reads the width attribute; without it, it shows the image in full size.",
            hint='Write <img width="…"> in pixels, without height="auto".',
        )


def check_image_file(content: bytes, *, where: str, display_px: int | None) -> Iterator[Finding]:
    """
    Yield what is wrong with the file of one image.

    Args:
        display_px: How wide it is shown, None if unknown.
    """
    info = read_image_info(content)
    if info is None:
        return
    if info.format not in _SUPPORTED_FORMATS:
        yield _unsupported_format(f"{info.format} images", where=where)
    if info.frames > 1 and info.size_bytes > _MAX_ANIMATION_BYTES:
        yield warning(
            code="image.animation-heavy",
            where=where,
            message=f"The animation has {info.size_bytes / 1024**2:.1f} MB; on phones it starts late or never.",
            hint="Make it shorter or smaller, or show a still image that links to a video.",
        )
    elif info.size_bytes > _MAX_IMAGE_BYTES:
        yield warning(
            code="image.heavy",
            where=where,
            message=f"The image has {info.size_bytes / 1024:,.0f} kB, which loads slowly on phones.",
            hint="Save photos as JPEG, about 1,200 pixels wide.",
        )
    if display_px and info.width_px < display_px:
        yield warning(
            code="image.blurry",
            where=where,
            message=f"The image is {info.width_px} pixels wide but shown at {display_px}, so it looks blurry.",
            hint="Use a larger image; twice the width shown looks sharp on every screen.",
        )
    elif display_px and info.width_px > display_px * _MAX_PIXEL_RATIO:
        yield note(
            code="image.too-many-pixels",
            where=where,
            message=f"The image is {info.width_px} pixels wide but shown at {display_px}: no screen can show the rest.",
            hint=f"Scale it down to {display_px * 2} pixels.",
        )


def read_image_info(content: bytes) -> ImageInfo | None:
    """Return what *content* is, or None if it is not a readable image."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(content))
            frames = int(getattr(image, "n_frames", 1))
    except Exception:  # Pillow raises whatever its decoders raise
        return None
    return ImageInfo(
        format=image.format or "",
        width_px=image.width,
        height_px=image.height,
        frames=frames,
        size_bytes=len(content),
    )
