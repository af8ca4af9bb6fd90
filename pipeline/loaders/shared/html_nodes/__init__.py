"""
From a DOM to the tree, through a closed vocabulary: what it does not know cannot reach a mail.

    account = Account()
    blocks = Reader(account, resolve).blocks(element)

`Reader` takes any lxml element, a page's body or a fragment. It keeps every word: elements it does not know are
unwrapped, scripts, styles, templates, heads and comments are listed in `account.dropped`, addresses a mail cannot
follow too, and their words stay. Classes, styles and event handlers have no place in the tree. Nesting deeper than
`MAX_DEPTH` is flattened. *resolve* lets a loader put what it found before, such as a note reference, in the place of
an element.
"""

from __future__ import annotations

from pipeline.loaders.shared.html_nodes.account import Account, difference
from pipeline.loaders.shared.html_nodes.inline_text import (
    collapse,
    is_blank,
    is_wrapper,
    merge,
    note_refs,
    pieces,
    settle,
)
from pipeline.loaders.shared.html_nodes.node_reader import (
    COUNTED_ATTRIBUTES,
    KNOWN_ELEMENTS,
    MAX_DEPTH,
    SILENT,
    Element,
    Reader,
    Resolve,
)
from pipeline.loaders.shared.html_nodes.safe_urls import safe_href, safe_src

__all__ = [
    "COUNTED_ATTRIBUTES",
    "KNOWN_ELEMENTS",
    "MAX_DEPTH",
    "SILENT",
    "Account",
    "Element",
    "Reader",
    "Resolve",
    "collapse",
    "difference",
    "is_blank",
    "is_wrapper",
    "merge",
    "note_refs",
    "pieces",
    "safe_href",
    "safe_src",
    "settle",
]
