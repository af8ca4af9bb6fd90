"""`handbill init`: create a project."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import click

from pipeline import state_dir
from pipeline.cli.shared.command import argument, command, option
from pipeline.cli.shared.output import print_message, print_text, write_files
from pipeline.errors import ConfigError

_ARTICLE = "rain-gauges.md"

_CONFIG = """\
# The settings of your publication. All keys are documented: handbill docs configuration

[publication]
name = "{name}"
from = "{sender}"
postal_address = "{postal_address}"
language = "en"
timezone = "UTC"
# website = "https://…"
# reply_to = "editor@…"
# How readers unsubscribe. Before you send to a list, set one of these two (handbill docs serve), or [bounces] address
# if `handbill inbound` reads a mailbox (handbill docs bounces):
# public_url = "https://…"       # where `handbill serve` answers: one click, and it is done
# unsubscribe = "mailto:…"       # or a mailbox, if a person reads it and removes who asks …
# unsubscribe_by_hand = true     # … which you confirm with this line

# The donation appeal. Without these lines, an appeal in the article itself is sent as it is; with only `url`, it gets a
# button. Remove the # and replace the example: handbill docs appeals
# [appeal]
# heading = "Keep us going"
# text = "This newsletter is free to read because some of its readers pay for it."
# url = "https://…"              # your donation page
# amounts = [5, 10, 25]           # one-time gifts
# monthly = [3, 5, 10]
# suggested = 5                  # its button stands out
# currency = "USD"
#
# With a donation service, use its link instead:
#   ActBlue:         url = "https://secure.actblue.com/donate/…"
#   Donorbox:        url = "https://donorbox.org/…"
#   Givebutter:      url = "https://givebutter.com/…"
#   Stripe Payment Links: url = "https://donate.stripe.com/…", without amounts and monthly

[theme]
name = "default"                # or "plain", "magazine", "broadsheet", "bulletin"
# logo = "logo.png"             # shown instead of the name; logo_dark is used in dark mode
# logo_with_name = true         # the logo is an icon, 44 pixels high, above the name

[sender]
default = "outbox"              # messages are written to the folder outbox/; nobody is mailed
"""

_FLEET_CONFIG = """
# Several machines: each has this folder and the same secret, and runs `handbill worker`. See: handbill docs operate
[store]
url = {url}
password_env = "HANDBILL_STORE_PASSWORD"

[worker]
engine = "procrastinate"        # needs: pip install "handbill[fleet]"
"""


def _parse_postgres_url(
    context: click.Context, parameter: click.Parameter, url: str | None
) -> str | None:
    """Check the form of a URL, which is written to a file that may be shared: it holds no password."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise click.BadParameter("Write postgresql://USER@HOST/NAME.")
    if parts.password:
        raise click.BadParameter(
            "Leave the password out: the configuration may be shared. Set it as HANDBILL_STORE_PASSWORD."
        )
    return f"postgresql://{url.partition('://')[2]}"


@command()
@argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path, file_okay=False))
@option("--with-templates", is_flag=True, help="Copy the themes to templates/, to be edited.")
@option(
    "--postgres",
    metavar="URL",
    callback=_parse_postgres_url,
    help="Use this PostgreSQL database, for workers on several machines.",
)
def init(folder: Path, with_templates: bool, postgres: str | None) -> None:
    """
    Create a project in DIR.

    Creates a configuration, a sample article, templates/ and outbox/.

    \b
    Example:
        handbill init my-newsletter
    """
    from pipeline.config import CONFIG_FILE, find_project_root

    root = folder.resolve()
    if root.is_dir() and find_project_root(root) == root:
        raise ConfigError(f"{folder}: this is already a project. Nothing was changed.")
    existing = [name for name in (CONFIG_FILE, _ARTICLE) if (root / name).exists()]
    if existing:
        raise ConfigError(
            f"{folder / existing[0]}: already exists. Choose an empty folder. Nothing was changed."
        )
    try:
        root.mkdir(parents=True, exist_ok=True)
        (root / "outbox").mkdir(mode=0o700, exist_ok=True)
        (root / "templates").mkdir(exist_ok=True)
        state_dir.create(root)
        state_dir.create_secret(root)
        write_files(root, _list_files(with_templates, postgres))
    except OSError as error:
        raise ConfigError(
            f"{error.filename or folder}: cannot be created ({error.strerror}). Choose another folder."
        ) from error
    for name in (CONFIG_FILE, _ARTICLE, "templates/", "outbox/"):
        print_text(folder / name)
    print_message(f"Enter your name and addresses in {folder / CONFIG_FILE}. Then try the sample:")
    project = "" if folder == Path() else f" --project {folder}"
    print_message(f"    handbill{project} check {folder / _ARTICLE}")
    print_message(f"    handbill{project} send {folder / _ARTICLE} --to you@example.org")


def _list_files(with_templates: bool, postgres: str | None) -> dict[str, bytes]:
    from pipeline.config import CONFIG_FILE
    from pipeline.files import find_shipped
    from pipeline.models.publication import PLACEHOLDERS

    files = {_ARTICLE: (find_shipped("seeds") / _ARTICLE).read_bytes()}
    themes = find_shipped("templates")
    if with_templates:
        for path in sorted(filter(Path.is_file, themes.rglob("*"))):
            files[f"templates/{path.relative_to(themes)}"] = path.read_bytes()
    config = _CONFIG.format(**PLACEHOLDERS)
    if postgres:
        config += _FLEET_CONFIG.format(url=json.dumps(postgres))
    files[CONFIG_FILE] = config.encode()  # last: it makes this a project
    return files
