"""Images and the logo: which an email shows, at which size, and which files are attached."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pipeline.errors import ImageNotFoundError, RenderError
from pipeline.models.article import Figure, Image
from pipeline.models.edition import InlineImage
from pipeline.models.finding import Finding
from pipeline.models.tree import walk
from pipeline.rendering.images.convert_image import ConvertedImage, ImageCache, convert_image
from pipeline.rendering.images.image_findings import build_unusable, find_changes
from pipeline.rendering.safe_links import to_safe_url

_NETWORK_SCHEMES = ("http", "file", "ftp")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
#: A name that is meant to be an image, whether or not there is such a file.
_IMAGE_NAME = re.compile(
    r"[^<>\"|*?=]+\.(jpe?g|jpe|png|gif|webp|avif|hei[cf]|svgz?|bmp|tiff?|ico|emf|wmf|pdf|eps|psd|ppm|jp2)",
    re.IGNORECASE,
)
#: Images are sent with this many pixels for each one display_widths: screens have up to three, but two look as sharp.
_PIXEL_RATIO = 2
#: Default width of a logo, unless its file is narrower.
_LOGO_WIDTH_PX = 200
#: The same of an icon above the name.
_ICON_WIDTH_PX = 44


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


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectedImages:
    """The images of an article by `src`, the addresses of those that cannot be shown, and what there is to tell."""

    images: dict[str, EmailImage] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()


def collect_images(
    nodes: object,
    read: Callable[[str], bytes],
    *,
    column_width: int,
    domain: str,
    lead_width: int = 0,
    lead: Figure | None = None,
    cache: ImageCache | None = None,
) -> CollectedImages:
    """
    Return the images at and below *nodes* (`pipeline.models.tree.walk`).

    An image that cannot be read or shown is left out, and an error says so.

    Args:
        read: Returns the bytes of a local image; raises `RenderError` if it cannot be read.
        column_width: Width of the text column in pixels.
        domain: Right-hand side of the Content-IDs (RFC 2392).
        lead: The figure shown *lead_width* pixels wide.
        cache: Keeps images that had to be converted.
    """
    display_widths: dict[str, int] = {}
    for node in walk(nodes):
        if isinstance(node, Figure | Image) and node.src is not None:
            column = lead_width if node is lead else column_width
            given = node.width if isinstance(node, Figure) else None
            display_widths[node.src] = max(
                display_widths.get(node.src, 1), min(given or column, column)
            )
    images: dict[str, EmailImage] = {}
    converted: dict[str, ConvertedImage] = {}
    findings: list[Finding] = []
    for src, width in display_widths.items():
        if remote := _link_remote(src, column_width):
            images[src] = remote
        elif problem := _find_bad_address(src):
            findings.append(problem)
        else:
            try:
                file = _convert_once(read(src), width * _PIXEL_RATIO, cache)
            except ImageNotFoundError as error:
                is_image = _IMAGE_NAME.fullmatch(src.partition("?")[0]) is not None
                findings.append(build_unusable(src, str(error), is_error=is_image))
            except RenderError as error:
                findings.append(build_unusable(src, str(error), is_error=True))
            else:
                converted[src] = file
                images[src] = _attach(file, column_width, domain)
    findings += find_changes(converted, display_widths)
    missing = frozenset(display_widths.keys() - images.keys())
    return CollectedImages(images=images, missing=missing, findings=tuple(findings))


def _find_bad_address(src: str) -> Finding | None:
    """Return what is wrong with *src* if it can be no file."""
    address = src.strip()
    if not address or address.startswith("#"):
        return build_unusable(src, "The address of the image is empty.", is_error=False)
    scheme = _SCHEME.match(address)
    if scheme is None:
        return None
    name = scheme[0].removesuffix(":").lower()
    return build_unusable(
        src,
        f"Emails must not load images over {name}. Use https, or save the file next to the article.",
        is_error=name in _NETWORK_SCHEMES,
    )


def _link_remote(src: str, column_width: int) -> EmailImage | None:
    try:
        is_remote = urlsplit(src).scheme.lower() == "https"
    except ValueError:
        return None
    url = to_safe_url(src) if is_remote else None
    return EmailImage(url=url, width=None, column_width=column_width) if url else None


def _convert_once(content: bytes, max_width: int, cache: ImageCache | None) -> ConvertedImage:
    if cache is None:
        return convert_image(content, max_width=max_width)
    key = f"{hashlib.sha256(content).hexdigest()[:40]}-{max_width}"
    image = cache.read(key)
    if image is None:
        image = convert_image(content, max_width=max_width)
        if image.content != content:
            cache.write(key, image)
    return image


def _attach(file: ConvertedImage, column_width: int, domain: str) -> EmailImage:
    digest = hashlib.sha256(file.content).hexdigest()[:20]
    inline = InlineImage(
        content_id=f"{digest}@{domain}",
        media_type=file.media_type,
        content=file.content,
        filename=f"{digest[:8]}.{file.extension}",
    )
    width, height = file.scaled_from or (file.width, file.height)  # the exact proportions
    return EmailImage(
        url=f"cid:{inline.content_id}",
        width=width,
        height=height,
        column_width=column_width,
        inline=inline,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Logo:
    """
    A configured logo.

    Args:
        src: An https URL or a local file.
        dark_src: The same for dark mode; without one, *src* must be readable on both backgrounds.
        alt: Alt text; the publication's name if empty.
        width_px: Display width.
        with_name: It is an icon above the publication's name, and does not replace it.
        read: Returns the bytes of a local file.
    """

    src: str
    dark_src: str | None = None
    alt: str = ""
    width_px: int | None = None
    with_name: bool = False
    read: Callable[[str], bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparedLogo:
    """
    A logo with its images loaded; the dark one is shown at the size of the light one.

    Args:
        alt: Empty for an icon above the name, which says the same.
    """

    image: EmailImage
    dark: EmailImage | None
    alt: str
    width_px: int
    height_px: int | None
    with_name: bool

    @property
    def inline_images(self) -> tuple[InlineImage, ...]:
        """The files to attach."""
        both = (self.image, self.dark)
        return tuple(image.inline for image in both if image and image.inline)


def prepare_logo(logo: Logo, *, name: str, column_width: int, domain: str) -> PreparedLogo:
    """
    Load the images of *logo*.

    Args:
        name: The publication's.

    Raises:
        RenderError: A file is missing, or not an image emails can show.
    """
    default_px = _ICON_WIDTH_PX if logo.with_name else _LOGO_WIDTH_PX
    max_width = (logo.width_px or default_px) * _PIXEL_RATIO
    image = _prepare_logo_image(logo, logo.src, max_width, column_width, domain)
    dark = None
    if logo.dark_src:
        dark = _prepare_logo_image(logo, logo.dark_src, max_width, column_width, domain)
    width = logo.width_px or min(image.width or default_px, default_px)
    return PreparedLogo(
        image=image,
        dark=dark,
        alt=logo.alt or ("" if logo.with_name else name),
        width_px=width,
        height_px=image.height_at(width),
        with_name=logo.with_name,
    )


def _prepare_logo_image(
    logo: Logo, src: str, max_width: int, column_width: int, domain: str
) -> EmailImage:
    if remote := _link_remote(src, column_width):
        return remote
    if problem := _find_bad_address(src):
        raise RenderError(f"{src[:80]}: {problem.message}")
    try:
        return _attach(convert_image(logo.read(src), max_width=max_width), column_width, domain)
    except RenderError as error:
        message = str(error)
        raise RenderError(message if src in message else f"{src[:80]}: {message}") from error
