"""Findings about images: what was left out, and what was changed in those that are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.models.finding import Finding, Severity
from pipeline.rendering.images.convert_image import ConvertedImage

_UNCHANGED = "Nothing to do; your file is unchanged."


def find_changes(
    converted: Mapping[str, ConvertedImage], display_widths: Mapping[str, int]
) -> Iterator[Finding]:
    """
    Yield a note for each thing that was done to an image.

    Args:
        converted: The images by `src`.
        display_widths: How many pixels wide each is displayed.
    """
    for src, image in converted.items():
        if image.scaled_from:
            width, height = image.scaled_from
            yield _note(
                code="image.too-many-pixels",
                where=src,
                message=f"{width:,} × {height:,} pixels, but shown {display_widths[src]} wide: scaled down to "
                f"{image.width:,} × {image.height:,} ({_format_bytes(image.original_bytes)} became "
                f"{_format_bytes(len(image.content))}).",
                hint=_UNCHANGED,
            )
        if image.changes:
            yield _note(
                code="image.converted",
                where=src,
                message=f"The image was {', '.join(image.changes)}.",
                hint=_UNCHANGED,
            )
    with_location = [src for src, image in converted.items() if image.private == "location"]
    with_others = [src for src, image in converted.items() if image.private == "other"]
    if with_location or with_others:
        parts = []
        if with_location:
            parts.append(f"where it was taken, GPS ({_join(with_location)})")
        if with_others:
            parts.append(f"camera, time or author ({_join(with_others)})")
        yield _note(
            code="image.metadata-removed",
            where="images",
            message=f"Files of images contained private data, which readers do not get: {'; '.join(parts)}.",
            hint="Nothing to do; your files are unchanged. Remove it from them too before you publish them elsewhere.",
        )


def build_unusable(src: str, message: str, *, is_error: bool) -> Finding:
    """
    Return the finding for an image that is left out, with its caption.

    Args:
        is_error: Whether it is an image that readers should see; otherwise its address never was one.
    """
    if is_error:
        return Finding(
            code="image.not-shown",
            severity=Severity.ERROR,
            where=_shorten(src),
            message=message,
            hint="Until then readers see neither the image nor its caption, and the newsletter is not sent.",
        )
    return Finding(
        code="image.unsafe",
        severity=Severity.WARNING,
        where=_shorten(src) or "an image",
        message=message,
        hint="It is left out, with its caption. Give the address of an image, or remove it.",
    )


def _note(*, code: str, where: str, message: str, hint: str) -> Finding:
    return Finding(
        code=code, severity=Severity.NOTE, where=_shorten(where), message=message, hint=hint
    )


def _shorten(src: str) -> str:
    return src if len(src) <= 80 else f"{src[:79]}…"


def _join(names: list[str]) -> str:
    rest = len(names) - 3
    return ", ".join(map(_shorten, names[:3])) + (f" and {rest} more" if rest > 0 else "")


def _format_bytes(count: int) -> str:
    return f"{count / 1024**2:.1f} MB" if count >= 1024**2 else f"{max(1, count // 1024)} kB"
