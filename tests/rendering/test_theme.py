"""A theme: what a project may change in it, and how its mistakes are told."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from pipeline.errors import RenderError, ThemeError
from pipeline.project import Project
from pipeline.rendering import Theme, render
from pipeline.resources import shipped
from tests.rendering.letters import (
    ASKED,
    EVERYTHING,
    article,
    issue_of,
    note,
    para,
    ref,
    shown,
    theme,
)
from tests.rendering.reading import Page

SHIPPED = shipped("templates") / "default"


def themed(folder: Path, **files: str) -> Theme:
    """Return the shipped theme with *files* laid over it, named without their endings."""
    endings = {"theme": ".toml", "prose": ".css.j2", "shell": ".css.j2"}
    for name, content in files.items():
        (folder / f"{name}{endings.get(name, '.mjml.j2')}").write_text(content, encoding="utf-8")
    return Theme("mine", [folder, SHIPPED])


def letter_with(old: str, new: str, file: str = "letter.mjml.j2") -> str:
    """Return a shipped file with *old* replaced."""
    text = (SHIPPED / file).read_text(encoding="utf-8")
    assert 1 <= text.count(old)
    return text.replace(old, new, 1)


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def refused(theme: Theme) -> str:
    """Return how rendering a whole letter fails."""
    with pytest.raises(RenderError) as caught:
        render(ASKED, theme)
    return str(caught.value)


# Overriding


def test_a_project_overrides_single_files(tmp_path: Path) -> None:
    """A file in the project's own folder of the theme wins; all others stay the shipped ones."""
    (tmp_path / "handbill.toml").write_text('[publication]\nname = "T"\nfrom = "t@e.example.org"\n')
    own = tmp_path / "templates/default"
    own.mkdir(parents=True)
    (own / "footer.mjml.j2").write_text(
        "<mj-section><mj-column><mj-text>My own footer</mj-text></mj-column></mj-section>"
    )
    project = Project.open(tmp_path)
    page = Page(shown(project.render(project.edit(article("x"))).html))

    assert "My own footer" in page.root.text()
    assert "You receive this letter" not in page.root.text()
    assert ["The Ferry Bell"] == [e.text() for e in page.root.all("h1")]


def test_a_project_may_have_a_theme_of_its_own(tmp_path: Path) -> None:
    """A folder of another name is a theme, chosen in the configuration."""
    (tmp_path / "handbill.toml").write_text(
        '[publication]\nname = "T"\nfrom = "t@e.example.org"\n[theme]\nname = "mine"\n'
    )
    shutil.copytree(SHIPPED, tmp_path / "templates/mine")
    tokens = tmp_path / "templates/mine/theme.toml"
    tokens.write_text(re.sub(r'ink = "#\w+"', 'ink = "#123456"', tokens.read_text(), count=1))
    project = Project.open(tmp_path)

    assert "color:#123456" in shown(project.render(project.edit(article("x"))).html)


# theme.toml


def toml_with(change: str) -> str:
    return (SHIPPED / "theme.toml").read_text(encoding="utf-8") + change


def test_an_unknown_key_is_told_with_the_nearest(tmp_path: Path) -> None:
    """A key that is not known is named, with the one that was probably meant."""
    with pytest.raises(ThemeError) as caught:
        themed(tmp_path, theme=toml_with('acent = "#000000"\n'))

    assert f'{tmp_path}/theme.toml, acent: this key is not known. Did you mean "accent"?' == str(
        caught.value
    )


def test_all_mistakes_of_the_tokens_are_told_together(tmp_path: Path) -> None:
    """Missing keys and wrong types stand in one message, a line each."""
    content = re.sub(r"(?m)^serif = .*\n", "", toml_with(""))
    content = re.sub(r"(?m)^width_px = .*$", 'width_px = "600"', content)
    content = re.sub(r"(?m)^text_px = .*$", "text_px = true", content)

    with pytest.raises(ThemeError) as caught:
        themed(tmp_path, theme=content)

    path = f"{tmp_path}/theme.toml"
    assert {
        f"{path}, serif: a text is needed.",
        f"{path}, width_px: a whole number of pixels is needed.",
        f"{path}, text_px: a whole number of pixels is needed.",
    } == set(str(caught.value).split("\n"))


