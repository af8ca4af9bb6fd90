"""Themes: what a project can change, and how errors are reported."""

from __future__ import annotations

import io
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from pipeline.color import contrast_ratio, parse_hex_color
from pipeline.errors import ConfigError, RenderError, ThemeError
from pipeline.files import find_shipped
from pipeline.models.issue import Goal
from pipeline.project import Project
from pipeline.rendering import Theme, render
from tests.rendering.html_reader import Page
from tests.rendering.sample_issues import (
    APPEAL,
    AT,
    EVERYTHING,
    THEMES,
    WITH_APPEAL,
    article,
    fill_sample,
    make_issue,
    note,
    para,
    ref,
    theme,
)

SHIPPED = find_shipped("templates") / "default"
#: Fonts that come with Windows: classic Outlook takes Times New Roman if it does not know the first.
WINDOWS = frozenset(
    {
        "Georgia",
        "Times New Roman",
        "Arial",
        "Helvetica",
        "Consolas",
        "Segoe UI",
        "Nirmala UI",
        "Meiryo",
    }
    | {"Microsoft YaHei", "Microsoft JhengHei", "Malgun Gothic"}
)


def themed(folder: Path, **files: str) -> Theme:
    """Return the shipped theme with *files* laid over it, named without their endings."""
    endings = {"theme": ".toml", "prose": ".css.j2", "mobile": ".css.j2"}
    for name, content in files.items():
        (folder / f"{name}{endings.get(name, '.mjml.j2')}").write_text(content, encoding="utf-8")
    return Theme("mine", [folder, SHIPPED])


def file_with(old: str, new: str, file: str = "email.mjml.j2") -> str:
    """Return a shipped file with *old* replaced."""
    text = (SHIPPED / file).read_text(encoding="utf-8")
    assert 1 <= text.count(old)
    return text.replace(old, new, 1)


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def render_error(theme: Theme) -> str:
    """Return how rendering a whole email fails."""
    with pytest.raises(RenderError) as caught:
        render(WITH_APPEAL, theme)
    return str(caught.value)


# Overriding


def test_project_overrides_single_files(tmp_path: Path) -> None:
    """A file in the project's folder of the theme wins; all others stay the shipped ones."""
    (tmp_path / "handbill.toml").write_text('[publication]\nname = "T"\nfrom = "t@e.example.org"\n')
    own = tmp_path / "templates/default"
    own.mkdir(parents=True)
    (own / "footer.mjml.j2").write_text(
        "<mj-section><mj-column><mj-text>My own footer</mj-text></mj-column></mj-section>"
    )
    project = Project.open(tmp_path)
    page = Page(fill_sample(project.render(project.edit(article("x"))).html))

    assert "My own footer" in page.root.text()
    assert "You're receiving this email" not in page.root.text()
    assert ["The Ferry Bell"] == [e.text() for e in page.root.all("h1")]


def test_project_can_have_its_own_theme(tmp_path: Path) -> None:
    """A folder with another name is a theme, chosen in the configuration."""
    (tmp_path / "handbill.toml").write_text(
        '[publication]\nname = "T"\nfrom = "t@e.example.org"\n[theme]\nname = "mine"\n'
    )
    shutil.copytree(SHIPPED, tmp_path / "templates/mine")
    tokens = tmp_path / "templates/mine/theme.toml"
    tokens.write_text(
        re.sub(r'(?m)^text = "#\w+"', 'text = "#123456"', tokens.read_text(), count=1)
    )
    project = Project.open(tmp_path)

    assert "color:#123456" in fill_sample(project.render(project.edit(article("x"))).html)


# theme.toml


def toml_with(change: str) -> str:
    return (SHIPPED / "theme.toml").read_text(encoding="utf-8") + change


def test_unknown_key_has_a_suggestion(tmp_path: Path) -> None:
    """The error names the key, and the one that was probably meant."""
    with pytest.raises(ThemeError) as caught:
        themed(tmp_path, theme='acent = "#000000"\n')

    assert f'{tmp_path}/theme.toml, acent: unknown key. Did you mean "accent"?' == str(caught.value)


