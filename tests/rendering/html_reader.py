"""
Parse an email with another parser than those that wrote it: Python's own `html.parser`.

It is stricter than a browser: every element must be closed where it was opened. Only empty list items, terms and
cells may lack their end tag, as HTML allows and libxml2 writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import cast

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
BLOCKS = frozenset(
    "address article blockquote body br caption dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre section table tbody td"
    " tfoot th thead tr ul".split()
)
ENDLESS = frozenset({"dd", "dt", "li", "td", "th"})
SILENT = frozenset({"head", "style", "script", "title"})


@dataclass(kw_only=True, eq=False)
class Element:
    """An element, its attributes and its children."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)
    parent: Element | None = None

    def __iter__(self) -> Iterator[Element]:
        """Yield this element and all below it, in reading order."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child

    def all(self, *tags: str) -> list[Element]:
        """Return the elements of *tags* at and below this one."""
        return [element for element in self if element.tag in tags]

    @property
    def classes(self) -> list[str]:
        """The names in its `class`."""
        return self.attributes.get("class", "").split()

    def find_class(self, name: str) -> list[Element]:
        """Return the elements of the class *name* at and below this one."""
        return [element for element in self if name in element.classes]

    def text(self, *, without: str | tuple[str, ...] = ()) -> str:
        """Return its visible text, without elements of the classes *without*."""
        return squeezed(self._text((without,) if isinstance(without, str) else without))

    def _text(self, without: tuple[str, ...]) -> str:
        if self.tag in SILENT or not set(without).isdisjoint(self.classes):
            return ""
        words = "".join(
            child if isinstance(child, str) else child._text(without) for child in self.children
        )
        return f"\n{words}\n" if self.tag in BLOCKS else words

    @property
    def styles(self) -> dict[str, str]:
        """The declarations of its `style`, with `margin` and `padding` split by side; the last one wins."""
        return declarations(self.attributes.get("style", ""))


class Page(HTMLParser):
    """
    One HTML document.

    Attributes:
        root: The parent of the document's elements.
        comments: The comments, in order.
        doctypes: The content of `<!…>`.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element(tag="")
        self.comments: list[str] = []
        self.doctypes: list[str] = []
        self._open = self.root
        self.feed(html)
        self.close()
        assert self._open is self.root, f"<{self._open.tag}> is never closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        if tag in ENDLESS:
            self._close_empty()
        element = Element(
            tag=tag, attributes={name: value or "" for name, value in attrs}, parent=self._open
        )
        self._open.children.append(element)
        if tag not in VOID:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != self._open.tag:
            self._close_empty()
        assert tag == self._open.tag, f"</{tag}> closes <{self._open.tag}>"
        self._open = cast(Element, self._open.parent)

    def _close_empty(self) -> None:
        if self._open.tag in ENDLESS and not any(map(str.strip, map(str, self._open.children))):
            self._open = cast(Element, self._open.parent)

    def handle_data(self, data: str) -> None:
        self._open.children.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_decl(self, decl: str) -> None:
        self.doctypes.append(decl)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"<![{data}> stands outside a comment")

    @property
    def prose(self) -> list[Element]:
        """The cells with the article's HTML."""
        return self.root.find_class("prose")

    @property
    def ids(self) -> list[str]:
        """All ids, in order."""
        return [e.attributes["id"] for e in self.root if "id" in e.attributes]

    @property
    def links(self) -> list[str]:
        """The URLs of all links, in order."""
        return [e.attributes["href"] for e in self.root.all("a") if "href" in e.attributes]


def squeezed(text: str) -> str:
    """Return *text* as a browser shows it, with white space collapsed."""
    return re.sub(r"[ \t\r\n\f]+", " ", text).strip(" ")


def declarations(style: str) -> dict[str, str]:
    """Return the declarations of a `style` attribute by property, with `margin` and `padding` split by side."""
    found: dict[str, str] = {}
    for declaration in re.split(r";(?=(?:[^\"']|\"[^\"]*\"|'[^']*')*$)", style):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), " ".join(value.replace('"', "'").split())
        if name in ("margin", "padding"):
            sides = value.split()
            top, right = sides[0], sides[min(1, len(sides) - 1)]
            bottom = sides[2] if len(sides) > 2 else top
            left = sides[3] if len(sides) > 3 else right
            for side, size in zip(
                ("top", "right", "bottom", "left"), (top, right, bottom, left), strict=True
            ):
                found[f"{name}-{side}"] = size.replace("0px", "0") if size == "0px" else size
        elif name:
            found[name] = value
    return found


def comments(html: str) -> list[str]:
    """Return the comments of *html*, byte for byte."""
    return re.findall(r"<!--.*?-->", html, re.DOTALL)


def styles(html: str) -> list[str]:
    """Return the `<style>` elements of *html* outside of comments, byte for byte."""
    return re.findall(
        r"<style.*?</style>", re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL), re.DOTALL
    )
