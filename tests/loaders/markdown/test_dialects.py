"""Marks of other kinds of Markdown: read, left out and listed, or kept with a warning."""

from __future__ import annotations

import pytest

from pipeline.errors import LoadError
from pipeline.models.article import Figure, Highlight, Link, Strike, Subscript, Superscript
from pipeline.models.tree import walk
from tests.loaders.markdown.source import body, codes, format_text, load, texts_by_reason


@pytest.mark.parametrize(
    "text",
    [
        "The bell rang.\n\n%% ask Nell %%\n\nTwice.",
        "The bell rang.\n\n%%\nask Nell\n\nbefore we print\n%%\n\nTwice.",
        "The bell rang. %%ask Nell%%\n\nTwice.",
        "The bell rang.{>>ask Nell<<}\n\nTwice.",
        "The bell rang.\n\n{::comment}\nask Nell\n{:/comment}\n\nTwice.",
        "The bell rang.\n\n{/* ask Nell */}\n\nTwice.",
        "The bell rang.\n\n{# ask Nell #}\n\nTwice.",
        "The bell rang.\n\n<!-- ask Nell -->\n\nTwice.",
        "The bell rang.\n\n[//]: # (ask Nell)\n\nTwice.",
        "The bell rang.\n\n*[Nell]: ask Nell Oddy\n\nTwice.",
        "import Chart from './ask-Nell'\n\nThe bell rang.\n\nTwice.",
        "The bell rang.\n\nTwice. ^ask-Nell",
        "The bell rang.\n\nTwice.\n\n#ask-Nell #bells",
        "id:: ask-Nell\n\nThe bell rang.\n\nTwice.",
        "[TOC]\n\nThe bell rang.\n\n\\newpage\n\nTwice.",
        "The bell rang. {--ask Nell--}\n\nTwice.",
    ],
)
def test_what_is_no_text_is_left_out(text: str) -> None:
    """Comments, abbreviations, imports, block ids and tags are not in the article."""
    assert ["The bell rang.", "Twice."] == body(text)


def test_comments_are_listed() -> None:
    """What is left out as a comment can be read in the list."""
    assert (
        "ask Nell"
        in texts_by_reason(load("It rang.\n\n%% ask Nell %%").dropped)["markdown.comment"]
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is ==very== loud.", "It is very loud."),
        ("It is ++very++ loud.", "It is very loud."),
        ("It is {++very++} loud.", "It is very loud."),
        ("It is {~~not~>very~~} loud.", "It is very loud."),
        ("It is [very]{.smallcaps} loud.", "It is very loud."),
        ("It is [[Very|very]] loud.", "It is very loud."),
        ("It is [[very]] loud.", "It is very loud."),
        ("- [ ] ring\n- [x] rest", "☐ ring ☑ rest"),
        ("1. [-] ring ^id-1\n2. [/] rest", "☐ ring ☐ rest"),
        ("It rang :tada:", "It rang 🎉"),
        ("> [!warning] Low water\n> The weir is shut.", "Low waterThe weir is shut."),
        ("> [!faq]- Why?\n> Nobody knows.", "Why?Nobody knows."),
        ("> [!NOTE]\n> It is shut.", "NoteIt is shut."),
        (":::tip[Low water]\nThe weir is shut.\n:::", "Low water"),
        (":::note Low water\nThe weir is shut.\n:::", "Low water"),
        ('!!! note "Low water"\n    The weir is shut.', "Low water / The weir is shut."),
        ("| A bell\n| and a rope", "A belland a rope"),
        ("| A bell\n|   and a rope\n|\n| rang", "A bell\u00a0\u00a0and a roperang"),
    ],
)
def test_marks_with_a_meaning_are_read(text: str, expected: str) -> None:
    """Text in other programs' marks stays, without the marks."""
    assert expected.replace(" / ", " ") == body(text)[0].replace(" / ", " ")


def test_raised_and_lowered_text() -> None:
    """Pandoc's marks for raised and lowered text are read; a tilde or caret alone is text."""
    text = "H~2~O, P~a\\ cat~ and ^238^~92~U are 2^10^, x^a\\ b^ and ~20 or ^_^."
    inlines = list(walk(load(text).blocks))
    lowered = [format_text(node) for node in inlines if isinstance(node, Subscript)]
    raised = [format_text(node) for node in inlines if isinstance(node, Superscript)]

    assert ["2", "a\u00a0cat", "92"] == lowered
    assert ["238", "10", "a\u00a0b"] == raised