def test_all_problems_of_the_tokens_are_reported(tmp_path: Path) -> None:
    """Missing keys and wrong types are in one error, a line each."""
    content = toml_with("")
    for old, new in (
        (r"(?m)^body_font = .*\n", ""),
        (r"(?m)^width_px = .*$", 'width_px = "600"'),
        (r"(?m)^font_size_px = .*$", "font_size_px = true"),
        (r"(?m)^text = .*$", 'text = "black"'),
        (r"(?m)^mono_font = .*$", "mono_font = '\"Courier New\", monospace'"),
        (r"(?ms)^\[dark\](.*?)^panel = .*?\n", r"[dark]\1"),
        (r"(?ms)^\[scripts.Arab\]\nbody_font", "[scripts.Arab]\nbodi_font"),
    ):
        content = re.sub(old, new, content, count=1)
    (tmp_path / "theme.toml").write_text(content, encoding="utf-8")

    with pytest.raises(ThemeError) as caught:
        Theme("mine", [tmp_path])

    path = f"{tmp_path}/theme.toml"
    assert {
        f"{path}, body_font: missing; must be a string.",
        f"{path}, width_px: must be a whole number of pixels.",
        f"{path}, font_size_px: must be a whole number of pixels.",
        f"{path}, text: write the color as six hexadecimal digits, #23201b.",
        f"{path}, dark.panel: missing; must be a string.",
        f"{path}, mono_font: write the fonts as in CSS: 'Times New Roman', serif.",
        f'{path}, scripts.Arab.bodi_font: unknown key. Did you mean "body_font"?',
    } == set(str(caught.value).split("\n"))


def test_invalid_toml_error_has_the_line(tmp_path: Path) -> None:
    """Invalid TOML is reported with the parser's line."""
    with pytest.raises(ThemeError, match=r"theme\.toml: invalid TOML: .*line 2"):
        themed(tmp_path, theme='background = "#fff"\nsurface = \n')


def test_theme_without_tokens_is_an_error(tmp_path: Path) -> None:
    """A folder without theme.toml is not a theme."""
    with pytest.raises(ThemeError, match=r"theme\.toml: cannot read the theme's theme\.toml"):
        Theme("mine", [tmp_path])


def test_missing_theme_is_an_error() -> None:
    """Nor is a name without a folder."""
    with pytest.raises(ThemeError, match="mine"):
        Theme("mine", [])


# Templates


def test_template_syntax_error_has_file_and_line(tmp_path: Path) -> None:
    """Also in an included file."""
    broken = file_with("{{ email.language }}", "{{ email.language }")
    included = "<mj-section>\n\n{% if x %}\n</mj-section>"

    assert re.match(
        rf"{tmp_path}/email\.mjml\.j2:1: .+\.$", render_error(themed(tmp_path, email=broken))
    )
    (tmp_path / "email.mjml.j2").unlink()
    assert re.match(
        rf"{tmp_path}/footer\.mjml\.j2:\d: .+\.$", render_error(themed(tmp_path, footer=included))
    )


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("{{ email.titel }}", "no attribute 'titel'"),
        ("{{ emial.title }}", "'emial' is undefined"),
        ("{{ theme.acent }}", "no attribute 'acent'"),
        ("{{ 1 // 0 }}", "by zero"),
        ("{{ email.title.foo.bar }}", "no attribute 'foo'"),
        ("{% for x in 3 %}{% endfor %}", "not iterable"),
        ("{{ email.title | nofilter }}", "nofilter"),
        ('{% include "gone.mjml.j2" %}', "gone.mjml.j2: file not found"),
    ],
)
def test_template_runtime_error_has_file_and_line(tmp_path: Path, wrong: str, reason: str) -> None:
    """An undefined name or a failing expression is reported with its line."""
    footer = f"<mj-section>\n<mj-column>\n<mj-text>{wrong}</mj-text>\n</mj-column></mj-section>"
    message = render_error(themed(tmp_path, footer=footer))

    assert reason in message
    if "gone" not in wrong:
        assert message.startswith(f"{tmp_path}/footer.mjml.j2:3: ")


def test_template_in_another_encoding_is_an_error(tmp_path: Path) -> None:
    """Without a traceback."""
    (tmp_path / "footer.mjml.j2").write_bytes("<mj-text>é</mj-text>".encode("latin-1"))

    assert "footer.mjml.j2" in render_error(Theme("mine", [tmp_path, SHIPPED]))


