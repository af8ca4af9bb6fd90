"""Write an appeal in the text part, with every URL in full."""

from __future__ import annotations

from pipeline.models.edition import FieldContext
from pipeline.rendering.appeal.appeal_text import (
    AmountsText,
    AppealText,
    LocalizedText,
    format_percent_in_brackets,
)
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.text.text_width import COLUMNS
from pipeline.rendering.text.text_writer import TextWriter

_LINE = "-" * COLUMNS


def write_appeal(appeal: AppealText, writer: TextWriter, translations: Translations) -> str:
    """Return *appeal* as plain text between two lines."""
    parts = [_LINE, _write_heading(appeal.heading, writer)]
    parts += [_write(text, writer) for text in appeal.paragraphs]
    parts.append("\n".join(_write(bullet, writer, "- ", "  ") for bullet in appeal.bullets))
    parts.append(writer.write_blocks(appeal.blocks))
    example = appeal.match_example.text if appeal.match_example else ""
    match = list(filter(None, (_replace_fields(appeal.match, writer), example)))
    sentences = match if appeal.language else [" ".join(match)] * bool(match)
    parts.append("\n".join(map(writer.wrap, sentences)))
    parts += [_write_amounts(amounts, writer) for amounts in appeal.amounts]
    addresses = {amounts.url for amounts in appeal.amounts}
    if appeal.button and appeal.button.url not in addresses:
        label = _add_colon(_write(appeal.button.label, writer), translations)
        parts.append(f"{label}\n{appeal.button.url}")
    if goal := appeal.goal:
        parts.append(writer.wrap(goal.text.text + format_percent_in_brackets(goal)))
    parts += [_write(appeal.until, writer), _write(appeal.disclosure, writer), _LINE]
    return "\n\n".join(filter(None, parts))


def _write_heading(heading: str, writer: TextWriter) -> str:
    return writer.write_heading(_replace_fields(heading, writer)) if heading else ""


def _write_amounts(amounts: AmountsText, writer: TextWriter) -> str:
    """Return the amounts with one address, where the donor enters one of them."""
    line = writer.translations.labelled.format(label=amounts.label.text, text=amounts.listed)
    return f"{writer.wrap(line)}\n{amounts.url}"


def _add_colon(label: str, translations: Translations) -> str:
    """Return *label* as the line above what it labels."""
    return translations.labelled.format(label=label, text="").rstrip()


def _write(
    text: str | LocalizedText | None, writer: TextWriter, first_indent: str = "", indent: str = ""
) -> str:
    if not text:
        return ""
    plain = text.text if isinstance(text, LocalizedText) else _replace_fields(text, writer)
    return writer.wrap(plain, first_indent=first_indent, indent=indent)


def _replace_fields(text: str, writer: TextWriter) -> str:
    """Return the publication's own *text* with its fields as placeholders."""
    return writer.stash.replace_fields(text, str, FieldContext.TEXT)
