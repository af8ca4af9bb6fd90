"""`handbill load`: show what a source contains, and what was left out."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from pipeline.cli.shared.command import command
from pipeline.cli.shared.options import SourceOptions, json_option, source_options, strict_option
from pipeline.cli.shared.output import pluralize, print_json, print_message, print_text
from pipeline.cli.shared.project_option import open_project, project_option
from pipeline.errors import ConfigError, LoadError

if TYPE_CHECKING:
    from pipeline.models.article import Article, Dropped


@command()
@strict_option
@source_options
@json_option
@project_option
@click.pass_context
def load(context: click.Context, source: SourceOptions, as_json: bool, strict: bool) -> None:
    """
    Show what is loaded from SOURCE, and what is left out.

    SOURCE is a file, a folder with one article, a URL, a feed, or - for standard input.

    \b
    Example:
        handbill load seeds/rain-gauges.md
    """
    project = open_project(context)
    article = edited = source.load(project)
    with suppress(ConfigError):  # reported when the article is rendered
        edited = project.edit(article).article
    article = replace(article, warnings=edited.warnings)
    if as_json:  # the article itself, whatever the configuration replaces in it
        print_json(article.to_json())
    else:
        print_text(_format_article(edited))
    label = f"{click.style('warning', fg='yellow', bold=True)} "
    for warning in article.warnings:
        line = f"line {warning.line}: " if warning.line else ""
        print_message(f"{warning.code}: {line}{warning.message}", label=label)
    if strict and article.warnings:
        count = pluralize(len(article.warnings), "warning")
        raise LoadError(f"{source.source}: {count}, treated as errors because of --strict.")


def _format_article(article: Article) -> str:
    """Describe *article* to a person; what goes into the email but not into the article is listed apart."""
    front_matter = article.front_matter
    for_email = {
        "front-matter.subject": front_matter.subject,
        "front-matter.preheader": front_matter.preheader,
        "front-matter.appeal": front_matter.appeal,
    }
    lines = [
        _format_line("Title", article.title),
        _format_line("Subtitle", article.subtitle),
        _format_line("By", article.byline),
        _format_line("Published", article.published.isoformat() if article.published else None),
        _format_line("Language", article.language),
        _format_line("On the web", article.canonical_url),
        *_format_contents(article),
        *_format_dropped(
            "For the email:", [each for each in article.dropped if for_email.get(each.reason)]
        ),
        *_format_dropped(
            "Left out:", [each for each in article.dropped if not for_email.get(each.reason)]
        ),
    ]
    return "\n".join(filter(None, lines))


def _format_dropped(heading: str, dropped: list[Dropped]) -> list[str]:
    if not dropped:
        return []
    return [heading, *(f"  {each.reason}: {_shorten(each.text)}" for each in dropped)]


def _format_contents(article: Article) -> list[str]:
    from pipeline.models.article import Figure, Heading, NoteRef
    from pipeline.models.article_text import plain_text
    from pipeline.models.tree import walk

    kinds = Counter(type(node) for node in walk((article.blocks, article.notes)))
    words = len(plain_text(article.blocks).split())
    notes = "none"
    if article.notes:
        count = pluralize(len(article.notes), "note")
        notes = f"{count}, {pluralize(kinds[NoteRef], 'reference')}"
    lines = [
        _format_line("Text", f"{pluralize(words, 'word')}, {pluralize(kinds[Figure], 'figure')}"),
        _format_line("Notes", notes),
    ]
    headings = [node for node in walk(article.blocks) if isinstance(node, Heading)]
    if headings:
        lines.append("Headings:")
    lines += [f"  {'  ' * (h.level - 2)}{h.level}: {plain_text(h.inlines)}" for h in headings]
    if article.appeal:
        truncated = ", truncated" if article.appeal.truncated else ""
        text = _shorten(plain_text(article.appeal.blocks))
        lines.append(_format_line("Appeal", f"{text}{truncated}"))
    return lines


def _format_line(name: str, value: str | None) -> str:
    return f"{name + ':':<12}{value}" if value else ""


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 90 else text[:89] + "…"