def test_unknown_mjml_tag_is_an_error(tmp_path: Path) -> None:
    """A tag that the compiler would silently drop is rejected, with a suggestion."""
    footer = "<mj-section>\n<mj-column>\n<mj-txt>Words</mj-txt>\n</mj-column></mj-section>"

    assert (
        f'{tmp_path}/footer.mjml.j2:3: <mj-txt> is not an MJML tag and would be dropped. Did you mean "mj-text"?'
        == render_error(themed(tmp_path, footer=footer))
    )


@pytest.mark.parametrize(
    "wrong",
    [
        "<mj-text>Never closed",
        "<mj-text>Words <b>bold</mj-text>",
        "<mj-text><p>1 < 2</p></mj-text>",
        "<mj-text padding=3px>Words</mj-text>",
        "<mj-text>Words</mj-text></mj-foo>",
        "<mj-text>&copy; words &nbsp; <br> <u>more</mj-text>",
        "<mj-divider>Words in a line</mj-divider>",
    ],
)
def test_malformed_mjml_error_has_file_and_line(tmp_path: Path, wrong: str) -> None:
    """Whatever MJML allows in the templates around it."""
    footer = f"<mj-section>\n<mj-column>\n{wrong}\n</mj-column></mj-section>"
    message = render_error(themed(tmp_path, footer=footer))

    assert message.startswith(f"{tmp_path}/footer.mjml.j2:3: ")
    assert "\n" not in message


def test_template_without_the_article_is_rejected(tmp_path: Path) -> None:
    """Omitting a part of the email is an error."""
    for old in ("{{ part.article }}", "{{ email.endnotes }}"):
        broken = file_with(old, "")
        message = render_error(themed(tmp_path, email=broken))
        assert "omits a part of the email" in message
    masthead = file_with("{{ email.lead_image }}", "", "header.mjml.j2")
    (tmp_path / "email.mjml.j2").unlink()
    assert "omits a part of the email" in render_error(themed(tmp_path, header=masthead))


TIMED = replace(
    WITH_APPEAL,
    appeals=(
        replace(
            APPEAL,
            deadline=AT,
            after_deadline="x",
            goal=Goal(minor=100),
            charges_immediately=True,
        ),
    ),
)


@pytest.mark.parametrize(
    "words", ["heading", "disclosure", "match", "until", "goal.text", "warning"]
)
def test_template_without_text_of_the_appeal_is_rejected(tmp_path: Path, words: str) -> None:
    """It must print all text of the appeal, and its main button."""
    ask = file_with(f"{{{{ appeal.{words} }}}}", "", "appeal.mjml.j2")
    bare = file_with("{{ appeal.button.label }}", "", "appeal.mjml.j2")

    for broken in (ask, bare):
        with pytest.raises(RenderError, match="omits a part of the email"):
            render(TIMED, themed(tmp_path, appeal=broken))


def test_template_without_markers_is_rejected(tmp_path: Path) -> None:
    """Without the markers every recipient would see all variants of an appeal."""
    broken = file_with("{{ part.marker }}", "")

    with pytest.raises(RenderError, match="omits a part of the email"):
        render(TIMED, themed(tmp_path, email=broken))


def test_markers_in_another_order_are_rejected(tmp_path: Path) -> None:
    """The markers between the variants must be in order."""
    broken = file_with("in email.parts %}", "in email.parts | reverse %}")

    with pytest.raises(RenderError, match="cannot be told apart"):
        render(TIMED, themed(tmp_path, email=broken))


def test_article_in_an_ignored_attribute_is_rejected(tmp_path: Path) -> None:
    """Text in an attribute that the compiler ignores would be lost."""
    broken = file_with("{{ part.article }}", "</mj-text><mj-text words='{{ part.article }}'>")

    assert "MJML dropped a part of the email" in render_error(themed(tmp_path, email=broken))


def test_invalid_style_sheet_is_an_error(tmp_path: Path) -> None:
    """A selector that premailer cannot read is an error that names the file."""
    message = render_error(themed(tmp_path, prose='.prose img[src*="a,b"] { border: 0; }'))

    assert "prose.css.j2" in message


