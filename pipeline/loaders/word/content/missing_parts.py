"""Tell of inserted files, charts and diagrams."""

from __future__ import annotations

from pipeline.loaders.word.elements import R, W, is_deleted
from pipeline.loaders.word.normalized import Normalized
from pipeline.loaders.word.package import WordPackage

_GRAPHICS = {
    "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart": "chart",
    "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds": "diagram",
}


def report_missing_parts(package: WordPackage, result: Normalized) -> None:
    """Tell of inserted files, charts and diagrams, whose text is in parts that are not read."""
    body = package.parts["document"]
    relations = package.relationships["document"]
    chunks = list(body.iter(f"{W}altChunk", f"{W}subDoc"))
    for chunk in chunks:
        name = relations.find_target(chunk.get(f"{R}id") or "") or "a file"
        result.drop("word.inserted-file", f"{name}: {_read_chunk(package, name)}")
    if chunks:
        result.warn(
            "word.inserted-file",
            f"{len(chunks)} file(s) inserted into the document were left out. "
            "Open it in Word and save it again: Word then makes them part of the text.",
        )
    graphics = [
        label
        for tag, label in _GRAPHICS.items()
        for graphic in body.iter(tag)
        if not is_deleted(graphic)
    ]
    if graphics:
        counts = ", ".join(
            f"{graphics.count(label)} {label}(s)" for label in dict.fromkeys(graphics)
        )
        result.warn(
            "word.graphics",
            f"{counts} were left out. In Word, copy each one and paste it as a picture.",
        )


def _read_chunk(package: WordPackage, name: str) -> str:
    """Return the beginning of the text of an inserted file in HTML or plain text."""
    from pipeline.loaders.html.dom import get_fragment_text

    content = package.read_part(name) if name.lower().endswith((".htm", ".html", ".txt")) else None
    text = (content or b"").decode("utf-8", "replace")[:20_000]
    return get_fragment_text(text)[:2_000] if text.strip() else ""
