"""
The article: a small typed tree every loader builds and every renderer reads.

Every block and inline names its kind in `type`; the names and fields are those of the JSON form
(`handbill load --json`), which `Article.to_json()` writes. Nothing outside this closed vocabulary can reach a mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Literal

from pipeline.models.tree import to_json

# Inlines


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Plain words."""

    type: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Strong:
    """Words of strong importance."""

    type: ClassVar[str] = "strong"
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Emphasis:
    """Stressed words."""

    type: ClassVar[str] = "emphasis"
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Strike:
    """Words struck out."""

    type: ClassVar[str] = "strike"
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Superscript:
    """Raised words: m², 1st."""

    type: ClassVar[str] = "superscript"
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscript:
    """Lowered words: H₂O."""

    type: ClassVar[str] = "subscript"
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Small:
    """Small print."""

    type: ClassVar[str] = "small"
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class InlineCode:
    """Code within a line."""

    type: ClassVar[str] = "code"
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A link: http, https, mailto, tel, or `#anchor` of a heading in the same article."""

    type: ClassVar[str] = "link"
    href: str
    title: str | None = None
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A picture that stands within a line."""

    type: ClassVar[str] = "image"
    src: str
    alt: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Break:
    """A line break the author made."""

    type: ClassVar[str] = "break"


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteRef:
    """The place a note is cited from."""

    type: ClassVar[str] = "note_ref"
    note: int


Inline = (
    Text
    | Strong
    | Emphasis
    | Strike
    | Superscript
    | Subscript
    | Small
    | InlineCode
    | Link
    | Image
    | Break
    | NoteRef
)

# Blocks


@dataclass(frozen=True, kw_only=True, slots=True)
class Paragraph:
    """A paragraph."""

    type: ClassVar[str] = "paragraph"
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """A heading; *level* 1 to 6 as in the source, *anchor* the id other places link to."""

    type: ClassVar[str] = "heading"
    level: int
    anchor: str | None = None
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class List:
    """A list; *start* is the first number of an ordered one, null for bullets."""

    type: ClassVar[str] = "list"
    ordered: bool
    start: int | None = None
    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """Quoted blocks, and who said them."""

    type: ClassVar[str] = "quote"
    blocks: tuple[Block, ...]
    attribution: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """Lines of code, kept as they are, without a final line end."""

    type: ClassVar[str] = "code"
    code: str
    language: str | None = None


Align = Literal["left", "center", "right"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One cell of a table."""

    blocks: tuple[Block, ...]
    colspan: int = 1
    rowspan: int = 1
    align: Align | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table; *header* is its first row, empty if it has none."""

    type: ClassVar[str] = "table"
    header: tuple[Cell, ...] = ()
    rows: tuple[tuple[Cell, ...], ...]
    caption: tuple[Inline, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """
    A picture with its caption.

    *src* is an https URL, a path relative to the article's file, or null for a picture that was lost in copying.
    *width* and *height* are in pixels, null when the source does not say.
    """

    type: ClassVar[str] = "figure"
    src: str | None
    alt: str = ""
    caption: tuple[Inline, ...] = ()
    credit: str | None = None
    href: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """One term and what it means."""

    term: tuple[Inline, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Definitions:
    """A list of definitions."""

    type: ClassVar[str] = "definitions"
    items: tuple[Definition, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A line across the page."""

    type: ClassVar[str] = "rule"


@dataclass(frozen=True, kw_only=True, slots=True)
class Embed:
    """A video, post or recording that a mail can only link to."""

    type: ClassVar[str] = "embed"
    href: str
    title: str | None = None


Block = Paragraph | Heading | List | Quote | Code | Table | Figure | Definitions | Rule | Embed

# The article


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """
    A note.

    *number* is its place among the endnotes, 1 to n; *label* the mark it bore in the source, "" for an inline note.
    """

    number: int
    label: str
    status: Literal["ok", "unreferenced"] = "ok"
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundAppeal:
    """A donation appeal that stood in the article's text; *truncated* if it breaks off."""

    blocks: tuple[Block, ...]
    truncated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Dropped:
    """Words left out of the article, and the named rule that left them out."""

    reason: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadWarning:
    """Something a person should look at; *code* never changes, the words may."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontMatter:
    """
    What the article's author asks of the issue made from it.

    *appeal* holds the keys of `[appeal]` that this article overrides, as written; they are checked when the issue is
    edited. *has_attachments* says that it asks for files to be attached, which no issue has.
    """

    subject: str | None = None
    preheader: str | None = None
    appeal: Mapping[str, Any] = field(
        default_factory=dict
    )  # the values are the user's own, any type
    has_attachments: bool = False


@dataclass(frozen=True, kw_only=True)
class Article:
    """
    What a loader makes of a source.

    Args:
        published: A date, or an aware or naive `datetime`; ISO 8601 in the JSON form.
        language: A BCP 47 tag, or null if the source does not say.
        location: Where it was loaded from: a path, a URL, or "-".
        front_matter: What the author asks of the issue; not part of the JSON form.
        has_fields: Whether `{{ name }}` in the text is a field. True only for the project's own Markdown and text;
            in anything fetched it stays literal.
        files: The pictures that came inside the source, by their `src`; not part of the JSON form.
    """

    title: str | None = None
    subtitle: str | None = None
    byline: str | None = None
    published: date | None = None
    language: str | None = None
    canonical_url: str | None = None
    lead_image: Figure | None = None
    blocks: tuple[Block, ...] = ()
    notes: tuple[Note, ...] = ()
    appeal: FoundAppeal | None = None
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[LoadWarning, ...] = ()
    location: str = ""
    front_matter: FrontMatter = field(default_factory=FrontMatter)
    has_fields: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form: `{"title", …, "blocks", "notes", "appeal", "dropped", "warnings"}`."""
        form: dict[str, Any] = to_json(self)
        return {name: value for name, value in form.items() if name not in _NOT_IN_JSON}


#: Fields of `Article` left out of its JSON form.
_NOT_IN_JSON = {"location", "front_matter", "has_fields", "files"}
