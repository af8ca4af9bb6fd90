"""What Word writes beyond paragraphs and runs: fields, formulas, hidden text, lists, symbols, styles, properties."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest

from pipeline.errors import LoadError
from pipeline.loaders import load
from pipeline.loaders.word.header.owner_names import is_person_name
from pipeline.models.article import Article, Code, Link, NoteRef, Quote
from pipeline.models.article import List as ListBlock
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk
from tests.loaders.test_word import _W as W
from tests.loaders.test_word import _docx as make_docx
from tests.loaders.test_word import _p as p
from tests.loaders.test_word import _run as run

_M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
_NOTE = '<w:r><w:footnoteReference w:id="1"/></w:r>'


def _load(tmp_path: Path, body: str, **options: object) -> Article:
    return load(make_docx(tmp_path, body, **options))  # type: ignore[arg-type]


def _texts(article: Article) -> list[str]:
    return [" ".join(plain_text(block).split()) for block in article.blocks]


def _codes(article: Article) -> set[str]:
    return {warning.code for warning in article.warnings}


def _field(code: str, result: str, *, end: str = "") -> str:
    def char(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    instruction = f'<w:r><w:instrText xml:space="preserve">{code}</w:instrText></w:r>'
    return char("begin") + instruction + char("separate") + run(result) + (end or char("end"))


def _numbering(levels: str) -> dict[str, str]:
    return {
        "word/numbering.xml": f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/>'
        '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="20"/></w:lvlOverride></w:num></w:numbering>'
    }


def _level(start: int = 1, format: str = "decimal", text: str = "%1.") -> str:
    return (
        f'<w:lvl w:ilvl="0"><w:start w:val="{start}"/><w:numFmt w:val="{format}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def _item(text: str, list_id: int = 1) -> str:
    numbered = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{list_id}"/></w:numPr>'
    return f"<w:p><w:pPr>{numbered}</w:pPr>{run(text)}</w:p>"


def test_lists_go_on_and_begin_where_word_shows_it(tmp_path: Path) -> None:
    """A list that goes on after a paragraph, begins at 4, or starts over keeps its numbers."""
    body = _item("Bell") + _item("Rope") + p(run("Between.")) + _item("Post") + _item("Slip", 2)
    article = _load(tmp_path, body, parts_changed=_numbering(_level(4)))
    lists = [block for block in article.blocks if isinstance(block, ListBlock)]

    assert [(4, 2), (6, 1), (20, 1)] == [(block.start, len(block.items)) for block in lists]


def test_numbered_headings_keep_their_number(tmp_path: Path) -> None:
    """The number that Word shows before a heading is part of its text; a list of a, b, c gives a warning."""
    heading = (
        '<w:p><w:pPr><w:pStyle w:val="Heading2"/><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
    )
    body = heading + run("The crack") + "</w:p>" + p(run("Mended."))
    article = _load(tmp_path, body, parts_changed=_numbering(_level(3, "upperRoman", "%1)")))
    letters = _load(tmp_path, _item("Bell"), parts_changed=_numbering(_level(format="lowerLetter")))

    assert "III) The crack" == _texts(article)[0]
    assert {"word.list-numbers"} == _codes(letters) - {"word.comments"}


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<m:r><m:t>a+b=7</m:t></m:r>", "a+b=7"),
        (
            "<m:f><m:num><m:r><m:t>x+1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>",
            "(x+1)/2",
        ),
        (
            "<m:sSup><m:e><m:r><m:t>x</m:t></m:r></m:e><m:sup><m:r><m:t>10</m:t></m:r></m:sup></m:sSup>",
            "x¹⁰",
        ),
        (
            "<m:rad><m:radPr/><m:deg/><m:e><m:r><m:t>2x</m:t></m:r></m:e></m:rad>",
            "√2x",
        ),
        ("<m:unknown><m:r><m:t>q</m:t></m:r></m:unknown>", "q"),
    ],
)
def test_formulas_are_text(tmp_path: Path, formula: str, text: str) -> None:
    """Formulas in a sentence, alone, in a table and in a note are written on one line."""
    math = f"<m:oMath {_M}>{formula}</m:oMath>"
    body = (
        p(run("It is "), math, run(" wide."))
        + f"<w:p><m:oMathPara {_M}>{math}</m:oMathPara></w:p>"
        + f"<w:tbl><w:tr><w:tc>{p(math)}</w:tc><w:tc>{p(run('b'))}</w:tc></w:tr></w:tbl>"
        + p(run("Noted."), _NOTE)
    )
    notes = f'<w:footnotes {W}><w:footnote w:id="1">{p(math)}</w:footnote></w:footnotes>'
    article = _load(tmp_path, body, parts_changed={"word/footnotes.xml": notes})

    assert [f"It is {text} wide.", text] == _texts(article)[:2]
    assert text in _texts(article)[2]
    assert text in plain_text(article.notes[0].blocks)
    assert "word.not-converted" not in _codes(article)


@pytest.mark.parametrize(
    "properties",
    [
        "<w:vanish/>",
        '<w:vanish w:val="1"/>',
        "<w:webHidden/>",
        "<w:specVanish/>",
        '<w:rStyle w:val="Secret"/>',
    ],
)
def test_hidden_text_is_left_out(tmp_path: Path, properties: str) -> None:
    """Hidden text is listed and told, whether it is hidden by itself or by a style; its notes go with it."""
    secret = f'<w:r><w:rPr>{properties}</w:rPr><w:t>for the printer</w:t><w:footnoteReference w:id="2"/></w:r>'
    styles = (
        f'<w:styles {W}><w:style w:type="character" w:styleId="Base"><w:name w:val="Base"/><w:rPr><w:vanish/></w:rPr>'
        '</w:style><w:style w:type="character" w:styleId="Secret"><w:name w:val="Secret"/><w:basedOn w:val="Base"/>'
        "</w:style></w:styles>"
    )
    article = _load(tmp_path, p(run("Seen "), secret, run("again."), _NOTE), styles=styles)

    assert ["Seen again."] == _texts(article)
    assert "for the printer" in [entry.text for entry in article.dropped]
    assert "word.hidden" in _codes(article)
    assert 1 == len(article.notes)
    assert "word.not-converted" not in _codes(article)


def test_text_that_a_switch_makes_visible_stays(tmp_path: Path) -> None:
    """`w:vanish` that is switched off hides nothing."""
    shown = '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>Seen.</w:t></w:r>'

    assert ["Seen."] == _texts(_load(tmp_path, p(shown)))


@pytest.mark.parametrize(
    ("code", "href"),
    [
        ('HYPERLINK "https://example.org/a" \\o "The scan"', "https://example.org/a"),
        ('HYPERLINK "https://example.org/a" \\t "_blank"', "https://example.org/a"),
        ('hyperlink \\o "The scan" "https://example.org/a"', "https://example.org/a"),
        ('HYPERLINK "https://example.org/a" \\l "part2" \\n', "https://example.org/a#part2"),
        ("HYPERLINK https://example.org/a \\m", "https://example.org/a"),
        (
            'HYPERLINK "https://example.org/a?x=1&amp;y=2" \\* MERGEFORMAT',
            "https://example.org/a?x=1&y=2",
        ),
    ],
)
def test_links_of_fields_have_only_their_address(tmp_path: Path, code: str, href: str) -> None:
    """Screen tips, frames and other switches are no part of the address."""
    article = _load(tmp_path, p(run("See "), _field(code, "the scan"), run(" here.")))
    (link,) = [node for node in walk(article.blocks) if isinstance(node, Link)]

    assert (href, "the scan") == (link.href, plain_text(link.inlines))


@pytest.mark.parametrize(
    "end", ['<w:del w:id="4"><w:r><w:fldChar w:fldCharType="end"/></w:r></w:del>', "<w:r/>"]
)
def test_a_link_ends_where_its_field_ends(tmp_path: Path, end: str) -> None:
    """The end may be in a deletion; a field without an end ends with its paragraph."""
    link = _field('HYPERLINK "https://example.org/a"', "the scan", end=end)
    article = _load(tmp_path, p(link) + p(run("After."), _field("PAGE", "3")))
    texts = [plain_text(node.inlines) for node in walk(article.blocks) if isinstance(node, Link)]

    assert ["the scan"] == texts
    assert "After.3" == _texts(article)[1]


@pytest.mark.parametrize(
    "field",
    [
        '<w:fldSimple w:instr=" SEQ Figure \\* ARABIC ">' + run("12") + "</w:fldSimple>",
        '<w:fldSimple w:instr=" =SUM(ABOVE) ">' + run("12") + "</w:fldSimple>",
        _field("STYLEREF &quot;heading 1&quot; \\n", "12"),
        _field("REF _Ref12 \\h", "12"),
        _field("DATE", "12"),
        _field("IF " + _field("PAGE", "4") + " = 4", "12"),
    ],
)
def test_results_of_fields_stay(tmp_path: Path, field: str) -> None:
    """Numbers, dates and references that Word computes are text, also from nested fields."""
    article = _load(tmp_path, p(run("Figure "), field, run(": The bell.")))

    assert ["Figure 12: The bell."] == _texts(article)
    assert set() == _codes(article) - {"word.comments"}


def test_a_note_cited_again_gets_its_number(tmp_path: Path) -> None:
    """A cross-reference to a note follows the note's number."""
    cited = f'<w:bookmarkStart w:id="7" w:name="_Ref7"/>{_NOTE}<w:bookmarkEnd w:id="7"/>'
    body = p(run("It rings"), cited) + p(
        run("It rang"), _field("NOTEREF _Ref7 \\f \\h", "5"), run(".")
    )
    article = _load(tmp_path, body)

    assert [1, 1] == [node.note for node in walk(article.blocks) if isinstance(node, NoteRef)]
    assert "It rang." == _texts(article)[1]


