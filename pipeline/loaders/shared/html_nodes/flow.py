"""Gather blocks and inlines as they come, and make paragraphs and figures of the inlines between blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast, get_args

from pipeline.loaders.shared.html_nodes.account import Account
from pipeline.loaders.shared.html_nodes.inline_text import (
    Picture,
    is_blank,
    is_wrapper,
    note_refs,
    settle,
)
from pipeline.models.article import (
    Block,
    Break,
    Figure,
    Heading,
    Image,
    Inline,
    Link,
    NoteRef,
    Paragraph,
    Text,
)

_BLOCKS = get_args(Block)

#: Builds one inline around others: `Strong`, or a link with its address already in it.
Wrap = Callable[[tuple[Inline, ...]], Inline]


class Flow:
    """
    The content of one container, in the making.

    Args:
        has_figures: Whether a picture that stands alone becomes a figure; in table cells and headings it does not.
    """

    def __init__(self, account: Account, *, has_figures: bool = True) -> None:
        self.has_figures = has_figures
        self._account = account
        self._blocks: list[Block] = []
        self._pending: list[Inline] = []

    @property
    def has_blocks(self) -> bool:
        """Whether a block was finished already."""
        return bool(self._blocks)

    def text(self, text: str | None) -> None:
        """Go on with *text*."""
        if text:
            self._pending.append(Text(text=text))

    def add(self, *nodes: Block | Inline) -> None:
        """Go on with finished *nodes*; a block ends the paragraph before it."""
        for node in nodes:
            if isinstance(node, _BLOCKS):
                self.end()
                self._blocks.append(node)
            else:
                self._pending.append(cast("Inline", node))

    def wrap(self, inner: Flow, wrap: Wrap) -> bool:
        """
        Go on with what *inner* gathered, each run of inlines within *wrap*.

        Returns:
            Whether there was anything to wrap.
        """
        if inner._blocks:
            wrapped = [_wrapped(block, wrap) for block in inner.close()]
            self.end()
            self._blocks += [new for new, _ in wrapped]
            return any(did for _, did in wrapped)
        if is_blank(inner._pending):
            self._pending += inner._pending
            return False
        self._pending.append(wrap(tuple(inner._pending)))
        return True

    def end(self) -> None:
        """End the paragraph."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        figures = self._figures(pending) if self.has_figures else None
        if figures is not None:
            self._blocks += figures
            return
        inlines = settle(self._images(pending), self._account)
        if inlines:
            self._blocks.append(Paragraph(inlines=inlines))

    def take(self) -> tuple[Inline, ...]:
        """Return the inlines of the paragraph that has not ended, as they came."""
        pending, self._pending = tuple(self._pending), []
        return pending

    def close(self) -> tuple[Block, ...]:
        """Return the blocks; what follows belongs to none of them."""
        self.end()
        blocks, self._blocks = tuple(self._blocks), []
        return blocks

    def _figures(self, pending: Sequence[Inline]) -> list[Figure] | None:
        """Return figures if *pending* is pictures, linked or not, each with its note references; else null."""
        figures: list[Figure] = []
        for node in pending:
            picture, link = _picture(node)
            if picture:
                figures.append(self._figure(picture, link))
            elif isinstance(node, NoteRef) and figures:
                figures[-1] = replace(figures[-1], caption=(*figures[-1].caption, node))
            elif not is_blank([node]):
                return None
        return figures or None

    def _figure(self, picture: Picture, link: Link | None) -> Figure:
        if link and link.title:
            self._account.drop("link.title", link.title)
        return Figure(
            src=picture.src or None,
            alt=picture.alt,
            caption=(
                *((Text(text=picture.title),) if picture.title else ()),
                *(note_refs(link.inlines) if link else ()),
            ),
            href=link.href if link else None,
            width=picture.width,
            height=picture.height,
        )

    def _images(self, inlines: Sequence[Inline]) -> tuple[Inline, ...]:
        return tuple(
            self._image(node)
            if isinstance(node, Picture)
            else replace(node, inlines=self._images(node.inlines))
            if is_wrapper(node)
            else node
            for node in inlines
        )

    def _image(self, picture: Picture) -> Inline:
        """Return *picture* as part of a line; one that was lost is its alternative text."""
        self._account.drop("image.title", picture.title)
        if not picture.src:
            return Text(text=picture.alt)
        return Image(src=picture.src, alt=picture.alt)


def _picture(node: Inline) -> tuple[Picture | None, Link | None]:
    """Return the picture that *node* is, and the link around it."""
    if isinstance(node, Picture):
        return node, None
    if not isinstance(node, Link):
        return None, None
    seen = [inner for inner in node.inlines if not is_blank([inner])]
    pictures = [inner for inner in seen if isinstance(inner, Picture)]
    others = [inner for inner in seen if not isinstance(inner, (Picture, NoteRef, Break))]
    return (pictures[0], node) if len(pictures) == 1 and not others else (None, None)


def _wrapped(block: Block, wrap: Wrap) -> tuple[Block, bool]:
    """Return *block* with its words within *wrap*, where it has any of its own, and whether it had."""
    if isinstance(block, (Paragraph, Heading)):
        return replace(block, inlines=(wrap(block.inlines),)), True
    around = wrap(())
    if isinstance(block, Figure) and isinstance(around, Link) and not block.href:
        return replace(block, href=around.href), True
    return block, False