def test_templates_can_use_html_that_mjml_allows(tmp_path: Path) -> None:
    """Named entities and void tags in a template are fine."""
    footer = file_with(
        "{{ email.subscription_reason }}",
        "&copy; A&nbsp;B <br> {{ email.subscription_reason }}",
        "footer_text.html.j2",
    )
    (tmp_path / "footer_text.html.j2").write_text(footer)
    page = Page(fill_sample(render(WITH_APPEAL, themed(tmp_path)).html))

    assert "© A\u00a0B You're receiving" in page.root.text()


def test_rendering_has_no_shared_state() -> None:
    """A theme renders the second email as it did the first."""
    one = make_issue(article(para("x", ref(1)), notes=(note(1, "Said."),)))
    first = render(one, theme())
    render(make_issue(EVERYTHING), theme())

    assert first == render(one, theme())


# Building on another theme


def project_with(root: Path, theme: str = "mine", **files: str) -> Project:
    """Return a project set in *theme*, with *files* in `templates/`, named `theme__file`."""
    (root / "handbill.toml").write_text(
        f'[publication]\nname = "T"\nfrom = "t@e.example.org"\n[theme]\nname = "{theme}"\n'
    )
    for name, content in files.items():
        folder, file = name.split("__")
        path = root / "templates" / folder / f"{file}.{'toml' if file == 'theme' else 'mjml.j2'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return Project.open(root)


def test_theme_inherits_missing_files(tmp_path: Path) -> None:
    """One file is enough for a theme; the rest comes from the theme it extends."""
    mine = 'extends = "plain"\ntext = "#123456"\n[dark]\ntext = "#fedcba"\n'
    tokens = project_with(tmp_path, mine__theme=mine).theme.tokens
    plain = Theme.find("plain", [find_shipped("templates")]).tokens

    assert ("#123456", "#fedcba") == (tokens.text, tokens.dark.text)
    assert (plain.surface, plain.dark.surface, plain.width_px, plain.body_font) == (
        tokens.surface,
        tokens.dark.surface,
        tokens.width_px,
        tokens.body_font,
    )


def test_template_can_extend_the_inherited_one(tmp_path: Path) -> None:
    """By the name of that theme, whose file the project may have changed itself."""
    project = project_with(
        tmp_path,
        mine__theme='extends = "default"\n',
        mine__footer='{% include "default/footer.mjml.j2" %}{{ "<mj-raw><!--below--></mj-raw>" }}',
        default__footer="<mj-section><mj-column><mj-text>Changed</mj-text></mj-column></mj-section>",
    )
    html = fill_sample(project.render(project.edit(article("x"))).html)

    assert "Changed" in html
    assert "<!--below-->" in html
    assert "You're receiving this email" not in html


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"mine__theme": 'extends = "mine"'}, "extends: mine extends mine."),
        (
            {"mine__theme": 'extends = "other"', "other__theme": 'extends = "mine"'},
            "extends: mine extends other extends mine.",
        ),
        (
            {"mine__theme": 'extends = "plane"'},
            'extends: no theme is called "plane". Did you mean "plain"?',
        ),
    ],
)
def test_invalid_extends_is_an_error(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    """A cycle, or a name without a folder, is reported with its file."""
    with pytest.raises(ThemeError) as caught:
        project_with(tmp_path, **files).theme  # noqa: B018  # reading it is what fails

    assert reason in str(caught.value)
    assert f"{tmp_path}/templates/" in str(caught.value)


# Contrast


def test_low_contrast_is_an_error(tmp_path: Path) -> None:
    """Each pair of colors with low contrast is reported with file, key and ratio, in both schemes."""
    pale = 'muted = "#999999"\naccent_text = "#8f3b1f"\n[dark]\ntext = "#777777"\n'

    with pytest.raises(ThemeError) as caught:
        themed(tmp_path, theme=pale)

    messages = str(caught.value).split("\n")
    path = f"{tmp_path}/theme.toml"
    assert (
        f"{path}, accent_text: its contrast with accent is 1.00 to 1, below 4.5. "
        "Make one of them darker or lighter." in messages
    )
    assert {"muted", "accent_text", "dark.text"} == {
        line.split(", ")[1].split(":")[0] for line in messages
    }


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#0000ff", 2.15),
    ],
)
def test_contrast_ratio_follows_wcag(one: str, other: str, ratio: float) -> None:
    """The two greys are just below and just above the minimum."""
    first, second = parse_hex_color(one), parse_hex_color(other)
    assert (
        ratio == round(contrast_ratio(first, second), 2) == round(contrast_ratio(second, first), 2)
    )


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("script", ["Latn", "Arab", "Hebr", "Deva", "Jpan", "Hans", "Hant", "Kore"])
def test_every_script_has_its_fonts(name: str, script: str) -> None:
    """In each theme a script has a font that Windows has first, and a generic family last."""
    tokens = Theme.find(name, [find_shipped("templates")]).tokens.for_script(script)

    for fonts in (tokens.body_font, tokens.title_font, tokens.sans_font, tokens.mono_font):
        first, *_, last = re.findall(r"[\w -]+", fonts.replace("'", ""))
        assert first in WINDOWS
        assert last.strip() in ("serif", "sans-serif", "monospace")
    assert 1.45 < tokens.line_height_px / tokens.font_size_px < 2


