"""The publication's logo: one file, and another for the dark scheme."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.models.edition import InlineImage
from pipeline.rendering.images import Picture, picture_of

#: How wide a logo is shown if nobody says, unless its file is narrower.
_WIDTH_PX = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Logo:
    """
    A logo as configured.

    Args:
        src: An https address, or a local file.
        dark_src: The same for the dark scheme; without one the first must be good on both grounds.
        alt: What stands for it; the publication's name if it is empty.
        width_px: How wide it is shown.
        read: Returns the bytes of a local file.
    """

    src: str
    dark_src: str | None = None
    alt: str = ""
    width_px: int | None = None
    read: Callable[[str], bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A logo ready to be set; the dark one has the size of the other."""

    picture: Picture
    dark: Picture | None
    width_px: int
    height_px: int | None

    @property
    def images(self) -> tuple[InlineImage, ...]:
        """What travels in the message."""
        both = (self.picture, self.dark)
        return tuple(picture.inline for picture in both if picture and picture.inline)


def show(logo: Logo, *, measure: int, domain: str) -> Shown:
    """
    Return *logo* ready to be set.

    Raises:
        RenderError: A file is missing, or none that a mail can show.
    """
    picture = picture_of(logo.src, logo.read, measure, domain)
    dark = picture_of(logo.dark_src, logo.read, measure, domain) if logo.dark_src else None
    width = logo.width_px or min(picture.width or _WIDTH_PX, _WIDTH_PX)
    return Shown(picture=picture, dark=dark, width_px=width, height_px=picture.height_at(width))
