"""Pictures: their words, their form, their size in pixels and in bytes."""

from __future__ import annotations

import io
import re
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
#: Screen readers do not pause within an alternative text.
_ALT_LONG = 200
_ANIMATION_BYTES = 1024 * 1024
_HEAVY_BYTES = 400 * 1024
#: More pixels than three for each one shown are for nobody: no screen has more, and eyes do not see them.
_MOST_PER_PIXEL = 3.2
_SHOWN_BY_ALL = frozenset({"JPEG", "MPO", "PNG", "GIF"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageInfo:
    """What the bytes of a picture say."""

    format: str
    natural_width_px: int
    frames: int
    size_bytes: int


def check_images(page: HtmlPart) -> Iterator[Finding]:
    """Yield what is wrong with the pictures of a letter, those that travel in it looked at closely."""
    parts = {f"cid:{image.content_id}": image for image in page.variant.edition.images}
    seen: set[str] = set()
    pictures = list(page.document.iter("img"))
    yield from _without_width(pictures)
    for picture in pictures:
        src = picture.get("src") or ""
        part = parts.get(src)
        yield from _words(picture, f"a picture {quote_preceding(picture)}" if part else src[:80])
        yield from _form(picture, src)
        if part and src not in seen:
            seen.add(src)
            yield from check_image_file(
                part.content, where=describe_image(picture), width_px=read_width_px(picture)
            )


def describe_image(picture: Any) -> str:
    """Return how to name *picture*: by its words, or by where it is."""
    alt = " ".join((picture.get("alt") or "").split())
    return f'the picture "{shorten(alt)}"' if alt else (picture.get("src") or "a picture")[:80]


def read_width_px(picture: Any) -> int | None:
    """Return how wide a picture is shown at most, if it says so."""
    width = (picture.get("width") or "").removesuffix("px")
    return int(width) if width.isdigit() else None


def _words(picture: Any, where: str) -> Iterator[Finding]:
    alt = (picture.get("alt") or "").strip()
    if not alt:
        yield warning(
            code="image.alt-missing",
            where=where,
            message="The picture has no words for those who cannot see it, and for clients that block pictures.",
            hint="Write what it shows: ![A bell on a buoy](bell.jpg).",
        )
    elif _FILE_NAME.fullmatch(alt):
        yield warning(
            code="image.alt-filename",
            where=describe_image(picture),
            message="Its words are the name of a file; they say nothing to those who cannot see it.",
            hint="Write what it shows: ![A bell on a buoy](bell.jpg).",
        )
    elif len(alt) > _ALT_LONG:
        yield warning(
            code="image.alt-long",
            where=describe_image(picture),
            message=f"Its words are {len(alt)} signs long; a screen reader reads them in one breath.",
            hint="Say it shorter, and the rest in the caption.",
        )


def _form(picture: Any, src: str) -> Iterator[Finding]:
    scheme, _, rest = src.partition(":")
    if scheme.lower() not in ("https", "cid") or not rest:
        yield error(
            code="image.address",
            where=describe_image(picture),
            message=f"Mail programs do not load pictures from there: {shorten(src) or 'nowhere'}.",
            hint="Name a file beside the article, or an https address.",
        )
    if re.search(r"\.(svgz?|webp|avif|heic|tiff?|bmp)$", src.partition("?")[0].lower()):
        yield warning(
            code="image.format",
            where=describe_image(picture),
            message="Not every mail program shows this kind of file, Outlook least of all.",
            hint="Save it as JPEG or PNG.",
        )


def _without_width(pictures: list[Any]) -> Iterator[Finding]:
    found = [
        p for p in pictures if read_width_px(p) is None or (p.get("height") or "").strip() == "auto"
    ]
    if found:
        yield warning(
            code="image.width-missing",
            where=join_first([describe_image(picture) for picture in found]),
            message="Outlook for Windows shows it in its full size, however wide: it goes by the width attribute only.",
            hint='Write <img width="…"> in pixels, and no height="auto".',
        )


def check_image_file(content: bytes, *, where: str, width_px: int | None) -> Iterator[Finding]:
    """Yield what the bytes of one picture show."""
    looked = read_image_info(content)
    if looked is None:
        return
    if looked.format not in _SHOWN_BY_ALL:
        yield warning(
            code="image.format",
            where=where,
            message=f"Not every mail program shows {looked.format} pictures, Outlook least of all.",
            hint="Save it as JPEG or PNG.",
        )
    if looked.frames > 1 and looked.size_bytes > _ANIMATION_BYTES:
        yield warning(
            code="image.animation-heavy",
            where=where,
            message=f"The animation weighs {looked.size_bytes / 1024**2:.1f} MB; on a phone it starts late or never.",
            hint="Cut it shorter or smaller, or show one picture that links to a film.",
        )
    elif looked.size_bytes > _HEAVY_BYTES:
        yield warning(
            code="image.heavy",
            where=where,
            message=f"It weighs {looked.size_bytes / 1024:,.0f} kB.",
            hint="Save photographs as JPEG, about 1,200 pixels wide.",
        )
    if width_px and looked.natural_width_px < width_px:
        yield warning(
            code="image.blurry",
            where=where,
            message=f"It has {looked.natural_width_px} pixels of width and is shown {width_px} wide, so it is blurred.",
            hint="Use a larger picture: twice as many pixels as are shown are sharp on every screen.",
        )
    elif width_px and looked.natural_width_px > width_px * _MOST_PER_PIXEL:
        yield note(
            code="image.too-many-pixels",
            where=where,
            message=f"It has {looked.natural_width_px} pixels of width and is shown {width_px} wide; nobody sees all.",
            hint=f"Scale it down to {width_px * 2} pixels.",
        )


def read_image_info(content: bytes) -> ImageInfo | None:
    """Return what a picture is, or nothing if it is none that can be read."""
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(content))
            frames = int(getattr(picture, "n_frames", 1))
    except Exception:  # Pillow raises whatever its decoders raise
        return None
    return ImageInfo(
        format=picture.format or "",
        natural_width_px=picture.width,
        frames=frames,
        size_bytes=len(content),
    )
