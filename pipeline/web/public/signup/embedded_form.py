"""A sign-up form for the pages of another site."""

from __future__ import annotations

from markupsafe import Markup

from pipeline.errors import ConfigError, suggest_name
from pipeline.project import Project
from pipeline.project.signups import read_open_lists, require_public_url
from pipeline.web.public.page_writer import create_page_writer
from pipeline.web.public.signup.signup_page import ADDRESS, get_path

_FORM = Markup(
    """\
<form action="{url}" method="post" lang="{language}" dir="{direction}">
  <p><strong>{title}</strong></p>
  <p><label>{label}<br>
  <input type="email" name="{field}" dir="ltr" required maxlength="254" autocomplete="email"></label>
  <button>{button}</button></p>
  <p><small>{promise}</small></p>
</form>
"""
)


def write_embedded_form(
    project: Project, list_name: str, *, language: str | None
) -> tuple[str, str]:
    """
    Return the form of a list as HTML, and the address of the list's own page.

    Raises:
        ConfigError: Not anybody may join the list, there is no `public_url`, or no translation into *language*.
    """
    url = require_public_url(project)
    lists = read_open_lists(project.config)
    found = lists.find(list_name)
    if found is None:
        near = suggest_name(list_name, [each.name for each in lists.lists])
        raise ConfigError(
            f'The list "{list_name}" is not open. To let anybody join it, write in handbill.toml: '
            f'[lists."{list_name}"] signup = true.{near}'
        )
    writer = create_page_writer(project)
    texts = writer.in_language(language)
    if language and texts.language != language:
        raise ConfigError(
            f'--language "{language}": Handbill has no texts in it. See: handbill docs languages'
        )
    page = f"{url}{get_path(found.name)}"
    form = _FORM.format(
        url=page,
        language=texts.language,
        direction=texts.direction,
        title=texts.text("signup_title", newsletter=found.title),
        label=texts.text("signup_address"),
        field=ADDRESS,
        button=texts.text("signup_button"),
        promise=texts.text("signup_promise"),
    )
    return str(form), page
