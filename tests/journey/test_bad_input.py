"""Whatever is wrong with the input: one clear sentence, exit 1 or 2, and nothing half-written left behind."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from pipeline.files import find_shipped
from tests.journey.command import (
    ARTICLE,
    CONFIG,
    Done,
    handbill,
    install_plugin,
    make_project,
    new_names,
    read_message,
    tree,
)

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 8
TOO_LARGE = 20 * 1024 * 1024 + 1
SEND = ("send", "tide.md", "--to", "ada@example.org")
RENDER = ("render", "tide.md", "-o", "out")


def assert_one_sentence(done: Done, *expected: str, exit_code: int = 1) -> None:
    """See that the command failed with one sentence, which holds all that is *expected*."""
    assert (exit_code, "") == (done.exit_code, done.stdout)
    assert "Traceback" not in done.stderr
    assert "unexpected error" not in done.stderr
    assert 1 == len(done.errors), done.stderr
    missing = [words for words in expected if words not in done.errors[0]]
    assert [] == missing, done.errors[0]
    assert done.errors[0].endswith((".", "?", ")")), done.errors[0]


# The source

SOURCES = {
    "missing": (None, "does not exist"),
    "empty": (b"", "empty"),
    "blank": (b" \n\t\n", "empty"),
    "byte order mark only": (b"\xef\xbb\xbf", "empty"),
    "binary": (PNG, "not text"),
    "binary by its bytes": (bytes(range(256)) * 64, "not UTF-8"),
    "undecodable": ("Zürich, Ελλάδα. ".encode() * 40 + b"\xff\xfe\x81\x8d" * 40, "UTF-8"),
    "front matter without end": (
        b"---\ntitle: A Title\nauthor: Ada\n\nText of the folder_without_project.\n",
        "front matter",
    ),
    "broken YAML": (b"---\ntitle: [one, two\n---\n\nText.\n", "front matter"),
    "broken TOML": (b'+++\ntitle = "one\n+++\n\nText.\n', "front matter"),
    "front matter that is a list": (b"---\n- one\n- two\n---\n\nText.\n", "front matter"),
    "an unknown key of the appeal": (
        b"---\ntitle: A\nappeal:\n  buton: Give\n---\n\nText.\n",
        'Did you mean "button"?',
    ),
}


@pytest.mark.parametrize("command", [RENDER, SEND], ids=["render", "send"])
@pytest.mark.parametrize("kind", SOURCES)
def test_a_source_that_cannot_be_read(command: tuple[str, ...], kind: str, project: Path) -> None:
    """A source that is no article stops every command with its name and the reason."""
    content, reason = SOURCES[kind]
    source = project / "tide.md"
    source.unlink() if content is None else source.write_bytes(content)
    before = tree(project)
    done = handbill(*command, cwd=project)

    assert_one_sentence(done, "tide.md", reason)
    assert [] == new_names(before, project)


@pytest.mark.parametrize("suffix", ["md", "txt"])
def test_a_source_that_is_too_large(suffix: str, project: Path) -> None:
    """More than 20 MB are refused before they are read, from a file and from standard input."""
    large = project / f"large.{suffix}"
    with large.open("wb") as file:
        file.truncate(TOO_LARGE)
    named = handbill("render", large.name, "-o", "out", cwd=project)
    piped = handbill(
        *("render", "-", "--format", "text", "-o", "out"),
        cwd=project,
        stdin=b"word " * (TOO_LARGE // 4),
    )

    assert_one_sentence(named, large.name, "20 MB")
    assert_one_sentence(piped, "20 MB")
    assert not (project / "out").exists()


@pytest.mark.parametrize("kind", ["empty", "binary", "undecodable", "broken YAML"])
def test_standard_input_that_cannot_be_read(kind: str, project: Path) -> None:
    """What comes by standard input is looked at in the same way."""
    content, reason = SOURCES[kind]
    done = handbill("load", "-", "--format", "markdown", cwd=project, stdin=content or b"")

    assert_one_sentence(done, reason)


def test_a_folder_is_no_source(project: Path) -> None:
    """A folder in place of a file is named as one."""
    (project / "drafts.md").mkdir()

    assert_one_sentence(handbill("load", "drafts.md", cwd=project), "drafts.md", "folder")


def test_a_source_of_no_known_kind(project: Path) -> None:
    """A file whose ending says nothing asks for --format, and names the formats."""
    (project / "tide.wpd").write_text(ARTICLE, encoding="utf-8")
    done = handbill("load", "tide.wpd", cwd=project)

    assert_one_sentence(done, "tide.wpd", "--format", "markdown", "text")


# Names and addresses


def test_an_unknown_format(project: Path) -> None:
    """An unknown --format is told with those there are, and the nearest."""
    done = handbill("load", "tide.md", "--format", "markdwon", cwd=project)

    assert_one_sentence(done, '"markdwon"', "text", 'Did you mean "markdown"?')


def test_an_unknown_sender(project: Path) -> None:
    """An unknown --sender is told with those there are, and the nearest, before anything is done."""
    done = handbill(*SEND, "--sender", "outbix", cwd=project)

    assert_one_sentence(done, '"outbix"', 'Did you mean "outbox"?')
    assert not (project / "outbox").exists()


@pytest.mark.parametrize(
    "address",
    [
        *("ada", "ada@", "@example.org", "ada@example", "ada@exa mple.org", "a@b@example.org"),
        *(
            "ada@example.org, bo@example.org",
            "Ada <ada@example.org",
            "ada@example.org\nBcc: x@y.zz",
        ),
        *("ada@-example.org"),
    ],
)
def test_an_address_that_is_none(address: str, project: Path) -> None:
    """What is no address stops the send before anybody gets it, the others included."""
    before = tree(project)
    done = handbill(*SEND, "--to", address, cwd=project)

    assert_one_sentence(done, "address")
    assert [] == new_names(before, project)


# Places that cannot be written


@pytest.mark.parametrize("place", ["outbox", "parent"])
def test_an_outbox_that_cannot_be_made(place: str, project: Path) -> None:
    """A file where the outbox, or a folder above it, should be stops the send and says so."""
    directory = "outbox" if place == "outbox" else "shelf/outbox"
    (project / directory.partition("/")[0]).write_text("in the way", encoding="utf-8")
    config = CONFIG + f'\n[senders.outbox]\nkind = "outbox"\ndirectory = "{directory}"\n'
    (project / "handbill.toml").write_text(config, encoding="utf-8")
    before = tree(project)
    done = handbill(*SEND, "--json", cwd=project)

    assert 1 == done.exit_code
    assert "Traceback" not in done.stderr
    assert 1 == len(done.errors) and directory.partition("/")[0] in done.errors[0]
    assert ("failed", 0, 1) == tuple(done.json[k] for k in ("state", "accepted", "pending"))
    assert [] == new_names(before, project)


def test_a_place_to_render_that_cannot_be_made(project: Path) -> None:
    """A file where the folder should be stops the rendering."""
    (project / "out").write_text("in the way", encoding="utf-8")
    before = tree(project)
    done = handbill(*("render", "tide.md", "-o", "out/march"), cwd=project)

    assert_one_sentence(done, "out", "-o")
    assert [] == new_names(before, project)


def test_a_project_that_cannot_be_made(tmp_path: Path) -> None:
    """A file where the project should be stops `init`."""
    (tmp_path / "folder_without_project").write_text("in the way", encoding="utf-8")

    assert handbill("init", "folder_without_project", cwd=tmp_path).exit_code in (1, 2)
    assert_one_sentence(
        handbill("init", "folder_without_project/inside", cwd=tmp_path), "folder_without_project"
    )
    assert {"folder_without_project": b"in the way"} == tree(tmp_path)


@pytest.fixture
def folder_without_project(tmp_path: Path) -> Path:
    """A folder with an article and nothing else: no project, and so no store."""
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "tide.md").write_text(ARTICLE, encoding="utf-8")
    return folder


@pytest.mark.parametrize("has_old", [False, True], ids=["new", "old files there"])
@pytest.mark.parametrize("part", ["html", "text", "eml"])
def test_a_full_disk_leaves_no_rendering(part: str, has_old: bool, project: Path) -> None:
    """When the disk fills while any of the files is written, none is left, and older ones stay as they were."""
    sizes = handbill("render", "tide.md", "-o", "whole", "--json", cwd=project).json["bytes"]
    smaller = [size for size in sizes.values() if size < sizes[part]]
    (project / "out").mkdir()
    if has_old:
        (project / "out" / "tide.html").write_text("the old page", encoding="utf-8")
        (project / "out" / "tide.eml").write_text("the old mail", encoding="utf-8")
    before = tree(project)
    done = handbill(*RENDER, cwd=project, largest_file=max([*smaller, 64]))

    assert_one_sentence(done, "File too large")
    assert [] == new_names(before, project)


def test_a_full_disk_stops_a_send(project: Path) -> None:
    """If the campaign cannot be stored, nothing is sent, and the error is one sentence."""
    done = handbill(*SEND, cwd=project, largest_file=2000)

    assert_one_sentence(done, "handbill.db", "disk I/O error", "Free some disk space")
    assert not list(project.rglob("*.eml"))


def test_a_full_disk_stops_a_send_without_a_project(folder_without_project: Path) -> None:
    """When not even the first folder_without_project can be written, nothing lies in the outbox."""
    before = tree(folder_without_project)
    done = handbill(*SEND, "--json", cwd=folder_without_project, largest_file=2000)

    assert (1, 1) == (done.exit_code, len(done.errors))
    assert ("failed", 0, 1, None) == tuple(
        done.json[key] for key in ("state", "accepted", "pending", "outbox")
    )
    assert {"outbox"} >= set(new_names(before, folder_without_project))


def test_a_disk_that_fills_midway_leaves_complete_messages(folder_without_project: Path) -> None:
    """Messages written before the disk was full are whole, counted and listed; nothing else is there."""
    size = handbill("render", "tide.md", "--json", cwd=folder_without_project).json["bytes"]["eml"]
    addresses = [word for n in range(300) for word in ("--to", f"reader{n}@example.org")]
    done = handbill(
        "send",
        "tide.md",
        *addresses,
        "--json",
        cwd=folder_without_project,
        largest_file=size + 2000,
    )

    campaign = done.json
    assert (1, "failed", 300) == (done.exit_code, campaign["state"], campaign["recipients"])
    folder = Path(campaign["outbox"])
    letters = sorted(folder.glob("*.eml"))
    assert 0 < campaign["accepted"] == len(letters) < 300
    assert 300 - len(letters) == campaign["pending"]
    listed = [json.loads(line) for line in (folder / "manifest.jsonl").read_bytes().splitlines()]
    assert {path.name for path in letters} == {entry["file"] for entry in listed}
    for path in letters:
        assert [] == read_message(path).defects
    assert sorted([*letters, folder / "manifest.jsonl"]) == sorted(folder.iterdir())


@pytest.mark.parametrize("largest_file", [0, 10, 100, 2000])
def test_a_full_disk_makes_no_project(largest_file: int, tmp_path: Path) -> None:
    """`init` that runs out of room leaves no cut-off file, and can be repeated when there is room."""
    done = handbill("init", "folder_without_project", cwd=tmp_path, largest_file=largest_file)

    assert_one_sentence(done, "folder_without_project", "cannot be created")
    files = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert {".gitignore", "secret"} >= files
    assert 0 == handbill("init", "folder_without_project", cwd=tmp_path).exit_code
    assert 65 == (tmp_path / "folder_without_project/.handbill/secret").stat().st_size


# The theme

EMAIL_TEMPLATE = "email.mjml.j2"


def _theme(project: Path, name: str, old: str, new: str) -> int:
    """Change *old* to *new* in the project's own copy of a theme's file; return the line of the change."""
    own = project / "templates" / "default"
    shutil.copytree(find_shipped("templates") / "default", own)
    source = (own / name).read_text(encoding="utf-8")
    assert old in source, "the sample must change something"
    (own / name).write_text(source.replace(old, new, 1), encoding="utf-8")
    return source[: source.index(old)].count("\n") + 1


@pytest.mark.parametrize("command", [RENDER, SEND], ids=["render", "send"])
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<mj-body", "{% if %}<mj-body", ""),
        ("<mj-body", "{{ email.nonesuch }}<mj-body", "nonesuch"),
        ("<mj-body", "{{ 1 // 0 }}<mj-body", "zero"),
        ("<mj-body", "{% include 'nonesuch.j2' %}<mj-body", "nonesuch.j2"),
        ("<mj-body", "<mj-body a=", "MJML"),
        ("<mj-body", "<mj-boddy /><mj-body", 'Did you mean "mj-body"?'),
    ],
    ids=["syntax", "undefined", "runtime", "include", "malformed", "unknown tag"],
)
def test_a_theme_with_an_error(
    command: tuple[str, ...], old: str, new: str, reason: str, project: Path
) -> None:
    """An error in a template names its file, and its line, and nothing is written."""
    line = _theme(project, EMAIL_TEMPLATE, old, new)
    before = tree(project)
    done = handbill(*command, cwd=project)

    place = "nonesuch.j2" if "include" in new else f"{EMAIL_TEMPLATE}:{line}"
    assert_one_sentence(done, place, reason)
    assert [] == new_names(before, project)


def test_a_style_sheet_with_an_error(project: Path) -> None:
    """An error in the style sheet's template names its file and line."""
    line = _theme(project, "prose.css.j2", "{{", "{{ nonesuch }}{{")

    assert_one_sentence(handbill(*RENDER, cwd=project), f"prose.css.j2:{line}", "nonesuch")


