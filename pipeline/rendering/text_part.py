"""Put the text part together: the letter for those who read without HTML."""

from __future__ import annotations

from pipeline.models.edition import FieldContext
from pipeline.models.issue import Issue
from pipeline.rendering.appeal import Setting, in_order, stretches, text_ask
from pipeline.rendering.interface_words import Words
from pipeline.rendering.lines import one_line
from pipeline.rendering.plain_text import PlainText, holds_marks
from pipeline.rendering.shell_tokens import StandIns
from pipeline.rendering.template_context import may_hold_fields, unsubscribe_href, written_date


def text_letter(issue: Issue, stand_ins: StandIns, words: Words) -> str:
    """Return the whole text part, fields still stand-ins; lines end in LF and the last one too."""
    setting = Setting.of(issue, words)
    writer = PlainText(
        stand_ins=stand_ins,
        words=words,
        has_fields=issue.article.has_fields,
        base_url=issue.article.canonical_url,
        has_brackets=holds_marks(issue.article),
    )
    lead = issue.article.lead_image
    parts = [
        _preheader(issue, writer),
        _head(issue, writer),
        writer.blocks((lead,) if lead else ()),
    ]
    parts = [*map(_apart, parts)]
    for blocks, appeals in stretches(issue):
        parts.append(_apart(writer.blocks(blocks)))
        for appeal, position in appeals:
            pieces = in_order(appeal, position, setting, stand_ins)
            parts += [
                p if isinstance(p, str) else _apart(text_ask(p, writer, words)) for p in pieces
            ]
    if issue.article.notes:
        parts += map(_apart, (writer.heading(words.notes), writer.notes(issue.article.notes)))
    return f"{''.join(parts)}{_foot(issue, writer, words)}\n"


def _apart(text: str) -> str:
    """Return *text* with the empty line behind it; an ask that may be absent must bring its own."""
    return f"{text}\n\n" if text else ""


def _preheader(issue: Issue, writer: PlainText) -> str:
    """Some clients show the first line of the text part in the inbox (K-9, GMX), so it says what the HTML's says."""
    has_fields = may_hold_fields(issue, issue.preheader)
    line = one_line(issue.preheader)
    return writer.wrap(
        writer.stand_ins.with_fields(line, str, FieldContext.TEXT, has_fields=has_fields)
    )


def _head(issue: Issue, writer: PlainText) -> str:
    article = issue.article
    title = writer.heading(writer.text(article.title), under="=") if article.title else ""
    said = " · ".join(
        filter(None, (article.byline, written_date(article.published, issue.language)))
    )
    lines = (writer.wrap(writer.text(article.subtitle or "")), writer.wrap(writer.text(said)))
    return "\n\n".join(filter(None, (writer.wrap(issue.publication.name), title, *lines)))


def _foot(issue: Issue, writer: PlainText, words: Words) -> str:
    publication = issue.publication
    leave = unsubscribe_href(issue, writer.stand_ins, FieldContext.TEXT_URL)
    online = issue.article.canonical_url
    parts = [
        "-- ",
        writer.wrap(words.text("why", publication=publication.name)),
        words.label("unsubscribe", leave) if leave else "",
        words.label("read_online", online) if online else "",
        *(line.strip() for line in publication.postal_address.splitlines()),
    ]
    return "\n".join(filter(None, parts))
