"""Notes in Markdown: each is kept once, and each reference finds its note."""

from __future__ import annotations

import pytest

from pipeline.models.article import (
    Code,
    Figure,
    Heading,
    Image,
    Link,
    List,
    NoteRef,
    Paragraph,
    Text,
)
from pipeline.models.tree import walk
from tests.loaders.markdown.source import body, codes, format_text, load, notes, references


def test_numbers_follow_the_first_reference() -> None:
    """Notes are numbered by first reference, whatever the order of their definitions."""
    article = load("A[^z] b[^a] c[^z].\n\n[^a]: Second.\n[^z]: First.")
    assert [1, 2, 1] == references(article)
    assert [("z", "ok", "First."), ("a", "ok", "Second.")] == notes(article)


def test_inline_notes() -> None:
    """An inline note may hold brackets, code with a bracket, links and further notes; it has no label."""
    article = load(
        "Bell^[Cast *here* [of bronze], `]`, [see](https://e.org), deep^[Tin.]] rings^[No]."
    )
    assert ["Bell[1] rings[2]."] == [format_text(block) for block in article.blocks]
    assert [
        ("", "ok", "Cast here [of bronze], ], see, deep[3]"),
        ("", "ok", "No"),
        ("", "ok", "Tin."),
    ] == notes(article)


def test_text_like_inline_notes() -> None:
    """Empty brackets, an escaped caret, and code stay as they are."""
    article = load("a^[] b\\^[c] `^[d]` 2^[ e")
    assert (["a^[] b^[c] ^[d] 2^[ e"], ()) == (
        [format_text(block) for block in article.blocks],
        article.notes,
    )


def test_notes_with_several_blocks() -> None:
    """Indented paragraphs, lists and code belong to a note; lazy lines continue a paragraph."""
    text = (
        "Text.[^n]\n\n[^n]: One\nlazy line.\n\n    Two.\n\n    - item\n\n          code\n\n"
        "    Three\nlazy again.\n\nNot the note."
    )
    (note,) = load(text).notes
    one, two, items, three = note.blocks
    assert ("One lazy line.", "Two.", "Three lazy again.") == (
        format_text(one),
        format_text(two),
        format_text(three),
    )
    assert isinstance(items, List)
    assert any(isinstance(block, Code) for block in items.items[0])
    assert ["Text.[1]", "Not the note."] == body(text)


def test_references_inside_notes() -> None:
    """Notes may cite each other; each is kept once."""
    article = load("A[^1] b[^2].\n\n[^1]: One[^3], see[^2].\n[^2]: Two[^1].\n[^3]: Three.")
    assert [
        ("1", "ok", "One[3], see[2]."),
        ("2", "ok", "Two[1]."),
        ("3", "ok", "Three."),
    ] == notes(article)


def test_definition_inside_a_note() -> None:
    """A definition indented under another is a note of its own."""
    article = load("A[^1] b[^2].\n\n[^1]: One.\n\n    [^2]: Two.")
    assert [("1", "ok", "One."), ("2", "ok", "Two.")] == notes(article)


@pytest.mark.parametrize(
    "text",
    [
        "Bell.[^1]\n[^1]: Note.",
        "> Bell.[^1]\n>\n> [^1]: Note.",
        "> Bell.[^1]\n[^1]: Note.",
        "- Bell.[^1]\n\n  [^1]: Note.",
        "   [^1]: Note.\n\nBell.[^1]",
        "[^1]:\n    Note.\n\nBell.[^1]",
        "[^1]: Note.\n# Bell.[^1]",
        "| Bell.[^1] |\n|--|\n[^1]: Note.",
    ],
)
def test_positions_of_definitions(text: str) -> None:
    """A definition may directly follow a line, precede the text, and be part of quotes and lists."""
    article = load(text)
    assert [("1", "ok", "Note.")] == notes(article)
    assert "Note." not in [format_text(block) for block in article.blocks]


