"""Images and the logo: what an email can show, at which size, and which files are attached inline."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.errors import RenderError
from pipeline.models.article import Figure, Image
from pipeline.models.edition import InlineImage
from pipeline.models.tree import walk
from pipeline.rendering.safe_links import to_safe_url

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

#: Formats every client shows (caniemail, image-*); any other is converted to PNG.
_SUPPORTED_FORMATS = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "GIF": ("image/gif", "gif"),
    "MPO": ("image/jpeg", "jpg"),  # a camera's JPEG with a second image appended
}
#: Formats Pillow may read; some of the others run programs, and no email needs them.
_READABLE_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "ICO", "PPM")
_MAX_PIXELS = 50_000_000
_FORBIDDEN_SCHEMES = ("http", "https", "data", "file", "ftp", "cid", "blob", "javascript")
#: Default width of a logo, unless its file is narrower.
_LOGO_WIDTH_PX = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailImage:
    """
    The image shown for one `src`.

    Args:
        url: `cid:…` or an https URL.
        width: Intrinsic width in pixels, None if unknown.
        column_width: Width of the text column in pixels.
        inline: The file to attach, None for a remote image.
        height: Intrinsic height in pixels, None if unknown.
    """

    url: str
    width: int | None
    column_width: int
    inline: InlineImage | None = None
    height: int | None = None

    def height_at(self, width: int | None) -> int | None:
        """Return the height at *width*, None if unknown."""
        if not (width and self.width and self.height):
            return None
        return max(1, round(self.height * width / self.width))


def collect_images(
    nodes: object, read: Callable[[str], bytes], *, column_width: int, domain: str
) -> dict[str, EmailImage]:
    """
    Return the images at and below *nodes* (`pipeline.models.tree.walk`), by `src`.

    Args:
        read: Returns the bytes of a local image; raises `RenderError` if it cannot be read.
        column_width: Width of the text column in pixels.
        domain: Right-hand side of the Content-IDs (RFC 2392).

    Raises:
        RenderError: A file is not an image, or not one an email can show.
    """
    images: dict[str, EmailImage] = {}
    for node in walk(nodes):
        if isinstance(node, Figure | Image) and node.src and node.src not in images:
            images[node.src] = prepare_image(node.src, read, column_width, domain)
    return images


def prepare_image(
    src: str, read: Callable[[str], bytes], column_width: int, domain: str
) -> EmailImage:
    """Return the image for *src*; see `collect_images()`."""
    scheme = urlsplit(src).scheme.lower()
    if scheme == "https" and (url := to_safe_url(src)):
        return EmailImage(url=url, width=None, column_width=column_width)
    if scheme in _FORBIDDEN_SCHEMES:
        raise RenderError(
            f"{src[:80]}: emails must not load images over {scheme}. Use https, or save the file next to the article."
        )
    content, media_type, extension, (width, height) = _decode(src, read(src))
    digest = hashlib.sha256(content).hexdigest()[:20]
    inline = InlineImage(
        content_id=f"{digest}@{domain}",
        media_type=media_type,
        content=content,
        filename=f"{digest[:8]}.{extension}",
    )
    return EmailImage(
        url=f"cid:{inline.content_id}",
        width=width,
        height=height,
        column_width=column_width,
        inline=inline,
    )


def _decode(src: str, content: bytes) -> tuple[bytes, str, str, tuple[int, int]]:
    """Return the bytes to send, their media type, file extension, and width and height in pixels."""
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)  # checked below
            image = Pillow.open(io.BytesIO(content), formats=_READABLE_FORMATS)
    except UnidentifiedImageError as error:
        raise RenderError(
            f"{src}: not an image that emails can show. Save it as PNG or JPEG."
        ) from error
    except Pillow.DecompressionBombError as error:
        raise RenderError(f"{src}: the image has too many pixels. Scale it down.") from error
    except Exception as error:
        raise _damaged(src, error) from error
    if image.width * image.height > _MAX_PIXELS:
        raise RenderError(
            f"{src}: the image has too many pixels ({image.width} × {image.height}). Scale it down."
        )
    try:
        image.load()  # verify() does not notice a JPEG that is cut off
        if supported := _SUPPORTED_FORMATS.get(image.format or ""):
            return content, *supported, image.size
        return _encode_png(image), "image/png", "png", image.size
    except Exception as error:
        raise _damaged(src, error) from error


def _damaged(src: str, error: Exception) -> RenderError:
    """Return the error for an image that Pillow cannot decode; its decoders raise all kinds of exceptions."""
    return RenderError(f"{src}: the image is damaged ({error}). Save it again.")


def _encode_png(image: PillowImage) -> bytes:
    if image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        image = image.convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


@dataclass(frozen=True, kw_only=True, slots=True)
class Logo:
    """
    A configured logo.

    Args:
        src: An https URL or a local file.
        dark_src: The same for dark mode; without one, *src* must be readable on both backgrounds.
        alt: Alt text; the publication's name if empty.
        width_px: Display width.
        read: Returns the bytes of a local file.
    """

    src: str
    dark_src: str | None = None
    alt: str = ""
    width_px: int | None = None
    read: Callable[[str], bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedLogo:
    """A logo with its images loaded; the dark one is shown at the size of the light one."""

    image: EmailImage
    dark: EmailImage | None
    alt: str
    width_px: int
    height_px: int | None

    @property
    def inline_images(self) -> tuple[InlineImage, ...]:
        """The files to attach."""
        both = (self.image, self.dark)
        return tuple(image.inline for image in both if image and image.inline)


def prepare_logo(logo: Logo, *, column_width: int, domain: str) -> PreparedLogo:
    """
    Load the images of *logo*.

    Raises:
        RenderError: A file is missing, or not an image emails can show.
    """
    image = prepare_image(logo.src, logo.read, column_width, domain)
    dark = prepare_image(logo.dark_src, logo.read, column_width, domain) if logo.dark_src else None
    width = logo.width_px or min(image.width or _LOGO_WIDTH_PX, _LOGO_WIDTH_PX)
    height = image.height_at(width)
    return PreparedLogo(image=image, dark=dark, alt=logo.alt, width_px=width, height_px=height)
