"""Pictures: what a mail can show, at which size, and which travel in it."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.errors import RenderError
from pipeline.models.article import Figure, Image
from pipeline.models.edition import InlineImage
from pipeline.models.tree import walk
from pipeline.rendering.safe_links import safe_href

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

#: What every client shows (caniemail, image-*); anything else becomes PNG.
_AS_THEY_ARE = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "GIF": ("image/gif", "gif"),
    "MPO": ("image/jpeg", "jpg"),  # a camera's JPEG with a second picture behind
}
#: What Pillow may read; some of its other formats run programs, and a mail needs none of them.
_READ = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "ICO", "PPM")
_MAX_PIXELS = 50_000_000
_REFUSED = ("http", "https", "data", "file", "ftp", "cid", "blob", "javascript")


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """
    What stands for one `src`.

    Args:
        url: `cid:…` or an https address.
        width: The picture's own width in pixels, null if unknown.
        height: Its own height.
        measure: The width of the column, in pixels.
        inline: The part that travels in the message, null for a remote picture.
    """

    url: str
    width: int | None
    measure: int
    inline: InlineImage | None = None
    height: int | None = None

    def height_at(self, width: int | None) -> int | None:
        """Return how high it is at *width*, null if that is not known."""
        if not (width and self.width and self.height):
            return None
        return max(1, round(self.height * width / self.width))


def collect(
    nodes: object, read: Callable[[str], bytes], *, measure: int, domain: str
) -> dict[str, Picture]:
    """
    Return the pictures at and below *nodes*, see `pipeline.models.article.walk()`, by their `src`.

    Args:
        read: Returns the bytes of a local picture; raises `RenderError` if it cannot be read.
        measure: Width of the column in pixels.
        domain: Right side of the Content-IDs (RFC 2392).

    Raises:
        RenderError: A picture is no picture, or none a mail can show.
    """
    found = {}
    for src in dict.fromkeys(_sources(nodes)):
        found[src] = picture_of(src, read, measure, domain)
    return found


def _sources(nodes: object) -> Iterable[str]:
    for node in walk(nodes):
        if isinstance(node, Figure | Image) and node.src:
            yield node.src


def picture_of(src: str, read: Callable[[str], bytes], measure: int, domain: str) -> Picture:
    """Return what stands for the picture *src*; see `collect()`."""
    scheme = urlsplit(src).scheme.lower()
    if scheme == "https" and (url := safe_href(src)):
        return Picture(url=url, width=None, measure=measure)
    if scheme in _REFUSED:
        raise RenderError(
            f"{src[:80]}: a mail must not load pictures over {scheme}. Use https, or save it beside the article."
        )
    content, media_type, ending, (width, height) = _readable(src, read(src))
    digest = hashlib.sha256(content).hexdigest()[:20]
    inline = InlineImage(
        content_id=f"{digest}@{domain}",
        media_type=media_type,
        content=content,
        filename=f"{digest[:8]}.{ending}",
    )
    return Picture(
        url=f"cid:{inline.content_id}", width=width, height=height, measure=measure, inline=inline
    )


def _readable(src: str, content: bytes) -> tuple[bytes, str, str, tuple[int, int]]:
    """Return the bytes to send, their media type and file ending, and the width and height in pixels."""
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)  # told below
            picture = Pillow.open(io.BytesIO(content), formats=_READ)
    except UnidentifiedImageError as error:
        raise RenderError(
            f"{src}: this is no picture a mail can show. Save it as PNG or JPEG."
        ) from error
    except Pillow.DecompressionBombError as error:
        raise RenderError(f"{src}: the picture has too many pixels. Scale it down.") from error
    except Exception as error:
        raise _damaged(src, error) from error
    if picture.width * picture.height > _MAX_PIXELS:
        raise RenderError(
            f"{src}: {picture.width} by {picture.height} pixels are too many. Scale it down."
        )
    try:
        picture.load()  # verify() passes over what a JPEG lacks at its end
        if known := _AS_THEY_ARE.get(picture.format or ""):
            return content, *known, picture.size
        return _as_png(picture), "image/png", "png", picture.size
    except Exception as error:
        raise _damaged(src, error) from error


def _damaged(src: str, error: Exception) -> RenderError:
    """Return the error for a picture that Pillow could not decode; it raises whatever its decoders raise."""
    return RenderError(f"{src}: the picture is damaged ({error}). Save it again.")


def _as_png(picture: PillowImage) -> bytes:
    kept = (
        picture if picture.mode in ("1", "L", "LA", "P", "RGB", "RGBA") else picture.convert("RGB")
    )
    buffer = io.BytesIO()
    kept.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
