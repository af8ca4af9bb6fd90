"""Take pictures out of `data:` URLs, the form in which Google Docs writes them in Markdown."""

from __future__ import annotations

import base64
import binascii
import re

from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.node_reader import Element

_DATA_URL = re.compile(r"data:image/(png|jpe?g|gif|webp|svg\+xml|bmp|avif);base64,", re.IGNORECASE)

#: What pictures begin with; SVG as text.
_BEGINNINGS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"<svg", b"<?xml", b"BM")


def extract_embedded_images(root: Element, files: dict[str, bytes], report: LoadReport) -> None:
    """Add the pictures in *root* to *files*, and give their images the name they have there."""
    for image in root.iter("img"):
        src = (image.get("src") or "").strip()
        match = _DATA_URL.match(src)
        if match is None:
            continue
        try:
            content = base64.b64decode("".join(src[match.end() :].split()), validate=True)
        except (binascii.Error, ValueError):
            continue
        if not content.lstrip().startswith(_BEGINNINGS):
            continue
        ending = match[1].lower().replace("jpeg", "jpg").partition("+")[0]
        name = f"pictures/{len(files) + 1}.{ending}"
        files[name] = content
        report.add_changed_words("markdown.picture-data", [image.get("src") or ""], [name])
        image.set("src", name)
