"""Convert an image file to one that every email program shows, no larger than a screen can show."""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from pipeline.errors import RenderError
from pipeline.rendering.images.strip_metadata import strip_metadata

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

#: Formats every client shows (caniemail, image-*), by Pillow's name; any other is converted to PNG or JPEG.
_MEDIA_TYPES = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "GIF": ("image/gif", "gif"),
}
#: Formats Pillow may read; some of the others run programs, and no email needs them.
_READABLE_FORMATS = "JPEG PNG GIF WEBP AVIF BMP TIFF ICO PPM JPEG2000 TGA".split()
#: The largest image that is read, in pixels; a telephone's best camera has 200 million, most have 12 to 50.
MAX_PIXELS = 100_000_000
_SCALED_QUALITY, _SAME_SIZE_QUALITY = 85, 92
_HEAVY_PNG_BYTES = 300 * 1024
_ORIENTATION, _GPS = 0x0112, 0x8825
#: How other kinds of file begin, and what to do with them.
_OTHER_KINDS = (
    (b"%PDF", 0, "PDF"),
    (b"%!PS", 0, "PostScript"),
    (b"8BPS", 0, "Photoshop"),
    (b" EMF", 40, "EMF"),
    (b"\xd7\xcd\xc6\x9a", 0, "WMF"),
    (b"ftypheic", 4, "HEIC"),
    (b"ftypheix", 4, "HEIC"),
    (b"ftyphevc", 4, "HEIC"),
    (b"ftypmif1", 4, "HEIC"),
    (b"ftypmsf1", 4, "HEIC"),
    (b"ftypavif", 4, "AVIF"),
    (b"icns", 0, "ICNS"),
)