@pytest.mark.parametrize("mark", ["*", "†", "**", "a"])
def test_own_marks_of_notes_go(tmp_path: Path, mark: str) -> None:
    """The star or dagger beside a note reference, and before the note, is replaced by the number."""
    reference = (
        f'<w:r><w:footnoteReference w:id="1" w:customMarkFollows="1"/><w:t>{mark}</w:t></w:r>'
    )
    note = f'<w:footnotes {W}><w:footnote w:id="1">{p(run(mark), run(" Harbour book."))}</w:footnote></w:footnotes>'
    article = _load(
        tmp_path,
        p(run("It rings"), reference, run(".")),
        parts_changed={"word/footnotes.xml": note},
    )

    assert ["It rings."] == _texts(article)
    assert "Harbour book." == plain_text(article.notes[0].blocks).strip()


@pytest.mark.parametrize(
    "wrapped",
    [
        f'<w:dir w:val="rtl">{run("نعم")}</w:dir>',
        f'<w:bdo w:val="rtl">{run("نعم")}</w:bdo>',
        f"<w:r><w:ruby><w:rubyPr/><w:rt>{run('yes')}</w:rt><w:rubyBase>{run('نعم')}</w:rubyBase></w:ruby></w:r>",
    ],
)
def test_wrapped_words_stay(tmp_path: Path, wrapped: str) -> None:
    """Words set in another direction, or with ruby text, are in the article."""
    article = _load(tmp_path, p(run("He said "), wrapped, run(" and left.")))

    assert _texts(article)[0] in {"He said نعم and left.", "He said نعم(yes) and left."}
    assert "word.not-converted" not in _codes(article)


