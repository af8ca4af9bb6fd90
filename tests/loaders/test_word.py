"""Word documents, made here part by part."""

from __future__ import annotations

import io
import zipfile
from html import escape
from pathlib import Path

import pytest
from PIL import Image as Pillow

from pipeline.errors import LoadError
from pipeline.loaders import load
from pipeline.models.article import Figure, Heading, Image, NoteRef, Table
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>
<Override PartName="/word/document.xml"
 ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = f"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>"""
_DOCUMENT_RELS = f"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="n1" Type="{_OFFICE}/footnotes" Target="footnotes.xml"/>
<Relationship Id="n2" Type="{_OFFICE}/endnotes" Target="endnotes.xml"/>
<Relationship Id="c1" Type="{_OFFICE}/comments" Target="comments.xml"/>
<Relationship Id="s1" Type="{_OFFICE}/styles" Target="styles.xml"/>
<Relationship Id="m1" Type="{_OFFICE}/numbering" Target="numbering.xml"/>
<Relationship Id="a1" Type="{_OFFICE}/aFChunk" Target="chunk.html"/>
<Relationship Id="p1" Type="{_OFFICE}/image" Target="media/bell.png"/></Relationships>"""
_STYLES = f"""<w:styles {_W}><w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/></w:style></w:styles>"""
_PICTURE = f"""<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">
<wp:docPr id="1" name="bell" descr="A bell on a post"/>
<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData>
<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill>
<a:blip {_R} r:embed="p1"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"""


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _p(*runs: str, style: str = "") -> str:
    kind = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{kind}{''.join(runs)}</w:p>"


def _notes(kind: str, texts: list[str]) -> str:
    plural = f"{kind}s"
    inner = "".join(
        f'<w:{kind} w:id="{number}">{_p(_run(text))}</w:{kind}>'
        for number, text in enumerate(texts, 1)
    )
    return f"<w:{plural} {_W}>{inner}</w:{plural}>"


def _docx(
    folder: Path,
    body: str,
    *,
    title: str = "",
    author: str = "",
    extra: bytes = b"",
    styles: str = _STYLES,
    parts_changed: dict[str, str] | None = None,
) -> str:
    picture = io.BytesIO()
    Pillow.new("RGB", (40, 20), "#204060").save(picture, "PNG")
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELS,
        "word/_rels/document.xml.rels": _DOCUMENT_RELS,
        "word/document.xml": f"<w:document {_W}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": styles,
        "word/footnotes.xml": _notes("footnote", ["Harbour book, p. 3.", "The second note."]),
        "word/endnotes.xml": _notes("endnote", ["At the very end."]),
        "word/comments.xml": f'<w:comments {_W}><w:comment w:id="1">{_p(_run("Cut this?"))}</w:comment></w:comments>',
        "word/media/bell.png": picture.getvalue(),
        "docProps/core.xml": (
            '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
            ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(author)}</dc:creator></cp:coreProperties>"
        ),
    }
    parts |= parts_changed or {}
    if extra:
        parts["word/extra.xml"] = extra
    path = folder / "letter.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return str(path)


_BODY = "".join(
    [
        _p(_run("The Ferry Bell"), style="Title"),
        _p(
            _run("It rings"),
            '<w:r><w:footnoteReference w:id="1"/></w:r>',
            _run(" twice"),
            '<w:r><w:endnoteReference w:id="1"/></w:r>',
            _run(" for a beast."),
            '<w:del w:id="9"><w:r><w:delText>A secret sentence.</w:delText></w:r></w:del>',
            '<w:r><w:commentReference w:id="1"/></w:r>',
        ),
        _p(_run("The crack"), style="Heading2"),
        _p(_run("Mended in 1868."), '<w:r><w:footnoteReference w:id="2"/></w:r>'),
        f"<w:tbl><w:tr><w:tc>{_p(_run('Year'))}</w:tc><w:tc>{_p(_run('Weight'))}</w:tc></w:tr></w:tbl>",
        _PICTURE,
    ]
)


def test_a_document_arrives_whole(tmp_path: Path) -> None:
    """Title, author, headings, notes of both kinds, tables and pictures of a document are in the article."""
    article = load(_docx(tmp_path, _BODY, author="Ines Calloway"))

    assert "The Ferry Bell" == article.title
    assert "Ines Calloway" == article.byline
    assert ["The crack"] == [
        plain_text(n.inlines) for n in walk(article.blocks) if isinstance(n, Heading)
    ]
    assert ["Harbour book, p. 3.", "At the very end.", "The second note."] == [
        plain_text(note.blocks).strip() for note in article.notes
    ]
    assert [1, 2, 3] == [n.note for n in walk(article.blocks) if isinstance(n, NoteRef)]
    assert 1 == sum(isinstance(n, Table) for n in walk(article.blocks))


def test_pictures_travel_with_the_article(tmp_path: Path) -> None:
    """A picture inside the document is among the article's files, under the name its figure bears."""
    article = load(_docx(tmp_path, _BODY))
    (picture,) = [n for n in walk(article.blocks) if isinstance(n, Figure | Image)]

    assert "A bell on a post" == picture.alt
    assert picture.src is not None
    assert article.files[picture.src].startswith(b"\x89PNG")


def test_comments_and_deletions_never_reach_the_article(tmp_path: Path) -> None:
    """What editors wrote to each other, and what they struck out, is counted and nowhere shown."""
    article = load(_docx(tmp_path, _BODY))
    everything = repr(article)

    assert "secret" not in everything
    assert "Cut this" not in everything
    assert {"word.comments", "word.deletions"} <= {warning.code for warning in article.warnings}


def test_the_property_is_the_title_only_where_the_text_has_none(tmp_path: Path) -> None:
    """The title in the text wins over the document's property, which is listed."""
    article = load(_docx(tmp_path, _BODY, title="Draft 7 final"))
    untitled = load(_docx(tmp_path, _p(_run("Only text.")), title="A property"))

    assert "The Ferry Bell" == article.title
    assert "Draft 7 final" in [dropped.text for dropped in article.dropped]
    assert "A property" == untitled.title


@pytest.mark.parametrize("content", [b"no zip at all", b"PK\x03\x04 cut off", b""])
def test_a_file_that_is_not_a_document_is_reported(tmp_path: Path, content: bytes) -> None:
    """A file that is no Word document gives one sentence."""
    path = tmp_path / "letter.docx"
    path.write_bytes(content)

    with pytest.raises(LoadError, match=r"letter\.docx: "):
        load(str(path))


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """A package that too large when unpacked than a document can be is refused before it is unpacked."""
    with pytest.raises(LoadError, match="too large when unpacked"):
        load(_docx(tmp_path, _BODY, extra=b"\0" * 70_000_000))


def test_an_entity_bomb_does_nothing(tmp_path: Path) -> None:
    """Entities that refer to each other are refused in a sentence."""
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    path = _docx(tmp_path, _BODY)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "bell">{lines}]><w:document {_W}><w:body>{_p(_run("x"))}</w:body></w:document>'
    parts["word/document.xml"] = bomb.replace(">x<", ">&e11;<").encode()
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)

    with pytest.raises(LoadError, match=r"damaged|that can be read"):
        load(path)
