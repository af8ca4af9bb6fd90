"""Collect blocks and inlines in document order and build paragraphs and figures from the inlines between blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast, get_args

from pipeline.loaders.shared.html_nodes.inline_text import (
    find_note_refs,
    is_blank,
    is_wrapper,
    normalize_inlines,
)
from pipeline.loaders.shared.html_nodes.load_report import LoadReport
from pipeline.loaders.shared.html_nodes.pending_image import PendingImage
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

#: Builds an inline around others: `Strong`, or a link whose URL is already set.
Wrap = Callable[[tuple[Inline, ...]], Inline]


class BlockBuilder:
    """
    Builds the content of one container.

    With *has_figures* an image that stands alone becomes a figure; in table cells and headings it does not.
    """

    def __init__(self, report: LoadReport, *, has_figures: bool = True) -> None:
        self.has_figures = has_figures
        self._report = report
        self._blocks: list[Block] = []
        self._pending: list[Inline] = []

    @property
    def has_blocks(self) -> bool:
        """Whether it contains a finished block."""
        return bool(self._blocks)

    def add_text(self, text: str | None) -> None:
        """Append *text* to the current paragraph."""
        if text:
            self._pending.append(Text(text=text))

    def add(self, *nodes: Block | Inline) -> None:
        """Append finished *nodes*; a block ends the current paragraph."""
        for node in nodes:
            if isinstance(node, _BLOCKS):
                self.end_paragraph()
                self._blocks.append(node)
            else:
                self._pending.append(cast("Inline", node))

    def add_wrapped(self, inner: BlockBuilder, wrap: Wrap) -> bool:
        """Append the content of *inner*, each run of inlines wrapped by *wrap*; return whether there was any."""
        if inner._blocks:
            wrapped = [_wrap_block(block, wrap) for block in inner.pop_blocks()]
            self.end_paragraph()
            self._blocks += [block for block, _ in wrapped]
            return any(is_wrapped for _, is_wrapped in wrapped)
        if is_blank(inner._pending):
            self._pending += inner._pending
            return False
        self._pending.append(wrap(tuple(inner._pending)))
        return True

    def end_paragraph(self) -> None:
        """Build a paragraph or figures from the current inlines."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        figures = self._build_figures(pending) if self.has_figures else None
        if figures is not None:
            self._blocks += figures
            return
        inlines = normalize_inlines(self._resolve_images(pending), self._report)
        if inlines:
            self._blocks.append(Paragraph(inlines=inlines))

    def pop_inlines(self) -> tuple[Inline, ...]:
        """Return the inlines of the unfinished paragraph, unchanged, and remove them."""
        pending, self._pending = tuple(self._pending), []
        return pending

    def pop_blocks(self) -> tuple[Block, ...]:
        """Return all blocks, the current paragraph included, and remove them."""
        self.end_paragraph()
        blocks, self._blocks = tuple(self._blocks), []
        return blocks

    def _build_figures(self, pending: Sequence[Inline]) -> list[Figure] | None:
        """Return figures if *pending* is only images, linked or not, each with its note references; else None."""
        figures: list[Figure] = []
        for node in pending:
            image, link = _find_image(node)
            if image:
                figures.append(self._build_figure(image, link))
            elif isinstance(node, NoteRef) and figures:
                figures[-1] = replace(figures[-1], caption=(*figures[-1].caption, node))
            elif not is_blank([node]):
                return None
        return figures or None

    def _build_figure(self, image: PendingImage, link: Link | None) -> Figure:
        if link and link.title:
            self._report.drop("link.title", link.title)
        return Figure(
            src=image.src or None,
            alt=image.alt,
            caption=(
                *((Text(text=image.title),) if image.title else ()),
                *(find_note_refs(link.inlines) if link else ()),
            ),
            credit=image.credit or None,
            href=link.href if link else None,
            width=image.width,
            height=image.height,
        )

    def _resolve_images(self, inlines: Sequence[Inline]) -> tuple[Inline, ...]:
        return tuple(
            self._resolve_image(node)
            if isinstance(node, PendingImage)
            else replace(node, inlines=self._resolve_images(node.inlines))
            if is_wrapper(node)
            else node
            for node in inlines
        )

    def _resolve_image(self, image: PendingImage) -> Inline:
        """Return *image* as an inline; without a source it becomes its alternative text."""
        self._report.drop("image.title", image.title)
        self._report.drop("image.credit", image.credit)
        if not image.src:
            return Text(text=image.alt)
        return Image(src=image.src, alt=image.alt)


def _find_image(node: Inline) -> tuple[PendingImage | None, Link | None]:
    """Return the image that *node* is, and the link around it."""
    if isinstance(node, PendingImage):
        return node, None
    if not isinstance(node, Link):
        return None, None
    visible = [inner for inner in node.inlines if not is_blank([inner])]
    images = [inner for inner in visible if isinstance(inner, PendingImage)]
    others = [inner for inner in visible if not isinstance(inner, (PendingImage, NoteRef, Break))]
    return (images[0], node) if len(images) == 1 and not others else (None, None)


def _wrap_block(block: Block, wrap: Wrap) -> tuple[Block, bool]:
    """Return *block* with its own inlines wrapped by *wrap*, and whether it has any."""
    if isinstance(block, (Paragraph, Heading)):
        return replace(block, inlines=(wrap(block.inlines),)), True
    wrapper = wrap(())
    if isinstance(block, Figure) and isinstance(wrapper, Link) and not block.href:
        return replace(block, href=wrapper.href), True
    return block, False
