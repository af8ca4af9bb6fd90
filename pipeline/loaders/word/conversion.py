"""Convert a prepared package to HTML by mammoth, number its lists, and look for text that did not arrive."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from pipeline.errors import LoadError
from pipeline.loaders.word.elements import NOTE_REFERENCES, Element, M, W, is_deleted
from pipeline.loaders.word.package import WordPackage, list_kinds
from pipeline.loaders.word.styles.paragraph_styles import NUMBER_END, NUMBER_START, STYLE_MAP

_LIST_PARTS = re.compile(rf"<ol>|</ol>|<ul>|</ul>|<li>(?:{NUMBER_START}(\d+){NUMBER_END})?")
_NUMBER = re.compile(rf"{NUMBER_START}-?\d+{NUMBER_END}")
_SPACE = re.compile(r"\s+")
#: The lists that `normalize` refers to, one level for each depth.
_LISTS = (("handbill-ordered", "decimal"), ("handbill-bullets", "bullet"))


def convert(package: WordPackage, location: str) -> tuple[str, dict[str, bytes]]:
    """Return the document as HTML, and its pictures by the name they have there."""
    import mammoth

    _define_lists(package)
    files: dict[str, bytes] = {}

    def save(image: object) -> dict[str, str]:
        with image.open() as file:  # type: ignore[attr-defined]  # mammoth has no types
            content = file.read()
        ending = str(image.content_type).rpartition("/")[2].partition("+")[0]  # type: ignore[attr-defined]
        name = f"pictures/{len(files) + 1}.{ending}"
        files[name] = content
        return {"src": name}

    try:
        result = mammoth.convert_to_html(
            io.BytesIO(package.write()),
            style_map=STYLE_MAP,
            convert_image=mammoth.images.img_element(save),
        )
    except (
        Exception
    ) as error:  # mammoth raises whatever zipfile, its XML parser and a missing part raise
        raise LoadError(
            f"{location}: the Word document is damaged ({str(error)[:200]}). Open it in Word and save it again."
        ) from error
    return _NUMBER.sub("", number_lists(str(result.value))), files


def number_lists(html: str) -> str:
    """Give each `<ol>` the number of its first item, and end it where the numbers do not go on."""
    pieces: list[str] = []
    #: For each open list: the position of its tag in *pieces*, and the number of its last item, None for bullets.
    open_lists: list[tuple[int, int | None]] = []
    end = 0
    for match in _LIST_PARTS.finditer(html):
        pieces.append(html[end : match.start()])
        end = match.end()
        tag = match[0][:4]
        if tag in {"<ol>", "<ul>"}:
            open_lists.append((len(pieces), None))
        elif tag in {"</ol", "</ul"} and open_lists:
            open_lists.pop()
        elif match[1] is not None and open_lists:
            number = int(match[1])
            start, last = open_lists[-1]
            if last is None and number != 1:
                pieces[start] = f'<ol start="{number}">'
            elif last is not None and number != last + 1:
                pieces.append(f'</ol><ol start="{number}">')
            open_lists[-1] = (start, number)
            pieces.append("<li>")
            continue
        pieces.append(match[0])
    pieces.append(html[end:])
    return "".join(pieces)


def find_missing(package: WordPackage, html: str) -> list[str]:
    """Return the paragraphs of *package* of which a part is not in *html*: letters, digits and symbols count."""
    from lxml import html as parser

    converted = _SPACE.sub(
        "", "".join(map(str, parser.fromstring(f"<div>{html}</div>").itertext()))
    )
    missing = []
    position = 0
    for kind in list_kinds(package.parts):
        for paragraph in package.parts[kind].iter(f"{W}p"):
            segments = [_SPACE.sub("", segment) for segment in _iter_segments(paragraph)]
            for segment in segments:
                found = converted.find(segment, position)
                if found < 0:
                    found = converted.find(segment)
                else:
                    position = found
                if found < 0:
                    missing.append(" ".join(segments))
                    break
    return missing


def _iter_segments(paragraph: Element) -> Iterator[str]:
    """Yield the text of *paragraph* between its note references; paragraphs in it, in a text box, are separate."""
    pieces: list[str] = []
    tags = (f"{W}t", f"{M}t", f"{W}noBreakHyphen", f"{W}softHyphen", *NOTE_REFERENCES)
    for node in paragraph.iter(*tags):
        if next(node.iterancestors(f"{W}p")) is not paragraph or is_deleted(node):
            continue
        if node.tag in NOTE_REFERENCES:
            yield "".join(pieces)
            pieces = []
        elif node.tag == f"{W}noBreakHyphen":
            pieces.append("\u2011")
        elif node.tag == f"{W}softHyphen":
            pieces.append("\u00ad")
        else:
            pieces.append(_NUMBER.sub("", node.text or ""))
    yield "".join(pieces)


def _define_lists(package: WordPackage) -> None:
    """Write the numbering of two lists, one with numbers and one with bullets, in place of the document's."""
    from lxml import etree

    root = etree.Element(f"{W}numbering", nsmap={"w": W[1:-1]})
    for name, format in _LISTS:
        abstract = etree.SubElement(root, f"{W}abstractNum", {f"{W}abstractNumId": name})
        for level in range(9):
            definition = etree.SubElement(abstract, f"{W}lvl", {f"{W}ilvl": str(level)})
            etree.SubElement(definition, f"{W}numFmt", {f"{W}val": format})
    for name, _ in _LISTS:
        instance = etree.SubElement(root, f"{W}num", {f"{W}numId": name})
        etree.SubElement(instance, f"{W}abstractNumId", {f"{W}val": name})
    package.parts["numbering"] = root
