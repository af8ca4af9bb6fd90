"""What is attacked, and what must hold: nothing but `PipelineError`, no word lost, and an email that runs nothing."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

from pipeline.config import KnownNames, read_config
from pipeline.errors import PipelineError
from pipeline.inbound.reading.message_content import read_content
from pipeline.inbound.reading.read_message import read_message
from pipeline.loaders import load_source
from pipeline.loaders.base import Source
from pipeline.loaders.formats import find_loader
from pipeline.models.address import parse_address, parse_typed_address
from pipeline.project import Project
from pipeline.recipient_tokens import parse_token
from pipeline.subscribers.imports.files.csv_reader import open_csv
from pipeline.subscribers.imports.rows.import_dates import is_date, parse_date
from pipeline.subscribers.imports.rows.import_row import ImportRow
from tests.fuzz import samples
from tests.fuzz.mutations import Mutator, encode
from tests.fuzz.witness import add_witnesses, find_dangers, find_missing


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """
    One kind of input.

    Args:
        build: Makes an input, and the witness words in it.
        run: Raises whatever a program must not raise, `AssertionError` for what must not be.
    """

    name: str
    build: Callable[[Random], tuple[bytes, list[str]]]
    run: Callable[[bytes, list[str], Path], None]


class Broken(AssertionError):
    """An input of which words are lost, or of which an email became that runs something."""


def _make_build(
    texts: Sequence[str], fragments: Sequence[str], *, has_words: bool = False
) -> Callable[[Random], tuple[bytes, list[str]]]:
    def build(random: Random) -> tuple[bytes, list[str]]:
        text = Mutator(random, fragments).mutate(random.choice(texts), texts)
        text, words = add_witnesses(text, random) if has_words else (text, [])
        content = encode(text, random)
        return content, words if content == text.encode("utf-8", "replace") else []

    return build


def _build_word(random: Random) -> tuple[bytes, list[str]]:
    """Return a Word file whose document is broken, but stays a document in most cases."""
    texts = [_WORD_DOCUMENT]
    document = Mutator(random, _WORD_FRAGMENTS).mutate(_WORD_DOCUMENT, texts)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as file:
        file.writestr("[Content_Types].xml", _WORD_TYPES)
        file.writestr("_rels/.rels", _WORD_RELATIONS)
        file.writestr("word/document.xml", document.encode("utf-8", "replace"))
        file.writestr("word/footnotes.xml", _WORD_NOTES)
    return package.getvalue(), []


def _make_loader_target(
    name: str, suffix: str, build: Callable[[Random], tuple[bytes, list[str]]]
) -> Target:
    def run(content: bytes, words: list[str], folder: Path) -> None:
        loader = find_loader(name)
        source = Source(
            content=content,
            media_type=loader.media_type,
            location=f"fuzz{suffix}",
            is_trusted=name in ("markdown", "text"),
        )
        if lost := find_missing(words, loader.read(source)):
            raise Broken(f"lost: {' '.join(lost)}")
        article = load_source(source, loader)
        project = Project.open(folder)
        edition = project.render(project.edit(article))
        if dangers := find_dangers(edition):
            raise Broken(f"in the email: {'; '.join(dangers)}")

    return Target(name=name, build=build, run=run)


def _run_front_matter(content: bytes, words: list[str], folder: Path) -> None:
    for name in ("markdown", "text"):
        loader = find_loader(name)
        article = load_source(
            Source(content=content, media_type=loader.media_type, location="fuzz"), loader
        )
        Project.open(folder).edit(article)


def _run_csv(content: bytes, words: list[str], folder: Path) -> None:
    path = folder / "people.csv"
    path.write_bytes(content)
    with open_csv(path) as file:
        rows = [replace(row, warnings=()) for row in file.rows if isinstance(row, ImportRow)]
    if found := re.search(r"\\x00|\\ud[89a-f]", repr(rows)):  # PostgreSQL stores neither
        raise Broken(f"{found[0]} is in a row")


def _run_config(content: bytes, words: list[str], folder: Path) -> None:
    (folder / "handbill.toml").write_bytes(content)
    known = KnownNames(senders=["outbox", "smtp"], themes=["default"], parse_address=parse_address)
    read_config(folder, known)
    project = Project.open(folder)
    _ = project.publication
    project.open_sender()


def _run_message(content: bytes, words: list[str], folder: Path) -> None:
    read_content(content)
    repr(read_message(content)).encode("utf-8", "surrogatepass")


def _run_values(content: bytes, words: list[str], folder: Path) -> None:
    """Read short values: tokens, addresses, dates."""
    text = content.decode("utf-8", "surrogateescape")  # as arguments of a command come
    parse_token(text)
    parse_date(text)
    is_date(text)
    for parse in (parse_address, parse_typed_address):
        with suppress(PipelineError):
            parse(text)


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_WORD_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_WORD_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_WORD_NOTES = (
    f'<w:footnotes {_W}><w:footnote w:id="1"><w:p><w:r><w:t>Harbour book, p. 3.</w:t></w:r></w:p></w:footnote>'
    "</w:footnotes>"
)
_WORD_PARAGRAPHS = "".join(
    f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:rPr><w:b/></w:rPr><w:t>{escape(text)}</w:t></w:r>'
    f'<w:r><w:footnoteReference w:id="{number}"/></w:r></w:p>'
    for number, (style, text) in enumerate(
        [
            ("Title", "The bell"),
            ("", "It rings twice."),
            ("Heading2", "The crack"),
            ("", "Mended & rung."),
        ]
    )
)
_WORD_DOCUMENT = f"<w:document {_W}><w:body>{_WORD_PARAGRAPHS}</w:body></w:document>"
_WORD_FRAGMENTS = (
    "<w:p>", "</w:p>", "<w:r>", "</w:r>", "<w:t>x</w:t>", "<w:p><w:r><w:t>y</w:t></w:r></w:p>", "<w:br/>", "<w:tab/>",
    "<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>", '<w:footnoteReference w:id="9"/>', "<w:del>", "</w:del>",
    '<w:fldChar w:fldCharType="begin"/>', '<w:fldChar w:fldCharType="end"/>',
    "<w:instrText>HYPERLINK x</w:instrText>", "<w:sdt><w:sdtContent><w:p/></w:sdtContent></w:sdt>",
    '<w:numPr><w:ilvl w:val="9"/><w:numId w:val="x"/></w:numPr>', '<w:sym w:font="Wingdings" w:char="ZZZZ"/>',
    "<w:vanish/>", '<w:gridSpan w:val="99999999"/>', '<w:bookmarkStart w:id="1"/>', '<w:outlineLvl w:val="-1"/>',
    '<w:sz w:val="x"/>', "<w:pict/>", "<w:object/>", "&amp;", "&#xD800;", "<w:ruby/>",
)  # fmt: skip

TARGETS = (
    _make_loader_target(
        "markdown", ".md", _make_build(samples.MARKDOWN, samples.MARKDOWN_FRAGMENTS, has_words=True)
    ),
    _make_loader_target(
        "text", ".txt", _make_build(samples.TEXT, samples.TEXT_FRAGMENTS, has_words=True)
    ),
    _make_loader_target("html", ".html", _make_build(samples.HTML, samples.HTML_FRAGMENTS)),
    _make_loader_target("feed", ".xml", _make_build(samples.FEEDS, samples.FEED_FRAGMENTS)),
    _make_loader_target("word", ".docx", _build_word),
    Target(
        name="front-matter",
        build=_make_build(samples.FRONT_MATTER, samples.FRONT_MATTER_FRAGMENTS),
        run=_run_front_matter,
    ),
    Target(name="csv", build=_make_build(samples.CSVS, samples.CSV_FRAGMENTS), run=_run_csv),
    Target(
        name="config", build=_make_build(samples.CONFIGS, samples.CONFIG_FRAGMENTS), run=_run_config
    ),
    Target(
        name="message",
        build=_make_build(samples.MESSAGES, samples.MESSAGE_FRAGMENTS),
        run=_run_message,
    ),
    Target(
        name="values",
        build=_make_build(
            [*samples.TOKENS, *samples.DATES, "Ada <ada@example.org>"], ["@", "<", ">", ":", "-"]
        ),
        run=_run_values,
    ),
)


def attack(target: Target, seed: int, folder: Path) -> tuple[bytes, BaseException | None]:
    """Run *target* with the input number *seed*; return the input, and the error that must not be, if any."""
    content, words = target.build(Random(f"{target.name} {seed}"))
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        left.unlink()
    try:
        target.run(content, words, folder)
    except PipelineError:
        return content, None
    except Exception as error:  # whatever it is: that is what is looked for
        return content, error
    return content, None
