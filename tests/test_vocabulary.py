"""The project speaks in the words of docs/glossary.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import vocabulary
from tests.support import ROOT

MODULE = '''
"""Count recipients."""

class Store:
    """Keep subscribers."""

    limit: int

def count_recipients(limit: int) -> str:
    """Return the count."""
    # a comment
    return "No recipients found."
'''


def test_plain_words_pass() -> None:
    """A module in the glossary's words has no finding."""
    assert [] == list(vocabulary.check_python(MODULE, "pipeline/subscribers/store.py"))


@pytest.mark.parametrize(
    ("old", "new", "denied"),
    [
        ("count_recipients", "told_recipients", "told"),
        ("count_recipients", "of_list", "of"),
        ("(limit: int)", "(wish: int)", "wish"),
        ("    limit: int", "    patience: int", "patience"),
        ("class Store", "class Roll", "roll"),
        ("class Store", "class StoreDesk", "desk"),
        ("Keep subscribers.", "Keep the roll.", "roll"),
        ("Return the count.", "Return the number of octets.", "octets"),
        ("Return the count.", "Return null without one.", "null"),
        ("# a comment", "# let go of it", "let go"),
        ("No recipients found.", "There is no such letter.", "There is no such"),
        ("No recipients found.", "No audience found.", "audience"),
        ("No recipients found.", "It has 92 signs.", "signs"),
        ("No recipients found.", "nothing to mend", "mend"),
    ],
)
def test_a_denied_word_is_found(old: str, new: str, denied: str) -> None:
    """A denied word in a name, docstring, message or comment is named, with what to write instead."""
    source = MODULE.replace(old, new)
    assert source != MODULE

    found = [str(f) for f in vocabulary.check_python(source, "pipeline/subscribers/store.py")]

    assert found
    assert all("(write: " in message for message in found)
    assert any(f'"{denied}"' in message for message in found)


def test_a_denied_module_name_is_found() -> None:
    """The name of a file counts as a name."""
    assert list(vocabulary.check_python(MODULE, "pipeline/subscribers/roll.py"))


def test_a_word_denied_in_loaders_passes_elsewhere() -> None:
    """A newsletter has a masthead; a loaded page has a header block."""
    source = MODULE.replace("class Store", "class Masthead")

    assert list(vocabulary.check_python(source, "pipeline/loaders/html/header_block.py"))
    assert [] == list(vocabulary.check_python(source, "pipeline/rendering/email.py"))


@pytest.mark.parametrize("name", ["help.md", "page.html", "page.js", "theme.mjml.j2"])
def test_a_denied_word_in_a_page_is_found(tmp_path: Path, name: str) -> None:
    """Documentation, pages, scripts and templates are read too, line by line."""
    path = tmp_path / name
    path.write_text("Send the newsletter.\nThe letter has 75 characters.\n", encoding="utf-8")

    found = list(vocabulary.check_file(path, tmp_path))

    assert [f"{name}:2"] == [finding.place for finding in found]


def test_an_allowed_use_passes() -> None:
    """A row of the table may allow a word in one sense."""
    assert [] == list(vocabulary.check_text("Use letters and digits.", "here"))
    assert list(vocabulary.check_text("Use the letter.", "here"))


def test_a_name_for_two_things_is_found(tmp_path: Path) -> None:
    """No class name and no module name stands for two things; but files of commands and formats may."""
    package = tmp_path / "pipeline"
    for file, source in {
        "mail/parts.py": "class Part: ...",
        "web/view.py": "class Part: ...",
        "web/parts.py": "",
        "cli/view.py": "",
        "loaders/html/notes.py": "",
        "loaders/text/notes.py": "",
    }.items():
        (package / file).parent.mkdir(parents=True, exist_ok=True)
        (package / file).write_text(source, encoding="utf-8")

    found = [str(finding) for finding in vocabulary.find_repeated(package)]

    assert [
        "pipeline/mail/parts.py:1: class name Part is used again in pipeline/web/view.py:1",
        "pipeline/mail/parts.py: module name parts is used again in pipeline/web/parts.py",
    ] == found


def test_the_project_speaks_in_its_own_words() -> None:
    """No denied word is left, and no name stands for two things."""
    files = list(vocabulary.list_files())

    assert 400 < len(files)
    assert [] == list(map(str, vocabulary.find_all(files)))
    assert [] == list(map(str, vocabulary.find_repeated(ROOT / "pipeline")))