def test_broken_toml_is_told_with_its_line(tmp_path: Path) -> None:
    """What is no TOML is told with the parser's line."""
    with pytest.raises(ThemeError, match=r"theme\.toml: this is no TOML: .*line 2"):
        themed(tmp_path, theme='page = "#fff"\npaper = \n')


def test_a_theme_without_tokens_is_told(tmp_path: Path) -> None:
    """A folder without theme.toml is no theme."""
    with pytest.raises(ThemeError, match=r"theme\.toml: the theme has no readable theme\.toml"):
        Theme("mine", [tmp_path])


def test_a_theme_that_is_nowhere_is_told() -> None:
    """Neither is a name without a folder."""
    with pytest.raises(ThemeError, match="mine"):
        Theme("mine", [])


# Templates


def test_a_syntax_error_is_told_with_file_and_line(tmp_path: Path) -> None:
    """What Jinja cannot read is told with its line, in an included file too."""
    broken = letter_with("{{ letter.language }}", "{{ letter.language }")
    included = "<mj-section>\n\n{% if x %}\n</mj-section>"

    assert re.match(
        rf"{tmp_path}/letter\.mjml\.j2:1: .+\.$", refused(themed(tmp_path, letter=broken))
    )
    (tmp_path / "letter.mjml.j2").unlink()
    assert re.match(
        rf"{tmp_path}/footer\.mjml\.j2:\d: .+\.$", refused(themed(tmp_path, footer=included))
    )


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("{{ letter.titel }}", "no attribute 'titel'"),
        ("{{ leter.title }}", "'leter' is undefined"),
        ("{{ theme.acent }}", "no attribute 'acent'"),
        ("{{ 1 // 0 }}", "by zero"),
        ("{{ letter.title.foo.bar }}", "no attribute 'foo'"),
        ("{% for x in 3 %}{% endfor %}", "not iterable"),
        ("{{ letter.title | nofilter }}", "nofilter"),
        ('{% include "gone.mjml.j2" %}', "gone.mjml.j2: the theme has no such file"),
    ],
)
def test_a_mistake_while_rendering_is_told_with_file_and_line(
    tmp_path: Path, wrong: str, reason: str
) -> None:
    """An undefined name or a failing expression is told with the line it stands in."""
    footer = f"<mj-section>\n<mj-column>\n<mj-text>{wrong}</mj-text>\n</mj-column></mj-section>"
    message = refused(themed(tmp_path, footer=footer))

    assert reason in message
    if "gone" not in wrong:
        assert message.startswith(f"{tmp_path}/footer.mjml.j2:3: ")


def test_a_template_may_not_leave_utf_8(tmp_path: Path) -> None:
    """A file in another encoding is a sentence, not a traceback."""
    (tmp_path / "footer.mjml.j2").write_bytes("<mj-text>é</mj-text>".encode("latin-1"))

    assert "footer.mjml.j2" in refused(Theme("mine", [tmp_path, SHIPPED]))