@pytest.mark.parametrize(
    "sign",
    [
        '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>',
        '<w:r><w:rPr><w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/></w:rPr><w:t>\uf0fc</w:t></w:r>',
        '<w:r><w:rPr><w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/></w:rPr><w:t>ü</w:t></w:r>',
    ],
)
def test_signs_of_symbol_fonts_become_characters(tmp_path: Path, sign: str) -> None:
    """A tick of Wingdings is a tick."""
    assert ["Done ✓"] == [
        text.replace("✔", "✓").replace("🗸", "✓")
        for text in _texts(_load(tmp_path, p(run("Done "), sign)))
    ]


def test_unknown_symbols_give_a_warning(tmp_path: Path) -> None:
    """A sign without a character is left out with its font and code, never printed as an empty box."""
    article = _load(
        tmp_path, p(run("Odd \ue123 sign"), '<w:r><w:sym w:font="Marlett" w:char="F041"/></w:r>')
    )

    assert ["Odd sign"] == _texts(article)
    assert "word.symbols" in _codes(article)


def test_inserted_files_give_a_warning(tmp_path: Path) -> None:
    """A file inserted into the document is not read, but told, with its text."""
    chunk = '<w:altChunk xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="a1"/>'
    article = _load(
        tmp_path,
        p(run("It rings.")) + chunk,
        parts_changed={"word/chunk.html": "<p>From elsewhere</p>"},
    )

    assert "word.inserted-file" in _codes(article)
    assert any("From elsewhere" in entry.text for entry in article.dropped)


def _style(name: str, based_on: str = "") -> str:
    base = f'<w:basedOn w:val="{based_on}"/>' if based_on else ""
    return f'<w:style w:type="paragraph" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/>{base}</w:style>'


@pytest.mark.parametrize(
    ("title", "subtitle", "author", "quote", "heading"),
    [
        ("Title", "Subtitle", "Author", "Block Text", "heading 2"),
        ("Titel", "Untertitel", "Autor", "Zitat", "Überschrift 2"),
        ("Titre", "Sous-titre", "Auteur", "Citation", "Titre 2"),
        ("Título", "Subtítulo", "Autor", "Cita", "Título 2"),
        ("Titolo", "Sottotitolo", "Autore", "Citazione", "Titolo 2"),
    ],
)
def test_styles_are_known_by_their_names(
    tmp_path: Path, title: str, subtitle: str, author: str, quote: str, heading: str
) -> None:
    """Title, subtitle, author, quotations, headings, code and contents are known in several languages."""
    names = [title, subtitle, author, quote, heading, "Source Code", "toc 1", "Date"]
    styles = f"<w:styles {W}>{''.join(map(_style, names))}{_style('Mine', quote.replace(' ', ''))}</w:styles>"
    texts = [
        "The Bell",
        "How it rings",
        "Ines Calloway",
        "A quotation.",
        "The crack",
        "x = 1",
        "The crack 3",
    ]
    styled = dict(zip(names, texts, strict=False))
    order = [title, subtitle, author, "Date", "toc 1", quote, heading, "Source Code"]
    styled["Date"] = "3 May 2024"
    body = "".join(p(run(styled[name]), style=name.replace(" ", "")) for name in order)
    article = _load(tmp_path, body + p(run("Another."), style="Mine"), styles=styles)

    assert ("The Bell", "How it rings", "Ines Calloway", "2024-05-03") == (
        article.title,
        article.subtitle,
        article.byline,
        str(article.published),
    )
    assert ["A quotation.", "The crack", "x = 1", "Another."] == _texts(article)
    assert [Quote, Code] == [type(article.blocks[0]), type(article.blocks[2])]
    assert "The crack 3" in [entry.text for entry in article.dropped]