def test_a_theme_table_with_an_error(project: Path) -> None:
    """A slip in theme.toml is told with the nearest known name."""
    _theme(project, "theme.toml", "accent ", "acent ")
    done = handbill(*RENDER, cwd=project)

    assert 1 == done.exit_code
    assert 'theme.toml, acent: unknown key. Did you mean "accent"?' in done.stderr


# The configuration

FIVE_MISTAKES = """\
[publication]
name = "The Lantern"
from = "The Lantern <letters at lantern.example.org>"
timezone = "Europe/Lundon"
posta_address = "12 Quay Street, Skerrow"

[notes]
anchors = "mial"

[sender]
default = "outbix"
"""


def test_a_configuration_with_five_mistakes(project: Path) -> None:
    """All mistakes are shown at once, each with its line, its key, what was given and what is allowed."""
    (project / "handbill.toml").write_text(FIVE_MISTAKES, encoding="utf-8")
    before = tree(project)
    done = handbill(*SEND, cwd=project)

    expected = {
        "handbill.toml:3, [publication] from: ": [
            "letters at lantern.example.org",
            "name@example.org",
        ],
        "handbill.toml:4, [publication] timezone: ": ["Europe/Lundon", "Europe/London"],
        "handbill.toml:5, [publication] posta_address: ": ['Did you mean "postal_address"?'],
        "handbill.toml:8, [notes] anchors: ": ["mial", "mail, web, none", 'Did you mean "mail"?'],
        "handbill.toml:11, [sender] default: ": [
            "outbix",
            "Known: outbox",
            'Did you mean "outbox"?',
        ],
    }
    assert (1, "", 5) == (done.exit_code, done.stdout, len(done.errors))
    for place, words in expected.items():
        (line,) = [line for line in done.errors if place in line]
        assert [] == [word for word in words if word not in line], line
    assert [] == new_names(before, project)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("[publication\n", ("handbill.toml", "line 1")),
        ('[publication]\nname = "one\n', ("handbill.toml", "line 2")),
        ("", ("handbill.toml", "publication", "missing")),
        ('publication = "The Lantern"\n', ("handbill.toml:1", "publication")),
        ('[publication]\nname = "A"\n', ("handbill.toml:1", "from", "missing")),
        (CONFIG + "\n[senders]\noutbox = 3\n", ("handbill.toml:16", "[senders] outbox")),
        (CONFIG.replace("[10, 25]", "[10, -25]"), ("handbill.toml:13", "amounts", "-25")),
        (CONFIG.replace("https://", "http://"), ("handbill.toml:12", "url", "https://")),
        (CONFIG + '\n[theme]\nname = "defualt"\n', ('Did you mean "default"?',)),
    ],
)
def test_a_configuration_with_one_mistake(
    config: str, expected: tuple[str, ...], project: Path
) -> None:
    """Each mistake is one sentence with its place."""
    (project / "handbill.toml").write_text(config, encoding="utf-8")

    assert_one_sentence(handbill("check", "tide.md", "--no-spam", cwd=project), *expected)


