"""What lies in a .docx beside the text: its properties, comments and deletions, and the text as another witness."""

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
#: No part of a document unpacks to more, nor all of them; a zip bomb does.
_MAX_XML_BYTES = 60 * 1024 * 1024
_MAX_BYTES = 250 * 1024 * 1024
_LETTERS = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """
    Args:
        paragraphs: The text of each paragraph of body and notes, deletions left out.
    """

    title: str | None
    author: str | None
    comments: int
    deletions: int
    paragraphs: tuple[str, ...]

    def not_in(self, html: str) -> list[str]:
        """Return the paragraphs whose letters do not stand in *html* in this order."""
        from lxml import html as parser

        have = _LETTERS.sub(
            "", "".join(map(str, parser.fromstring(f"<div>{html}</div>").itertext()))
        )
        return [text for text in self.paragraphs if _LETTERS.sub("", text) not in have]


def open_document(content: bytes, address: str) -> Document:
    """
    Look into the package.

    Raises:
        LoadError: It is no Word document, damaged, or too large unpacked.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _refuse_bomb(package, address)
            return _read(package)
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise LoadError(
            f"{address}: this is no Word document (.docx) that can be read ({error}). Save it again as .docx."
        ) from error


def _refuse_bomb(package: zipfile.ZipFile, address: str) -> None:
    sizes = {part.filename: part.file_size for part in package.infolist()}
    xml = max((size for name, size in sizes.items() if name.endswith((".xml", ".rels"))), default=0)
    if xml > _MAX_XML_BYTES or sum(sizes.values()) > _MAX_BYTES:
        raise LoadError(
            f"{address}: it unpacks to more than a document can be. Save it again, or copy its text."
        )


def _read(package: zipfile.ZipFile) -> Document:
    body = _parse(package, "word/document.xml")
    if body is None:
        raise ValueError("it has no text")
    core = _parse(package, "docProps/core.xml")
    comments = _parse(package, "word/comments.xml")
    notes = [_parse(package, f"word/{kind}.xml") for kind in ("footnotes", "endnotes")]
    parts = [part for part in (body, *notes) if part is not None]
    return Document(
        title=_property(core, f"{_DC}title"),
        author=_property(core, f"{_DC}creator"),
        comments=0 if comments is None else len(comments.findall(f"{_W}comment")),
        deletions=sum(1 for part in parts for _ in part.iter(f"{_W}del") if _has_text(_)),
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


def _property(core: Any, name: str) -> str | None:
    found = None if core is None else core.findtext(name)
    return " ".join(found.split()) or None if found else None


def _has_text(deletion: Any) -> bool:
    return any(text.text for text in deletion.iter(f"{_W}delText"))


def _paragraphs(part: Any) -> list[str]:
    """Return the text of each paragraph; that of paragraphs within it, in a text box, stands by itself."""
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