def test_text_between_single_tildes_is_struck_out() -> None:
    """As on GitHub, but not within a word; a cancelled task is struck out too."""
    inlines = list(walk(load("It ~never~ rang, ~not once~.\n\n- [-] Ring *it*\n\n~*~").blocks))

    assert ["never", "not once", "Ring it"] == [
        format_text(node) for node in inlines if isinstance(node, Strike)
    ]


def test_highlighted_text_keeps_its_mark() -> None:
    """`==…==` and `<mark>` are the author's, for readers; what an editor highlights is only text."""
    text = "A ==*bell*==, a <mark>rope</mark>, a {==post==}{>>whose?<<}; a == b and c == d."
    inlines = list(walk(load(text).blocks))

    assert ["bell", "rope"] == [
        format_text(node) for node in inlines if isinstance(node, Highlight)
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("![[Minutes of May]]", "markdown.embed"),
        ("See [[Minutes]].", "markdown.wiki-link"),
        ("- [>] ring\n- [?] rest", "markdown.task"),
        ("It rang :no_such_emoji:.", "markdown.emoji"),
        ("It rang [@oddy2004, p. 3].", "markdown.citation"),
        ("It {--never--} rang.", "markdown.edits"),
        ("+---+---+\n| a | b |\n+---+---+", "markdown.table"),
        ("```mermaid\ngraph TD\n```", "markdown.template"),
        ("```{note}\nIt rang.\n```", "markdown.template"),
    ],
)
def test_what_cannot_be_read_gives_a_warning(text: str, code: str) -> None:
    """Nothing of another program is mailed without a warning."""
    assert [code] == codes(load(text).warnings)


@pytest.mark.parametrize(
    "comment",
    [
        "{% comment %}ask Nell{% endcomment %}",
        "{%- comment -%}\nask Nell\n\nbefore we print\n{%- endcomment -%}",
        "{{< comment >}}ask Nell{{< /comment >}}",
        "{{% comment %}}\nask Nell\n{{% /comment %}}",
        "{{!-- ask {{name}} Nell --}}",
        "{{! ask Nell }}",
        "{{/* ask Nell */}}",
        "<%# ask Nell %>",
    ],
)
def test_comments_of_template_languages_are_left_out(comment: str) -> None:
    """What other programs do not publish is not mailed: it is listed as a comment, in a line or on lines of its own."""
    for text in (f"It rang. {comment} It rests.", f"It rang.\n\n{comment}\n\nIt rests."):
        article = load(text)

        assert "It rang. It rests." == " ".join(" ".join(body(text)).split())
        assert "ask" in texts_by_reason(article.dropped)["markdown.comment"]
        assert [] == codes(article.warnings)


def test_a_comment_in_code_or_without_an_end_stays() -> None:
    """Code shows how comments are written, and a start without an end hides nothing."""
    assert ["{% comment %}a{% endcomment %}"] == body("    {% comment %}a{% endcomment %}")
    assert "It rests." in body("It rang. {{!-- a\n\nIt rests.")


def test_tags_that_are_no_html_give_one_warning() -> None:
    """A tag of another program, or a name in angle brackets, is told once with its name, and what is inside stays."""
    article = load(
        'Dear <firstname>,\n\n<Callout>\n\nIt rang.\n\n</Callout>\n\n<Tweet id="1"/> <ins>x</ins>'
    )
    (warning,) = article.warnings

    assert "markdown.unknown-tag" == warning.code
    assert "“<firstname>”, “<callout>”, “<tweet>”" in warning.message
    assert "It rang." in [format_text(block) for block in article.blocks]


def test_a_warning_names_several_places() -> None:
    """Places of one kind are told in one warning: the first three, and how many there are besides."""
    text = "\n\n".join(f"See [[Minutes {number}]]." for number in range(5))
    (warning,) = load(text).warnings

    assert "“[[Minutes 0]]”, “[[Minutes 1]]”, “[[Minutes 2]]” and 2 more" in warning.message


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("![[bell.png|300]]", (300, None)),
        ("![[bell.png|300x200]]", (300, 200)),
        ("![A bell|300](bell.png)", (300, None)),
        ("![A bell](bell.png =300x200)", (300, 200)),
        ("![A bell](bell.png =300x)", (300, None)),
        ("![A bell](bell.png){width=300}", (300, None)),
        ('<img src="bell.png" alt="A bell" style="height: auto; max-width: 300px">', (300, None)),
        ("![A bell](bell.png)", (None, None)),
        ("![A bell\\|300](bell.png)", (None, None)),
    ],
)
def test_pictures_keep_their_size(text: str, size: tuple[int | None, int | None]) -> None:
    """Wherever the width is written: some email programs stretch a picture that has none."""
    (picture,) = (node for node in walk(load(text).blocks) if isinstance(node, Figure))

    assert ("bell.png", size) == (picture.src, (picture.width, picture.height))
    assert picture.alt == ("" if "[[" in text else "A bell|300" if "\\" in text else "A bell")


