"""`handbill init`: start a project."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline import state_dir
from pipeline.cli.output import say, write_files
from pipeline.errors import ConfigError

_ARTICLE = "rain-gauges.md"

_CONFIG = """\
# The settings of your publication. Every key is explained in docs/reference/configuration.md of Handbill.

[publication]
name = "{name}"
from = "{sender}"
postal_address = "{postal_address}"
language = "en"
timezone = "UTC"
# website = "https://…"
# reply_to = "editor@…"
# unsubscribe = "mailto:…"      # where readers write to leave; by default the address above

[appeal]
heading = "Keep us going"
text = "This letter is free to read because some of its readers pay for it."
button = "Donate"
# url = "https://…"             # your donation page; without it there are no buttons
# amounts = [5, 10, 25]          # given once; docs/reference/appeals.md says what else an ask can have
# monthly = [3, 5, 10]
currency = "USD"

[theme]
name = "default"                # or "plain", almost a personal letter, or "magazine"
# logo = "logo.png"             # shown for the name; logo_dark is another one for readers in the dark

[sender]
default = "outbox"              # letters are written to the folder outbox/, nobody is mailed
"""


@click.command()
@click.argument(
    "folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path, file_okay=False)
)
@click.option(
    "--with-templates",
    is_flag=True,
    help="Copy the themes into templates/, to change them.",
)
def init(folder: Path, with_templates: bool) -> None:
    """
    Start a project in DIR: its settings, a sample article, templates/ and outbox/.

    \b
    Example:
        handbill init my-letter
    """
    from pipeline.config import CONFIG_FILE, find_project_root

    root = folder.resolve()
    if root.is_dir() and find_project_root(root) == root:
        raise ConfigError(f"{folder}: there is a project already. Nothing was changed.")
    taken = [name for name in (CONFIG_FILE, _ARTICLE) if (root / name).exists()]
    if taken:
        raise ConfigError(
            f"{folder / taken[0]}: it is there already. Choose an empty folder. Nothing was changed."
        )
    try:
        (root / "outbox").mkdir(parents=True, exist_ok=True)
        (root / "templates").mkdir(exist_ok=True)
        state_dir.create(root)
        state_dir.create_secret(root)
        write_files(root, _files(with_templates))
    except OSError as error:
        raise ConfigError(
            f"{error.filename or folder}: it cannot be made ({error.strerror}). Choose another folder."
        ) from error
    for name in (CONFIG_FILE, _ARTICLE, "templates/", "outbox/"):
        click.echo(folder / name)
    say(f"Put your own name and addresses into {folder / CONFIG_FILE}. Then look at the sample:")
    inside = "" if folder == Path() else f" --project {folder}"
    say(f"    handbill{inside} check {folder / _ARTICLE}")
    say(f"    handbill{inside} send {folder / _ARTICLE} --to you@example.org")


def _files(with_templates: bool) -> dict[str, bytes]:
    from pipeline.config import CONFIG_FILE
    from pipeline.files import find_shipped
    from pipeline.models.publication import PLACEHOLDERS

    files = {_ARTICLE: (find_shipped("seeds") / _ARTICLE).read_bytes()}
    themes = find_shipped("templates")
    if with_templates:
        for path in sorted(filter(Path.is_file, themes.rglob("*"))):
            files[f"templates/{path.relative_to(themes)}"] = path.read_bytes()
    files[CONFIG_FILE] = _CONFIG.format(**PLACEHOLDERS).encode()  # last: it makes the project
    return files