def test_a_configuration_in_another_encoding(tmp_path: Path) -> None:
    """A configuration that is not UTF-8 says so."""
    project = make_project(tmp_path)
    (project / "handbill.toml").write_bytes(CONFIG.replace("Quay", "Käi").encode("latin-1"))

    assert_one_sentence(handbill("load", "tide.md", cwd=project), "handbill.toml", "UTF-8")


def test_a_sender_with_an_unknown_option(project: Path) -> None:
    """An option its sender does not know is told with the nearest."""
    config = CONFIG + '\n[senders.shelf]\nkind = "outbox"\ndirectroy = "shelf"\n'
    (project / "handbill.toml").write_text(config, encoding="utf-8")
    done = handbill(*SEND, "--sender", "shelf", cwd=project)

    assert_one_sentence(done, '"directroy"', 'Did you mean "directory"?')


def test_a_sender_of_an_unknown_kind(project: Path) -> None:
    """A table whose kind nobody offers is told with the nearest."""
    config = CONFIG + '\n[senders.shelf]\nkind = "outbix"\n'
    (project / "handbill.toml").write_text(config, encoding="utf-8")
    done = handbill(*SEND, "--sender", "shelf", cwd=project)

    assert_one_sentence(done, '"outbix"', 'Did you mean "outbox"?')


