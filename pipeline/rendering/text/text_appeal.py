"""Write an appeal in the text part, with every URL in full."""

from __future__ import annotations

from pipeline.models.edition import FieldContext
from pipeline.rendering.appeal.appeal_text import AppealText, ButtonText, LocalizedText
from pipeline.rendering.interface_texts import Translations
from pipeline.rendering.text.text_width import COLUMNS
from pipeline.rendering.text.text_writer import TextWriter

_LINE = "-" * COLUMNS


def write_appeal(appeal: AppealText, writer: TextWriter, translations: Translations) -> str:
    """Return *appeal* as plain text between two lines."""
    parts = [_LINE, _write(appeal.heading, writer)]
    parts += [_write(text, writer) for text in appeal.paragraphs]
    parts.append("\n".join(_write(bullet, writer, "- ", "  ") for bullet in appeal.bullets))
    parts.append(writer.write_blocks(appeal.blocks))
    example = appeal.match_example.text if appeal.match_example else ""
    match = " ".join(filter(None, (_replace_fields(appeal.match, writer), example)))
    parts.append(writer.wrap(match) if match else "")
    if goal := appeal.goal:
        percent = f" ({goal.percent_text})" if goal.percent_text else ""
        parts.append(writer.wrap(f"{goal.text.text}{percent}"))
    parts.append(_write(appeal.until, writer))
    parts.append(_write_amounts("give_once", appeal.once, translations))
    parts.append(_write_amounts("give_monthly", appeal.monthly, translations))
    if appeal.button:
        label = _add_colon(_write(appeal.button.label, writer), translations)
        parts.append(f"{label}\n{appeal.button.url}")
    parts += [_write(appeal.warning, writer), _write(appeal.disclosure, writer), _LINE]
    return "\n\n".join(filter(None, parts))


def _write_amounts(name: str, buttons: tuple[ButtonText, ...], translations: Translations) -> str:
    if not buttons:
        return ""
    lines = (
        translations.labelled.format(label=_get_text(button.label), text=button.url)
        for button in buttons
    )
    return "\n".join([_add_colon(translations.format_text(name), translations), *lines])


def _add_colon(label: str, translations: Translations) -> str:
    """Return *label* as the line above what it labels."""
    return translations.labelled.format(label=label, text="").rstrip()


def _get_text(label: str | LocalizedText) -> str:
    return label.text if isinstance(label, LocalizedText) else label


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
