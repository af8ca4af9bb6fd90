"""
Random Markdown: no word is lost or repeated, and notes come back as written.

What must come back is known from how the text was written, not from parsing it again.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import LoadError
from pipeline.loaders.shared.completeness import find_unplaced_words
from pipeline.models.article import Article, Code, Figure, Image, InlineCode, Link, Quote, Text
from pipeline.models.tree import walk
from tests.loaders.markdown.source import read

#: Pieces of Markdown, HTML and the syntax of other programs, to be combined at random.
PIECES = (
    *(
        "a",
        "b ",
        "foo",
        "É",
        "1",
        "22",
        " ",
        "    ",
        "\t",
        "\n",
        "\n\n",
        "\u00a0",
        "\u2028",
        "İ",
        "ß",
        "x²",
        "中",
    ),
    *(
        "> ",
        ">",
        "- ",
        "* ",
        "1. ",
        "7) ",
        "# ",
        "## ",
        "===\n",
        "---\n",
        "***",
        "+++\n",
        "title: x\n",
        "% t\n",
    ),
    *(
        "**",
        "*",
        "_",
        "__",
        "~~",
        "`",
        "``",
        "```",
        "```py\n",
        "~~~",
        "\\",
        "\\*",
        "\\[",
        "[",
        "]",
        "(",
        ")",
        "!",
    ),
    *(
        "](x)",
        "](<x y>)",
        "[r]: /ref 't'\n",
        "[r]",
        "[x][r]",
        "![",
        '![alt](p.png "cap")',
        "![i][r]",
        "[#x](#x)",
    ),
    *(
        "[^1]",
        "[^1]: note ",
        "[^a]",
        "[^a]: other\n",
        "^[in ",
        "^[",
        "[^no]",
        "[^",
        "|",
        "|---|---|\n",
        "| a | b |\n",
    ),
    *(
        "<b>",
        "</b>",
        "<div>",
        "</div>",
        "<p>",
        "</p>",
        "</a>",
        "<br>",
        "<hr>",
        "<sup>",
        "</sup>",
        "<pre>",
        "</pre>",
    ),
    *(
        '<a href="http://e.org/q?x=1&copy=2">',
        "<a href='javascript:x'>",
        '<img src="i.png" alt="im alt" title=tt>',
    ),
    *(
        "<!-- com -->",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<style>",
        "<table><tr><td>",
        "<td>",
        "</table>",
    ),
    *(
        "<ul><li>",
        "<li>",
        "</li>",
        "<dl><dt>t<dd>d",
        "<figure>",
        "<figcaption>c",
        "</figure>",
        "<details><summary>",
    ),
    *(
        '<iframe src="//v.org/1" title="vid">',
        "</iframe>",
        "<video>",
        "<source src=a.mp4>",
        "<code>",
        "</code>",
    ),
    *(
        '<a href="#fn:1">1</a>',
        '<a href="#fn:a">see</a>',
        '<sup><a id="r.1" href="#f.1">1</a></sup>',
        "<h2 id=z>",
    ),
    *(
        '<sup><a id="f.1" href="#r.1">1</a></sup> First\n\n',
        '<ol class="footnotes"><li id="n1">',
        "<?php x ?>",
        "</",
    ),
    *(
        "<![CDATA[ cd ]]>",
        "<!DOCTYPE html>",
        "&amp;",
        "&eacute;",
        "&#50;",
        "&#12;",
        "&nope;",
        "&",
        "<",
        ">",
        '"',
    ),
    *(
        "<https://e.org/a>",
        "<m@e.org>",
        "{{ name }}",
        '{{ n | "dear *you*" }}',
        "{{",
        "}}",
        "{{< s >}}",
        "{% t %}",
    ),
    *(
        "{#id}",
        "{: .cl}",
        "{.c}",
        "{:toc}",
        ": def\n",
        "Term\n: d",
        "> [!NOTE]\n",
        ":::\n",
        "[l]({{< r e >}})",
    ),
)

random_markup = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(text=random_markup)
@example("ß{:}中")
@example('<a href="2"><e>^[\\r]<pre>')
@example('<sup ><img src="i" ><a f=""><n class="sidenote">')
@example('<iframe src=d>{{e|""}}')
def test_random_markup(text: str) -> None:
    """Pieces of markup in any order are read without losing a word."""
    try:
        read(text)
    except LoadError as error:
        assert str(error).startswith("article.md:")


@given(text=st.text(max_size=200))
def test_random_text(text: str) -> None:
    """Any text in any script is read without losing a word, unless it is binary."""
    try:
        read(text.encode(errors="ignore").decode())
    except LoadError as error:
        assert str(error).startswith("article.md:")


#: Markup that never hides a word: no URLs, no labels, no lines that open or close code.
VISIBLE_MARKUP = (
    *(
        " ",
        "\n",
        "\n\n",
        "\n> ",
        "\n- ",
        "\n    ",
        "\n# ",
        "\n\n| ",
        " | ",
        "\n--- | ---\n",
        "\n===\n",
        "\n---\n",
    ),
    *(
        " *",
        "* ",
        "**",
        "_",
        "~~",
        " `",
        "` ",
        "[",
        "] ",
        "![",
        "](",
        ") ",
        "(",
        "\\",
        "&amp;",
        "&mdash;",
        "< ",
        "> ",
    ),
    *(
        " <b>",
        "</b> ",
        "<br>",
        "<i>",
        "<div>",
        "\n<div>\n",
        "\n</div>\n",
        "<!---->",
        "^[",
        "\t",
        "  \n",
        "\n: ",
    ),
)


@given(markup=st.lists(st.sampled_from(VISIBLE_MARKUP), min_size=1, max_size=40))
def test_each_word_is_placed_once(markup: list[str]) -> None:
    """Words between markup are in the article once each: as text, code, alternative text or URL."""
    text = "".join(f"{character}w{number}x" for number, character in enumerate(markup))
    expected = {f"w{number}x" for number in range(len(markup))}
    result = read(text)
    in_alt = [mark.text for mark in result.markup if mark.rule == "markdown.markup-in-alt"]
    texts = " ".join([*list_texts(result.article), *in_alt])
    found = Counter(re.findall(r"w\d+x", texts))
    assert expected == set(found)
    assert not [word for word, times in found.items() if times > 1]


def list_texts(article: Article) -> list[str]:
    """Return all text in *article* and its dropped entries, and the URLs in it."""
    texts = [article.title or "", *(entry.text for entry in article.dropped)]
    addresses: dict[str, str] = {}  # a note inside a link splits it in two
    for node in walk((article.blocks, article.notes)):
        match node:
            case Text(text=text):
                texts.append(text)
            case InlineCode(code=code) | Code(code=code):
                texts.append(code)
            case Image(src=src, alt=alt) | Figure(src=src, alt=alt):
                texts += [src or "", alt]
            case Link(href=href, title=title):
                addresses[href] = title or ""
            case Quote(attribution=by):
                texts.append(by or "")
    return [*texts, *addresses, *addresses.values()]


# Syntax that hides words: the writer knows which are visible


@dataclass
class Draft:
    """A text being written, its visible words, and those that are syntax."""

    lines: list[str] = field(default_factory=list)
    visible: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def show(self) -> str:
        self.visible.append(f"seen{to_alphabet(len(self.visible))}")
        return self.visible[-1]

    def hide(self) -> str:
        self.hidden.append(f"hidden{to_alphabet(len(self.hidden))}")
        return self.hidden[-1]


def to_alphabet(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def write_block(kind: str, draft: Draft) -> str:
    """Return a block of one *kind*."""
    show, hide = draft.show, draft.hide
    match kind:
        case "link":
            return (
                f'{show()} [{show()} *{show()}*](https://example.org/{hide()} "{hide()}") {show()}'
            )
        case "reference":
            label = hide()
            return f"[{show()}][{label}] {show()}\n\n[{label}]: <{hide()} {hide()}> '{hide()}'"
        case "unused":
            return f"{show()}\n\n[{hide()}]: {hide()}"
        case "picture":
            return f"{show()} ![{show()} **{show()}**]({hide()}.png) {show()}"
        case "note":
            label = hide()
            return (
                f"{show()}[^{label}] {show()}\n\n[^{label}]: {show()}\n\n    {show()} ^[{show()}]"
            )
        case "fence":
            return f"```{hide()} {hide()}\n{show()} <{show()}> [{show()}]({show()})\n```"
        case "html":
            return (
                f"{show()} <span class=\"{hide()}\" data-{hide()}='{hide()}'>{show()}</span> "
                f"<a href={hide()}>{show()}</a> <{hide()}>{show()}"
            )
        case "html-block":
            return f'<div id="{hide()}">\n<p style={hide()}>{show()} {show()}\n</div>'
        case "heading":
            return f"## {show()} {show()} {{#{hide()} .{hide()}}}"
        case "attributes":
            return f"{show()} {show()}\n{{: .{hide()} {hide()}={hide()}}}"
        case "list":
            return f"- {show()}\n- {show()}\n\n  {show()}\n\n---\n\n5. {show()}\n   > {show()}"
        case "table":
            return f"| {show()} | {show()} |\n|:--|--:|\n| {show()} \\| {show()} | `{show()}` | {show()} |"
        case _:
            return f"{show()} *{show()} __{show()}__* &copy; <https://example.org/{show()}>"


KINDS = "link reference unused picture note fence html html-block heading attributes list table plain".split()


@given(kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=12))
def test_visible_words_and_syntax(kinds: list[str]) -> None:
    """Visible words are in the article once each, words of syntax never; a lost word is detected."""
    draft = Draft()
    text = "\n\n".join(write_block(kind, draft) for kind in kinds)
    result = read(f"{draft.show()}\n\n{text}")
    texts = [
        getattr(node, name, None) or ""
        for node in walk((result.article.blocks, result.article.notes))
        for name in ("text", "alt", "code", "attribution")
    ]
    assert Counter(draft.visible) == Counter(re.findall(r"(?:seen|hidden)[a-j]+", " ".join(texts)))
    syntax = " ".join(mark.text for mark in result.markup)
    assert [] == re.findall(r"seen[a-j]+", syntax)
    incomplete = replace(result, article=replace(result.article, blocks=result.article.blocks[1:]))
    assert [draft.visible[-1]] == find_unplaced_words(incomplete)
