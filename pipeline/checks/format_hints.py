"""What to do about a finding in the format of the article: nobody is told to write Markdown into a Word document."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from pipeline.models.article import Article
from pipeline.models.finding import Finding


class Format(Enum):
    """Formats that people edit, by media type."""

    MARKDOWN = "text/markdown"
    HTML = "text/html"
    TEXT = "text/plain"
    WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


_ALT = {
    Format.MARKDOWN: "Describe what it shows: ![A bell on a buoy](bell.jpg).",
    Format.HTML: 'Describe what it shows: alt="A bell on a buoy".',
    Format.TEXT: "Describe what it shows, on the line above the caption.",
    Format.WORD: "Describe what it shows: in Word, select the picture, then Picture, Edit Alt Text.",
    None: "Describe what it shows, in the alternative text of the image.",
}
_MISSING_IMAGE = "Readers see neither the image nor its caption. "
_NOTE_MISSING = "Readers see a mark that leads to no note. "
_NOTE_UNREFERENCED = "Readers find it after the other notes. "
_ANCHOR = "Readers who tap the link stay where they are. "
#: Hints by code and format; None is any other format, such as a feed.
_HINTS: dict[str, dict[Format | None, str]] = {
    "image.alt-missing": _ALT,
    "image.alt-filename": _ALT,
    "image.missing": {
        Format.MARKDOWN: f"{_MISSING_IMAGE}Write its file, ![What it shows](picture.jpg), or remove the caption.",
        Format.HTML: f'{_MISSING_IMAGE}Write its file, <img src="picture.jpg">, or remove the caption.',
        Format.TEXT: f"{_MISSING_IMAGE}Remove the caption, or convert the text to Markdown, handbill convert, and give "
        "the file there.",
        Format.WORD: f"{_MISSING_IMAGE}In Word: Insert, Pictures, This Device; or remove the caption.",
        None: f"{_MISSING_IMAGE}Add the image to the source, or remove the caption.",
    },
    "note.missing": {
        Format.MARKDOWN: f"{_NOTE_MISSING}Write the note, [^1]: its text, or remove the mark.",
        Format.HTML: f"{_NOTE_MISSING}Write the note, with the id that the mark links to, or remove the mark.",
        Format.TEXT: f"{_NOTE_MISSING}Write the note below the text, [1] and its text, or remove the mark.",
        Format.WORD: f"{_NOTE_MISSING}In Word: References, Insert Footnote; or remove the mark.",
        None: f"{_NOTE_MISSING}Write the note, or remove the mark.",
    },
    "note.unreferenced": {
        Format.MARKDOWN: f"{_NOTE_UNREFERENCED}Add its mark to the text, [^1], or remove the note.",
        Format.HTML: f'{_NOTE_UNREFERENCED}Link to it from the text, <a href="#note-1">1</a>, or remove the note.',
        Format.TEXT: f"{_NOTE_UNREFERENCED}Add its mark to the text, [1], or remove the note.",
        Format.WORD: f"{_NOTE_UNREFERENCED}In Word: References, Insert Footnote in the text; or remove it.",
        None: f"{_NOTE_UNREFERENCED}Add its mark to the text, or remove the note.",
    },
    "list.unmarked": {
        Format.MARKDOWN: 'Write a list: lines starting with "- " or "1. ", after an empty line.',
        Format.HTML: "Write a list: <ul><li>…</li></ul>.",
        Format.TEXT: 'Write a list: lines starting with "- " or "1. ", after an empty line.',
        Format.WORD: "In Word, select the lines, then Home, Bullets or Numbering.",
        None: "Make it a list in the source.",
    },
    "anchor.missing": {
        Format.MARKDOWN: f"{_ANCHOR}Link to a heading of this article, [text](#its-heading), or to a web page.",
        Format.HTML: f"{_ANCHOR}Link to the id of a heading of this article, or to a web page.",
        Format.WORD: f"{_ANCHOR}In Word: Insert, Link, Place in This Document, and choose a heading.",
        None: f"{_ANCHOR}Link to a heading of this article, or to a web page.",
    },
}
#: What stands in hints about settings of the article, and how one sets them without front matter.
_FRONT_MATTER = "in the front matter"
_WITHOUT_FRONT_MATTER = "in the front matter of what handbill convert writes"


def adapt_hint(finding: Finding, article: Article) -> Finding:
    """Return *finding* with the hint for the format of *article*."""
    media_type = article.source.media_type if article.source else ""
    format_ = next((each for each in Format if each.value == media_type), None)
    if hints := _HINTS.get(finding.code):
        return replace(finding, hint=hints.get(format_, hints[None]))
    if format_ in (Format.MARKDOWN, Format.TEXT) or _FRONT_MATTER not in finding.hint:
        return finding
    return replace(finding, hint=finding.hint.replace(_FRONT_MATTER, _WITHOUT_FRONT_MATTER))