def test_a_plugin_that_cannot_be_imported(project: Path, tmp_path: Path) -> None:
    """A third party's broken sender is named, and what to do about it."""
    env = install_plugin(tmp_path, "raise RuntimeError('no wings')", pigeon="Pigeon")
    done = handbill(*SEND, "--sender", "pigeon", "--yes", cwd=project, env=env)

    assert_one_sentence(done, '"pigeon"', "no wings", "Reinstall")


# Pictures


@pytest.mark.parametrize(
    ("src", "content", "reason"),
    [
        ("missing.png", None, "image not found"),
        ("broken.png", b"\x89PNG\r\n\x1a\nnot really", ""),
        ("text.png", b"no picture at all", ""),
        ("../../../../../../etc/passwd", None, "outside"),
    ],
)
def test_an_unusable_image(src: str, content: bytes | None, reason: str, project: Path) -> None:
    """A picture that is missing, broken or outside the project is an error by its name; it is not sent."""
    (project / "tide.md").write_text(ARTICLE + f"\n![The clock]({src})\n", encoding="utf-8")
    if content is not None:
        (project / src).write_bytes(content)
    done = handbill(*RENDER, cwd=project)

    assert 0 == done.exit_code
    assert re.search(
        rf"error image\.not-shown: line \d+, \S*{re.escape(Path(src).name)}: .*{reason}",
        done.stderr,
    )
    before = tree(project)
    assert 1 == handbill(*SEND, cwd=project).exit_code
    assert [] == new_names(before, project)
