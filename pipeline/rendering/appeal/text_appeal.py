"""The ask in the text part: every address in full."""

from __future__ import annotations

from pipeline.models.edition import FieldContext
from pipeline.rendering.appeal.appeal_text import Ask, Said, Wording
from pipeline.rendering.interface_words import Words
from pipeline.rendering.plain_text import PlainText
from pipeline.rendering.text_width import COLUMNS

_LINE = "-" * COLUMNS


def text_ask(wording: Wording, writer: PlainText, words: Words) -> str:
    """Return *wording* as plain text between two rules."""
    parts = [_LINE, _said(wording.heading, writer)]
    parts += [_said(text, writer) for text in wording.paragraphs]
    parts.append("\n".join(_said(bullet, writer, "- ", "  ") for bullet in wording.bullets))
    parts.append(writer.blocks(wording.blocks))
    example = wording.example.text if wording.example else ""
    matched = " ".join(filter(None, (_with_fields(wording.match, writer), example)))
    parts.append(writer.wrap(matched) if matched else "")
    if goal := wording.progress:
        percent = f" ({goal.percent})" if goal.percent else ""
        parts.append(writer.wrap(f"{goal.said.text}{percent}"))
    parts.append(_said(wording.until, writer))
    parts.append(_amounts("once", wording.once, words))
    parts.append(_amounts("monthly", wording.monthly, words))
    if wording.button:
        label = _before(_said(wording.button.label, writer), words)
        parts.append(f"{label}\n{wording.button.url}")
    parts += [_said(wording.warning, writer), _said(wording.disclosure, writer), _LINE]
    return "\n\n".join(filter(None, parts))


def _amounts(name: str, asks: tuple[Ask, ...], words: Words) -> str:
    if not asks:
        return ""
    lines = (words.labelled.format(label=_text(ask.label), text=ask.url) for ask in asks)
    return "\n".join([_before(words.text(name), words), *lines])


def _before(label: str, words: Words) -> str:
    """Return *label* as it stands on a line over what it names."""
    return words.labelled.format(label=label, text="").rstrip()


def _text(label: str | Said) -> str:
    return label.text if isinstance(label, Said) else label


def _said(words: str | Said | None, writer: PlainText, first: str = "", rest: str = "") -> str:
    if not words:
        return ""
    text = words.text if isinstance(words, Said) else _with_fields(words, writer)
    return writer.wrap(text, first=first, rest=rest)


def _with_fields(text: str, writer: PlainText) -> str:
    """Words of the publication's own, in which fields are recognised."""
    return writer.stand_ins.with_fields(text, str, FieldContext.TEXT)