def test_positions_of_references() -> None:
    """References are found in headings, tables, lists, emphasis and definitions."""
    text = (
        "Text.\n\n## Head[^1]\n\n| a[^2] |\n|--|\n| b[^3] |\n\n- c[^4]\n\n**d *e[^5]***\n\nTerm[^6]\n: Means[^7]\n\n"
        + "".join(f"[^{n}]: Note {n}.\n" for n in range(1, 8))
    )
    article = load(text)
    assert list(range(1, 8)) == references(article)
    assert [1] == [
        r.note
        for h in article.blocks
        if isinstance(h, Heading)
        for r in walk(h)
        if isinstance(r, NoteRef)
    ]


def test_references_in_links() -> None:
    """A link with a reference stays a link, and the reference moves beside or between its parts."""
    (block,) = load(
        "[one[^1] two *three[^1]*](https://e.org) [x^[In place.]](y)\n\n[^1]: Note."
    ).blocks
    assert isinstance(block, Paragraph)
    kinds = [type(node).__name__ for node in block.inlines]
    assert ["Link", "NoteRef", "Link", "NoteRef", "Text", "Link", "NoteRef"] == kinds
    assert not any(
        isinstance(inner, NoteRef)
        for link in walk(block)
        if isinstance(link, Link)
        for inner in walk(link)
    )
    assert "one[1] two three[1] x[2]" == format_text(block)


def test_references_in_alternative_texts() -> None:
    """A note cited in an alternative text is cited in the caption, or directly after the image."""
    figure, line = load("![Quay[^1]](q.png)\n\nThe ![bell^[Tin.]](b.png)\n\n[^1]: Old.").blocks
    assert Figure(src="q.png", alt="Quay", caption=(NoteRef(note=1),)) == figure
    assert isinstance(line, Paragraph)
    assert (Text(text="The "), Image(src="b.png", alt="bell"), NoteRef(note=2)) == line.inlines


def test_markers_in_code() -> None:
    """Markers and definitions in code are code."""
    article = load("`[^1]` a[^1]\n\n    [^1]: b\n\n```\n[^1]\n```\n\n[^1]: Note.")
    assert [1] == references(article)
    assert [("1", "ok", "Note.")] == notes(article)


def test_labels_with_spaces() -> None:
    """A label may have spaces, as in Hugo; brackets with a space that no definition has are text, with a warning."""
    article = load("It rings [^big note] and [^no note].\n\n[^big note]: Harbour book.")

    assert [("big note", "ok", "Harbour book.")] == notes(article)
    assert ["note.missing"] == codes(article.warnings)


def test_labels_in_other_case() -> None:
    """Without an exact match a label is found in other case, as on GitHub."""
    article = load("A[^Bell] b[^BELL].\n\n[^bell]: Small.\n[^BELL]: Large.")
    assert [1, 2] == references(article)
    assert ["Small.", "Large."] == [words for _, _, words in notes(article)]


def test_missing_note() -> None:
    """A reference without a note stays in the text, with one warning; an escaped one has none."""
    article = load("A[^no] b[^no] \\[^yes] [^link](x)")
    assert ["A[^no] b[^no] [^yes] ^link"] == [format_text(block) for block in article.blocks]
    assert ["note.missing"] == codes(article.warnings)


def test_unreferenced_note() -> None:
    """An unreferenced note is kept at the end, with a warning; a note that it cites is referenced."""
    article = load("A[^1].\n\n[^2]: Two[^3].\n[^3]: Three.\n[^1]: One.")
    assert [
        ("1", "ok", "One."),
        ("2", "unreferenced", "Two[3]."),
        ("3", "ok", "Three."),
    ] == notes(article)
    assert ["note.unreferenced"] == codes(article.warnings)


def test_label_defined_twice() -> None:
    """The first of two definitions counts; the other is kept, with a warning."""
    article = load("A[^1].\n\n[^1]: First.\n[^1]: Second.")
    assert [("1", "ok", "First."), ("1", "unreferenced", "Second.")] == notes(article)
    assert ["note.duplicate"] == codes(article.warnings)


def test_parentheses_after_a_reference() -> None:
    """Parentheses directly after a reference are text, as authors intend."""
    assert ["Bell[1](as told)."] == body("Bell[^1](as told).\n\n[^1]: Note.")


# Raw HTML


