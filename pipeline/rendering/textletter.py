"""Put the text part together: the letter for those who read without HTML."""

from __future__ import annotations

from pipeline.edition import Place
from pipeline.issue import Appeal, Frequency, Issue, Position
from pipeline.rendering.appeal import asks, donation_url
from pipeline.rendering.letter import (
    may_hold_fields,
    one_line,
    paragraphs,
    stretches,
    unsubscribe_href,
    written_date,
)
from pipeline.rendering.pieces import StandIns
from pipeline.rendering.text import PlainText, holds_marks
from pipeline.rendering.widths import COLUMNS
from pipeline.rendering.words import Words

_LINE = "-" * COLUMNS


def text_letter(issue: Issue, stand_ins: StandIns, words: Words) -> str:
    """Return the whole text part, fields still stand-ins; lines end in LF and the last one too."""
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
        parts += [
            _appeal(appeal, position, writer, issue.language, words) for appeal, position in appeals
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
    return writer.wrap(writer.stand_ins.with_fields(line, str, Place.TEXT, has_fields=has_fields))


def _head(issue: Issue, writer: PlainText) -> str:
    article = issue.article
    title = writer.heading(writer.text(article.title), under="=") if article.title else ""
    said = " · ".join(
        filter(None, (article.byline, written_date(article.published, issue.language)))
    )
    lines = (writer.wrap(writer.text(article.subtitle or "")), writer.wrap(writer.text(said)))
    return "\n\n".join(filter(None, (writer.wrap(issue.publication.name), title, *lines)))


def _appeal(
    appeal: Appeal, position: Position, writer: PlainText, language: str, words: Words
) -> str:
    ask = _apart(_ask(appeal, position, writer, language, words))
    if not appeal.deadline:
        return ask
    said = [_said(text, writer) for text in paragraphs(appeal.after_deadline)]
    after = _apart("\n\n".join([_LINE, *said, _LINE])) if said else ""
    begin, turn, end = writer.stand_ins.by_instant(appeal.deadline)
    return f"{begin}{ask}{turn}{after}{end}"


def _ask(appeal: Appeal, position: Position, writer: PlainText, language: str, words: Words) -> str:
    parts = [_LINE, _said(appeal.heading, writer)]
    parts += [_said(text, writer) for text in paragraphs(appeal.text)]
    parts.append("\n".join(_said(bullet, writer, "- ", "  ") for bullet in appeal.bullets))
    parts.append(writer.blocks(appeal.blocks))
    parts.append(_said(appeal.match, writer))
    for frequency in Frequency:
        found = asks(appeal, frequency, position, language=language, words=words)
        parts.append("\n".join(f"{ask.label}: {ask.url}" for ask in found))
    if appeal.url and appeal.button:
        parts.append(f"{_said(appeal.button, writer)}:\n{donation_url(appeal, position)}")
    parts += [_said(appeal.disclosure, writer), _LINE]
    return "\n\n".join(filter(None, parts))


def _said(text: str, writer: PlainText, first: str = "", rest: str = "") -> str:
    """Words of the publication's own, in which fields are recognised."""
    return (
        writer.wrap(writer.stand_ins.with_fields(text, str, Place.TEXT), first=first, rest=rest)
        if text
        else ""
    )


def _foot(issue: Issue, writer: PlainText, words: Words) -> str:
    publication = issue.publication
    leave = unsubscribe_href(issue, writer.stand_ins, Place.TEXT_URL)
    online = issue.article.canonical_url
    parts = [
        "-- ",
        writer.wrap(words.text("why", publication=publication.name)),
        words.label("unsubscribe", leave) if leave else "",
        words.label("read_online", online) if online else "",
        *(line.strip() for line in publication.postal_address.splitlines()),
    ]
    return "\n".join(filter(None, parts))
