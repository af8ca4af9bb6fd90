"""Read the parts of a .docx package, and write those that mammoth converts."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import LoadError
from pipeline.loaders.shared.archive_size import check_archive_size

Element = Any  # lxml has no types

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_DC = "{http://purl.org/dc/elements/1.1/}"
#: Parts of the document that have text, or say how it looks, by the last word of their relationship type.
_PARTS = ("styles", "numbering", "footnotes", "endnotes", "comments")


@dataclass
class Relationships:
    """The relationships of one part: what its `r:id`s lead to."""

    root: Element
    base: str
    added: int = 0

    def find_target(self, id: str) -> str | None:
        """Return the target with *id*: a URL, or the name of a part."""
        for relation in self.root:
            if relation.get("Id") == id:
                target = str(relation.get("Target") or "")
                if relation.get("TargetMode") == "External":
                    return target
                return resolve_part(self.base, target)
        return None

    def iter_parts(self, *kinds: str) -> Iterator[tuple[str, str]]:
        """Yield kind and name of each part inside the package, of *kinds* if any are given."""
        for relation in self.root:
            kind = str(relation.get("Type") or "").rpartition("/")[2]
            if relation.get("TargetMode") != "External" and (not kinds or kind in kinds):
                yield kind, resolve_part(self.base, str(relation.get("Target") or ""))

    def add_link(self, url: str) -> str:
        """Add a link to *url* and return its id."""
        from lxml import etree

        self.added += 1
        id = f"handbill{self.added}"
        attributes = {"Id": id, "Type": f"{_OFFICE}/hyperlink", "Target": url}
        etree.SubElement(
            self.root, f"{_PACKAGE}Relationship", attributes | {"TargetMode": "External"}
        )
        return id


@dataclass
class WordPackage:
    """
    The parts of a document, parsed; whoever changes them calls `write()` afterwards.

    Args:
        body_name: The name of the part with the text.
        parts: The parsed parts by kind: `document`, `styles`, `numbering`, `footnotes`, `endnotes`, `comments`.
        relationships: Those of the parts with text, by kind.
        title: The title among the document's properties; *author* is the one there.
    """

    body_name: str
    parts: dict[str, Element]
    relationships: dict[str, Relationships]
    title: str | None
    author: str | None
    _names: dict[str, str] = field(default_factory=dict)
    _content: bytes = b""

    def read_part(self, name: str) -> bytes | None:
        """Return the bytes of the part *name*, None if the package has no such part."""
        with zipfile.ZipFile(io.BytesIO(self._content)) as archive:
            return archive.read(name) if name in archive.namelist() else None

    def write(self) -> bytes:
        """Return a package of the parts as they are now, and of the pictures they show."""
        from lxml import etree

        changed = {self._names[kind]: etree.tostring(root) for kind, root in self.parts.items()}
        for kind, relations in self.relationships.items():
            name = _name_relationships(self._names[kind])
            changed[name] = etree.tostring(relations.root)
        kept = {"[Content_Types].xml", "_rels/.rels", *changed}
        kept.update(
            name
            for relations in self.relationships.values()
            for _, name in relations.iter_parts("image")
        )
        target = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(self._content)) as source,
            zipfile.ZipFile(target, "w") as package,
        ):
            names = set(source.namelist())
            for name in sorted(kept):
                if name in changed:
                    package.writestr(name, changed[name])
                elif name in names:
                    package.writestr(name, source.read(name))
        return target.getvalue()


def open_package(content: bytes, location: str) -> WordPackage:
    """Read the package; refuse one that is damaged, or too large when unpacked."""
    check_archive_size(content, location)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read_package(archive, content)
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise LoadError(
            f"{location}: this is not a readable Word document (.docx): {str(error)[:200]}. Save it again as .docx."
        ) from error


def resolve_part(base: str, target: str) -> str:
    """Return the name of the part that *target* means in relationships of the folder *base*."""
    path = target if target.startswith("/") else f"{base}/{target}"
    return posixpath.normpath(f"/{path}").lstrip("/")


def _read_package(archive: zipfile.ZipFile, content: bytes) -> WordPackage:
    top = _parse_relationships(archive, "")
    body_name = next((name for _, name in top.iter_parts("officeDocument")), "word/document.xml")
    body = _parse(archive, body_name)
    if body is None:
        raise ValueError("it has no text")
    names = {"document": body_name}
    relationships = {"document": _parse_relationships(archive, body_name)}
    for kind, name in relationships["document"].iter_parts(*_PARTS):
        names.setdefault(kind, name)
    folder = posixpath.dirname(body_name)
    for kind in _PARTS:  # mammoth falls back to these names too
        names.setdefault(kind, posixpath.join(folder, f"{kind}.xml"))
    parsed = {
        kind: body if kind == "document" else _parse(archive, name) for kind, name in names.items()
    }
    parts = {kind: root for kind, root in parsed.items() if root is not None}
    for kind in ("footnotes", "endnotes"):
        if kind in parts:
            relationships[kind] = _parse_relationships(archive, names[kind])
    core_names = [name for _, name in top.iter_parts("core-properties")] + ["docProps/core.xml"]
    core = next((root for name in core_names if (root := _parse(archive, name)) is not None), None)
    return WordPackage(
        body_name=body_name,
        parts=parts,
        relationships=relationships,
        title=_read_property(core, f"{_DC}title"),
        author=_read_property(core, f"{_DC}creator"),
        _names=names,
        _content=content,
    )


def _name_relationships(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _parse_relationships(archive: zipfile.ZipFile, part: str) -> Relationships:
    from lxml import etree

    root = _parse(archive, _name_relationships(part))
    if root is None:
        root = etree.Element(f"{_PACKAGE}Relationships", nsmap={None: _PACKAGE[1:-1]})  # type: ignore[dict-item]  # the default namespace
    return Relationships(root=root, base=posixpath.dirname(part))


def _parse(archive: zipfile.ZipFile, name: str) -> Element:
    from lxml import etree

    if name not in archive.namelist():
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True
    )
    text = archive.read(name).replace(_STRICT.encode(), _OFFICE.encode())
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"{name} is damaged") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError(f"{name} declares entities, which is damaged")
    return root


def _read_property(core: Element, name: str) -> str | None:
    found = None if core is None else core.findtext(name)
    return " ".join(found.split()) or None if found else None


def list_kinds(parts: Mapping[str, Element]) -> list[str]:
    """Return the kinds of *parts* that have text, in reading order."""
    return [kind for kind in ("document", "footnotes", "endnotes") if kind in parts]
