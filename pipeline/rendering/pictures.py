"""Pictures: what a mail can show, at which size, and which travel in it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipeline.article import Article, Figure, Image, walk
from pipeline.edition import InlineImage
from pipeline.errors import RenderError

#: What every client shows (caniemail, image-*); anything else becomes PNG.
_AS_THEY_ARE = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "GIF": ("image/gif", "gif"),
}
_MAX_PIXELS = 50_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """
    What stands for one `src`.

    Args:
        url: `cid:…` or an https address.
        width: The picture's own width in pixels, null if unknown.
        measure: The width of the column, in pixels.
        inline: The part that travels in the message, null for a remote picture.
    """

    url: str
    width: int | None
    measure: int
    inline: InlineImage | None = None


def collect(
    article: Article, read: Callable[[str], bytes], *, measure: int, domain: str
) -> dict[str, Picture]:
    """
    Return the pictures of *article* by their `src`.

    Args:
        read: Returns the bytes of a local picture; raises `RenderError` if it cannot be read.
        measure: Width of the column in pixels.
        domain: Right side of the Content-IDs (RFC 2392).

    Raises:
        RenderError: A picture is no picture, or none a mail can show.
    """
    found = {}
    for src in dict.fromkeys(_sources(article)):
        found[src] = _picture(src, read, measure, domain)
    return found


def _sources(article: Article) -> Iterable[str]:
    for node in walk(article):
        if isinstance(node, Figure | Image) and node.src:
            yield node.src


def _picture(src: str, read: Callable[[str], bytes], measure: int, domain: str) -> Picture:
    scheme = urlsplit(src).scheme.lower()
    if scheme == "https":
        return Picture(url=src, width=None, measure=measure)
    if scheme == "http":
        raise RenderError(
            f"{src}: a mail must not load pictures over http. Use https, or save it beside the article."
        )
    content, media_type, ending, width = _readable(src, read(src))
    digest = hashlib.sha256(content).hexdigest()[:20]
    inline = InlineImage(
        content_id=f"{digest}@{domain}",
        media_type=media_type,
        content=content,
        filename=f"{digest[:8]}.{ending}",
    )
    return Picture(url=f"cid:{inline.content_id}", width=width, measure=measure, inline=inline)


def _readable(src: str, content: bytes) -> tuple[bytes, str, str, int]:
    """Return the bytes to send, their media type and file ending, and the width in pixels."""
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    try:
        with Pillow.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                raise RenderError(
                    f"{src}: {picture.width} by {picture.height} pixels are too many. Scale it down."
                )
            if known := _AS_THEY_ARE.get(picture.format or ""):
                picture.verify()
                return content, *known, picture.width
            buffer = io.BytesIO()
            picture.save(buffer, "PNG", optimize=True)
            return buffer.getvalue(), "image/png", "png", picture.width
    except UnidentifiedImageError as error:
        raise RenderError(
            f"{src}: this is no picture a mail can show. Save it as PNG or JPEG."
        ) from error
    except (OSError, SyntaxError, ValueError, Pillow.DecompressionBombError) as error:
        raise RenderError(f"{src}: the picture is damaged ({error}). Save it again.") from error
