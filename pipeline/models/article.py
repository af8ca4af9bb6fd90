"""
The article: a small typed tree that loaders build and renderers read.

Every block and inline has its type in `type`; the names and fields are those of the JSON form
(`handbill load --json`), which `Article.to_json()` writes. Nothing else can get into an email.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Literal

from pipeline.errors import shorten_quotations
from pipeline.models.source_text import SourceText
from pipeline.models.tree import to_json

# Inlines


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """Text without markup."""

    type: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Inlines with a style; its subclasses are the styles."""

    type: ClassVar[str]
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Strong(Span):
    """Text of strong importance."""

    type: ClassVar[str] = "strong"


@dataclass(frozen=True, kw_only=True, slots=True)
class Emphasis(Span):
    """Emphasized text."""

    type: ClassVar[str] = "emphasis"


@dataclass(frozen=True, kw_only=True, slots=True)
class Strike(Span):
    """Struck-out text."""

    type: ClassVar[str] = "strike"


@dataclass(frozen=True, kw_only=True, slots=True)
class Highlight(Span):
    """Text marked for the reader, as with a highlighter."""

    type: ClassVar[str] = "highlight"


@dataclass(frozen=True, kw_only=True, slots=True)
class Superscript(Span):
    """Superscript: m², 1st."""

    type: ClassVar[str] = "superscript"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscript(Span):
    """Subscript: H₂O."""

    type: ClassVar[str] = "subscript"


@dataclass(frozen=True, kw_only=True, slots=True)
class Small(Span):
    """Small print."""

    type: ClassVar[str] = "small"


@dataclass(frozen=True, kw_only=True, slots=True)
class InlineCode:
    """Inline code."""

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
    """An image within a line."""

    type: ClassVar[str] = "image"
    src: str
    alt: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Break:
    """A line break."""

    type: ClassVar[str] = "break"


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteRef:
    """A reference to a note."""

    type: ClassVar[str] = "note_ref"
    note: int


Inline = (
    Text
    | Strong
    | Emphasis
    | Strike
    | Highlight
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
    """A heading; *level* is 1 to 6 as in the source, *anchor* the id that links refer to."""

    type: ClassVar[str] = "heading"
    level: int
    anchor: str | None = None
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class List:
    """A list; *start* is the first number of an ordered one, None for bullets."""

    type: ClassVar[str] = "list"
    ordered: bool
    start: int | None = None
    items: tuple[tuple[Block, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """Quoted blocks, and their author."""

    type: ClassVar[str] = "quote"
    blocks: tuple[Block, ...]
    attribution: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Code:
    """A block of code, unchanged but for the final line break."""

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
    """A table; *header* is its first row, or empty."""

    type: ClassVar[str] = "table"
    header: tuple[Cell, ...] = ()
    rows: tuple[tuple[Cell, ...], ...]
    caption: tuple[Inline, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """
    An image with its caption.

    *src* is an https URL, a path relative to the article's file, or None for an image that was lost in copying.
    *width* and *height* are in pixels, None if the source has none.
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
    """A term and its definition."""

    term: tuple[Inline, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Definitions:
    """A list of definitions."""

    type: ClassVar[str] = "definitions"
    items: tuple[Definition, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A horizontal rule."""

    type: ClassVar[str] = "rule"


@dataclass(frozen=True, kw_only=True, slots=True)
class Embed:
    """A video, post or recording that an email can only link to."""

    type: ClassVar[str] = "embed"
    href: str
    title: str | None = None


Block = Paragraph | Heading | List | Quote | Code | Table | Figure | Definitions | Rule | Embed

# The article


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """
    A note.

    *number* is its position among the endnotes, 1 to n; *label* its marker in the source, "" for an inline note.
    """

    number: int
    label: str
    status: Literal["ok", "unreferenced"] = "ok"
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundAppeal:
    """A donation appeal found in the article's text; *truncated* if it is incomplete."""

    blocks: tuple[Block, ...]
    truncated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Dropped:
    """Text left out of the article, and the rule that left it out."""

    reason: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadWarning:
    """Something to check; *code* never changes, the message may; *line* is that of the source, from 1."""

    code: str
    message: str
    line: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", shorten_quotations(self.message))


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontMatter:
    """
    The author's settings for the issue made from the article.

    *appeal* has the keys of `[appeal]` that this article overrides, unchecked until the issue is edited.
    *has_attachments* is set if it lists files to attach, which is an error then. *is_draft* is set if it says that the
    article is not to be published yet.
    """

    subject: str | None = None
    preheader: str | None = None
    appeal: Mapping[str, Any] = field(default_factory=dict)  # Any: whatever the author wrote
    has_attachments: bool = False
    is_draft: bool = False


@dataclass(frozen=True, kw_only=True)
class Article:
    """
    An article loaded from a source.

    Args:
        published: A date, or an aware or naive `datetime`; ISO 8601 in the JSON form.
        language: A BCP 47 tag, or None if the source has none.
        location: Where it was loaded from: a path, a URL, or "-".
        front_matter: The author's settings for the issue; not part of the JSON form.
        has_fields: Whether `{{ name }}` in the text is a field. True only for the project's own Markdown and text
            files; in anything fetched it stays literal.
        files: The images contained in the source, by `src`; not part of the JSON form.
        source: The text it was loaded from, to find lines in it; not part of the JSON form.
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
    source: SourceText | None = field(default=None, repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form: `{"title", …, "blocks", "notes", "appeal", "dropped", "warnings"}`."""
        form: dict[str, Any] = to_json(self)
        return {name: value for name, value in form.items() if name not in _NOT_IN_JSON}


#: Fields of `Article` left out of its JSON form.
_NOT_IN_JSON = {"location", "front_matter", "has_fields", "files", "source"}