@pytest.mark.parametrize(
    "text",
    [
        "C++ and D++ are languages.",
        "It costs $5 and not $10 or 100%.",
        "a == b and c == d",
        "At 10:30:45 it rang.",
        "Wait... :) and ^^",
        "See [1](https://example.org/a), [[2]](https://example.org/b).",
        "50%% of it",
        "It is ~20 or ~30.",
        "A | B",
    ],
)
def test_text_with_the_same_characters_stays(text: str) -> None:
    """Ordinary text with such characters stays as it is, without a warning."""
    article = load(text)
    plain = text.replace("](https://example.org/a)", "").replace("](https://example.org/b)", "")

    assert plain.replace("[1", "1").replace("[[2]", "[2]") == format_text(article.blocks[0])
    assert [] == codes(article.warnings)


@pytest.mark.parametrize(
    ("text", "hrefs"),
    [
        ("See https://example.org/a?p=4&q=1, too.", ["https://example.org/a?p=4&q=1"]),
        ("(see https://example.org/a_(b))", ["https://example.org/a_(b)"]),
        ("www.example.org.", ["https://www.example.org"]),
        ("It rang.[^1]\n\n[^1]: https://example.org/diary", ["https://example.org/diary"]),
        ("https://example.org/a_b_c*d", ["https://example.org/a_b_c*d"]),
        ("https://example.org/a\\_b.", ["https://example.org/a_b"]),
        ("`https://example.org/a`", []),
        ("[https://example.org/a](https://example.org/b)", ["https://example.org/b"]),
        ('<a href="https://example.org/b">https://example.org/a</a>', ["https://example.org/b"]),
        ("<https://example.org/a>", ["https://example.org/a"]),
        ("https\\://example.org/a", []),
    ],
)
def test_web_addresses_in_text_are_links(text: str, hrefs: list[str]) -> None:
    """A web address in text or a note is a link, without the punctuation after it; not in code or in a link."""
    article = load(text)
    nodes = [*walk(article.blocks), *walk(article.notes)]

    assert hrefs == [node.href for node in nodes if isinstance(node, Link)]


def test_items_that_only_defined_a_note_are_removed() -> None:
    """A list item, quotation or list that contained only the definition of a note does not stay behind."""
    assert ["It rang.[1]"] == body("It rang.[^1]\n\n- [^1]: Harbour book.")
    assert ["It rang."] == body("- It rang.[^1]\n- > [^1]: Harbour book.")


@pytest.mark.parametrize(
    "text",
    [
        ":::" + " " * 20_000 + "!",
        ":" * 40_000,
        "## a {" + " " * 40_000 + "}",
        "%%" * 20_000,
        "==a " * 10_000,
        "{~~" * 10_000,
        "[[" * 10_000,
        "$a_" * 10_000,
        "~a" * 20_000,
        "a~" + "\\ " * 20_000,
        "~b " * 10_000,
        "\\(" * 10_000,
        "![a](b =" * 5_000,
        "\\begin{a}" * 5_000,
        "https://" * 5_000,
        "https://a.b/" + ")" * 5_000,
    ],
)
def test_long_lines_of_marks_are_read_quickly(text: str) -> None:
    """Lines made to slow a pattern down are read like any other; the test's own time limit is the guard."""
    assert load(f"It rang.\n\n{text}").blocks


def test_a_file_of_half_a_million_lines_is_refused() -> None:
    """A file far longer than an article is refused in a sentence, at once."""
    with pytest.raises(LoadError, match="50,000 lines"):
        load("word\n" * 500_000)


def test_notes_inside_notes_without_end_are_read() -> None:
    """Definitions nested far deeper than anybody writes them do not slow the load down."""
    assert load("".join("    " * n + f"[^{n}]: a\n\n" for n in range(300))).notes