def test_an_unknown_tag_is_told(tmp_path: Path) -> None:
    """A tag that the compiler would silently drop is refused, with the one that was probably meant."""
    footer = "<mj-section>\n<mj-column>\n<mj-txt>Words</mj-txt>\n</mj-column></mj-section>"

    assert (
        f'{tmp_path}/footer.mjml.j2:3: <mj-txt> is no tag of MJML and would vanish. Did you mean "mj-text"?'
        == refused(themed(tmp_path, footer=footer))
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
def test_malformed_mjml_is_told_with_its_line(tmp_path: Path, wrong: str) -> None:
    """What the compiler refuses is told with file and line, whatever the templates around it are liberal about."""
    footer = f"<mj-section>\n<mj-column>\n{wrong}\n</mj-column></mj-section>"
    message = refused(themed(tmp_path, footer=footer))

    assert message.startswith(f"{tmp_path}/footer.mjml.j2:3: ")
    assert "\n" not in message


def test_a_template_that_drops_the_article_is_refused(tmp_path: Path) -> None:
    """Leaving out a part of the letter is an error, never silent."""
    for old in ("{{ part.prose }}", "{{ letter.endnotes }}"):
        broken = letter_with(old, "")
        message = refused(themed(tmp_path, letter=broken))
        assert "leaves out a part of the letter" in message
    masthead = letter_with("{{ letter.lead_image }}", "", "masthead.mjml.j2")
    (tmp_path / "letter.mjml.j2").unlink()
    assert "leaves out a part of the letter" in refused(themed(tmp_path, masthead=masthead))


@pytest.mark.parametrize("words", ["heading", "disclosure", "match", "button.url", "turn", "begin"])
def test_a_template_that_drops_words_of_the_ask_is_refused(tmp_path: Path, words: str) -> None:
    """Neither may it leave out words of the ask, or the marks around its two wordings."""
    from dataclasses import replace

    from tests.rendering.letters import APPEAL, AT

    written = "{{ button(appeal.button, box_px) }}" if "." in words else f"{{{{ appeal.{words} }}}}"
    ask = letter_with(written, "", "appeal.mjml.j2")
    issue = replace(ASKED, appeals=(replace(APPEAL, deadline=AT, after_deadline="x"),))

    with pytest.raises(RenderError, match="leaves out a part of the letter"):
        render(issue, themed(tmp_path, appeal=ask))


def test_marks_of_the_wordings_in_another_order_are_refused(tmp_path: Path) -> None:
    """The marks around the two wordings must stand in their order."""
    from dataclasses import replace

    from tests.rendering.letters import APPEAL, AT

    text = (SHIPPED / "appeal.mjml.j2").read_text(encoding="utf-8")
    ask = (
        text.replace("appeal.turn", "appeal.X")
        .replace("appeal.end ", "appeal.turn ")
        .replace("appeal.X", "appeal.end")
    )
    issue = replace(ASKED, appeals=(replace(APPEAL, deadline=AT, after_deadline="x"),))

    with pytest.raises(RenderError, match="not told apart"):
        render(issue, themed(tmp_path, appeal=ask))


def test_article_text_where_mjml_shows_none_is_refused(tmp_path: Path) -> None:
    """Words put into an attribute that the compiler passes over would vanish; that is an error too."""
    broken = letter_with("{{ part.prose }}", "</mj-text><mj-text words='{{ part.prose }}'>")

    assert "MJML lost a part of the mail" in refused(themed(tmp_path, letter=broken))


def test_a_style_sheet_that_cannot_be_inlined_is_told(tmp_path: Path) -> None:
    """A selector that premailer cannot read is an error that names the file."""
    message = refused(themed(tmp_path, prose='.prose img[src*="a,b"] { border: 0; }'))

    assert "prose.css.j2" in message


def test_html_of_a_template_may_be_as_liberal_as_mjml_allows(tmp_path: Path) -> None:
    """Named entities and void tags in a template are fine."""
    footer = letter_with(
        "{{ letter.why }}", "&copy; A&nbsp;B <br> {{ letter.why }}", "footer.mjml.j2"
    )
    page = Page(shown(render(ASKED, themed(tmp_path, footer=footer)).html))

    assert "© A\u00a0B You receive" in page.root.text()


def test_letters_share_no_state() -> None:
    """A theme that has set one letter sets the next as if it were the first."""
    one = issue_of(article(para("x", ref(1)), notes=(note(1, "Said."),)))
    first = render(one, theme())
    render(issue_of(EVERYTHING), theme())

    assert first == render(one, theme())
