"""`handbill load`: what is in a source, and what was left out of it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import (
    Given,
    article_options,
    json_option,
    open_project,
    project_option,
    strict_option,
)
from pipeline.cli.output import counted, print_json, say
from pipeline.errors import LoadError

if TYPE_CHECKING:
    from pipeline.models.article import Article, Dropped


@click.command()
@article_options
@json_option
@strict_option
@project_option
@click.pass_context
def load(
    context: click.Context,
    given: Given,
    as_json: bool,
    strict: bool,
) -> None:
    """
    Show what SOURCE holds: a file, or - for standard input.

    \b
    Example:
        handbill load seeds/rain-gauges.md
    """

    article = given.load(open_project(context))
    if as_json:
        print_json(article.to_json())
    else:
        click.echo(report(article))
    for warning in article.warnings:
        say(f"{click.style('warning', fg='yellow', bold=True)} {warning.code}: {warning.message}")
    if strict and article.warnings:
        raise LoadError(
            f"{given.source}: {counted(len(article.warnings), 'warning')}, and --strict was given."
        )


def report(article: Article) -> str:
    """Return what was found, for a person; what is left out of the article and goes into the mail is told apart."""
    lines = [
        _line("Title", article.title),
        _line("Subtitle", article.subtitle),
        _line("By", article.byline),
        _line("Published", article.published.isoformat() if article.published else None),
        _line("Language", article.language),
        _line("On the web", article.canonical_url),
        *_contents(article),
    ]
    front = article.front_matter
    taken = {
        "front-matter.subject": front.subject,
        "front-matter.preheader": front.preheader,
        "front-matter.appeal": front.appeal,
    }
    mail = [one for one in article.dropped if taken.get(one.reason)]
    left_out = [one for one in article.dropped if not taken.get(one.reason)]
    lines += _listed("For the mail:", mail) + _listed("Left out:", left_out)
    return "\n".join(line for line in lines if line)


def _listed(title: str, dropped: list[Dropped]) -> list[str]:
    return [title, *(f"  {one.reason}: {_short(one.text)}" for one in dropped)] if dropped else []


def _contents(article: Article) -> list[str]:
    from pipeline.models.article import Figure, Heading, NoteRef
    from pipeline.models.article_text import plain_text
    from pipeline.models.tree import walk

    kinds = Counter(type(node) for node in walk((article.blocks, article.notes)))
    words = len(plain_text(article.blocks).split())
    headings = [node for node in walk(article.blocks) if isinstance(node, Heading)]
    lines = [
        _line("Text", f"{counted(words, 'word')}, {counted(kinds[Figure], 'figure')}"),
        _line(
            "Notes",
            f"{counted(len(article.notes), 'note')}, {counted(kinds[NoteRef], 'reference')}"
            if article.notes
            else "none",
        ),
    ]
    lines += [f"  {'  ' * (h.level - 2)}{h.level}: {plain_text(h.inlines)}" for h in headings]
    if headings:
        lines.insert(2, "Headings:")
    if article.appeal:
        cut = ", cut off" if article.appeal.truncated else ""
        found = _short(" ".join(plain_text(article.appeal.blocks).split()))
        lines.append(_line("Appeal", f"{found}{cut}"))
    return lines


def _line(name: str, value: str | None) -> str:
    return f"{name + ':':<12}{value}" if value else ""


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 90 else words[:89] + "…"
