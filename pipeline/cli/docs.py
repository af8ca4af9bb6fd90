"""`handbill docs`: read the documentation in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.cli.shared.command import argument, command
from pipeline.cli.shared.completion import complete_names
from pipeline.cli.shared.output import print_text
from pipeline.errors import UnknownName, suggest_name

#: The folders of the documentation, in the order in which they are listed.
_KINDS = {
    "tutorial": "Tutorial",
    "how-to": "How-to",
    "reference": "Reference",
    "explanation": "Explanation",
    "": "About",
}


@command()
@argument("topic", required=False, shell_complete=complete_names(lambda _: find_pages()))
def docs(topic: str | None) -> None:
    """
    Show a page of the documentation, or list all pages.

    \b
    Example:
        handbill docs
        handbill docs sending
    """
    pages = find_pages()
    if topic is None:
        _list_pages(pages)
        return
    if topic not in pages:
        raise UnknownName(
            f'No page is called "{topic}".{suggest_name(topic, pages)} List all pages: handbill docs'
        )
    _print_page(pages[topic].read_text(encoding="utf-8"))


def find_pages() -> dict[str, Path]:
    """Return the pages of the documentation by topic, the name of the file without its suffix."""
    from pipeline.files import find_shipped

    folder = find_shipped("docs")
    paths = [path for kind in _KINDS for path in sorted((folder / kind).glob("*.md"))]
    return {path.stem: path for path in paths}


def _list_pages(pages: dict[str, Path]) -> None:
    width = max(map(len, pages))
    kind = ""
    for name, path in pages.items():
        if path.parent.name != kind:
            kind = path.parent.name
            print_text("", label=click.style(_KINDS.get(kind, "About"), bold=True))
        print_text(f"  {name:<{width}}  {_read_title(path)}")


def _read_title(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return next((line[2:].strip() for line in file if line.startswith("# ")), path.stem)


def _print_page(markdown: str) -> None:
    """Print *markdown*, formatted on a terminal and as it is elsewhere."""
    if not sys.stdout.isatty():
        print_text(markdown, end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(markdown))
