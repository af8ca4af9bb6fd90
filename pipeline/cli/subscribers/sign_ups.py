"""`handbill subscribers form` and `consents`: a form for other sites, and the proof of consent."""

from __future__ import annotations

import click

from pipeline.cli.shared.command import command, option
from pipeline.cli.shared.options import json_option, list_option
from pipeline.cli.shared.output import print_json, print_message, print_text
from pipeline.cli.shared.project_option import open_project, project_option


@command()
@list_option("List that the form is for; anybody must be allowed to join it.", required=True)
@option(
    "--language",
    metavar="TAG",
    help="Language of the form: de, pt-BR; default: the publication's.",
)
@project_option
@click.pass_context
def form(context: click.Context, list_name: str, language: str | None) -> None:
    """
    Print a sign-up form that works in any web page, without a script.

    \b
    Example:
        handbill subscribers form --list weekly > form.html
    """
    from pipeline.web.public.signup.embedded_form import write_embedded_form

    text, page = write_embedded_form(open_project(context), list_name, language=language)
    print_text(text, end="")
    print_message(f"The page of this list: {page}")


@command()
@json_option
@project_option
@click.pass_context
def consents(context: click.Context, as_json: bool) -> None:
    """
    List who subscribed by themselves, when and where; with --json also the words they saw and were sent.

    \b
    Example:
        handbill subscribers consents --json > consents.json
    """
    from pipeline.subscribers.signups import signup_queries

    with open_project(context).storage.open_store() as store, store.reading() as connection:
        found = list(signup_queries.iterate_consents(connection))
        texts = signup_queries.list_all_texts(connection) if as_json else {}
    if as_json:
        print_json({"consents": found, "texts": texts})
        return
    if not found:
        print_message("Nobody has signed up yet. Open a list: handbill docs sign-up")
    for each in found:
        at = str(each["confirmed_at"])[:16].replace("T", " ")
        print_text(f"{at}  {each['email']}: {each['list']}, {each['page'] or each['source']}")
