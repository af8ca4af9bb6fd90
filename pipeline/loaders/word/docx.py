"""Read a .docx package: properties, comments, deletions, and its text once more to verify the conversion."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

from pipeline.errors import LoadError

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_DC = "{http://purl.org/dc/elements/1.1/}"
#: Limits for one XML part and for the whole package, unpacked; a zip bomb exceeds them.
_MAX_XML_BYTES = 60 * 1024 * 1024
_MAX_BYTES = 250 * 1024 * 1024
_NOT_LETTERS = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class WordPackage:
    """What a .docx package holds; *paragraphs* are those of body and notes, without deletions."""

    title: str | None
    author: str | None
    comments: int
    deletions: int
    paragraphs: tuple[str, ...]

    def find_missing(self, html: str) -> list[str]:
        """Return the paragraphs whose text is not in *html*, compared without digits, spaces and punctuation."""
        from lxml import html as parser

        converted = _NOT_LETTERS.sub(
            "", "".join(map(str, parser.fromstring(f"<div>{html}</div>").itertext()))
        )
        return [text for text in self.paragraphs if _NOT_LETTERS.sub("", text) not in converted]


def open_package(content: bytes, address: str) -> WordPackage:
    """Read the package; refuse one that is damaged, or too large when unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _check_size(package, address)
            return _read_package(package)
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise LoadError(
            f"{address}: this is not a readable Word document (.docx): {error}. Save it again as .docx."
        ) from error


def _check_size(package: zipfile.ZipFile, address: str) -> None:
    sizes = {part.filename: part.file_size for part in package.infolist()}
    xml = max((size for name, size in sizes.items() if name.endswith((".xml", ".rels"))), default=0)
    if xml > _MAX_XML_BYTES or sum(sizes.values()) > _MAX_BYTES:
        raise LoadError(
            f"{address}: it is too large when unpacked. Save it again, or copy its text."
        )


def _read_package(package: zipfile.ZipFile) -> WordPackage:
    body = _parse(package, "word/document.xml")
    if body is None:
        raise ValueError("it has no text")
    core = _parse(package, "docProps/core.xml")
    comments = _parse(package, "word/comments.xml")
    notes = [_parse(package, f"word/{kind}.xml") for kind in ("footnotes", "endnotes")]
    parts = [part for part in (body, *notes) if part is not None]
    return WordPackage(
        title=_read_property(core, f"{_DC}title"),
        author=_read_property(core, f"{_DC}creator"),
        comments=0 if comments is None else len(comments.findall(f"{_W}comment")),
        deletions=sum(
            any(text.text for text in deletion.iter(f"{_W}delText"))
            for part in parts
            for deletion in part.iter(f"{_W}del")
        ),
        paragraphs=tuple(text for part in parts for text in _paragraphs(part)),
    )


def _parse(package: zipfile.ZipFile, name: str) -> Any:  # Any: lxml has no types, here and below
    from lxml import etree

    if name not in package.namelist():
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(package.read(name), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"{name} is damaged") from error


def _read_property(core: Any, name: str) -> str | None:
    found = None if core is None else core.findtext(name)
    return " ".join(found.split()) or None if found else None


def _paragraphs(part: Any) -> list[str]:
    """Return the text of each paragraph; paragraphs inside it, in a text box, are listed separately."""
    found = []
    for paragraph in part.iter(f"{_W}p"):
        if any(above.tag == _FALLBACK for above in paragraph.iterancestors()):
            continue
        texts = [
            t.text or ""
            for t in paragraph.iter(f"{_W}t")
            if next(t.iterancestors(f"{_W}p")) is paragraph
        ]
        if text := "".join(texts).strip():
            found.append(text)
    return found