# The logo


def png(width: int, height: int, colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


def test_logo_replaces_the_name(tmp_path: Path) -> None:
    """It is attached, at the configured width; in dark mode another is shown, which Outlook never sees."""
    (tmp_path / "day.png").write_bytes(png(320, 80, "black"))
    (tmp_path / "night.png").write_bytes(png(320, 80, "white"))
    project = project_with(tmp_path, theme="default")
    with (tmp_path / "handbill.toml").open("a") as file:
        file.write('logo = "day.png"\nlogo_dark = "night.png"\nlogo_width = 160\n')
    project = Project.open(tmp_path)
    edition = project.render(project.edit(article("x")))
    html = fill_sample(edition.html)
    day, night = Page(html).root.all("img")

    assert [f"cid:{image.content_id}" for image in edition.images] == [
        day.attributes["src"],
        night.attributes["src"],
    ]
    assert ("160", "40", "T", ["light-only"]) == (
        day.attributes["width"],
        day.attributes["height"],
        day.attributes["alt"],
        day.classes,
    )
    assert "none" == night.styles["display"]
    assert re.search(
        r'<!--\[if !mso\]><!--><img [^>]*class="dark-only"[^>]*><!--<!\[endif\]-->', html
    )
    assert "T" not in [e.text() for e in Page(html).root.find_class("name")]


def test_missing_logo_is_an_error(tmp_path: Path) -> None:
    """The error names the file and the table of the configuration."""
    project_with(tmp_path, theme="default")
    with (tmp_path / "handbill.toml").open("a") as file:
        file.write('logo = "gone.png"\n')
    project = Project.open(tmp_path)

    with pytest.raises(RenderError, match=r"gone\.png: the logo cannot be read .*\[theme\]"):
        project.render(project.edit(article("x")))


def test_dark_logo_needs_a_logo(tmp_path: Path) -> None:
    """A dark logo alone is an error."""
    project_with(tmp_path, theme="default")
    with (tmp_path / "handbill.toml").open("a") as file:
        file.write('logo_dark = "night.png"\n')

    with pytest.raises(ConfigError, match=r"\[theme\] logo_dark: .* logo is missing"):
        Project.open(tmp_path)


@pytest.mark.parametrize(
    "template",
    [
        "{{ email.__class__.__init__.__globals__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
        "{% for n in range(10 ** 9) %}{% endfor %}",
    ],
)
def test_a_theme_is_no_program(tmp_path: Path, template: str) -> None:
    """A theme that somebody passed on reaches neither Python nor this machine."""
    folder = tmp_path / "templates" / "mine"
    folder.mkdir(parents=True)
    (folder / "theme.toml").write_text('extends = "default"\n')
    (folder / "email.mjml.j2").write_text(template)
    roots = [tmp_path / "templates", find_shipped("templates")]
    with pytest.raises(ThemeError, match=r"email\.mjml\.j2"):
        render(make_issue(EVERYTHING), Theme.find("mine", roots), read_image=lambda src: b"")
