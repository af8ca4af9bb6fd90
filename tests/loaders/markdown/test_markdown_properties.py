"""
Markdown at random: no word is lost or doubled, and notes come back as they were written.

What must come back is told by whoever wrote the text, not by a second look at it with the loader's parser.
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

#: Pieces of Markdown, HTML and other programs' signs, to be put together without sense.
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

soups = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(text=soups)
@example("ß{:}中")
@example('<a href="2"><e>^[\\r]<pre>')
@example('<sup ><img src="i" ><a f=""><n class="sidenote">')
@example('<iframe src=d>{{e|""}}')
def test_no_markup_makes_a_word_disappear(text: str) -> None:
    """Pieces of markup in any order are read, with no word unaccounted for."""
    try:
        read(text)
    except LoadError as told:
        assert str(told).startswith("article.md:")


@given(text=st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    """Any text of any script is read, with no word unaccounted for, unless it is no text at all."""
    try:
        read(text.encode(errors="ignore").decode())
    except LoadError as told:
        assert str(told).startswith("article.md:")


#: Signs of Markdown that never hide a word: no addresses, no labels, no lines that open or close code.
SIGNS = (
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


@given(signs=st.lists(st.sampled_from(SIGNS), min_size=1, max_size=40))
def test_each_word_stands_once(signs: list[str]) -> None:
    """Words between signs stand in the article once each: as words, code, alternative text or address."""
    text = "".join(f"{sign}w{number}x" for number, sign in enumerate(signs))
    expected = {f"w{number}x" for number in range(len(signs))}
    reading = read(text)
    in_alt = [mark.text for mark in reading.markup if mark.rule == "markdown.markup-in-alt"]
    shown = " ".join([*every_text(reading.article), *in_alt])
    found = Counter(re.findall(r"w\d+x", shown))
    assert expected == set(found)
    assert not [word for word, times in found.items() if times > 1]


def every_text(article: Article) -> list[str]:
    """Return all that can be read in *article* or its list of what was left out, and the addresses in it."""
    texts = [article.title or "", *(entry.text for entry in article.dropped)]
    addresses: dict[str, str] = {}  # a note within a link parts it in two
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


# Syntax that hides words: whoever writes it knows which are to be seen


@dataclass
class Written:
    """A text being written, the words to be seen in it, and those that are syntax."""

    lines: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def see(self) -> str:
        self.seen.append(f"seen{in_letters(len(self.seen))}")
        return self.seen[-1]

    def hide(self) -> str:
        self.hidden.append(f"hidden{in_letters(len(self.hidden))}")
        return self.hidden[-1]


def in_letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def write(kind: str, out: Written) -> str:
    """Return a block of one *kind*."""
    see, hide = out.see, out.hide
    match kind:
        case "link":
            return f'{see()} [{see()} *{see()}*](https://example.org/{hide()} "{hide()}") {see()}'
        case "reference":
            label = hide()
            return f"[{see()}][{label}] {see()}\n\n[{label}]: <{hide()} {hide()}> '{hide()}'"
        case "unused":
            return f"{see()}\n\n[{hide()}]: {hide()}"
        case "picture":
            return f"{see()} ![{see()} **{see()}**]({hide()}.png) {see()}"
        case "note":
            label = hide()
            return f"{see()}[^{label}] {see()}\n\n[^{label}]: {see()}\n\n    {see()} ^[{see()}]"
        case "fence":
            return f"```{hide()} {hide()}\n{see()} <{see()}> [{see()}]({see()})\n```"
        case "html":
            return (
                f"{see()} <span class=\"{hide()}\" data-{hide()}='{hide()}'>{see()}</span> "
                f"<a href={hide()}>{see()}</a> <{hide()}>{see()}"
            )
        case "html-block":
            return f'<div id="{hide()}">\n<p style={hide()}>{see()} {see()}\n</div>'
        case "heading":
            return f"## {see()} {see()} {{#{hide()} .{hide()}}}"
        case "attributes":
            return f"{see()} {see()}\n{{: .{hide()} {hide()}={hide()}}}"
        case "list":
            return f"- {see()}\n- {see()}\n\n  {see()}\n\n---\n\n5. {see()}\n   > {see()}"
        case "table":
            return (
                f"| {see()} | {see()} |\n|:--|--:|\n| {see()} \\| {see()} | `{see()}` | {see()} |"
            )
        case _:
            return f"{see()} *{see()} __{see()}__* &copy; <https://example.org/{see()}>"


KINDS = "link reference unused picture note fence html html-block heading attributes list table plain".split()


@given(kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=12))
def test_what_is_seen_and_what_is_syntax(kinds: list[str]) -> None:
    """Words to be seen are in the article once each, words of syntax never; a loss would be noticed."""
    out = Written()
    text = "\n\n".join(write(kind, out) for kind in kinds)
    reading = read(f"{out.see()}\n\n{text}")
    shown = [
        getattr(node, name, None) or ""
        for node in walk((reading.article.blocks, reading.article.notes))
        for name in ("text", "alt", "code", "attribution")
    ]
    assert Counter(out.seen) == Counter(re.findall(r"(?:seen|hidden)[a-j]+", " ".join(shown)))
    marked = " ".join(mark.text for mark in reading.markup)
    assert [] == re.findall(r"seen[a-j]+", marked)
    lost = replace(reading, article=replace(reading.article, blocks=reading.article.blocks[1:]))
    assert [out.seen[-1]] == find_unplaced_words(lost)
