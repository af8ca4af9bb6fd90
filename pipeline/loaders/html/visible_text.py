"""
Read the visible text of HTML without building a tree, to check that the loader's tree holds all of it.

It shares no code with lxml, which the loader uses: a parser cannot notice what it has dropped itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from html import unescape

from pipeline.loaders.shared.completeness import split_words
from pipeline.loaders.shared.html_nodes.load_report import find_missing_words
from pipeline.loaders.shared.html_tokenizer import (
    EndTag,
    HtmlText,
    SpecialMarkup,
    StartTag,
    tokenize_html,
)

#: Elements allowed in a head (WHATWG HTML §13.2.6.4.4); any other begins the body.
IN_HEAD = frozenset(
    "base basefont bgsound link meta noframes noscript script style template title".split()
)
#: Elements whose content browsers do not show.
_HIDDEN = frozenset("iframe noembed noframes script style template".split())
_HIDDEN_IN_HEAD = _HIDDEN | {"noscript", "title"}
_VERBATIM = frozenset("plaintext textarea title xmp".split())
_UNCLOSED_QUOTE = re.compile(r"""=\s*(?:"[^"]*|'[^']*)$""")
#: A tag, comment or declaration that does not end: browsers show nothing from there on.
_UNFINISHED = re.compile(r"<(?:[A-Za-z!?]|/[^>])")


def iter_texts(html: str) -> Iterator[str]:
    """Yield the texts between the tags of *html* and the alternative texts of images, as far as browsers show them."""
    hidden_in, depth, is_head, is_verbatim = "", 0, True, False
    for token in tokenize_html(html.replace("<![CDATA[", "<!CDATA[")):  # in HTML it ends at ">"
        match token:
            case StartTag(name=name):
                if any(each.name.startswith("=") for each in token.attributes):
                    return  # a quote that does not end: browsers take the rest for the value
                is_head = name in {"html", "head"} or (is_head and name in IN_HEAD)
                is_verbatim = name in _VERBATIM
                if not hidden_in and name in (_HIDDEN_IN_HEAD if is_head else _HIDDEN):
                    hidden_in, depth = name, 0
                depth += name == hidden_in
                if name == "img" and not hidden_in:
                    sources = (each.source for each in token.attributes if each.name == "alt")
                    yield unescape(next(sources, "").strip("\"'"))
            case EndTag(name=name, rest=rest):
                if _UNCLOSED_QUOTE.search(rest):
                    return
                is_head = is_head and name != "head"
                is_verbatim = False
                depth -= name == hidden_in
                hidden_in = hidden_in if depth else ""
            case SpecialMarkup(text=text) if text.startswith("<!--"):
                if not text.endswith(("-->", "--!>")) and text != "<!->":
                    return
            case HtmlText(source=source, text=text) if not hidden_in:
                unfinished = None if is_verbatim else _UNFINISHED.search(source)
                yield unescape(source[: unfinished.start()]) if unfinished else text
                if unfinished:
                    return
                is_head = is_head and text.isspace()


def find_unread_words(html: str, found: Iterable[str]) -> list[str]:
    """
    Return the words of *html* that the texts *found* in its tree lack.

    A stray end tag may cut a word in two for one parser only, so words count as missing only if their characters do.
    """
    texts, found = list(iter_texts(html)), list(found)
    if not _count_characters(texts) - _count_characters(found):
        return []
    return find_missing_words(texts, found)


def _count_characters(texts: Iterable[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update("".join(split_words(text)))
    return counts