def test_a_note_in_the_title_moves_to_the_text(tmp_path: Path) -> None:
    """A title cannot hold a reference; it moves to the start of the text, which is told."""
    article = _load(tmp_path, p(run("The Bell"), _NOTE, style="Title") + p(run("It rings.")))

    assert "The Bell" == article.title
    assert [1] == [node.note for node in walk(article.blocks) if isinstance(node, NoteRef)]
    assert "note.moved" in _codes(article)


def test_the_visible_byline_counts(tmp_path: Path) -> None:
    """A byline in the text wins over the author in the properties; that one is told where it is used."""
    visible = _load(tmp_path, p(run("By Ines Calloway")) + p(run("It rings.")), author="Nell Oddy")
    by_properties = _load(tmp_path, p(run("It rings.")), author="Nell Oddy")

    assert "Ines Calloway" == visible.byline
    assert "Nell Oddy" == by_properties.byline
    assert "byline.from-properties" in _codes(by_properties)


@pytest.mark.parametrize(
    "name",
    [
        "Microsoft Office User",
        "Microsoft Office-Anwender",
        "Utilisateur Microsoft Office",
        "admin",
        "Administrator",
        "User",
        "Usuario",
        "python-docx",
        "Windows User",
        "DESKTOP-4F2A",
        "ines@example.org",
        "icalloway",
        "Пользователь Windows",
    ],
)
def test_owners_of_files_are_no_authors(tmp_path: Path, name: str) -> None:
    """Names of accounts, machines and programs never become the byline."""
    assert not is_person_name(name)
    assert _load(tmp_path, p(run("It rings.")), author=name).byline is None


@pytest.mark.parametrize("name", ["Ines Calloway", "Óscar Núñez", "田中 花子", "Bell"])
def test_names_can_be_bylines(name: str) -> None:
    """Names of people can be the byline."""
    assert is_person_name(name)


def test_missing_digits_and_symbols_give_a_warning(tmp_path: Path) -> None:
    """Text in an element that is not known is told, even if it is digits and symbols."""
    unknown = f"<w:contentPart>{run('39 €')}</w:contentPart>"
    article = _load(tmp_path, p(run("It costs "), unknown, run(".")))

    assert "word.not-converted" in _codes(article)
    assert any("39€" in entry.text.replace(" ", "") for entry in article.dropped)


@pytest.mark.parametrize(
    "start",
    ["", _field('HYPERLINK "https://example.org/a"', "See ", end="<w:r/>"), "<w:r/>" * 50_000],
    ids=["plain", "unclosed link", "empty runs"],
)
def test_a_paragraph_of_very_many_runs_is_read(tmp_path: Path, start: str) -> None:
    """Thousands of pieces that look the same are one piece, without a comparison of each with all others."""
    times = []
    for count in (1_000, 8_000):
        words = "".join(run(f"w{number} ") for number in range(count))
        before = time.process_time()
        article = _load(tmp_path, p(run("It rings. ")) + p(start, words))
        times.append(time.process_time() - before)
        assert _texts(article)[-1].endswith(f"w{count - 2} w{count - 1}")
    assert times[1] < 16 * times[0] + 0.5


@pytest.mark.parametrize("name", ["word/document.bin", "word/text"])
def test_a_bomb_is_refused_whatever_its_parts_are_called(tmp_path: Path, name: str) -> None:
    """A small file whose text unpacks to a huge one is refused in a sentence, whatever the part is called."""
    path = tmp_path / "bomb.docx"
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        f'Target="{name}"/></Relationships>'
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("_rels/.rels", rels)
        package.writestr(
            name, f"<w:document {W}><w:body>{'<w:p/>' * 5_000_000}</w:body></w:document>"
        )

    with pytest.raises(LoadError, match="too large when unpacked"):
        load(str(path))