@pytest.mark.parametrize("fragment", ["fn:bell", "fn-bell", "fnbell", "user-content-fn-bell"])
@pytest.mark.parametrize(
    "form",
    [
        '<sup><a href="#{}">2</a></sup>',
        '<a href="#{}" class="footnote"><sup>[2]</sup></a>',
        '<sup id="x">[2](#{})</sup>',
        "[\\[bell\\]](#{})",
    ],
)
def test_html_links_to_markdown_notes(form: str, fragment: str) -> None:
    """A link to the anchor that a program gives a note is a reference to it, without its marker."""
    text = f"One[^bell] two{form.format(fragment)} end.\n\n[^bell]: Note."
    assert ["One[1] two[1] end."] == body(text)


def test_html_link_with_text_to_a_note() -> None:
    """A link with a text to a note keeps its text, and the reference follows."""
    assert ["See the note[1]."] == body("See [the note](#fn:1).\n\n[^1]: N.")


def test_html_back_link() -> None:
    """An arrow that leads back from a note is removed, and its URL recorded."""
    article = load('A[^1].\n\n[^1]: Note. <a href="#fnref:1">↩</a>')
    assert [("1", "ok", "Note.")] == notes(article)


def test_references_in_html_blocks() -> None:
    """References to notes work in a block of raw HTML, except in code."""
    assert ["Raw[1] [^1]"] == body("<p>Raw[^1] <code>[^1]</code></p>\n\n[^1]: N.")


def test_reference_in_a_superscript() -> None:
    """A reference in `<sup>` is not nested in a superscript."""
    (block,) = load("A<sup>[^1]</sup>\n\n[^1]: N.").blocks
    assert Paragraph(inlines=(Text(text="A"), NoteRef(note=1))) == block


ORG = """\
The quay<sup><a id="fnr.1" class="footref" href="#fn.1">1</a></sup> is old.
Again<sup><a id="fnr.1.100" class="footref" href="#fn.1">1</a></sup>,
the mole<sup><a id="fnr.2" class="footref" href="#fn.2">2</a></sup>.

# Footnotes

<sup><a id="fn.1" href="#fnr.1">1</a></sup> Of *granite*.

<sup><a id="fn.2" href="#fnr.2">2</a></sup> Of rubble.
"""
DOCS = """\
The quay<sup><a href="#ftnt1" id="ftnt_ref1">[1]</a></sup> is old.
Again<sup><a href="#ftnt1">[1]</a></sup>,
the mole<sup><a href="#ftnt2" id="ftnt_ref2">[2]</a></sup>.

---

<p><a href="#ftnt_ref1" id="ftnt1">[1]</a> Of <em>granite</em>.</p>

<p><a href="#ftnt_ref2" id="ftnt2">[2]</a> Of rubble.</p>
"""
BY_HAND = """\
The quay<sup id="a1">[1](#f1)</sup> is old. Again<sup>[1](#f1)</sup>, the mole<sup id="a2">[2](#f2)</sup>.

<b id="f1">1</b> Of *granite*. [↩](#a1)

<b id="f2">2</b> Of rubble. [↩](#a2)
"""


@pytest.mark.parametrize("text", [ORG, DOCS, BY_HAND], ids=["org", "docs", "by-hand"])
def test_notes_in_html(text: str) -> None:
    """Notes written in HTML, by exports and authors, are notes like any others."""
    article = load(f"---\ntitle: Quay\n---\n{text}")
    assert ["The quay[1] is old. Again[1], the mole[2]."] == [
        format_text(block) for block in article.blocks if isinstance(block, Paragraph)
    ]
    assert ["Of granite.", "Of rubble."] == [words for _, _, words in notes(article)]


def test_markdown_and_html_notes() -> None:
    """Notes of Markdown and of raw HTML are numbered together, by first reference."""
    text = (
        'A<sup><a href="#r1" id="rr1">1</a></sup> b[^x] m<sup>2</sup>.\n\n[^x]: Two.\n\n'
        '<ol class="footnotes"><li id="r1">One. <a href="#rr1">↩</a></li></ol>'
    )
    article = load(text)
    assert [1, 2] == references(article)
    assert ["One.", "Two."] == [words for _, _, words in notes(article)]
