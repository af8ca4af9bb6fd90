"""Formats read by pandoc."""

from __future__ import annotations

import builtins
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import LoadError
from pipeline.loaders import load
from pipeline.models.article import Emphasis, NoteRef
from pipeline.models.article_text import plain_text
from pipeline.models.tree import walk
from tests.support import lacks

_RST = """\
==============
The Ferry Bell
==============

:Author: Ines Calloway

It rings twice [1]_ for a *beast*.

.. [1] Harbour book, p. 3.
"""

_ORG = """\
#+TITLE: The Ferry Bell
#+AUTHOR: Ines Calloway

It rings twice[fn:1] for a /beast/.

[fn:1] Harbour book, p. 3.
"""

_RTF = r"{\rtf1\ansi It rings twice{\footnote Harbour book, p. 3.} for a {\i beast}.\par}"

_TEX = r"""\documentclass{article}
\title{The Ferry Bell}\author{Ines Calloway}
\begin{document}\maketitle
It rings twice\footnote{Harbour book, p. 3.} for a \emph{beast}.
\end{document}
"""


def _require_pandoc() -> None:
    try:
        import pypandoc  # noqa: F401
    except ImportError:
        lacks("pypandoc is not installed (the extra pandoc)")


@pytest.mark.parametrize(
    ("ending", "text"), [("rst", _RST), ("org", _ORG), ("rtf", _RTF), ("tex", _TEX)]
)
def test_each_format_arrives_with_its_note(tmp_path: Path, ending: str, text: str) -> None:
    """Text, emphasis and the note of each format are in the article."""
    _require_pandoc()
    path = tmp_path / f"letter.{ending}"
    path.write_text(text, encoding="utf-8")

    article = load(str(path))

    assert "It rings twice for a beast." == " ".join(plain_text(article.blocks).split())
    assert ["Harbour book, p. 3."] == [plain_text(note.blocks).strip() for note in article.notes]
    assert 1 == sum(isinstance(node, NoteRef) for node in walk(article.blocks))
    assert 1 == sum(isinstance(node, Emphasis) for node in walk(article.blocks))
    if ending != "rtf":
        assert "The Ferry Bell" == article.title


def test_a_document_pandoc_cannot_read_is_reported(tmp_path: Path) -> None:
    """A damaged file gives one sentence with pandoc's own words."""
    _require_pandoc()
    path = tmp_path / "letter.odt"
    path.write_bytes(b"no zip")

    with pytest.raises(LoadError, match=r"letter\.odt: pandoc cannot read it"):
        load(str(path))


def test_without_pandoc_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pandoc is not installed, the sentence says how to install it."""
    real = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:  # Any: as __import__ has it
        if name == "pypandoc":
            raise ImportError(name)
        return real(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    path = tmp_path / "letter.odt"
    path.write_bytes(b"anything")

    with pytest.raises(LoadError, match=r'pip install "handbill\[pandoc\]"'):
        load(str(path))


def test_pandoc_has_a_memory_limit(tmp_path: Path) -> None:
    """A small file that pandoc needs gigabytes for is refused in a sentence."""
    _require_pandoc()
    path = tmp_path / "letter.tex"
    path.write_text("{" * 100_000, encoding="utf-8")

    with pytest.raises(LoadError, match=r"letter\.tex: pandoc (?:needs more than|cannot read it)"):
        load(str(path))


def test_a_document_too_large_when_unpacked_is_refused(tmp_path: Path) -> None:
    """An OpenDocument file that unpacks to a huge text is refused, whatever its part is called."""
    path = tmp_path / "letter.odt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("content.bin", b"<p/>" * 10_000_000)

    with pytest.raises(LoadError, match=r"letter\.odt: it is too large when unpacked"):
        load(str(path))