Private = Literal["location", "other"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ConvertedImage:
    """
    An image as it is attached.

    Args:
        extension: Without a dot.
        width: In pixels, of the image the right way up; *height* likewise.
        scaled_from: The size in pixels before it was scaled down, or None.
        original_bytes: The size of the file before.
        changes: What was done besides, as parts of a sentence.
        private: What was removed: where the photo was taken, or other metadata; None for nothing.
    """

    content: bytes
    media_type: str
    extension: str
    width: int
    height: int
    scaled_from: tuple[int, int] | None = None
    original_bytes: int = 0
    changes: tuple[str, ...] = ()
    private: Private | None = None


class ImageCache(Protocol):
    """Keeps converted images, so that each is converted once."""

    def read(self, key: str) -> ConvertedImage | None:
        """Return what was kept under *key*, or None."""

    def write(self, key: str, image: ConvertedImage) -> None:
        """Keep *image* under *key*."""


def convert_image(content: bytes, *, max_width: int) -> ConvertedImage:
    """
    Return *content* as JPEG, PNG or GIF of at most *max_width* pixels, upright, in sRGB, without metadata.

    A file that needs none of this is returned byte for byte. Animations are kept as they are.

    Raises:
        RenderError: It is no image, damaged, or one that cannot be converted; the message says what to do.
    """
    image = _open(content)
    if image.width * image.height > MAX_PIXELS:
        raise RenderError(
            f"The image has {image.width:,} × {image.height:,} pixels, more than {MAX_PIXELS // 10**6} million. "
            "Scale it down."
        )
    try:
        return _convert(image, content, max_width)
    except Exception as error:  # Pillow's decoders raise all kinds of exceptions
        raise RenderError(f"The image is damaged ({error}). Save it again.") from error


def _open(content: bytes) -> PillowImage:
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    formats = [name for name in _READABLE_FORMATS if name in _list_installed()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of decompression bombs: checked by the caller
            return Pillow.open(io.BytesIO(content), formats=formats)
    except UnidentifiedImageError as error:
        raise RenderError(_describe_other(content)) from error
    except Pillow.DecompressionBombError as error:
        raise RenderError(
            f"The image has more than {MAX_PIXELS // 10**6} million pixels. Scale it down."
        ) from error
    except Exception as error:
        raise RenderError(f"The image is damaged ({error}). Save it again.") from error


def _list_installed() -> set[str]:
    from PIL import Image as Pillow

    Pillow.init()
    return set(Pillow.OPEN)


def _describe_other(content: bytes) -> str:
    if b"<svg" in content[:2000].lower():
        return (
            "SVG images are not shown by Gmail or Outlook. "
            "Export it as PNG, at twice the width it is shown."
        )
    for begin, at, name in _OTHER_KINDS:
        if content[at : at + len(begin)] == begin:
            return f"This is a {name} file, which email programs do not show. Export it as JPEG or PNG."
    return "Not an image that emails can show. Save it as PNG or JPEG."


def _convert(image: PillowImage, content: bytes, max_width: int) -> ConvertedImage:
    from PIL import ImageOps

    format = "JPEG" if image.format == "MPO" else image.format or ""  # a JPEG with a second image
    orientation = image.getexif().get(_ORIENTATION, 1)
    width, height = image.size
    if orientation in (5, 6, 7, 8):  # lies on its side
        width, height = height, width
    frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
    is_animated = frames > 1 and format in ("GIF", "PNG")
    scale = 1.0 if is_animated else min(1.0, max_width / width)
    private = _find_private(image, content, format)
    if scale < 1 and image.format == "JPEG":  # decodes at a fraction of the size: less memory
        image.draft(None, (math.ceil(image.width * scale), math.ceil(image.height * scale)))
    image.load()  # verify() does not notice a JPEG that is cut off
    changes: list[str] = []
    if not is_animated:
        if orientation != 1:
            image = ImageOps.exif_transpose(image)
            if orientation in range(2, 9):
                changes.append("turned the right way up")
        image = _simplify_colors(image, content, format, changes)
    if frames > 1 and not is_animated:
        reduced = f"reduced to the first of its {frames}"
        changes.append(
            f"{reduced} pages (to show the others, save each as a file)"
            if format == "TIFF"
            else f"{reduced} frames (for an animation, save it as GIF)"
        )
    if format not in _MEDIA_TYPES:
        changes.append(f"converted from {format}, which not every email program shows")
    if not changes and scale == 1:
        stripped = strip_metadata(content, format)
        media_type, extension = _MEDIA_TYPES[format]
        return ConvertedImage(
            content=stripped,
            media_type=media_type,
            extension=extension,
            width=width,
            height=height,
            original_bytes=len(content),
            private=private if len(stripped) < len(content) else None,
        )
    size = (width, height)
    if scale < 1:
        size = (max_width, max(1, round(height * scale)))
        image = _resize(image, size)
    content_after, new_format = _encode(image, format, is_scaled=scale < 1)
    kept = strip_metadata(content, format) if not changes else b""
    if kept and len(kept) <= len(content_after):  # few colours pack better than a smaller picture
        content_after, new_format, size, scale = kept, format, (width, height), 1
    media_type, extension = _MEDIA_TYPES[new_format]
    return ConvertedImage(
        content=content_after,
        media_type=media_type,
        extension=extension,
        width=size[0],
        height=size[1],
        scaled_from=(width, height) if scale < 1 else None,
        original_bytes=len(content),
        changes=tuple(changes),
        private=private,
    )


def _find_private(image: PillowImage, content: bytes, format: str) -> Private | None:
    """Return what the metadata of *image* tell about its maker."""
    exif = image.getexif()
    # A short EXIF record with only an orientation tells nothing.
    tags = set(exif) - {_ORIENTATION}
    if exif.get_ifd(_GPS) or b"GPSLatitude" in content[:200_000]:
        return "location"
    known = ("xmp", "XML:com.adobe.xmp", "photoshop", "comment", "Comment", "Author", "Artist")
    return "other" if tags or any(image.info.get(name) for name in known) else None


def _simplify_colors(
    image: PillowImage, content: bytes, format: str, changes: list[str]
) -> PillowImage:
    """Return *image* in sRGB or gray, 8 bits for each color; adds to *changes* what was done."""
    is_deep = format == "PNG" and content[24:25] == b"\x10"
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        is_deep = True
        image = _reduce_depth(image)
    if is_deep:
        changes.append("reduced to 8 bits per color")
    profile = image.info.get("icc_profile")
    if image.mode in ("CMYK", "YCCK"):
        changes.append("converted from the colors of print (CMYK) to those of screens")
        return _to_srgb(image, profile) or image.convert("RGB")
    if image.mode in ("LAB", "HSV", "YCbCr"):
        return image.convert("RGB")
    if profile and image.mode in ("RGB", "RGBA") and (name := _find_other_profile(profile)):
        converted = _to_srgb(image, profile)
        if converted is not None:
            changes.append(f"converted from the colors of {name} to sRGB")
            return converted
    return image


def _reduce_depth(image: PillowImage) -> PillowImage:
    """Return a gray image with more than 8 bits, or with fractions, as one with 8."""
    values = image.convert("F")
    high = float(values.getextrema()[1])  # type: ignore[arg-type]  # one band: two numbers
    top = 65535.0 if high > 255 else 255.0 if high > 1 else 1.0
    return values.point(lambda value: value * (255.0 / top)).convert("L")


def _find_other_profile(profile: bytes) -> str | None:
    """Return the name of a color profile, None if it is sRGB or cannot be read."""
    from PIL import ImageCms

    try:
        opened = ImageCms.getOpenProfile(io.BytesIO(profile))
        name = ImageCms.getProfileDescription(opened).strip()
    except (ImageCms.PyCMSError, OSError):
        return None
    return None if "srgb" in name.lower() else name[:60] or "another profile"


def _to_srgb(image: PillowImage, profile: bytes | None) -> PillowImage | None:
    from PIL import ImageCms

    if not profile:
        return None
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.getOpenProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, target, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return converted


def _resize(image: PillowImage, size: tuple[int, int]) -> PillowImage:
    from PIL.Image import Resampling

    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode == "1":
        image = image.convert("L")
    return image.resize(size, Resampling.LANCZOS, reducing_gap=3.0)


def _encode(image: PillowImage, format: str, *, is_scaled: bool) -> tuple[bytes, str]:
    """Return the file of *image* and its format: photos as JPEG; what is transparent or smaller so as PNG."""
    quality = _SCALED_QUALITY if is_scaled else _SAME_SIZE_QUALITY
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    if format == "JPEG" and not has_alpha:
        return _save(image, "JPEG", quality), "JPEG"
    png = _save(image, "PNG", quality)
    if has_alpha and _has_visible_alpha(image):
        return png, "PNG"
    if format in ("PNG", "GIF") and len(png) <= _HEAVY_PNG_BYTES:
        return png, "PNG"
    jpeg = _save(image, "JPEG", quality)
    return (jpeg, "JPEG") if len(jpeg) < len(png) else (png, "PNG")


def _has_visible_alpha(image: PillowImage) -> bool:
    alpha = image.convert("RGBA").getchannel("A").getextrema()
    return bool(alpha[0] != 255)


def _save(image: PillowImage, format: str, quality: int) -> bytes:
    modes = ("L", "RGB") if format == "JPEG" else ("1", "L", "LA", "P", "RGB", "RGBA")
    if image.mode not in modes:
        image = image.convert("RGBA" if format == "PNG" and "A" in image.mode else "RGB")
    image.info = {
        name: value for name, value in image.info.items() if name == "transparency"
    }  # neither metadata nor a color profile
    buffer = io.BytesIO()
    if format == "JPEG":
        image.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
    else:
        image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
